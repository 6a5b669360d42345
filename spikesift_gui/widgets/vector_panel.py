"""The amplitude vector of one unit: painted on the probe, and all segments as an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spikesift_gui.palette import Palette
from spikesift_gui.plots import brush, make_plot, pen
from spikesift_gui.qt import Qt, QtCore, QWidget, Signal, pg
from spikesift_gui.ramps import ramp, value_colors
from spikesift_gui.widgets.colored_paths import ColoredPaths
from spikesift_gui.widgets.labels import column, row
from spikesift_gui.widgets.probe_plot import ProbePlot
from spikesift_gui.widgets.steady_label import SteadyLabel

MOST_ROW_NUMBERS = 8
NARROW = 260  # px; a narrower panel leaves out what its neighbours say too
AROUND_UM = 120.0  # shown above and below where the unit is


@dataclass(frozen=True, eq=False)
class UnitVectors:
    """Amplitude vectors of one unit.

    Attributes
    ----------
    name : in words. color : "#rrggbb". unit : of the amplitudes.
    vectors : (segments, channels), nan in segments it was not found in.
    depths : (segments,) um, nan likewise.
    """

    name: str
    color: str
    unit: str
    vectors: np.ndarray
    depths: np.ndarray

    def shown(self, segment: int | None) -> np.ndarray:
        """The vector (channels,) of a segment, or the mean of all."""
        if segment is not None:
            return self.vectors[segment]
        return self.vectors[np.isfinite(self.vectors[:, 0])].mean(axis=0)


class VectorPanel(QWidget):
    """Words above, the probe at the left, the image at the right. `segment_clicked(index)`: a column of the image."""

    segment_clicked = Signal(int)

    def __init__(self):
        super().__init__()
        self.words = SteadyLabel((8, 2, 8, 2))
        self.probe = ProbePlot()
        self.image_plot = make_plot("Segment", "Channels by depth (µm)", grid=False)
        self.image_plot.setMouseEnabled(False, True)
        self._image, self._path = pg.ImageItem(), ColoredPaths()
        self._focus = pg.LinearRegionItem(movable=False)
        for item in (self._image, self._path, self._focus):
            self.image_plot.addItem(item)
        self.image_plot.scene().sigMouseClicked.connect(self._click)
        self.image_plot.scene().sigMouseMoved.connect(self._hover)
        self._unit: UnitVectors | None = None
        self._order = np.zeros(0, np.int64)
        self._wide: bool | None = None
        self._plots = row(self.probe, self.image_plot, gap=0)
        self.setLayout(column(self.words, self._plots, gap=0))
        self.layout().setStretch(1, 1)

    def show_unit(
        self, unit: UnitVectors, positions: np.ndarray, segment: int | None, palette: Palette, *, moved: bool
    ) -> None:
        """Show one unit; `segment` None is the mean of all; `moved` brings the unit into sight."""
        self._unit = unit
        table, highest = ramp(palette, unit.color), float(np.nanmax(unit.vectors))
        vector = unit.shown(segment)
        tips = [f"Channel {c}: {value:.3g} {unit.unit}" for c, value in enumerate(vector)]
        peak = [int(np.argmax(vector))] if np.isfinite(vector).all() else []
        self.probe.show_contacts(
            positions,
            palette,
            colors=value_colors(vector, table, 0, highest),
            labels=[str(channel) for channel in range(len(vector))],
            tips=tips,
            highlight=peak,
        )
        self.words.setText(self._summary(unit, vector, segment, highest))
        self._show_image(unit, positions, value_colors(unit.vectors, table, 0, highest), palette)
        self._show_focus(segment, palette)
        if moved:
            self._bring_into_sight(unit, positions)

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        wide = self.width() >= NARROW
        if wide is self._wide:
            return
        self._wide = wide
        for plot, side in ((self.image_plot, "left"), (self.probe.plot, "bottom")):
            plot.getPlotItem().showAxis(side, wide)
        for place, share in enumerate((2, 3) if wide else (1, 1)):
            self._plots.setStretch(place, share)

    def _summary(self, unit: UnitVectors, vector: np.ndarray, segment: int | None, highest: float) -> str:
        if not np.isfinite(vector).all():
            return f"{unit.name}: not found in segment {segment + 1}"
        channel = int(np.argmax(vector))
        return f"{unit.name}: {vector[channel]:.3g} {unit.unit} on channel {channel}; colours 0 – {highest:.3g}"

    def _show_image(self, unit: UnitVectors, positions: np.ndarray, colors: np.ndarray, palette: Palette) -> None:
        depth = positions[:, 1].astype(float)
        self._order = np.lexsort((positions[:, 0], depth))
        self._image.setImage(colors[:, self._order], autoLevels=False)
        self._image.setRect(QtCore.QRectF(0.5, -0.5, len(colors), len(depth)))
        ranks = np.interp(unit.depths, depth[self._order], np.arange(len(depth)))
        ranks[np.isnan(unit.depths)] = np.nan
        numbers = np.arange(1, len(colors) + 1, dtype=float)
        self._path.show_paths([(palette.text, 1.5, 0.8, numbers, ranks, "finite")])
        step = max(1, -(-len(depth) // MOST_ROW_NUMBERS)) if len(depth) <= 64 else None
        ticks = [(rank, f"{depth[self._order[rank]]:g}") for rank in range(0, len(depth), step or 8)]
        self.image_plot.getAxis("left").setTicks([ticks, []])
        each = max(1, -(-len(colors) // MOST_ROW_NUMBERS))
        self.image_plot.getAxis("bottom").setTicks([[(at, str(at)) for at in range(1, len(colors) + 1, each)], []])
        self.image_plot.setXRange(0.5, len(colors) + 0.5, padding=0)

    def _show_focus(self, segment: int | None, palette: Palette) -> None:
        self._focus.setVisible(segment is not None)
        self._focus.setBrush(brush(palette.accent, 0.0))
        for edge in self._focus.lines:
            edge.setPen(pen(palette.accent, 2))
        if segment is not None:
            self._focus.setRegion((segment + 0.5, segment + 1.5))

    def _bring_into_sight(self, unit: UnitVectors, positions: np.ndarray) -> None:
        low, high = np.nanmin(unit.depths) - AROUND_UM, np.nanmax(unit.depths) + AROUND_UM
        depth = positions[self._order, 1]
        inside = np.flatnonzero((depth >= low) & (depth <= high))
        self.image_plot.setYRange(float(inside[0]) - 0.5, float(inside[-1]) + 0.5, padding=0)
        span = (max(low, float(depth[0]) - 20), min(high, float(depth[-1]) + 20))
        self.probe.plot.setYRange(*span, padding=0)

    def _cell(self, scene_position: QtCore.QPointF) -> tuple[int, int] | None:
        """Segment and rank under the mouse."""
        box = self.image_plot.getPlotItem().getViewBox()
        if self._unit is None or not box.sceneBoundingRect().contains(scene_position):
            return None
        at = box.mapSceneToView(scene_position)
        segment, rank = round(at.x()) - 1, round(at.y())
        inside = 0 <= segment < len(self._unit.vectors) and 0 <= rank < len(self._order)
        return (segment, rank) if inside else None

    def _click(self, event: Any) -> None:
        cell = self._cell(event.scenePos())
        if cell and event.button() == Qt.MouseButton.LeftButton:
            self.segment_clicked.emit(cell[0])

    def _hover(self, scene_position: QtCore.QPointF) -> None:
        cell = self._cell(scene_position)
        if not cell:
            self.image_plot.setToolTip("")
            return
        channel = self._order[cell[1]]
        value = self._unit.vectors[cell[0], channel]
        words = "not found" if np.isnan(value) else f"{value:.3g} {self._unit.unit}"
        self.image_plot.setToolTip(f"Segment {cell[0] + 1}, channel {channel}: {words}")
