"""Where every unit is along the probe, over time."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikesift_core.unit_facts import LOCAL_UM
from spikesift_gui.plots import make_plot, pen
from spikesift_gui.qt import Qt, QtCore, QWidget, pg
from spikesift_gui.selected import segment_times
from spikesift_gui.state import State
from spikesift_gui.unit_colors import unit_color
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, column, label
from spikesift_gui.widgets.colored_paths import ColoredPaths
from spikesift_gui.widgets.segment_shading import SegmentShading
from spikesift_gui.widgets.unit_paths import UnitPath, unit_paths

REACH = 12.0  # px between a click and the line it means


class DriftView(View):
    """A line for each unit."""

    id = "drift"
    title = "Drift map"
    says = ("recording", "all units", "segment")
    help = (
        "Where each unit is along the probe: one level for each segment, in the colour of the unit, joined where the "
        "unit was linked. The depth is the centre of mass of its amplitude vector (contacts within "
        f"{LOCAL_UM:g} µm of the largest, weighted by squared amplitude), so there is one depth for each segment and "
        "not yet one for each spike. A cross: the unit was lost there, before the last segment.\n\n"
        "When the tissue moves, lines near each other move together. A line that jumps alone is probably a wrong "
        "link. Lines that end where a similar one begins are perhaps one unit that was not linked.\n\n"
        "Click: select the unit; with Ctrl: add it, or take it out. Wheel: zoom; drag: move. Shaded: every second "
        "segment; blue: the one in focus."
    )

    def build(self) -> QWidget:
        """One plot and a line of words."""
        self._plot = make_plot("Time (s)", "Depth (µm)", grid=False)
        self._shading, self._others, self._chosen = SegmentShading(), ColoredPaths(kept=True), ColoredPaths()
        self._ends = pg.ScatterPlotItem(symbol="x", size=8, pxMode=True)
        for item in (self._shading, self._others, self._chosen, self._ends):
            self._plot.addItem(item)
        self._plot.scene().sigMouseClicked.connect(self._click)
        self._plot.scene().sigMouseMoved.connect(self._hover)
        self._paths: list[UnitPath] = []
        self._quiet: float | None = None  # opacity in which all are drawn
        self._caption = label("", "caption", wrap=True)
        self._caption.setContentsMargins(8, 2, 8, 4)
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
        """Paths are computed in the background; a selection only colours them."""
        result = after.results.current
        if before is None or before.results != after.results:
            self.compute(
                "paths",
                lambda: unit_paths(result.sorted_recording, result.tracks, result.sampling_frequency),
                self._show,
            )
        elif before.selection != after.selection:
            self._color()
        if before is None or before.results != after.results or before.view.segment != after.view.segment:
            self._shading.show_segments(segment_times(result), self.palette_now, after.view.segment)

    def _show(self, paths: list[UnitPath]) -> None:
        self._paths, self._quiet = paths, None
        self._color()
        ends = segment_times(self.context.state.results.current)
        low, high = (edge([path.y for path in paths]) for edge in (_lowest, _highest))
        room = max(20.0, 0.05 * (high - low))
        self._plot.setRange(xRange=(ends[0, 0], ends[-1, 1]), yRange=(low - room, high + room), padding=0)
        lost = sum(path.lost for path in paths)
        all_words = f"{len(paths)} units, one depth for each segment"
        self._caption.setText(f"{all_words}; {lost} lost before the last segment (×)." if lost else f"{all_words}.")

    def _color(self) -> None:
        chosen, colors = set(self.context.state.selection.units), self.colors
        quiet = 0.3 if chosen else 0.9
        if quiet != self._quiet:  # all of them, once; the selected ones are drawn over them
            self._quiet = quiet
            self._others.show_paths((unit_color(p.id), 1.5, quiet, p.x, p.y, "all") for p in self._paths)
        picked = [path for path in self._paths if path.id in chosen]
        self._chosen.show_paths((colors(path.id), 3.0, 1.0, path.x, path.y, "all") for path in picked)
        lost = [path for path in self._paths if path.lost]
        self._ends.setData(
            [path.x[-1] for path in lost],
            [path.y[-1] for path in lost],
            pen=[pen(colors(path.id), 2 if path.id in chosen else 1) for path in lost],
            brush=None,
        )

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
        words = "" if path is None else f"Unit {path.id}: {np.min(path.y):.0f} – {np.max(path.y):.0f} µm"
        self._plot.setToolTip(words)


def _distance(path: UnitPath, x: float, y: float, um_x: float, um_y: float) -> float:
    """Distance in px between a point and the levels of a path (x, y come in pairs)."""
    starts, ends, levels = path.x[::2], path.x[1::2], path.y[::2]
    beside = np.maximum(np.maximum(starts - x, x - ends), 0) / um_x
    return float(np.hypot(beside, (levels - y) / um_y).min())


def _lowest(values: list[np.ndarray]) -> float:
    return min((float(part.min()) for part in values), default=0.0)


def _highest(values: list[np.ndarray]) -> float:
    return max((float(part.max()) for part in values), default=0.0)
