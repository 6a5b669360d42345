"""The menu in which the columns of the table of units are chosen."""

from __future__ import annotations

from collections.abc import Iterable

from spikesift_gui.qt import QtCore, QtGui, QtWidgets, QWidget, Signal
from spikesift_gui.widgets.unit_model import COLUMNS, NAMES, USUAL


class ColumnMenu(QtWidgets.QMenu):
    """Columns to tick; it stays open until all are chosen."""

    chosen = Signal(object)  # names, whenever one was ticked
    asked = Signal()  # what do they mean?

    def __init__(self, parent: QWidget, shown: Iterable[str]):
        super().__init__(parent)
        self.setToolTipsVisible(True)
        for column in COLUMNS[1:]:
            action = self.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(column.name in shown)
            action.setData(column.name)
            action.setToolTip(column.tip)
        self.addSeparator()
        self.addAction("Usual columns").triggered.connect(lambda: self.chosen.emit(USUAL))
        self.addAction("All columns").triggered.connect(lambda: self.chosen.emit(NAMES))
        self.addAction("What they mean…").triggered.connect(self.asked)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        action = self.actionAt(event.position().toPoint())
        if action is None or not self._tick(action):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        action = self.activeAction()
        ticks = event.key() in (QtCore.Qt.Key.Key_Space, QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter)
        if not ticks or action is None or not self._tick(action):
            super().keyPressEvent(event)

    def _tick(self, action: QtGui.QAction) -> bool:
        if not action.isCheckable():
            return False
        action.setChecked(not action.isChecked())
        self.chosen.emit(tuple(one.data() for one in self.actions() if one.isChecked()))
        return True


def show_column_menu(button: QWidget, shown: Iterable[str]) -> ColumnMenu:
    """Open the menu below a button."""
    menu = ColumnMenu(button, shown)
    menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
    return menu
