"""What stands beside, below and above the river: numbers of units, segments or times, names of recordings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spikesift_core.rivers import River
from spikesift_gui import rivers
from spikesift_gui.qt import Qt, QtGui, pg
from spikesift_gui.widgets.river_item import RiverItem

LABEL = 14.0  # px, from one number at the side to the next
COLUMN_LABEL, TIME_LABEL = 26.0, 62.0  # px


class RiverAxes:
    """Writes as much as there is room for; what stands there already is left alone."""

    def __init__(self, plot: pg.PlotWidget, item: RiverItem):
        self.plot, self.item, self.box = plot, item, plot.getPlotItem().getViewBox()
        self._marked: dict[str, list[tuple[float, str]]] = {}

    def label(self, shown: River, sections: Sequence[rivers.Section], times: bool, small: QtGui.QFont) -> None:
        """For the part of the river that is in sight; `times`: of the columns, instead of numbers."""
        self._label_lanes(shown)
        self._label_columns(sections, times)
        self._name_recordings(sections, QtGui.QFontMetrics(small))

    def _label_lanes(self, shown: River) -> None:
        """A number for each lane, or for as many as there is room for."""
        top, bottom = self.box.viewRange()[1]
        lane = max(1e-6, self.box.height() / max(1e-6, bottom - top))
        step = max(1, int(np.ceil(LABEL / lane)))
        order = self.item.order
        first, last = max(0, int(top)), min(len(order), int(np.ceil(bottom)))
        ticks = [(at + 0.5, shown.short_name(int(order[at]))) for at in range(first, last) if at % step == 0]
        self._mark("left", ticks)

    def _label_columns(self, sections: Sequence[rivers.Section], times: bool) -> None:
        """A number or a time for each column, or for as many of each recording as there is room for."""
        step = max(1, int(np.ceil((TIME_LABEL if times else COLUMN_LABEL) / self._column())))
        ticks = []
        for one in sections:
            words = rivers.time_words(one) if times else [str(at + 1) for at in range(one.end - one.first)]
            ticks += [(self.item.lefts[one.first + at] + 0.5, words[at]) for at in range(0, len(words), step)]
        self._mark("bottom", ticks)

    def _name_recordings(self, sections: Sequence[rivers.Section], metrics: QtGui.QFontMetrics) -> None:
        """The recordings above their columns, in as many words as there is room for between the borders."""
        low, high = self.box.viewRange()[0]
        ticks = []
        for one in sections:
            left, right = max(low, self.item.lefts[one.first]), min(high, self.item.lefts[one.end - 1] + 1)
            room = (right - left) * self._column()
            choices = rivers.section_words(one, len(sections) > 1)
            words = next((some for some in choices if metrics.horizontalAdvance(some) <= room), choices[-1])
            if room > 0:
                shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(room))
                ticks.append(((left + right) / 2, shown))
        self._mark("top", ticks)

    def _mark(self, side: str, ticks: list[tuple[float, str]]) -> None:
        if self._marked.get(side) != ticks:
            self._marked[side] = ticks
            self.plot.getAxis(side).setTicks([ticks])

    def _column(self) -> float:
        """Width of a column, px."""
        left, right = self.box.viewRange()[0]
        return max(1e-6, self.box.width() / max(1e-6, right - left))
