"""What the colours of a river mean."""

from __future__ import annotations

import numpy as np

from spikesift_gui.palette import Palette
from spikesift_gui.qt import QSize, Qt, QtCore, QtGui, QWidget
from spikesift_gui.river_pixels import LEVELS, LOWEST
from spikesift_gui.widgets.river_item import margin_colors

HEIGHT, BAR, WIDTH = 30, 7, 170  # px
MARKED = (LOWEST, 0.0, 1.0)  # margins named below the bar


class RiverLegend(QWidget):
    """A bar of the colours of margins with a few numbers, and the rate of a full lane in words."""

    def __init__(self):
        super().__init__()
        self._palette: Palette | None = None
        self._words = ""
        self.setAccessibleName("Colours: margin of each link")
        self.setToolTip("Margin of a link: how much nearer the partner is than the next best candidate")

    def show_colors(self, palette: Palette, full: float, known: bool) -> None:
        """Show these; `full` is the rate of a full lane, in Hz if that is `known`."""
        self._palette = palette
        self._words = f"full lane: {full:.3g} Hz" if known else ""
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH + 16 + self.fontMetrics().horizontalAdvance(self._words), HEIGHT)

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        if self._palette is None:
            return
        painter = QtGui.QPainter(self)
        small = self.font()
        small.setPixelSize(11)
        painter.setFont(small)
        name = painter.fontMetrics().horizontalAdvance("margin") + 8
        colors = margin_colors(self._palette)[:LEVELS]
        left, right = name, WIDTH - 6
        edges = np.linspace(left, right, LEVELS + 1)
        for start, end, color in zip(edges, edges[1:], colors, strict=False):
            painter.fillRect(QtCore.QRectF(start, 4, end - start + 0.5, BAR), QtGui.QColor(int(color)))
        painter.setPen(QtGui.QColor(self._palette.muted))
        painter.drawText(QtCore.QRectF(0, 0, name, 15), Qt.AlignmentFlag.AlignVCenter, "margin")
        for margin in MARKED:
            x = left + (right - left) * (margin - LOWEST) / (1 - LOWEST)
            words = ("≤ " if margin == LOWEST else "") + f"{margin:g}".replace("-", "−")
            painter.drawText(QtCore.QRectF(x - 25, 12, 50, 16), Qt.AlignmentFlag.AlignCenter, words)
        painter.drawText(QtCore.QRectF(WIDTH + 8, 0, self.width(), 15), Qt.AlignmentFlag.AlignVCenter, self._words)
        painter.end()
