"""The column of the table of pairs in which a pair is accepted, refused, or made anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spikesift_gui.icons import icon
from spikesift_gui.palette import Palette
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, Signal

SIDE = 16  # px, of an icon
STEP = 26  # px, from one icon to the next
MARKED = 5  # px, around an icon that tells what was done


@dataclass(frozen=True)
class Action:
    """One icon: what it is called, what it does in words, and the words when it was done."""

    id: str
    icon: str
    tip: str
    done: str


ACTIONS = (
    Action("accept", "check", "Accept: the two are one unit (A)", "Accepted by hand"),
    Action("refuse", "close", "Refuse: the two are not one unit (X)", "Refused by hand"),
    Action("repair", "swap", "Pair with another unit… (R)", "Paired by hand: not what was proposed"),
    Action("as_proposed", "undo", "As proposed: take back what was decided by hand (P)", ""),
)
DONE = Qt.ItemDataRole.UserRole + 1  # of the model: id of the action that was done, or ""
ALLOWED = Qt.ItemDataRole.UserRole + 2  # ids of the actions that make sense


class PairActions(QtWidgets.QStyledItemDelegate):
    """Paints the icons and tells which one was clicked."""

    clicked = Signal(QtCore.QModelIndex, str)

    def __init__(self, parent: Any):
        super().__init__(parent)
        self._palette: Palette | None = None

    def use(self, palette: Palette) -> None:
        """Colours from now on."""
        self._palette = palette

    def width(self) -> int:
        """Of the column, px."""
        return STEP * len(ACTIONS) + SIDE // 2

    def paint(self, painter: QtGui.QPainter, option: Any, index: QtCore.QModelIndex) -> None:
        super().paint(painter, option, index)
        if self._palette is None:
            return
        done, allowed = index.data(DONE), index.data(ALLOWED)
        for action, rect in zip(ACTIONS, _places(option.rect), strict=True):
            if action.id not in allowed:
                continue
            color = self._palette.muted
            if action.id == done:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QtGui.QColor(self._palette.text))
                painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
                painter.drawRoundedRect(rect.adjusted(-MARKED, -MARKED + 1, MARKED, MARKED - 1), 4, 4)
                color = self._palette.surface
            icon(action.icon, color).paint(painter, rect)

    def editorEvent(self, event: QtCore.QEvent, model: Any, option: Any, index: QtCore.QModelIndex) -> bool:
        """Qt tells of the mouse on a cell."""
        if event.type() == QtCore.QEvent.Type.MouseButtonRelease and event.button() == Qt.MouseButton.LeftButton:
            action = _action_at(option.rect, event.position().toPoint())
            if action is not None and action.id in index.data(ALLOWED):
                self.clicked.emit(index, action.id)
        return False

    def helpEvent(self, event: Any, view: Any, option: Any, index: QtCore.QModelIndex) -> bool:
        """Qt asks for the words under the mouse."""
        action = _action_at(option.rect, event.pos())
        words = "" if action is None or action.id not in index.data(ALLOWED) else action.tip
        if action is not None and action.id == index.data(DONE):
            words = action.done
        QtWidgets.QToolTip.showText(event.globalPos(), words, view)
        return True


def _places(cell: QtCore.QRect) -> list[QtCore.QRect]:
    top = cell.center().y() - SIDE // 2 + 1
    return [QtCore.QRect(cell.left() + SIDE // 2 + STEP * k, top, SIDE, SIDE) for k in range(len(ACTIONS))]


def _action_at(cell: QtCore.QRect, point: QtCore.QPoint) -> Action | None:
    grown = [rect.adjusted(-MARKED, -MARKED, MARKED, MARKED) for rect in _places(cell)]
    return next((action for action, rect in zip(ACTIONS, grown, strict=True) if rect.contains(point)), None)
