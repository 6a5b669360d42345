"""Menus and keys, made from the table of commands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import partial

from spikesift_gui.command import MENUS, Command
from spikesift_gui.context import Context
from spikesift_gui.qt import Qt, QtGui, QtWidgets, QWidget
from spikesift_gui.widgets.local_keys import LocalKeys

FILE = (  # commands of this menu in the order in which one needs them, with a line between the groups
    ("file.open", "file.open_folder", "session.open", "example.open", "recent.forget"),
    ("probe.import", "probe.save"),
    ("session.where", "match.save", "result.export"),
    ("recording.close", "result.close"),
    ("app.quit",),
)


def fill_menus(bar: QtWidgets.QMenuBar, context: Context) -> dict[str, QtGui.QAction]:
    """One menu for each of MENUS that has commands; returns the entries by command id."""
    entries = {}
    for title in MENUS:
        commands = {command.id: command for command in context.commands.values() if command.menu == title}
        groups = [[commands[name] for name in group if name in commands] for group in FILE if title == "&File"]
        groups.append([command for command in commands.values() if not any(command in group for group in groups)])
        if not commands:
            continue
        menu = bar.addMenu(title)
        menu.setToolTipsVisible(True)
        for group in filter(None, groups):
            if menu.actions():
                menu.addSeparator()
            entries.update({command.id: _entry(menu, command, context) for command in group})
    return entries


def bind_keys(window: QWidget, context: Context) -> None:
    """Make every key of every command work in `window`. Two commands may share a key on different pages."""
    strong, weak = defaultdict(list), defaultdict(list)
    for command in context.commands.values():
        for key in command.keys:
            (weak if command.weak else strong)[key].append(command)
    for key, commands in strong.items():
        shortcut = QtGui.QShortcut(QtGui.QKeySequence(key), window)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(lambda commands=commands: _run_for_page(context, commands))
    bind_weak_keys(window, context, weak)


def bind_weak_keys(widget: QWidget, context: Context, keys: Iterable[str]) -> None:
    """Make these keys of weak commands work in `widget`, before it sees them itself."""
    commands = [command for command in context.commands.values() if command.weak]
    by_key = {key: [command for command in commands if key in command.keys] for key in keys}
    LocalKeys(widget, {key: partial(_run_for_page, context, found) for key, found in by_key.items()})


def _run_for_page(context: Context, commands: list[Command]) -> None:
    page = context.state.page
    for command in commands:
        if not command.pages or page in command.pages:
            context.run(command.id)
            return


def _entry(menu: QtWidgets.QMenu, command: Command, context: Context) -> QtGui.QAction:
    # The key is shown as text only: bind_keys makes it work, for the right page.
    key = QtGui.QKeySequence(command.keys[0]).toString(_NATIVE) if command.keys else ""
    action = menu.addAction(f"{command.text}\t{key}" if key else command.text)
    action.setStatusTip(command.help)
    action.setToolTip(command.help)
    action.triggered.connect(lambda: context.run(command.id))
    return action


_NATIVE = QtGui.QKeySequence.SequenceFormat.NativeText
