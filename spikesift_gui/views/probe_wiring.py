"""Is every wire where it should be? The signal painted on the contacts, beside the traces of those around one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from spikesift_core.number_words import number_words
from spikesift_core.recording import Recording
from spikesift_core.traces import TraceWindow, read_window
from spikesift_gui import transitions
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtCore, QTimer, QtWidgets, QWidget
from spikesift_gui.ramps import ramp, value_colors
from spikesift_gui.recording_words import value_words
from spikesift_gui.state import State
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, choice_field, column, label, row, tool_button
from spikesift_gui.widgets.local_keys import LocalKeys
from spikesift_gui.widgets.probe_plot import ProbePlot
from spikesift_gui.widgets.trace_plot import Piece, TracePlot

EVERY = 100  # ms between two pictures while it plays
STEP = 0.5  # of the time shown, for one picture and for one key
ROW_HEIGHT = 18  # px
FEWEST_ROWS, MOST_VALUES = 4, 4_000_000
SHORTEST, LONGEST = 0.01, 1.0  # s of time shown
NOISES_APART = 10.0  # two traces
PROBE_SHARE, TRACES_SHARE = 2, 3


def deflection(window: TraceWindow) -> np.ndarray:
    """How many SDs of its noise each channel went down at most, (channels,) float64; nan for a flat channel."""
    lowest = window.low.min(axis=0, initial=0.0).astype(float)
    return np.divide(-lowest, window.noise, out=np.full(len(lowest), np.nan), where=window.noise > 0)


def noise(window: TraceWindow) -> np.ndarray:
    """SD of the noise of each channel as a multiple of the median over channels; nan where there is none."""
    alive = window.noise[window.noise > 0]
    return np.where(window.noise > 0, window.noise / (np.median(alive) if len(alive) else 1), np.nan)


# name: words, what is painted, its value without colour and at the strongest colour
PAINTED: dict[str, tuple[str, Callable[[TraceWindow], np.ndarray], tuple[float, float]]] = {
    "activity": ("Activity", deflection, (4.5, 20.0)),  # SDs; noise alone goes down to 4
    "noise": ("Noise", noise, (0.0, 2.0)),
}


def depth_order(positions: np.ndarray, shanks: np.ndarray) -> np.ndarray:
    """Channels as traces are shown: shank by shank, the highest first, (channels,) indices."""
    return np.lexsort((positions[:, 0], -positions[:, 1], shanks))


class ProbeWiring(View):
    """The probe on the left, traces on the right; the mouse on one marks the same channel on the other."""

    id = "probe-wiring"
    title = "Wiring"
    says = ("file", "probe")
    help = (
        "The filtered signal on the probe. Activity: how far each channel went down in the time that is shown, in SDs "
        "of its noise: a spike lights up neighbouring contacts; if it lights up contacts far from each other, the "
        "channels are numbered wrongly. Noise: the noise of each channel as a multiple of the usual one: 0 is a dead "
        "channel, which stays grey.\n\nRest the mouse on a contact to see its trace in colour, or on a trace to see "
        "its contact; click to stay with the contacts around it. Keys: Space plays and stops, Left and Right move in "
        "time, Up and Down change the height of the traces, + and - the time shown, Ctrl + arrow the contact."
    )
    watches = ("checked", "view", "probe")
    options = {"painted": "activity", "scale": 1.0}

    def build(self) -> QWidget:
        """Probe, traces, and the words below them."""
        self.probe, self.traces = ProbePlot(), TracePlot()
        self._window: TraceWindow | None = None
        self._awaited = False  # a picture is being computed
        self._pointed: int | None = None
        self._rows: np.ndarray = np.zeros(0, np.int64)
        self._apart: float | None = None
        self.probe.contacts.hovered.connect(self._point)
        self.probe.contacts.clicked.connect(lambda channel: self.context.run("probe.choose", contacts=[channel]))
        self.traces.clicked.connect(lambda _time, place: self._click(place))
        self.traces.zoomed.connect(lambda factor, _at: self._span(factor))
        self.traces.moved.connect(self._move)
        self.traces.scaled.connect(self._scale)
        self.traces.plot.viewport().setMouseTracking(True)
        self.traces.plot.viewport().installEventFilter(self)
        self._clock = QTimer(self)
        self._clock.setInterval(EVERY)
        self._clock.timeout.connect(self._next)
        self._build_tools()
        self.words = label("", "caption")
        self.words.setContentsMargins(SPACE, 4, SPACE, SPACE)
        both = QtWidgets.QSplitter(Qt.Orientation.Horizontal)
        both.setChildrenCollapsible(False)
        both.addWidget(self.probe)
        both.addWidget(self.traces)
        both.setSizes([100 * PROBE_SHARE, 100 * TRACES_SHARE])
        body = QWidget()
        body.setLayout(column(both, self.words, gap=0))
        body.layout().setStretch(0, 1)
        self._bind_keys()
        return body

    def _build_tools(self) -> None:
        self.play = tool_button(self.context, "play", "Play, and stop (Space)", self._play, checkable=True)
        self.painted = choice_field(
            ((name, words) for name, (words, _, _) in PAINTED.items()), partial(self.set_option, "painted")
        )
        self.painted.setToolTip("What is painted on the contacts")
        self.tools.addLayout(row(self.play, self.painted, gap=4))
        for icon, tip, action in (
            ("previous", "Earlier (Left)", lambda: self._move(-STEP)),
            ("next", "Later (Right)", lambda: self._move(STEP)),
            ("minus", "Lower traces (Down, Ctrl + wheel)", lambda: self._scale(1 / 1.5)),
            ("plus", "Higher traces (Up, Ctrl + wheel)", lambda: self._scale(1.5)),
        ):
            self.tools.addWidget(tool_button(self.context, icon, tip, action))

    def _bind_keys(self) -> None:
        actions: dict[str, Callable[[], object]] = {
            "Space": self.play.click,
            "Left": lambda: self._move(-STEP),
            "Right": lambda: self._move(STEP),
            "Up": lambda: self._scale(1.5),
            "Down": lambda: self._scale(1 / 1.5),
            "+": lambda: self._span(1 / 1.5),
            "-": lambda: self._span(1.5),
        }
        for key, (x, y) in {"Left": (-1, 0), "Right": (1, 0), "Up": (0, 1), "Down": (0, -1)}.items():
            actions[f"Ctrl+{key}"] = partial(self.context.run, "probe.go", x=x, y=y)
        for plot in (self.probe.plot, self.traces.plot):
            plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            LocalKeys(plot, actions)

    def hint(self, state: State) -> Hint | None:
        """What is missing: contacts, a recording, or as many of one as of the other."""
        if len(state.probe) == 0:
            words = "Pick a probe of the catalogue, import one or draw it first."
            return Hint("No contacts yet", words, "probe.show", "Open the catalogue", arguments={"view": "catalogue"})
        if state.checked.preview is None:
            words = state.checked.file_problem or "Open a recording to see its signal on the contacts."
            return Hint("No signal yet", words, "file.open" if state.recording.path is None else "page.recording")
        if state.checked.preview.recording_channels != len(state.probe):
            return Hint("The probe does not fit the recording", state.checked.probe_problem)
        return None

    def draw(self, before: State | None, after: State) -> None:
        """Read what is shown, in the background; the rest when it is there."""
        name = self.option("painted", after)
        self.painted.setCurrentIndex(self.painted.findData(name))
        preview = after.checked.preview
        if before is None or before.checked.preview is not preview:
            self._apart = None
        if before is not None and before.probe.chosen != after.probe.chosen:
            self._pointed = None  # a click or a key says where to look now
        rate = preview.sampling_frequency
        start, span = self._time(after)
        columns = max(200, self.traces.plot.width())
        job = partial(read_window, preview, round(start * rate), max(2, round(span * rate)), columns=columns)
        self._awaited = True
        self.compute("signal", job, lambda window: self._show(window, preview))

    def _show(self, window: TraceWindow, preview: Recording) -> None:
        self._awaited = False
        if self.context.state.checked.preview is not preview or self.hint(self.context.state):
            return
        self._window = window
        if self._apart is None:
            alive = window.noise[window.noise > 0]
            self._apart = NOISES_APART * float(np.median(alive)) if len(alive) else 1.0
        self._show_traces()
        self._show_marks()

    def _show_traces(self) -> None:
        state, window = self.context.state, self._window
        order = depth_order(state.probe.positions, state.probe.shanks)
        room = max(FEWEST_ROWS, self.traces.plot.height() // ROW_HEIGHT)
        place = int(np.flatnonzero(order == self._focus())[0])
        first = min(max(0, place - room // 2), max(0, len(order) - room))
        self._rows = order[first : first + room]
        shown = replace(
            window,
            channels=self._rows,
            low=window.low[:, self._rows],
            high=window.high[:, self._rows],
            noise=window.noise[self._rows],
        )
        spacing = self._apart / self.option("scale")
        rate, span = state.checked.preview.sampling_frequency, self._time(state)[1]
        self.traces.show_window(shown, rate, spacing, self.palette_now, span=span)

    def _show_marks(self) -> None:
        """Paint the contacts, and mark the channel that is pointed at on both sides."""
        state, window = self.context.state, self._window
        _, values_of, limits = PAINTED[self.option("painted", state)]
        values, palette = values_of(window), self.palette_now
        colors = value_colors(np.nan_to_num(values), ramp(palette, palette.accent), *limits)
        channel = self._focus()
        labels = [str(number) for number in range(len(state.probe))]
        tips = [f"Channel {number}" for number in range(len(state.probe))]
        self.probe.show_contacts(
            state.probe.positions, palette, colors=colors, labels=labels, tips=tips, highlight=[channel]
        )
        rows = np.flatnonzero(self._rows == channel)
        middle = np.array([window.start + window.num_samples // 2])
        self.traces.show_pieces([Piece(palette.accent, middle, window.num_samples // 2 + 1, rows)] if len(rows) else [])
        self.words.setText(self._said(channel, values[channel]))

    def _said(self, channel: int, value: float) -> str:
        state, window = self.context.state, self._window
        x, y = state.probe.positions[channel]
        gain = state.recording.gain
        shank = f", shank {state.probe.shanks[channel]}" if state.probe.shanks.any() else ""
        lowest = value_words(float(-window.low[:, channel].min(initial=0.0)), gain)
        said = f"noise {value_words(float(window.noise[channel]), gain)}, deepest trough {lowest}"
        times = f" ({value:.1f} SD of noise)" if self.option("painted") == "activity" and np.isfinite(value) else ""
        start, span = self._time(state)
        across, along = number_words(x, "g"), number_words(y, "g")
        where = f"Channel {channel}: x {across} µm, y {along} µm{shank}"
        return f"{where} · {said}{times} · {start:.2f} s, {span * 1000:.0f} ms"

    # What a person does

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        """Qt hands over what happens in the traces: where the mouse is, its contact is marked."""
        if event.type() == QtCore.QEvent.Type.MouseMove and self._window is not None:
            box = self.traces.plot.getPlotItem().getViewBox()
            at = box.mapSceneToView(self.traces.plot.mapToScene(event.position().toPoint()))
            place = min(max(0, round(-at.y())), len(self._rows) - 1)
            self._mark(int(self._rows[place]))
        return False

    def _focus(self) -> int:
        """The channel in the middle: pointed at, chosen, or the first."""
        probe = self.context.state.probe
        if self._pointed is not None and self._pointed < len(probe):
            return self._pointed
        return probe.chosen[-1] if probe.chosen else 0

    def _point(self, channel: int | None) -> None:
        """The mouse is on a contact: its trace is shown, wherever it is."""
        if channel is None or self._window is None or channel == self._pointed:
            return
        self._pointed = channel
        if channel not in self._rows:
            self._show_traces()
        self._show_marks()

    def _mark(self, channel: int) -> None:
        if channel != self._pointed:
            self._pointed = channel
            self._show_marks()

    def _click(self, place: int) -> None:
        self.context.run("probe.choose", contacts=[int(self._rows[place])])

    def _time(self, state: State) -> tuple[float, float]:
        """Start and length of what is shown, in s, kept inside the recording."""
        preview = state.checked.preview
        most = MOST_VALUES / preview.recording_channels / preview.sampling_frequency
        span = min(max(state.view.time_span, SHORTEST), LONGEST, max(most, SHORTEST), preview.duration)
        return min(max(0.0, state.view.time_start), preview.duration - span), span

    def _move(self, share: float) -> None:
        start, span = self._time(self.context.state)
        self.context.model.apply(transitions.set_view, time_start=max(0.0, start + share * span))

    def _span(self, factor: float) -> None:
        span = self._time(self.context.state)[1] * factor
        self.context.model.apply(transitions.set_view, time_span=min(LONGEST, max(SHORTEST, span)))

    def _scale(self, factor: float) -> None:
        self.set_option("scale", min(100.0, max(0.01, self.option("scale") * factor)))

    def _play(self) -> None:
        self._clock.start() if self.play.isChecked() else self._clock.stop()

    def _next(self) -> None:
        """One picture further, when the one before is there; from the end back to the start; hidden it stops."""
        if not self.isVisible() or self.hint(self.context.state):
            self.play.setChecked(False)
            self._clock.stop()
            return
        if self._awaited:
            return
        start, span = self._time(self.context.state)
        over = start + span >= self.context.state.checked.preview.duration - 1e-6
        start = 0.0 if over else start + STEP * span
        self.context.model.apply(transitions.set_view, time_start=start)
