"""A probe as a plot: contacts as shapes, painted with colours, numbered where there is room, to be clicked.

    plot = ProbePlot()
    plot.contacts.clicked.connect(lambda channel: ...)
    plot.show_contacts(positions, palette, colors=value_colors(values, ramp(palette, color), 0, values.max()))

`ContactsItem` alone can be added to any plot, several to one (each at its own `setPos`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from spikesift_gui.palette import Palette
from spikesift_gui.plots import brush, make_plot, pen
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, Signal, pg
from spikesift_gui.widgets.labels import column

FILLED = 0.75  # of the distance to the nearest contact
LONE_CONTACT = 15.0  # um, side of a contact that is alone
SMALLEST = 2.0  # px
OUTLINED = 5.0  # px; smaller contacts have no outline
FLATTEST = 6.0  # how much longer than high a contact may be drawn, or the other way round


def contact_side(positions: np.ndarray) -> float:
    """Side (um) of squares on the contacts that do not touch; contacts at the same place are not looked at."""
    if len(positions) < 2:
        return LONE_CONTACT
    nearest = cKDTree(positions).query(positions, k=2, p=np.inf)[0][:, 1]
    apart = nearest[nearest > 0]
    return FILLED * float(apart.min()) if len(apart) else LONE_CONTACT


class ContactsItem(pg.GraphicsObject):
    """The contacts of a probe in the coordinates of the plot (um)."""

    clicked = Signal(int)  # channel
    hovered = Signal(object)  # channel, or None where the mouse is on none

    def __init__(self):
        super().__init__()
        self._positions = np.zeros((0, 2))
        self._side = LONE_CONTACT
        self._brushes: list[QtGui.QBrush] = []
        self._labels: Sequence[str] = ()
        self._tips: Sequence[str] = ()
        self._highlight: frozenset[int] = frozenset()
        self._palette: Palette | None = None
        self.setAcceptHoverEvents(True)

    def show_contacts(
        self,
        positions: np.ndarray,
        palette: Palette,
        *,
        colors: np.ndarray | None = None,
        labels: Sequence[str] = (),
        tips: Sequence[str] = (),
        highlight: Iterable[int] = (),
    ) -> None:
        """Show these contacts.

        Parameters
        ----------
        positions : (contacts, 2) um.
        palette : colours in use.
        colors : (contacts, 4) uint8 RGBA to fill them, or None.
        labels : words inside each contact, shown where they fit; () is none.
        tips : words shown when the mouse rests on each contact; () is none.
        highlight : indices of contacts with a strong outline.
        """
        self.prepareGeometryChange()
        positions = np.asarray(positions, float).reshape(-1, 2)
        if not np.array_equal(positions, self._positions):
            self._positions, self._side = positions, contact_side(positions)
        self._brushes = [brush(palette.hover)] * len(self._positions)
        if colors is not None:
            self._brushes = [QtGui.QBrush(QtGui.QColor(*rgba)) for rgba in np.asarray(colors).tolist()]
        self._labels, self._tips, self._highlight = labels, tips, frozenset(highlight)
        self._palette = palette
        self.update()

    def boundingRect(self) -> QtCore.QRectF:
        if not len(self._positions):
            return QtCore.QRectF()
        low, high = self._positions.min(axis=0) - self._side, self._positions.max(axis=0) + self._side
        return QtCore.QRectF(*low, *(high - low))

    def dataBounds(self, axis: int, frac: float = 1.0, orthoRange: Any = None) -> tuple[float, float] | None:
        rect = self.boundingRect().translated(self.pos())
        if rect.isNull():
            return None
        return (rect.left(), rect.right()) if axis == 0 else (rect.top(), rect.bottom())

    def paint(self, painter: QtGui.QPainter, *_options: Any) -> None:
        if self._palette is None:
            return
        transform = painter.transform()
        painter.resetTransform()
        size = self._size_in_px(transform)
        outline = pen(self._palette.strong_border) if min(size) > OUTLINED else pg.mkPen(None)
        strong = pen(self._palette.text, 2)
        painter.setFont(self._font())
        seen = self._in_sight()
        matrix = np.array([[transform.m11(), transform.m12()], [transform.m21(), transform.m22()]])
        corners = self._positions[seen] @ matrix + [transform.dx() - size[0] / 2, transform.dy() - size[1] / 2]
        painter.setPen(outline)
        for channel, corner in zip(seen, corners.tolist(), strict=True):
            rect = QtCore.QRectF(*corner, *size)
            if channel in self._highlight:
                painter.setPen(strong)
            painter.setBrush(self._brushes[channel])
            painter.drawRect(rect)
            if self._labels:
                self._write(painter, rect, channel)
            if self._labels or channel in self._highlight:
                painter.setPen(outline)

    def _in_sight(self) -> list[int]:
        """The contacts that the plot shows now, of which there may be a few among thousands."""
        box = self.getViewBox()
        if box is None:
            return list(range(len(self._positions)))
        shown = self.mapRectFromItem(box.childGroup, box.viewRect())
        room = [max(self._side, 2 * OUTLINED * pixel) for pixel in self._um_per_px()]
        low, high = np.array([shown.left(), shown.top()]) - room, np.array([shown.right(), shown.bottom()]) + room
        return np.flatnonzero(((self._positions >= low) & (self._positions <= high)).all(axis=1)).tolist()

    def channel_at(self, point: QtCore.QPointF) -> int | None:
        """The contact under a point (in um), or None."""
        if not len(self._positions):
            return None
        width, height = (max(self._side, 4 * pixel) for pixel in self._um_per_px())
        away = np.abs(self._positions - [point.x(), point.y()]) / [width, height]
        nearest = int(away.max(axis=1).argmin())
        return nearest if away[nearest].max() <= 0.5 else None

    def mouseClickEvent(self, event: Any) -> None:
        channel = self.channel_at(event.pos())
        if channel is None or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        event.accept()
        self.clicked.emit(channel)

    def hoverEvent(self, event: Any) -> None:
        channel = None if event.isExit() else self.channel_at(event.pos())
        self.hovered.emit(channel)
        self.setToolTip(self._tips[channel] if channel is not None and self._tips else "")

    def _um_per_px(self) -> tuple[float, float]:
        size = self.pixelSize()
        return tuple(1.0 if not length else float(length) for length in size)

    def _size_in_px(self, transform: QtGui.QTransform) -> tuple[float, float]:
        width, height = abs(transform.m11()) * self._side, abs(transform.m22()) * self._side
        return max(SMALLEST, min(width, FLATTEST * height)), max(SMALLEST, min(height, FLATTEST * width))

    def _font(self) -> QtGui.QFont:
        made = QtWidgets.QApplication.font()
        made.setPixelSize(9)
        return made

    def _write(self, painter: QtGui.QPainter, rect: QtCore.QRectF, channel: int) -> None:
        words = self._labels[channel]
        needed = painter.fontMetrics().size(0, words)
        if needed.width() + 2 > rect.width() or needed.height() - 2 > rect.height():
            return
        fill = self._brushes[channel].color()
        bright = 0.3 * fill.red() + 0.6 * fill.green() + 0.1 * fill.blue()
        dark_text, bright_text = sorted((QtGui.QColor(c) for c in (self._palette.text, self._palette.plot)), key=_light)
        painter.setPen(dark_text if bright > 140 else bright_text)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, words)


def _light(color: QtGui.QColor) -> int:
    return color.lightness()


class ProbePlot(QtWidgets.QWidget):
    """A plot with one probe. Attributes: plot (a pg.PlotWidget), contacts (a ContactsItem)."""

    def __init__(self):
        super().__init__()
        self.plot = make_plot("x (µm)", "Depth (µm)", grid=False)
        self.contacts = ContactsItem()
        self.plot.addItem(self.contacts)
        self.setLayout(column(self.plot))

    def show_contacts(self, positions: np.ndarray, palette: Palette, **how: Any) -> None:
        """Show these contacts; see `ContactsItem.show_contacts`. Another probe moves the view to itself."""
        before = self.contacts.boundingRect()
        self.contacts.show_contacts(positions, palette, **how)
        if self.contacts.boundingRect() != before:
            self.plot.setRange(self.contacts.boundingRect(), padding=0.02)
