"""Noise with the correlations of a real recording: over contacts, over time, and a level for each channel."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from spikesift_core.kernels.simulate import colour
from spikesift_core.simulation.settings import SimulationSettings

# The spectrum falls below HIGH_PASS as amplifiers do, and from KNEE_LOW to KNEE_HIGH as biological noise does; above
# it the electronics' white noise is left.
HIGH_PASS = 200.0
KNEE_LOW = 1000.0
KNEE_HIGH = 3500.0
TILE = 64  # channels mixed at once
BURN_IN_SECONDS = 0.05


def noise_levels(settings: SimulationSettings, channels: int, rng: np.random.Generator) -> np.ndarray:
    """SD of the noise of each channel, (channels,) float64, uV, log-normal around `settings.noise`."""
    spread = settings.noise_spread * rng.standard_normal(channels).clip(-2.5, 2.5)
    return settings.noise * np.exp(spread)


def spatial_correlation(settings: SimulationSettings, contacts: np.ndarray) -> np.ndarray:
    """Correlation of the noise between contacts: Wendland's function of the distance, 0 from `noise_reach` on.

    Returns
    -------
    (channels, channels) float64, positive definite, with ones on the diagonal.
    """
    apart = cdist(contacts, contacts) / settings.noise_reach
    correlation = settings.noise_correlation * (1 - apart).clip(0) ** 4 * (4 * apart + 1)
    np.fill_diagonal(correlation, 1.0)
    return correlation


def temporal_filter(settings: SimulationSettings) -> tuple[np.ndarray, np.ndarray]:
    """The filter that gives white noise of SD 1 the spectrum of the recording's noise, with SD 1.

    Returns
    -------
    (3,) and (2,) float32: coefficients of the input and of the last two outputs.
    """
    top = 0.45 * settings.sampling_frequency
    zero, pole = (np.exp(-2 * np.pi * min(f, top) / settings.sampling_frequency) for f in (KNEE_HIGH, KNEE_LOW))
    slow = np.exp(-2 * np.pi * HIGH_PASS / settings.sampling_frequency)
    forward = np.convolve([1.0, -1.0], [1.0, -zero])
    back = np.convolve([1.0, -slow], [1.0, -pole])
    return _unit_gain(forward, back)


def _unit_gain(forward, back):
    response = impulse_response(forward, back[1:], 20_000)
    return (forward / np.sqrt((response**2).sum())).astype(np.float32), back[1:].astype(np.float32)


def impulse_response(forward: np.ndarray, back: np.ndarray, length: int) -> np.ndarray:
    """Answer of the filter to a single 1, (length,) float64."""
    answer = np.zeros(length)
    answer[:3] = forward
    for sample in range(1, length):
        answer[sample] -= back[0] * answer[sample - 1] + (back[1] * answer[sample - 2] if sample > 1 else 0.0)
    return answer


class NoiseSource:
    """Draws the noise of a recording, stretch by stretch, always the same for the same stretches."""

    def __init__(self, settings: SimulationSettings, contacts: np.ndarray, levels: np.ndarray, rng):
        self._rng = rng
        self._channels = len(contacts)
        # In the order of depth the correlation is a band, and so is its Cholesky factor: few sources for each tile.
        order = np.argsort(contacts[:, 1], kind="stable")
        self._place = None if (np.diff(order) == 1).all() else np.argsort(order)
        self._tiles = _mixing_tiles(spatial_correlation(settings, contacts)[np.ix_(order, order)], levels[order])
        self._forward, self._back = temporal_filter(settings)
        self._state = np.zeros((2, self._channels), np.float32)
        self.draw(int(BURN_IN_SECONDS * settings.sampling_frequency))

    def draw(self, samples: int) -> np.ndarray:
        """The next stretch, (samples, channels) float32, uV."""
        white = self._rng.standard_normal((samples, self._channels), dtype=np.float32)
        noise = np.empty_like(white)
        for targets, sources, weights in self._tiles:
            np.matmul(white[:, sources], weights, out=noise[:, targets])
        if self._place is not None:
            noise = np.take(noise, self._place, axis=1)
        colour(noise, self._state, self._forward, self._back)
        return noise


def _mixing_tiles(correlation, levels):
    """For each tile of channels: its channels, the sources of white noise it needs, and their weights."""
    mix = np.linalg.cholesky(correlation) * levels[:, None]
    tiles = []
    for start in range(0, len(mix), TILE):
        rows = mix[start : start + TILE]
        last = start + len(rows)
        needed = np.flatnonzero(np.abs(rows).max(axis=0) > 0)
        first = int(needed[0]) if len(needed) else start
        tiles.append((slice(start, last), slice(first, last), rows[:, first:last].T.astype(np.float32)))
    return tiles
