"""Very many points in many colours as one item of a plot: quick where a scatter item is not."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from spikesift_gui.plots import pen
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, pg
from spikesift_gui.widgets.kept_image import KeptImage, image_by

ROUND_POINTS = 1000  # more are drawn as small squares, which is three times as fast


class ColoredPoints(pg.GraphicsObject):
    """Points in data coordinates; each set has a colour and an opacity. `count` is how many there are."""

    def __init__(self, size: float = 3.0, kept: bool = False):
        """`size` in px; `kept`: behind others that change, see `KeptImage`."""
        super().__init__()
        self.count = 0
        self._kept, self._image = kept, KeptImage()
        self._size = size
        self._sets: list[tuple[QtGui.QPen, float, QtGui.QPolygonF]] = []
        self._bounds = QtCore.QRectF()

    def show_points(self, sets: Iterable[tuple[str, float, np.ndarray, np.ndarray]]) -> None:
        """Draw these (color, opacity, x (n,), y (n,)); values that are not finite are left out."""
        self.prepareGeometryChange()
        self._sets, self._bounds, self.count = [], QtCore.QRectF(), 0
        self._image.forget()
        for color, opacity, x, y in sets:
            known = np.isfinite(x) & np.isfinite(y)
            points = pg.functions.arrayToQPolygonF(np.asarray(x, float)[known], np.asarray(y, float)[known])
            if len(points):
                self._sets.append((pen(color, self._size), opacity, points))
                self._bounds = self._bounds.united(points.boundingRect().adjusted(0, -1e-9, 1e-9, 1e-9))
                self.count += len(points)
        caps = Qt.PenCapStyle
        for made, _opacity, _points in self._sets:
            made.setCapStyle(caps.RoundCap if self.count <= ROUND_POINTS else caps.SquareCap)
        self.update()

    def boundingRect(self) -> QtCore.QRectF:
        return self._bounds

    def paint(self, painter: QtGui.QPainter, _option: QtWidgets.QStyleOptionGraphicsItem, *_args) -> None:
        if not (self._kept and self._image.draw(painter, image_by(self._paint))):
            self._paint(painter)

    def _paint(self, painter: QtGui.QPainter) -> None:
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing, self.count <= ROUND_POINTS)
        place = painter.worldTransform()
        painter.resetTransform()  # Qt draws a point as a line of 1/63 units, which would be seen
        for made, opacity, points in self._sets:
            painter.setOpacity(opacity)
            painter.setPen(made)
            painter.drawPoints(place.map(points))
