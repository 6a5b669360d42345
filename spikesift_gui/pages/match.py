"""The same unit an hour later, and tomorrow: what was matched, how sure, what was lost."""

from __future__ import annotations

from functools import partial
from typing import Any

from spikesift_core.parameters import PARAMETERS
from spikesift_gui import match_transitions
from spikesift_gui.match_words import (
    CONSECUTIVE,
    FIRST,
    UNITS,
    segment_words,
    shift_words,
    units_words,
    which,
    which_words,
)
from spikesift_gui.matching import Question, Side, answer, current, limit, question, shift_by_hand
from spikesift_gui.pages.base import Page
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import QtCore, QtWidgets, QWidget
from spikesift_gui.rivers import made_before
from spikesift_gui.state import State
from spikesift_gui.together import by_units, told_apart
from spikesift_gui.views.match_curve import MatchCurve
from spikesift_gui.views.match_pair import MatchPair
from spikesift_gui.views.match_pairs import MatchPairs
from spikesift_gui.views.match_recordings import MatchRecordings
from spikesift_gui.views.match_river import MatchRiver
from spikesift_gui.views.match_table import MatchTable
from spikesift_gui.widgets import (
    Hint,
    button,
    choice_field,
    column,
    label,
    row,
    tool_button,
)
from spikesift_gui.widgets.dock_area import DockArea
from spikesift_gui.widgets.flow import Flow
from spikesift_gui.widgets.merged_note import MergedNote
from spikesift_gui.widgets.sliding_number import SlidingNumber

LIMIT_STEP = 0.05  # of the slider "Refuse above"
LARGEST_LIMIT = 1.5
WIDEST = 220  # px, of the fields of the two sides
LEAST = 420  # px, height of the views
REFUSE_TIP = (
    "Pairs whose relative cost (difference of the vectors as a share of the larger) is above this are refused: they "
    "are no link in the river, nor in a merge. Pairs made by hand are never refused. Units (0.6 at first) and segments "
    "(0.7) have a limit of their own; a merge uses that of units."
)

HOW = (
    "Two sorted recordings are compared here, unit by unit: what was matched, how sure, what was lost. One more is "
    "needed: open another session, or sort another recording — what is open stays open.\n\n"
    "Both may come from one file. On the page Recording set “Samples to use” to one half and sort; then set “Samples "
    "to skip” and “Time of the first” to that half, “Samples to use” to all, and sort again."
)


