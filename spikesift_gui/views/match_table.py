"""Every pair in a table: how alike, how sure, and why; and what was left over."""

from __future__ import annotations

from spikesift_gui.match_words import counts_words
from spikesift_gui.matching import current, focus, judged, limit
from spikesift_gui.pair_candidates import candidates
from spikesift_gui.pair_colors import pair_colors
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtCore, QtWidgets, QWidget
from spikesift_gui.state import State
from spikesift_gui.views.base import View
from spikesift_gui.views.match_base import WATCHES, match_hint
from spikesift_gui.views.match_pair_model import BY_HAND, COST, MARGIN, SOURCE, TARGET, VERDICT, PairModel
from spikesift_gui.widgets import Hint, column, label, tool_button
from spikesift_gui.widgets.pair_actions import PairActions
from spikesift_gui.widgets.partner_menu import PartnerMenu
from spikesift_gui.widgets.swatches import SwatchDelegate
from spikesift_gui.widgets.unbroken_table import UnbrokenTable

WIDTHS = {SOURCE: 68, TARGET: 62, COST: 72, MARGIN: 62, VERDICT: 92}  # px; the last one takes the rest
ROW = 26  # px, at least
LETTERS = {"accept": "match.accept", "refuse": "match.refuse", "as_proposed": "match.as_proposed"}


class MatchTable(View):
    """The table of pairs."""

    id = "match_table"
    title = "Pairs"
    says = ("pair",)
    help = (
        "One row for each unit of the two. Units are paired as a merge pairs them: one-to-one, if they are each "
        "other's nearest and alike. Two segments are paired as the preset published does: one-to-one as far as they "
        "go, so a unit gets a partner even where none is right: look at the verdict.\n\n"
        "Relative cost: the difference of the two amplitude vectors after the movement, as a share of the larger one; "
        "0 is alike, above 0.7 unlike. Margin: how much nearer the partner is than the next best candidate of either; "
        "1 is beyond doubt, 0 a tie, and below 0 another unit was nearer but is needed elsewhere.\n\n"
        "Clear: alike (up to 0.4), and nothing else comes near (margin from 0.2). Doubtful: neither clear nor "
        "forced. Forced: unlike, or another unit was nearer. Refused: costs more than the limit you set. Unmatched: "
        "without a partner. Click a row, or use the arrow keys, to see the pair and to select its units everywhere.\n\n"
        "By hand, with the icons or with keys: accept (A), refuse (X), pair with another unit (R), as proposed (P); "
        "Undo takes back the last. A dark icon tells what was done, the reason what was proposed. Cost and margin "
        "stay those of the pair. Between two recordings it is said of the two units, whichever segments are "
        "compared; inside one recording of the link between the two segments, and its units change at once. It is "
        "kept with the sessions and used by the river, by what is said of lost units, by exports and by a merge.\n\n"
        "Numbers are those of each recording. The two of a pair share one colour, and no other unit has one like it, "
        "as far as colours go (some 40 can be told apart)."
    )
    watches = WATCHES

    def build(self) -> QWidget:
        """Table and counts."""
        self.counts = label("", "caption", wrap=True)
        self.counts.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        self.model = PairModel()
        self.table = _table(self.model)
        self.table.selectionModel().currentRowChanged.connect(self._choose)
        self.model.layoutChanged.connect(self._sorted)
        self.actions_column = PairActions(self.table)
        self.actions_column.clicked.connect(self._act)
        self.table.setItemDelegateForColumn(BY_HAND, self.actions_column)
        self.swatches = SwatchDelegate(self.table)
        for units in (SOURCE, TARGET):
            self.table.setItemDelegateForColumn(units, self.swatches)
        self.context.wished.connect(self._grant)
        tip = self.context.commands["match.accept_all"].help
        self.tools.addWidget(tool_button(self.context, "check", f"Accept all: {tip}", "match.accept_all"))
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
        pairs = judged(asked, match, limit(after))
        with QtCore.QSignalBlocker(self.table.selectionModel()):
            if self.model.shows(pairs, asked, pair_colors(asked, match, limit(after)), self.palette_now):
                self.counts.setText(counts_words(pairs))
            self._show_focus(focus(after, asked, match))
        self.table.viewport().update()

    def _sorted(self) -> None:
        """The pair in focus has another row now."""
        found = current(self.context.state)
        if found is not None:
            with QtCore.QSignalBlocker(self.table.selectionModel()):
                self._show_focus(focus(self.context.state, *found))

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
        index = self.model.index(place, 0)
        if index.row() != self.table.currentIndex().row():
            flags = selection.SelectionFlag.ClearAndSelect | selection.SelectionFlag.Rows
            selection.setCurrentIndex(index, flags)
            self.table.scrollTo(index)

    def _choose(self, now: QtCore.QModelIndex, _before: QtCore.QModelIndex) -> None:
        pair = self.model.pair(now.row()) if now.isValid() else None
        if pair is not None:
            self.context.run("match.focus", source=pair.source, target=pair.target)

    # By hand

    def _act(self, index: QtCore.QModelIndex, action: str) -> None:
        pair = self.model.pair(index.row())
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
        rect = self.table.visualRect(self.model.index(place, BY_HAND))
        self.menu.popup(self.table.viewport().mapToGlobal(rect.bottomLeft()))


def _table(model: QtCore.QAbstractItemModel) -> QtWidgets.QTableView:
    made = UnbrokenTable()
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
