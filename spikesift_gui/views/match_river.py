"""All units through all segments of all recordings: who was followed how far, how surely, and why it was lost."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from spikesift_core.river_words import link_words, lost_reason, stream_words
from spikesift_core.rivers import River
from spikesift_gui import rivers
from spikesift_gui.palette import SPACE
from spikesift_gui.plots import make_plot
from spikesift_gui.qt import QtCore, QtWidgets, QWidget
from spikesift_gui.river_pixels import BY_HAND, Lanes, lanes_of
from spikesift_gui.state import State
from spikesift_gui.theme import font
from spikesift_gui.views.base import View
from spikesift_gui.views.match_river_axes import RiverAxes
from spikesift_gui.widgets import Hint, column, label, row
from spikesift_gui.widgets.local_keys import LocalKeys
from spikesift_gui.widgets.river_item import RiverItem, margin_colors
from spikesift_gui.widgets.river_legend import RiverLegend
from spikesift_gui.widgets.wheel import on_wheel

ZOOM = 1.25  # for a notch of the wheel
RESTS = 120  # ms, for which a shift that is dragged must rest before the units are followed with it
NEAREST = 1.5  # lanes or columns; no zoom goes nearer


class MatchRiver(View):
    """Ribbons in lanes."""

    id = "match_river"
    title = "River"
    says = ("recordings",)
    help = (
        "Every unit through every segment of every recording that is open (those on one probe, in the order of time; "
        "of a merged recording, if it is the one looked at, all of its parts). A column is a segment, a lane a unit; "
        "2:12 is unit 12 of the second recording, if it begins there. "
        "The ribbon is as wide as the square root of its rate in that segment; a lane is full at the rate that 5 % of "
        "all exceed, named below.\n\n"
        "Its colour from the middle of one column to the middle of the next is the margin of that link: how much "
        "nearer the partner is than the next best candidate (1: no doubt; 0: a tie; below 0: another one was "
        "nearer). Grey: no figure is known; black, on dark ground white: a person made or accepted it. Within a "
        "recording these are the links the sorter made; from one to the "
        "next, over the upright line between them, those that a merge of all that are shown makes: each recording is "
        "compared with all before it, so that a unit that is silent in all of one goes on after it. (Where units were "
        "not followed over gaps: the last segment of one with the first of the next.)\n\n"
        "A dashed line is a gap: the unit was not found there, but was found again. A red bar is the end of a unit "
        "that was lost, with the reason beside it where there is room; a grey bar the beginning of one that was not "
        "there at the start. Where lanes are thinner than 2 px, the picture is the mean of several.\n\n"
        "Click between two columns: that link in the views above. Wheel: zoom the lanes; Ctrl + wheel: the columns; "
        "drag: move; double click: all of it; Up and Down: the next lane."
    )
    watches = ("results", "selection", "view", "match", "decisions", "movements")
    options = {"order": rivers.DEPTH, "shown": rivers.ALL, "columns": rivers.NUMBERS}

    def build(self) -> QWidget:
        """The plot, a legend, and words about the unit in focus."""
        self.order = self.add_choice("order", rivers.ORDERS, "Order of the lanes")
        self.which = self.add_choice("shown", rivers.SHOWN, "Which units are shown")
        self.columns = self.add_choice("columns", rivers.COLUMNS, "What stands below the columns")
        self.plot = make_plot("", "Unit", grid=False)
        self.plot.setAccessibleName("River of all units")
        self.plot.showAxis("top")
        for side in ("top", "bottom"):  # the first and the last one lie near the ends
            self.plot.getAxis(side).setStyle(hideOverlappingLabels=False)
        self.box = self.plot.getPlotItem().getViewBox()
        self.box.invertY(True)
        self.box.disableAutoRange()
        self.item = RiverItem(self._reason)
        self.item.clicked.connect(self._choose)
        self.plot.addItem(self.item)
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        self.plot.scene().sigMouseMoved.connect(self._hover)
        self.box.sigRangeChanged.connect(self._label)
        self.box.sigResized.connect(self._label)
        on_wheel(self.plot, plain=lambda steps: self._zoom(steps, False), ctrl=lambda steps: self._zoom(steps, True))
        LocalKeys(self.plot, {"Up": lambda: self._step(-1), "Down": lambda: self._step(1)})
        self.words = label("", "caption", wrap=True, selectable=True)
        self.words.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Preferred)
        self.legend = RiverLegend()
        self._asked: rivers.Question | None = None
        self._shown: tuple[rivers.Question, River] | None = None
        self._link: tuple[int, int, int] | None = None  # stream and the two columns that were clicked
        self._whole: tuple | None = None
        self._drawn_as: tuple | None = None
        self.axes = RiverAxes(self.plot, self.item)
        self._later = self.make_timer(0, self._ask)
        self._mouse: QtCore.QPointF | None = None
        body = QWidget()
        below = row(self.words, self.legend, gap=2 * SPACE)
        below.setStretch(0, 1)
        below.setContentsMargins(SPACE, 0, SPACE, SPACE // 2)
        body.setLayout(column(self.plot, below, gap=SPACE // 2))
        body.layout().setStretch(0, 1)
        return body

    def hint(self, state: State) -> Hint | None:
        """A segment is not a river."""
        asked = rivers.question(state)
        if asked is None:
            return super().hint(state) or Hint("Nothing to compare")
        if sum(len(one.sorted_recording.sorted_segments) for one in asked.results) < 2:
            if why := rivers.why_left_out(state):
                return Hint("These cannot be compared", f"{asked.results[0].name} has one segment only. {why}")
            return Hint("One segment only", "A river needs several segments, or another sorted recording.")
        return None

    def draw(self, before: State | None, after: State) -> None:
        """Draw what is there; ask for what is not."""
        for field, name in ((self.order, "order"), (self.which, "shown"), (self.columns, "columns")):
            field.setCurrentIndex(field.findData(self.option(name, after)))
        asked = rivers.question(after)
        if self._shown is not None and asked.same_as(self._shown[0]):
            self._asked = None
            self._later.stop()
            self._redraw(after)
        elif not asked.same_as(self._asked):
            last = self._shown and self._shown[0]
            self._asked = asked
            if last and asked.results == last.results and asked.shifts != last.shifts:
                self._later.start(RESTS)
            else:
                self._ask()

    def _ask(self) -> None:
        asked = self._asked
        self._later.stop()
        self.words.setText("Following the units…")
        self.compute("river", lambda: rivers.answer(asked), lambda found: self._take(asked, found))

    def _take(self, asked: rivers.Question, found: River) -> None:
        if asked is self._asked:  # else another shift was chosen meanwhile
            self._lay_out(asked, found)

    def _redraw(self, state: State) -> None:
        asked, shown = self._shown
        if self._as(shown, state) != self._drawn_as:
            self._lay_out(asked, shown)
        else:
            self._show_selected(state)

    def _as(self, shown: River, state: State) -> tuple:
        """What the lanes depend on."""
        return shown, *(self.option(name, state) for name in self.options), state.appearance

    def _lay_out(self, asked: rivers.Question, shown: River) -> None:
        """Make the lanes in the background."""
        state = self.context.state
        wanted, colors = self._as(shown, state), margin_colors(self.palette_now)
        order, which = self.option("order", state), self.option("shown", state)
        self.compute(
            "lanes",
            lambda: lanes_of(shown, rivers.lanes(shown, order, which), colors),
            lambda lanes: self._show_lanes(asked, shown, lanes, wanted),
        )

    def _show_lanes(self, asked: rivers.Question, shown: River, lanes: Lanes, wanted: tuple) -> None:
        if self._shown is None or shown is not self._shown[1]:
            if asked is not self._asked:  # another shift was chosen meanwhile
                return
            self._asked = self._link = None
            _words_of_lost.cache_clear()
        self._shown, self._drawn_as = (asked, shown), wanted
        self._sections = rivers.sections(asked)
        self.item.show_river(shown, lanes, self.palette_now, [one.first for one in self._sections[1:]])
        known = shown.stretches[0].sampling_frequency is not None
        self.legend.show_colors(self.palette_now, lanes.full, known, bool((lanes.cells.codes == BY_HAND).any()))
        whole = self.item.whole
        self.box.setLimits(
            xMin=whole.left(), xMax=whole.right(), yMin=whole.top(), yMax=whole.bottom(),
            minXRange=min(NEAREST, whole.width()), minYRange=min(NEAREST, whole.height()),
        )  # fmt: skip
        key = (asked, whole.getRect(), self.option("order"))
        if key != self._whole:
            self._whole = key
            self.show_all()
        self._redraw(self.context.state)

    def _show_selected(self, state: State) -> None:
        self._label()
        self.item.select(rivers.selected_streams(state, self._shown[1], self._shown[0]))
        self.words.setText(self._words(state, self._shown[1]))

    def show_all(self) -> None:
        """Zoom out until everything is in sight."""
        self.plot.setRange(self.item.whole, padding=0.0)

    # Words

    def _words(self, state: State, shown: River) -> str:
        streams = rivers.selected_streams(state, shown, self._shown[0])
        if self._link is not None and self._link[0] in streams:
            return f"Unit {rivers.name_of(shown, self._link[0])}. {link_words(shown, *self._link)}."
        if streams:
            return stream_words(shown, streams[0])
        others = rivers.left_out(state)
        more = f" Not here, because of another probe: {', '.join(others)}." if others else ""
        return rivers.summary(shown) + more

    def _reason(self, stream: int) -> str:
        return _words_of_lost(self._shown[1], stream)

    def _hover(self, at: QtCore.QPointF) -> None:
        self._mouse = self.box.mapSceneToView(at)
        found = self.item.stream_at(self._mouse) if self._shown and self.box.sceneBoundingRect().contains(at) else None
        self.plot.setToolTip(self._tip(*found) if found else "")

    def _tip(self, stream: int, left: int) -> str:
        shown = self._shown[1]
        words = link_words(shown, stream, *shown.link_at(stream, left))
        return f"Unit {rivers.name_of(shown, stream)}\n{words}"

    # What a person does

    def _choose(self, stream: int, left: int) -> None:
        """See a link, or where one is missing, in the views of pairs."""
        asked, shown = self._shown
        ends = shown.link_at(stream, left)
        self._link = (stream, *ends)
        here = next(column for column in ends if shown.found[stream, column])
        places = [shown.columns[column].tolist() for column in ends]
        self.context.run(
            "match.link",
            source=(asked.results[places[0][0]].id, places[0][1]),
            target=(asked.results[places[1][0]].id, places[1][1]),
            unit=(asked.results[int(shown.columns[here, 0])].id, shown.unit_at(stream, here)),
        )
        self.words.setText(self._words(self.context.state, shown))

    def _step(self, by: int) -> None:
        """The unit of the next lane."""
        if self._shown is None or not len(self.item.order):
            return
        asked, shown = self._shown
        streams = rivers.selected_streams(self.context.state, shown, asked)
        lane = self.item.lane_of(streams[0]) if streams else None
        lane = 0 if lane is None else min(max(lane + by, 0), len(self.item.order) - 1)
        stream = int(self.item.order[lane])
        column = int(shown.first[stream]) if self._link is None else self._link[1]
        self._choose(stream, column)
        top, bottom = self.box.viewRange()[1]
        if not top <= lane < bottom - 1:
            height = bottom - top
            self.box.setYRange(lane + 0.5 - height / 2, lane + 0.5 + height / 2, padding=0)

    def _on_click(self, event: Any) -> None:
        if event.double():
            self.show_all()

    def _zoom(self, steps: int, along: bool) -> None:
        low, high = self.box.viewRange()[0 if along else 1]
        middle = (low + high) / 2
        if self._mouse is not None:
            at = self._mouse.x() if along else self._mouse.y()
            middle = at if low <= at <= high else middle
        factor = ZOOM**-steps
        new = middle - (middle - low) * factor, middle + (high - middle) * factor
        (self.box.setXRange if along else self.box.setYRange)(*new, padding=0)

    def _label(self, *_changed: Any) -> None:
        if self._shown is not None:
            small = font("caption", self.context.state.appearance)
            self.axes.label(self._shown[1], self._sections, self.option("columns") == rivers.TIMES, small)


@lru_cache(maxsize=2000)
def _words_of_lost(shown: River, stream: int) -> str:
    return f"lost: {lost_reason(shown, stream)}"
