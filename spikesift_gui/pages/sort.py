"""Choose the settings, sort in the background, watch units appear segment by segment."""

from __future__ import annotations

from collections.abc import Iterator

from spikesift_core.messages import plural
from spikesift_core.parameters import PRESET_HELP, PRESETS, TABLE, resolve
from spikesift_core.preparing import why_not
from spikesift_core.signal_options import OPTION_TABLE
from spikesift_core.sort_to_session import can_write, free_folder
from spikesift_core.tracks import throughout
from spikesift_gui.context import Context
from spikesift_gui.forms import ParameterForm
from spikesift_gui.pages.base import Page
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import QtWidgets, QWidget
from spikesift_gui.queue_state import SORTING, WAITING
from spikesift_gui.state import Result, State
from spikesift_gui.status import Status, duration_words, probe_status, recording_status, sort_status
from spikesift_gui.views.sort_preview import SortPreview
from spikesift_gui.widgets import (
    Check,
    CheckList,
    Hint,
    HintLabel,
    WholeNumberField,
    button,
    card,
    choice_field,
    column,
    form_grid,
    label,
    row,
    scrolled,
    section_header,
)
from spikesift_gui.widgets.beside import BesideWhenWide
from spikesift_gui.widgets.queue_panel import QueuePanel
from spikesift_gui.widgets.run_panel import RunPanel
from spikesift_gui.widgets.segment_table import SegmentTable, segment_rows
from spikesift_gui.widgets.unit_paths import UnitPathsPlot, unit_paths

MOST_THREADS = 64
PREVIEW_TAB, UNITS_TAB, QUEUE_TAB = range(3)
SETTINGS_WIDTH = 400  # px
TABLE_WIDTH = 350  # px
LEAST_LIVE = 180  # px
LEAST_PICTURE = 260  # px, of the width that is left beside the table; with less there is no table
MOST_LEFT_OUT = 3  # channels named
NOTHING_FOUND = Hint(
    "Units will appear here", "Segment by segment, while the recording is sorted: each a line over depth and time."
)
POLARITIES = ((-1.0, "down (usual)"), (1.0, "up"))


def settings_form(context: Context) -> ParameterForm:
    """All parameters and options of a sort; what a person changes goes to the command "settings.set"."""
    form = ParameterForm((*TABLE, *OPTION_TABLE), {"detection_polarity": POLARITIES})
    form.changed.connect(lambda name, value: context.run("settings.set", name=name, value=value))
    return form


