"""Traces as pixels: how much of each pixel lines from a lowest to a highest value cover, or a colour for each value.

And very many thin lines in many colours: where there are 100,000 points, twenty times as fast as a painter of lines.
"""

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


@kernel()
def _blend(color, below):
    """A colour over another, both 0xAARRGGBB and premultiplied by their opacity."""
    rest = np.uint32(255) - (color >> np.uint32(24))
    every_other = np.uint32(0x00FF00FF)  # two parts at a time; the division by 255 is rounded
    one = (below & every_other) * rest + np.uint32(0x00800080)
    other = ((below >> np.uint32(8)) & every_other) * rest + np.uint32(0x00800080)
    one = ((one + ((one >> np.uint32(8)) & every_other)) >> np.uint32(8)) & every_other
    other = (other + ((other >> np.uint32(8)) & every_other)) & ~every_other
    return np.uint32(color + (one | other))


@kernel(
    "(float64[::1], float64[::1], boolean[::1], int64[::1], uint32[::1], int32[:, ::1], uint32[:, ::1])",
)
def draw_lines(x, y, joined, firsts, colors, seen, image):
    """Draw paths of straight lines, one pixel wide, one path over the other; a path covers each pixel at most once.

    Along its longer direction a line has one pixel in each column (or row): the one in which it is at the middle of
    that column.

    Parameters
    ----------
    x, y : (n,) float64, px from the upper left corner; (0.5, 0.5) is the middle of the first pixel.
    joined : (n,) bool, whether a line leads from a point to the next one.
    firsts : (paths + 1,) int64, the first point of each path.
    colors : (paths,) uint32, 0xAARRGGBB, premultiplied.
    seen : (height, width) int32, 0; used.
    image : (height, width) uint32, written where lines are.
    """
    height, width = image.shape
    for path in range(len(colors)):
        for i in range(firsts[path], firsts[path + 1] - 1):
            if not joined[i]:
                continue
            across, down = x[i + 1] - x[i], y[i + 1] - y[i]
            flat = abs(across) >= abs(down)
            begin, end, length = (x[i], x[i + 1], width) if flat else (y[i], y[i + 1], height)
            other, step, room = (y[i], down, height) if flat else (x[i], across, width)
            low, high = min(begin, end), max(begin, end)
            if high < 0 or low >= length or max(other, other + step) < 0 or min(other, other + step) >= room:
                continue
            slope = step / (end - begin) if end != begin else 0.0
            for place in range(int(max(low, 0.0)), int(min(high, length - 1.0)) + 1):
                beside = other + slope * (min(max(place + 0.5, low), high) - begin)
                if beside < 0 or beside >= room:
                    continue
                row, column = (int(beside), place) if flat else (place, int(beside))
                if seen[row, column] != path + 1:
                    seen[row, column] = path + 1
                    image[row, column] = _blend(colors[path], image[row, column])
