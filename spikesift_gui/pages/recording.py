"""Say how the file was written, and see at once whether it makes sense."""

from __future__ import annotations

from functools import partial

import numpy as np

from spikesift_core.findings import Finding
from spikesift_core.overview import Overview
from spikesift_core.overview_checks import course_findings
from spikesift_core.parameters import resolve
from spikesift_core.recording import Recording
from spikesift_core.recording_guesses import Guess
from spikesift_core.wiring import wiring_findings
from spikesift_gui import transitions
from spikesift_gui.drafts import looked_at
from spikesift_gui.pages.base import Page
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtWidgets, QWidget
from spikesift_gui.recording_words import (
    Look,
    doubts,
    facts,
    guesses_of,
    look,
    offered_counts,
    offered_guesses,
    recording_checks,
)
from spikesift_gui.state import RecordingDraft, State
from spikesift_gui.status import Status, recording_status
from spikesift_gui.views.recording_channels import RecordingChannels
from spikesift_gui.views.recording_traces import RecordingTraces
from spikesift_gui.widgets import CheckList, Hint, button, card, column, label, row, scrolled
from spikesift_gui.widgets.choices import NumberChoices
from spikesift_gui.widgets.guess_pictures import GuessPictures
from spikesift_gui.widgets.recording_form import RecordingForm
from spikesift_gui.widgets.recording_source import RecordingSource
from spikesift_gui.widgets.shortened import ShortenedLabel

LEFT = 376  # px
CHECKS_SHARE = 2, 5  # of the height: checks, traces


