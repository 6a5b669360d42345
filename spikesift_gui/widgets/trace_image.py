"""Traces as pixels: many channels below each other painted as one image, or as a heat map; pure functions of arrays.

A line of a million points takes Qt a quarter of a second; the same picture as an image takes a few milliseconds.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from spikesift_core.kernels.painting import FINER, color_values, cover_pixels
from spikesift_gui.palette import Palette
from spikesift_gui.qt import QtGui
from spikesift_gui.ramps import LEVELS

FULL = 2 * FINER  # parts of a pixel covered, those by several traces twice


def painted(low: np.ndarray, high: np.ndarray, spacing: float, height: int, room: float) -> np.ndarray:
    """How much of each pixel traces cover, 0 to `FULL`: (height, columns) uint8, the first row at the top.

    Parameters
    ----------
    low, high : (columns, rows), lowest and highest value in each column; each is joined with the column before it.
    spacing : between two traces, in the units of the values.
    room : rows left free above the first and below the last trace.
    """
    columns, rows = low.shape
    covered = np.empty((height, columns), np.uint8)
    apart = FINER * height / (rows - 1 + 2 * room)
    low, high = (np.ascontiguousarray(part, np.float32) for part in (low, high))
    cover_pixels(low, high, np.float32(room * apart), np.float32(apart), np.float32(apart / spacing), covered)
    return covered


@cache
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
    indices = np.empty(low.shape[::-1], np.uint8)
    low, high = (np.ascontiguousarray(part, np.float32) for part in (low, high))
    color_values(low, high, np.float32(1 / spacing), np.float32(LEVELS - 1), indices)
    return indices


@cache
def heat_colors(palette: Palette) -> np.ndarray:
    """(256, 4) uint8 RGBA: from the colour of what is below zero, over that of the plot, to that of what is above."""
    names = (palette.first, palette.plot, palette.second)
    stops = np.array([QtGui.QColor(name).getRgb() for name in names], float)
    steps = np.linspace(0, 2, LEVELS)
    return np.column_stack([np.interp(steps, range(3), stops[:, part]) for part in range(4)]).astype(np.uint8)
