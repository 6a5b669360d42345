"""Every spike of every unit over the whole recording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikesift_gui.palette import Palette
from spikesift_gui.plots import brush, make_plot, pen
from spikesift_gui.qt import Qt, QtCore, QtGui, QTimer, QWidget, pg
from spikesift_gui.state import Result, State
from spikesift_gui.unit_colors import unit_palette
from spikesift_gui.units import facts_of, spikes_of
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, choice_field
from spikesift_gui.widgets.colored_paths import ColoredPaths

MOST_TICKS = 20_000  # spikes in sight drawn one by one; more are drawn as an image
TICK = 0.4  # half the height of a tick, rows
LABEL_HEIGHT = 15  # px
LINES_OF_A_ROW = 5  # of the image; the last one stays empty, so that rows are told apart
MOST_LINES = 1000  # of the image
FAINT, FULL = 0.3, 1.0  # opacity of units that are not and that are selected
WAIT = 60  # ms, after the last step of a zoom


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
        self._ticks = ColoredPaths()
        self._now = pg.InfiniteLine(angle=90)
        self._bands: list[Any] = []
        for item in (self._image, self._ticks, self._now):
            self.plot.addItem(item)
        self.order = choice_field(
            (("depth", "By depth"), ("id", "By number")), lambda order: self.set_option("order", order)
        )
        self.order.setAccessibleName("Order of the units")
        self.tools.addWidget(self.order)
        self.rows: tuple[int, ...] = ()  # ids from the bottom
        self._whole: tuple[float, float] = (0.0, 1.0)
        self._result: Result | None = None
        self._later = QTimer(self, singleShot=True, interval=WAIT)
        self._later.timeout.connect(lambda: self._ask(self.context.state))
        self._box.sigXRangeChanged.connect(lambda *_: self._later.start())
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
        step = max(1, -(-len(rows) * LABEL_HEIGHT // max(LABEL_HEIGHT, int(self._box.height()))))
        labels = [(row, str(unit)) for row, unit in enumerate(rows) if (len(rows) - 1 - row) % step == 0]
        self.plot.getAxis("left").setTicks([labels, []])
        self._ask(self.context.state)

    def _ask(self, state: State) -> None:
        """Draw what is in sight."""
        result = self._result
        if result is None or state.results.current is not result:
            return
        rows, units, width = self.rows, state.selection.units, max(200, int(self._box.width()))
        (start, end), _ = self._box.viewRange()
        self._show_bands(state, segment_seconds(result))
        self.compute("spikes", lambda: in_sight(result, rows, units, start, end, width), self._show)

    def _show(self, seen: Ticks | Picture) -> None:
        ticks = isinstance(seen, Ticks)
        self._image.setVisible(not ticks)
        self._ticks.setVisible(ticks)
        if ticks:
            self._ticks.show_paths((color, 1.2, opacity, x, y, "pairs") for color, opacity, x, y in seen.rows)
            return
        self._image.setImage(seen.image, autoLevels=False, levels=(0, 255))
        self._image.setRect(QtCore.QRectF(seen.start, -0.5, seen.end - seen.start, len(self.rows)))

    def _show_bands(self, state: State, bounds: list[tuple[float, float]]) -> None:
        palette = self.palette_now
        for item in self._bands:
            self.plot.removeItem(item)
        self._bands = [_band(pair, "vertical", palette.segment, 1.0, -20) for pair in bounds[1::2]]
        self._bands += self._selected_bands(state.selection.units, palette)
        for item in self._bands:
            self.plot.addItem(item)

    def _selected_bands(self, units: tuple[int, ...], palette: Palette) -> list[Any]:
        rows = [self.rows.index(unit) for unit in units if unit in self.rows]
        return [_band((row - 0.5, row + 0.5), "horizontal", palette.accent, 0.16, -10) for row in rows]

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
    origin, rate = _origin(result), result.sampling_frequency
    spikes = dict(zip((track.id for track in result.tracks), spikes_of(result), strict=True))
    bounds = (start * rate + origin, end * rate + origin)
    seen = {}
    for unit in rows:
        first, last = np.searchsorted(spikes[unit], bounds)
        seen[unit] = (spikes[unit][first:last] - origin) / rate
    opacity = {unit: FULL if not units or unit in units else FAINT for unit in rows}
    colors = unit_palette(units)
    if sum(map(len, seen.values())) <= MOST_TICKS:
        return Ticks([_tick_row(row, colors(unit), opacity[unit], seen[unit]) for row, unit in enumerate(rows)])
    return Picture(_image_of(rows, seen, opacity, start, end, width, colors), start, end)


def _tick_row(row: int, color: str, opacity: float, times: np.ndarray) -> tuple[str, float, np.ndarray, np.ndarray]:
    y = np.tile([row - TICK, row + TICK], len(times))
    return color, opacity, np.repeat(times, 2), y


def _image_of(
    rows: tuple[int, ...],
    seen: dict,
    opacity: dict,
    start: float,
    end: float,
    width: int,
    colors: Callable[[int], str],
) -> np.ndarray:
    image = np.zeros((len(rows), width, 4), np.uint8)
    for row, unit in enumerate(rows):
        columns = ((seen[unit] - start) / (end - start) * width).astype(np.int64)
        counts = np.bincount(np.clip(columns, 0, width - 1), minlength=width)
        image[row, :, :3] = QtGui.QColor(colors(unit)).getRgb()[:3]
        strength = np.where(counts > 0, 0.35 + 0.65 * counts / max(counts.max(), 1), 0.0)
        image[row, :, 3] = np.rint(255 * opacity[unit] * strength)
    if len(rows) * LINES_OF_A_ROW > MOST_LINES:
        return image
    image = np.repeat(image, LINES_OF_A_ROW, axis=0)
    image[LINES_OF_A_ROW - 1 :: LINES_OF_A_ROW, :, 3] = 0
    return image


def _origin(result: Result) -> int:
    return result.recording.recording_offset if result.recording else result.sorted_recording.start_time()


def _band(pair: tuple[float, float], orientation: str, color: str, opacity: float, depth: int) -> Any:
    made = pg.LinearRegionItem(pair, orientation, brush=brush(color, opacity), pen=pen(color, 0), movable=False)
    for line in made.lines:
        line.hide()
    made.setZValue(depth)
    return made