class MatchPage(Page):
    """The page Match."""

    id = "match"
    title = "Match"
    icon = "match"
    help = "The same unit an hour later, and tomorrow: pairs, how sure they are, and the river of all units."
    wide = True
    watches = ("results", "match", "decisions", "movements", "jobs")
    parts = (MatchCurve, MatchRecordings, MatchRiver, MatchPairs, MatchTable, MatchPair)

    def build(self) -> QWidget:
        """Above what is compared, below the views."""
        self._asked: Question | None = None
        self._filled: tuple | None = None  # what the fields of the two sides show
        self.docks = DockArea(
            "match",
            self.context,
            [
                (MatchCurve, "top", ""),
                (MatchRecordings, "bottom", ""),
                (MatchRiver, "right of", "match_recordings"),
                (MatchPairs, "right of", "match_curve"),
                (MatchTable, "right of", "match_pairs"),
                (MatchPair, "tab", "match_river"),
            ],
        )
        self.docks.share({"match_curve": 22, "match_pairs": 33, "match_table": 45})
        self.docks.share({"match_recordings": 36, "match_river": 64})
        self.docks.share({"match_curve": 50, "match_river": 50}, vertical=True)
        self.merged = MergedNote(self.context)
        body = QWidget(self._stack)
        head = column(self._sides(), self._settings(), self._words(), self.merged, gap=SPACE)
        head.setContentsMargins(SPACE // 2, 0, SPACE // 2, 0)
        self.scroll = QtWidgets.QScrollArea()
        self.scroll.setObjectName("scroll")
        self.scroll.setWidgetResizable(True)
        self.scroll.setWidget(self.docks)
        self.scroll.verticalScrollBar().valueChanged.connect(self._draw_in_sight)
        body.setLayout(column(head, self.scroll, gap=SPACE))
        body.layout().setStretch(1, 1)
        return body

    def hint(self, state: State) -> Hint | None:
        """Two results are needed, or one of several segments."""
        if question(state) is None:
            return Hint("Two sorted recordings are needed", HOW, "session.open", "Open a session…", "match")
        return None

    def draw(self, before: State | None, after: State) -> None:
        """What is compared; and ask for the answer if it is not there."""
        asked = question(after)
        sides = after.results, asked.results, asked.segments, asked.source_first
        if before is None or sides != self._filled:
            self._filled = sides
            self._fill_both(after, asked)
        self.drift.show_value(asked.max_drift)
        if before is None:  # also after a change of the size of text
            self._make_room(max(1.0, after.appearance.scale))
        usual = which(asked)
        for choice, name in ((self.units, UNITS), (self.consecutive, CONSECUTIVE), (self.first, FIRST)):
            choice.setChecked(usual == name)
        self.limit.show_value(limit(after))
        self.which.setText(which_words(asked, made_before(after, asked)))
        self._draw_answer(after, asked)
        self.merged.show_merge(after, asked)

    def _fill_both(self, after: State, asked: Question) -> None:
        different = asked.source.result is not asked.target.result
        at_end = (asked.source_first, not asked.source_first) if different and by_units(asked.results) else (None, None)
        self._fill(self.source, self.source_segment, asked.source, after, at_end[0])
        self._fill(self.target, self.target_segment, asked.target, after, at_end[1])

    def save_layout(self) -> None:
        """Remember where the views are."""
        self.docks.save_layout()

    def restore_layout(self) -> None:
        """Where the views were."""
        self.docks.restore_layout()

    def reset_layout(self) -> None:
        """Where the views were at first."""
        self.docks.reset_layout()

    # Parts

    def _sides(self) -> QtWidgets.QLayout:
        self.source, self.source_segment = self._chooser("source")
        self.target, self.target_segment = self._chooser("target")
        swap = tool_button(self.context, "swap", "Swap source and target", "match.swap")
        merge = button(self.context, "match.merge", text="Merge the two", role="primary", icon_name="merge")
        sides = Flow(
            row(label("Source", "muted"), self.source, self.source_segment, swap),
            row(label("Target", "muted"), self.target, self.target_segment),
        )
        layout = row(sides, merge)
        layout.setStretch(0, 1)
        return layout

    def _chooser(self, side: str) -> tuple[QtWidgets.QComboBox, QtWidgets.QComboBox]:
        result = choice_field([], lambda value: self._choose(f"{side}_id", value))
        segment = choice_field([], lambda value: self._choose(f"{side}_segment", value))
        result.setAccessibleName(f"{side.capitalize()} recording")
        segment.setAccessibleName(f"{side.capitalize()} segment")
        result.setToolTip(f"The {side}: a sorted recording that is open")
        segment.setToolTip(f"What of the {side} is compared: its units, or one segment")
        for field, narrowest in ((result, 96), (segment, 150)):
            field.setMinimumWidth(narrowest)
            field.setSizeAdjustPolicy(field.SizeAdjustPolicy.AdjustToContents)
        return result, segment

    def _settings(self) -> QtWidgets.QLayout:
        self.units = button(self.context, "match.units")
        self.consecutive = button(self.context, "match.consecutive")
        self.first = button(self.context, "match.first")
        for choice in (self.units, self.consecutive, self.first):
            choice.setCheckable(True)
            choice.clicked.connect(self.draw_choice)
        parameter = PARAMETERS["max_drift"]
        tip = f"{parameter.help} {parameter.more} {parameter.less}"
        self.drift = SlidingNumber(
            "Largest drift", 0, parameter.soft_high, step=parameter.form_step, unit=parameter.unit, tip=tip
        )
        self.drift.changed.connect(lambda value: self._choose("max_drift", value))
        self.limit = SlidingNumber("Refuse above", LIMIT_STEP, LARGEST_LIMIT, step=LIMIT_STEP, tip=REFUSE_TIP)
        self.limit.changed.connect(lambda value: self.context.run("match.limit", refuse_above=value))
        return Flow(
            row(label("Compare", "muted"), self.units, self.consecutive, self.first),
            row(label("Largest drift", "muted"), self.drift),
            row(label("Refuse above", "muted"), self.limit),
            gap=2 * SPACE,
        )

    def _words(self) -> QtWidgets.QLayout:
        self.which = label("", "muted", wrap=True)
        self.which.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Preferred)
        self.found = label("")
        layout = row(self.which, self.found, gap=2 * SPACE)
        layout.setStretch(0, 1)
        return layout

    # Drawing

    def _make_room(self, larger: float) -> None:
        """Room that follows the size of text; the views have a bar to scroll where there is not enough."""
        for field in (self.source, self.source_segment, self.target, self.target_segment):
            field.setMaximumWidth(round(WIDEST * larger))
        self.docks.setMinimumHeight(round(LEAST * larger) if larger > 1 else 0)

    def _draw_in_sight(self) -> None:
        for view in self.docks.views:
            if view.seen:
                view.draw_now()

    def draw_choice(self) -> None:
        """A button that was clicked shows what is true, whether or not it was done."""
        self.draw(None, self.context.state)

    def _fill(
        self,
        results: QtWidgets.QComboBox,
        segments: QtWidgets.QComboBox,
        side: Side,
        state: State,
        at_end: bool | None,
    ) -> None:
        """`at_end`: whether its units can be compared as last seen; as first seen; None: they cannot be compared."""
        names = list(told_apart(state.results.items).items())
        _show_choices(results, names, side.result.id)
        units = [] if at_end is None else [(None, units_words(at_end).capitalize())]
        words = [(index, segment_words(side.result, index)) for index in range(side.segments)]
        _show_choices(segments, [*units, *words], side.segment)

    def _draw_answer(self, state: State, asked: Question) -> None:
        if not asked.same_as(state.match.answered):
            self.found.setText("Comparing…")
            if not asked.same_as(self._asked):
                self._asked = asked
                self.compute("match", partial(answer, asked), lambda found: self._take(asked, *found))
            return
        self._asked = None
        found = current(state)
        if found is None:
            self.found.setText("")
            return
        by_hand = " (by hand)" if shift_by_hand(state) is not None else ""
        self.found.setText(f"{shift_words(found[1])}{by_hand}")

    def _take(self, asked: Question, tried: Any, problem: str) -> None:
        self.context.model.apply(match_transitions.put_answer, asked, tried, problem)

    def _choose(self, name: str, value: Any) -> None:
        self.context.run("match.set", **{name: value})


def _show_choices(field: QtWidgets.QComboBox, choices: list[tuple[Any, str]], chosen: Any) -> None:
    """Show these choices, which tells nobody; left alone when they are the ones shown."""
    shown = [(field.itemData(place), field.itemText(place)) for place in range(field.count())]
    with QtCore.QSignalBlocker(field):
        if shown != choices:
            field.clear()
            for value, words in choices:
                field.addItem(words, value)
        field.setCurrentIndex([value for value, _ in choices].index(chosen))
