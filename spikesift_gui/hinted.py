"""What pages and views have in common: a body, or a hint in its place while there is nothing to draw."""

from __future__ import annotations

from spikesift_gui.context import Context
from spikesift_gui.drawing import Drawn
from spikesift_gui.qt import QtWidgets, QWidget
from spikesift_gui.state import State
from spikesift_gui.widgets import Hint, HintLabel


class Hinted(Drawn):
    """A widget whose body draws the state. Subclasses write `build`, `draw` and, if they need it, `hint`."""

    def __init__(self, context: Context, parent: QWidget | None = None):
        super().__init__(context, parent)
        self._hint = HintLabel(context)
        self._stack = QtWidgets.QStackedWidget()
        self._stack.setObjectName("body")
        self._stack.addWidget(self._hint)

    def build(self) -> QWidget:
        """Make the body, once. May add small widgets to the layout `self.tools`, at the right of the title."""
        raise NotImplementedError

    def hint(self, state: State) -> Hint | None:
        """Why there is nothing to draw, and the step that brings it; None when there is: then `draw` is called."""
        return None

    @property
    def body(self) -> QWidget:
        """What `build` made."""
        return self._stack.widget(1)

    @property
    def shown_hint(self) -> bool:
        """Whether the hint is shown in place of the body."""
        return self._stack.currentIndex() == 0

    def _draw(self, before: State | None, after: State) -> None:
        hint = self.hint(after)
        if hint is not None:
            self._hint.show_hint(hint)
            self._stack.setCurrentIndex(0)
            return
        if self.shown_hint:
            before = None
            self._stack.setCurrentIndex(1)
        self.draw(before, after)
