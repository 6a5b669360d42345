"""Kernels that compare two sets of spike trains."""

from __future__ import annotations

from spikesift_core.kernels.compiling import kernel


@kernel("(int64[::1], int64[::1], int64[::1], int64[::1], int64, int64[:, ::1])")
def count_coincidences(times1, units1, times2, units2, tolerance, counts):
    """Count, for each pair of units, the pairs of spikes at most `tolerance` apart; a spike may count several times.

    Parameters
    ----------
    times1, times2 : (n,) and (m,) int64, sorted, samples.
    units1, units2 : (n,) and (m,) int64, row and column of `counts`.
    tolerance : int, samples.
    counts : (rows, columns) int64; changed.
    """
    first = 0
    for i in range(len(times1)):
        while first < len(times2) and times2[first] < times1[i] - tolerance:
            first += 1
        j = first
        while j < len(times2) and times2[j] <= times1[i] + tolerance:
            counts[units1[i], units2[j]] += 1
            j += 1


@kernel("(int64[::1], int64[::1], int64)")
def count_hits(train1, train2, tolerance):
    """The largest number of one-to-one coincidences of two trains.

    Parameters
    ----------
    train1, train2 : (n,) and (m,) int64, sorted, samples.
    tolerance : int, samples.
    """
    i = j = hits = 0
    while i < len(train1) and j < len(train2):
        apart = train1[i] - train2[j]
        if apart > tolerance:
            j += 1
        elif apart < -tolerance:
            i += 1
        else:
            hits += 1
            i += 1
            j += 1
    return hits
