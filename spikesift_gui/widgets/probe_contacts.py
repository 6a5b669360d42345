"""The contacts of a probe in an editor's plot: shapes with their channel number; chosen, clashing and excluded ones
marked, gaps in red, shanks behind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from spikesift_core.probe import clashes, gaps, nearest_spacing
from spikesift_core.probe_contacts import ProbeLayout, layout
from spikesift_gui.palette import Palette
from spikesift_gui.plots import brush, pen
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, pg

SMALLEST, LARGEST = 3.0, 26.0  # px, side of a contact
FILLED = 0.7  # of the distance to the nearest contact
LONE = 20.0  # um, distance taken for a contact that is alone
ROOM = 40.0  # um around the contacts
SHANK_LETTERS = 11  # px
LABEL_HEIGHT = 9.0  # px, of the figures of a number
JOINED_WIDTH = 120  # px, for the numbers of contacts at one place
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class EditedContacts(pg.GraphicsObject):
    """Drawn in pixels, so that contacts can be seen and hit at every zoom."""

    def __init__(self):
        super().__init__()
        self.layout = layout(np.zeros((0, 2)))
        self.positions = np.zeros((0, 2))
        self._chosen: frozenset[int] = frozenset()
        self._clashing: frozenset[int] = frozenset()
        self._excluded: frozenset[int] = frozenset()
        self._gaps: list[tuple[int, int, int]] = []
        self.numbers: dict[int, str] = {}
        self._palette: Palette | None = None
        self._dresses: dict[tuple[bool, bool, bool], tuple[QtGui.QPen, QtGui.QBrush, QtGui.QColor]] = {}

    def show_contacts(
        self,
        contacts: ProbeLayout,
        palette: Palette,
        *,
        chosen: Iterable[int] = (),
        excluded: Iterable[int] = (),
    ) -> None:
        """Show contacts; `chosen` and `excluded` are indices. What clashes, and gaps, are found here."""
        self.prepareGeometryChange()
        self.layout, self.positions = contacts, np.asarray(contacts.positions, float)
        self._chosen, self._excluded = frozenset(chosen), frozenset(excluded)
        pairs = clashes(self.positions)
        self._clashing = frozenset(contact for pair in pairs for contact in pair)
        self.numbers = joined_numbers(pairs)
        self._gaps = gaps(self.positions, contacts.shanks)
        self._palette = palette
        self._dresses = {}
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
        px_per_um = (abs(transform.m11()), abs(transform.m22()))
        side = self._side(px_per_um)
        self._paint_shanks(painter, transform, side)
        self._paint_gaps(painter, transform)
        font = QtWidgets.QApplication.font()
        font.setPixelSize(max(8, min(12, int(side * 0.45))))
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(str(len(self.positions) - 1)) + 3
        inside, beside = side >= width, self._room_beside(transform, (width + side + 2, max(LABEL_HEIGHT, side)))
        for contact, (x, y) in enumerate(self.positions):
            rect = QtCore.QRectF(0, 0, *self._size(contact, side, px_per_um))
            rect.moveCenter(transform.map(QtCore.QPointF(x, y)))
            words = self._dress(painter, contact)
            self._draw_shape(painter, contact, rect)
            if contact in self.numbers:
                painter.setPen(QtGui.QColor(self._palette.error))
                place = QtCore.QRectF(rect.right() + 2, rect.center().y() - 8, JOINED_WIDTH, 16)
                painter.drawText(place, LEFT, self.numbers[contact])
            elif inside or beside:
                painter.setPen(words if inside else QtGui.QColor(self._palette.muted))
                place = rect if inside else QtCore.QRectF(rect.right() + 2, rect.center().y() - 8, width + 2, 16)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(contact))

    def _size(self, contact: int, side: float, px_per_um: tuple[float, float]) -> tuple[float, float]:
        """Width and height in px: as large as the contact is, but never too small to be seen and hit."""
        width, height = map(float, self.layout.sizes[contact])
        height = height or width
        if not width:
            return side, side
        real = width * min(px_per_um), height * min(px_per_um)  # a circle is round, whatever the axes do
        schematic = side * width / max(width, height), side * height / max(width, height)
        return max(real[0], schematic[0]), max(real[1], schematic[1])

    def _draw_shape(self, painter: QtGui.QPainter, contact: int, rect: QtCore.QRectF) -> None:
        width, height = self.layout.sizes[contact]
        if width and not height:
            painter.drawEllipse(rect)
        elif rect.width() > 8 and not height:
            painter.drawRoundedRect(rect, 3, 3)
        else:
            painter.drawRect(rect)
        if contact in self._excluded:
            painter.setPen(pen(self._palette.warning, 1.5))
            painter.drawLine(rect.topLeft(), rect.bottomRight())
            painter.drawLine(rect.topRight(), rect.bottomLeft())

    def _paint_shanks(self, painter: QtGui.QPainter, transform: QtGui.QTransform, side: float) -> None:
        """A quiet outline around the contacts of each shank, with its number below, where there are several."""
        shanks = np.unique(self.layout.shanks)
        if len(shanks) < 2:
            return
        font = QtWidgets.QApplication.font()
        font.setPixelSize(SHANK_LETTERS)
        painter.setFont(font)
        extent = np.ptp(self.positions[:, 0]) * abs(transform.m11()) / len(shanks)
        word = "shank " if extent > painter.fontMetrics().horizontalAdvance("shank 00") else ""
        for shank in shanks:
            inside = self.positions[self.layout.shanks == shank]
            corners = [transform.map(QtCore.QPointF(*corner)) for corner in (inside.min(axis=0), inside.max(axis=0))]
            rect = QtCore.QRectF(*corners).normalized().adjusted(-side, -side, side, side)
            painter.setPen(pen(self._palette.border))
            painter.setBrush(brush(self._palette.segment))
            painter.drawRoundedRect(rect, 6, 6)
            painter.setPen(QtGui.QColor(self._palette.muted))
            below = QtCore.QRectF(rect.center().x() - 40, rect.bottom() + 2, 80, 16)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, f"{word}{shank}")

    def _paint_gaps(self, painter: QtGui.QPainter, transform: QtGui.QTransform) -> None:
        dashed = pen(self._palette.error, 2)
        dashed.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(dashed)
        for lower, upper, _missing in self._gaps:
            ends = (QtCore.QPointF(*self.positions[contact]) for contact in (lower, upper))
            painter.drawLine(*map(transform.map, ends))

    def _room_beside(self, transform: QtGui.QTransform, needed: tuple[float, float]) -> bool:
        """Whether numbers at the right of the contacts would hardly overlap; `needed` px of contact and number."""
        apart = np.delete(self.positions, list(self._clashing), axis=0)  # one clash does not take all numbers away
        cells = apart * [abs(transform.m11()) / needed[0], abs(transform.m22()) / needed[1]]
        return len(cells) < 2 or float(np.percentile(cKDTree(cells).query(cells, k=2, p=np.inf)[0][:, 1], 5)) >= 1

    def _dress(self, painter: QtGui.QPainter, contact: int) -> QtGui.QColor:
        """Set outline and fill for one contact; the colour for its number."""
        marks = contact in self._clashing, contact in self._chosen, contact in self._excluded
        if marks not in self._dresses:  # made once: a probe may have thousands of contacts
            self._dresses[marks] = _dress_of(self._palette, *marks)
        outline, fill, words = self._dresses[marks]
        painter.setPen(outline)
        painter.setBrush(fill)
        return words

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


def joined_numbers(pairs: Iterable[tuple[int, int]]) -> dict[int, str]:
    """What stands beside contacts that clash: the first of each place has the numbers of all there, "0, 3"."""
    places: dict[int, list[int]] = {}
    for one, other in pairs:
        place = places.get(one) or places.get(other) or []
        place += [contact for contact in (one, other) if contact not in place]
        places |= dict.fromkeys(place, place)
    return {one: ", ".join(map(str, place)) if one == min(place) else "" for one, place in places.items()}


def _dress_of(
    palette: Palette, clash: bool, chosen: bool, excluded: bool
) -> tuple[QtGui.QPen, QtGui.QBrush, QtGui.QColor]:
    """Outline, fill, and the colour of the number."""
    if clash:
        outline, fill = palette.accent if chosen else palette.error, palette.error if chosen else palette.error_soft
        return pen(outline, 2), brush(fill), QtGui.QColor(palette.plot if chosen else palette.error)
    fill = palette.accent if chosen else palette.warning_soft if excluded else palette.pressed
    outline = pen(palette.accent, 1.5) if chosen else pen(palette.strong_border)
    return outline, brush(fill), QtGui.QColor(palette.on_accent if chosen else palette.text)
