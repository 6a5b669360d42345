"""Every second segment shaded behind a plot over time, as one item however many there are."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikesift_gui.palette import Palette
from spikesift_gui.plots import pen
from spikesift_gui.qt import QtCore, QtGui, pg

BEHIND = -100


class SegmentShading(pg.GraphicsObject):
    """Shades segments over the whole height of its plot; does not take part in the plot's automatic range."""

    def __init__(self):
        super().__init__()
        self._bounds = np.zeros((0, 2))
        self._shaded: list[QtCore.QRectF] = []
        self._focused: list[QtCore.QRectF] = []
        self._lines: list[QtCore.QLineF] = []
        self._palette: Palette | None = None
        self._given: np.ndarray | None = None
        self._look: tuple[Palette | None, int | None] = None, None
        self.setZValue(BEHIND)

    def show_segments(self, bounds: np.ndarray, palette: Palette, focus: int | None = None) -> None:
        """Shade the second, fourth, … of `bounds` (segments, 2), in the unit of the x axis; mark the one in focus."""
        if bounds is self._given and (palette, focus) == self._look:  # as when only another unit is shown
            return
        self._given, self._look = bounds, (palette, focus)
        self.prepareGeometryChange()
        self._bounds, self._palette = np.asarray(bounds, float).reshape(-1, 2), palette
        rects = [QtCore.QRectF(start, 0, end - start, 1) for start, end in self._bounds.tolist()]
        self._shaded = [rect for place, rect in enumerate(rects) if place % 2 and place != focus]
        self._focused = [] if focus is None else rects[focus : focus + 1]
        self._lines = [QtCore.QLineF(start, 0, start, 1) for start in self._bounds[1:, 0].tolist()]
        self.update()

    def boundingRect(self) -> QtCore.QRectF:
        box = self.getViewBox()
        if box is None or not len(self._bounds):
            return QtCore.QRectF()
        shown = box.viewRect()
        return QtCore.QRectF(self._bounds[0, 0], shown.top(), np.ptp(self._bounds), shown.height())

    def dataBounds(self, *_arguments: Any, **_named: Any) -> None:
        return None

    def viewRangeChanged(self, *_arguments: Any) -> None:
        self.prepareGeometryChange()

    def paint(self, painter: QtGui.QPainter, *_options: Any) -> None:
        if self._palette is None:
            return
        whole = self.boundingRect()
        painter.translate(0, whole.top())
        painter.scale(1, whole.height())  # from here on all is from 0 to 1
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        for color, rects in ((self._palette.segment, self._shaded), (self._palette.accent_soft, self._focused)):
            painter.setBrush(QtGui.QColor(color))
            painter.drawRects(rects)
        painter.setPen(pen(self._palette.grid))
        painter.drawLines(self._lines)
