"""The recording as its description reads it, live: a wrong type or channel count is seen at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from spikesift_core.findings import listed
from spikesift_core.parameters import resolve
from spikesift_core.preparing import NAMED, as_sorted, reference_problem, why_not
from spikesift_core.recording import Recording
from spikesift_core.traces import TraceWindow, read_window
from spikesift_gui import transitions
from spikesift_gui.asked import excluded
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtWidgets, QWidget
from spikesift_gui.recording_words import value_words
from spikesift_gui.state import State
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, NumberField, choice_buttons, choice_field, column, label, row, tool_button
from spikesift_gui.widgets.local_keys import LocalKeys
from spikesift_gui.widgets.overview_strip import OverviewStrip
from spikesift_gui.widgets.shortened import ShortenedLabel
from spikesift_gui.widgets.trace_lanes import Lanes
from spikesift_gui.widgets.trace_plot import TracePlot

SHORTEST = 0.002  # s of time shown
ROW_HEIGHT = 1  # px; where there is less room for a row, every second, third, ... channel is shown
NOISES_APART = 8.0  # two traces, at scale 1
ROWS_APART = 40  # with more rows than this they are drawn lower, so that spikes and not noise fill the picture
READ_FOR = ("checked", "view", "settings", "recording", "appearance")
ROWS = ((4, "4 ch"), (8, "8 ch"), (16, "16 ch"), (32, "32 ch"), (64, "64 ch"), (None, "All ch"))


class RecordingTraces(View):
    """Raw or filtered traces of the file as it is described."""

    id = "recording-traces"
    title = "Traces"
    says = ("file", "time", "filtered")
    help = (
        "The signal as the description of the file reads it, one row for each channel, by depth when there is a probe; "
        "changes with every field. A wrong data type or byte order looks like random noise that fills the rows; a "
        "wrong number of channels mixes the channels, so that the heat map shows diagonal stripes. Filtered shows what "
        "the sorter sees. Reference takes off what all channels have in common, here and for sorting. Where more "
        "samples than pixels are shown, each pixel spans the lowest to the highest value; of very long stretches only "
        "the start of each pixel is read, and the line below says so. A red dashed line is a gap: nothing was recorded "
        "for the time beside it. A channel that swings far over its neighbours most of the time is kept in its row, "
        "and every trace within a few rows: a marked edge says where a trace is cut.\n\n"
        "The strip below is the whole recording: colours are spikes per second along the probe, the line is the noise; "
        "click or drag to go there.\n\n"
        "Wheel: zoom in time. Shift + wheel or drag: move in time. Ctrl + wheel: height of the traces. "
        "Keys: Left, Right (Shift: a whole picture), Home, End, +, -, Up, Down, PgUp, PgDown (channels)."
    )
    watches = ("checked", "view", "recording", "settings", "seen")
    options = {"filtered": False, "heat": False, "by_depth": True, "scale": 1.0, "rows": 32, "first": 0}

    def build(self) -> QWidget:
        """Traces, the whole recording as a strip, and the numbers of what is shown."""
        self.traces = TracePlot()
        self.traces.zoomed.connect(self._zoom)
        self.traces.moved.connect(self._move)
        self.traces.scaled.connect(self._scale)
        self.traces.clicked.connect(self._choose)
        self._shown: tuple[Recording, bool, bool] | None = None
        self._apart = 1.0
        self._reading = self._outdated = False
        self._build_tools()
        self.strip = OverviewStrip()
        self.strip.sought.connect(lambda at: self._go(at - self._window(self.context.state)[1] / 2))
        self.start = NumberField(0, 1e9, step=0.1, unit="s", decimals=3, tip="Start of what is shown, in s.")
        self.span = NumberField(1000 * SHORTEST, 1e10, step=50, unit="ms", tip="Length of what is shown, in ms.")
        self.start.changed.connect(self._go)
        self.span.changed.connect(lambda value: self._span(value / 1000))
        self.row_words = ShortenedLabel("", "caption", at_end=True)
        self.row_words.setContentsMargins(SPACE, 0, SPACE, 0)
        self.traces.plot.getAxis("bottom").showLabel(False)  # the words below say what it is
        where = row(label("From", "caption"), self.start, label("shown", "caption"), self.span, None, self._row_tools())
        where.setContentsMargins(SPACE, 4, SPACE, SPACE)
        body = QWidget()
        body.setLayout(column(self.traces, self.row_words, self.strip, where, gap=0))
        body.layout().setStretch(0, 1)
        self._bind_keys()
        return body

    def _build_tools(self) -> None:
        kinds = {
            "raw": ("Raw", "As in the file, each channel less its median"),
            "filtered": ("Filtered", "Through the filter of the sorter: what it sees"),
        }
        made = choice_buttons(self, kinds, lambda kind: self.set_option("filtered", kind == "filtered"))
        self.raw, self.filtered = made.values()
        tip = "Colours instead of lines: blue below zero, red above; for many channels"
        self.heat = self._toggle("Heat map", tip, lambda: self.set_option("heat", self.heat.isChecked()))
        tip = "Channels in the order of the probe, from the top down; otherwise as in the file"
        self.by_depth = self._toggle("By depth", tip, lambda: self.set_option("by_depth", self.by_depth.isChecked()))
        tip = "The median over channels is taken off each sample, here and for sorting"
        self.reference = self._toggle("Reference", tip, self._take_reference)
        shown = row(self.raw, self.filtered, SPACE // 2, self.heat, self.by_depth, self.reference, gap=2)
        self.tools.addLayout(shown)

    def _toggle(self, words: str, tip: str, action: Any) -> QtWidgets.QPushButton:
        made = QtWidgets.QPushButton(words)
        made.setCheckable(True)
        made.setToolTip(tip)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(lambda _checked: action())
        return made

    def _row_tools(self) -> QtWidgets.QLayout:
        self.rows = choice_field(ROWS, lambda count: self.set_option("rows", count))
        self.rows.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.rows.setToolTip("How many channels are shown; the arrows beside it show the next ones")
        made = row(self.rows, gap=2)
        for icon, tip, action in (
            ("up", "Channels before these (PgUp)", lambda: self._page_rows(-1)),
            ("down", "Channels after these (PgDown)", lambda: self._page_rows(1)),
            ("minus", "Lower traces (Down, Ctrl + wheel)", lambda: self._scale(1 / 1.5)),
            ("plus", "Higher traces (Up, Ctrl + wheel)", lambda: self._scale(1.5)),
        ):
            made.addWidget(tool_button(self.context, icon, tip, action))
        return made

    def _bind_keys(self) -> None:
        actions = {
            "Left": lambda: self._move(-0.5),
            "Right": lambda: self._move(0.5),
            "Shift+Left": lambda: self._move(-1.0),
            "Shift+Right": lambda: self._move(1.0),
            "Home": lambda: self._go(0.0),
            "End": lambda: self._go(self._last_start(self.context.state)),
            "Up": lambda: self._scale(1.5),
            "Down": lambda: self._scale(1 / 1.5),
            "PgUp": lambda: self._page_rows(-1),
            "PgDown": lambda: self._page_rows(1),
            "+": lambda: self._zoom(1 / 1.5, self._middle()),
            "-": lambda: self._zoom(1.5, self._middle()),
        }
        self.traces.plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        LocalKeys(self.traces.plot, actions)

    def hint(self, state: State) -> Hint | None:
        """Nothing can be read yet."""
        return unreadable(state) if state.checked.preview is None else None

    def draw(self, before: State | None, after: State) -> None:
        """Read what is shown, in the background; while it is read nothing else is asked for."""
        (self.filtered if self.option("filtered", after) else self.raw).setChecked(True)
        self.heat.setChecked(self.option("heat", after))
        self.by_depth.setChecked(self.option("by_depth", after))
        self.reference.setChecked(resolve(after.settings.preset, after.settings.given)["common_reference"] == "median")
        self.rows.setCurrentIndex(self.rows.findData(self.option("rows", after)))
        start, span = self._window(after)
        self.start.show_value(round(start, 3))
        self.span.show_value(round(1000 * span, 3))
        self._draw_strip(before, after)
        self.strip.show_sight(start, span, self.palette_now)
        self.context.run("recording.survey")
        if self._reading:
            self._outdated = True
        elif before is None or any(getattr(before, part) != getattr(after, part) for part in READ_FOR):
            self._read(after)

    def _draw_strip(self, before: State | None, after: State) -> None:
        seen, preview = after.seen, after.checked.preview
        overview = seen.overview if seen.recording is preview else None
        if before is None or overview is not self.strip.overview or before.checked != after.checked:
            self.strip.show_overview(overview, preview, self.palette_now, self.palette_now.accent)

    def _read(self, state: State) -> None:
        preview, filtered = state.checked.preview, self.option("filtered", state)
        start, span = self._window(state)
        rate = preview.sampling_frequency
        channels = self._channels(state)
        if not self.option("heat", state):
            channels = channels[:: max(1, -(-len(channels) * ROW_HEIGHT // max(1, self.traces.plot.height())))]
        job = partial(
            read_window,
            as_it_will_be_sorted(preview, state),
            round(start * rate),
            max(2, round(span * rate)),
            filtered=filtered,
            columns=max(200, self.traces.plot.width()),
            channels=channels,
        )
        self._reading, self._outdated = True, False
        self.compute("traces", partial(_answer, job), lambda window: self._show(window, state, span))

    def _show(self, window: TraceWindow | Exception, asked: State, span: float) -> None:
        self._reading = False
        state = self.context.state
        if self._outdated and self.hint(state) is None:
            self._read(state)  # goes on while this one is drawn
        if isinstance(window, Exception):
            self.context.report(window, "Reading the traces")
        elif state.checked.preview is asked.checked.preview:
            self._draw_window(window, asked, span)

    def _draw_window(self, window: TraceWindow, state: State, span: float) -> None:
        preview, filtered, as_heat = state.checked.preview, self.option("filtered", state), self.option("heat", state)
        if self._shown != (preview, filtered, as_heat):  # keep the distance while the same signal is scrolled
            self._shown = (preview, filtered, as_heat)
            noise = window.noise[window.noise > 0]
            self._apart = NOISES_APART * float(np.median(noise)) if len(noise) else 1.0
        spacing = self._apart / self.option("scale", state)
        spacing *= 2.0 if as_heat else max(1.0, len(window.channels) / ROWS_APART) ** 0.5
        with np.errstate(all="ignore"):  # bytes read as the wrong type hold any number
            rate = preview.sampling_frequency
            how = {"span": span, "as_heat": as_heat, "left_out": excluded(state), "gaps": preview.gaps}
            self.traces.show_window(window, rate, spacing, self.palette_now, **how)
        words = shown_words(window, spacing, as_heat, self._stride(window, state), state.recording.gain)
        self.row_words.setText(words + cut_words(window, self.traces.lanes))
        self.row_words.setToolTip(self.row_words.text())

    def _stride(self, window: TraceWindow, state: State) -> int:
        return round(len(self._channels(state)) / max(1, len(window.channels)))

    # What is shown

    def _window(self, state: State) -> tuple[float, float]:
        """Start and length of what is shown, in s, kept inside the recording."""
        preview = state.checked.preview
        span = min(max(state.view.time_span, SHORTEST), max(preview.duration, SHORTEST))
        return min(max(0.0, state.view.time_start), max(0.0, preview.duration - span)), span

    def _last_start(self, state: State) -> float:
        return max(0.0, state.checked.preview.duration - self._window(state)[1])

    def _middle(self) -> float:
        start, span = self._window(self.context.state)
        return start + span / 2

    def _channels(self, state: State) -> list[int]:
        preview = state.checked.preview
        order = np.arange(preview.recording_channels)
        if self.option("by_depth", state) and len(state.probe) == preview.recording_channels:
            order = from_the_top(preview.probe_geometry)
        count = min(self.option("rows", state) or len(order), len(order))
        first = min(max(0, self.option("first", state)), len(order) - count)
        return order[first : first + count].tolist()

    # What a person does

    def _go(self, start: float) -> None:
        self.context.model.apply(transitions.set_view, time_start=max(0.0, start))

    def _move(self, share: float) -> None:
        start, span = self._window(self.context.state)
        self._go(min(max(0.0, start + share * span), self._last_start(self.context.state)))

    def _span(self, span: float) -> None:
        self.context.model.apply(transitions.set_view, time_span=max(SHORTEST, span))

    def _zoom(self, factor: float, at: float) -> None:
        start, span = self._window(self.context.state)
        wanted = min(max(span * factor, SHORTEST), self.context.state.checked.preview.duration)
        start = at - (at - start) * wanted / span
        self.context.model.apply(transitions.set_view, time_start=max(0.0, start), time_span=wanted)

    def _scale(self, factor: float) -> None:
        self.set_option("scale", min(1000.0, max(0.001, self.option("scale") * factor)))

    def _page_rows(self, pages: int) -> None:
        there = self.context.state.checked.preview.recording_channels
        count = min(self.option("rows") or there, there)
        first = min(max(0, self.option("first")), there - count)
        self.set_option("first", min(max(0, first + pages * count), there - count))

    def _choose(self, _time: float, row: int) -> None:
        self.context.run("channels.choose", channel=int(self.traces.window.channels[row]))

    def _take_reference(self) -> None:
        wanted, state = "median" if self.reference.isChecked() else "none", self.context.state
        channels = state.checked.preview.recording_channels
        values = {**resolve(state.settings.preset, state.settings.given), "common_reference": "none"}
        problem = why_not(channels, values)
        if wanted == "median" and not problem:
            problem = reference_problem(channels - len(values["exclude_channels"]))
        if problem:
            self.reference.setChecked(False)
            self.context.say(problem)
        else:
            self.context.run("settings.set", name="common_reference", value=wanted)


def _answer(job: Callable[[], TraceWindow]) -> TraceWindow | Exception:
    """What the job gives, or what it raises: whoever asked must hear of both to ask again."""
    try:
        return job()
    except Exception as error:
        return error


def unreadable(state: State) -> Hint:
    """Why there are no traces, and what brings them."""
    stream = state.recording.stream
    if stream is not None and stream.convert:
        words = "It cannot be read in place. A copy that can is written where you say; the recording stays as it is."
        return Hint("Convert it to see its traces", words, "recording.convert")
    return Hint("No traces yet", state.checked.file_problem or "Open a recording to see its traces.")


def from_the_top(positions: np.ndarray) -> np.ndarray:
    """Channels in the order in which they are drawn, (channels,) int64: the top of the probe first, left to right."""
    return np.lexsort((positions[:, 0], -positions[:, 1]))


def shown_words(window: TraceWindow, spacing: float, as_heat: bool, stride: int, gain: float | None) -> str:
    """What a row, a colour and a pixel stand for, and what is left out."""
    what = f"full colour = {value_words(spacing / 2, gain)}" if as_heat else f"one row = {value_words(spacing, gain)}"
    each = f" · each pixel spans {window.step} samples" if window.step > 1 else ""
    if window.looked_at < window.step:
        each = f" · each pixel spans {window.step} samples, the first {window.looked_at} of them looked at"
    return f"Time in s · {what}{each}{f' · 1 of {stride} channels' if stride > 1 else ''}"


def cut_words(window: TraceWindow, lanes: Lanes | None) -> str:
    """Which traces are cut, to be added to `shown_words`."""
    if lanes is None or len(lanes.cut) == 0:
        return ""
    if len(lanes.cuts) == 0:
        return " · cut at the edges of their rows (Down: lower traces)"
    if len(lanes.wide) == 0:
        return " · cut where an edge is marked (Down: lower traces)"
    return f" · kept in their rows: {listed(window.channels[lanes.wide].tolist())}"


def as_it_will_be_sorted(preview: Recording, state: State):
    """The file less the common reference that the settings ask for; as it is where it has too few channels for that."""
    values = resolve(state.settings.preset, state.settings.given)
    if why_not(preview.recording_channels, values):
        return preview
    return as_sorted(preview, values, dict.fromkeys(values["exclude_channels"], NAMED))
