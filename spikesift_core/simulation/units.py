"""The units of a simulated recording: where they are, how far they reach, how large they are, how often they fire."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import KDTree

from spikesift_core.kernels import simulate as kernels
from spikesift_core.simulation.drift import drift_gains
from spikesift_core.simulation.settings import SimulationSettings
from spikesift_core.simulation.shapes import random_shapes, shape_table

CANDIDATES = 8  # places tried for each unit; the one farthest from the others is taken
SHAPES_OF_BACKGROUND = 48


@dataclass(frozen=True)
class Units:
    """All units: first those with known spikes, then the background.

    Attributes
    ----------
    known : number of units with known spikes.
    footprints : (units, COLUMNS) float64, see `kernels/simulate.py`.
    shapes : (shapes, 2, phases + 1, length) float32, see `shape_table`.
    trough : sample of the trough in a shape.
    neighbours : (units, most) int32, channels that can see the unit wherever it drifts, then -1.
    rates : (units,) float64, Hz.
    gains : (units,) float64, share of the drift that the unit makes.
    vectors : (known, channels) float32, peak on each channel without drift, uV, positive.
    variances : (channels,) float64, of the background on each channel without drift, uV^2.
    """

    known: int
    footprints: np.ndarray
    shapes: np.ndarray
    trough: int
    neighbours: np.ndarray
    rates: np.ndarray
    gains: np.ndarray
    vectors: np.ndarray
    variances: np.ndarray

    @property
    def positions(self) -> np.ndarray:
        """(units, 3) x, y, z of the somata without drift, um."""
        return self.footprints[:, : kernels.Z + 1]


def make_units(settings: SimulationSettings, contacts: np.ndarray, rng: np.random.Generator) -> Units:
    """Draw all units around the contacts (channels, 2), um."""
    known, background = settings.units, settings.background_per_channel * len(contacts)
    near = _footprints(known, contacts, rng, depth=(2.0, 25.0), beside=18.0)
    footprints = np.concatenate([near, _footprints(background, contacts, rng, depth=(50.0, 110.0), beside=40.0)])
    footprints[:, kernels.SLOWNESS] *= settings.sampling_frequency / 1000
    shapes, trough = shape_table(
        random_shapes(known, rng) + random_shapes(SHAPES_OF_BACKGROUND, rng), settings.sampling_frequency
    )
    footprints[:known, kernels.SHAPE] = np.arange(known)
    footprints[known:, kernels.SHAPE] = known + np.arange(background) % SHAPES_OF_BACKGROUND
    peaks = [log_spread(known, settings.amplitude, rng), log_spread(background, settings.background_amplitude, rng)]
    rates = [log_spread(known, settings.rate, rng), log_spread(background, settings.rate, rng)]
    gains = drift_gains(settings, footprints[:, kernels.Y])
    neighbours = _neighbours(footprints, contacts, gains * settings.drift / 2)
    unscaled = np.zeros((known, len(contacts)), np.float32), np.zeros(len(contacts))
    units = Units(known, footprints, shapes, trough, neighbours, np.concatenate(rates), gains, *unscaled)
    return _scaled(units, np.concatenate(peaks), contacts, settings.sampling_frequency)


def log_spread(count: int, limits: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """`count` values, evenly spread over the logarithm between the limits, both used, in random order."""
    low, high = limits
    if count == 0 or high == 0:
        return np.zeros(count)
    return rng.permutation(np.geomspace(max(low, high / 1000), high, count))


def _footprints(count, contacts, rng, depth, beside):
    """Places and extents of `count` units, `depth` um from the probe's plane and `beside` um (SD) from a contact."""
    table = np.zeros((count, kernels.COLUMNS))
    table[:, : kernels.Z] = _places(count, contacts, rng, beside)
    table[:, kernels.Z] = rng.uniform(*depth, count)
    angle = rng.normal(np.pi / 2, 0.5, count) + np.pi * rng.integers(0, 2, count)
    table[:, kernels.COS], table[:, kernels.SIN] = np.cos(angle), np.sin(angle)
    table[:, kernels.LONG] = np.exp(rng.uniform(np.log(22), np.log(50), count))
    table[:, kernels.WIDE] = table[:, kernels.LONG] * rng.uniform(0.55, 0.95, count)
    table[:, kernels.POWER] = rng.uniform(1.2, 1.8, count)
    table[:, kernels.REACH] = 3.2 * table[:, kernels.LONG] + 40
    table[:, kernels.SLOWNESS] = rng.uniform(0.0008, 0.0025, count)  # ms per um: 0.4 to 1.25 m/s
    table[:, kernels.MIX] = rng.uniform(0.2, 0.9, count)
    table[:, kernels.SCALE] = 1.0
    return table


def _places(count, contacts, rng, beside):
    """(count, 2) um: each near a contact of its own turn, known units away from one another."""
    near = contacts[np.resize(rng.permutation(len(contacts)), count)]
    if count > 1000 or count == 0:
        return near + beside * rng.standard_normal((count, 2))
    stretch = contacts[((np.arange(count) + 0.5) / count * len(contacts)).astype(int)]
    places = np.empty((count, 2))
    for unit in range(count):
        around = contacts[rng.integers(0, len(contacts), CANDIDATES)]
        around[0] = stretch[unit]
        tries = around + beside * rng.standard_normal((CANDIDATES, 2))
        apart = np.hypot(*(tries[:, None] - places[None, :unit]).T).T
        places[unit] = tries[apart.min(axis=1, initial=np.inf).argmax()]
    return places


def _neighbours(footprints, contacts, move):
    places, reach = footprints[:, : kernels.Z], footprints[:, kernels.REACH] + move
    seen = KDTree(contacts).query_ball_point(places, reach, return_sorted=True) if len(places) else []
    table = np.full((len(footprints), max(map(len, seen), default=0)), -1, np.int32)
    for row, channels in zip(table, seen, strict=True):
        row[: len(channels)] = channels
    return table


def footprint(units: Units, unit: int, contacts: np.ndarray, move: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """One spike of a unit on the channels that can see it, drawn by the same kernel as the recording.

    Returns
    -------
    (samples, seen) float32, uV, and (seen,) int32, the channels.
    """
    seen = units.neighbours[unit]
    seen = seen[seen >= 0]
    longest_delay = int(np.ceil(units.footprints[unit, kernels.SLOWNESS] * units.footprints[unit, kernels.REACH]))
    wave = np.zeros((units.shapes.shape[3] + longest_delay + 1, len(seen)), np.float32)
    kernels.add_spikes(
        wave,
        0,
        np.array([float(units.trough)]),
        np.zeros(1, np.int64),
        np.ones(1, np.float32),
        np.array([move]),
        units.footprints[unit : unit + 1],
        units.shapes,
        np.arange(len(seen), dtype=np.int32)[None],
        contacts[seen],
        units.trough,
    )
    return wave, seen


def _scaled(units, peaks, contacts, sampling_frequency):
    """Give each unit its peak on the contact that sees it best; add up the background (Campbell's theorem)."""
    vectors, variances = units.vectors.copy(), units.variances.copy()
    for unit, peak in enumerate(peaks):
        wave, seen = footprint(units, unit, contacts)
        largest = -wave.min(initial=0.0)
        scale = peak / largest if largest > 0 else 0.0
        units.footprints[unit, kernels.SCALE] = scale
        if unit < units.known:
            vectors[unit, seen] = -scale * wave.min(axis=0)
        else:
            variances[seen] += units.rates[unit] / sampling_frequency * scale**2 * (wave**2).sum(axis=0)
    return replace(units, vectors=vectors, variances=variances)
