"""Signal cut off by the amplifier: the same highest or lowest value again and again, several samples in a row."""

from __future__ import annotations

import numpy as np

RUN = 3  # samples in a row at the same extreme value
FEWEST_RUNS = 3  # of a channel: a single one can be chance
FEWEST_VALUES = 20  # different ones in a channel: a coarse converter repeats itself without being saturated
LOOKED_AT = 4000  # samples in which the different values are counted


def flat_tops(raw: np.ndarray) -> np.ndarray:
    """Share of the samples of each channel in runs at its own highest or lowest value, (channels,) float64.

    Counted where the extreme is reached for `RUN` samples in a row, several times, and the values are fine enough.

    Parameters
    ----------
    raw : (samples, channels), any type of number, without NaN.
    """
    share = np.zeros(raw.shape[1])
    if len(raw) < RUN:
        return share
    some = raw[:: max(1, len(raw) // LOOKED_AT)]
    for extreme in (raw.max(axis=0), raw.min(axis=0)):
        there = raw == extreme
        runs = (there[:-2] & there[1:-1] & there[2:]).any(axis=0)
        for channel in np.flatnonzero(runs):
            if len(np.unique(some[:, channel])) >= FEWEST_VALUES:
                share[channel] += _in_runs(there[:, channel])
    return share


def _in_runs(there: np.ndarray) -> float:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]])))
    lengths = edges[1::2] - edges[::2]
    long = lengths[lengths >= RUN]
    return float(long.sum() / len(there)) if len(long) >= FEWEST_RUNS else 0.0
