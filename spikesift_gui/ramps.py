"""Values as colours: from a quiet grey, through a colour, to something that stands out from both."""

from __future__ import annotations

import numpy as np

from spikesift_gui.palette import Palette
from spikesift_gui.qt import QtGui

LEVELS = 256
TURN = 0.65  # share of the range at which the colour itself is reached


def ramp(palette: Palette, color: str) -> np.ndarray:
    """(256, 4) uint8 RGBA: a quiet grey, then `color` at two thirds, then nearer to the colour of text."""
    names = (palette.hover, color, palette.text)
    low, middle, text = (np.array(QtGui.QColor(name).getRgb()[:3], float) for name in names)
    steps = np.array([low, middle, 0.4 * middle + 0.6 * text])
    at = np.linspace(0, 1, LEVELS)
    rgb = np.stack([np.interp(at, [0, TURN, 1], steps[:, part]) for part in range(3)], axis=1)
    return np.column_stack([np.rint(rgb), np.full(LEVELS, 255)]).astype(np.uint8)


def value_colors(values: np.ndarray, table: np.ndarray, low: float, high: float) -> np.ndarray:
    """Colours (..., 4) uint8 of `values` between `low` and `high`, out of a `ramp`; nan is transparent."""
    values = np.asarray(values, float)
    share = np.clip((values - low) / (high - low if high > low else 1), 0, 1)
    colors = table[np.nan_to_num(share * (LEVELS - 1)).astype(int)]
    colors[np.isnan(values)] = 0
    return colors
