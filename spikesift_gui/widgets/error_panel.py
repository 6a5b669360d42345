"""The latest error: what happened, in words; details; copy; the log."""

from __future__ import annotations

from spikesift_gui.context import Context
from spikesift_gui.drawing import Drawn
from spikesift_gui.qt import QtWidgets
from spikesift_gui.state import State
from spikesift_gui.widgets.buttons import button, tool_button
from spikesift_gui.widgets.labels import column, label, row
from spikesift_gui.widgets.marks import mark

DETAILS_HEIGHT = 160


class ErrorPanel(Drawn):
    """Shown between the strip and the page while there is an error that was not dismissed."""

    watches = ("problems",)

    def __init__(self, context: Context):
        super().__init__(context)
        self.setObjectName("problem")
        self._mark, self._title, self._more = label(), label(), label("", "caption")
        self._title.setObjectName("problem-title")
        self._words = label("", wrap=True, selectable=True)
        self._details = QtWidgets.QPlainTextEdit()
        self._details.setProperty("role", "fixed")
        self._details.setReadOnly(True)
        self._details.setFixedHeight(DETAILS_HEIGHT)
        self._details.hide()
        self._toggle = QtWidgets.QPushButton("Details")
        self._toggle.setCheckable(True)
        self._toggle.toggled.connect(self._details.setVisible)
        copy = button(context, "problem.copy", text="Copy")
        log = button(context, "log.open", text="Open log")
        dismiss = tool_button(context, "close", "Dismiss this error", "problem.dismiss")
        buttons = row(self._toggle, copy, log, dismiss)
        head = row(self._mark, self._title, self._more, None, buttons)
        self.setLayout(column(head, self._words, self._details, gap=4))
        self.layout().setContentsMargins(16, 8, 8, 8)
        context.model.changed.connect(self._on_problem)
        self.hide()

    def draw(self, before: State | None, after: State) -> None:
        """Show the latest error, or hide."""
        self.setVisible(bool(after.problems))
        if not after.problems:
            return
        problem = after.problems[-1]
        self._mark.setPixmap(mark("error", self.palette_now, 16, self.devicePixelRatioF()))
        self._title.setText(problem.title)
        self._words.setText(problem.words)
        self._details.setPlainText(problem.details)
        older = len(after.problems) - 1
        self._more.setText(f"and {older} before it" if older else "")

    def _on_problem(self, before: State, after: State) -> None:
        # A hidden widget does not draw by itself: the first error has to bring it out.
        if before.problems != after.problems:
            self.draw_now()
