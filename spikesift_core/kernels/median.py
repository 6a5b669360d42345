"""Median over channels of every sample: the common reference that is taken off."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.compiling import kernel


@kernel()
def _count_upto(row, value):
    """How many of row (channels,) int16 are `value` or below; at most 32,767 channels."""
    count = np.int16(0)
    for c in range(len(row)):
        count = np.int16(count + np.int16(row[c] <= value))
    return np.int64(count)


@kernel("(int16[:, ::1], int16[::1])")
def row_medians(rows, medians):
    """Median of each row; of an even number of values the lower of the middle two, so that it stays an integer.

    A value is the median when more than half of the row is not above it, and less is not above its predecessor. From
    the median of the row before it is a few steps, each one count of the row: the bracket is cut where a straight line
    between the counts of its ends says, and every second time in the middle, in case the line is a bad guess.

    Parameters
    ----------
    rows : (samples, channels) int16, at most 32,767 channels.
    medians : (samples,) int16, written.
    """
    channels = rows.shape[1]
    wanted = (channels + 1) // 2
    guess, reach = np.int64(0), np.int64(64)
    for t in range(len(rows)):
        row = rows[t]
        low, below = np.int64(-32769), np.int64(0)
        high, upto = np.int64(32767), np.int64(channels)
        step, line = reach, True
        while high - low > 1:
            count = _count_upto(row, np.int16(guess))
            if count >= wanted:
                high, upto = guess, count
            else:
                low, below = guess, count
            if high == 32767:
                guess = min(low + step, 32766)
                step *= 4
            elif low == -32769:
                guess = max(high - step, -32768)
                step *= 4
            elif line:
                guess = low + (high - low) * (2 * (wanted - below) - 1) // (2 * (upto - below))
                guess = min(max(guess, low + 1), high - 1)
                line = False
            else:
                guess = (low + high) >> 1
                line = True
        medians[t] = high
        guess, reach = high, max(1, (reach + step // 4) // 2)
