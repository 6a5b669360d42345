"""Traces as pixels: many channels below each other painted as one image, or as a heat map; pure functions of arrays.

A line of a million points takes Qt a quarter of a second; the same picture as an image takes a few milliseconds.
"""

from __future__ import annotations

import numpy as np

from spikesift_gui.palette import Palette
from spikesift_gui.qt import QtGui
from spikesift_gui.ramps import LEVELS

FINER = 2  # parts of a pixel, from top to bottom, that are looked at: what a trace covers of it is its opacity
FULL = 2 * FINER  # parts covered, those by several traces twice


def painted(low: np.ndarray, high: np.ndarray, spacing: float, height: int, room: float) -> np.ndarray:
    """How much of each pixel traces cover, 0 to `FULL`: (height, columns) uint8, the first row at the top.

    Parameters
    ----------
    low, high : (columns, rows), lowest and highest value in each column; each is joined with the column before it.
    spacing : between two traces, in the units of the values.
    room : rows left free above the first and below the last trace.
    """
    columns, rows = low.shape
    if not np.isfinite(low.sum() + high.sum()):
        low, high = np.nan_to_num(low), np.nan_to_num(high)
    below, above = low.copy(), high.copy()
    below[1:] = np.minimum(low[1:], high[:-1])
    above[1:] = np.maximum(high[1:], low[:-1])
    parts = FINER * height
    per_row = np.float32(parts / (rows - 1 + 2 * room))
    zero = (np.float32(room) + np.arange(rows, dtype=np.float32)) * per_row
    scale = per_row / np.float32(spacing)
    place = np.arange(columns, dtype=np.int32)[:, None]
    with np.errstate(over="ignore"):  # bytes read as the wrong type hold any number
        top, bottom = (_within(zero - edge * scale, parts - FINER) for edge in (above, below))
    change = np.bincount((top * columns + place).ravel(), minlength=(parts + 1) * columns).astype(np.int16)
    ends = (bottom + FINER) * columns + place  # no line is thinner than a pixel
    change -= np.bincount(ends.ravel(), minlength=len(change)).astype(np.int16)
    crossed = np.cumsum(change.reshape(parts + 1, columns)[:parts], axis=0, dtype=np.int16)
    return np.minimum(crossed, 2).reshape(height, FINER, columns).sum(axis=1, dtype=np.uint8)


def _within(values: np.ndarray, highest: int) -> np.ndarray:
    return np.clip(values, 0, highest, out=values).astype(np.int32)


def painted_colors(palette: Palette) -> np.ndarray:
    """(FULL + 1, 4) uint8 RGBA: for each number of parts of a pixel that are covered."""
    made = np.empty((FULL + 1, 4), np.uint8)
    made[:, :3] = QtGui.QColor(palette.signal).getRgb()[:3]
    made[:, 3] = np.rint(255 * np.minimum(1, np.arange(FULL + 1) * (0.8 / FINER)))
    return made


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
