"""Traces as pixels: how much of each pixel lines from a lowest to a highest value cover, or a colour for each value."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.compiling import kernel

FINER = 2  # parts of a pixel, from top to bottom, that are looked at: what a trace covers of it is its opacity


@kernel()
def _number(value):
    return value if value == value else np.float32(0)


@kernel("(float32[:, ::1], float32[:, ::1], float32, float32, float32, uint8[:, ::1])")
def cover_pixels(low, high, first, apart, scale, covered):
    """Draw a vertical line for each column of each trace, joined with the column before, and count what it covers.

    Of each column only where lines begin and end is noted; going down it, the sum of these is how many lines there are.

    Parameters
    ----------
    low, high : (columns, rows) float32, lowest and highest value; NaN counts as 0.
    first, apart : where the zero of the first row is, and from one row to the next: parts of a pixel from the top.
    scale : parts of a pixel for a value of 1.
    covered : (height, columns) uint8, written: parts covered, those by several lines twice; 0 to 2 * FINER.
    """
    columns, rows = low.shape
    parts = FINER * len(covered)
    lowest_top = np.float32(parts - FINER)  # no line is thinner than a pixel
    tops, bottoms = np.empty(rows, np.int32), np.empty(rows, np.int32)
    change = np.empty(parts + 1, np.int16)
    for column in range(columns):
        before = max(0, column - 1)
        for row in range(rows):
            zero = first + np.float32(row) * apart
            above = max(_number(high[column, row]), _number(low[before, row]))
            below = min(_number(low[column, row]), _number(high[before, row]))
            tops[row] = np.int32(min(max(zero - above * scale, np.float32(0)), lowest_top))
            bottoms[row] = np.int32(min(max(zero - below * scale, np.float32(0)), lowest_top))
        change[:] = 0
        for row in range(rows):
            change[tops[row]] += np.int16(1)
            change[bottoms[row] + FINER] -= np.int16(1)
        lines = np.int16(0)
        for line in range(len(covered)):
            sum_of_parts = np.int16(0)
            for part in range(FINER * line, FINER * line + FINER):
                lines = np.int16(lines + change[part])
                sum_of_parts = np.int16(sum_of_parts + min(lines, np.int16(2)))
            covered[line, column] = sum_of_parts


@kernel("(float32[:, ::1], float32[:, ::1], float32, float32, uint8[:, ::1])")
def color_values(low, high, scale, last, indices):
    """Which colour stands for the value farther from zero in each column: 0.5 * last for zero.

    Parameters
    ----------
    low, high : (columns, rows) float32, lowest and highest value; NaN counts as 0.
    scale : share of all colours for a value of 1.
    last : the highest index.
    indices : (rows, columns) uint8, written; 0 to `last`.
    """
    columns, rows = low.shape
    for column in range(columns):
        for row in range(rows):
            lowest, highest = _number(low[column, row]), _number(high[column, row])
            strongest = lowest if -lowest > highest else highest
            share = min(max(strongest * scale + np.float32(0.5), np.float32(0)), np.float32(1))
            indices[row, column] = np.uint8(share * last)
