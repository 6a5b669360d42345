"""The total cost at each shift that was tried, and the one chosen."""

from __future__ import annotations

from spikesift_core.linking import Match
from spikesift_core.verdicts import flat_range
from spikesift_gui.matching import current, curve_words
from spikesift_gui.palette import SPACE
from spikesift_gui.plots import brush, make_plot, pen
from spikesift_gui.qt import QWidget, pg
from spikesift_gui.selected import amplitude_scale
from spikesift_gui.state import State
from spikesift_gui.views.base import View
from spikesift_gui.views.match_base import WATCHES, match_hint
from spikesift_gui.widgets import Hint, column, label


class MatchCurve(View):
    """Cost against movement."""

    id = "match_curve"
    title = "Cost of each movement"
    says = ("pair",)
    help = (
        "The units of the source are moved along the probe by each distance shown, and paired one-to-one with those of "
        "the target so that the differences between their amplitude vectors add up to as little as possible. The point "
        "is that total, in the units of the file; the movement with the least total (marked) is taken.\n\n"
        "A deep, narrow valley means that the movement is well known. The shaded part costs at most 5 % more than the "
        "least: if it is wide, the units do not tell how far the probe moved. A least total at the end of the curve "
        "means that the probe may have moved further than was allowed."
    )
    watches = WATCHES

    def build(self) -> QWidget:
        """The plot and a sentence below it."""
        self.plot = make_plot("Movement (µm)", "Cost")
        self._flat = pg.LinearRegionItem(movable=False)
        self._curve = self.plot.plot()
        self._chosen = self.plot.plot()
        self.plot.addItem(self._flat)
        self._flat.setZValue(-10)
        self.plot.setMouseEnabled(x=False, y=False)
        self.words = label("", "caption", wrap=True)
        body = QWidget()
        body.setLayout(column(self.plot, self.words, gap=SPACE // 2, margin=SPACE))
        body.layout().setStretch(0, 1)
        return body

    def hint(self, state: State) -> Hint | None:
        """Nothing compared yet, or one side is empty."""
        hint = match_hint(state)
        if hint is None and not current(state)[1].distances.size:
            return Hint("Nothing to move", "One of the two segments has no unit.")
        return hint

    def draw(self, before: State | None, after: State) -> None:
        """The curve, the valley, the chosen point."""
        asked, match = current(after)
        colors = self.palette_now
        gain, unit = amplitude_scale(asked.source.result)
        axis = self.plot.getAxis("left")
        axis.setLabel(f"Cost ({unit})")
        axis.resizeEvent()  # puts the words into the middle again
        self._curve.setData(0 - match.shifts, match.costs * gain, pen=pen(colors.signal, 1.5), symbol="o", symbolSize=5)
        self._curve.setSymbolBrush(colors.signal)
        self._curve.setSymbolPen(None)
        self._chosen.setData([0 - match.shift], [match.costs.min() * gain], pen=None, symbol="o", symbolSize=11)
        self._chosen.setSymbolBrush(brush(colors.plot))
        self._chosen.setSymbolPen(pen(colors.accent, 3))
        self._draw_flat(match)
        self.words.setText(curve_words(match))

    def _draw_flat(self, match: Match) -> None:
        low, high = sorted(0 - shift for shift in flat_range(match))
        half = 0.0 if len(match.shifts) < 2 else abs(match.shifts[1] - match.shifts[0]) / 2
        self._flat.setRegion((low - half, high + half))
        self._flat.setBrush(brush(self.palette_now.accent, 0.12))
        for edge in self._flat.lines:
            edge.setPen(pg.mkPen(None))
