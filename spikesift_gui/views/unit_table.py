"""All units with their figures; to sort, filter and select."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikesift_core.forced_links import any_forced, forced_words
from spikesift_core.messages import plural
from spikesift_core.quality import LIMITS, METRICS, SHARES, Quality
from spikesift_core.tracks import Track
from spikesift_core.unit_filter import Known, filter_units
from spikesift_core.unit_history import history_words, unit_history
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtCore, QtWidgets, QWidget
from spikesift_gui.state import Result, State
from spikesift_gui.unit_figures import being_measured, quality_now
from spikesift_gui.units import facts_of, unit_columns
from spikesift_gui.views.base import View
from spikesift_gui.widgets import column, label, set_kind, tool_button
from spikesift_gui.widgets.column_menu import show_column_menu
from spikesift_gui.widgets.filter_field import FilterField
from spikesift_gui.widgets.steady_label import SteadyLabel
from spikesift_gui.widgets.unbroken_table import UnbrokenTable
from spikesift_gui.widgets.unit_model import BY_NAME, NAMES, USUAL, Shown, UnitDelegate, UnitModel, ordered

ROW_HEIGHT = 24  # px
ROWS_MEASURED = 50  # for the width of the columns
SWATCH_ROOM = 20  # px, before the number of the unit
COLUMN_ROOM = 20  # px, around the words of a column


def metric_words() -> str:
    """What every metric is and where it comes from, one paragraph each."""
    rows = [f"{BY_NAME[one.name].title} — {one.name}\n{one.definition} Source: {one.source}." for one in METRICS]
    limits = "; ".join(f"{limit.rule} ({limit.source})" for limit in LIMITS)
    return "\n\n".join([*rows, f"Fails — failed\nHow many of these limits it does not keep: {limits}."])


class UnitTable(View):
    """The unit table."""

    id = "units"
    title = "Units"
    says = ("recording", "all units", "segment", "expression")
    help = (
        "Every unit, with figures of all its spikes. Click a column to sort by it; click a row to select a unit, "
        "Ctrl + click or Shift + click for several, Up and Down for the next. The first selected unit is marked blue, "
        "the second red. Right-click a column, or the button at the top, to choose columns.\n\n"
        "A unit is a chain of clusters linked through the segments. 7/9 with ⚠: it was found in 7 of 9 segments only; "
        "select it to read below the table why. – means that a figure cannot be computed: rest the mouse on it to read "
        "why. … means that it is being measured: for some figures the whole recording is read, once; they are kept "
        "with the session. A figure in another colour is beyond a limit.\n\n"
        "Filter: numbers of units (3, 7) or an expression such as: rate > 2 and contamination < 10%. Names: "
        f"{', '.join(NAMES)}, lost. A share is written as 10% or as 0.1; + - * / and brackets can be used, and, or, "
        f"not.\n\n{metric_words()}"
    )
    watches = ("results", "selection", "view", "figures", "jobs")
    options = {"sort": "id", "descending": False, "columns": None}

    def build(self) -> QWidget:
        """Filter, table, a line that counts."""
        self.filter = FilterField()
        self.filter.setPlaceholderText("Filter: rate > 2 and contamination < 10%")
        self.filter.setAccessibleName("Filter units")
        self.filter.setToolTip("Numbers of units (3, 7), or an expression of the columns; Esc clears it")
        self.filter.setClearButtonEnabled(True)
        self.filter.textEdited.connect(lambda text: self.context.run("units.filter", text=text))
        self.filter.textChanged.connect(self._on_cleared)
        self.filter.show_names([*NAMES, "lost", "and", "or", "not"])
        self.model = UnitModel()
        self.table = self._make_table()
        self.words = label("", "caption", wrap=True)
        self.story = SteadyLabel(keeps=True)
        self.choose = tool_button(self.context, "settings", "Choose columns", self._choose_columns)
        self.tools.addWidget(self.choose)
        self._facts: tuple = ()
        self._columns: dict[str, np.ndarray] = {}
        self._shown: Result | None = None
        self._fitted: tuple[str, ...] = ()
        self._remembered = tuple(self.context.preferences.get("unit_columns", USUAL))
        body = QWidget()
        layout = column(self.filter, self.table, self.words, self.story, gap=SPACE // 2)
        layout.setContentsMargins(SPACE // 2, SPACE // 2, SPACE // 2, SPACE // 2)
        layout.setStretch(1, 1)
        body.setLayout(layout)
        return body

    def draw(self, before: State | None, after: State) -> None:
        """New units are computed in the background; a filter, an order, a selection is shown at once."""
        result = after.results.current
        self.context.run("quality.measure")
        if self.filter.text() != after.view.filter_text:
            self.filter.setText(after.view.filter_text)
        if before is None:
            self._shown, self._fitted = None, ()  # perhaps another size of text: the columns are measured anew
        if before is None or result is not before.results.current:
            self.compute("facts", lambda: facts_of(result), lambda facts: self._show_facts(result, facts))
        elif before.view != after.view or before.figures != after.figures:
            self._show_rows(after)
        elif before.selection != after.selection:
            self._show_selection(after)
        if before is None or before.selection != after.selection or result is not before.results.current:
            self._tell_story(result, after.selection.units[:1])
        if before is None or result is not before.results.current:
            self.story.free_room()

    def _make_table(self) -> QtWidgets.QTableView:
        made = UnbrokenTable()
        made.setModel(self.model)
        made.setItemDelegateForColumn(0, UnitDelegate(made))
        made.setAccessibleName("Units")
        made.setShowGrid(False)
        made.setAlternatingRowColors(True)
        made.setSelectionBehavior(QtWidgets.QTableView.SelectionBehavior.SelectRows)
        made.setSelectionMode(QtWidgets.QTableView.SelectionMode.ExtendedSelection)
        made.setEditTriggers(QtWidgets.QTableView.EditTrigger.NoEditTriggers)
        made.setTabKeyNavigation(False)
        made.verticalHeader().hide()
        made.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        made.setHorizontalScrollMode(QtWidgets.QTableView.ScrollMode.ScrollPerPixel)
        header = made.horizontalHeader()
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setHighlightSections(False)
        header.sectionClicked.connect(self._sort_by)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(lambda _at: self._choose_columns())
        made.selectionModel().selectionChanged.connect(self._on_selected)
        return made

    # What a person does

    def next(self) -> None:
        """Select the unit below the best one."""
        self._step(1)

    def previous(self) -> None:
        """Select the unit above the best one."""
        self._step(-1)

    def first(self) -> None:
        """Select the first unit."""
        self._step(-len(self.model.units()))

    def last(self) -> None:
        """Select the last unit."""
        self._step(len(self.model.units()))

    def _step(self, rows: int) -> None:
        units, selected = self.model.units(), self.context.state.selection.units
        if units:
            at = units.index(selected[0]) if selected and selected[0] in units else -1 if rows > 0 else len(units)
            self.context.run("units.select", units=[units[min(max(at + rows, 0), len(units) - 1)]])

    def _choose_columns(self) -> None:
        menu = show_column_menu(self.choose, self._chosen(self.context.state))
        menu.chosen.connect(lambda names: self.context.run("units.columns", names=names))
        menu.asked.connect(lambda: self.context.run("view.help", view=self))

    def _sort_by(self, section: int) -> None:
        name = self.model.column(section).name
        again = name == self.option("sort")
        self.set_option("sort", name)
        self.set_option("descending", again and not self.option("descending"))

    def _on_cleared(self, text: str) -> None:
        if not text and self.context.state.view.filter_text:
            self.context.run("units.filter", text="")

    def _on_selected(self, *_changes: Any) -> None:
        rows = [index.row() for index in self.table.selectionModel().selectedRows()]
        chosen = [self.model.unit(row) for row in rows]
        before = self.context.state.selection.units
        kept = [unit for unit in before if unit in chosen]
        self.context.run("units.select", units=[*kept, *(unit for unit in chosen if unit not in kept)])

    # Drawing

    def _chosen(self, state: State) -> tuple[str, ...]:
        chosen = self.option("columns", state) or self._remembered
        return tuple(name for name in NAMES if name == "id" or name in chosen)

    def _show_facts(self, result: Result, facts: tuple) -> None:
        if self.context.state.results.current is not result:
            return
        if self._shown is None or self._shown.id != result.id:
            self._fitted = ()
        self._shown, self._facts = result, facts
        self._show_rows(self.context.state)

    def _show_rows(self, state: State) -> None:
        if self._shown is None or self._shown is not state.results.current:
            return
        quality, chosen = quality_now(state), self._chosen(state)
        self._columns = unit_columns(self._facts, self._shown.gain, quality)
        wanted, problem = self._wanted(state, quality)
        name, descending = self.option("sort", state), self.option("descending", state)
        order = ordered(self._columns, wanted, name if name in self._columns else "id", descending)
        total = len(self._shown.sorted_recording.sorted_segments)
        unit = "µV" if self._shown.gain else ""
        unknown = _unknown(state, quality)
        shown = Shown(self._columns, order, chosen, unknown, being_measured(state), total, unit)
        with QtCore.QSignalBlocker(self.table.selectionModel()):
            self.model.show_units(shown, self.palette_now)
        arrow = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self.table.horizontalHeader().setSortIndicator(self.model.section(name), arrow)
        self._say(problem, len(order), total)
        self._show_selection(state)
        filled = (*chosen, *self._columns)
        if filled != self._fitted:
            self._fitted = filled
            self._fit_columns()

    def _wanted(self, state: State, quality: Quality | None) -> tuple[np.ndarray, str]:
        missing = {metric.name: "it is still being measured" for metric in METRICS} | _unknown(state, quality)
        try:
            return filter_units(state.view.filter_text, Known(self._columns, SHARES, missing)), ""
        except ValueError as error:
            return np.ones(len(self._columns["id"]), bool), str(error)

    def _say(self, problem: str, shown: int, total: int) -> None:
        count, lost = len(self._columns["id"]), int(self._columns["lost"].sum())
        words = plural(count, "unit")
        words = f"{words}, {count - lost} in all segments, {lost} partly" if total > 1 else words
        if shown < count:
            words = f"{shown} of {words}"
        self.words.setText(f"{problem.rstrip('.')}." if problem else words)
        set_kind(self.filter, "error" if problem else "")

    def _tell_story(self, result: Result | None, best: tuple[int, ...]) -> None:
        """Of a unit that was not found in every segment, or has a link that was forced: see `story_of`."""
        tracks = [track for track in result.tracks if track.id in best] if result else []
        found = result.sorted_recording if result else None
        told = [one for one in tracks if not one.followed_throughout(found) or any_forced(found, one)]
        if told:
            self.compute("story", lambda: story_of(result, told[0]), self.story.setText)
        else:
            self.context.computer.forget(("story", id(self)))
            self.story.clear()

    def _show_selection(self, state: State) -> None:
        units, before = state.selection.units, self.table.currentIndex().row()
        model = self.table.selectionModel()
        rows = {unit: row for row, unit in enumerate(self.model.units())}
        wanted = QtCore.QItemSelection()
        for unit in units:
            if unit in rows:
                wanted.select(
                    self.model.index(rows[unit], 0), self.model.index(rows[unit], self.model.columnCount() - 1)
                )
        flags = QtCore.QItemSelectionModel.SelectionFlag
        with QtCore.QSignalBlocker(model):
            model.select(wanted, flags.ClearAndSelect)
            if units and units[0] in rows and len(units) == 1 and not self._has(rows[units[0]]):
                model.setCurrentIndex(self.model.index(rows[units[0]], 0), flags.NoUpdate)
        marked = {rows[unit] for unit in (*self.model.selected, *units) if unit in rows}
        marked |= {before, self.table.currentIndex().row()} - {-1}
        self.model.mark_selected(units)
        if units and units[-1] in rows:
            self._bring_into_sight(rows[units[-1]])
        for row in marked:  # not all rows: painting a table takes long
            top, height = self.table.rowViewportPosition(row), self.table.rowHeight(row)
            self.table.viewport().update(0, top, self.table.viewport().width(), height)

    def _bring_into_sight(self, row: int) -> None:
        """To the middle where it is out of sight: then the next ones are there too."""
        shown = self.table.visualRect(self.model.index(row, 0))
        if not 0 <= shown.top() <= self.table.viewport().height() - shown.height():
            self.table.scrollTo(self.model.index(row, 0), self.table.ScrollHint.PositionAtCenter)

    def _has(self, row: int) -> bool:
        return self.table.currentIndex().row() == row

    def _fit_columns(self) -> None:
        """As narrow as the words allow: Qt would leave room for an arrow in every column."""
        measure = self.table.fontMetrics().horizontalAdvance
        rows = range(min(self.model.rowCount(), ROWS_MEASURED))
        for section in range(self.model.columnCount()):
            words = [self.model.headerData(section, Qt.Orientation.Horizontal)]
            words += [self.model.data(self.model.index(row, section)) for row in rows]
            room = COLUMN_ROOM + (SWATCH_ROOM if section == 0 else 0)
            self.table.setColumnWidth(section, max(map(measure, words)) + room)


def _unknown(state: State, quality: Quality | None) -> dict[str, str]:
    """Name of a metric to why it is not known of any unit."""
    found = {} if quality is None else dict(quality.unknown)
    if state.figures.problem:
        known = () if quality is None else quality.columns
        found |= {metric.name: state.figures.problem for metric in METRICS if metric.name not in known}
    return found


def story_of(result: Result, unit: Track) -> str:
    """Where a unit was found, if not in every segment, why it begins late or was lost, and which of its links were
    forced; with the segments numbered from 1 as everywhere in the window."""
    found = result.sorted_recording
    whole = unit.followed_throughout(found)
    where = "" if whole else f" {history_words(unit_history(found, unit.id), first=1)}"
    forced = forced_words(found, unit.id, first=1)
    return f"Unit {unit.id}.{where}{forced and f' {forced}'}"
