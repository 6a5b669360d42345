"""The pairs as Qt wants them: rows in the order the person wants, and what is in each cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikesift_core.number_words import number_words
from spikesift_core.verdicts import VERDICTS, JudgedPair
from spikesift_gui.matching import Question
from spikesift_gui.pair_colors import Colors
from spikesift_gui.palette import Palette
from spikesift_gui.qt import Qt, QtCore, QtGui
from spikesift_gui.views.match_base import verdict_color
from spikesift_gui.widgets.pair_actions import ALLOWED, DONE

COLUMNS = (
    ("Source", "Unit of the source"),
    ("Target", "Unit of the target it was paired with"),
    ("Rel. cost", "Difference of the two amplitude vectors as a share of the larger one: 0 alike, above 1 unlike"),
    ("Margin", "How much nearer the partner is than the next best: 1 no doubt, 0 a tie, below 0 another one is nearer"),
    ("Verdict", "by hand, clear, doubtful, forced, refused or unmatched; the reason is beside it"),
    ("By hand", "Accept, refuse, pair with another unit, or as proposed; a dark icon tells what was done"),
    ("Reason", "Why"),
)
SOURCE, TARGET, COST, MARGIN, VERDICT, BY_HAND, REASON = range(len(COLUMNS))
INFINITE = float("inf")


class PairModel(QtCore.QAbstractTableModel):
    """The pairs as Qt wants them."""

    def __init__(self):
        super().__init__()
        self._judged: tuple[JudgedPair, ...] = ()
        self._pairs: list[JudgedPair] = []  # as they are sorted
        self._by: tuple[int, bool] = (SOURCE, False)  # column, whether from the highest
        self._asked: Question | None = None
        self._colors: Colors = ((), ())
        self._palette: Palette | None = None

    def shows(self, pairs: tuple[JudgedPair, ...], asked: Question, colors: Colors, palette: Palette) -> bool:
        """Show these; False when they are the ones shown."""
        same = pairs is self._judged and palette is self._palette
        again = self._asked is not None and (asked.source, asked.target) == (self._asked.source, self._asked.target)
        self._asked, self._colors = asked, colors
        if same:
            return False
        self._judged, self._palette = pairs, palette
        if again and len(pairs) == len(self._pairs):  # as while the shift is dragged: much quicker than a reset
            self._pairs = self._in_order()
            self.dataChanged.emit(self.index(0, 0), self.index(len(pairs) - 1, REASON))
        else:
            self.beginResetModel()
            self._pairs = self._in_order()
            self.endResetModel()
        return True

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Qt asks for it when a header was clicked."""
        self.layoutAboutToBeChanged.emit()
        self._by = column, order == Qt.SortOrder.DescendingOrder
        self._pairs = self._in_order()
        self.layoutChanged.emit()

    def _in_order(self) -> list[JudgedPair]:
        column, descending = self._by
        return sorted(self._judged, key=lambda pair: self._order(pair, column), reverse=descending)

    def pair(self, place: int) -> JudgedPair:
        """The pair of a row."""
        return self._pairs[place]

    def row_of(self, pair: tuple[int | None, int | None] | None) -> int | None:
        """The row of a pair of clusters."""
        return next((place for place, one in enumerate(self._pairs) if (one.source, one.target) == pair), None)

    def rowCount(self, parent: Any = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._pairs)

    def columnCount(self, parent: Any = None) -> int:
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return COLUMNS[section][0]
            if role == Qt.ItemDataRole.ToolTipRole:
                return COLUMNS[section][1]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(section)
        return None

    def data(self, index: QtCore.QModelIndex, role: int = 0) -> Any:
        pair, place = self._pairs[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(pair, place)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(place)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{pair.verdict}: {pair.reason}"
        if role == Qt.ItemDataRole.ForegroundRole and place in (VERDICT, REASON):
            color = verdict_color(self._palette, pair.verdict) if place == VERDICT else self._palette.muted
            return QtGui.QColor(self._palette.muted if pair.verdict in ("refused", "unmatched") else color)
        if role == Qt.ItemDataRole.DecorationRole and place in (SOURCE, TARGET):
            cluster = pair.source if place == SOURCE else pair.target
            return None if cluster is None else QtGui.QColor(self._colors[place][cluster])
        if role == DONE:
            return done_by_hand(pair)
        return allowed(pair) if role == ALLOWED else None

    def _unit(self, pair: JudgedPair, place: int) -> int | None:
        side, cluster = (self._asked.source, pair.source) if place == SOURCE else (self._asked.target, pair.target)
        return None if cluster is None else side.units[cluster]

    def _words(self, pair: JudgedPair, place: int) -> str:
        if place in (SOURCE, TARGET):
            unit = self._unit(pair, place)
            return "–" if unit is None else str(unit)
        if place in (COST, MARGIN):
            value = pair.relative_cost if place == COST else pair.margin
            return "–" if np.isnan(value) else number_words(value, ".2f")
        return {VERDICT: pair.verdict, BY_HAND: "", REASON: pair.reason}[place]

    def _order(self, pair: JudgedPair, place: int) -> Any:
        if place in (SOURCE, TARGET):
            unit = self._unit(pair, place)
            return INFINITE if unit is None else unit
        if place in (COST, MARGIN):
            value = pair.relative_cost if place == COST else pair.margin
            return INFINITE if np.isnan(value) else value
        return {VERDICT: VERDICTS.index(pair.verdict), BY_HAND: -len(done_by_hand(pair)), REASON: pair.reason}[place]


def done_by_hand(pair: JudgedPair) -> str:
    """The action that was done with a pair, or ""."""
    if pair.decided == "made":
        return "accept" if pair.proposed == pair.target else "repair"
    return "refuse" if pair.decided else ""


def allowed(pair: JudgedPair) -> tuple[str, ...]:
    """The actions that make sense for a row."""
    both = () if pair.source is None or pair.target is None else ("accept", "refuse")
    return (*both, "repair", *(("as_proposed",) if pair.decided else ()))


def _alignment(place: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if place in (VERDICT, BY_HAND, REASON) else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter
