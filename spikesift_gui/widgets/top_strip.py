"""The strip at the top: what is shown, and the state of each step."""

from __future__ import annotations

from spikesift_gui.context import Context
from spikesift_gui.drawing import Drawn
from spikesift_gui.qt import Qt
from spikesift_gui.shown import shown
from spikesift_gui.state import State
from spikesift_gui.status import probe_status, recording_status, sort_status
from spikesift_gui.widgets.labels import label, row
from spikesift_gui.widgets.pill import StatusPill
from spikesift_gui.widgets.progress_strip import ProgressStrip

# words on the pill, its status
PILLS = (("recording", recording_status), ("probe", probe_status), ("sorted", sort_status))


UNASKED = ("warm-up", "quality")  # kinds of jobs


class TopStrip(Drawn):
    """Name, channels, sampling frequency, length of what is shown; a pill for each step; the jobs that run."""

    watches = ("page", "recording", "probe", "checked", "doubts", "results", "match", "jobs")

    def __init__(self, context: Context):
        super().__init__(context)
        self.setObjectName("strip")
        self.name, self.words = label(), label("", "muted")
        self.name.setObjectName("strip-name")
        self.name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.pills = [StatusPill(words) for words, _ in PILLS]
        self.jobs = [ProgressStrip(context), ProgressStrip(context, compact=True)]
        self.setLayout(row(self.name, self.words, None, *self.jobs, 8, *self.pills, gap=8))
        self.layout().setContentsMargins(16, 0, 16, 0)
        self.setFixedHeight(48)

    def draw(self, before: State | None, after: State) -> None:
        """Show all of it."""
        name, words, files = shown(after)
        self.name.setText(name)
        self.name.setToolTip(files)
        self.words.setText(words)
        for pill, (words, status) in zip(self.pills, PILLS, strict=True):
            found = status(after)
            pill.show_status(found.kind, words, self.palette_now, found.text)
        # The latest job is what the person is waiting for; those that nobody asked for stand beside it.
        latest = sorted(after.jobs, key=lambda job: (job.kind in UNASKED, -job.id))
        for place, strip in enumerate(self.jobs):
            strip.show_job(latest[place] if place < len(latest) else None)
