"""Units on two probes and the lines between those that were paired; to be clicked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from spikesift_gui.palette import Palette
from spikesift_gui.plots import pen
from spikesift_gui.qt import Qt, QtCore, QtGui, Signal, pg

DOT, FOCUSED_DOT = 4.0, 6.5  # px, radius
NEAR = 9.0  # px; a click this near to a dot or line means it
LABEL_GAP = 5.0  # px, between a dot and its number
RIM = 5.0  # px, radius of the ground a dot stands on
MOST_SMOOTH = 150  # lines drawn smoothly and in their width
FADED = 0.35  # opacity of the lines that are not in focus


class End(NamedTuple):
    """A unit on one of the probes: place in the plot (um), number and colour."""

    x: float
    y: float
    words: str
    color: str


class PairLine(NamedTuple):
    """A pair, or a unit that is alone: the other end is None."""

    source: End | None
    target: End | None
    color: str
    style: Qt.PenStyle
    width: float


class PairsItem(pg.GraphicsObject):
    """Draws the lines, the dots and their numbers at the same size for every zoom."""

    clicked = Signal(int)  # index of the line

    def __init__(self):
        super().__init__()
        self._lines: Sequence[PairLine] = ()
        self._focus: int | None = None
        self._palette: Palette | None = None
        self._tip: Callable[[int], str] = str
        self._font = QtGui.QFont()
        self._sizes: dict[str, tuple[float, float]] = {}  # of words in this font, px
        self._places = np.empty((0, 2, 2))
        self.setAcceptHoverEvents(True)
        self.setZValue(10)

    def show_lines(
        self,
        lines: Sequence[PairLine],
        focus: int | None,
        palette: Palette,
        small: QtGui.QFont,
        tip: Callable[[int], str],
    ) -> None:
        """Show these.

        Parameters
        ----------
        focus : index of the one that stands out, or None.
        small : font of the numbers.
        tip : words shown when the mouse rests on the line with this index.
        """
        self._tip = tip
        self.prepareGeometryChange()
        if small != self._font:
            self._sizes.clear()
        self._lines, self._focus, self._palette, self._font = lines, focus, palette, small
        places = [
            [(np.nan,) * 2 if end is None else (end.x, end.y) for end in (one.source, one.target)] for one in lines
        ]
        self._places = np.array(places, float).reshape(-1, 2, 2)
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
        if self._palette is None or not self._lines:
            return
        points = _mapped(painter.transform(), self._places)
        painter.resetTransform()
        painter.setFont(self._font)
        self._paint_lines(painter, points)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        if self._focus is not None:
            self._paint_focused_line(painter, points[self._focus])
        self._paint_dots(painter, points)
        self._paint_numbers(painter, points)

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
        self.setToolTip("" if index is None else self._tip(index))

    def _paint_lines(self, painter: QtGui.QPainter, points: np.ndarray) -> None:
        """All lines but the one in focus, those that look alike at once. Very many are not smoothed: that is slow."""
        smooth = len(self._lines) <= MOST_SMOOTH
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing, smooth)
        looks: dict[tuple, list[QtCore.QLineF]] = {}
        for index in np.flatnonzero(~np.isnan(points).any(axis=(1, 2))).tolist():
            line = self._lines[index]
            if index != self._focus:
                found = QtCore.QLineF(*points[index].ravel().tolist())
                looks.setdefault((line.color, line.style, line.width), []).append(found)
        painter.setOpacity(1.0 if self._focus is None else FADED)
        for (color, style, width), lines in looks.items():
            made = pen(color, width if smooth else 1)
            made.setStyle(style)
            painter.setPen(made)
            painter.drawLines(lines)
        painter.setOpacity(1.0)

    def _paint_focused_line(self, painter: QtGui.QPainter, ends: np.ndarray) -> None:
        if np.isnan(ends).any():
            return
        line = self._lines[self._focus]
        made = pen(line.color, line.width + 1.5)
        made.setStyle(line.style)
        painter.setPen(made)
        painter.drawLine(*(QtCore.QPointF(*end) for end in ends.tolist()))

    def _paint_dots(self, painter: QtGui.QPainter, points: np.ndarray) -> None:
        """A dot with a rim for every unit, those in focus larger and on top."""
        groups: dict[str, list[QtCore.QPointF]] = {}
        for index, pair in enumerate(points.tolist()):
            line = self._lines[index]
            for end, at in zip((line.source, line.target), pair, strict=True):
                if end is not None and index != self._focus:
                    groups.setdefault(end.color, []).append(QtCore.QPointF(*at))
        every = [at for places in groups.values() for at in places]
        for color, size, places in ((self._palette.plot, RIM, every), *((c, DOT, at) for c, at in groups.items())):
            painter.setPen(_dot(color, size))
            painter.drawPoints(QtGui.QPolygonF(places))
        painter.setPen(pen(self._palette.text, 2))
        for end, at in () if self._focus is None else self._ends_of(self._focus, points.tolist()):
            painter.setBrush(QtGui.QColor(end.color))
            painter.drawEllipse(QtCore.QPointF(*at), FOCUSED_DOT, FOCUSED_DOT)

    def _ends_of(self, index: int, points: list) -> list[tuple[End, list[float]]]:
        line = self._lines[index]
        both = zip((line.source, line.target), points[index], strict=True)
        return [(end, at) for end, at in both if end is not None]

    def _paint_numbers(self, painter: QtGui.QPainter, points: np.ndarray) -> None:
        """Beside the dots, those in focus first; where one stands there is no other."""
        order = [] if self._focus is None else [self._focus]
        order += [index for index in reversed(range(len(self._lines))) if index != self._focus]
        taken, at_px = _Taken(), points.tolist()
        for index in order:
            for end, at in self._ends_of(index, at_px):
                self._write(painter, at, end.words, end is self._lines[index].target, taken)

    def _size_of(self, painter: QtGui.QPainter, words: str) -> tuple[float, float]:
        if words not in self._sizes:
            size = painter.fontMetrics().size(0, words)
            self._sizes[words] = size.width() + 4.0, float(size.height())
        return self._sizes[words]

    def _write(self, painter: QtGui.QPainter, at: list[float], words: str, right: bool, taken: _Taken) -> None:
        """The number beside its dot, unless another one stands there already."""
        width, height = self._size_of(painter, words)
        left = at[0] + DOT + LABEL_GAP if right else at[0] - DOT - LABEL_GAP - width
        top = at[1] - height / 2
        if not taken.take(left, top, left + width, top + height):
            return
        rect = QtCore.QRectF(left, top, width, height)
        ground = QtGui.QColor(self._palette.plot)
        ground.setAlphaF(0.75)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(rect, 3, 3)
        painter.setPen(QtGui.QColor(self._palette.text))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, words)


@lru_cache(1000)
def _dot(color: str, radius: float) -> QtGui.QPen:
    made = pen(color, 2 * radius)
    made.setCapStyle(Qt.PenCapStyle.RoundCap)
    return made


class _Taken:
    """Where words stand already; quick for a thousand of them."""

    def __init__(self):
        self._rows: dict[int, list[tuple[float, float, float, float]]] = {}  # by their height on the screen

    def take(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Whether a place (px) is free; it is taken then. All are of one height."""
        row = int(top // (bottom - top))
        for near in (row - 1, row, row + 1):
            for x, y, other_x, other_y in self._rows.get(near, ()):
                if left < other_x and right > x and top < other_y and bottom > y:
                    return False
        self._rows.setdefault(row, []).append((left, top, right, bottom))
        return True


def _mapped(transform: QtGui.QTransform, places: np.ndarray) -> np.ndarray:
    """Places (n, 2, 2) in the plot as px of the painter."""
    matrix = np.array([[transform.m11(), transform.m12()], [transform.m21(), transform.m22()]])
    return places @ matrix + [transform.dx(), transform.dy()]


def _distances(point: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """From a point to each of the stretches between two others, (n,); nan where there is none."""
    along = end - start
    length = (along**2).sum(axis=1)
    share = np.divide(((point - start) * along).sum(axis=1), length, out=np.zeros(len(along)), where=length > 0)
    away = point - start - np.clip(share, 0, 1)[:, None] * along
    return np.hypot(*away.T)
