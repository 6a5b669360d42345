"""Everything the program can do, as a list to search in: words, keys, and why it cannot be done now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import Parameter, signature
from typing import Any

from spikesift_gui.command import Command
from spikesift_gui.context import Context
from spikesift_gui.palette import SPACE, palette_of
from spikesift_gui.qt import QSize, Qt, QtCore, QtGui, QtWidgets, QWidget
from spikesift_gui.theme import font
from spikesift_gui.views.base import BUTTONS, View
from spikesift_gui.widgets.labels import column, label
from spikesift_gui.widgets.local_keys import LocalKeys

SIZE = (620, 420)
ROW = 44  # px
FROM_TOP = 90  # px
NOTHING_FITS = "No action has these words. Fewer of them, or the name of a page (Match, Inspect), find more."
ACTION = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Action:
    """A row: what it does in short, in a sentence, its keys, why it cannot be done now ("" if it can), and doing it."""

    name: str
    help: str
    keys: str
    reason: str
    do: Callable[[], Any]

    def rank(self, words: Sequence[str]) -> int | None:
        """How well it fits what is searched, 0 best; None if not every word is in it."""
        name, all_words = self.name.lower(), f"{self.name} {self.help} {self.keys}".lower()
        if not all(word in all_words for word in words):
            return None
        return 0 if words and name.startswith(words[0]) else 1 if all(word in name for word in words) else 2


def actions(context: Context, page: QWidget) -> list[Action]:
    """Every command that needs nothing but a click, then what can be done with each view of a page that is in sight."""
    found = [_of_command(context, command) for command in context.commands.values() if can_run_alone(command)]
    for view in page.findChildren(View):
        if view.isVisible() and not view.visibleRegion().isEmpty():
            found += [_of_view(context, view, *button[1:]) for button in BUTTONS]
    return found


def can_run_alone(command: Command) -> bool:
    """Whether a command can be run without arguments: it is in a menu, has a key, or needs only the context."""
    if command.menu or command.keys:
        return True
    _context, *others = signature(command.do).parameters.values()
    return not any(one.kind is not Parameter.VAR_KEYWORD for one in others)


def _of_command(context: Context, command: Command) -> Action:
    keys = "   ".join(
        QtGui.QKeySequence(key).toString(QtGui.QKeySequence.SequenceFormat.NativeText) for key in command.keys
    )
    reason = command.refuse(context.state) or ""
    return Action(command.name, command.help, keys, reason, partial(context.run, command.id))


def _of_view(context: Context, view: View, words: str, command: str) -> Action:
    do = partial(context.run, command, view=view)
    return Action(f"{view.title}: {words[:1].lower()}{words[1:]}", context.commands[command].help, "", "", do)


class ActionList(QtWidgets.QDialog):
    """A field to type in and the rows that fit; Enter or a click does the one that is marked, Esc does nothing."""

    def __init__(self, parent: QWidget, found: Sequence[Action]):
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("action-list")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._actions = list(found)
        self.field = QtWidgets.QLineEdit()
        self.field.setPlaceholderText("What do you want to do?")
        self.field.setAccessibleName("Find an action")
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._fill)
        self.field.returnPressed.connect(self._do_current)
        self.list = QtWidgets.QListWidget()
        self.list.setAccessibleName("Actions")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(_Row(parent.context, self.list))
        self.list.itemClicked.connect(lambda _item: self._do_current())
        self.nothing = label(NOTHING_FITS, "muted", wrap=True)
        LocalKeys(self.field, {"Down": lambda: self._move(1), "Up": lambda: self._move(-1),
                               "PgDown": lambda: self._move(8), "PgUp": lambda: self._move(-8)})  # fmt: skip
        self.setLayout(column(self.field, self.nothing, self.list, gap=SPACE, margin=SPACE))
        self._fill("")

    def open_in_middle(self) -> None:
        """Show it over the upper middle of its parent."""
        parent = self.parentWidget()
        width, height = min(SIZE[0], parent.width() - 2 * SPACE), min(SIZE[1], parent.height() - FROM_TOP - SPACE)
        corner = parent.mapToGlobal(QtCore.QPoint((parent.width() - width) // 2, FROM_TOP))
        self.setGeometry(QtCore.QRect(corner, QSize(width, height)))
        self.show()
        self.field.setFocus()

    def shown(self) -> list[Action]:
        """The actions in the list, from the top."""
        return [self.list.item(place).data(ACTION) for place in range(self.list.count())]

    def _fill(self, text: str) -> None:
        words = text.lower().split()
        ranked = [(action.rank(words), action) for action in self._actions]
        fitting = sorted((one for one in ranked if one[0] is not None), key=lambda one: (one[0], bool(one[1].reason)))
        self.list.clear()
        for _rank, action in fitting:
            item = QtWidgets.QListWidgetItem(action.name)
            item.setData(ACTION, action)
            item.setToolTip(action.reason or action.help)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.nothing.setHidden(bool(fitting))

    def _move(self, by: int) -> None:
        self.list.setCurrentRow(min(max(self.list.currentRow() + by, 0), self.list.count() - 1))

    def _do_current(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            action = item.data(ACTION)
            self.close()
            action.do()


class _Row(QtWidgets.QStyledItemDelegate):
    """Name and keys above, help below; or why not now."""

    def __init__(self, context: Context, parent: QWidget):
        super().__init__(parent)
        self._context = context

    def sizeHint(self, _option: Any, _index: Any) -> QSize:
        return QSize(100, round(ROW * self._context.state.appearance.scale))

    def paint(self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem, index: Any) -> None:
        action, appearance = index.data(ACTION), self._context.state.appearance
        palette = palette_of(appearance)
        painter.save()
        chosen = bool(option.state & QtWidgets.QStyle.StateFlag.State_Selected)
        over = bool(option.state & QtWidgets.QStyle.StateFlag.State_MouseOver)
        if chosen or over:
            painter.fillRect(option.rect, QtGui.QColor(palette.accent_soft if chosen else palette.hover))
        room = option.rect.adjusted(SPACE, SPACE // 2, -SPACE, -SPACE // 2)
        upper = QtCore.QRect(room.left(), room.top(), room.width(), room.height() // 2)
        lower = upper.translated(0, room.height() // 2)
        painter.setFont(font("body", appearance))
        painter.setPen(QtGui.QColor(palette.muted))
        painter.drawText(upper, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, action.keys)
        painter.setPen(QtGui.QColor(palette.faint if action.reason else palette.text))
        painter.drawText(upper, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, action.name)
        painter.setFont(font("caption", appearance))
        painter.setPen(QtGui.QColor(palette.muted))
        words = f"Not now: {action.reason}" if action.reason else action.help
        words = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, lower.width())
        painter.drawText(lower, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()
