"""Say how the file was written, and see at once whether it makes sense."""

from __future__ import annotations

from spikesift_gui.pages.base import Page
from spikesift_gui.qt import QWidget
from spikesift_gui.state import State
from spikesift_gui.status import Status, recording_status
from spikesift_gui.widgets import Hint, label


class RecordingPage(Page):
    """The page Recording."""

    id = "recording"
    title = "Recording"
    icon = "recording"
    help = "Say how the file was written, and see at once whether it makes sense."
    watches = ("recording", "checked")

    def build(self) -> QWidget:
        """Words only, so far."""
        self._words = label("", "muted", wrap=True)
        return self._words

    def hint(self, state: State) -> Hint | None:
        """What is missing first."""
        if state.recording.path is None:
            words = "Its traces will appear here, with checks in words. Nothing in the file is ever changed."
            return Hint("No recording yet", words, "file.open", icon_name="recording")
        return None

    @classmethod
    def status(cls, state: State) -> Status:
        """Mark in the navigation."""
        return recording_status(state)

    def draw(self, before: State | None, after: State) -> None:
        """Say how far it is."""
        self._words.setText(recording_status(after).text)
