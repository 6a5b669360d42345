"""The signal around a time, with the spikes of the selected units in their colours."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from spikesift_core.merged_signal import MergedSignal, signal_at
from spikesift_core.parameters import method_of, resolve
from spikesift_core.progress import run_to_end
from spikesift_core.recording import Recording
from spikesift_core.residual import MOST_SPIKES, Explainer
from spikesift_core.signal_options import OPTION_TABLE
from spikesift_core.sorting import make_plan
from spikesift_core.traces import TraceWindow, read_window
from spikesift_core.tracks import track_amplitudes, track_spikes
from spikesift_core.unit_facts import REFRACTORY_MS, peak_channel
from spikesift_gui import transitions
from spikesift_gui.explaining import KINDS, LONGEST, Taken, explainer_of, take_off, taken_words
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtWidgets, QWidget
from spikesift_gui.selected import amplitude_scale, no_recording, silence_words
from spikesift_gui.state import Result, State
from spikesift_gui.unit_colors import unit_palette
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, button, choice_field, column, label, row, tool_button
from spikesift_gui.widgets.step_strip import StepStrip
from spikesift_gui.widgets.trace_plot import Piece, TracePlot

MOST_VALUES = 12_000_000  # read at once: less than a second of work in the background
SHORTEST = 0.002  # s
NOISES_APART = 10.0  # two traces, at scale 1
SPIKE_MS = 0.8  # coloured on either side of a spike
SPIKE_SHARE = 0.3  # of the largest amplitude: channels on which a spike is coloured
MOST_PIECES = 2000  # spikes coloured at once
SIGNALS = (("filtered", "Filtered"), ("raw", "Raw"), ("subtracted", "Subtracted"), ("residual", "Residual"))
WITH_LEVELS = ("filtered", "residual")
TOO_LONG = f"Filtered signal: zoom in to {LONGEST:g} s or less to see what the units explain of it."
ROWS = ((8, "8 ch"), (16, "16 ch"), (32, "32 ch"), (64, "64 ch"), (None, "All ch"))


class TracesView(View):
    """Traces."""

    id = "traces"
    title = "Traces"
    says = ("recording", "units", "time", "kind")
    help = (
        "The signal of the channels around the first selected unit (without one, from the top of the probe), sorted by "
        "depth. Spikes of the selected units are drawn in the units' colours on the channels where they are large. "
        "Filtered is what the sorter sees. Dashed lines are the detection thresholds. The shading changes from segment "
        "to segment; a red dashed line is a gap: nothing was recorded for the time beside it.\n\n"
        "Subtracted: what the units explain of the filtered signal (faint behind it). Each unit's template is put at "
        "each of its spikes with the gain (0.6 to 1.5) and the shift (up to 0.7 samples) that fit best, as the sorter "
        "does it; after the published method it is the mean as it is. Residual: what is left. With the arrows below, "
        "or Alt + Right and Alt + Left, the units that fire here are taken off one after the other, the largest first; "
        "the last one is coloured. This is computed anew from the result, not kept from sorting: a template is the "
        f"mean of up to {MOST_SPIKES} spikes of the unit in that segment, cut from the filtered recording, where the "
        "sorter took all spikes from what was left of it, in the order in which it found the units. A good sorting "
        "leaves noise; spikes that are left were missed, or are of units too small to be found. Up to "
        f"{LONGEST:g} s are shown like that; of a longer time the filtered signal.\n\n"
        "Wheel: zoom in time. Shift + wheel or drag: move in time. Ctrl + wheel: height of the traces. "
        "Alt + PgDown and Alt + PgUp: next and previous spike of the first selected unit; with Shift, its intervals "
        f"under {REFRACTORY_MS:g} ms. r: filtered, raw, subtracted or residual."
    )
    options = {"kind": "filtered", "thresholds": False, "scale": 1.0, "rows": 16, "spike": None, "taken": None}

    def build(self) -> QWidget:
        """The plot; buttons in the title bar."""
        self.traces = TracePlot()
        self.traces.zoomed.connect(self._zoom)
        self.traces.moved.connect(self._move)
        self.traces.scaled.connect(lambda factor: self.set_option("scale", self.option("scale") / factor))
        self._signal: tuple[Recording, bool] | None = None
        self._explainer: tuple[Result, Explainer] | None = None
        self._taken: Taken | None = None
        self._apart = 1.0
        self._thresholds: tuple[Recording, np.ndarray] | None = None
        self.kind = self.add_choice("kind", SIGNALS, "Signal that is shown (r)")
        self.levels = self._toggle("Thresholds", "thresholds")
        self.levels.setToolTip("Depth at which a spike is detected on each channel (filtered signal and residual)")
        self.rows = choice_field(ROWS, lambda count: self.set_option("rows", count))
        self.rows.setToolTip("How many channels around the unit are shown")
        self.rows.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.spare_words = [spike, violation] = [label("spike", "muted"), label("violation", "muted")]
        for item in (
            self.levels,
            self.rows,
            tool_button(self.context, "previous", "Previous spike (Alt+PgUp)", "spike.previous"),
            spike,
            tool_button(self.context, "next", "Next spike (Alt+PgDown)", "spike.next"),
            tool_button(self.context, "previous", "Previous interval under 2 ms", "violation.previous"),
            violation,
            tool_button(self.context, "next", "Next interval under 2 ms", "violation.next"),
        ):
            self.tools.addWidget(item)
        self.strip = StepStrip(
            self.context,
            ("traces.fewer", "Take off one unit less (Alt+Left)"),
            ("traces.more", "Take off the next unit (Alt+Right)"),
        )
        self.context.wished.connect(self._grant)
        body = QWidget()
        body.setLayout(column(self.traces, self._silence(), self.strip, gap=0))
        body.layout().setStretch(0, 1)
        return body

    def _silence(self) -> QWidget:
        """A line that is there while a merged recording has no signal in sight."""
        self.silence = label("", "caption", wrap=True)
        self.find = button(self.context, "session.find_recording", role="quiet")
        self._silent = QWidget()
        self._silent.setLayout(row(self.silence, self.find))
        self._silent.layout().setContentsMargins(SPACE, 0, SPACE, 2)
        self._silent.layout().setStretch(0, 1)
        return self._silent

    def _show_silence(self, result: Result, start: float, span: float) -> None:
        words = silence_words(result, start, start + span)
        self._silent.setVisible(bool(words))
        self.silence.setText(words)
        self.find.setVisible(bool(result.recording_problem) and result.folder is not None)

    def hint(self, state: State) -> Hint | None:
        """No signal without its file."""
        result = state.results.current
        if result is not None and result.recording is None:
            return no_recording(result, result.recording_problem or "The recording of these units is not known.")
        return super().hint(state)

    def draw(self, before: State | None, after: State) -> None:
        """Read what is in sight, in the background."""
        if before is not None and self._question(before) == self._question(after):
            return
        kind = self.option("kind", after)
        self.kind.setCurrentIndex(self.kind.findData(kind))
        has_levels = kind in WITH_LEVELS
        self.levels.setChecked(self.option("thresholds", after) and has_levels)
        self.levels.setEnabled(has_levels)
        self.rows.setCurrentIndex(self.rows.findData(self.option("rows", after)))
        result = after.results.current
        start, span = time_window(after, result.recording)
        self._show_silence(result, start, span)
        rate = result.recording.sampling_frequency
        first, samples = round(start * rate), max(2, round(span * rate))
        columns = max(200, self.traces.plot.width())
        channels = channels_shown(result, after.selection.units, self.option("rows", after))
        explained = kind in KINDS and span <= LONGEST
        self.strip.setVisible(kind in KINDS)
        self.strip.words.setText("Taking the units off…" if explained else TOO_LONG)
        if explained:
            job = partial(
                take_off, self._explains(result), kind, first, samples, channels, self.option("taken", after), columns
            )
            self.compute("traces", job, lambda taken: self._show_taken(taken, after, span), slow=True)
            return
        self._taken = None
        filtered, method = kind != "raw", result.how_measured["method"]
        signal = result.signal if filtered else result.recording
        how = {"filtered": filtered, "columns": columns, "channels": channels, "method": method}
        job = partial(read_window, signal, first, samples, **how)
        self.compute("traces", job, lambda window: self._show(window, after, span))

    def _question(self, state: State) -> Any:
        view = state.view
        options = [self.option(name, state) for name in self.options]
        return state.results.current, state.selection, view.time_start, view.time_span, options

    def _explains(self, result: Result) -> Explainer:
        if self._explainer is None or self._explainer[0] is not result:
            self._explainer = (result, explainer_of(result))
        return self._explainer[1]

    # Drawing

    def _show_taken(self, taken: Taken, state: State, span: float) -> None:
        if self.context.state.results.current is not state.results.current:
            return
        self._taken = taken
        self.strip.words.setText(taken_words(taken, *amplitude_scale(state.results.current)))
        self._show(taken.shown, state, span, taken.behind)
        found = taken.explained
        if 0 < found.taken < len(found.units):  # the last one is seen too, whoever is selected
            units = (*state.selection.units, found.units[found.taken - 1])
            self.traces.show_pieces(pieces(state.results.current, tuple(dict.fromkeys(units)), taken.shown))

    def _show(self, window: TraceWindow, state: State, span: float, behind: TraceWindow | None = None) -> None:
        result = state.results.current
        if self.context.state.results.current is not result:
            return
        recording, filtered = result.recording, self.option("kind", state) != "raw"
        if self._signal != (recording, filtered):  # keep the distance while the same signal is scrolled
            self._signal = (recording, filtered)
            levels = (window if behind is None else behind).noise
            noise = levels[levels > 0]
            self._apart = NOISES_APART * float(np.median(noise)) if len(noise) else 1.0
        rate, palette = recording.sampling_frequency, self.palette_now
        spacing = self._apart * self.option("scale", state)
        self.traces.show_window(window, rate, spacing, palette, span=span, gaps=recording.gaps)
        self.traces.show_behind(behind, palette)
        self.traces.show_pieces(pieces(result, state.selection.units, window))
        self.traces.show_segments(segments_in_sight(result, window), palette)
        self._show_levels(window, state)

    def _show_levels(self, window: TraceWindow, state: State) -> None:
        result = state.results.current
        wanted = self.option("thresholds", state) and self.option("kind", state) in WITH_LEVELS
        if not wanted:
            self.traces.show_levels(None, self.palette_now)
            return
        source = signal_at(result.recording, window.start + window.num_samples // 2)
        if source is None:
            self.traces.show_levels(None, self.palette_now)
        elif self._thresholds is None or self._thresholds[0] is not source:
            job = partial(thresholds, result, window.start + window.num_samples // 2)
            self.compute("thresholds", job, lambda values: self._keep(result, source, values))
        else:
            self.traces.show_levels(self._thresholds[1][window.channels], self.palette_now)

    def _keep(self, result: Result, source: Recording, values: np.ndarray) -> None:
        self._thresholds = (source, values)
        if self.traces.window is not None and self.context.state.results.current is result:
            self._show_levels(self.traces.window, self.context.state)

    # What a person does

    def _grant(self, wish: str) -> None:
        """One unit more, or less, is taken off; after all of them it begins anew with none."""
        if wish not in ("traces.more", "traces.fewer") or not self.isVisible():
            return
        if self._taken is None:
            self.context.say("Choose Subtracted or Residual in the bar of the traces first (r).")
            return
        found = self._taken.explained
        wanted = (found.taken + (1 if wish == "traces.more" else -1)) % (len(found.units) + 1)
        self.set_option("taken", None if wanted == len(found.units) else wanted)

    def _toggle(self, words: str, name: str) -> QtWidgets.QPushButton:
        made = QtWidgets.QPushButton(words)
        made.setCheckable(True)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(lambda checked: self.set_option(name, checked))
        return made

    def _zoom(self, factor: float, at: float) -> None:
        recording = self.context.state.results.current.recording
        start, span = time_window(self.context.state, recording)
        wider = min(max(span * factor, SHORTEST), longest_span(recording))
        start = at - (at - start) * wider / span
        self._go(start, wider)

    def _move(self, share: float) -> None:
        start, span = time_window(self.context.state, self.context.state.results.current.recording)
        self._go(start + share * span, span)

    def _go(self, start: float, span: float) -> None:
        last = max(0.0, self.context.state.results.current.recording.duration - span)
        self.context.model.apply(transitions.set_view, time_start=min(max(0.0, start), last), time_span=span)


def longest_span(recording: Recording) -> float:
    """The longest time that is read at once, s."""
    return min(recording.duration, MOST_VALUES / recording.recording_channels / recording.sampling_frequency)


def time_window(state: State, recording: Recording) -> tuple[float, float]:
    """Start and length of what is shown, s, inside the recording."""
    span = min(state.view.time_span, longest_span(recording))
    return min(max(0.0, state.view.time_start), max(0.0, recording.duration - span)), span


def channels_shown(result: Result, units: tuple[int, ...], count: int | None) -> np.ndarray:
    """The channels nearest to the peak of the first unit, from the top of the probe down, (k,) int64."""
    positions = result.sorted_recording.probe_geometry
    order = np.lexsort((positions[:, 0], -positions[:, 1]))
    if count is None or count >= len(order):
        return order
    best = next((track for track in result.tracks if units and track.id == units[0]), None)
    if best is None:
        return order[:count]
    peak = positions[peak_channel(track_amplitudes(result.sorted_recording, best))]
    near = np.argsort(np.hypot(*(positions - peak).T), kind="stable")[:count]
    return order[np.isin(order, near)]


def pieces(result: Result, units: tuple[int, ...], window: TraceWindow) -> list[Piece]:
    """The spikes of these units in sight, each on the channels where the unit is large."""
    origin = result.recording.recording_offset
    half = round(SPIKE_MS * result.sampling_frequency / 1000)
    found, colors = [], unit_palette(units)
    for track in (track for unit in reversed(units) for track in result.tracks if track.id == unit):
        spikes = track_spikes(result.sorted_recording, track) - origin
        first, last = np.searchsorted(spikes, (window.start, window.start + window.num_samples))
        mean = track_amplitudes(result.sorted_recording, track).mean(axis=0)[window.channels]
        rows = np.flatnonzero(mean >= SPIKE_SHARE * max(mean.max(), 1e-12))
        found.append(Piece(colors(track.id), spikes[first:last][:MOST_PIECES], half, rows))
    return found


def segments_in_sight(result: Result, window: TraceWindow) -> list[tuple[float, float]]:
    """Segments that overlap the window, s, so that every second one of the recording is shaded."""
    origin, rate = result.recording.recording_offset, result.sampling_frequency
    bounds = (np.array(result.sorted_recording.segment_boundaries()) - origin) / rate
    start, end = window.start / rate, (window.start + window.num_samples) / rate
    seen = np.flatnonzero((bounds[:, 1] > start) & (bounds[:, 0] < end))
    first = seen[0] - seen[0] % 2 if len(seen) else 0
    return [tuple(pair) for pair in bounds[first : seen[-1] + 1]] if len(seen) else []


def thresholds(result: Result, sample: int = 0) -> np.ndarray:
    """Detection threshold of each channel (channels,), with the sign of the signal, in the units of the file; nan on
    channels that were left out. `sample`: of a merged recording those of the part it lies in."""
    recording, preset = result.recording, result.preset
    settings, excluded = result.settings, result.sorted_recording.excluded
    if isinstance(recording, MergedSignal):
        part = recording.part_at(sample)
        recording, preset, settings, excluded = part.signal, part.preset, part.settings, part.excluded
    as_it_was = {"exclude_channels": tuple(excluded), "dead_channels": "keep"}
    given = {name: value for name, value in settings.items() if value is not None}
    older = {option.name: option.default for option in OPTION_TABLE}  # what older sessions do not say was not done
    values = resolve(None, {**older, **given, **as_it_was})
    plan, _ = run_to_end(make_plan(recording, values, method_of(preset)))
    return plan.on_probe(plan.thresholds, np.nan) / -values["detection_polarity"]
