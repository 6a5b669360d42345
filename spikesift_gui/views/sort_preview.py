"""What the settings will find, before sorting: thresholds, detected spikes and their rate, segment boundaries."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from spikesift_core.detection_preview import LOWEST, DetectionPreview, preview_detection
from spikesift_core.parameters import PARAMETERS, method_of, resolve
from spikesift_core.peaks import Peaks
from spikesift_core.preparing import as_sorted, why_not
from spikesift_core.traces import TraceWindow, read_window
from spikesift_gui import transitions
from spikesift_gui.asked import few_enough, segment_question
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtCore, QtWidgets, QWidget
from spikesift_gui.state import State
from spikesift_gui.status import duration_words
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, column, label, row
from spikesift_gui.widgets.local_keys import LocalKeys
from spikesift_gui.widgets.overview_strip import OverviewStrip
from spikesift_gui.widgets.rate_curve import RateCurve
from spikesift_gui.widgets.trace_plot import TracePlot
from spikesift_gui.window_words import window_words

ROWS = 12  # channels shown, around the busiest one
SHORTEST, LONGEST = 0.002, 5.0  # s of time shown
NOISES_APART = 10.0  # two traces, at scale 1
SLIDER = 10  # steps of the slider in one median


class SortPreview(View):
    """Traces with thresholds and detected spikes, their rate over the threshold, and where segments would end."""

    id = "sort-preview"
    title = "Preview"
    says = ("file", "time", "filtered")
    help = (
        "What sorting with these settings starts from. Traces: the channels around the busiest one, as the sorter sees "
        "them (or raw); dashed lines are the detection thresholds, dots the spikes that they find, each on the channel "
        "that sees it deepest. Move the slider: the number says how many spikes a second are found on all channels in "
        "pieces spread over the recording, and the curve how that changes with the threshold. Where the curve is steep "
        "the threshold is in the noise. Sorting measures the thresholds anew in each segment.\n\n"
        "The strip is the whole recording: colours are clear spikes along the probe, lines the boundaries of segments "
        "that the sorter would choose with these settings; finding them means reading the whole file once.\n\n"
        "Wheel: zoom in time. Shift + wheel or drag: move. Ctrl + wheel: height of the traces. Keys: Left, Right, Home."
    )
    watches = ("checked", "settings", "view", "seen", "jobs")
    options = {"filtered": True, "thresholds": True, "scale": 1.0, "trying": None}

    def build(self) -> QWidget:
        """Slider and words above, traces and curve, the strip below."""
        self._preview: DetectionPreview | None = None
        self._asked: Any = None
        self._read: Any = None
        self._window: TraceWindow | None = None
        self._painted = self._strip_shows = None  # what is drawn already
        self._spikes: Peaks | None = None
        self._rows = np.zeros(0, np.int64)
        self.filtered = self._toggle("Filtered", "filtered", "Through the filter of the sorter, or as in the file")
        self.levels = self._toggle("Thresholds", "thresholds", "Dashed lines where a spike is detected, when filtered")
        self.tools.addLayout(row(self.filtered, self.levels, gap=4))
        self.traces = TracePlot()
        self.traces.plot.getAxis("bottom").showLabel(False)
        self.traces.zoomed.connect(self._zoom)
        self.traces.moved.connect(self._move)
        self.traces.scaled.connect(lambda factor: self.set_option("scale", self.option("scale") * factor))
        self.curve = RateCurve()
        middle = row(self.traces, self.curve, gap=SPACE)
        middle.setStretch(0, 1)
        body = QWidget()
        body.setLayout(column(self._threshold(), middle, self._segments(), gap=0))
        body.layout().setStretch(1, 1)
        keys = {"Left": lambda: self._move(-0.5), "Right": lambda: self._move(0.5), "Home": lambda: self._go(0.0)}
        self.traces.plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        LocalKeys(self.traces.plot, keys)
        return body

    def _threshold(self) -> QWidget:
        parameter = PARAMETERS["detection_sensitivity"]
        self.slider = QtWidgets.QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(round(max(LOWEST, parameter.soft_low) * SLIDER), round(parameter.soft_high * SLIDER))
        self.slider.setPageStep(SLIDER)
        self.slider.setAccessibleName(parameter.label)
        self.slider.setToolTip(parameter.help)
        self.slider.valueChanged.connect(self._slide)
        self.slider.sliderReleased.connect(self._release)
        self.value, self.rate = label("", "section"), label("", "muted")
        self.rate.setAlignment(Qt.AlignmentFlag.AlignRight)
        made = QWidget()
        moved = row(label(parameter.label, "muted"), self.slider, self.value)
        moved.setStretch(1, 1)
        layout = column(moved, self.rate, gap=2)  # large text has no room for all in one line
        layout.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        made.setLayout(layout)
        return made

    def _segments(self) -> QtWidgets.QLayout:
        self.strip = OverviewStrip()
        self.strip.sought.connect(self._go)
        self.segment_words = label("", "caption")
        self.find = QtWidgets.QPushButton("Find segments")
        self.find.setToolTip("Read the recording once and show where the sorter would cut it")
        self.find.clicked.connect(lambda: self.context.run("segments.find"))
        below = row(self.segment_words, None, self.find)
        below.setContentsMargins(SPACE, 0, SPACE, SPACE // 2)
        return column(self.strip, below, gap=0)

    def _toggle(self, words: str, name: str, tip: str) -> QtWidgets.QPushButton:
        made = QtWidgets.QPushButton(words)
        made.setCheckable(True)
        made.setToolTip(tip)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(lambda checked: self.set_option(name, checked))
        return made

    def hint(self, state: State) -> Hint | None:
        """Nothing to look at, or settings that cannot be."""
        recording = state.checked.recording
        if recording is None:
            return Hint("No preview yet", "It needs a recording and a probe with one contact for each channel.")
        problem = why_not(recording.recording_channels, resolve(state.settings.preset, state.settings.given))
        return Hint("No preview with these settings", problem) if problem else None

    def draw(self, before: State | None, after: State) -> None:
        """Measure when what is measured differs, read when what is shown differs, and paint."""
        self.filtered.setChecked(self.option("filtered", after))
        self.levels.setChecked(self.option("thresholds", after) and self.option("filtered", after))
        self.levels.setEnabled(self.option("filtered", after))
        with QtCore.QSignalBlocker(self.slider):
            if not self.slider.isSliderDown():
                self.slider.setValue(round(SLIDER * self._sensitivity(after)))
        self._draw_strip(after)
        if not after.job("sort"):
            self.context.run("recording.survey")  # another probe than on the page Recording: other depths
        recording, settings = after.checked.recording, after.settings
        values = resolve(settings.preset, settings.given)
        signal = ("detection_polarity", "common_reference", "dead_channels", "exclude_channels")
        asked = (recording, settings.preset, *(values[name] for name in signal))
        if asked != self._asked:
            self._asked, self._preview, self._read = asked, None, None
            measure = partial(preview_detection, recording, values, method_of(settings.preset))
            self.compute("detection", partial(_answer, measure), partial(self._keep, asked), slow=True)
        self._read_window(after)
        self._paint(after)

    def _keep(self, asked: Any, preview: DetectionPreview | str) -> None:
        if asked != self._asked:
            return
        if self.hint(self.context.state) is not None:
            self._asked = None  # asked again when there is something to look at again
            return
        if isinstance(preview, str):
            self.rate.setText(preview)
            return
        self._preview = preview
        state = self.context.state
        self._rows = busiest_rows(preview, self._sensitivity(state))
        self.curve.show_peaks(preview.peaks, self.slider.minimum() / SLIDER, self.slider.maximum() / SLIDER)
        self._read_window(state)
        self._paint(state)

    def _read_window(self, state: State) -> None:
        preview, recording = self._preview, state.checked.recording
        if preview is None:
            return
        start, span = _time(state)
        filtered, rate = self.option("filtered", state), recording.sampling_frequency
        read = (self._asked, start, span, filtered, self.traces.plot.width())
        if read == self._read:
            return
        self._read = read
        first, count = round(start * rate), max(2, round(span * rate))
        values = resolve(state.settings.preset, state.settings.given)
        show = partial(
            read_window,
            as_sorted(recording, values, preview.excluded),
            first,
            count,
            filtered=filtered,
            columns=max(200, self.traces.plot.width()),
            channels=self._rows,
            method=preview.method,
        )
        both = partial(_answer, lambda: (show(), preview.spikes_between(first, count)))
        self.compute("window", both, lambda found: self._show(read, found))

    def _show(self, read: Any, found: tuple | str) -> None:
        if read != self._read or isinstance(found, str):
            return
        if self.hint(self.context.state) is not None:
            self._read = None  # read again when there is something to look at again
            return
        self._window, self._spikes = found
        self._paint(self.context.state)

    # Drawing

    def _sensitivity(self, state: State) -> float:
        trying = self.option("trying", state)
        if trying is not None:
            return trying
        return resolve(state.settings.preset, state.settings.given)["detection_sensitivity"]

    def _paint(self, state: State) -> None:
        sensitivity = self._sensitivity(state)
        self.value.setText(f"{sensitivity:.4g} × median")
        widest = self.value.fontMetrics().horizontalAdvance(f"{self.slider.maximum() / SLIDER + 0.1:.4g} × median")
        self.value.setMinimumWidth(widest)  # the slider keeps its length while it is moved
        preview, window, palette = self._preview, self._window, self.palette_now
        if preview is None:
            self.rate.setText("measuring…")
            return
        self.rate.setText(rate_words(preview, sensitivity))
        if preview.peaks is not None:
            self.rate.setToolTip(f"Counted in {preview.peaks.seconds:.2g} s, in pieces spread over the recording.")
        self.curve.show_threshold(sensitivity, palette)
        if window is None or not np.array_equal(window.channels, self._rows):
            return
        noise = window.noise[window.noise > 0]
        apart = NOISES_APART * float(np.median(noise)) if len(noise) else 1.0
        recording = state.checked.recording
        span = _time(state)[1]
        spacing = apart / self.option("scale", state)
        if self._painted != (window, spacing, span, palette):  # the slider leaves the traces as they are
            self._painted = (window, spacing, span, palette)
            rate, gaps = recording.sampling_frequency, recording.gaps
            self.traces.show_window(window, rate, spacing, palette, span=span, gaps=gaps)
        filtered, levels = self.option("filtered", state), self.option("thresholds", state)
        shown = preview.thresholds(sensitivity)[window.channels] if levels and filtered else None
        self.traces.show_levels(shown, palette)
        found = spikes_in_sight(preview, self._spikes, window, sensitivity)
        depths = found[2] if filtered else np.zeros_like(found[2])
        self.traces.show_spikes(found[0] / recording.sampling_frequency, found[1], depths, palette.second)

    def _draw_strip(self, state: State) -> None:
        recording, seen, palette = state.checked.recording, state.seen, self.palette_now
        overview = seen.overview if seen.recording is state.checked.preview else None
        if self._strip_shows != (recording, overview, palette):
            self._strip_shows = (recording, overview, palette)
            self.strip.show_overview(overview, recording, palette, palette.accent)
        self.strip.show_sight(*_time(state), palette)
        found = seen.segments if seen.segments_of == segment_question(state) else None
        self.strip.show_bounds(None if found is None else found.bounds, palette)
        running = state.job("segments") is not None
        self.find.setVisible(found is None and not running)
        if found is not None:
            self.segment_words.setText(f"{lengths_words(found.bounds)} with these settings.")
        else:
            words = "Looking for the boundaries of segments…" if running else "Segment boundaries: not looked for yet."
            self.segment_words.setText(words)
            if not running and few_enough(recording):
                self.context.run("segments.find")

    # What a person does

    def _slide(self, value: int) -> None:
        sensitivity = value / SLIDER
        if self.slider.isSliderDown():
            self.set_option("trying", sensitivity)
        else:
            self.context.run("settings.set", name="detection_sensitivity", value=sensitivity)

    def _release(self) -> None:
        trying = self.option("trying")
        if trying is not None:
            self.set_option("trying", None)
            self.context.run("settings.set", name="detection_sensitivity", value=trying)

    def _go(self, start: float, span: float | None = None) -> None:
        changes = {"time_start": max(0.0, start)} | ({} if span is None else {"time_span": span})
        self.context.model.apply(transitions.set_view, **changes)

    def _move(self, share: float) -> None:
        start, span = _time(self.context.state)
        self._go(min(max(0.0, start + share * span), self.context.state.checked.recording.duration - span))

    def _zoom(self, factor: float, at: float) -> None:
        start, span = _time(self.context.state)
        wanted = min(max(span * factor, SHORTEST), LONGEST)
        self._go(at - (at - start) * wanted / span, wanted)


def _time(state: State) -> tuple[float, float]:
    """Start and length (s) of what is shown."""
    duration = state.checked.recording.duration
    span = min(max(state.view.time_span, SHORTEST), LONGEST, duration)
    return min(max(0.0, state.view.time_start), max(0.0, duration - span)), span


def _answer(job: Any) -> Any:
    """What the job gives, or in words why it gives nothing: the page Recording says what is wrong with the file."""
    try:
        return job()
    except ValueError as error:
        return window_words(str(error))


def busiest_rows(preview: DetectionPreview, sensitivity: float) -> np.ndarray:
    """Channels of the file around the one with most spikes, from the top of the probe down, (rows,) int64."""
    positions = preview.view.probe_geometry
    rates = preview.peaks.rates(sensitivity) if preview.peaks else np.zeros(len(positions))
    near = np.argsort(np.hypot(*(positions - positions[int(np.argmax(rates))]).T), kind="stable")[:ROWS]
    order = near[np.lexsort((positions[near, 0], -positions[near, 1]))]
    return preview.view.channel_numbers[order]


def spikes_in_sight(preview: DetectionPreview, spikes: Peaks | None, window: TraceWindow, sensitivity: float):
    """Samples (n,) int64, rows (n,) int64 and depths (n,), in the units of the file with the sign of the signal, of the
    spikes that a threshold finds on the channels and in the time of a window."""
    if spikes is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    channels = preview.view.channel_numbers[spikes.channels]
    found = spikes.deepest & (spikes.depths > sensitivity) & np.isin(channels, window.channels)
    found &= (spikes.samples >= window.start) & (spikes.samples < window.start + window.num_samples)
    order = np.argsort(window.channels)
    rows = order[np.searchsorted(window.channels, channels[found], sorter=order)]
    depths = spikes.depths[found] * spikes.medians[spikes.channels[found]] * preview.polarity
    return spikes.samples[found], rows, depths


def lengths_words(bounds: np.ndarray) -> str:
    """How many segments there are, and how long they are; bounds (segments, 2), s."""
    lengths = np.diff(bounds, axis=1)
    shortest, longest = (duration_words(float(length)) for length in (lengths.min(), lengths.max()))
    return f"{len(lengths)} segments of {shortest} to {longest}" if len(lengths) > 1 else f"One segment of {longest}"


def rate_words(preview: DetectionPreview, sensitivity: float) -> str:
    """How many spikes a threshold finds on all channels together."""
    if preview.peaks is None:
        return "too short to look at"
    rates = preview.peaks.rates(sensitivity)
    busy = int(np.count_nonzero(rates))
    return f"{rates.sum():.3g} spikes/s on {busy} of {len(rates)} channels"
