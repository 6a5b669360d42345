"""Waveforms placed on the probe: each channel's signal at its contact; knows nothing of the state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from spikesift_gui.palette import Palette
from spikesift_gui.plots import make_plot
from spikesift_gui.qt import QtCore, QtGui, QWidget
from spikesift_gui.widgets.colored_images import ColoredImages
from spikesift_gui.widgets.colored_paths import ColoredPaths
from spikesift_gui.widgets.labels import column
from spikesift_gui.widgets.plot_labels import LEFT, PlotLabels, nice_number
from spikesift_gui.widgets.probe_plot import FILLED, contact_side

FILL = 0.9  # of the width between contacts
ROWS = 1.3  # height of the largest mean waveform, in distances between contacts above each other
MEAN_PX, LINE_PX = 2.0, 1.0
TOO_HIGH = 2.5  # times as high as the channels of the first unit: then these alone are shown at first


@dataclass(frozen=True, eq=False)
class Density:
    """How many waveforms go through each amplitude at each moment, as a picture for each of `rows`, (j,) rows of the
    drawing's channels: opacity (j, bins, moments) uint8, from amplitude `low` to `high`."""

    rows: np.ndarray
    opacity: np.ndarray
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is drawn of one unit.

    Attributes
    ----------
    color : "#rrggbb".
    times_ms : (width,). channels : (k,) int64.
    mean : (k, width), in the unit of the scale bar.
    near : (n,) rows of `channels` around the unit's peak.
    lines : drawn behind it: (opacity, rows of `channels` (j,), values (j, width), or (n, j, width) for several lines).
    moved : um up the probe from where it was recorded; then its channels have no number.
    density : drawn behind all, or None.
    """

    color: str
    times_ms: np.ndarray
    channels: np.ndarray
    mean: np.ndarray
    near: np.ndarray
    lines: Sequence[tuple[float, np.ndarray, np.ndarray]] = ()
    moved: float = 0.0
    density: Density | None = None


class WaveformPlot(QWidget):
    """The plot; axes are those of the probe, a bar tells time and amplitude."""

    def __init__(self):
        super().__init__()
        self.plot = make_plot("x (µm)", "Depth (µm)", grid=False)
        self._behind, self._means, self._bars = ColoredPaths(), ColoredPaths(), ColoredPaths()
        self._density = ColoredImages()
        self._numbers, self._bar_words = PlotLabels(), PlotLabels()
        for item in (self._density, self._behind, self._means, self._bars, self._numbers, self._bar_words):
            self.plot.addItem(item)
        self._shown: tuple | None = None
        self.setLayout(column(self.plot, gap=0))

    def show_waveforms(
        self,
        drawings: Sequence[Drawing],
        positions: np.ndarray,
        palette: Palette,
        font: QtGui.QFont,
        *,
        unit: str,
        scale: float = 1.0,
        overlap: bool = True,
    ) -> None:
        """Draw.

        Parameters
        ----------
        positions : (all channels, 2) um.
        unit : of the amplitudes, for the scale bar.
        scale : height of the waveforms, 1 is so that the largest fits.
        overlap : units over each other; else side by side.
        """
        channels = np.unique(np.concatenate([drawing.channels for drawing in drawings]))
        positions = np.asarray(positions, float)
        width, height = _room(positions[channels])
        largest = max((_height(drawing.mean) for drawing in drawings), default=0)
        um_per_unit = scale * ROWS * height / (largest or 1)
        place = _Places(positions, width, height, um_per_unit, 1 if overlap else len(drawings))
        slots = [0] * len(drawings) if overlap else range(len(drawings))
        self._density.show_images(chain.from_iterable(map(place.images, drawings, slots)))
        self._behind.show_paths(
            (drawing.color, LINE_PX, opacity, *place.lines(drawing, rows, values, slot))
            for slot, drawing in zip(slots, drawings, strict=True)
            for opacity, rows, values in drawing.lines
        )
        self._means.show_paths(
            (drawing.color, MEAN_PX, 1.0, *place.lines(drawing, slice(None), drawing.mean, slot))
            for slot, drawing in zip(slots, drawings, strict=True)
        )
        numbers = _numbers(drawings, positions, width, height)
        self._numbers.show_labels(numbers, palette.faint, font, LEFT)
        shown = positions[first_in_sight(drawings, positions)]
        self._show_bars(place, drawings[0].times_ms, shown, palette, font, unit)
        if self._shown != (range_ := (*shown.min(axis=0), *shown.max(axis=0), width, height)):
            self._shown = range_
            left, bottom, right, top = range_[:4]
            self.plot.setRange(
                xRange=(left - 0.75 * width, right + 0.75 * width),
                yRange=(bottom - 1.7 * height, top + height),
                padding=0,
            )

    def _show_bars(self, place: _Places, times_ms, positions, palette: Palette, font: QtGui.QFont, unit: str) -> None:
        left, bottom = positions[:, 0].min() - 0.4 * place.width, positions[:, 1].min() - 1.5 * place.height
        amplitude = nice_number(0.9 * place.height / place.um_per_unit)
        across, up = place.width * FILL / np.ptp(times_ms), amplitude * place.um_per_unit
        x, y = np.array([left, left, left + across]), np.array([bottom + up, bottom, bottom])
        self._bars.show_paths([(palette.axis, 1.5, 1.0, x, y, "all")])
        words = f"  {amplitude:g} {unit}, 1 ms"  # in one: the bars may be less high than two lines of words
        self._bar_words.show_labels([(left + across, bottom + up / 2, words)], palette.axis, font, LEFT)


def _numbers(drawings: Sequence[Drawing], positions: np.ndarray, width: float, height: float) -> list[tuple]:
    """Channels at their contacts, but not those of waveforms that are drawn elsewhere: x, y, words."""
    channels = np.unique(np.concatenate([drawing.channels for drawing in drawings if not drawing.moved]))
    corners = positions[channels] + [-0.48 * width, 0.2 * height]
    return [(x, y, str(channel)) for channel, (x, y) in zip(channels, corners, strict=True)]


def first_in_sight(drawings: Sequence[Drawing], positions: np.ndarray) -> np.ndarray:
    """The channels that are shown at first: those of all units, or of the first one if the others are far away."""
    every = np.unique(np.concatenate([drawing.channels for drawing in drawings]))
    first = drawings[0].channels[drawings[0].near]
    heights = [np.ptp(positions[channels, 1]) for channels in (every, first)]
    return first if heights[0] > TOO_HIGH * heights[1] > 0 else every


@dataclass(frozen=True, eq=False)
class _Places:
    """Turns waveforms into lines on the probe: width and height (um) of the room of a contact, slots in it."""

    positions: np.ndarray
    width: float
    height: float
    um_per_unit: float
    slots: int

    def lines(self, drawing: Drawing, rows, values: np.ndarray, slot: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x, y and what is connected of a line, (points,) each, from values (k, width) on the channels `rows` of the
        drawing; (lines, points) each from values (lines, k, width). nan is left out."""
        at = self.positions[drawing.channels[rows]] + [0, drawing.moved]
        share = (drawing.times_ms - drawing.times_ms[0]) / np.ptp(drawing.times_ms)
        across = (FILL * (share + slot) / self.slots - FILL / 2) * self.width
        y = at[:, 1:] + values * self.um_per_unit
        x, known = np.broadcast_to(at[:, :1] + across, y.shape), np.isfinite(y)
        connect = known.copy()
        connect[..., -1] = False  # not with the next channel
        connect[..., :-1] &= known[..., 1:]
        line = (*y.shape[:-2], y.shape[-2] * y.shape[-1])
        return x.reshape(line), np.where(known, y, at[:, 1:]).reshape(line), connect.reshape(line)

    def images(self, drawing: Drawing, slot: int) -> Iterator[tuple[str, np.ndarray, QtCore.QRectF]]:
        """The density of a drawing as `ColoredImages` takes it."""
        if drawing.density is None:
            return
        found = drawing.density
        left, across = FILL * (slot / self.slots - 0.5) * self.width, FILL / self.slots * self.width
        low, up = found.low * self.um_per_unit, (found.high - found.low) * self.um_per_unit
        for opacity, (x, y) in zip(found.opacity, self.positions[drawing.channels[found.rows]], strict=True):
            yield drawing.color, opacity, QtCore.QRectF(x + left, y + drawing.moved + low, across, up)


def _height(mean: np.ndarray) -> float:
    known = mean[np.isfinite(mean)]
    return float(np.ptp(known)) if known.size else 0.0


def _room(positions: np.ndarray) -> tuple[float, float]:
    """Width and height (um) that each contact has: to the next one beside it, and to the next one above it."""
    nearest = contact_side(positions) / FILLED
    across = np.abs(positions[:, None] - positions[None])
    beside = across[(across[:, :, 1] < nearest / 2) & (across[:, :, 0] > 0)]
    width = float(beside[:, 0].min()) if len(beside) else 1.6 * nearest
    above = across[(across[:, :, 0] < width / 2) & (across[:, :, 1] > nearest / 2)]
    return width, float(above[:, 1].min()) if len(above) else nearest
