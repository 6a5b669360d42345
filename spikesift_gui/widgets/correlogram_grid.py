"""A matrix of small histograms, painted in one go: quick where dozens of plots would not be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikesift_core.number_words import number_words
from spikesift_gui.palette import Palette
from spikesift_gui.plots import brush, pen
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, QWidget

GAP = 8  # px between panels
HEADROOM = 1.3  # height of a panel as a multiple of its tallest bin: words stand above it
FEWEST_PX = 90  # narrower panels have no numbers and no words but the first
Place = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Panel:
    """One histogram over lags.

    Attributes
    ----------
    edges : (bins + 1,) ms. counts : (bins,).
    expected : level of the dashed line, in counts.
    words, short : above the bars, if there is room and if there is not. tip : when the mouse rests on it.
    color : "#rrggbb".
    """

    edges: np.ndarray
    counts: np.ndarray
    expected: float
    words: str
    short: str
    tip: str
    color: str


class CorrelogramGrid(QWidget):
    """Shows panels in rows and columns, all with the same lags."""

    def __init__(self):
        super().__init__()
        self._panels: Mapping[Place, Panel] = {}
        self._band = 0.0
        self._palette: Palette | None = None
        self._font = QtGui.QFont()
        self.setMinimumSize(120, 80)
        self.setAccessibleName("Matrix of correlograms")

    def show_panels(self, panels: Mapping[Place, Panel], band: float, palette: Palette, font: QtGui.QFont) -> None:
        """Show panels by (row, column); `band` ms on either side of 0 is shaded."""
        self._panels, self._band, self._palette, self._font = panels, band, palette, font
        self.update()

    def panel_at(self, point: QtCore.QPointF) -> Panel | None:
        """The panel under a point of the widget."""
        return next((panel for place, panel in self._panels.items() if self._cell(place).contains(point)), None)

    def event(self, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.ToolTip:
            panel = self.panel_at(QtCore.QPointF(event.pos()))
            QtWidgets.QToolTip.showText(event.globalPos(), panel.tip if panel else "", self)
            return True
        return super().event(event)

    def paintEvent(self, _event: Any) -> None:
        painter = QtGui.QPainter(self)
        if self._palette is not None:
            painter.fillRect(self.rect(), QtGui.QColor(self._palette.plot))
            painter.setFont(self._font)
            for place, panel in self._panels.items():
                self._paint_panel(painter, self._cell(place), panel)
            self._paint_axes(painter)
        painter.end()

    @property
    def _size(self) -> int:
        return 1 + max((row for row, _ in self._panels), default=0)

    @property
    def _line(self) -> int:
        return QtGui.QFontMetrics(self._font).height()

    def _area(self) -> QtCore.QRectF:
        return QtCore.QRectF(self.rect()).adjusted(self._line + GAP, GAP, -GAP, -2 * self._line - GAP)

    def _gutter(self, width: float) -> float:
        """Room for numbers at the left of each panel."""
        if width < FEWEST_PX:
            return 0.0
        metrics = QtGui.QFontMetrics(self._font)
        return 4.0 + max(metrics.horizontalAdvance(f"{panel.counts.max():,}") for panel in self._panels.values())

    def _cell(self, place: Place) -> QtCore.QRectF:
        area = self._area()
        width, height = (side / self._size for side in (area.width(), area.height()))
        corner = QtCore.QPointF(area.left() + place[1] * width, area.top() + place[0] * height)
        cell = QtCore.QRectF(corner, QtCore.QSizeF(width, height))
        return cell.adjusted(self._gutter(width), GAP / 2, -GAP / 2, -GAP / 2)

    def _paint_panel(self, painter: QtGui.QPainter, cell: QtCore.QRectF, panel: Panel) -> None:
        palette = self._palette
        highest = max(1, int(panel.counts.max()))
        top = HEADROOM * max(highest, panel.expected)
        x = cell.left() + (panel.edges - panel.edges[0]) * cell.width() / np.ptp(panel.edges)
        zero, per_ms = np.interp(0, panel.edges, x), cell.width() / np.ptp(panel.edges)
        band = QtCore.QRectF(zero - self._band * per_ms, cell.top(), 2 * self._band * per_ms, cell.height())
        painter.fillRect(band.intersected(cell), brush(palette.warning, 0.16))
        fill = brush(panel.color, 0.9)
        for left, right, count in zip(x[:-1], x[1:], panel.counts, strict=True):
            high = count / top * cell.height()
            painter.fillRect(QtCore.QRectF(left, cell.bottom() - high, right - left, high), fill)
        painter.setPen(pen(palette.strong_border))
        painter.drawLine(cell.bottomLeft(), cell.bottomRight())
        dashed = pen(palette.axis)
        dashed.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(dashed)
        level = cell.bottom() - panel.expected / top * cell.height()
        painter.drawLine(QtCore.QPointF(cell.left(), level), QtCore.QPointF(cell.right(), level))
        self._write(painter, cell, panel, cell.bottom() - highest / top * cell.height(), highest)

    def _write(self, painter: QtGui.QPainter, cell: QtCore.QRectF, panel: Panel, level: float, highest: int) -> None:
        metrics = painter.fontMetrics()
        fits = metrics.horizontalAdvance(panel.words) + 4 < cell.width()
        words = panel.words if fits else panel.short
        place = QtCore.QRectF(cell.left() + 2, cell.top(), metrics.horizontalAdvance(words), self._line)
        painter.fillRect(place, brush(self._palette.plot, 0.7))
        painter.setPen(QtGui.QColor(self._palette.text))
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft, words)
        if self._gutter(self._area().width() / self._size):
            painter.setPen(QtGui.QColor(self._palette.axis))
            for number, y in ((highest, level), (0, cell.bottom())):
                box = QtCore.QRectF(cell.left() - 104, y - self._line / 2, 100, self._line)
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{number:,}")

    def _paint_axes(self, painter: QtGui.QPainter) -> None:
        area, last = self._area(), self._size - 1
        painter.setPen(QtGui.QColor(self._palette.axis))
        for place in range(self._size):
            cell = self._cell((last, place))
            for lag, x in self._ticks(cell):
                box = QtCore.QRectF(x - 50, cell.bottom() + 2, 100, self._line)
                painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, number_words(lag, "g"))
        below = QtCore.QRectF(area.left(), area.bottom() + self._line, area.width(), self._line)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, "Lag (ms)")
        painter.save()
        painter.translate(self._line / 2 + 2, area.center().y())
        painter.rotate(-90)
        room = QtCore.QRectF(-area.height() / 2, -self._line / 2, area.height(), self._line)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, "Spikes per bin")
        painter.restore()

    def _ticks(self, cell: QtCore.QRectF) -> list[tuple[float, float]]:
        edges = next(iter(self._panels.values())).edges
        furthest = float(f"{edges[-1]:.1g}")
        lags = [0.0] if cell.width() < FEWEST_PX else [-furthest / 2, 0.0, furthest / 2]
        return [(lag, cell.left() + (lag - edges[0]) * cell.width() / np.ptp(edges)) for lag in lags]
