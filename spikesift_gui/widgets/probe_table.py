"""All contacts as a table: channel, x, y; rows are chosen and cells typed in."""

from __future__ import annotations

from typing import Any

from spikesift_gui.context import Context
from spikesift_gui.qt import Qt, QtCore, QtWidgets
from spikesift_gui.state import ProbeDraft

HEADERS = ("Channel", "x (µm)", "y (µm)")
TIPS = (
    "The channel of the recording this contact is wired to; type another number to put it there",
    "Place across the probe, in µm",
    "Place along the probe, in µm",
)
ROLE = Qt.ItemDataRole
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ContactsModel(QtCore.QAbstractTableModel):
    """Reads the probe; what is typed in goes to commands."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._probe = ProbeDraft()

    def show_probe(self, probe: ProbeDraft) -> None:
        """Read from this probe from now on."""
        same = len(probe) == len(self._probe)
        if not same:
            self.beginResetModel()
        self._probe = probe
        if not same:
            self.endResetModel()
        elif len(probe):
            self.dataChanged.emit(self.index(0, 0), self.index(len(probe) - 1, 2))

    def rowCount(self, parent: QtCore.QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._probe)

    def columnCount(self, parent: QtCore.QModelIndex | None = None) -> int:
        return len(HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            words = {ROLE.DisplayRole: HEADERS[section], ROLE.ToolTipRole: TIPS[section]}
            return {**words, ROLE.TextAlignmentRole: RIGHT}.get(role)
        return None

    def data(self, index: QtCore.QModelIndex, role: int = ROLE.DisplayRole) -> Any:
        if role in (ROLE.DisplayRole, ROLE.EditRole):
            if index.column() == 0:
                return str(index.row())
            return f"{float(self._probe.positions[index.row(), index.column() - 1]):.7g}"
        if role == ROLE.TextAlignmentRole:
            return RIGHT
        return None

    def flags(self, index: QtCore.QModelIndex) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: QtCore.QModelIndex, value: Any, role: int = ROLE.EditRole) -> bool:
        row, column = index.row(), index.column()
        try:
            number = int(value) if column == 0 else float(str(value).replace(",", "."))
        except ValueError:
            wanted = "a whole number" if column == 0 else "a number of µm"
            self._context.say(f"{value!r} is not {wanted}; nothing was changed.")
            return False
        if column == 0:
            return number == row or self._context.run("probe.number", contacts=[row], channel=number)
        return self._context.run("probe.place", contact=row, **{"xy"[column - 1]: number})


class ContactsTable(QtWidgets.QTableView):
    """The table; chosen contacts are its selected rows."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._model = ContactsModel(context)
        self.setModel(self._model)
        self.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectionBehavior.SelectRows)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        self.horizontalHeader().setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.Stretch)
        self.setAccessibleName("Contacts")
        self.setTabKeyNavigation(False)
        self.selectionModel().selectionChanged.connect(self._tell)

    def show_probe(self, probe: ProbeDraft) -> None:
        """Show these contacts and which are chosen."""
        chosen = QtCore.QItemSelection()
        with QtCore.QSignalBlocker(self.selectionModel()):
            self._model.show_probe(probe)
            for contact in probe.chosen:
                chosen.select(self._model.index(contact, 0), self._model.index(contact, len(HEADERS) - 1))
            self.selectionModel().select(chosen, QtCore.QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if probe.chosen and not self.hasFocus():
            self.scrollTo(self._model.index(probe.chosen[-1], 0))
        self.viewport().update()

    def _tell(self) -> None:
        self._context.run(
            "probe.choose", contacts=sorted(index.row() for index in self.selectionModel().selectedRows())
        )
