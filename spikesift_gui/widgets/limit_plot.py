"""A small histogram of one figure of all units, with its limit."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikesift_core.quality import BY_NAME, Limit
from spikesift_gui.palette import Palette
from spikesift_gui.plots import brush, make_plot, pen
from spikesift_gui.qt import Qt, QtCore, QWidget, Signal, pg
from spikesift_gui.state import Appearance
from spikesift_gui.widgets.labels import column, label, set_kind

BINS = 24
NARROWEST = 96  # px
HEIGHT, HIGHEST = 120, 240  # px
MOST_TICKS = 4


class LimitPlot(QWidget):
    """The histogram below its name and the number of units beyond the limit; a click asks for those."""

    clicked = Signal(str)  # the filter for the units that do not keep the limit

    def __init__(self, limit: Limit):
        super().__init__()
        self.limit = limit
        self._factor = 100 if BY_NAME[limit.metric].unit == "%" else 1
        self.words = label("", "caption")
        self.plot = make_plot("", "", grid=False)
        self.plot.hideAxis("left")
        self.plot.setMouseEnabled(False, False)
        self.plot.disableAutoRange()  # the note's size would change the range, and that the note's size, for ever
        self.plot.setMinimumHeight(HEIGHT - 40)
        self.plot.setAccessibleName(f"{BY_NAME[limit.metric].title} of all units")
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        self._bars = pg.BarGraphItem(x=[], height=[], width=1)
        self._line = pg.InfiniteLine(angle=90)
        self._note = pg.TextItem(anchor=(0.5, 0.5))
        for item in (self._bars, self._line, self._note):
            self.plot.addItem(item)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(f"{limit.rule}: a unit that does not keep it {limit.words}. Click to filter for these units.")
        self.setLayout(column(self.words, self.plot, gap=0))
        self.layout().setStretch(1, 1)
        self.setMinimumSize(90, HEIGHT)
        self.grow(False)

    def grow(self, higher: bool) -> None:
        """Whether it is higher where there is room."""
        self.setMaximumHeight(HIGHEST if higher else HEIGHT)

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(self.wanted_width, HEIGHT)

    @property
    def wanted_width(self) -> int:
        """px, so that the words fit in one line."""
        return max(NARROWEST, self.words.fontMetrics().horizontalAdvance("00 of 00 beyond"))

    def show_values(
        self, values: np.ndarray | None, failed: np.ndarray | None, why: str, palette: Palette, appearance: Appearance
    ) -> None:
        """Show the figures of all units.

        Parameters
        ----------
        values : (units,), or None where they are not known, for the reason `why`. failed : (units,) bool.
        """
        metric = BY_NAME[self.limit.metric]
        known = np.zeros(0) if values is None else values[np.isfinite(values)] * self._factor
        limit = self.limit.limit * self._factor
        count = 0 if failed is None else int(failed.sum())
        unit = f" ({metric.unit})" if metric.unit else ""
        self.words.setText(f"{metric.title}{unit}\n{_counted(count, len(known)) if len(known) else ''}")
        set_kind(self.words, "warning" if count else "")
        self._note.setVisible(not len(known))
        self._note.setText("" if len(known) else (why if values is None else "not known"), color=palette.muted)
        self._bars.setVisible(bool(len(known)))
        edges = _edges(known, limit, metric.unit == "%")
        counts = np.histogram(np.clip(known, edges[0], edges[-1]), edges)[0]
        middles = (edges[1:] + edges[:-1]) / 2
        bad = self.limit.failed(middles / self._factor)
        colors = [brush(palette.warning if one else palette.accent, 0.85) for one in bad]
        self._bars.setOpts(x=middles, height=counts, width=0.9 * np.diff(edges)[0], brushes=colors, pen=pg.mkPen(None))
        self._line.setPen(pen(palette.text, 1.5))
        self._line.setValue(limit)
        self._line.setVisible(bool(len(known)))
        self.plot.setRange(xRange=(edges[0], edges[-1]), yRange=(0, max(1, counts.max()) * 1.1), padding=0.02)
        self.plot.getAxis("bottom").setTicks([[(at, f"{at:g}") for at in few_ticks(edges[-1])], []])
        self._note.setPos((edges[0] + edges[-1]) / 2, 0.55)

    def _on_click(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self.limit.broken_rule)

    def mouseReleaseEvent(self, event: Any) -> None:
        self.clicked.emit(self.limit.broken_rule)


def few_ticks(high: float) -> list[float]:
    """Round numbers from 0 up to `high`: at most four, which there is room for."""
    tens = 10.0 ** np.floor(np.log10(high))
    step = next(part * tens for part in (0.2, 0.5, 1, 2, 5) if high < MOST_TICKS * part * tens)
    return [round(at * step, 10) for at in range(int(high / step) + 1)]


def _counted(count: int, of: int) -> str:
    return f"{count} of {of} beyond" if count else f"all {of} within" if of > 1 else "within"


def _edges(values: np.ndarray, limit: float, share: bool) -> np.ndarray:
    """Edges of the bins; one of them is the limit, so that no bar is on both sides of it."""
    high = max(float(np.quantile(values, 0.98)) if len(values) else 0.0, 2 * limit)
    high = min(high, 100.0) if share else high
    width = limit / max(1, round(BINS * limit / high))
    return np.arange(0, high + width * 0.999, width) if high > limit else np.linspace(0, high, BINS + 1)
