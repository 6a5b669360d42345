"""Traces as pixels: many channels below each other painted as one image, or as a heat map; pure functions of arrays.

A line of a million points takes Qt a quarter of a second; the same picture as an image takes a few milliseconds.
"""

from __future__ import annotations

import numpy as np

from spikesift_gui.palette import Palette
from spikesift_gui.qt import QtGui
from spikesift_gui.ramps import LEVELS

ALONE, TOGETHER = 0.8, 1.0  # opacity of a pixel that one trace crosses, and that several do


def painted(low: np.ndarray, high: np.ndarray, spacing: float, height: int, room: float) -> np.ndarray:
    """How many traces cross each pixel, at most 2: (height, columns) uint8, the first row at the top.

    Parameters
    ----------
    low, high : (columns, rows), lowest and highest value in each column; each is joined with the column before it.
    spacing : between two traces, in the units of the values.
    room : rows left free above the first and below the last trace.
    """
    columns, rows = low.shape
    below, above = low.copy(), high.copy()
    below[1:] = np.minimum(low[1:], high[:-1])
    above[1:] = np.maximum(high[1:], low[:-1])
    per_row = height / (rows - 1 + 2 * room)
    zero = (room + np.arange(rows)) * per_row
    top, bottom = (
        np.clip(np.nan_to_num(zero - part * (per_row / spacing)), 0, height - 1).astype(np.int32)
        for part in (above, below)
    )
    place = np.arange(columns, dtype=np.int32)[:, None]
    size = (height + 1) * columns
    change = np.bincount((top * columns + place).ravel(), minlength=size)
    change -= np.bincount(((bottom + 1) * columns + place).ravel(), minlength=size)
    crossed = np.cumsum(change.reshape(height + 1, columns), axis=0)[:height]
    return np.minimum(crossed, 2).astype(np.uint8)


def painted_colors(palette: Palette) -> np.ndarray:
    """(3, 4) uint8 RGBA: for pixels that no, one and several traces cross."""
    red, green, blue, _ = QtGui.QColor(palette.signal).getRgb()
    return np.array([[red, green, blue, round(255 * part)] for part in (0, ALONE, TOGETHER)], np.uint8)


def heat(low: np.ndarray, high: np.ndarray, spacing: float) -> np.ndarray:
    """The value farther from zero in each column, as an index into `heat_colors`: (rows, columns) uint8.

    The colours end at half the distance between two traces.
    """
    strongest = np.where(-low > high, low, high).T
    share = np.nan_to_num(strongest * np.float32(1 / spacing)) + 0.5
    return (np.clip(share, 0, 1) * np.float32(LEVELS - 1)).astype(np.uint8)


def heat_colors(palette: Palette) -> np.ndarray:
    """(256, 4) uint8 RGBA: from the colour of what is below zero, over that of the plot, to that of what is above."""
    names = (palette.first, palette.plot, palette.second)
    stops = np.array([QtGui.QColor(name).getRgb() for name in names], float)
    steps = np.linspace(0, 2, LEVELS)
    return np.column_stack([np.interp(steps, range(3), stops[:, part]) for part in range(4)]).astype(np.uint8)
