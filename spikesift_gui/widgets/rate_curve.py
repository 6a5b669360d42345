"""How many spikes a second each detection threshold finds, as a curve, and where the threshold is now."""

from __future__ import annotations

import numpy as np

from spikesift_core.peaks import Peaks
from spikesift_gui.palette import Palette
from spikesift_gui.plots import make_plot, pen
from spikesift_gui.qt import QWidget, pg
from spikesift_gui.widgets.labels import column

POINTS = 60
WIDTH = 190  # px


class RateCurve(QWidget):
    """Spikes per second over the threshold, on a logarithmic axis."""

    def __init__(self):
        super().__init__()
        self.plot = make_plot("× median", "Spikes / s")
        self.plot.setMouseEnabled(False, False)
        self._line, self._now = pg.PlotCurveItem(), pg.InfiniteLine(angle=90)
        self.plot.addItem(self._line)
        self.plot.addItem(self._now)
        self.setFixedWidth(WIDTH)
        self.setLayout(column(self.plot, gap=0))

    def show_peaks(self, peaks: Peaks | None, low: float, high: float) -> None:
        """The curve for thresholds from `low` to `high`; None is empty."""
        if peaks is None:
            self._line.setData([], [])
            return
        thresholds = np.linspace(low, high, POINTS)
        rates = np.array([peaks.rate(threshold) for threshold in thresholds])
        seen = rates > 0
        logs = np.log10(rates[seen]) if seen.any() else np.zeros(1)
        self._line.setData(thresholds[seen], logs[: np.count_nonzero(seen)])
        top = max(1, int(np.ceil(logs.max())))
        bottom = min(int(np.floor(logs.min())), top - 1)
        self.plot.setRange(xRange=(low, high), yRange=(bottom, top), padding=0.02)
        ticks = [(power, f"{10.0**power:g}") for power in range(bottom, top + 1)]
        self.plot.getAxis("left").setTicks([ticks, []])

    def show_threshold(self, threshold: float, palette: Palette) -> None:
        """Where the threshold is now."""
        self._now.setValue(threshold)
        self._now.setPen(pen(palette.accent, 2))
        self._line.setPen(pen(palette.signal, 1.5))
