"""Amplitude over time: of each segment, and of each spike."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikesift_core.tracks import Track, track_amplitudes
from spikesift_core.waveforms import evenly_spread, soon_read, spike_amplitudes, spikes_by_segment
from spikesift_gui.plots import make_plot
from spikesift_gui.qt import Qt, QtCore, QtGui, QWidget, pg
from spikesift_gui.selected import (
    amplitude_scale,
    left_out,
    seconds,
    segment_times,
    selected_tracks,
    sentences,
    units_hint,
    without_words,
)
from spikesift_gui.state import Result, State
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, column, row
from spikesift_gui.widgets.colored_paths import ColoredPaths
from spikesift_gui.widgets.colored_points import ColoredPoints
from spikesift_gui.widgets.segment_shading import SegmentShading
from spikesift_gui.widgets.steady_label import SteadyLabel

MOST_UNITS = 6
MOST_SPIKES = 10_000  # of each unit; more would be read from the file for too long
FIRST_SPIKES = 400  # of each unit, at most: shown at once, before the others are measured
AT_ONCE = 1000  # spikes measured in one step, after which the work can be given up
SOON = 100  # ms, in which the first ones are usually there: levels and spikes are drawn in one go
STAYS = 300  # ms, after which the others are measured
MOST_POINTS = 20_000  # of all units; more become a picture of their density
PICTURE = (600, 200)  # cells, time and amplitude
HISTOGRAM_BINS = 80
HISTOGRAM_WIDTH = 90  # px


@dataclass(frozen=True, eq=False)
class Measured:
    """Amplitudes of a unit's spikes: times (n,) s, amplitudes (n,) as shown, and of how many spikes they are."""

    times: np.ndarray
    amplitudes: np.ndarray
    total: int


