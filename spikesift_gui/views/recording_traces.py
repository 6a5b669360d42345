"""The recording as its description reads it, live: a wrong type or channel count is seen at once."""

from __future__ import annotations

from functools import partial

import numpy as np

from spikesift_core.parameters import resolve
from spikesift_core.preparing import NAMED, as_sorted, why_not
from spikesift_core.recording import Recording
from spikesift_core.traces import TraceWindow, read_window
from spikesift_gui import transitions
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtCore, QtWidgets, QWidget
from spikesift_gui.recording_words import value_words
from spikesift_gui.state import State
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, NumberField, choice_field, column, label, row, tool_button
from spikesift_gui.widgets.local_keys import LocalKeys
from spikesift_gui.widgets.trace_plot import TracePlot

MOST_VALUES = 12_000_000  # read at once: less than a second of work in the background
MOST_POINTS = 1_000_000  # drawn at once
SHORTEST = 0.002  # s of time shown
ROW_HEIGHT = 4  # px; where there is less room for a row, every second, third, ... channel is shown
NOISES_APART = 8.0  # two traces, at scale 1
ROWS_APART = 40  # with more rows than this they are drawn lower, so that spikes and not noise fill the picture
STEPS = 10_000  # of the scroll bar
ROWS = (
    (4, "4 channels"),
    (8, "8 channels"),
    (16, "16 channels"),
    (32, "32 channels"),
    (64, "64 channels"),
    (None, "All channels"),
)


