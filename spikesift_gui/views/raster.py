"""Every spike of every unit over the whole recording."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from spikesift_gui.palette import Palette
from spikesift_gui.plots import brush, make_plot, pen
from spikesift_gui.qt import Qt, QtCore, QtGui, QWidget, pg
from spikesift_gui.state import Result, State
from spikesift_gui.unit_colors import unit_palette
from spikesift_gui.units import facts_of, spikes_of
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, choice_field
from spikesift_gui.widgets.colored_paths import ColoredPaths
from spikesift_gui.widgets.segment_shading import SegmentShading

MOST_TICKS = 20_000  # spikes in sight drawn one by one; more are drawn as an image
TICK = 0.4  # half the height of a tick, rows
LABEL_HEIGHT = 15  # px
LINES_OF_A_ROW = 5  # of the image; the last one stays empty, so that rows are told apart
MOST_LINES = 1000  # of the image
FAINT, FULL = 0.3, 1.0  # opacity of units that are not and that are selected
WAIT = 60  # ms, after the last step of a zoom


@dataclass(frozen=True, eq=False)
class Counted:
    """Spikes in sight, whatever their colours: the times of each row (s), or, where these are too many, how strong
    each row is in each column, (rows, columns) float32, 0 to 1."""

    times: tuple[np.ndarray, ...] = ()
    strengths: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Ticks:
    """Spikes in sight one by one: for each row the colour, the opacity, and x and y of pairs of points."""

    rows: list[tuple[str, float, np.ndarray, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Picture:
    """Spikes in sight as an image: (lines, columns, 4) uint8, over the time from start to end (s)."""

    image: np.ndarray
    start: float
    end: float


class RasterView(View):
    """The raster."""

    id = "raster"
    title = "Raster"
    says = ("recording", "all units", "segment")
    help = (
        "One row for each unit, one tick for each spike, in the unit's colour; with very many spikes a column is the "
        "stronger the more it holds. Sorted by depth, the top of the probe at the top. The shading changes from "
        "segment to segment: a row that begins or ends at a boundary is a unit that was not followed further.\n\n"
        "Click: select the unit and go to that time; Ctrl + click: select it too. Wheel: zoom; drag: move; "
        "double-click: everything."
    )
    options = {"order": "depth"}

    def build(self) -> QWidget:
        """The plot; the order in the title bar."""
        self.plot = make_plot("Time (s)", "Unit", grid=False)
        self.plot.setAccessibleName("Raster of all units")
        self._box = self.plot.getPlotItem().getViewBox()
        self._box.setMouseEnabled(True, False)
        self._image = pg.ImageItem(axisOrder="row-major")
        self._ticks = ColoredPaths(kept=True)
        self._now = pg.InfiniteLine(angle=90)
        self._shading = SegmentShading()
        self._selected = pg.BarGraphItem(x0=[], width=[], y0=[], height=[], pen=None)
        self._selected.setZValue(-10)
        for item in (self._shading, self._selected, self._image, self._ticks, self._now):
            self.plot.addItem(item)
        self.order = choice_field(
            (("depth", "By depth"), ("id", "By number")), lambda order: self.set_option("order", order)
        )
        self.order.setAccessibleName("Order of the units")
        self.tools.addWidget(self.order)
        self.rows: tuple[int, ...] = ()  # ids from the bottom
        self._whole: tuple[float, float] = (0.0, 1.0)
        self._result: Result | None = None
        self._later = self.make_timer(WAIT, lambda: self._ask(self.context.state))
        self._box.sigXRangeChanged.connect(lambda *_: self._later.start())
        self._box.sigResized.connect(lambda *_: self._show_labels())
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        return self.plot

    def hint(self, state: State) -> Hint | None:
        """No times without a sampling frequency."""
        if state.results.current is not None and state.results.current.sampling_frequency is None:
            return Hint("No times to show", "The sampling frequency of these units is not known.")
        return super().hint(state)

    def draw(self, before: State | None, after: State) -> None:
        """Order the rows in the background, then draw what is in sight."""
        result = after.results.current
        order = self.option("order", after)
        self.order.setCurrentIndex(self.order.findData(order))
        if before is None or before.results.current is not result or self.option("order", before) != order:
            self.compute("rows", lambda: row_order(result, order), lambda rows: self._show_rows(result, rows))
        elif before.selection != after.selection:
            self._ask(after)
        self._show_now(after)

    def _show_rows(self, result: Result, rows: tuple[int, ...]) -> None:
        if self.context.state.results.current is not result:
            return
        anew = self._result is None or self._result.id != result.id
        self.rows, self._result = rows, result
        bounds = segment_seconds(result)
        grown = self._whole != (bounds[0][0], bounds[-1][1])
        self._whole = (bounds[0][0], bounds[-1][1])
        self._box.setLimits(xMin=self._whole[0], xMax=self._whole[1], minXRange=0.01)
        if anew or grown:
            self.plot.setXRange(*self._whole, padding=0)
        self.plot.setYRange(-0.7, max(len(rows), 1) - 0.3, padding=0)
        self._show_labels()
        self._shading.show_segments(np.array(bounds), self.palette_now)
        self._ask(self.context.state)

    def _show_labels(self) -> None:
        """As many numbers of units as there is height for."""
        last = len(self.rows) - 1
        step = max(1, -(-len(self.rows) * LABEL_HEIGHT // max(LABEL_HEIGHT, int(self._box.height()))))
        labels = [(row, str(unit)) for row, unit in enumerate(self.rows) if (last - row) % step == 0]
        self.plot.getAxis("left").setTicks([labels, []])

    def _ask(self, state: State) -> None:
        """Draw what is in sight."""
        result = self._result
        if result is None or state.results.current is not result:
            return
        rows, units, width = self.rows, state.selection.units, max(200, int(self._box.width()))
        (start, end), _ = self._box.viewRange()
        self._show_selected(units, self.palette_now)
        self.compute("spikes", lambda: in_sight(result, rows, units, start, end, width), self._show)

    def _show(self, seen: Ticks | Picture) -> None:
        ticks = isinstance(seen, Ticks)
        self._image.setVisible(not ticks)
        self._ticks.setVisible(ticks)
        if ticks:
            self._ticks.show_paths((color, 1.0, opacity, x, y, "pairs") for color, opacity, x, y in seen.rows)
            return
        self._image.setImage(seen.image, autoLevels=False, levels=(0, 255))
        self._image.setRect(QtCore.QRectF(seen.start, -0.5, seen.end - seen.start, len(self.rows)))

    def _show_selected(self, units: tuple[int, ...], palette: Palette) -> None:
        rows = np.array([self.rows.index(unit) for unit in units if unit in self.rows], float)
        start, length = self._whole[0], self._whole[1] - self._whole[0]
        shade = brush(palette.accent, 0.16)
        self._selected.setOpts(x0=start, width=length, y0=rows - 0.5, height=np.ones(len(rows)), brush=shade)

    def _show_now(self, state: State) -> None:
        self._now.setPen(pen(self.palette_now.muted, 1))
        self._now.setValue(state.view.time_start + state.view.time_span / 2)

    def _on_click(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self.rows:
            return
        if event.double():
            self.plot.setXRange(*self._whole, padding=0)
            return
        at = self._box.mapSceneToView(event.scenePos())
        unit = self.rows[min(max(0, round(at.y())), len(self.rows) - 1)]
        units = [unit]
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            before = self.context.state.selection.units
            units = [kept for kept in before if kept != unit] if unit in before else [*before, unit]
        self.context.run("units.select", units=units)
        self.context.run("time.go", time=at.x())


def segment_seconds(result: Result) -> list[tuple[float, float]]:
    """Start and end of each segment, s from the recording's first sample."""
    origin = _origin(result)
    return [
        ((start - origin) / result.sampling_frequency, (end - origin) / result.sampling_frequency)
        for start, end in result.sorted_recording.segment_boundaries()
    ]


