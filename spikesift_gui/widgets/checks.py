"""Checks in words: a list of rows, each fine, a warning or an error, each with what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from spikesift_gui.context import Context
from spikesift_gui.palette import palette_of
from spikesift_gui.qt import Qt, QtWidgets, QWidget
from spikesift_gui.widgets.labels import column, label, row, set_kind
from spikesift_gui.widgets.marks import mark


@dataclass(frozen=True)
class Check:
    """One row. `kind`: "ok", "warning", "error" or "info". With `command`, a button `action` that runs it."""

    kind: str
    text: str
    action: str = ""
    command: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)


class CheckList(QWidget):
    """Shows checks, in the order given; nothing is rebuilt when they are the same as before."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._shown: tuple[Any, ...] = ()
        self._rows = column(gap=4)
        self.setLayout(self._rows)

    def show_checks(self, checks: Iterable[Check]) -> None:
        """Show these; called from the draw of the page or view around it."""
        checks = tuple(checks)
        wanted = (checks, self._context.state.appearance)
        if wanted == self._shown:
            return
        self._shown = wanted
        while self._rows.count():
            self._rows.takeAt(0).widget().deleteLater()
        for check in checks:
            self._rows.addWidget(self._row(check))

    def _row(self, check: Check) -> QtWidgets.QFrame:
        made = QtWidgets.QFrame()
        made.setProperty("role", "check")
        picture = label()
        picture.setPixmap(mark(check.kind, palette_of(self._context.state.appearance), 16, self.devicePixelRatioF()))
        picture.setFixedWidth(16)
        picture.setAccessibleName(check.kind)
        words = label(check.text, wrap=True, selectable=True)
        words.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Minimum)
        layout = row(picture, words)
        if check.command:
            layout.addWidget(self._button(check), 0, Qt.AlignmentFlag.AlignVCenter)
        layout.setContentsMargins(8, 6, 8, 6)
        made.setLayout(layout)
        set_kind(made, check.kind)
        return made

    def _button(self, check: Check) -> QtWidgets.QPushButton:
        made = QtWidgets.QPushButton(check.action)
        made.clicked.connect(lambda: self._context.run(check.command, **check.arguments))
        return made
