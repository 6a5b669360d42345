"""Counting the lags between spikes."""

from __future__ import annotations

from spikesift_core.kernels.compiling import kernel


@kernel("(int64[::1], int64[::1], int64, bool_, int64[::1])")
def count_lags(times1, times2, width, same, counts):
    """Count the lags times2[j] - times1[i] in bins of `width` samples around 0.

    Bin k, counted from the middle one, holds the lags that lie nearer to k * width than to any other multiple; a lag
    half-way goes away from 0. So the bins of -k and k mirror each other exactly.

    Parameters
    ----------
    times1, times2 : (n,) and (m,) int64, sorted, samples.
    width : int, samples in a bin.
    same : True when both are the same train: a spike is not counted with itself.
    counts : (2 * half + 1,) int64; changed. Lags outside are not counted.
    """
    half = len(counts) // 2
    furthest = (half * 2 * width + width - 1) // 2  # the largest lag in the last bin
    first = 0
    for i in range(len(times1)):
        while first < len(times2) and times2[first] < times1[i] - furthest:
            first += 1
        j = first
        while j < len(times2) and times2[j] <= times1[i] + furthest:
            lag = times2[j] - times1[i]
            if lag < 0:
                counts[half - (width - 2 * lag) // (2 * width)] += 1
            elif i != j or not same:
                counts[half + (width + 2 * lag) // (2 * width)] += 1
            j += 1