class SortPage(Page):
    """The page Sort."""

    id = "sort"
    title = "Sort"
    icon = "sort"
    help = "Choose the settings, sort in the background, watch units appear segment by segment."
    wide = True
    watches = ("recording", "probe", "checked", "doubts", "settings", "sort_plan", "jobs", "results", "queue")
    parts = (SortPreview, settings_form, RunPanel, QueuePanel)

    def build(self) -> QWidget:
        """Settings on the left; on the right the run, and what it finds."""
        body = QWidget(self._stack)
        self._left = left = scrolled(self._settings())
        self._nothing = HintLabel(self.context)
        units = QWidget()
        units.setLayout(column(self._live(), self._nothing, gap=0))
        self.preview = self.context.made(SortPreview)
        self.tabs = QtWidgets.QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.preview, "Preview")
        self.tabs.addTab(units, "Units")
        self.queue = self.context.made(QueuePanel)
        self.tabs.addTab(self.queue, "Queue")
        right = column(card(self._run()), self.tabs)
        right.setStretch(1, 1)
        body.setLayout(row(left, right, gap=2 * SPACE))
        body.layout().setStretch(1, 1)
        return body

    def hint(self, state: State) -> Hint | None:
        """What is missing first."""
        if state.recording.path is None and state.sort_plan.result_id is None and not state.queue.items:
            words = "Sorting needs a recording and a probe with one contact for each of its channels."
            return Hint("No recording yet", words, "file.open", icon_name="sort")
        return None

    @classmethod
    def status(cls, state: State) -> Status:
        """Mark in the navigation."""
        return sort_status(state)

    def draw(self, before: State | None, after: State) -> None:
        """Settings, what is missing, the run, what was found."""
        if before is None:  # also after a change of the size of text
            scale = after.appearance.scale
            self._left.setFixedWidth(round(SETTINGS_WIDTH * (1 + max(1.0, scale)) / 2))
            self._table.setFixedWidth(round(TABLE_WIDTH * max(1.0, scale)))
            self._table.fit(scale)
        if before is None or before.settings != after.settings:
            self._draw_settings(after)
        self._checks.show_checks(checks(after))
        if after.job("sort") and (before is None or not before.job("sort")) and self.tabs.currentIndex() != QUEUE_TAB:
            self.tabs.setCurrentIndex(UNITS_TAB)  # what is found appears there
        self.threads.show_value(after.sort_plan.threads)
        self._run_panel.show_state(after, self.palette_now)
        self._draw_folder(after)
        self.queue.show_state(after)
        waiting = len(after.queue.of(WAITING, SORTING))
        self.tabs.setTabText(QUEUE_TAB, f"Queue ({waiting})" if waiting else "Queue")
        result = after.results.get(after.sort_plan.result_id)
        known = before.results.get(before.sort_plan.result_id) if before else None
        if before is None or result is not known:
            self._draw_result(result)
        if known is not None and result is None and not after.job("sort") and self.tabs.currentIndex() == UNITS_TAB:
            self.tabs.setCurrentIndex(PREVIEW_TAB)  # another recording: nothing is found in it yet

    # Parts

    def _settings(self) -> QtWidgets.QLayout:
        self.preset = choice_field(
            [(name, name.capitalize()) for name in PRESETS],
            lambda preset: self.context.run("settings.preset", preset=preset),
        )
        self.preset.setAccessibleName("Preset")
        self._preset_help = label("", "caption", wrap=True)
        self.form = self.context.made(settings_form)
        self._changed = label("", "caption")
        self.reset = button(self.context, "settings.reset", text="Reset", role="quiet")
        inside = column(
            section_header("Settings", self._changed, self.reset),
            form_grid(("Preset", self.preset)),
            self._preset_help,
            SPACE,
            self.form,
            None,
        )
        return column(card(inside))

    def _run(self) -> QtWidgets.QLayout:
        self._checks = CheckList(self.context)
        self._run_panel = self.context.made(RunPanel)
        self._folder = label("", selectable=True, wrap=True)
        self._folder_of: tuple | None = None
        self.threads = WholeNumberField(1, MOST_THREADS)
        self.threads.setToolTip(
            "Segments sorted at the same time. Each needs memory of its own; the units found are the same."
        )
        self.threads.setMaximumWidth(120)
        self.threads.changed.connect(lambda threads: self.context.run("sort.threads", threads=threads))
        choose = button(self.context, "sort.choose_folder", text="Change…", role="quiet")
        where = row(self._folder, choose)
        where.setStretch(0, 1)
        holder = QWidget()
        holder.setLayout(where)
        holder.layout().setContentsMargins(0, 0, 0, 0)
        return column(
            self._checks, form_grid(("Save in", holder), ("Threads", self.threads)), SPACE // 2, self._run_panel
        )

    def _live(self) -> QWidget:
        self._found = label("", "muted", wrap=True)
        self._picture, self._table = UnitPathsPlot(), SegmentTable()
        both = BesideWhenWide(self._picture, self._table, LEAST_PICTURE)
        inside = column(section_header("Units, segment by segment"), self._found, both, gap=SPACE // 2)
        inside.setStretch(2, 1)
        self._live_card = card(inside, margin=SPACE + SPACE // 2)
        policy = QtWidgets.QSizePolicy.Policy
        self._picture.setSizePolicy(policy.Expanding, policy.Ignored)  # they take the height that the run leaves
        self._table.setSizePolicy(policy.Fixed, policy.Ignored)
        self._live_card.setMinimumHeight(LEAST_LIVE)
        return self._live_card

    # Drawing

    def _draw_settings(self, state: State) -> None:
        settings = state.settings
        self.preset.setCurrentIndex(self.preset.findData(settings.preset))
        self._preset_help.setText(PRESET_HELP[settings.preset])
        self.form.show_values(resolve(settings.preset, settings.given), PRESETS[settings.preset])
        count = len(settings.given)
        self._changed.setText(f"{count} changed" if count else "")
        self.reset.setVisible(count > 0)

    def _draw_folder(self, state: State) -> None:
        """The usual folder at once, then what the disk says; while it is written to, it stays there to be read."""
        asked = None if state.job("sort") else (state.recording.place, state.sort_plan.folder, state.sort_plan.ended)
        if asked is not None and asked != self._folder_of:
            self._show_folder(usual_folder_words(state))
            self.compute("folder", lambda: folder_words(state), self._show_folder)
        self._folder_of = asked

    def _show_folder(self, words: str) -> None:
        self._folder.setText(words)
        self._folder.setToolTip(words)

    def _draw_result(self, result: Result | None) -> None:
        self._live_card.setVisible(result is not None)
        self._nothing.setVisible(result is None)
        if result is None:
            self._nothing.show_hint(NOTHING_FOUND)
            return
        found, rate = result.sorted_recording, result.sampling_frequency
        tracks, palette = result.tracks, self.palette_now
        duration = result.recording.duration if result.recording else 0.0
        origin = found.start_time()
        bounds = [((a - origin) / rate, (b - origin) / rate) for a, b in found.segment_boundaries()]

        def show(paths: list) -> None:
            self._picture.show_paths(paths, bounds, max(duration, bounds[-1][1]), palette)

        self.compute("paths", lambda: unit_paths(found, tracks, rate), show)
        self._table.show_rows(segment_rows(result, rate))
        self._found.setText(found_words(result))


def checks(state: State) -> Iterator[Check]:
    """What is there and what is missing before sorting can start."""
    for status, page, name in (
        (recording_status(state), "page.recording", "Recording"),
        (probe_status(state), "page.probe", "Probe"),
    ):
        if status.kind != "ok":
            yield Check("error" if status.kind == "error" else "warning", status.text, f"Go to {name}", page)
    recording = state.checked.recording
    if recording:
        khz = f"{recording.sampling_frequency / 1000:.6g} kHz"
        length = duration_words(recording.duration)
        words = f"{state.recording.name}: {recording.recording_channels} channels, {khz}, {length}"
        yield Check("ok", words)
        if problem := why_not(recording.recording_channels, resolve(state.settings.preset, state.settings.given)):
            yield Check("error", problem)


def usual_folder_words(state: State) -> str:
    """Where the next session will be if that is free."""
    if state.recording.path is None:
        return "–"
    return str(state.recording.session_folder(state.sort_plan.folder))


def folder_words(state: State) -> str:
    """Where the next session will be, looked up on the disk."""
    if state.recording.path is None:
        return "–"
    usual = state.recording.session_folder(state.sort_plan.folder)
    if not can_write(usual.parent):
        return f"Nothing can be written in {usual.parent}: choose a folder."
    folder = free_folder(usual)
    return str(folder) if folder == usual else f"{folder} ({usual.name} is kept)"


def found_words(result: Result) -> str:
    """How many units there are until now, and how many were followed; what the marks mean; channels left out."""
    excluded = result.sorted_recording.excluded
    if not excluded:
        return _units_words(result)
    which = "; ".join(f"channel {channel} ({words})" for channel, words in list(excluded.items())[:MOST_LEFT_OUT])
    more = f" and {len(excluded) - MOST_LEFT_OUT} more" if len(excluded) > MOST_LEFT_OUT else ""
    return f"{_units_words(result)}\nLeft out: {which}{more}."


def _units_words(result: Result) -> str:
    total, followed = len(result.tracks), len(throughout(result.sorted_recording))
    segments = len(result.sorted_recording.sorted_segments)
    if segments == 1:
        return f"{plural(total, 'unit')} in {'one' if result.complete else 'the first'} segment. Each line is a unit."
    return (
        f"{plural(total, 'unit')} in {segments} segments: {followed} in all of them, {total - followed} partly. "
        "Each line is a unit; × is where one was lost."
    )
