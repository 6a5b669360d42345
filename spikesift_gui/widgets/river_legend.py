"""What the colours of a river mean."""

from __future__ import annotations

import numpy as np

from spikesift_core.number_words import number_words
from spikesift_gui.palette import Palette
from spikesift_gui.qt import QSize, Qt, QtCore, QtGui, QtWidgets, QWidget
from spikesift_gui.river_pixels import BY_HAND, LEVELS, LOWEST
from spikesift_gui.widgets.river_item import margin_colors

HEIGHT, BAR, GAP, SWATCH = 16, 90, 6, 14  # px
BY_HAND_WORDS = "by hand"
LOWEST_WORDS = f"≤ {number_words(LOWEST, 'g')}"


class RiverLegend(QWidget):
    """A bar of the colours of margins with a few numbers; the colour of links made by hand, if there are any; and the
    rate of a full lane in words."""

    def __init__(self):
        super().__init__()
        self._palette: Palette | None = None
        self._words = ""
        self._by_hand = False
        self.setAccessibleName("Colours: margin of each link")
        self.setToolTip(
            "Margin of a link: how much nearer the partner is than the next best candidate. The mark is 0, a tie. "
            "By hand: a person made or accepted the link, whatever its margin"
        )

    def show_colors(self, palette: Palette, full: float, known: bool, by_hand: bool) -> None:
        """Show these; `full` is the rate of a full lane, in Hz if that is `known`; `by_hand`: links were made so."""
        self._by_hand = by_hand
        self._palette = palette
        self._words = f"full lane: {full:.3g} Hz" if known else ""
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(sum(self._widths()) + BAR + (SWATCH + GAP) * self._by_hand + 5 * GAP, HEIGHT)

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        if self._palette is None:
            return
        painter = QtGui.QPainter(self)
        painter.setFont(_small_font())
        painter.setPen(QtGui.QColor(self._palette.muted))
        left = 0.0
        for words, width in zip(self._parts(), self._widths(), strict=True):
            if words == BY_HAND_WORDS:
                swatch = QtCore.QRectF(left, 4, SWATCH, HEIGHT - 8)
                painter.fillRect(swatch, QtGui.QColor(int(margin_colors(self._palette)[BY_HAND])))
                left += SWATCH + GAP
            painter.drawText(QtCore.QRectF(left, 0, width, HEIGHT), Qt.AlignmentFlag.AlignVCenter, words)
            left += width + GAP
            if words == LOWEST_WORDS:
                self._paint_bar(painter, left)
                left += BAR + GAP
        painter.end()

    def _parts(self) -> tuple[str, ...]:
        by_hand = [BY_HAND_WORDS] if self._by_hand else []
        return ("margin", LOWEST_WORDS, "1", *by_hand, *([self._words] if self._words else []))

    def _widths(self) -> list[int]:
        measure = QtGui.QFontMetrics(_small_font())
        return [measure.horizontalAdvance(words) + 2 for words in self._parts()]

    def _paint_bar(self, painter: QtGui.QPainter, left: float) -> None:
        """The colours, and a mark at 0: a tie."""
        edges = np.linspace(left, left + BAR, LEVELS + 1)
        for start, end, color in zip(edges, edges[1:], margin_colors(self._palette)[:LEVELS], strict=False):
            painter.fillRect(QtCore.QRectF(start, 4, end - start + 0.5, HEIGHT - 8), QtGui.QColor(int(color)))
        tie = left + BAR * (0 - LOWEST) / (1 - LOWEST)
        painter.drawLine(QtCore.QLineF(tie, 1, tie, HEIGHT - 1))


def _small_font() -> QtGui.QFont:
    made = QtWidgets.QApplication.font()
    made.setPixelSize(11)
    return made
