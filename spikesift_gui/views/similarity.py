"""How alike every two units are: a matrix, and the ranked list for the selected unit."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikesift_core.verdicts import CLEAR_COST, UNLIKE_COST
from spikesift_gui.plots import make_plot, pen
from spikesift_gui.qt import Qt, QtCore, QtWidgets, QWidget, pg
from spikesift_gui.ramps import ramp, value_colors
from spikesift_gui.state import Result, State
from spikesift_gui.units import differences_of, facts_of
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, column, label

MOST_RANKED = 12
LABEL_HEIGHT = 15  # px


class SimilarityView(View):
    """The matrix; below it the units most like the selected one."""

    id = "similarity"
    title = "Similarity"
    help = (
        "How alike the amplitude vectors of every two units are, sorted by depth, the top of the probe at the top: the "
        "stronger the colour, the more alike. 100 % is the same, 0 % differs by as much as its own size. Only "
        "segments in which both were found are compared, so that drift takes no part in it.\n\n"
        f"Above {100 * (1 - CLEAR_COST):.0f} % two units are alike: perhaps one neuron in two units. Look at their "
        "cross-correlogram: a hole at 0 where many pairs are expected speaks for one neuron. The shape of the waveform "
        "is not compared here.\n\n"
        "Click a square: the pair is selected in all views. Below: the units most like the first selected one; click "
        "one to add it. Wheel: zoom; drag: move; double-click: everything."
    )
    says = ("recording", "all units", "segment")
    watches = ("results", "selection")

    def build(self) -> QWidget:
        """The matrix above the ranked list."""
        self.plot = make_plot("Unit", "Unit", grid=False)
        self.plot.setAccessibleName("Similarity of all units")
        self._image = pg.ImageItem(axisOrder="row-major")
        self._lines = [pg.InfiniteLine(angle=angle) for angle in (0, 90)]
        self._pair = QtWidgets.QGraphicsRectItem()
        for item in (self._image, *self._lines, self._pair):
            self.plot.addItem(item)
        self._box = self.plot.getPlotItem().getViewBox()
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        self.plot.scene().sigMouseMoved.connect(self._on_hover)
        self._box.sigRangeChanged.connect(self._label_axes)
        self._box.sigResized.connect(self._label_axes)
        self.ranked = label("", "caption", wrap=True)
        self.ranked.setTextFormat(Qt.TextFormat.RichText)
        self.ranked.linkActivated.connect(self._add)
        self.ranked.setContentsMargins(8, 2, 8, 4)
        self.order: tuple[int, ...] = ()
        self._alike = np.zeros((0, 0))
        body = QWidget()
        body.setLayout(column(self.plot, self.ranked, gap=0))
        body.layout().setStretch(0, 1)
        return body

    def hint(self, state: State) -> Hint | None:
        """Two units are needed."""
        found = super().hint(state)
        if found is None and len(state.results.current.tracks) < 2:
            return Hint("Nothing to compare", "There are fewer than two units.")
        return found

    def draw(self, before: State | None, after: State) -> None:
        """Units are compared in the background; a selection is marked at once."""
        result = after.results.current
        if before is None or before.results.current is not result:
            self.compute("alike", lambda: compared(result), lambda found: self._show(result, *found))
        else:
            self._mark(after)

    def _show(self, result: Result, order: tuple[int, ...], alike: np.ndarray) -> None:
        if self.context.state.results.current is not result:
            return
        anew = order != self.order
        self.order, self._alike = order, alike
        palette = self.palette_now
        self._image.setImage(value_colors(alike, ramp(palette, palette.accent), 1 - UNLIKE_COST - 0.1, 1.0))
        count = len(order)
        self._image.setRect(QtCore.QRectF(-0.5, -0.5, count, count))
        self._box.setLimits(xMin=-0.5, xMax=count - 0.5, yMin=-0.5, yMax=count - 0.5, minXRange=2, minYRange=2)
        if anew:
            self._show_all()
        self._label_axes()
        self._mark(self.context.state)

    def _show_all(self) -> None:
        count = len(self.order)
        self.plot.setRange(xRange=(-0.5, count - 0.5), yRange=(-0.5, count - 0.5), padding=0)

    def _label_axes(self, *_changed: Any) -> None:
        for side, room in (("left", self._box.height()), ("bottom", self._box.width() / 2)):
            (x, y) = self._box.viewRange()
            low, high = y if side == "left" else x
            step = max(1, int(-(-(high - low) * LABEL_HEIGHT // max(room, LABEL_HEIGHT))))
            ticks = [(place, str(unit)) for place, unit in enumerate(self.order) if place % step == 0]
            self.plot.getAxis(side).setTicks([ticks, []])

    def _mark(self, state: State) -> None:
        places = [self.order.index(unit) for unit in state.selection.units if unit in self.order]
        palette = self.palette_now
        for line in self._lines:
            line.setVisible(bool(places))
            line.setPen(pen(palette.first, 1))
            line.setValue(places[0] if places else 0)
        self._pair.setVisible(len(places) > 1)
        if len(places) > 1:
            self._pair.setRect(places[1] - 0.5, places[0] - 0.5, 1, 1)
            self._pair.setPen(pen(palette.second, 2))
        self.ranked.setText(self._ranking(places[0]) if places else "Select a unit to see which are most like it.")

    def _ranking(self, place: int) -> str:
        values = self._alike[place]
        best = [other for other in np.argsort(-np.nan_to_num(values, nan=-1)) if other != place][:MOST_RANKED]
        color = self.palette_now.accent
        link = '<a href="{0}" style="color:{1}">{0}</a>&nbsp;{2:.0f}&nbsp;%'
        links = [link.format(self.order[other], color, 100 * values[other]) for other in best]
        return f"Most like {self.order[place]}: {', '.join(links)}"

    def _add(self, unit: str) -> None:
        first = self.context.state.selection.units[:1]
        self.context.run("units.select", units=[*first, int(unit)])

    def _at(self, scene_position: Any) -> tuple[int, int] | None:
        if not self.order or not self._box.sceneBoundingRect().contains(scene_position):
            return None
        at = self._box.mapSceneToView(scene_position)
        x, y = round(at.x()), round(at.y())
        inside = 0 <= x < len(self.order) and 0 <= y < len(self.order)
        return (x, y) if inside else None

    def _on_click(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if event.double():
            self._show_all()
            return
        at = self._at(event.scenePos())
        if at is not None:
            self.context.run("units.select", units=dict.fromkeys((self.order[at[1]], self.order[at[0]])))

    def _on_hover(self, scene_position: Any) -> None:
        at = self._at(scene_position)
        if at is None or at[0] == at[1]:
            self.plot.setToolTip("" if at is None else f"Unit {self.order[at[0]]}")
            return
        share = f"{100 * self._alike[at[1], at[0]]:.0f} %"
        self.plot.setToolTip(f"Units {self.order[at[1]]} and {self.order[at[0]]}: {share} alike")


def compared(result: Result) -> tuple[tuple[int, ...], np.ndarray]:
    """Ids by depth, the deepest first, and how alike every two are, (units, units) float64, nan with itself."""
    facts = facts_of(result)
    order = sorted(range(len(facts)), key=lambda place: (facts[place].depth, -facts[place].id))
    alike = 1 - differences_of(result)[np.ix_(order, order)].astype(float)
    return tuple(facts[place].id for place in order), np.clip(alike, 0, 1)  # nan stays nan
