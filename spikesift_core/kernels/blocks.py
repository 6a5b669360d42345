"""Block minima after a subtraction, the excess below threshold, the drift heuristic (ALGORITHM 5.8 and 4)."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.cells import EMPTY
from spikesift_core.kernels.compiling import kernel


@kernel(
    "(float32[:, ::1], int32[:, ::1], int64[::1], int64[::1], int64, float32[::1], float32[:, ::1], int16[:, ::1], "
    "float64[::1])"
)
def refresh_minima(cells, table, channels, peaks, reach, thresholds, minima, places, scores):
    """Compute minima again in the blocks around `peaks` after a subtraction, and correct the scores.

    Parameters
    ----------
    cells, table : (any, block) float32 and (channels, blocks) int32, see `kernels.cells`.
    channels : (k,) int64, the channels that were changed.
    peaks : (n,) int64, samples.
    reach : blocks on either side of a peak's block.
    thresholds : (channels,) float32, negative.
    minima, places, scores : (channels, blocks) float32, (channels, blocks) int16, (channels,) float64, updated.
    """
    zero = np.float32(0)
    block = cells.shape[1]
    for c in channels:
        for peak in peaks:
            centre = peak // block
            for b in range(centre - reach, centre + reach + 1):
                if table[c, b] == EMPTY:  # not kept, so not changed
                    continue
                cell = cells[table[c, b]]
                new = cell[0]
                place = 0
                for t in range(1, block):
                    if cell[t] < new:
                        new = cell[t]
                        place = t
                scores[c] += min(zero, new - thresholds[c]) - min(zero, minima[c, b] - thresholds[c])
                minima[c, b] = new
                places[c, b] = place


@kernel("(float32[:, ::1], int64[::1], int64[::1], int64, int64, float32[::1], boolean[:, ::1])")
def retire_residue(minima, channels, peaks, block, reach, deepest, retired):
    """Retire the blocks around peaks where what a subtraction left is too shallow to be a spike of its own.

    Parameters
    ----------
    minima : (channels, blocks) float32, after the subtraction.
    channels : (k,) int64, the channels that were changed. peaks : (n,) int64, samples.
    block : samples per block. reach : blocks on either side of a peak's block.
    deepest : (k,) float32, negative: shallower minima are residue.
    retired : (channels, blocks) bool, changed: True where that is so, False in the other blocks around peaks.
    """
    for j in range(len(channels)):
        for peak in peaks:
            for b in range(peak // block - reach, peak // block + reach + 1):
                retired[channels[j], b] = minima[channels[j], b] > deepest[j]


@kernel("(float32[:, ::1], float32[::1], float64[::1])")
def excess_scores(minima, thresholds, scores):
    """Sum over blocks of how far each minimum lies below its channel's threshold (0 where it does not).

    Parameters
    ----------
    minima : (channels, blocks) float32.
    thresholds : (channels,) float32, negative.
    scores : (channels,) float64, written; 0 or below.
    """
    zero = np.float32(0)
    for c in range(len(thresholds)):
        total = 0.0
        for b in range(minima.shape[1]):
            total += min(zero, minima[c, b] - thresholds[c])
        scores[c] = total


@kernel("(float32[:, ::1], int64, int64, float32[::1])")
def below_thresholds(minima, first, last, thresholds):
    """Where minima of the blocks first to last (excluded) lie below their channel's threshold, and how far.

    Parameters
    ----------
    minima : (channels, blocks) float32. thresholds : (channels,) float32.

    Returns
    -------
    channels, places : (k,) int32, channel and block after `first`; in order of channel, then block.
    depths : (k,) float32, minimum less threshold, negative.
    """
    found = np.empty(len(thresholds), np.int64)
    total = 0
    for c in range(len(thresholds)):
        threshold, count = thresholds[c], np.int32(0)
        for minimum in minima[c, first:last]:
            count += np.int32(minimum < threshold)
        found[c] = count
        total += count
    channels, places, depths = np.empty(total, np.int32), np.empty(total, np.int32), np.empty(total, np.float32)
    k = 0
    for c in range(len(thresholds)):
        if found[c] == 0:
            continue
        row = minima[c, first:last]
        for b in range(len(row)):
            if row[b] < thresholds[c]:
                channels[k], places[k], depths[k] = c, b, row[b] - thresholds[c]
                k += 1
    return channels, places, depths


@kernel("(int64[::1], int64[::1], float32[::1], int64, float64[::1])")
def drift_heuristic(starts, places, depths, length, drift):
    """How much the activity changes at each possible boundary.

    drift[k] is the sum over channels of |excess in the `length` blocks from k on - excess in those before k|.

    Parameters
    ----------
    starts : (channels + 1,) int64, where the excess of each channel begins in the next two.
    places : (n,) int64, block. depths : (n,) float32, how far its minimum lies below the threshold, negative.
    length : blocks compared on either side.
    drift : (blocks + 1,) float64, written for length <= k <= blocks - length; other places are left alone.
    """
    blocks = len(drift) - 1
    drift[length : blocks - length + 1] = 0.0
    running = np.zeros(blocks + 1)
    for c in range(len(starts) - 1):
        b, total = 0, 0.0
        for i in range(starts[c], starts[c + 1]):
            while b <= places[i]:
                running[b] = total
                b += 1
            total += depths[i]
        while b <= blocks:
            running[b] = total
            b += 1
        for k in range(length, blocks - length + 1):
            drift[k] += abs(running[k + length] - 2 * running[k] + running[k - length])
