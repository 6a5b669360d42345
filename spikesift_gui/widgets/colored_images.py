"""Many small pictures of one colour each as one item of a plot."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from spikesift_gui.qt import QtCore, QtGui, QtWidgets, pg


class ColoredImages(pg.GraphicsObject):
    """Pictures in data coordinates; each has a colour, and an opacity for each of its cells."""

    def __init__(self):
        super().__init__()
        self._images: list[tuple[QtGui.QImage, QtCore.QRectF]] = []
        self._bounds = QtCore.QRectF()

    def show_images(self, images: Iterable[tuple[str, np.ndarray, QtCore.QRectF]]) -> None:
        """Draw these (color, opacity (rows, columns) uint8 with the lowest row first, place)."""
        self.prepareGeometryChange()
        self._images, self._bounds = [], QtCore.QRectF()
        for color, opacity, place in images:
            self._images.append((_image(color, opacity), place))
            self._bounds = self._bounds.united(place)
        self.update()

    def __len__(self) -> int:
        return len(self._images)

    def boundingRect(self) -> QtCore.QRectF:
        return self._bounds

    def paint(self, painter: QtGui.QPainter, _option: QtWidgets.QStyleOptionGraphicsItem, *_args) -> None:
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        for image, place in self._images:  # the axis of a plot points up, so the first row is the lowest
            painter.drawImage(place, image)


def _image(color: str, opacity: np.ndarray) -> QtGui.QImage:
    rgba = np.empty((*opacity.shape, 4), np.uint8)
    rgba[..., :3] = QtGui.QColor(color).getRgb()[:3]
    rgba[..., 3] = opacity
    rows, columns = opacity.shape
    return QtGui.QImage(rgba.tobytes(), columns, rows, 4 * columns, QtGui.QImage.Format.Format_RGBA8888).copy()
