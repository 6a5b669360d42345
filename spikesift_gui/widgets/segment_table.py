"""The finished segments as a table: when, how many clusters, how many units are known, new and lost."""

from __future__ import annotations

from typing import Any

from spikesift_gui.qt import Qt, QtCore, QtWidgets
from spikesift_gui.segment_counts import counts_of
from spikesift_gui.state import Result

COLUMNS = (
    ("#", "Number of the segment, from 1"),
    ("Time (s)", "From the first sample of the recording"),
    ("Clusters", "Clusters found in it"),
    ("Known", "Units found in it that were found before, also before a gap"),
    ("New / lost", "Units found for the first time / units of the segment before that were not found in this one"),
)
WIDTHS = (32, 116, 66, 58, 74)  # px, at least
ROOM = 16  # px, around the words of a column
Row = tuple[str, ...]


def segment_rows(result: Result, sampling_frequency: float) -> list[Row]:
    """One row for each segment, in words."""
    recording, counts = result.sorted_recording, counts_of(result)
    origin = recording.start_time()
    rows = []
    for index, segment in enumerate(recording.sorted_segments):
        start, end = ((time - origin) / sampling_frequency for time in (segment.start_time, segment.end_time))
        new, lost = counts.new[index], counts.lost[index]
        words = (str(counts.found[index] - new), f"{new} / {lost}") if index else ("–", "–")
        rows.append((str(index + 1), f"{start:.1f} – {end:.1f}", str(len(segment)), *words))
    return rows


class SegmentTable(QtWidgets.QTableView):
    """Shows the rows; the latest is kept in sight."""

    def __init__(self):
        super().__init__()
        self._model = _SegmentModel()
        self.setModel(self._model)
        self.setAccessibleName("Finished segments")
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setEditTriggers(QtWidgets.QTableView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QtWidgets.QTableView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.verticalHeader().setDefaultSectionSize(24)
        header = self.horizontalHeader()
        header.setMinimumSectionSize(WIDTHS[0])
        header.setStretchLastSection(True)
        self.fit(1.0)

    def fit(self, scale: float) -> None:
        """Columns for this size of text."""
        self._scale = scale
        measure = self.fontMetrics().horizontalAdvance
        last = self._model.last() or [""] * len(WIDTHS)  # of a long recording: the largest numbers stand there
        for section, (width, words) in enumerate(zip(WIDTHS, last, strict=True)):
            self.horizontalHeader().resizeSection(section, max(round(width * scale), measure(words) + ROOM))

    def show_rows(self, rows: list[Row]) -> None:
        """Show these rows."""
        self._model.show_rows(rows)
        self.fit(self._scale)
        self.scrollToBottom()


class _SegmentModel(QtCore.QAbstractTableModel):
    def __init__(self):
        super().__init__()
        self._rows: list[Row] = []

    def show_rows(self, rows: list[Row]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def last(self) -> Row | None:
        """The last row, if there is one."""
        return self._rows[-1] if self._rows else None

    def rowCount(self, _parent: Any = None) -> int:
        return len(self._rows)

    def columnCount(self, _parent: Any = None) -> int:
        return len(COLUMNS)

    def data(self, index: QtCore.QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        place = {Qt.ItemDataRole.DisplayRole: 0, Qt.ItemDataRole.ToolTipRole: 1}.get(role)
        return None if place is None else COLUMNS[section][place]
