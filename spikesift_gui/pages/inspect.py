"""Look at the units: which are real, which are one, which are two."""

from __future__ import annotations

from spikesift_gui.pages.base import Page
from spikesift_gui.qt import QWidget
from spikesift_gui.state import State
from spikesift_gui.status import sort_status
from spikesift_gui.widgets import Hint, label


class InspectPage(Page):
    """The page Inspect."""

    id = "inspect"
    title = "Inspect"
    icon = "inspect"
    help = "Look at the units: which are real, which are one, which are two."
    watches = ("results", "selection")

    def build(self) -> QWidget:
        """Words only, so far."""
        self._words = label("", "muted", wrap=True)
        return self._words

    def hint(self, state: State) -> Hint | None:
        """What is missing first."""
        if state.results.current is None:
            words = "The units of a sorted recording will appear here, in linked views."
            return Hint("Nothing sorted yet", words, "page.sort", "Go to Sort", "inspect")
        return None

    def draw(self, before: State | None, after: State) -> None:
        """Say how far it is."""
        self._words.setText(sort_status(after).text)
