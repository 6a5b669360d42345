"""How the tissue moves along the probe: curves over time, one function for each kind.

A curve holds the movement at `DRIFT_FREQUENCY`; between its values it is a straight line.
"""

from __future__ import annotations

import numpy as np

from spikesift_core.simulation.settings import SimulationSettings

DRIFT_FREQUENCY = 100.0
JUMP_SECONDS = 0.05
SMOOTHING_SECONDS = 1.0


def _still(times, period, rng):
    return np.zeros(len(times))


def _sine(times, period, rng):
    return np.sin(2 * np.pi * times / period)


def _zigzag(times, period, rng):
    return 1 - np.abs((times / period + 0.25) % 1.0 * 4 - 2)


def _jumps(times, period, rng):
    # Up and down in turn, by varying sizes, one jump about every half period and one at least.
    between = min(period, times[-1]) / 2
    count = max(1, int(times[-1] / between - 0.5))
    start = (np.arange(1, count + 1) + rng.uniform(-0.2, 0.2, count)) * between
    levels = np.concatenate([[0.0], np.cumsum(rng.uniform(0.4, 1.0, count) * np.where(np.arange(count) % 2, -1, 1))])
    knots = np.column_stack([start, start + min(JUMP_SECONDS, between / 4)]).ravel()
    return np.interp(times, knots, np.repeat(levels, 2)[1:-1])


def _random_walk(times, period, rng):
    walk = np.cumsum(rng.standard_normal(len(times)))
    width = min(int(SMOOTHING_SECONDS * DRIFT_FREQUENCY), len(times))
    sums = np.cumsum(np.concatenate([np.full(width, walk[0]), walk]))
    return (sums[width:] - sums[:-width]) / width


CURVES = {"none": _still, "sine": _sine, "zigzag": _zigzag, "jumps": _jumps, "random walk": _random_walk}


def drift_curve(settings: SimulationSettings, rng: np.random.Generator) -> np.ndarray:
    """Movement of the tissue along y over the recording.

    Returns
    -------
    (ceil(seconds * 100) + 1,) float32, um at 100 Hz from the first sample on, centred on 0; `settings.drift` from its
    lowest to its highest value, or `settings.drift_path`.
    """
    times = np.arange(int(np.ceil(settings.seconds * DRIFT_FREQUENCY)) + 1) / DRIFT_FREQUENCY
    if settings.drift_path:
        curve = np.interp(times, *np.array(settings.drift_path).T)
        return (curve - (curve.max() + curve.min()) / 2).astype(np.float32)
    curve = CURVES[settings.drift_kind](times, min(settings.drift_period, settings.seconds), rng)
    span = np.ptp(curve)
    if span > 0:
        curve = (curve - curve.min()) / span - 0.5
    return (settings.drift * curve).astype(np.float32)


def drift_gains(settings: SimulationSettings, heights: np.ndarray) -> np.ndarray:
    """How much of the movement the tissue at each height makes: 1 everywhere, or less at depth.

    Parameters
    ----------
    heights : (n,) y of the units, um.

    Returns
    -------
    (n,) float64, from 1 - depth_dependence at the lowest unit to 1 at the highest.
    """
    span = np.ptp(heights) if len(heights) else 0.0
    if span == 0:
        return np.ones(len(heights))
    return 1.0 - settings.depth_dependence * (1.0 - (heights - heights.min()) / span)


def drift_at(curve: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """The movement at any time.

    Parameters
    ----------
    curve : (n,) um at 100 Hz.
    seconds : (k,) times.

    Returns
    -------
    (k,) float64, um.
    """
    return np.interp(seconds * DRIFT_FREQUENCY, np.arange(len(curve)), curve)
