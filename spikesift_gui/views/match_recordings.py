"""The recordings that are open, in order of time: choose several to merge or to compare them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtCore, QtWidgets, QWidget
from spikesift_gui.state import State
from spikesift_gui.together import Row, plan_words, rows
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, button, column, label, tool_button
from spikesift_gui.widgets.flow import Flow

COLUMNS = (
    ("Recording", "name", "Its name; Ctrl + click chooses several"),
    ("Began", "began", "Date and time it began: as its files tell, or double-click to set it by hand"),
    ("Length", "length", "How much of it was sorted"),
    ("Units", "units", "Units found, and how many of them in every segment"),
    ("Segments", "segments", "Segments it was cut into"),
    ("Signal", "signal", "Channels and sampling frequency: those that are merged must have the same"),
    ("State", "state", "Whether all of it was sorted; what was merged of which"),
)
BEGAN = 1
MINUTES = len("2024-05-03 14:02")  # are enough to tell recordings apart; the tip has the seconds
WIDEST_NAME = 150  # px; names of merged ones are long
TO_THE_RIGHT = (2, 3, 4)


class MatchRecordings(View):
    """The list of recordings."""

    id = "match_recordings"
    title = "Recordings"
    says = ("recordings",)
    help = (
        "Every sorted recording that is open, the earliest first, and below them what was merged.\n\n"
        "When a recording began is read from its files (SpikeGLX, Open Ephys, Intan, Neuralynx, Blackrock, NWB, "
        "Plexon, and what neo tells of others). Where "
        "they do not tell, double-click the cell and type date and time, such as 2024-05-03 14:02; it is kept with the "
        "session. Where nothing is typed in, the clock that the recordings share decides (“Time of the first” on the "
        "page Recording), or else the order in which they were opened.\n\n"
        "Choose two or more (Ctrl + click, Shift + click) and merge them: their units are followed from each into the "
        "next. Choose two and compare them: the views beside show the units of the earlier as they were last seen and "
        "those of the later as they were first seen; where units were not followed over gaps, its last segment and the "
        "first of the other. Take apart closes a merged recording and leaves its parts open. Merging needs the same "
        "probe and the same sampling frequency, comparing the same probe."
    )
    watches = ("results", "match", "jobs", "sort_plan")

    def build(self) -> QWidget:
        """The table, what can be done, and the buttons that do it."""
        self.model = RecordingModel(lambda one, words: self.context.run("recordings.began", result_id=one, words=words))
        self.table = _table(self.model)
        self.table.selectionModel().selectionChanged.connect(self._choose)
        self.plan = label("", "caption", wrap=True)
        self.merge = button(self.context, "recordings.merge", text="Merge", icon_name="merge")
        self.compare = button(self.context, "recordings.compare", text="Compare", icon_name="match")
        self.apart = button(self.context, "recordings.apart", text="Take apart")
        self.tools.addWidget(tool_button(self.context, "open", "Open a session", "session.open"))
        below = column(self.plan, Flow(self.merge, self.compare, self.apart, gap=SPACE // 2), gap=SPACE // 2)
        below.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        body = QWidget()
        body.setLayout(column(self.table, below, gap=0))
        body.layout().setStretch(0, 1)
        return body

    def hint(self, state: State) -> Hint | None:
        """Nothing is open."""
        if not state.results.items:
            words = "Every sorted recording that is open is listed here, in order of time."
            return Hint("No recording is open", words, "session.open", "Open a session…")
        return None

    def draw(self, before: State | None, after: State) -> None:
        """The rows, those chosen, and what can be done with them."""
        with QtCore.QSignalBlocker(self.table.selectionModel()):
            changed = self.model.shows(rows(after))
            self._select(after.match.together)
        if changed or before is None:  # also after a change of the size of text
            self.table.resizeColumnsToContents()
            self.table.setColumnWidth(0, min(WIDEST_NAME, self.table.columnWidth(0)))
        self.table.viewport().update()
        self.plan.setText(plan_words(after))
        count = len(after.match.together)
        self.merge.setText(f" Merge {count}" if count > 1 else " Merge")
        self.apart.setVisible(any(one.merged for one in after.results.items))

    def _select(self, together: tuple[int, ...]) -> None:
        model = self.table.selectionModel()
        chosen = QtCore.QItemSelection()
        for place, one in enumerate(self.model.rows):
            if one.result_id in together:
                chosen.select(self.model.index(place, 0), self.model.index(place, len(COLUMNS) - 1))
        model.select(chosen, model.SelectionFlag.ClearAndSelect)

    def _choose(self, *_changes: Any) -> None:
        chosen = [self.model.rows[index.row()].result_id for index in self.table.selectionModel().selectedRows()]
        self.context.run("recordings.choose", results=chosen)


def _table(model: QtCore.QAbstractItemModel) -> QtWidgets.QTableView:
    made = QtWidgets.QTableView()
    made.setModel(model)
    made.setAccessibleName("Recordings")
    made.setSelectionBehavior(made.SelectionBehavior.SelectRows)
    made.setSelectionMode(made.SelectionMode.ExtendedSelection)
    made.setEditTriggers(made.EditTrigger.DoubleClicked | made.EditTrigger.EditKeyPressed)
    made.setShowGrid(False)
    made.setWordWrap(False)
    made.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names most often differ at their end
    made.verticalHeader().hide()
    made.verticalHeader().setDefaultSectionSize(26)
    made.setHorizontalScrollMode(made.ScrollMode.ScrollPerPixel)
    header = made.horizontalHeader()
    header.setHighlightSections(False)
    header.setStretchLastSection(True)
    return made


class RecordingModel(QtCore.QAbstractTableModel):
    """The recordings as Qt wants them; `began(result_id, words)` is called with what a person types."""

    def __init__(self, began: Callable[[int, str], bool]):
        super().__init__()
        self.rows: list[Row] = []
        self._began = began

    def shows(self, wanted: list[Row]) -> bool:
        """Show these; False when they are the ones shown: then what is being typed stays."""
        if wanted == self.rows:
            return False
        self.beginResetModel()
        self.rows = wanted
        self.endResetModel()
        return True

    def rowCount(self, parent: Any = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Any = None) -> int:
        return len(COLUMNS)

    def flags(self, index: QtCore.QModelIndex) -> Qt.ItemFlag:
        usual = super().flags(index)
        return usual | Qt.ItemFlag.ItemIsEditable if index.column() == BEGAN else usual

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return COLUMNS[section][0]
            if role == Qt.ItemDataRole.ToolTipRole:
                return COLUMNS[section][2]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(section)
        return None

    def data(self, index: QtCore.QModelIndex, role: int = 0) -> Any:
        words = getattr(self.rows[index.row()], COLUMNS[index.column()][1])
        if role == Qt.ItemDataRole.DisplayRole:
            return words[:MINUTES] if index.column() == BEGAN else words
        if role == Qt.ItemDataRole.ToolTipRole:
            return words
        if role == Qt.ItemDataRole.EditRole:
            return words.strip("–")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        return None

    def setData(self, index: QtCore.QModelIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        return self._began(self.rows[index.row()].result_id, str(value))


def _alignment(place: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if place in TO_THE_RIGHT else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
