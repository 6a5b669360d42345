"""The same unit an hour later, and tomorrow: what was matched, how sure, what was lost."""

from __future__ import annotations

from spikesift_gui.pages.base import Page
from spikesift_gui.qt import QWidget
from spikesift_gui.state import State
from spikesift_gui.status import sort_status
from spikesift_gui.widgets import Hint, label


class MatchPage(Page):
    """The page Match."""

    id = "match"
    title = "Match"
    icon = "match"
    help = "The same unit an hour later, and tomorrow: what was matched, how sure, what was lost."
    watches = ("results", "match")

    def build(self) -> QWidget:
        """Words only, so far."""
        self._words = label("", "muted", wrap=True)
        return self._words

    def hint(self, state: State) -> Hint | None:
        """What is missing first."""
        if not state.results.items:
            words = "Two sorted segments or recordings will be compared here, unit by unit."
            return Hint("Nothing to compare yet", words, "session.open", icon_name="match")
        return None

    def draw(self, before: State | None, after: State) -> None:
        """Say how far it is."""
        self._words.setText(sort_status(after).text)