class RecordingPage(Page):
    """The form and the facts on the left, the traces and the checks on the right."""

    id = "recording"
    title = "Recording"
    icon = "recording"
    help = "Say how the file was written, and see at once whether it makes sense."
    wide = True
    watches = ("recording", "checked", "probe", "appearance", "seen", "settings")
    parts = (RecordingTraces, RecordingChannels, RecordingForm, RecordingSource)

    def build(self) -> QWidget:
        """Make all of it."""
        self._found: Look | None = None
        self._found_for: RecordingDraft | None = None
        self._wiring: list[Finding] = []
        self._wiring_of: Recording | None = None
        self._along: list[Finding] = []
        self._along_of: tuple[Recording, Overview, float] | None = None
        self.form = self.context.made(RecordingForm)
        self.source = self.context.made(RecordingSource)
        self.guesses = GuessPictures(self._take_guess)
        self._guessed: list[Guess] = []
        self._guessed_for: tuple | None = None
        self.facts = label("", "muted", selectable=True, wrap=True)
        self.facts.setToolTip("What the description gives; noise and baseline: median over channels (and range)")
        self.checks = CheckList(self.context)
        self.counts = NumberChoices(
            "Channels that fit:", lambda count: self.context.run("recording.set", channels=count)
        )
        self.traces, self.channels = map(self.context.made, (RecordingTraces, RecordingChannels))
        body = QWidget(self._stack)
        body.setLayout(row(self._left(), self._right(), gap=2 * SPACE))
        body.layout().setStretch(1, 1)
        return body

    def _left(self) -> QWidget:
        self.file, self.folder = ShortenedLabel("", "section"), ShortenedLabel("", "caption")
        another = button(self.context, "file.open", text="Open…", role="quiet")
        head = row(column(self.file, self.folder, gap=2), another)
        head.setStretch(0, 1)
        form = card(column(head, self.source, self.guesses, SPACE // 2, self.form))
        self.to_probe = button(self.context, "page.probe", text="Continue to Probe", role="primary", icon_name="next")
        self.to_sort = button(self.context, "page.sort", text="Continue to Sort", role="primary", icon_name="next")
        left = QWidget()
        inside = column(form, None)
        left.setLayout(column(scrolled(inside), self.to_probe, self.to_sort))
        self._column = left
        return left

    def _right(self) -> QWidget:
        checks = card(column(self.counts, scrolled(column(self.facts, self.checks, None))), margin=SPACE)
        self.tabs = QtWidgets.QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(checks, "Checks")
        self.tabs.addTab(self.channels, "Channels")
        right = QtWidgets.QSplitter(Qt.Orientation.Vertical)
        right.setChildrenCollapsible(False)
        right.setHandleWidth(2 * SPACE)
        right.addWidget(self.traces)
        right.addWidget(self.tabs)
        right.setStretchFactor(0, CHECKS_SHARE[1])
        right.setStretchFactor(1, CHECKS_SHARE[0])
        right.setSizes([390, 250])
        return right

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
        """Show the draft, and look at the file anew when its description changed."""
        draft = after.recording
        self._column.setFixedWidth(round(LEFT * (1 + after.appearance.scale) / 2))
        self.form.show_draft(draft)
        self.source.show_draft(draft)
        self.file.setText(draft.name)
        self.folder.setText(str((draft.opened or draft.binary_files)[0].parent))
        for words in (self.file, self.folder):
            words.setToolTip(str(draft.path))
        ready = after.checked.recording is not None
        self.to_sort.setVisible(ready)
        self.to_probe.setVisible(not ready)
        wanted = looked_at(draft)
        if wanted != self._found_for:
            self._found, self._found_for = None, wanted
            self.compute("look", lambda: look(wanted), self._show_look, slow=True)
        self._look_at_wiring(after.checked.recording)
        self._look_along(course(after))
        self._guess(after)
        self._show_words(after)

    def _look_at_wiring(self, recording: Recording | None) -> None:
        if recording is self._wiring_of:
            return
        self._wiring, self._wiring_of = [], recording
        if recording is not None:
            self.compute("wiring", lambda: wiring(recording), self._show_wiring, slow=True)

    def _show_wiring(self, found: list[Finding]) -> None:
        self._wiring = found
        self._show_words(self.context.state)

    def _look_along(self, asked: tuple[Recording, Overview, float] | None) -> None:
        if asked == self._along_of:
            return
        self._along, self._along_of = [], asked
        if asked is not None:
            self.compute("along", lambda: along(*asked), self._show_along, slow=True)

    def _show_along(self, found: list[Finding]) -> None:
        self._along = found
        self._show_words(self.context.state)

    def _guess(self, state: State) -> None:
        draft = state.recording
        wanted = None if draft.told else (draft.binary_files, draft.header)
        if wanted == self._guessed_for:
            return
        self._guessed, self._guessed_for = [], None
        if wanted is not None and state.checked.file_problem:  # else the checks say what is odd about the description
            self._guessed_for = wanted
            answered = partial(self._show_guesses, wanted)
            self.compute("guess", lambda: guesses_of(*wanted), answered, slow=True)

    def _show_guesses(self, asked: tuple, found: list[Guess]) -> None:
        if asked == self._guessed_for:
            self._guessed = found
            self._show_words(self.context.state)

    def _take_guess(self, guess: Guess) -> None:
        self.context.run("recording.set", data_type=guess.data_type, channels=guess.channels, layout=guess.layout)

    def _show_look(self, found: Look) -> None:
        self._found = found
        self._show_words(self.context.state)

    def _show_words(self, state: State) -> None:
        if looked_at(state.recording) != self._found_for:
            return  # changed from another page: it is looked at when this one is shown
        self.facts.setText(facts(state.recording, state.checked.preview, self._found))
        more = [*self._wiring, *self._along]
        self.checks.show_checks(recording_checks(state, self._found, more))
        odd, of = doubts(state, self._found, more), state.checked.preview
        if (odd, of) != (state.doubts.words, state.doubts.recording):
            self.context.model.apply(transitions.set_doubts, of, odd, doubts(state, self._found))
        self.guesses.show_guesses(offered_guesses(state.recording, self._guessed), self.palette_now)
        self.counts.show_numbers(offered_counts(state.recording, self._found))


def wiring(recording: Recording) -> list[Finding]:
    """What is to be said about the wiring; nothing of a file that cannot be read, which is said elsewhere."""
    try:
        with np.errstate(all="ignore"):  # bytes read as the wrong type hold any number
            return wiring_findings(recording)
    except ValueError:
        return []


def along(recording: Recording, overview: Overview, max_drift: float) -> list[Finding]:
    """What is to be said about the course of the recording; nothing of a file that cannot be read."""
    try:
        return course_findings(recording, overview, max_drift)
    except ValueError:
        return []


def course(state: State) -> tuple[Recording, Overview, float] | None:
    """The recording and its overview, once it is looked over to its end, and the largest drift that is followed."""
    seen = state.seen
    if seen.recording is not state.checked.preview or seen.overview is None or not seen.overview.done:
        return None
    return seen.recording, seen.overview, resolve(state.settings.preset, state.settings.given)["max_drift"]
