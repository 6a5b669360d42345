"""Buttons that run a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spikesift_gui.context import Context
from spikesift_gui.icons import icon
from spikesift_gui.palette import palette_of
from spikesift_gui.qt import QObject, QSize, Qt, QtWidgets
from spikesift_gui.state import State

ICON = QSize(18, 18)


def button(
    context: Context, command_id: str, *, text: str = "", role: str = "", icon_name: str = "", **arguments: Any
) -> QtWidgets.QPushButton:
    """A button that runs a command. `role`: "" (plain), "primary" (the one obvious next action), "quiet", "row"."""
    command = context.commands[command_id]
    made = QtWidgets.QPushButton(text or command.text.replace("&", ""))
    made.setProperty("role", role)
    made.setToolTip(_tip(command.help, command.keys))
    made.setAccessibleName(text or command.name)
    made.clicked.connect(lambda: context.run(command_id, **arguments))
    if icon_name:
        made.setText(f" {made.text()}")
        color = "on_accent" if role == "primary" else "accent" if role == "quiet" else "muted"
        _Tint(context, made, icon_name, color)
    return made


def tool_button(
    context: Context,
    icon_name: str,
    tip: str,
    action: Callable[[], Any] | str,
    *,
    checkable: bool = False,
) -> QtWidgets.QToolButton:
    """A small button with an icon only. `action`: a command id, or a function of no arguments."""
    made = QtWidgets.QToolButton()
    made.setIconSize(ICON)
    made.setToolTip(tip)
    made.setAccessibleName(tip)
    made.setCheckable(checkable)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.clicked.connect(lambda: context.run(action) if isinstance(action, str) else action())
    _Tint(context, made, icon_name, "muted")
    return made


def choice_buttons(
    parent: QObject, parts: Mapping[str, tuple[str, str]], choose: Callable[[str], Any]
) -> dict[str, QtWidgets.QPushButton]:
    """Buttons of which one is down. `parts`: name to words and tip; a click calls `choose(name)`."""
    group = QtWidgets.QButtonGroup(parent)
    buttons = {}
    for name, (words, tip) in parts.items():
        buttons[name] = made = QtWidgets.QPushButton(words)
        made.setCheckable(True)
        made.setToolTip(tip)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys where they were
        made.clicked.connect(lambda _checked, name=name: choose(name))
        group.addButton(made)
    return buttons


class _Tint(QObject):
    """Keeps the icon of a button in the colours in use; lives as long as the button."""

    def __init__(self, context: Context, made: QtWidgets.QAbstractButton, icon_name: str, color: str):
        super().__init__(made)
        self._made, self._icon_name, self._color = made, icon_name, color
        context.model.changed.connect(self._follow)
        self._paint(context.state)

    def _follow(self, before: State, after: State) -> None:
        if before.appearance.dark != after.appearance.dark:
            self._paint(after)

    def _paint(self, state: State) -> None:
        self._made.setIcon(icon(self._icon_name, getattr(palette_of(state.appearance), self._color)))


def _tip(words: str, keys: tuple[str, ...]) -> str:
    return f"{words} ({' or '.join(keys)})" if keys else words
