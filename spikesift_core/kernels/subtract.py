"""Subtraction of a cluster's mean waveform (ALGORITHM 5.7)."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.cells import read_piece, subtract_piece
from spikesift_core.kernels.compiling import kernel


@kernel("(float32[:, ::1], int32[:, ::1], int64[::1], int64[::1], int64)")
def subtract_mean(cells, table, peaks, channels, reach):
    """Subtract, on each channel, the mean waveform of the spikes at every spike.

    Parameters
    ----------
    cells, table : (any, block) float32 and (channels, blocks) int32, see `kernels.cells`; the cells are changed.
    peaks : (n,) int64, samples.
    channels : (k,) int64.
    reach : samples before and after the peak.
    """
    mean, piece = np.empty(2 * reach, np.float32), np.empty(2 * reach, np.float32)
    share = np.float32(1.0 / len(peaks))
    for c in channels:
        mean[:] = 0
        for peak in peaks:
            read_piece(cells, table[c], peak - reach, piece)
            for t in range(2 * reach):
                mean[t] += piece[t]
        for t in range(2 * reach):
            mean[t] *= share
        for peak in peaks:
            subtract_piece(cells, table[c], peak - reach, mean)
