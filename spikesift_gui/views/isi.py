"""Intervals between neighbouring spikes of the selected units."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikesift_core.correlograms import interval_histogram
from spikesift_core.tracks import track_spikes
from spikesift_core.unit_facts import REFRACTORY_MS, refractory_violations, violation_share
from spikesift_gui.plots import brush, make_plot, pen
from spikesift_gui.qt import QWidget, pg
from spikesift_gui.selected import left_out, percent, selected_tracks, sentences, units_hint
from spikesift_gui.state import State
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, choice_field, column
from spikesift_gui.widgets.steady_label import SteadyLabel
from spikesift_gui.widgets.wheel import next_in, on_wheel

WINDOWS = (5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)  # ms
BINS = (50, 100, 200)  # in the window
LOG_EDGES = np.logspace(-0.5, 4.5, 101)  # ms
MOST_UNITS = 8


class IsiView(View):
    """A histogram for each selected unit, one over the other."""

    id = "isi"
    title = "Intervals (ISI)"
    help = (
        "How long after each spike the next spike of the same unit comes, counted on all its spikes.\n\n"
        f"The shaded band is the refractory period ({REFRACTORY_MS:g} ms), in which a single neuron does not fire "
        "again: the share of the intervals inside it is written below. A unit that fires in bursts has a peak at "
        "2 to 10 ms; a regular one a peak at its usual interval; an irregular one falls off steadily.\n\n"
        "Wheel: window. Ctrl + wheel: number of bins. The logarithmic axis shows bursts and long pauses in one picture."
    )
    options = {"window_ms": 50.0, "bins": 100, "log": False}

    def build(self) -> QWidget:
        """One plot and a line of words."""
        self._plot = make_plot("Interval (ms)", "Intervals per bin", counts=True)
        self._plot.setMouseEnabled(False, False)
        self._band = pg.LinearRegionItem(movable=False, pen=pg.mkPen(None))
        self._plot.addItem(self._band)
        self._curves = [pg.PlotCurveItem() for _ in range(MOST_UNITS)]
        for curve in reversed(self._curves):  # the first selected unit over the others
            self._plot.addItem(curve)
        self._caption = SteadyLabel((8, 2, 8, 4))
        on_wheel(self._plot, plain=lambda step: self._turn("window_ms", WINDOWS, -step), ctrl=self._turn_bins)
        choices = [(window, f"0 – {window:g} ms") for window in WINDOWS] + [(None, "logarithmic")]
        self._axis = choice_field(choices, self._choose)
        self._axis.setSizeAdjustPolicy(self._axis.SizeAdjustPolicy.AdjustToContents)
        self._axis.setToolTip("Intervals shown (wheel)")
        self._axis.setAccessibleName("Intervals shown")
        self.tools.addWidget(self._axis)
        body = QWidget()
        body.setLayout(column(self._plot, self._caption, gap=0))
        return body

    def hint(self, state: State) -> Hint | None:
        """Units are needed."""
        return super().hint(state) or units_hint(state, "intervals")

    def draw(self, before: State | None, after: State) -> None:
        """Count in the background."""
        if before is not None and self._question(before) == self._question(after):
            return
        log = self.option("log", after)
        window = self.option("window_ms", after)
        self._axis.setCurrentIndex(self._axis.findData(None if log else window))
        edges = LOG_EDGES if log else np.linspace(0, window, self.option("bins", after) + 1)
        result, tracks = after.results.current, selected_tracks(after, MOST_UNITS)
        rest = left_out(after, MOST_UNITS)
        self.compute(
            "intervals",
            lambda: [count_intervals(result.sorted_recording, t, edges, result.sampling_frequency) for t in tracks],
            lambda found: self._show(found, edges, log, rest),
        )

    def _question(self, state: State) -> Any:
        return state.results, state.selection, *(self.option(name, state) for name in self.options)

    def _turn(self, name: str, values: tuple, step: int) -> None:
        self.set_option(name, next_in(values, self.option(name), step))

    def _turn_bins(self, step: int) -> None:
        self._turn("bins", BINS, step)

    def _choose(self, window: float | None) -> None:
        self.set_option("log", window is None)
        if window is not None:
            self.set_option("window_ms", window)

    def _show(self, found: list[tuple[int, np.ndarray, str]], edges: np.ndarray, log: bool, rest: str) -> None:
        self._plot.setLogMode(x=log)
        edges_ = np.log10(edges) if log else edges
        self._band.setBrush(brush(self.palette_now.warning, 0.16))
        self._band.setRegion((edges_[0], np.log10(REFRACTORY_MS) if log else REFRACTORY_MS))
        opacity = 0.85 if len(found) == 1 else 0.3
        for curve, (unit, counts, _words) in zip(self._curves, found, strict=False):
            color = self.colors(unit)
            look = {"brush": brush(color, opacity), "pen": pen(color, 1.5)}
            curve.setData(edges_, counts, stepMode="center", fillLevel=0, **look)
        for place, curve in enumerate(self._curves):
            curve.setVisible(place < len(found))
        top = max([1, *(counts.max() for _, counts, _ in found)])
        self._plot.setRange(xRange=(edges_[0], edges_[-1]), yRange=(0, 1.05 * top), padding=0)
        self._caption.setText(sentences([*(words for _, _, words in found), rest]))


def count_intervals(recording: Any, track: Any, edges: np.ndarray, rate: float) -> tuple[int, np.ndarray, str]:
    """Unit, counts and words of one unit; runs in the background. `edges` in ms."""
    spikes = track_spikes(recording, track)
    refractory = REFRACTORY_MS * rate / 1000
    count, share = refractory_violations(spikes, refractory), percent(violation_share(spikes, refractory))
    words = f"{track.id}: {count:,} of {max(0, len(spikes) - 1):,} under {REFRACTORY_MS:g} ms ({share})"
    return track.id, interval_histogram(spikes, edges * rate / 1000), words
