"""Small pictures of probes for a list."""

from __future__ import annotations

import numpy as np

from spikesift_gui.palette import Palette
from spikesift_gui.qt import Qt, QtCore, QtGui

SIDE = 40  # px
MARGIN = 4.0  # px
FLATTEST = 4.0  # a long thin probe is drawn at most so many times higher than wide
MOST_DOTS = 150


def thumbnail(positions: np.ndarray, palette: Palette) -> QtGui.QIcon:
    """A picture of contacts, (contacts, 2) um; of very many every second, third, ... is drawn."""
    image = QtGui.QPixmap(SIDE, SIDE)
    image.fill(Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(image)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QtGui.QColor(palette.accent))
    shown = np.asarray(positions, float)[:: max(1, len(positions) // MOST_DOTS)]
    extent, room = np.ptp(shown, axis=0), SIDE - 2 * MARGIN
    wanted = np.clip(extent / max(float(extent.max()), 1.0), 1 / FLATTEST, 1) * room
    places = (shown - (shown.min(axis=0) + shown.max(axis=0)) / 2) * wanted / np.maximum(extent, 1e-9)
    radius = max(1.0, min(3.0, room / np.sqrt(len(shown)) / 3))
    for x, y in places:
        painter.drawEllipse(QtCore.QPointF(SIDE / 2 + x, SIDE / 2 - y), radius, radius)
    painter.end()
    return QtGui.QIcon(image)
