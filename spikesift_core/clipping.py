"""Signal cut off by the amplifier: the same highest or lowest value again and again, several samples in a row."""

from __future__ import annotations

import numpy as np

RUN = 3  # samples in a row at the same extreme value
FEWEST_RUNS = 3  # of a channel: a single one can be chance
FAR = 6.0  # SDs of the signal (from its median absolute deviation) that the extreme is away, at least


def flat_tops(raw: np.ndarray) -> np.ndarray:
    """Share of the samples of each channel in runs at its own highest or lowest value, (channels,) float64.

    Counted only where the extreme is far outside what is usual and reached for `RUN` samples in a row, several times.

    Parameters
    ----------
    raw : (samples, channels), any type of number, without NaN.
    """
    if len(raw) < RUN:
        return np.zeros(raw.shape[1])
    middle = np.median(raw, axis=0)
    spread = np.median(np.abs(raw - middle), axis=0) / 0.6745
    share = np.zeros(raw.shape[1])
    for extreme in (raw.max(axis=0), raw.min(axis=0)):
        far = np.abs(extreme - middle) > FAR * np.maximum(spread, 1e-12)
        for channel in np.flatnonzero(far & (spread > 0)):
            share[channel] += _in_runs(raw[:, channel] == extreme[channel])
    return share


def _in_runs(there: np.ndarray) -> float:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]])))
    lengths = edges[1::2] - edges[::2]
    long = lengths[lengths >= RUN]
    return float(long.sum() / len(there)) if len(long) >= FEWEST_RUNS else 0.0
