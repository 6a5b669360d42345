"""Spikes as a few numbers: their projections on temporal components, on the channels around (ALGORITHM part 2)."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.cells import read_piece, subtract_piece
from spikesift_core.kernels.compiling import kernel


@kernel(
    "(float32[:, ::1], int32[:, ::1], int64[::1], int64[::1], int64, float32[:, ::1], float32[::1], float32[:, ::1])",
    any_order=True,
)
def project_spikes(cells, table, peaks, channels, before, components, scale, features):
    """Project the signal around each peak on temporal components, channel after channel.

    Parameters
    ----------
    cells, table : (any, block) float32 and (channels, blocks) int32, see `kernels.cells`.
    peaks : (n,) int64, samples. channels : (k,) int64.
    before : samples of a component before the peak.
    components : (components, width) float32.
    scale : (k,) float32, multiplies the features of each channel (1 / noise).
    features : (n, k * components) float32, written.
    """
    count, width = components.shape
    piece = np.empty(width, np.float32)
    for i in range(len(peaks)):
        start = peaks[i] - before
        for j in range(len(channels)):
            read_piece(cells, table[channels[j]], start, piece)
            for k in range(count):
                total = np.float32(0)
                for t in range(width):
                    total += piece[t] * components[k, t]
                features[i, j * count + k] = total * scale[j]


@kernel("(float32[:, ::1], int32[:, ::1], int64[::1], int64[::1], int64, float32[:, ::1])")
def mean_waveform(cells, table, peaks, channels, before, waveform):
    """Mean signal around peaks. channels : (k,) int64; waveform : (k, width) float32, written."""
    width = waveform.shape[1]
    piece = np.empty(width, np.float32)
    waveform[:] = 0
    for j in range(len(channels)):
        mean = waveform[j]
        for peak in peaks:
            read_piece(cells, table[channels[j]], peak - before, piece)
            for t in range(width):
                mean[t] += piece[t]
        for t in range(width):
            mean[t] /= len(peaks)


@kernel(
    "(float32[:, ::1], int32[:, ::1], int64[::1], int64[::1], int64, float32[:, ::1], float32[::1], float64, float64, "
    "float64)",
    any_order=True,
)
def subtract_fitted(cells, table, peaks, channels, before, waveform, weight, least_gain, most_gain, most_shift):
    """Subtract a waveform at each spike, with the gain and the small shift in time that fit it best.

    The signal is taken as gain * waveform + slope * derivative: least squares over all channels.

    Parameters
    ----------
    cells, table : (any, block) float32 and (channels, blocks) int32, see `kernels.cells`; the cells are changed.
    peaks : (n,) int64. channels : (k,) int64. before : samples of the waveform before the peak.
    waveform : (k, width) float32.
    weight : (k,) float32, 1 / noise variance of each channel.
    least_gain, most_gain : limits of the gain. most_shift : largest shift, samples.
    """
    count, width = waveform.shape
    slope, piece = np.zeros((count, width), np.float32), np.empty(width, np.float32)
    ww = ws = ss = 1e-12
    for j in range(count):
        for t in range(1, width - 1):
            slope[j, t] = (waveform[j, t + 1] - waveform[j, t - 1]) * np.float32(0.5)
        for t in range(width):
            ww += weight[j] * waveform[j, t] * waveform[j, t]
            ws += weight[j] * waveform[j, t] * slope[j, t]
            ss += weight[j] * slope[j, t] * slope[j, t]
    determinant = ww * ss - ws * ws
    for peak in peaks:
        start = peak - before
        yw = ys = 0.0
        for j in range(count):
            read_piece(cells, table[channels[j]], start, piece)
            along_wave = along_slope = np.float32(0)
            for t in range(width):
                along_wave += piece[t] * waveform[j, t]
                along_slope += piece[t] * slope[j, t]
            yw += weight[j] * along_wave
            ys += weight[j] * along_slope
        gain, shift = yw / ww, 0.0
        if determinant > 1e-6 * ww * ss:
            gain = (yw * ss - ys * ws) / determinant
            shift = (ys * ww - yw * ws) / determinant / gain if gain > 0 else 0.0
        gain = min(max(gain, least_gain), most_gain)
        tilt = np.float32(gain * min(max(shift, -most_shift), most_shift))
        size = np.float32(gain)
        for j in range(count):
            for t in range(width):
                piece[t] = size * waveform[j, t] + tilt * slope[j, t]
            subtract_piece(cells, table[channels[j]], start, piece)
