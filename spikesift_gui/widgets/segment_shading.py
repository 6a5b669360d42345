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
        self._focus: int | None = None
        self._palette: Palette | None = None
        self.setZValue(BEHIND)

    def show_segments(self, bounds: np.ndarray, palette: Palette, focus: int | None = None) -> None:
        """Shade the second, fourth, … of `bounds` (segments, 2), in the unit of the x axis; mark the one in focus."""
        self.prepareGeometryChange()
        self._bounds, self._palette = np.asarray(bounds, float).reshape(-1, 2), palette
        self._focus = focus if focus is not None and focus < len(self._bounds) else None
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
        for index, (start, end) in enumerate(self._bounds):
            rect = QtCore.QRectF(start, whole.top(), end - start, whole.height())
            if index == self._focus:
                painter.fillRect(rect, QtGui.QColor(self._palette.accent_soft))
            elif index % 2:
                painter.fillRect(rect, QtGui.QColor(self._palette.segment))
        painter.setPen(pen(self._palette.grid))
        for start in self._bounds[1:, 0]:
            painter.drawLine(QtCore.QPointF(start, whole.top()), QtCore.QPointF(start, whole.bottom()))
