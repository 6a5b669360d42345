"""The total cost at each shift that was tried, and the one chosen, which can be dragged."""

from __future__ import annotations

from spikesift_core.linking import SHIFT_STEP, Match
from spikesift_core.unit_links import REFUSED
from spikesift_core.verdicts import flat_range
from spikesift_gui.match_words import by_hand_words, curve_words
from spikesift_gui.matching import current, shift_by_hand
from spikesift_gui.palette import SPACE
from spikesift_gui.plots import brush, make_plot, pen
from spikesift_gui.qt import Qt, QtCore, QWidget, pg
from spikesift_gui.selected import amplitude_scale
from spikesift_gui.state import State
from spikesift_gui.views.base import View
from spikesift_gui.views.match_base import WATCHES, match_hint
from spikesift_gui.widgets import Hint, NumberField, column, label, tool_button
from spikesift_gui.widgets.local_keys import LocalKeys

FIELD = 68  # px, of the movement in figures; it grows with the text


class MatchCurve(View):
    """Cost against movement."""

    id = "match_curve"
    title = "Costs"
    says = ("pair",)
    help = (
        "The units of the source are moved along the probe by each distance shown, and paired one-to-one with those "
        "of the target so that the differences between their amplitude vectors add up to as little as possible. The "
        "point is that total; the movement with the least total is taken. Of segments it is in the units of the "
        f"file, of units the sum of the relative costs, each at most {REFUSED:g}: so much costs one without a "
        "partner.\n\n"
        "A deep, narrow valley means that the movement is well known. The shaded part costs at most 5 % more than the "
        "least: if it is wide, the units do not tell how far the probe moved. A least total at the end of the curve "
        "means that the probe may have moved further than was allowed.\n\n"
        f"Another movement by hand, in steps of {SHIFT_STEP:g} µm: drag the upright line, click the picture and press "
        "Left or Right, or type it in; pairs, costs, verdicts, river and a merge follow at once. The line is amber "
        "then, and the arrow beside the field (or the key Home) goes back to the best one; Ctrl + Z takes back the "
        "last change. What you set belongs to what is compared (the border of two recordings, or two segments) and is "
        "kept with the sessions."
    )
    watches = WATCHES

    def build(self) -> QWidget:
        """The plot, a sentence below it, and in the bar the movement in figures."""
        self.plot = make_plot("Movement (µm)", "Cost")
        self.plot.setAccessibleName("Total cost at each movement")
        self._flat = pg.LinearRegionItem(movable=False)
        self._curve = self.plot.plot()
        self._chosen = self.plot.plot()
        self.line = pg.InfiniteLine(angle=90, movable=True)
        for item in (self._flat, self.line):
            self.plot.addItem(item)
        self._flat.setZValue(-10)
        self.line.setCursor(Qt.CursorShape.SizeHorCursor)
        self.line.sigPositionChanged.connect(self._dragged)
        self._start: tuple[float, float | None] | None = None  # of a drag: shift, and the one by hand
        self._drags = 0  # undo takes each of them back as a whole
        self.line.sigPositionChangeFinished.connect(self._let_go)
        self.plot.setMouseEnabled(x=False, y=False)
        self._steps = {"Left": -1, "Right": 1}
        keys = {key: lambda steps=steps: self._step(steps) for key, steps in self._steps.items()}
        LocalKeys(self.plot, {**keys, "Home": lambda: self.context.run("match.best")})
        self.movement = NumberField(0, 0, step=SHIFT_STEP, unit="µm")
        self.movement.setButtonSymbols(NumberField.ButtonSymbols.NoButtons)
        self.movement.setAccessibleName("Movement")
        self.movement.setToolTip(f"How far the units moved along the probe, in steps of {SHIFT_STEP:g} µm")
        self.movement.changed.connect(self._typed)
        self.best = tool_button(self.context, "undo", "Back to the best movement (Home)", "match.best")
        self.movement.setFixedWidth(FIELD)
        self.best.hide()
        self.tools.addWidget(self.movement)
        self.tools.addWidget(self.best)
        self.words = label("", "caption", wrap=True)
        body = QWidget()
        body.setLayout(column(self.plot, self.words, gap=SPACE // 2, margin=SPACE))
        body.layout().setStretch(0, 1)
        return body

    def hint(self, state: State) -> Hint | None:
        """Nothing compared yet, or one side is empty."""
        hint = match_hint(state)
        if hint is None and not current(state)[1].distances.size:
            return Hint("Nothing to move", "One of the two has no unit.")
        return hint

    def draw(self, before: State | None, after: State) -> None:
        """The curve, the valley, the chosen point."""
        asked, match = current(after)
        if before is None:  # also after a change of the size of text
            self.movement.setFixedWidth(round(FIELD * max(1.0, after.appearance.scale)))
        by_hand = shift_by_hand(after) is not None
        colors = self.palette_now
        gain, unit = (1.0, "relative") if asked.units else amplitude_scale(asked.source.result)
        axis = self.plot.getAxis("left")
        axis.setLabel(f"Cost ({unit})")
        axis.resizeEvent()  # puts the words into the middle again
        self._curve.setData(0 - match.shifts, match.costs * gain, pen=pen(colors.signal, 1.5), symbol="o", symbolSize=5)
        self._curve.setSymbolBrush(colors.signal)
        self._curve.setSymbolPen(None)
        here = match.costs[match.shifts == match.shift] * gain
        chosen = colors.warning if by_hand else colors.accent
        self._chosen.setData([0 - match.shift] * len(here), here, pen=None, symbol="o", symbolSize=11)
        self._chosen.setSymbolBrush(brush(colors.plot))
        self._chosen.setSymbolPen(pen(chosen, 3))
        self._draw_line(match, chosen)
        self._draw_flat(match)
        self._show_field(match, by_hand)
        self.words.setText(by_hand_words(match) if by_hand else curve_words(match))

    def _draw_line(self, match: Match, color: str) -> None:
        with QtCore.QSignalBlocker(self.line):
            self.line.setBounds((-match.shifts.max(), -match.shifts.min()))
            self.line.setValue(0 - match.shift)
        self.line.setPen(pen(color, 1.5))
        self.line.setHoverPen(pen(color, 4))

    def _draw_flat(self, match: Match) -> None:
        low, high = sorted(0 - shift for shift in flat_range(match))
        half = 0.0 if len(match.shifts) < 2 else abs(match.shifts[1] - match.shifts[0]) / 2
        self._flat.setRegion((low - half, high + half))
        self._flat.setBrush(brush(self.palette_now.accent, 0.12))
        for edge in self._flat.lines:
            edge.setPen(pg.mkPen(None))

    def _show_field(self, match: Match, by_hand: bool) -> None:
        reach = float(match.shifts.max())
        with QtCore.QSignalBlocker(self.movement):
            self.movement.setRange(-reach, reach)
        self.movement.show_value(0 - match.shift)
        if self.best.isVisibleTo(self) != by_hand:
            self.best.setVisible(by_hand)

    # What a person does

    def _dragged(self) -> None:
        """The line is somewhere on the way: the shift tried nearest to it, or what was there before the drag."""
        found = current(self.context.state)
        if found is None:
            return
        shift, now = 0 - float(self.line.value()), found[1].shift
        if self._start is None:
            self._start = now, shift_by_hand(self.context.state)
        if abs(shift - now) > SHIFT_STEP / 2:
            back = abs(shift - self._start[0]) <= SHIFT_STEP / 2
            self.context.run("match.shift", stroke=(self.id, self._drags), shift=self._start[1] if back else shift)

    def _let_go(self) -> None:
        self._drags, self._start = self._drags + 1, None
        self._again()

    def _typed(self, movement: float) -> None:
        self.context.run("match.shift", shift=0 - movement)
        self._again()

    def _again(self) -> None:
        """Show what is chosen: the nearest shift that was tried, not what was typed or where the line was let go."""
        if current(self.context.state) is not None:
            self.draw(None, self.context.state)

    def _step(self, steps: int) -> None:
        """Left and Right on the screen are lower and higher movements, which are shifts the other way."""
        self.context.run("match.step", steps=-steps)
