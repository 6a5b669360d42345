"""What was painted, kept as an image while nothing moves: for what takes long and lies behind others that change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spikesift_gui.qt import QtCore, QtGui, QtWidgets

Maker = Callable[[QtGui.QTransform, QtCore.QSize, float], QtGui.QImage]  # of the place of things, size in px, sharpness


class KeptImage:
    """The image of one item of a plot, as large as the plot."""

    def __init__(self):
        self._image, self._of = QtGui.QImage(), None

    def forget(self) -> None:
        """What is shown has changed."""
        self._of = None

    def draw(self, painter: QtGui.QPainter, make: Maker) -> bool:
        """Draw what `make(place, size, ratio)` gave for this place; False where the painter paints no widget: a file
        is drawn with lines, not with pixels."""
        device: Any = painter.device()
        if not isinstance(device, QtWidgets.QWidget):
            return False
        now = painter.worldTransform(), device.size(), device.devicePixelRatioF()
        if self._of != now:
            self._of = now
            place, size, ratio = now
            self._image = make(place, size * ratio, ratio)
        painter.resetTransform()
        painter.drawImage(0, 0, self._image)
        return True


def image_by(paint: Callable[[QtGui.QPainter], None]) -> Maker:
    """A maker of images that lets `paint(painter)` paint on them."""

    def make(place: QtGui.QTransform, size: QtCore.QSize, ratio: float) -> QtGui.QImage:
        image = QtGui.QImage(size, QtGui.QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        image.fill(0)
        inside = QtGui.QPainter(image)
        inside.setWorldTransform(place)
        paint(inside)
        inside.end()
        return image

    return make
