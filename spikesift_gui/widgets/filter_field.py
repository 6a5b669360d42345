"""A field for a filter, which offers the names that can be used while one is typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spikesift_core.unit_filter import word_at
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets

TAKEN_BY_LIST = (Qt.Key.Key_Enter, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Backtab)


class FilterField(QtWidgets.QLineEdit):
    """Offers names in a list below; Down and Enter, Tab or a click take one, Esc closes it."""

    def __init__(self):
        super().__init__()
        self._names = QtCore.QStringListModel()
        self.completer_list = QtWidgets.QCompleter(self._names, self)
        self.completer_list.setWidget(self)
        self.completer_list.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.completer_list.activated.connect(self.take)
        self.textEdited.connect(self._offer)

    def show_names(self, names: Sequence[str]) -> None:
        """These can be used."""
        if self._names.stringList() != list(names):
            self._names.setStringList(list(names))

    def take(self, name: str) -> None:
        """Put a name in the place of what is typed of it."""
        cursor = self.cursorPosition()
        word = word_at(self.text(), cursor)
        self.setCursorPosition(cursor - len(word))
        self.cursorForward(True, len(word))
        self.insert(name)
        self.textEdited.emit(self.text())

    def event(self, event: QtCore.QEvent) -> bool:
        tab = event.type() == QtCore.QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab
        if tab and self.completer_list.popup().isVisible():  # before Qt goes on to the next field
            self._take_first(self.completer_list.popup())
            return True
        return super().event(event)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if self.completer_list.popup().isVisible() and event.key() in TAKEN_BY_LIST:
            event.ignore()  # the list has it
            return
        super().keyPressEvent(event)

    def _take_first(self, popup: Any) -> None:
        index = popup.currentIndex()
        name = index.data() if index.isValid() else self.completer_list.currentCompletion()
        popup.hide()
        self.take(name)

    def _offer(self, text: str) -> None:
        word = word_at(text, self.cursorPosition())
        found = self.completer_list
        found.setCompletionPrefix(word)
        there = found.completionCount()
        if not word or not there or (there == 1 and found.currentCompletion() == word):
            found.popup().hide()
            return
        at = self.cursorRect()
        at.setWidth(found.popup().sizeHintForColumn(0) + 40)
        found.complete(at)
