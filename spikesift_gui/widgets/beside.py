"""Two widgets side by side, as long as there is room for both."""

from __future__ import annotations

from spikesift_gui.palette import SPACE
from spikesift_gui.qt import QtGui, QWidget
from spikesift_gui.widgets.labels import row


class BesideWhenWide(QWidget):
    """`first` takes the room that `second` leaves; where that is less than `least` (px), `second` is hidden."""

    def __init__(self, first: QWidget, second: QWidget, least: int):
        super().__init__()
        self._second, self._least = second, least
        both = row(first, second, gap=SPACE)
        both.setStretch(0, 1)
        self.setLayout(both)
        self.setMinimumWidth(1)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Qt tells of another size: is there room for both?"""
        super().resizeEvent(event)
        wanted = self._second.minimumWidth() or self._second.sizeHint().width()
        self._second.setVisible(self.width() >= wanted + SPACE + self._least)