class AmplitudeView(View):
    """Levels of segments, points of spikes, a histogram at the side."""

    id = "amplitudes"
    title = "Amplitude over time"
    help = (
        "How large the spikes of the selected units are, along the recording. Thick levels: the mean of each segment, "
        "from the sorter. Points: single spikes, measured in the filtered recording on the channel that is the "
        "unit's largest in that segment, within 0.5 ms of the spike; what other units add at that moment is in them. "
        f"Of a unit with more than {MOST_SPIKES:,} spikes so many are measured, evenly spread; the line below says "
        f"how many of how many. More than {MOST_POINTS:,} points are shown as a picture of their density.\n\n"
        "A steady band is a well followed unit. A slow slope is drift; a jump at a boundary of segments may be a wrong "
        "link; an end in the middle is a lost unit. In the histogram at the right a unit whose lower side is cut off "
        "sharply has spikes too small to be detected; two humps are perhaps two units.\n\n"
        "Shaded: every second segment; blue: the one in focus. Click: go to that time in the traces. "
        "Wheel: zoom. a: spikes or segments only."
    )
    options = {"spikes": True}

    def build(self) -> QWidget:
        """Two plots that share their amplitudes, and a line of words."""
        self._plot = make_plot("Time (s)", "Amplitude")
        self._histogram = make_plot("Spikes", "")
        self._histogram.hideAxis("left")
        self._histogram.setMouseEnabled(False, False)
        self._histogram.setYLink(self._plot.getPlotItem())
        self._histogram.setFixedWidth(HISTOGRAM_WIDTH)
        self._shading, self._levels, self._counts = SegmentShading(), ColoredPaths(), ColoredPaths()
        self._points = ColoredPoints()
        self._picture = pg.ImageItem()
        for item in (self._shading, self._picture, self._points, self._levels):
            self._plot.addItem(item)
        self._histogram.addItem(self._counts)
        self._plot.scene().sigMouseClicked.connect(self._click)
        self._caption = SteadyLabel((8, 2, 8, 4))
        self._kind = self.add_choice("spikes", [(True, "Spikes"), (False, "Segments")], "What is shown (a)")
        self._known: dict[int, Measured] = {}
        self._few: dict[int, Measured] = {}
        self._few_of: Result | None = None
        self._later = self.make_timer(STAYS, self._measure)
        self._soon = self.make_timer(SOON, self._redraw)
        self._moved, self._unit = True, ""
        self._known_of: Any = None
        body = QWidget()
        body.setLayout(column(row(self._plot, self._histogram, gap=0), self._caption, gap=0))
        body.layout().setStretch(0, 1)
        return body

    def hint(self, state: State) -> Hint | None:
        """Units are needed; the recording only for single spikes."""
        return super().hint(state) or units_hint(state, "amplitudes")

    def draw(self, before: State | None, after: State) -> None:
        """Show the segments at once; measure what is not measured yet in the background."""
        if before is not None and self._question(before) == self._question(after):
            return
        self._kind.setCurrentIndex(self._kind.findData(self.option("spikes", after)))
        result, tracks = after.results.current, selected_tracks(after, MOST_UNITS)
        if self._known_of is not result.sorted_recording:
            self._known, self._few, self._known_of = {}, {}, result.sorted_recording
        self._moved |= before is None or before.results != after.results or before.selection != after.selection
        missing = [track for track in tracks if track.id not in self._known]
        if missing and self.option("spikes", after) and result.recording is not None:
            self._few_of = result
            few = soon_read(result.signal, FIRST_SPIKES)
            self.compute("few amplitudes", lambda: measured(result, missing, few), self._show_few)
            self._later.start()
            self._soon.start()
        else:
            self._redraw()

    def _question(self, state: State) -> Any:
        return state.results, state.selection, state.view.segment, self.option("spikes", state)

    def _measure(self) -> None:
        """Every spike, when a person stays with these units: going through many, none is measured in vain."""
        state = self.context.state
        result, tracks = state.results.current, selected_tracks(state, MOST_UNITS)
        missing = [track for track in tracks if track.id not in self._known]
        if missing and result is self._few_of:
            self.compute("amplitudes", lambda: measured(result, missing, MOST_SPIKES), self._measured, slow=True)

    def _show_few(self, found: list[tuple[int, Measured]]) -> None:
        self._few = dict(found)
        self._known.update((unit, few) for unit, few in found if len(few.times) == few.total)
        self._moved = True
        self._redraw()

    def _measured(self, found: list[tuple[int, Measured]]) -> None:
        self._known.update(found)
        self._moved = True
        self._redraw()

    def _redraw(self) -> None:
        self._soon.stop()
        state = self.context.state
        result, tracks = state.results.current, selected_tracks(state, MOST_UNITS)
        factor, unit = amplitude_scale(result)
        if unit != self._unit:
            self._unit = unit
            self._plot.getAxis("left").setLabel(f"Amplitude ({unit})")
        self._shading.show_segments(segment_times(result), self.palette_now, state.view.segment)
        levels = [(track, *_levels(result, track, factor)) for track in tracks]
        self._levels.show_paths((self.colors(track.id), 2.5, 1.0, x, y, "pairs") for track, x, y in levels)
        known = {**self._few, **self._known} if self.option("spikes") else {}
        shown = [(track, known[track.id]) for track in tracks if track.id in known]
        self._histogram.setVisible(self.option("spikes") and result.recording is not None)
        values = np.concatenate([*(y for _, _, y in levels), *(found.amplitudes for _, found in shown)])
        values = values[np.isfinite(values)]
        span = (min(0.0, values.min(initial=0.0)), 1.05 * max(values.max(initial=0.0), 1e-9))
        self._show_spikes(result, shown, span)
        self._show_histogram(shown, span)
        self._caption.setText(self._words(state, tracks, shown))
        if self._moved:
            self._moved, ends = False, segment_times(result)
            self._plot.setRange(xRange=(ends[0, 0], ends[-1, 1]), yRange=span, padding=0)

    def _words(self, state: State, tracks: list[Track], shown: list[tuple[Track, Measured]]) -> str:
        rest = left_out(state, MOST_UNITS)
        if not self.option("spikes"):
            return sentences(["The mean of each segment.", rest])
        if state.results.current.recording is None:
            return sentences(["The mean of each segment; single spikes need the recording, which is not there.", rest])
        waiting = ["Measuring the spikes…"] if any(track.id not in self._known for track in tracks) else []
        parts = [f"{track.id}: {len(found.times):,} of {found.total:,} spikes" for track, found in shown]
        return sentences([*parts, *waiting, without_words(state.results.current), rest])

    def _show_spikes(self, result: Result, shown: list[tuple[Track, Measured]], span: tuple[float, float]) -> None:
        many = sum(len(found.times) for _, found in shown) > MOST_POINTS
        self._picture.setVisible(many)
        if many:
            self._points.show_points(())
            start, end = segment_times(result)[[0, -1], [0, 1]]
            self._picture.setImage(density([(self.colors(t.id), found) for t, found in shown], (start, end), span))
            self._picture.setRect(QtCore.QRectF(start, span[0], end - start, span[1] - span[0]))
            return
        self._points.show_points((self.colors(t.id), 0.5, found.times, found.amplitudes) for t, found in shown)

    def _show_histogram(self, shown: list[tuple[Track, Measured]], span: tuple[float, float]) -> None:
        edges = np.linspace(*span, HISTOGRAM_BINS + 1)
        counts = [np.histogram(found.amplitudes, edges)[0] for _, found in shown]
        self._counts.show_paths(
            (self.colors(track.id), 1.5, 1.0, np.repeat(count.astype(float), 2), np.repeat(edges, 2)[1:-1], "all")
            for (track, _), count in zip(shown, counts, strict=True)
        )
        most = 1.05 * max([1, *(int(count.max()) for count in counts)])
        self._histogram.setXRange(0, most, padding=0)
        tick = round_below(0.75 * most)  # one number: more of them would touch in so narrow a plot
        self._histogram.getAxis("bottom").setTicks([[(0, ""), (tick, f"{tick:,}")], []])

    def _click(self, event: Any) -> None:
        box = self._plot.getPlotItem().getViewBox()
        if event.button() == Qt.MouseButton.LeftButton and box.sceneBoundingRect().contains(event.scenePos()):
            self.context.run("time.go", time=box.mapSceneToView(event.scenePos()).x())


