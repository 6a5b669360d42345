"""The whole recording as a strip: activity along the probe over time, the noise as a line, and where the traces are."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikesift_core.overview import Overview
from spikesift_core.recording import Recording
from spikesift_gui.palette import SPACE, Palette
from spikesift_gui.plots import brush, make_plot, pen
from spikesift_gui.qt import Qt, QtCore, QWidget, Signal, pg
from spikesift_gui.ramps import ramp
from spikesift_gui.status import duration_words
from spikesift_gui.widgets.gap_marks import GapMarks
from spikesift_gui.widgets.labels import column

HEIGHT = 76  # px
BRIGHT = 98  # percentile of the activity that gets the strongest colour
NOISE_TOP = 1.25  # of the highest noise: the top of the strip


class OverviewStrip(QWidget):
    """Shows an Overview, and the stretch of time in sight. `sought(time)`: a person clicked or dragged there, s."""

    sought = Signal(float)

    def __init__(self):
        super().__init__()
        self.plot = make_plot("", "", grid=False)
        self.plot.setFixedHeight(HEIGHT)
        self.plot.setMouseEnabled(False, False)
        self.plot.getAxis("left").setTicks([[], []])
        self._activity, self._noise = pg.ImageItem(axisOrder="row-major"), pg.PlotCurveItem(connect="finite")
        self._sight, self._bounds = pg.LinearRegionItem(movable=False), pg.PlotCurveItem(connect="pairs")
        for item in (self._activity, self._sight, self._noise, self._bounds):
            self.plot.addItem(item)
        self.gap_marks = GapMarks(self.plot)
        self.overview: Overview | None = None
        self._pressed = False
        self.plot.viewport().installEventFilter(self)
        self.setLayout(column(self.plot, gap=0))
        self.layout().setContentsMargins(0, SPACE // 2, 0, 0)

    def show_overview(self, overview: Overview | None, recording: Recording, palette: Palette, color: str) -> None:
        """Show what is known until now of a recording, and its gaps; None: nothing yet."""
        self.overview, duration = overview, recording.duration
        self.plot.setRange(xRange=(0, max(duration, 1e-6)), yRange=(0, 1), padding=0)
        self.gap_marks.show(recording.gaps, recording.sampling_frequency, palette)
        if overview is None:
            self._activity.clear()
            self._noise.setData([], [])
            self.setToolTip("Noise and activity along the recording are being looked at. Click to go there.")
            return
        known = np.isfinite(overview.activity)
        highest = float(np.percentile(overview.activity[known], BRIGHT)) if known.any() else 0.0
        shares = np.nan_to_num(overview.activity / highest if highest > 0 else overview.activity * 0)
        table = ramp(palette, color)
        table[0] = 0  # where nothing happens the plot shows
        self._activity.setImage(shares, autoLevels=False, levels=(0, 1), lut=table)
        self._activity.setRect(QtCore.QRectF(0, 0, duration, 1))
        seen = np.isfinite(overview.noise)
        top = NOISE_TOP * float(overview.noise[seen].max()) if seen.any() else 1.0
        self._noise.setData(overview.times[seen], overview.noise[seen] / max(top, 1e-12))
        self._noise.setPen(pen(palette.warning, 1.5))
        self.setToolTip(_words(overview))

    def show_sight(self, start: float, span: float, palette: Palette) -> None:
        """Mark the stretch that the traces show."""
        with QtCore.QSignalBlocker(self._sight):
            self._sight.setRegion((start, start + span))
        self._sight.setBrush(brush(palette.accent, 0.25))
        for edge in self._sight.lines:
            edge.setPen(pen(palette.accent, 2))

    def show_bounds(self, bounds: np.ndarray | None, palette: Palette) -> None:
        """Lines between segments (segments, 2), s; None for none."""
        at = np.zeros(0) if bounds is None else np.repeat(np.asarray(bounds, float)[1:, 0], 2)
        self._bounds.setData(at, np.tile([0.0, 1.0], len(at) // 2), pen=pen(palette.text, 2))

    def eventFilter(self, watched: QtCore.QObject, event: Any) -> bool:
        """Qt hands over what happens in the plot: press and drag seek."""
        kinds = QtCore.QEvent.Type
        if event.type() == kinds.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._pressed = True
        elif event.type() == kinds.MouseButtonRelease:
            self._pressed = False
            return False
        if self._pressed and event.type() in (kinds.MouseButtonPress, kinds.MouseMove):
            box = self.plot.getPlotItem().getViewBox()
            self.sought.emit(box.mapSceneToView(self.plot.mapToScene(event.position().toPoint())).x())
            return True
        return event.type() == kinds.Wheel


def _words(overview: Overview) -> str:
    seen = overview.noise[np.isfinite(overview.noise)]
    looked = f"{len(seen)} pieces of {1000 * overview.piece_seconds:.0f} ms looked at"
    if not len(seen):
        return looked
    return (
        f"Colours: clear spikes per second along the probe (deep at the bottom). Line: noise, {seen.min():.3g} to "
        f"{seen.max():.3g} in the file's units. {looked}, from 0 s to {duration_words(overview.times[-1])}. Click or "
        "drag to go there."
    )
