"""Units on two probes and the lines between those that were paired; to be clicked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikesift_gui.palette import Palette
from spikesift_gui.plots import pen
from spikesift_gui.qt import Qt, QtCore, QtGui, Signal, pg

DOT, FOCUSED_DOT = 4.0, 6.5  # px, radius
NEAR = 9.0  # px; a click this near to a dot or line means it
LABEL_GAP = 5.0  # px, between a dot and its number
FADED = 0.35  # opacity of the lines that are not in focus


@dataclass(frozen=True)
class End:
    """A unit on one of the probes: place in the plot (um), number and colour."""

    x: float
    y: float
    words: str
    color: str


@dataclass(frozen=True)
class PairLine:
    """A pair, or a unit that is alone: the other end is None. `tip`: words shown when the mouse rests on it."""

    source: End | None
    target: End | None
    color: str
    style: Qt.PenStyle
    width: float
    tip: str


class PairsItem(pg.GraphicsObject):
    """Draws the lines, the dots and their numbers at the same size for every zoom."""

    clicked = Signal(int)  # index of the line

    def __init__(self):
        super().__init__()
        self._lines: Sequence[PairLine] = ()
        self._focus: int | None = None
        self._palette: Palette | None = None
        self._rims: tuple[QtGui.QPen, ...] = ()
        self._font = QtGui.QFont()
        self._places = np.empty((0, 2, 2))
        self.setAcceptHoverEvents(True)
        self.setZValue(10)

    def show_lines(self, lines: Sequence[PairLine], focus: int | None, palette: Palette, small: QtGui.QFont) -> None:
        """Show these, with numbers in the font `small`; `focus` is the index of the one that stands out, or None."""
        self.prepareGeometryChange()
        self._lines, self._focus, self._palette, self._font = lines, focus, palette, small
        places = [
            [(np.nan,) * 2 if end is None else (end.x, end.y) for end in (one.source, one.target)] for one in lines
        ]
        self._places = np.array(places, float).reshape(-1, 2, 2)
        self._rims = pen(palette.plot, 1), pen(palette.text, 2)
        self.update()

    def ends(self, index: int) -> list[End]:
        """The units of a line."""
        line = self._lines[index]
        return [end for end in (line.source, line.target) if end is not None]

    def boundingRect(self) -> QtCore.QRectF:
        view = self.getViewBox()
        return QtCore.QRectF() if view is None else view.viewRect()

    def viewRangeChanged(self) -> None:
        """The plot was zoomed: the item fills all that is seen of it."""
        self.prepareGeometryChange()
        super().viewRangeChanged()

    def dataBounds(self, axis: int, frac: float = 1.0, orthoRange: Any = None) -> None:
        return None

    def paint(self, painter: QtGui.QPainter, *_options: Any) -> None:
        if self._palette is None:
            return
        transform = painter.transform()
        painter.resetTransform()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        order = [index for index in range(len(self._lines)) if index != self._focus]
        order += [] if self._focus is None else [self._focus]
        for index in order:
            self._paint_line(painter, transform, index)
        taken = _Taken(2 * len(order))
        for index in reversed(order):
            self._paint_ends(painter, transform, index, taken)

    def index_at(self, point: QtCore.QPointF) -> int | None:
        """The line or dot near a point (um): the index of the nearest, or None. Dots come before lines."""
        px = np.array([1 / length if length else 1.0 for length in map(float, self.pixelSize())])
        ends, at = self._places * px, np.array([point.x(), point.y()]) * px
        for away in (np.hypot(*np.moveaxis(ends - at, 2, 0)).T, [_distances(at, ends[:, 0], ends[:, 1])]):
            away = np.where(np.isnan(away), np.inf, away).min(axis=0, initial=np.inf)
            if len(away) and away.min() <= NEAR:
                return int(away.argmin())
        return None

    def mouseClickEvent(self, event: Any) -> None:
        index = self.index_at(event.pos())
        if index is None or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        event.accept()
        self.clicked.emit(index)

    def hoverEvent(self, event: Any) -> None:
        index = None if event.isExit() else self.index_at(event.pos())
        self.setToolTip("" if index is None else self._lines[index].tip)

    def _paint_line(self, painter: QtGui.QPainter, transform: QtGui.QTransform, index: int) -> None:
        ends = self.ends(index)
        if len(ends) < 2:
            return
        line, focused = self._lines[index], index == self._focus
        made = pen(line.color, line.width + (1.5 if focused else 0))
        made.setStyle(line.style)
        painter.setPen(made)
        painter.setOpacity(1.0 if focused or self._focus is None else FADED)
        painter.drawLine(*(transform.map(QtCore.QPointF(end.x, end.y)) for end in ends))
        painter.setOpacity(1.0)

    def _paint_ends(self, painter: QtGui.QPainter, transform: QtGui.QTransform, index: int, taken: _Taken) -> None:
        line, focused = self._lines[index], index == self._focus
        radius = FOCUSED_DOT if focused else DOT
        for end, right in ((line.source, False), (line.target, True)):
            if end is None:
                continue
            center = transform.map(QtCore.QPointF(end.x, end.y))
            painter.setBrush(QtGui.QColor(end.color))
            painter.setPen(self._rims[focused])
            painter.drawEllipse(center, radius, radius)
            self._write(painter, center, end.words, right, taken)

    def _write(self, painter: QtGui.QPainter, center: QtCore.QPointF, words: str, right: bool, taken: _Taken) -> None:
        """The number beside its dot, unless another one stands there already."""
        size = painter.fontMetrics().size(0, words)
        rect = QtCore.QRectF(0, 0, size.width() + 4, size.height())
        rect.moveCenter(center)
        rect.moveLeft(center.x() + DOT + LABEL_GAP) if right else rect.moveRight(center.x() - DOT - LABEL_GAP)
        if not taken.take(rect):
            return
        ground = QtGui.QColor(self._palette.plot)
        ground.setAlphaF(0.75)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(rect, 3, 3)
        painter.setPen(QtGui.QColor(self._palette.text))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, words)


class _Taken:
    """Where words stand already; quick for a thousand of them."""

    def __init__(self, most: int):
        self._sides = np.empty((4, most))
        self._count = 0

    def take(self, rect: QtCore.QRectF) -> bool:
        """Whether the place is free; it is taken then."""
        left, right, top, bottom = self._sides[:, : self._count]
        if ((left < rect.right()) & (right > rect.left()) & (top < rect.bottom()) & (bottom > rect.top())).any():
            return False
        self._sides[:, self._count] = rect.left(), rect.right(), rect.top(), rect.bottom()
        self._count += 1
        return True


def _distances(point: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """From a point to each of the stretches between two others, (n,); nan where there is none."""
    along = end - start
    length = (along**2).sum(axis=1)
    share = np.divide(((point - start) * along).sum(axis=1), length, out=np.zeros(len(along)), where=length > 0)
    away = point - start - np.clip(share, 0, 1)[:, None] * along
    return np.hypot(*away.T)