def measured(result: Result, tracks: list[Track], most: int) -> Generator[None, None, list[tuple[int, Measured]]]:
    """Ids of units, and the amplitudes of at most `most` spikes of each; runs in the background, step by step."""
    found = []
    for track in tracks:
        found.append((track.id, (yield from measure(result, track, most))))
    return found


def measure(result: Result, track: Track, most: int) -> Generator[None, None, Measured]:
    """Amplitude of each spike on the largest channel of its segment."""
    spikes, segments = spikes_by_segment(result.sorted_recording, track)
    chosen = evenly_spread(len(spikes), most)
    largest = track_amplitudes(result.sorted_recording, track).argmax(axis=1)
    channels = largest[np.searchsorted(track.segments, segments[chosen])]
    signal, how = result.signal, result.how_measured
    found = [np.zeros(0, np.float32)]
    for first in range(0, len(chosen), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        found.append(spike_amplitudes(signal, spikes[chosen[some]], channels[some], **how))
        yield
    amplitudes = np.concatenate(found) * amplitude_scale(result)[0]
    return Measured(seconds(result, spikes[chosen]), amplitudes, len(spikes))


def density(units: list[tuple[str, Measured]], times: tuple[float, float], span: tuple[float, float]) -> np.ndarray:
    """Points of several units as a picture, (time, amplitude, 4) uint8 RGBA: the more points, the less transparent;
    where units meet, the one with more points shows."""
    picture = np.zeros((*PICTURE, 4), np.uint8)
    most = np.zeros(PICTURE)
    for color, found in units:
        known = np.isfinite(found.amplitudes)
        counts = np.histogram2d(found.times[known], found.amplitudes[known], PICTURE, (times, span))[0]
        mine = counts > most
        picture[mine, :3] = QtGui.QColor(color).getRgb()[:3]
        opaque = max(np.quantile(counts[counts > 0], 0.9), 1) if counts.any() else 1
        picture[mine, 3] = np.rint(255 * np.clip(0.25 + 0.75 * counts / opaque, 0, 1))[mine]
        most = np.maximum(most, counts)
    return picture


def round_below(value: float) -> int:
    """The largest of 1, 2, 5, 10, 20, 50 … that is not larger, at least 1."""
    tens = 10 ** int(np.log10(max(value, 1.0)))
    return max(step * tens for step in (1, 2, 5) if step == 1 or step * tens <= value)


def _levels(result: Result, track: Track, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """x, y of a level for each segment, in pairs."""
    largest = track_amplitudes(result.sorted_recording, track).max(axis=1) * factor
    return segment_times(result)[list(track.segments)].ravel(), np.repeat(largest, 2).astype(float)
