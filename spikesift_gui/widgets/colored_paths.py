"""Many lines in many colours as one item of a plot: quick where hundreds of curves would not be."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from spikesift_gui.plots import pen
from spikesift_gui.qt import QtCore, QtGui, QtWidgets, pg

SMOOTH_POINTS = 20_000  # more are drawn without smoothing


class ColoredPaths(pg.GraphicsObject):
    """Lines in data coordinates; each path has a colour, a width in px and an opacity."""

    def __init__(self):
        super().__init__()
        self._paths: list[tuple[QtGui.QPen, float, QtGui.QPainterPath]] = []
        self._bounds = QtCore.QRectF()
        self._smooth = True

    def show_paths(self, paths: Iterable[tuple[str, float, float, np.ndarray, np.ndarray, np.ndarray | str]]) -> None:
        """Draw these (color, width, opacity, x (n,), y (n,), connect), `connect` in pyqtgraph's words."""
        self.prepareGeometryChange()
        given = list(paths)
        made = [
            (pen(color, width), opacity, pg.functions.arrayToQPath(x, y, connect=connect))
            for color, width, opacity, x, y, connect in given
            if len(x) > 1
        ]
        self._paths = made
        self._smooth = sum(len(part[3]) for part in given) <= SMOOTH_POINTS
        bounds = QtCore.QRectF()
        for _, _, path in made:
            bounds = bounds.united(path.boundingRect().adjusted(0, -1e-9, 1e-9, 1e-9))
        self._bounds = bounds
        self.update()

    def boundingRect(self) -> QtCore.QRectF:
        return self._bounds

    def paint(self, painter: QtGui.QPainter, _option: QtWidgets.QStyleOptionGraphicsItem, *_args) -> None:
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing, self._smooth)
        for made, opacity, path in self._paths:
            painter.setOpacity(opacity)
            painter.setPen(made)
            painter.drawPath(path)
