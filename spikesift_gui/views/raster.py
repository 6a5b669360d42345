"""Every spike, or the rate, of every unit over the whole recording."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from spikesift_gui.palette import Palette
from spikesift_gui.plots import brush, make_plot, pen
from spikesift_gui.qt import Qt, QtCore, QWidget, pg
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
RATE_COLUMNS = 100  # parts of the time in sight whose rates are shown
RATE_LINES = 24  # of the image for a row, at most
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
        f"As rates: spikes per second in {RATE_COLUMNS} equal parts of the time in sight, each row as high as its own "
        "highest; rest the mouse on it to read them.\n\n"
        "Click: select the unit and go to that time; Ctrl + click: select it too. Wheel: zoom; drag: move; "
        "double-click: everything."
    )
    options = {"order": "depth", "show": "spikes"}

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
        self.kind = self.add_choice("show", (("spikes", "Spikes"), ("rates", "Rates")), "Every spike, or rates")
        self.rows: tuple[int, ...] = ()  # ids from the bottom
        self._whole: tuple[float, float] = (0.0, 1.0)
        self._result: Result | None = None
        self._later = self.make_timer(WAIT, self._ask_now)
        # Not lambdas: Qt calls them still when the view is being deleted, and what they use is gone.
        self._box.sigXRangeChanged.connect(self._moved)
        self._box.sigResized.connect(self._show_labels)
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        self.plot.scene().sigMouseMoved.connect(self._on_hover)
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
        elif before.selection != after.selection or self.option("show", before) != self.option("show", after):
            self._ask(after)
        self.kind.setCurrentIndex(self.kind.findData(self.option("show", after)))
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

    def _moved(self, *_range: Any) -> None:
        self._later.start()

    def _ask_now(self) -> None:
        self._ask(self.context.state)

    def _show_labels(self, *_box: Any) -> None:
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
        seen = rates_in_sight if self.option("show", state) == "rates" else in_sight
        self.compute("spikes", lambda: seen(result, rows, units, start, end, width), self._show)

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

    def _on_hover(self, scene_position: QtCore.QPointF) -> None:
        at, words = self._box.mapSceneToView(scene_position), ""
        row, inside = round(at.y()), self._box.sceneBoundingRect().contains(scene_position)
        if inside and 0 <= row < len(self.rows):
            (start, end), _ = self._box.viewRange()
            words = row_words(self._result, self.rows, row, at.x(), start, end, self.option("show"))
        self.plot.setToolTip(words)

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
    colors, opacity = _looks(rows, units)
    if seen.strengths is not None:
        return Picture(_image_of(seen.strengths, opacity, colors), start, end)
    return Ticks([_tick_row(row, *parts) for row, parts in enumerate(zip(colors, opacity, seen.times, strict=True))])


def rates_in_sight(
    result: Result, rows: tuple[int, ...], units: tuple[int, ...], start: float, end: float, _width: int
) -> Picture:
    """The rates from `start` to `end` (s) as an image: an area in each row."""
    rates = rates_of(result, rows, start, end)
    colors, opacity = _looks(rows, units)
    lines = max(2, min(RATE_LINES, MOST_LINES // max(1, len(rows))))
    highest = np.maximum(rates.max(axis=1, initial=0), 1e-9)
    heights = np.ceil(rates / highest[:, None] * (lines - 1))  # the line at the top stays empty
    filled = np.arange(lines)[None, :, None] < heights[:, None, :]
    image = np.zeros((*filled.shape, 4), np.uint8)
    image[..., :3] = _rgb(colors).reshape(-1, 1, 1, 3)
    image[..., 3] = filled * np.rint(255 * np.array(opacity)).astype(np.uint8)[:, None, None]
    return Picture(image.reshape(-1, RATE_COLUMNS, 4), start, end)


@lru_cache(4)
def rates_of(result: Result, rows: tuple[int, ...], start: float, end: float) -> np.ndarray:
    """Spikes per second of every row in the parts from `start` to `end` (s), (rows, RATE_COLUMNS)."""
    origin, rate = _origin(result), result.sampling_frequency
    edges = np.linspace(start, end, RATE_COLUMNS + 1) * rate + origin
    spikes = dict(zip((track.id for track in result.tracks), spikes_of(result), strict=True))
    counts = [np.diff(np.searchsorted(spikes[unit], edges)) for unit in rows]
    return np.array(counts, float).reshape(-1, RATE_COLUMNS) * RATE_COLUMNS / max(end - start, 1e-9)


def row_words(result: Result, rows: tuple[int, ...], row: int, time: float, start: float, end: float, kind: str) -> str:
    """What the mouse rests on: the unit, and its rate where rates are shown."""
    words = f"Unit {rows[row]}, {time:.2f} s"
    if kind != "rates":
        return words
    rates = rates_of(result, rows, start, end)[row]
    here = rates[int(np.clip((time - start) / (end - start) * RATE_COLUMNS, 0, RATE_COLUMNS - 1))]
    return f"{words}: {here:.3g} Hz in {(end - start) / RATE_COLUMNS:.2g} s; highest {rates.max():.3g} Hz"


def _looks(rows: tuple[int, ...], units: tuple[int, ...]) -> tuple[list[str], list[float]]:
    """Colour and opacity of each row."""
    color, picked = unit_palette(units), set(units or rows)
    return [color(unit) for unit in rows], [FULL if unit in picked else FAINT for unit in rows]


def _rgb(colors: list[str]) -> np.ndarray:
    """Colours "#rrggbb" as (n, 3) uint8."""
    return np.frombuffer(bytes.fromhex("".join(color[1:] for color in colors)), np.uint8).reshape(-1, 3)


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
    alpha = np.rint(strengths * (255 * np.array(opacity, np.float32))[:, None]).astype("<u4")
    image = np.zeros((len(strengths), 1, 4), np.uint8)  # a color of each row; four bytes at a time are quick
    image[:, 0, :3] = _rgb(colors)
    image = (image.view("<u4")[..., 0] | alpha << 24).view(np.uint8).reshape(*strengths.shape, 4)
    if len(image) * LINES_OF_A_ROW > MOST_LINES:
        return image
    image = np.repeat(image, LINES_OF_A_ROW, axis=0)
    image[LINES_OF_A_ROW - 1 :: LINES_OF_A_ROW, :, 3] = 0
    return image


def _origin(result: Result) -> int:
    return result.recording.recording_offset if result.recording else result.sorted_recording.start_time()
