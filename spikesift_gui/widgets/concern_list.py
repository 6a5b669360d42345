"""Units to look at first, with the reasons in words: a list to click and to go through with the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spikesift_core.quality import Concern
from spikesift_gui.palette import Palette
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, Signal
from spikesift_gui.unit_colors import unit_color
from spikesift_gui.widgets.swatches import swatches

UNITS = Qt.ItemDataRole.UserRole
BESIDE_WORDS = 64  # px of a row for the colours and the edges
MOST_REASONS = 3  # of one unit; all are in the tooltip


class ConcernList(QtWidgets.QListWidget):
    """`wanted` carries the ids of the row that was chosen."""

    wanted = Signal(object)

    def __init__(self):
        super().__init__()
        self.setWordWrap(True)
        self.setAlternatingRowColors(True)
        self.setSpacing(1)
        self.setResizeMode(QtWidgets.QListView.ResizeMode.Adjust)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QtWidgets.QListView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Units to look at first")
        self.setMinimumHeight(120)
        self._shown: Any = None
        self.currentRowChanged.connect(self._choose)
        self.itemClicked.connect(lambda item: self.wanted.emit(item.data(UNITS)))

    def show_concerns(self, found: Sequence[Concern], palette: Palette) -> None:
        """Show these, the first at the top."""
        if self._shown == (tuple(found), palette):
            return
        self._shown = (tuple(found), palette)
        with QtCore.QSignalBlocker(self):
            self.clear()
            for place, one in enumerate(found, start=1):
                item = QtWidgets.QListWidgetItem(
                    swatches([unit_color(unit) for unit in one.units], 2), words_of(place, one)
                )
                item.setData(UNITS, one.units)
                item.setToolTip(". ".join(reason[0].upper() + reason[1:] for reason in one.reasons) + ".")
                self.addItem(item)
        self._fit_rows()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Rows are as high as their words need; Qt counts with a little more width than it then writes in."""
        super().resizeEvent(event)
        self._fit_rows()

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(240, 160)

    def _fit_rows(self) -> None:
        width = max(80, self.viewport().width() - BESIDE_WORDS)
        for item in map(self.item, range(self.count())):
            room = QtCore.QRect(0, 0, width, 10_000)
            words = self.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, item.text())
            item.setSizeHint(QtCore.QSize(80, words.height() + 8))

    def mark(self, units: tuple[int, ...]) -> None:
        """These units are selected: the row that is about just them is marked."""
        rows = [row for row in range(self.count()) if self.item(row).data(UNITS) == units]
        with QtCore.QSignalBlocker(self):
            self.setCurrentRow(rows[0] if rows else -1)

    def _choose(self, row: int) -> None:
        if row >= 0:
            self.wanted.emit(self.item(row).data(UNITS))


def words_of(place: int, one: Concern) -> str:
    """Place, unit and reasons on a few lines."""
    who = f"Unit {one.units[0]}" if len(one.units) == 1 else f"Units {one.units[0]} and {one.units[1]}"
    more = len(one.reasons) - MOST_REASONS
    rest = f"; and {more} more" if more > 0 else ""
    return f"{place}.  {who}: {'; '.join(one.reasons[:MOST_REASONS])}{rest}."
