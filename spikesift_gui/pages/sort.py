"""Choose the settings, sort in the background, watch units appear segment by segment."""

from __future__ import annotations

from spikesift_gui.pages.base import Page
from spikesift_gui.qt import QWidget
from spikesift_gui.state import State
from spikesift_gui.status import Status, recording_status, sort_status
from spikesift_gui.widgets import Hint, label


class SortPage(Page):
    """The page Sort."""

    id = "sort"
    title = "Sort"
    icon = "sort"
    help = "Choose the settings, sort in the background, watch units appear segment by segment."
    watches = ("checked", "settings", "jobs", "results")

    def build(self) -> QWidget:
        """Words only, so far."""
        self._words = label("", "muted", wrap=True)
        return self._words

    def hint(self, state: State) -> Hint | None:
        """What is missing first."""
        if state.checked.recording is None:
            words = "Sorting needs a recording and a probe with one contact for each of its channels."
            missing = "Recording" if recording_status(state).kind != "ok" else "Probe"
            command = f"page.{missing.lower()}"
            return Hint("Not ready to sort", words, command, f"Go to {missing}", "sort")
        return None

    @classmethod
    def status(cls, state: State) -> Status:
        """Mark in the navigation."""
        return sort_status(state)

    def draw(self, before: State | None, after: State) -> None:
        """Say how far it is."""
        self._words.setText(sort_status(after).text)
