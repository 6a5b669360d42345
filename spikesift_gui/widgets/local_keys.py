"""Keys that mean something only while one widget has the focus, such as arrows in a picture.

The window's keys come from the table of commands, and two shortcuts with the same key would silence each other: these
are taken by the widget before the window looks for shortcuts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spikesift_gui.qt import QObject, Qt, QtCore, QtGui, QWidget


class LocalKeys(QObject):
    """Calls `actions[key]()` for keys pressed in `widget`; keys in Qt's portable words ("Left", "Shift+Up", "+")."""

    def __init__(self, widget: QWidget, actions: Mapping[str, Callable[[], Any]]):
        super().__init__(widget)
        self._actions = dict(actions)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QtCore.QEvent) -> bool:
        """Qt hands over what the widget is about to get."""
        kinds = QtCore.QEvent.Type
        if event.type() not in (kinds.ShortcutOverride, kinds.KeyPress):
            return False
        action = self._actions.get(_name(event)) or self._actions.get(event.text())
        if action is None:
            return False
        event.accept()
        if event.type() == kinds.KeyPress:
            action()
        return True


def _name(event: QtGui.QKeyEvent) -> str:
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return QtGui.QKeySequence(QtCore.QKeyCombination(modifiers, Qt.Key(event.key()))).toString()