def row_order(result: Result, order: str) -> tuple[int, ...]:
    """Ids of all units from the bottom row to the top: by depth, or by number with the first at the top."""
    facts = facts_of(result)
    if order == "depth":
        facts = sorted(facts, key=lambda fact: (fact.depth, -fact.id))
    else:
        facts = sorted(facts, key=lambda fact: -fact.id)
    return tuple(fact.id for fact in facts)


def in_sight(
    result: Result, rows: tuple[int, ...], units: tuple[int, ...], start: float, end: float, width: int
) -> Ticks | Picture:
    """The spikes from `start` to `end` (s), one by one or, when they are too many, as an image of `width` columns."""
    seen = _counted(result, rows, start, end, width)
    opacity = [FULL if not units or unit in units else FAINT for unit in rows]
    colors = [unit_palette(units)(unit) for unit in rows]
    if seen.strengths is not None:
        return Picture(_image_of(seen.strengths, opacity, colors), start, end)
    return Ticks([_tick_row(row, *parts) for row, parts in enumerate(zip(colors, opacity, seen.times, strict=True))])


@lru_cache(4)
def _counted(result: Result, rows: tuple[int, ...], start: float, end: float, width: int) -> Counted:
    """The spikes of every row from `start` to `end`: kept, since another selection only colours them anew."""
    origin, rate = _origin(result), result.sampling_frequency
    spikes = dict(zip((track.id for track in result.tracks), spikes_of(result), strict=True))
    bounds = (start * rate + origin, end * rate + origin)
    places = [np.searchsorted(spikes[unit], bounds) for unit in rows]
    times = ((spikes[unit][first:last] - origin) / rate for unit, (first, last) in zip(rows, places, strict=True))
    if sum(last - first for first, last in places) <= MOST_TICKS:
        return Counted(times=tuple(times))
    strengths = np.zeros((len(rows), width), np.float32)
    for row, found in enumerate(times):
        columns = ((found - start) / (end - start) * width).astype(np.int64)
        counts = np.bincount(np.clip(columns, 0, width - 1), minlength=width)
        strengths[row] = np.where(counts > 0, 0.35 + 0.65 * counts / max(counts.max(), 1), 0.0)
    return Counted(strengths=strengths)


def _tick_row(row: int, color: str, opacity: float, times: np.ndarray) -> tuple[str, float, np.ndarray, np.ndarray]:
    y = np.tile([row - TICK, row + TICK], len(times))
    return color, opacity, np.repeat(times, 2), y


def _image_of(strengths: np.ndarray, opacity: list[float], colors: list[str]) -> np.ndarray:
    image = np.zeros((*strengths.shape, 4), np.uint8)
    image[..., :3] = np.array([QtGui.QColor(color).getRgb()[:3] for color in colors], np.uint8)[:, None]
    image[..., 3] = np.rint(strengths * (255 * np.array(opacity, np.float32))[:, None])
    if len(image) * LINES_OF_A_ROW > MOST_LINES:
        return image
    image = np.repeat(image, LINES_OF_A_ROW, axis=0)
    image[LINES_OF_A_ROW - 1 :: LINES_OF_A_ROW, :, 3] = 0
    return image


def _origin(result: Result) -> int:
    return result.recording.recording_offset if result.recording else result.sorted_recording.start_time()
