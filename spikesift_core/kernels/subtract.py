"""Subtraction of a cluster's mean waveform (ALGORITHM 5.7)."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.compiling import kernel
from spikesift_core.kernels.lanes import LANES


@kernel("(float32[:, :, ::1], int64[::1], int64[::1], int64)")
def subtract_mean(filtered, peaks, channels, reach):
    """Subtract, on each channel, the mean waveform of the spikes at every spike.

    Parameters
    ----------
    filtered : (groups, samples, LANES) float32, changed.
    peaks : (n,) int64, samples.
    channels : (k,) int64.
    reach : samples before and after the peak.
    """
    mean = np.empty(2 * reach, np.float32)
    share = np.float32(1.0 / len(peaks))
    for c in channels:
        line = filtered[c // LANES, :, c % LANES]
        mean[:] = 0
        for peak in peaks:
            piece = line[peak - reach : peak + reach]
            for t in range(2 * reach):
                mean[t] += piece[t]
        for t in range(2 * reach):
            mean[t] *= share
        for peak in peaks:
            piece = line[peak - reach : peak + reach]
            for t in range(2 * reach):
                piece[t] -= mean[t]
