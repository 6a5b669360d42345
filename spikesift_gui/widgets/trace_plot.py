"""Signal of many channels below each other, with spikes marked; knows nothing of the state.

Wheel: zoom in time; Shift + wheel, or dragging: move in time; Ctrl + wheel: height of the traces.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikesift_core.acquisition_clock import Gap
from spikesift_core.traces import TraceWindow
from spikesift_gui.palette import Palette
from spikesift_gui.plots import brush, make_plot, pen
from spikesift_gui.qt import Qt, QtCore, QWidget, Signal, pg
from spikesift_gui.widgets.gap_marks import GapMarks
from spikesift_gui.widgets.labels import column
from spikesift_gui.widgets.trace_image import heat, heat_colors, painted, painted_colors
from spikesift_gui.widgets.trace_lanes import Lanes, in_lanes

LABEL_HEIGHT = 17  # px
SMOOTH_POINTS = 30_000  # more are drawn without smoothing, which is ten times as fast
MOST_LINE_POINTS = 60_000  # more are painted as an image
WHEEL_ZOOM = 1.25
WHEEL_MOVE = 0.15  # of the time shown, for one step of the wheel
DOT = 6  # px, of a spike
ROOM = 0.75  # rows left free above the first and below the last trace


@dataclass(frozen=True, eq=False)
class Piece:
    """Stretches of the signal drawn in a colour over the trace: spikes of one unit.

    Attributes
    ----------
    color : "#rrggbb".
    samples : (n,) int64, the middle of each stretch, samples from the recording's first one.
    half_width : samples on either side.
    rows : rows of the plot (places in `TraceWindow.channels`) on which it is drawn.
    """

    color: str
    samples: np.ndarray
    half_width: int
    rows: Sequence[int]


class TracePlot(QWidget):
    """Shows a TraceWindow. `zoomed(factor, at)`, `moved(share of the time shown)` and `scaled(factor)` tell what the
    wheel asked for, `clicked(time, row)` where the mouse was pressed; whoever is around it changes the state.
    """

    zoomed = Signal(float, float)
    moved = Signal(float)
    scaled = Signal(float)
    clicked = Signal(float, int)

    def __init__(self):
        super().__init__()
        self.plot = make_plot("Time (s)", "Channel", grid=False)
        box = self.plot.getPlotItem().getViewBox()
        box.setMouseEnabled(False, False)
        self._box = box
        self._segments: list[pg.LinearRegionItem] = []
        self._lines: list[pg.InfiniteLine] = []
        self._pieces: list[pg.PlotCurveItem] = []
        self._traces, self._image = pg.PlotCurveItem(), pg.ImageItem(axisOrder="row-major")
        self._behind, self._cuts = pg.PlotCurveItem(), pg.PlotCurveItem()
        self._spikes = pg.ScatterPlotItem(pxMode=True)
        for item in (self._image, self._behind, self._traces, self._cuts, self._spikes):
            self.plot.addItem(item)
        self.gap_marks = GapMarks(self.plot)
        self.window: TraceWindow | None = None
        self.lanes: Lanes | None = None  # of what is drawn; None as a heat map
        self._labels: list[tuple[int, str]] = []
        self._press: tuple[float, float] | None = None
        self.plot.viewport().installEventFilter(self)
        self.setLayout(column(self.plot, gap=0))

    def show_window(
        self,
        window: TraceWindow,
        sampling_frequency: float,
        spacing: float,
        palette: Palette,
        *,
        span: float,
        as_heat: bool = False,
        left_out: Container[int] = (),
        gaps: Sequence[Gap] = (),
    ) -> None:
        """Draw the traces.

        Parameters
        ----------
        spacing : between two traces, in the units of the window's values.
        span : s of time shown; the window may be shorter at the end of a recording.
        as_heat : each channel is a row of colours instead of a line.
        left_out : channels that are marked with a cross, because they are not sorted.
        gaps : of the recording; those in sight are marked.
        """
        self.window, self._rate, self._spacing = window, sampling_frequency, max(spacing, 1e-12)
        rows = len(window.channels)
        start = window.start / sampling_frequency
        room = 0.5 if as_heat else ROOM
        self.lanes = None if as_heat else in_lanes(window.low, window.high, self._spacing)
        self._show_cuts(palette)
        if as_heat:
            self._show_image(heat(window.low, window.high, self._spacing), heat_colors(palette), room)
        elif window.low.size * (1 + (window.step > 1)) > MOST_LINE_POINTS:
            height = max(1, round(self._box.height() * self.devicePixelRatioF()))
            crossed = painted(self.lanes.low, self.lanes.high, self._spacing, height, room)
            crossed[:, np.isnan(window.low).all(axis=1)] = 0
            self._show_image(crossed, painted_colors(palette), room)
        else:
            self._image.clear()
            x, y, connect = self._polyline(window, self.lanes)
            smooth = len(x) <= SMOOTH_POINTS
            color = pen(palette.signal, 1)
            self._traces.setData(x, y, connect=connect, pen=color, antialias=smooth, skipFiniteCheck=True)
        self.plot.setRange(xRange=(start, start + span), yRange=(-rows + 1 - room, room), padding=0)
        self.gap_marks.show(gaps, sampling_frequency, palette)
        step = max(1, -(-rows * LABEL_HEIGHT // max(1, self.plot.height())))
        labels = row_labels(window.channels.tolist(), step, left_out)
        if labels != self._labels:  # drawing them takes as long as all traces
            self._labels = labels
            self.plot.getAxis("left").setTicks([labels, []])

    def _show_image(self, indices: np.ndarray, colors: np.ndarray, room: float) -> None:
        """Fill the plot with pixels (height, columns), the first row at the top."""
        self._traces.setData([], [])
        if indices.size == 0:
            self._image.clear()
            return
        window, rows = self.window, len(self.window.channels)
        self._image.setImage(indices[::-1], autoLevels=False, levels=(0, len(colors)), lut=colors)
        width = len(window.low) * window.step / self._rate
        bottom = -rows + 1 - room
        self._image.setRect(QtCore.QRectF(window.start / self._rate, bottom, width, rows - 1 + 2 * room))

    def _show_cuts(self, palette: Palette) -> None:
        """A line in the colour of warnings along the edge where a trace is cut."""
        cuts = self.lanes.cuts if self.lanes else ()
        if len(cuts) == 0:
            self._cuts.setData([], [])
            return
        row, side, first, last = cuts.T
        at = side * self.lanes.limits[row] / self._spacing - row
        start, step = self.window.start / self._rate, self.window.step / self._rate
        x = start + step * np.column_stack([first, last + 1]).ravel()
        self._cuts.setData(x, np.repeat(at, 2), connect="pairs", pen=pen(palette.warning, 1), skipFiniteCheck=True)

    def show_spikes(self, times: np.ndarray, rows: np.ndarray, depths: np.ndarray, color: str) -> None:
        """Mark spikes (s; row of the plot; depth in the units of the values) by dots; () for none."""
        rows = np.asarray(rows, int)
        limits = self.lanes.limits[rows] if self.lanes else np.inf
        y = np.clip(np.asarray(depths, float), -limits, limits) / self._spacing - rows
        low, high = self._box.viewRange()[1]  # the largest spikes reach out of the picture
        inset = DOT * (high - low) / max(1.0, self._box.height()) / 2
        y = np.clip(y, low + inset, high - inset)
        self._spikes.setData(np.asarray(times, float), y, size=DOT, pen=None, brush=brush(color, 0.85))

    def show_behind(self, window: TraceWindow | None, palette: Palette) -> None:
        """Draw another signal of the same channels and time behind the traces, faint; None for none."""
        if window is None or window.low.size * (1 + (window.step > 1)) > MOST_LINE_POINTS:
            self._behind.setData([], [])
            return
        x, y, connect = self._polyline(window, in_lanes(window.low, window.high, self._spacing))
        smooth = len(x) <= SMOOTH_POINTS
        self._behind.setData(
            x, y, connect=connect, pen=pen(palette.strong_border, 1), antialias=smooth, skipFiniteCheck=True
        )

    def show_pieces(self, pieces: Iterable[Piece]) -> None:
        """Draw stretches in colours over the traces; after `show_window`."""
        pieces = list(pieces)
        while len(self._pieces) < len(pieces):
            self._pieces.append(pg.PlotCurveItem())
            self.plot.addItem(self._pieces[-1])
        for curve, piece in zip(self._pieces, pieces, strict=False):
            x, y, connect = self._piece_lines(piece)
            smooth = len(x) <= SMOOTH_POINTS
            curve.setData(x, y, connect=connect, pen=pen(piece.color, 1.6), antialias=smooth, skipFiniteCheck=True)
        for curve in self._pieces[len(pieces) :]:
            curve.setData([], [])

    def show_segments(self, boundaries: Iterable[tuple[float, float]], palette: Palette) -> None:
        """Shade every second of these stretches (start, end in s)."""
        shaded = list(boundaries)[1::2]
        for item in self._segments:
            self.plot.removeItem(item)
        self._segments = [_region(start, end, palette) for start, end in shaded]
        for item in self._segments:
            self.plot.addItem(item)

    def show_levels(self, levels: np.ndarray | None, palette: Palette) -> None:
        """A dashed line at a level of each row (rows,), in the units of the values (nan: none); None for none."""
        for item in self._lines:
            self.plot.removeItem(item)
        levels = [] if levels is None else levels
        dashed = pen(palette.warning, 1)
        dashed.setStyle(Qt.PenStyle.DashLine)
        self._lines = [
            pg.InfiniteLine(-row + level / self._spacing, angle=0, pen=dashed)
            for row, level in enumerate(levels)
            if np.isfinite(level)
        ]
        for item in self._lines:
            self.plot.addItem(item)

    def eventFilter(self, watched: QtCore.QObject, event: Any) -> bool:
        """Qt hands over what happens in the plot: the wheel and the mouse are ours."""
        kind = event.type()
        if self.window is None:
            return False
        if kind == QtCore.QEvent.Type.Wheel:
            self._wheel(event)
            return True
        if kind == QtCore.QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._press = (event.position().x(), event.position().x())
            return True
        if kind == QtCore.QEvent.Type.MouseMove and self._press:
            self._drag(event.position().x())
            return True
        if kind == QtCore.QEvent.Type.MouseButtonRelease and self._press:
            self._release(event.position())
            return True
        return False

    def _wheel(self, event: Any) -> None:
        delta = event.angleDelta().y() or event.angleDelta().x()
        steps = delta / 120
        modifiers = event.modifiers()
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            self.scaled.emit(WHEEL_ZOOM**steps)
        elif modifiers & Qt.KeyboardModifier.ShiftModifier or event.angleDelta().x():
            self.moved.emit(-WHEEL_MOVE * steps)
        else:
            self.zoomed.emit(WHEEL_ZOOM**-steps, self._at(event.position()).x())

    def _drag(self, x: float) -> None:
        first, last = self._press
        width = self._box.width()
        if abs(x - first) >= 4 and width > 0:
            self.moved.emit((last - x) / width)
            self._press = (-1e9, x)

    def _release(self, position: QtCore.QPointF) -> None:
        first, _ = self._press
        self._press = None
        if abs(position.x() - first) < 4:
            at = self._at(position)
            row = min(max(0, round(-at.y())), len(self.window.channels) - 1)
            self.clicked.emit(at.x(), row)

    def _at(self, position: QtCore.QPointF) -> QtCore.QPointF:
        return self._box.mapSceneToView(self.plot.mapToScene(position.toPoint()))

    def _polyline(self, window: TraceWindow, lanes: Lanes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        columns, rows = window.low.shape
        times = window.times(self._rate)
        if window.step > 1:  # up and down in every column
            y = np.stack([lanes.low, lanes.high], axis=1).reshape(2 * columns, rows)
            times = np.repeat(times, 2)
        else:
            y = lanes.low
        return _rows(times, y / self._spacing - np.arange(rows))

    def _piece_lines(self, piece: Piece) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        window = self.window
        width = max(1, piece.half_width // window.step)
        around = (piece.samples - window.start) // window.step
        at = around[:, None] + np.arange(-width, width + 1)
        at = np.clip(at, 0, max(0, len(window.low) - 1))
        if len(at) == 0 or len(piece.rows) == 0:
            return _rows(np.zeros(0), np.zeros((0, 0)))
        times = window.times(self._rate)
        rows = np.asarray(piece.rows)
        shown = self.lanes or window
        low, high = (part[:, rows][at] / self._spacing - rows for part in (shown.low, shown.high))
        values = low if window.step == 1 else np.stack([low, high], axis=2).reshape(len(at), -1, len(rows))
        x = times[at] if window.step == 1 else np.repeat(times[at], 2, axis=1)
        lines = values.transpose(1, 0, 2).reshape(values.shape[1], -1)
        return _rows(np.repeat(x.T, len(rows), axis=1), lines)


def row_labels(channels: list[int], step: int, left_out: Container[int]) -> list[tuple[int, str]]:
    """Rows with the words beside them, `step` or more from each other: those left out first, they have to be seen."""
    crossed = [row for row, channel in enumerate(channels) if channel in left_out]
    taken: list[int] = []
    for row in [*crossed, *range(len(channels))] if crossed else range(0, len(channels), step):
        if not crossed or all(abs(row - other) >= step for other in taken):
            taken.append(row)
    return [(-row, f"× {channels[row]}" if channels[row] in left_out else str(channels[row])) for row in sorted(taken)]


def _rows(x: np.ndarray, lines: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lines (points, lines) as one path: x, y and what is connected with the next point."""
    points, count = lines.shape if lines.size else (0, 0)
    x = np.broadcast_to(x if x.ndim == 2 else x[:, None], (points, count)).T.ravel()
    y = lines.T.ravel()
    connect = np.ones(len(y), np.int32)
    finite = np.isfinite(y)
    if points:
        connect[points - 1 :: points] = 0
    connect[~finite] = 0
    connect[:-1][~finite[1:]] = 0
    return np.ascontiguousarray(x, np.float64), np.where(finite, y, 0.0).astype(np.float64), connect


def _region(start: float, end: float, palette: Palette) -> pg.LinearRegionItem:
    made = pg.LinearRegionItem((start, end), movable=False, brush=brush(palette.segment), pen=pen(palette.grid))
    made.setZValue(-10)
    return made
