"""Many lines in many colours as one item of a plot: quick where hundreds of curves would not be."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from spikesift_gui.plots import pen
from spikesift_gui.qt import QtCore, QtGui, QtWidgets, pg

SMOOTH_POINTS = 20_000  # more are drawn without smoothing and 1 px wide: a wider line takes fifty times as long


class ColoredPaths(pg.GraphicsObject):
    """Lines in data coordinates; each path has a colour, a width in px and an opacity.

    Parameters
    ----------
    kept : what was painted is kept as an image while nothing moves: for very many lines behind others that change.
    """

    def __init__(self, kept: bool = False):
        super().__init__()
        self._kept, self._image, self._image_of = kept, QtGui.QImage(), None
        self._paths: list[tuple[QtGui.QPen, float, QtGui.QPainterPath]] = []
        self._bounds = QtCore.QRectF()
        self._smooth = True

    def show_paths(self, paths: Iterable[tuple[str, float, float, np.ndarray, np.ndarray, np.ndarray | str]]) -> None:
        """Draw these (color, width, opacity, x (n,), y (n,), connect), `connect` in pyqtgraph's words."""
        self.prepareGeometryChange()
        given = list(paths)
        self._smooth = sum(len(part[3]) for part in given) <= SMOOTH_POINTS
        made = [
            (pen(color, width if self._smooth else 1.0), opacity, pg.functions.arrayToQPath(x, y, connect=connect))
            for color, width, opacity, x, y, connect in given
            if len(x) > 1
        ]
        self._paths = made
        bounds = QtCore.QRectF()
        for _, _, path in made:
            bounds = bounds.united(path.boundingRect().adjusted(0, -1e-9, 1e-9, 1e-9))
        self._bounds, self._image_of = bounds, None
        self.update()

    def boundingRect(self) -> QtCore.QRectF:
        return self._bounds

    def paint(self, painter: QtGui.QPainter, _option: QtWidgets.QStyleOptionGraphicsItem, *_args) -> None:
        device = painter.device()
        if not self._kept or not isinstance(device, QtWidgets.QWidget):  # a file is drawn with lines, not with pixels
            self._paint(painter)
            return
        place, ratio = painter.worldTransform(), device.devicePixelRatioF()
        if self._image_of != (place, device.size(), ratio):
            self._image_of = (place, device.size(), ratio)
            self._image = QtGui.QImage(device.size() * ratio, QtGui.QImage.Format.Format_ARGB32_Premultiplied)
            self._image.setDevicePixelRatio(ratio)
            self._image.fill(0)
            inside = QtGui.QPainter(self._image)
            inside.setWorldTransform(place)
            self._paint(inside)
            inside.end()
        painter.resetTransform()
        painter.drawImage(0, 0, self._image)

    def _paint(self, painter: QtGui.QPainter) -> None:
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing, self._smooth)
        for made, opacity, path in self._paths:
            painter.setOpacity(opacity)
            painter.setPen(made)
            painter.drawPath(path)