class RecordingTraces(View):
    """Raw or filtered traces of the file as it is described."""

    id = "recording-traces"
    title = "Traces"
    help = (
        "The signal as the description of the file reads it, one row for each channel; changes with every field. A "
        "wrong data type or byte order looks like random noise that fills the rows; a wrong number of channels mixes "
        "the channels, so that the traces look alike or jump. Filtered shows what the sorter sees. Where more samples "
        "than pixels are shown, each pixel spans the lowest to the highest value.\n\n"
        "Wheel: zoom in time. Shift + wheel or drag: move in time. Ctrl + wheel: height of the traces. "
        "Keys: Left, Right, Home, End, +, -, Up, Down."
    )
    watches = ("checked", "view", "recording", "settings")
    options = {"filtered": False, "scale": 1.0, "rows": 32, "first": 0}

    def build(self) -> QWidget:
        """Traces, a scroll bar in time, and the numbers of what is shown."""
        self.traces = TracePlot()
        self.traces.zoomed.connect(self._zoom)
        self.traces.moved.connect(self._move)
        self.traces.scaled.connect(self._scale)
        self._shown: tuple[Recording, bool] | None = None
        self._apart = 1.0
        self._build_tools()
        self.scroll = QtWidgets.QScrollBar(Qt.Orientation.Horizontal)
        self.scroll.setRange(0, STEPS)
        self.scroll.setToolTip("Where in the recording this is")
        self.scroll.valueChanged.connect(lambda step: self._go(step / STEPS * self._last_start(self.context.state)))
        self.start = NumberField(0, 1e9, step=0.1, unit="s", decimals=3, tip="Start of what is shown, in s.")
        self.span = NumberField(1000 * SHORTEST, 1e7, step=50, unit="ms", tip="Length of what is shown, in ms.")
        self.start.changed.connect(self._go)
        self.span.changed.connect(lambda value: self._span(value / 1000))
        self.row_words = label("", "caption")
        below = row(label("From", "caption"), self.start, label("shown", "caption"), self.span, None, self.row_words)
        below.setContentsMargins(SPACE, 4, SPACE, SPACE)
        body = QWidget()
        body.setLayout(column(self.traces, self.scroll, below, gap=0))
        body.layout().setStretch(0, 1)
        self._bind_keys()
        return body

    def _build_tools(self) -> None:
        self.raw, self.filtered = (QtWidgets.QPushButton(words) for words in ("Raw", "Filtered"))
        for made, value, tip in (
            (self.raw, False, "As in the file, each channel less its median"),
            (self.filtered, True, "Through the filter of the sorter: what it sees"),
        ):
            made.setCheckable(True)
            made.setAutoExclusive(True)
            made.setToolTip(tip)
            made.clicked.connect(partial(self.set_option, "filtered", value))
        self.rows = choice_field(ROWS, lambda count: self.set_option("rows", count))
        self.rows.setToolTip("How many channels are shown; the arrows beside it show the next ones")
        self.tools.addLayout(row(self.raw, self.filtered, gap=4))
        self.tools.addWidget(self.rows)
        for icon, tip, action in (
            ("up", "Channels before these", lambda: self._page_rows(-1)),
            ("down", "Channels after these", lambda: self._page_rows(1)),
            ("minus", "Lower traces (Down, Ctrl + wheel)", lambda: self._scale(1 / 1.5)),
            ("plus", "Higher traces (Up, Ctrl + wheel)", lambda: self._scale(1.5)),
        ):
            self.tools.addWidget(tool_button(self.context, icon, tip, action))

    def _bind_keys(self) -> None:
        actions = {
            "Left": lambda: self._move(-0.5),
            "Right": lambda: self._move(0.5),
            "Home": lambda: self._go(0.0),
            "End": lambda: self._go(self._last_start(self.context.state)),
            "Up": lambda: self._scale(1.5),
            "Down": lambda: self._scale(1 / 1.5),
            "+": lambda: self._zoom(1 / 1.5, self._middle()),
            "-": lambda: self._zoom(1.5, self._middle()),
        }
        self.traces.plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        LocalKeys(self.traces.plot, actions)

    def hint(self, state: State) -> Hint | None:
        """Nothing can be read yet."""
        if state.checked.preview is None:
            return Hint("No traces yet", state.checked.file_problem or "Open a recording to see its traces.")
        return None

    def draw(self, before: State | None, after: State) -> None:
        """Read what is shown, in the background."""
        preview, filtered = after.checked.preview, self.option("filtered", after)
        (self.filtered if filtered else self.raw).setChecked(True)
        self.rows.setCurrentIndex(self.rows.findData(self.option("rows", after)))
        start, span = self._window(after)
        self._show_place(after, start, span)
        rate = preview.sampling_frequency
        channels = self._channels(after)
        channels = channels[:: max(1, -(-len(channels) * ROW_HEIGHT // max(1, self.traces.plot.height())))]
        columns = min(max(200, self.traces.plot.width()), max(100, MOST_POINTS // (2 * len(channels))))
        job = partial(
            read_window,
            as_it_will_be_sorted(preview, after) if filtered else preview,
            round(start * rate),
            max(2, round(span * rate)),
            filtered=filtered,
            columns=columns,
            channels=channels,
        )
        self.compute("traces", job, lambda window: self._show(window, preview, filtered, span))

    def _show(self, window: TraceWindow, preview: Recording, filtered: bool, span: float) -> None:
        if self.context.state.checked.preview is not preview:
            return
        if self._shown != (preview, filtered):  # keep the distance while the same signal is scrolled
            self._shown = (preview, filtered)
            noise = window.noise[window.noise > 0]
            self._apart = NOISES_APART * float(np.median(noise)) if len(noise) else 1.0
        spacing = self._apart / self.option("scale") * max(1.0, len(window.channels) / ROWS_APART)
        with np.errstate(over="ignore"):  # bytes read as the wrong type hold any number
            self.traces.show_window(window, preview.sampling_frequency, spacing, self.palette_now, span=span)
        gain = self.context.state.recording.gain
        each = f" · each pixel spans {window.step} samples" if window.step > 1 else ""
        stride = int(window.channels[1] - window.channels[0]) if len(window.channels) > 1 else 1
        left_out = f" · 1 of {stride} channels" if stride > 1 else ""
        self.row_words.setText(f"one row = {value_words(spacing, gain)}{each}{left_out}")

    def _show_place(self, state: State, start: float, span: float) -> None:
        last = self._last_start(state)
        with QtCore.QSignalBlocker(self.scroll):
            self.scroll.setPageStep(max(1, round(STEPS * span / max(last, 1e-9))) if last > 0 else STEPS)
            self.scroll.setValue(round(STEPS * start / last) if last > 0 else 0)
        self.scroll.setEnabled(last > 0)
        self.start.show_value(round(start, 3))
        self.span.show_value(round(1000 * span, 3))

    # What is shown

    def _longest(self, preview: Recording) -> float:
        return min(preview.duration, MOST_VALUES / preview.recording_channels / preview.sampling_frequency)

    def _window(self, state: State) -> tuple[float, float]:
        """Start and length of what is shown, in s, kept inside the recording."""
        preview = state.checked.preview
        span = min(max(state.view.time_span, SHORTEST), max(self._longest(preview), SHORTEST))
        return min(max(0.0, state.view.time_start), max(0.0, preview.duration - span)), span

    def _last_start(self, state: State) -> float:
        return max(0.0, state.checked.preview.duration - self._window(state)[1])

    def _middle(self) -> float:
        start, span = self._window(self.context.state)
        return start + span / 2

    def _channels(self, state: State) -> list[int]:
        there = state.checked.preview.recording_channels
        count = min(self.option("rows", state) or there, there)
        first = min(max(0, self.option("first", state)), there - count)
        return list(range(first, first + count))

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
        preview = self.context.state.checked.preview
        wanted = min(max(span * factor, SHORTEST), self._longest(preview))
        start = at - (at - start) * wanted / span
        self.context.model.apply(transitions.set_view, time_start=max(0.0, start), time_span=wanted)

    def _scale(self, factor: float) -> None:
        self.set_option("scale", min(1000.0, max(0.001, self.option("scale") * factor)))

    def _page_rows(self, pages: int) -> None:
        shown = self._channels(self.context.state)
        there = self.context.state.checked.preview.recording_channels
        self.set_option("first", min(max(0, shown[0] + pages * len(shown)), there - len(shown)))


def as_it_will_be_sorted(preview: Recording, state: State):
    """The file less the common reference that the settings ask for; as it is where it has too few channels for that."""
    values = resolve(state.settings.preset, state.settings.given)
    if why_not(preview.recording_channels, values):
        return preview
    return as_sorted(preview, values, dict.fromkeys(values["exclude_channels"], NAMED))
