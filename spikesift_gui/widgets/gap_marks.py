"""Where samples are missing, marked in a plot over time: a dashed line, and how long nothing was recorded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spikesift_core.acquisition_clock import Gap
from spikesift_gui.palette import Palette
from spikesift_gui.plots import pen
from spikesift_gui.qt import Qt, QtGui, pg
from spikesift_gui.status import duration_words
from spikesift_gui.widgets.plot_labels import LEFT, PlotLabels

ROOM = 84  # px, for the words beside a line
BESIDE = 0.06  # of that room, between the line and the words
ABOVE = 10  # px, from the top of the plot to the middle of the words
SHORTEST = 0.001  # s; what is shorter is said in samples
MOST_WORDS = 12
MOST_LINES = 2000  # places in sight at which one line stands for all gaps there


class GapMarks:
    """The marks of one plot, made of two items in it, in front of all others."""

    def __init__(self, plot: pg.PlotWidget):
        """`lines` (s) are the places marked, `words` what stands beside them."""
        self._plot = plot
        self._curve, self._labels = pg.PlotCurveItem(connect="pairs"), PlotLabels()
        for item in (self._curve, self._labels):
            item.setZValue(10)
            plot.addItem(item)
        self.lines: list[float] = []
        self.words: list[str] = []

    def show(self, gaps: Sequence[Gap], rate: float, palette: Palette) -> None:
        """Mark the gaps (samples at `rate`, in Hz) that are in sight; call it when the range of the plot is set."""
        (first, last), (low, high) = self._plot.getPlotItem().getViewBox().viewRange()
        seen = [gap for gap in gaps if first <= gap.sample / rate <= last]
        pixel = (last - first) / MOST_LINES
        places = {round(gap.sample / rate / pixel): gap.sample / rate for gap in seen} if pixel > 0 else {}
        self.lines = list(places.values())
        dashed = pen(palette.error, 1.5)
        dashed.setStyle(Qt.PenStyle.DashLine)
        at = np.repeat(np.array(self.lines, float), 2)
        self._curve.setData(at, np.tile([low, high], len(self.lines)), pen=dashed)
        width, height = max(1, self._plot.width()), max(1, self._plot.height())
        self._write(seen, rate, (last - first) * ROOM / width, high - (high - low) * ABOVE / height, palette)

    def _write(self, seen: Sequence[Gap], rate: float, room: float, y: float, palette: Palette) -> None:
        """Words beside the longest gaps that have so much room (s) between them."""
        places: list[float] = []
        chosen = []
        for gap in sorted(seen, key=lambda gap: -gap.missing):
            x = gap.sample / rate
            if all(abs(x - other) >= room for other in places):
                places.append(x)
                chosen.append(gap)
            if len(chosen) == MOST_WORDS:
                break
        chosen.sort(key=lambda gap: gap.sample)
        self.words = [f"gap {_length(gap, rate)}" for gap in chosen]
        labels = [(gap.sample / rate + room * BESIDE, y, words) for gap, words in zip(chosen, self.words, strict=True)]
        self._labels.show_labels(labels, palette.error, QtGui.QFont(self._plot.font()), LEFT, palette.plot)


def _length(gap: Gap, rate: float) -> str:
    lost = gap.missing / rate
    return duration_words(lost) if lost >= SHORTEST else f"{gap.missing} samples"
