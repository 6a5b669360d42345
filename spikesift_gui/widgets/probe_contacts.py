"""The contacts of a probe in an editor's plot: squares with their channel number, chosen and clashing ones marked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from spikesift_core.probe import nearest_spacing
from spikesift_gui.palette import Palette
from spikesift_gui.plots import brush, pen
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, pg

SMALLEST, LARGEST = 3.0, 26.0  # px, side of a contact
FILLED = 0.7  # of the distance to the nearest contact
LONE = 20.0  # um, distance taken for a contact that is alone
ROOM = 40.0  # um around the contacts
LABEL_HEIGHT = 9.0  # px, of the figures of a number


class EditedContacts(pg.GraphicsObject):
    """Drawn in pixels, so that contacts can be seen and hit at every zoom."""

    def __init__(self):
        super().__init__()
        self.positions = np.zeros((0, 2))
        self._chosen: frozenset[int] = frozenset()
        self._clashing: frozenset[int] = frozenset()
        self._palette: Palette | None = None

    def show_contacts(
        self, positions: np.ndarray, chosen: Iterable[int], clashing: Iterable[int], palette: Palette
    ) -> None:
        """Show contacts (n, 2) um; `chosen` and `clashing` are indices."""
        self.prepareGeometryChange()
        self.positions = np.asarray(positions, float).reshape(-1, 2)
        self._chosen, self._clashing = frozenset(chosen), frozenset(clashing)
        self._palette = palette
        self.update()

    def boundingRect(self) -> QtCore.QRectF:
        if not len(self.positions):
            return QtCore.QRectF(0, 0, 1, 1)
        low, high = self.positions.min(axis=0) - ROOM, self.positions.max(axis=0) + ROOM
        return QtCore.QRectF(*low, *(high - low))

    def paint(self, painter: QtGui.QPainter, *_options: Any) -> None:
        if self._palette is None or not len(self.positions):
            return
        transform = painter.transform()
        painter.resetTransform()
        side = self._side((abs(transform.m11()), abs(transform.m22())))
        font = QtWidgets.QApplication.font()
        font.setPixelSize(max(8, min(12, int(side * 0.45))))
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(str(len(self.positions) - 1)) + 3
        inside, beside = side >= width, self._room_beside(transform, width + side + 2)
        for contact, (x, y) in enumerate(self.positions):
            rect = QtCore.QRectF(0, 0, side, side)
            rect.moveCenter(transform.map(QtCore.QPointF(x, y)))
            words = self._dress(painter, contact)
            painter.drawRoundedRect(rect, 3, 3) if side > 8 else painter.drawRect(rect)
            if inside or beside:
                painter.setPen(words if inside else QtGui.QColor(self._palette.muted))
                place = rect if inside else QtCore.QRectF(rect.right() + 2, rect.center().y() - 8, width + 2, 16)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(contact))

    def _room_beside(self, transform: QtGui.QTransform, width: float) -> bool:
        """Whether numbers at the right of the contacts would hardly overlap; `width` px of contact and number."""
        cells = self.positions * [abs(transform.m11()) / width, abs(transform.m22()) / LABEL_HEIGHT]
        return len(cells) < 2 or float(np.percentile(cKDTree(cells).query(cells, k=2, p=np.inf)[0][:, 1], 5)) >= 1

    def _dress(self, painter: QtGui.QPainter, contact: int) -> QtGui.QColor:
        """Set outline and fill for one contact; the colour for its number."""
        palette = self._palette
        clash, chosen = contact in self._clashing, contact in self._chosen
        if clash:
            painter.setPen(pen(palette.accent if chosen else palette.error, 2))
            painter.setBrush(brush(palette.error if chosen else palette.error_soft))
            return QtGui.QColor(palette.plot if chosen else palette.error)
        painter.setPen(pen(palette.accent if chosen else palette.strong_border, 1.5 if chosen else 1))
        painter.setBrush(brush(palette.accent if chosen else palette.pressed))
        return QtGui.QColor(palette.on_accent if chosen else palette.text)

    def _side(self, px_per_um: tuple[float, float]) -> float:
        spacing = nearest_spacing(self.positions * px_per_um)
        if not spacing > 0:  # a contact that is alone, or most at one place
            spacing = LONE * min(px_per_um)
        return min(LARGEST, max(SMALLEST, FILLED * spacing))

    def hit(self, point: QtCore.QPointF, um_per_px: tuple[float, float]) -> int | None:
        """The contact under a point (um), or None."""
        if not len(self.positions):
            return None
        away = np.abs(self.positions - [point.x(), point.y()]) / np.asarray(um_per_px)
        nearest = int(away.max(axis=1).argmin())
        side = self._side((1 / um_per_px[0], 1 / um_per_px[1]))
        return nearest if away[nearest].max() <= side / 2 + 3 else None
