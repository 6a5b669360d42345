"""A few numbers to take one of by a click."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from spikesift_gui.qt import QtWidgets, QWidget
from spikesift_gui.widgets.labels import label, row


class NumberChoices(QWidget):
    """Words and a button for each number; hidden while there is none. `on_choice(number)` is called for a click."""

    def __init__(self, words: str, on_choice: Callable[[int], Any]):
        super().__init__()
        self._on_choice = on_choice
        self._shown: tuple[int, ...] = ()
        self._buttons = row(gap=4)
        self.setLayout(row(label(words, "muted"), self._buttons, None))
        self.hide()

    def show_numbers(self, numbers: Iterable[int]) -> None:
        """Offer these."""
        numbers = tuple(numbers)
        if numbers == self._shown:
            return
        self._shown = numbers
        while self._buttons.count():
            self._buttons.takeAt(0).widget().deleteLater()
        for number in numbers:
            self._buttons.addWidget(self._button(number))
        self.setVisible(bool(numbers))

    def _button(self, number: int) -> QtWidgets.QPushButton:
        made = QtWidgets.QPushButton(str(number))
        made.setToolTip(f"Take {number}")
        made.clicked.connect(lambda: self._on_choice(number))
        return made
