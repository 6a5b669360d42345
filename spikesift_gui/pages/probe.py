"""Where each channel was in the tissue: import it, build it from rows and columns, or draw it."""

from __future__ import annotations

from spikesift_gui.pages.base import Page
from spikesift_gui.qt import QWidget
from spikesift_gui.state import State
from spikesift_gui.status import Status, probe_status
from spikesift_gui.widgets import Hint, label


class ProbePage(Page):
    """The page Probe."""

    id = "probe"
    title = "Probe"
    icon = "probe"
    help = "Where each channel was in the tissue: import it, build it from rows and columns, or draw it."
    watches = ("probe", "checked")

    def build(self) -> QWidget:
        """Words only, so far."""
        self._words = label("", "muted", wrap=True)
        return self._words

    def hint(self, state: State) -> Hint | None:
        """What is missing first."""
        if len(state.probe) == 0:
            words = "Its contacts will appear here, numbered in the order of the channels in the file."
            return Hint("No probe yet", words, "probe.import", icon_name="probe")
        return None

    @classmethod
    def status(cls, state: State) -> Status:
        """Mark in the navigation."""
        return probe_status(state)

    def draw(self, before: State | None, after: State) -> None:
        """Say how far it is."""
        self._words.setText(probe_status(after).text)
