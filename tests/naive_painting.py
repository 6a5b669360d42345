"""Slow, obvious twins of the kernels that paint, see `naive.py`."""

from __future__ import annotations

import math

import numpy as np


def cover_pixels(low, high, first, apart, scale, height):
    """Parts of each pixel (two from top to bottom) covered by lines, those by several twice; (height, columns)."""
    columns, rows = low.shape
    found = np.zeros((height, columns), int)
    for column in range(columns):
        for part in range(2 * height):
            crossing = 0
            for row in range(rows):
                near = [column] if column == 0 else [column, column - 1]
                top = first + row * apart - scale * max(high[column, row], *(low[c, row] for c in near))
                bottom = first + row * apart - scale * min(low[column, row], *(high[c, row] for c in near))
                top, bottom = (int(min(max(place, 0), 2 * height - 2)) for place in (top, bottom))
                crossing += top <= part < bottom + 2
            found[part // 2, column] += min(crossing, 2)
    return found


def color_values(low, high, scale, last):
    """Index of a colour for the value farther from zero, (rows, columns)."""
    strongest = np.where(-low > high, low, high).T
    return np.floor(np.clip(strongest * scale + 0.5, 0, 1) * last).astype(int)


def draw_lines(x, y, joined, firsts, colors, height, width):
    """Lines of one pixel, (height, width, 4) float: premultiplied alpha, red, green, blue, 0 to 255."""
    image = np.zeros((height, width, 4))
    for color, first, last in zip(colors, firsts[:-1], firsts[1:], strict=True):
        pixels = set()
        for i in np.flatnonzero(joined[first : last - 1]) + first:
            ends = np.array([[y[i], x[i]], [y[i + 1], x[i + 1]]])
            axis = 1 if abs(ends[1, 1] - ends[0, 1]) >= abs(ends[1, 0] - ends[0, 0]) else 0
            ends = ends[np.argsort(ends[:, axis], kind="stable")]
            for place in range(max(0, math.floor(ends[0, axis])), math.floor(ends[1, axis]) + 1):
                pixel = [place, place]
                middle = min(max(place + 0.5, ends[0, axis]), ends[1, axis])
                pixel[1 - axis] = math.floor(np.interp(middle, ends[:, axis], ends[:, 1 - axis]))
                pixels.add(tuple(pixel))
        parts = np.array([(int(color) >> shift) & 255 for shift in (24, 16, 8, 0)])
        for row, column in pixels:
            if 0 <= row < height and 0 <= column < width:
                image[row, column] = parts + image[row, column] * (1 - parts[0] / 255)
    return image
