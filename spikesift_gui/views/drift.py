"""Where every spike and every unit is along the probe, over time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any

import numpy as np

from spikesift_core.number_words import number_words
from spikesift_core.results import SortedRecording
from spikesift_core.spike_depths import SpikeDepths
from spikesift_core.unit_facts import LOCAL_UM
from spikesift_core.unit_links import positions_of
from spikesift_gui.plots import make_plot, pen
from spikesift_gui.qt import Qt, QtCore, QWidget, pg
from spikesift_gui.selected import segment_times, sentences, without_words
from spikesift_gui.spike_cloud import KINDS, MOST_SPIKES, Points, cloud_points, cloud_words, spikes_of
from spikesift_gui.state import Result, State
from spikesift_gui.unit_colors import unit_color
from spikesift_gui.unit_figures import question
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, column
from spikesift_gui.widgets.colored_paths import ColoredPaths
from spikesift_gui.widgets.colored_points import ColoredPoints
from spikesift_gui.widgets.segment_shading import SegmentShading
from spikesift_gui.widgets.steady_label import SteadyLabel
from spikesift_gui.widgets.unit_paths import UnitPath, unit_paths

REACH = 12.0  # px between a click and the line it means
FEW_SPIKES = 3000  # are read in less than a second
FAINT, FULL = 0.3, 0.9  # opacity of units that are not selected, and of all where none is


class DriftView(View):
    """A line for each unit, over a point for each spike."""

    id = "drift"
    title = "Drift map"
    says = ("recording", "all units", "segment")
    help = (
        "Where every spike is along the probe: the centre of mass of how far the filtered signal goes at the spike on "
        f"the contacts within {LOCAL_UM:g} µm of its unit's largest one, weighted by the square of that. The colour is "
        "that of the unit, or tells the amplitude, the stronger the larger. Of more than "
        f"{MOST_SPIKES:,} spikes so many are shown, evenly spread; the line below says how many of how many.\n\n"
        "Lines: each unit, one level for each segment, from its amplitude vector in the same way. A cross: the unit "
        "was lost there, before the last segment. Dashed, across the middle: how far the tissue moved since the first "
        "segment, as the linked units have it.\n\n"
        "When the tissue moves, lines near each other move together. A line that jumps alone is probably a wrong "
        "link. Lines that end where a similar one begins are perhaps one unit that was not linked.\n\n"
        "Click: select the unit; with Ctrl: add it, or take it out. Wheel: zoom; drag: move. Shaded: every second "
        "segment; blue: the one in focus."
    )

    watches = ("results", "selection", "view", "jobs")
    options = {"spikes": "units"}

    def build(self) -> QWidget:
        """One plot and a line of words."""
        self._plot = make_plot("Time (s)", "Depth (µm)", grid=False)
        self._shading, self._others, self._chosen = SegmentShading(), ColoredPaths(kept=True), ColoredPaths()
        self._ends, self._chosen_ends = (pg.ScatterPlotItem(symbol="x", size=8, pxMode=True) for _ in range(2))
        self._cloud, self._picked = ColoredPoints(kept=True), ColoredPoints()
        self._shift = pg.PlotCurveItem()
        behind = (self._shading, self._cloud, self._others, self._shift, self._ends)
        for item in (*behind, self._picked, self._chosen, self._chosen_ends):
            self._plot.addItem(item)
        self._plot.scene().sigMouseClicked.connect(self._click)
        self._plot.scene().sigMouseMoved.connect(self._hover)
        self._paths: list[UnitPath] = []
        self._quiet: float | None = None  # opacity in which all are drawn
        self._asked: Any = None
        self._spikes: SpikeDepths | None = None
        self._kind = self.add_choice("spikes", KINDS, "What is shown")
        self._caption = SteadyLabel((8, 2, 8, 4))
        body = QWidget()
        body.setLayout(column(self._plot, self._caption, gap=0))
        body.layout().setStretch(0, 1)
        return body

    def hint(self, state: State) -> Hint | None:
        """A result with times is needed; no selection."""
        if super().hint(state) is None and state.results.current.sampling_frequency is None:
            return Hint("Sampling frequency not known", "Without it times cannot be shown in seconds.")
        return super().hint(state)

    def draw(self, before: State | None, after: State) -> None:
        """Paths and spikes are computed in the background; a selection only colours them."""
        result, kind = after.results.current, self.option("spikes", after)
        fresh = before is None or before.results != after.results
        if fresh:
            self.compute(
                "paths",
                lambda: unit_paths(result.sorted_recording, result.tracks, result.sampling_frequency),
                self._show,
            )
        elif before.selection != after.selection:
            self._color()
        if fresh or before.view.segment != after.view.segment:
            self._shading.show_segments(segment_times(result), self.palette_now, after.view.segment)
        if before is None or kind != self.option("spikes", before):
            self._kind.setCurrentIndex(self._kind.findData(kind))
            self._color_anew()
        self._measure(after)

    def _measure(self, state: State) -> None:
        """Read the spikes where they are wanted and not there yet; not while they are still being sorted."""
        asked, result = question(state), state.results.current
        if self._asked is not None and self._asked != asked:
            self._asked = self._spikes = None
            self._color_anew()
        if self._asked is None and asked[2] is not None and self.option("spikes", state) != "none":
            self._asked = asked
            self.compute("spikes", lambda: spikes_of(result), self._show_spikes, slow=many_spikes(asked[0]))
        self._say()

    def _show(self, paths: list[UnitPath]) -> None:
        self._paths = paths
        self._color_anew()
        ends = segment_times(self.context.state.results.current)
        low, high = (edge([path.y for path in paths]) for edge in (_lowest, _highest))
        room = max(20.0, 0.05 * (high - low))
        self._plot.setRange(xRange=(ends[0, 0], ends[-1, 1]), yRange=(low - room, high + room), padding=0)
        self._show_shift((low + high) / 2)
        self._say()

    def _show_spikes(self, found: SpikeDepths) -> None:
        if self._asked == question(self.context.state):
            self._spikes = found
            self._color_anew()
            self._say()

    def _show_shift(self, middle: float) -> None:
        result = self.context.state.results.current
        moved = shifts_of(result)
        self._shift.setVisible(bool(np.ptp(moved)))
        dashed = pen(self.palette_now.text, 1.5)
        dashed.setStyle(Qt.PenStyle.DashLine)
        self._shift.setPen(dashed)
        self._shift.setData(segment_times(result).ravel(), np.repeat(middle + moved, 2))

    def _say(self) -> None:
        """The line of words below."""
        state = self.context.state
        result = state.results.current
        lost = sum(path.lost for path in self._paths)
        words = [f"{len(self._paths)} units" + (f", {lost} lost before the last segment (×)" if lost else "")]
        moved = shifts_of(result)
        if np.ptp(moved):
            low, high = (number_words(end, ".0f") for end in (moved.min(), moved.max()))
            words.append(f"dashed: the tissue moved between {low} and {high} µm")
        if self.option("spikes") != "none":
            words.append(self._spike_words(result))
        self._caption.setText(sentences(words))

    def _spike_words(self, result: Result) -> str:
        if result.recording is None:
            return "Single spikes need the recording, which is not there."
        if self._spikes is None:
            return "Measuring the spikes…" if self._asked else "Single spikes come when sorting is done."
        return sentences([cloud_words(self._spikes, result, self.option("spikes")), without_words(result)])

    def _color_anew(self) -> None:
        self._quiet = None
        self._color()

    def _color(self) -> None:
        chosen, colors = set(self.context.state.selection.units), self.colors
        quiet = FAINT if chosen else FULL
        if quiet != self._quiet:  # all of them, once; the selected ones are drawn over them
            self._quiet = quiet
            by_amplitude = self.option("spikes") == "amplitudes"  # then lines in colours of units come second
            lines = FAINT if by_amplitude else quiet
            self._others.show_paths((unit_color(p.id), 1.5, lines, p.x, p.y, "all") for p in self._paths)
            self._cloud.show_points(self._points(None, unit_color, quiet if by_amplitude else 0.6 * quiet))
            _mark_ends(self._ends, self._paths, unit_color, 1)
        self._picked.show_points(self._points(chosen, colors, FULL))
        picked = [path for path in self._paths if path.id in chosen]
        self._chosen.show_paths((colors(path.id), 3.0, 1.0, path.x, path.y, "all") for path in picked)
        _mark_ends(self._chosen_ends, picked, colors, 2)

    def _points(self, units: Iterable[int] | None, colors: Callable[[int], str], opacity: float) -> Iterable[Points]:
        kind = self.option("spikes")
        if self._spikes is None or kind == "none":
            return ()
        result = self.context.state.results.current
        return cloud_points(self._spikes, result, units, kind, colors, opacity, self.palette_now)

    def _unit_at(self, scene_position: QtCore.QPointF) -> UnitPath | None:
        """The unit whose line is nearest to a point, if it is near."""
        box = self._plot.getPlotItem().getViewBox()
        if not self._paths or not box.sceneBoundingRect().contains(scene_position):
            return None
        at = box.mapSceneToView(scene_position)
        per_px = [abs(size) or 1.0 for size in box.viewPixelSize()]
        away = [_distance(path, at.x(), at.y(), *per_px) for path in self._paths]
        nearest = int(np.argmin(away))
        return self._paths[nearest] if away[nearest] <= REACH else None

    def _click(self, event: Any) -> None:
        path = self._unit_at(event.scenePos())
        if path is None or event.button() != Qt.MouseButton.LeftButton:
            return
        units = [path.id]
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            there = self.context.state.selection.units
            units = [unit for unit in there if unit != path.id] if path.id in there else [*there, path.id]
        self.context.run("units.select", units=units)

    def _hover(self, scene_position: QtCore.QPointF) -> None:
        path = self._unit_at(scene_position)
        ends = () if path is None else (number_words(end, ".0f") for end in (np.min(path.y), np.max(path.y)))
        self._plot.setToolTip("" if path is None else f"Unit {path.id}: {' – '.join(ends)} µm")


def shifts_of(result: Result) -> np.ndarray:
    """How far the tissue moved since the first segment, (segments,) um; 0 everywhere where that was not kept."""
    return np.array(positions_of(result.sorted_recording)[1])


def _mark_ends(marks: pg.ScatterPlotItem, paths: list[UnitPath], colors: Callable[[int], str], width: float) -> None:
    """A cross where a unit was lost."""
    lost = [path for path in paths if path.lost]
    pens = [pen(colors(path.id), width) for path in lost]
    marks.setData([path.x[-1] for path in lost], [path.y[-1] for path in lost], pen=pens, brush=None)


def many_spikes(recording: SortedRecording) -> bool:
    """Whether there are more than FEW_SPIKES; of very many most are not counted."""
    counts = (len(train) for segment in recording.sorted_segments for train in segment.spike_clusters)
    return any(count > FEW_SPIKES for count in accumulate(counts))


def _distance(path: UnitPath, x: float, y: float, um_x: float, um_y: float) -> float:
    """Distance in px between a point and the levels of a path (x, y come in pairs)."""
    starts, ends, levels = path.x[::2], path.x[1::2], path.y[::2]
    beside = np.maximum(np.maximum(starts - x, x - ends), 0) / um_x
    return float(np.hypot(beside, (levels - y) / um_y).min())


def _lowest(values: list[np.ndarray]) -> float:
    return min((float(part.min()) for part in values), default=0.0)


def _highest(values: list[np.ndarray]) -> float:
    return max((float(part.max()) for part in values), default=0.0)
