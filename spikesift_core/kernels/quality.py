"""Measuring every spike of every unit in a piece of filtered signal."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.compiling import kernel
from spikesift_core.kernels.lanes import LANES


@kernel(
    "(float32[:, :, ::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[:, ::1], int64[::1], int64[::1], "
    "float64[:, ::1], float64[:, :, ::1])"
)
def add_moments(signal, times, units, firsts, spaces, channels, offsets, counts, sums, products):
    """Add the features of spikes to the moments of their units.

    A feature is the signal at one of the offsets from the spike on one of the channels of a space. The spikes of one
    unit are looked at in several spaces, so that it can be compared with the units these belong to.

    Parameters
    ----------
    signal : (groups, samples, LANES) float32, as the filter leaves it: channel k is at [k // LANES, :, k % LANES].
    times, units : (n,) int64, sample in `signal` and unit of each spike.
    firsts : (units + 1,) int64; the rows firsts[u] to firsts[u + 1] of `spaces` belong to unit u.
    spaces : (rows,) int64, row of `channels`.
    channels : (spaces, k) int64. offsets : (j,) int64, samples; the features are channel by channel.
    counts : (rows,) int64, spikes. sums : (rows, k * j), of the features. products : (rows, k * j, k * j), of every
        two of them, the upper triangle only. All three are added to.
    """
    size = channels.shape[1] * len(offsets)
    features = np.empty(size)
    for i in range(len(times)):
        for row in range(firsts[units[i]], firsts[units[i] + 1]):
            place = 0
            for channel in channels[spaces[row]]:
                for offset in offsets:
                    features[place] = signal[channel // LANES, times[i] + offset, channel % LANES]
                    place += 1
            counts[row] += 1
            for a in range(size):
                sums[row, a] += features[a]
                for b in range(a, size):
                    products[row, a, b] += features[a] * features[b]


@kernel(
    "(float32[:, :, ::1], int64[::1], int64[::1], int64[::1], float32[::1], int64, int64, float32[::1], "
    "float64[:, ::1])"
)
def measure_peaks(signal, times, units, channels, factors, near, reach, amplitudes, sums):
    """How large each spike is on the channel of its unit, and the sum of the waveforms of each unit there.

    Parameters
    ----------
    signal : (groups, samples, LANES) float32, as the filter leaves it: channel k is at [k // LANES, :, k % LANES].
    times, units : (n,) int64, sample in `signal` and unit of each spike.
    channels : (units,) int64. factors : (units,) float32, what the signal of each unit is multiplied by.
    near : samples on either side among which the largest value is the amplitude.
    reach : samples on either side of the waveform.
    amplitudes : (n,) float32; written.
    sums : (units, 2 * reach + 1) float64; added to.
    """
    for i in range(len(times)):
        unit = units[i]
        line = signal[channels[unit] // LANES, :, channels[unit] % LANES]
        factor, waveform = factors[unit], sums[unit]
        amplitude = factor * line[times[i]]
        for k in range(-reach, reach + 1):
            value = factor * line[times[i] + k]
            waveform[reach + k] += value
            if -near <= k <= near and value > amplitude:
                amplitude = value
        amplitudes[i] = amplitude
