"""Words of changing length below something that must not move with each of them."""

from __future__ import annotations

from typing import Any

from spikesift_gui.qt import Qt, QtWidgets


class SteadyLabel(QtWidgets.QLabel):
    """A caption that keeps the room it once needed; without a word until now it takes none. A table above it would be
    painted again as a whole whenever it changed its height."""

    def __init__(self):
        super().__init__()
        self.setProperty("role", "caption")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hide()

    def setText(self, words: str) -> None:
        """Show these words."""
        super().setText(words)
        self.show()
        self.setMinimumHeight(max(self.heightForWidth(self.width()), self.minimumHeight()))

    def free_room(self) -> None:
        """Take no more room than the words now need."""
        self.setMinimumHeight(0)
        self.setVisible(bool(self.text()))

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.free_room()
