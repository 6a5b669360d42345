"""Every pair in a table: how alike, how sure, and why; and what was left over."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikesift_core.verdicts import VERDICTS, JudgedPair
from spikesift_gui.matching import Question, counts_words, current, focus, judged
from spikesift_gui.pair_candidates import candidates
from spikesift_gui.pair_colors import Colors, pair_colors
from spikesift_gui.palette import SPACE, Palette
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, QWidget
from spikesift_gui.state import State
from spikesift_gui.views.base import View
from spikesift_gui.views.match_base import WATCHES, match_hint, verdict_color
from spikesift_gui.widgets import Hint, column, label
from spikesift_gui.widgets.pair_actions import ALLOWED, DONE, PairActions
from spikesift_gui.widgets.partner_menu import PartnerMenu

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
WIDTHS = {SOURCE: 68, TARGET: 62, COST: 72, MARGIN: 62, VERDICT: 84}  # px; the last one takes the rest
ROW = 26  # px, at least
SORT = Qt.ItemDataRole.UserRole
LETTERS = {"accept": "match.accept", "refuse": "match.refuse", "as_proposed": "match.as_proposed"}


class MatchTable(View):
    """The table of pairs."""

    id = "match_table"
    title = "Pairs"
    says = ("pair",)
    help = (
        "One row for each unit of the two segments. The pairing is one-to-one, so a unit gets a partner even where "
        "none is right: look at the verdict.\n\n"
        "Relative cost: the difference of the two amplitude vectors after the movement, as a share of the larger one; "
        "0 is alike, above 0.7 unlike. Margin: how much nearer the partner is than the next best candidate of either; "
        "1 is beyond doubt, 0 a tie, and below 0 another unit was nearer but is needed elsewhere.\n\n"
        "Clear: alike (up to 0.4), and nothing else comes near (margin from 0.2). Doubtful: neither clear nor forced. "
        "Forced: unlike, or another unit was nearer. Refused: costs more than the limit you set. Unmatched: left over. "
        "Click a row, or use the arrow keys, to see the pair and to select its units everywhere.\n\n"
        "By hand, with the icons or with keys: accept (A), refuse (X), pair with another unit (R), as proposed (P); "
        "Undo takes back the last. A dark icon tells what was done, the reason what was proposed. Cost and margin stay "
        "those of the pair. Between two recordings it is said of the two units, whichever segments are compared; "
        "inside one recording of the link between the two segments, and its units change at once. It is kept with the "
        "sessions and used by the river, by what is said of lost units, by exports and by a merge.\n\n"
        "Numbers are those of each recording. The two of a pair share one colour, and no other unit has one like it, "
        "as far as colours go (some 40 can be told apart)."
    )
    watches = WATCHES

    def build(self) -> QWidget:
        """Table and counts."""
        self.counts = label("", "caption")
        self.counts.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        self.model = PairModel()
        self.sorted = QtCore.QSortFilterProxyModel()
        self.sorted.setSourceModel(self.model)
        self.sorted.setSortRole(SORT)
        self.table = _table(self.sorted)
        self.table.selectionModel().currentRowChanged.connect(self._choose)
        self.actions_column = PairActions(self.table)
        self.actions_column.clicked.connect(self._act)
        self.table.setItemDelegateForColumn(BY_HAND, self.actions_column)
        self.context.wished.connect(self._grant)
        body = QWidget()
        body.setLayout(column(self.table, self.counts, gap=0))
        return body

    def hint(self, state: State) -> Hint | None:
        """Nothing compared yet, or no unit at all."""
        hint = match_hint(state)
        if hint is None and not sum(current(state)[1].distances.shape):
            return Hint("No units", "Neither of the two segments has a unit.")
        return hint

    def draw(self, before: State | None, after: State) -> None:
        """The rows, and the one in focus."""
        if before is None:  # also after a change of the size of text
            self._size_columns(max(1.0, after.appearance.scale))
        asked, match = current(after)
        pairs = judged(asked, match, after.match.refuse_above)
        with QtCore.QSignalBlocker(self.table.selectionModel()):
            if self.model.shows(pairs, asked, pair_colors(asked, match), self.palette_now):
                self.counts.setText(counts_words(pairs))
            self._show_focus(focus(after, asked, match))
        self.table.viewport().update()

    def _size_columns(self, scale: float) -> None:
        for place, width in WIDTHS.items():
            self.table.setColumnWidth(place, round(width * scale))
        self.actions_column.use(self.palette_now)
        self.table.setColumnWidth(BY_HAND, max(self.actions_column.width(), round(70 * scale)))
        self.table.verticalHeader().setDefaultSectionSize(max(ROW, self.table.fontMetrics().height() + SPACE))

    def _show_focus(self, pair: tuple[int | None, int | None] | None) -> None:
        place = self.model.row_of(pair)
        selection = self.table.selectionModel()
        if place is None:
            selection.clear()
            return
        index = self.sorted.mapFromSource(self.model.index(place, 0))
        if index.row() != self.table.currentIndex().row():
            flags = selection.SelectionFlag.ClearAndSelect | selection.SelectionFlag.Rows
            selection.setCurrentIndex(index, flags)
            self.table.scrollTo(index)

    def _choose(self, now: QtCore.QModelIndex, _before: QtCore.QModelIndex) -> None:
        pair = self.model.pair(self.sorted.mapToSource(now).row()) if now.isValid() else None
        if pair is not None:
            self.context.run("match.focus", source=pair.source, target=pair.target)

    # By hand

    def _act(self, index: QtCore.QModelIndex, action: str) -> None:
        pair = self.model.pair(self.sorted.mapToSource(index).row())
        if action == "repair":
            self.context.run("match.repair")
        else:
            self.context.run(LETTERS[action], pair=(pair.source, pair.target))

    def _grant(self, wish: str) -> None:
        """Open the menu of partners beside the row in focus."""
        if wish != "match.repair" or self.shown_hint:
            return
        found = focus(self.context.state, *current(self.context.state))
        place = self.model.row_of(found)
        if place is None:
            self.context.say("Choose a unit first: a row of the table, or a unit on the probes.")
            return
        self.menu = PartnerMenu(self, candidates(*current(self.context.state), found))
        self.menu.chosen.connect(lambda pair: self.context.run("match.accept", pair=pair))
        rect = self.table.visualRect(self.sorted.mapFromSource(self.model.index(place, BY_HAND)))
        self.menu.popup(self.table.viewport().mapToGlobal(rect.bottomLeft()))


def _table(model: QtCore.QAbstractItemModel) -> QtWidgets.QTableView:
    made = QtWidgets.QTableView()
    made.setModel(model)
    made.setAccessibleName("Pairs")
    made.setSortingEnabled(True)
    made.sortByColumn(SOURCE, Qt.SortOrder.AscendingOrder)
    made.setSelectionBehavior(QtWidgets.QTableView.SelectionBehavior.SelectRows)
    made.setSelectionMode(QtWidgets.QTableView.SelectionMode.SingleSelection)
    made.setEditTriggers(QtWidgets.QTableView.EditTrigger.NoEditTriggers)
    made.setShowGrid(False)
    made.setWordWrap(False)
    made.verticalHeader().hide()
    made.setVerticalScrollMode(QtWidgets.QTableView.ScrollMode.ScrollPerPixel)
    header = made.horizontalHeader()
    header.setHighlightSections(False)
    header.setStretchLastSection(True)
    return made


class PairModel(QtCore.QAbstractTableModel):
    """The pairs as Qt wants them."""

    def __init__(self):
        super().__init__()
        self._pairs: tuple[JudgedPair, ...] = ()
        self._asked: Question | None = None
        self._colors: Colors = ((), ())
        self._palette: Palette | None = None

    def shows(self, pairs: tuple[JudgedPair, ...], asked: Question, colors: Colors, palette: Palette) -> bool:
        """Show these; False when they are the ones shown."""
        same = pairs is self._pairs and palette is self._palette
        self._asked, self._colors = asked, colors
        if not same:
            self.beginResetModel()
            self._pairs, self._palette = pairs, palette
            self.endResetModel()
        return not same

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
        if role == SORT:
            return self._order(pair, place)
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
            return "–" if np.isnan(value) else f"{value:.2f}".replace("-", "−")
        return {VERDICT: pair.verdict, BY_HAND: "", REASON: pair.reason}[place]

    def _order(self, pair: JudgedPair, place: int) -> Any:
        if place in (SOURCE, TARGET):
            unit = self._unit(pair, place)
            return float("inf") if unit is None else unit
        if place in (COST, MARGIN):
            value = pair.relative_cost if place == COST else pair.margin
            return float("inf") if np.isnan(value) else value
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
