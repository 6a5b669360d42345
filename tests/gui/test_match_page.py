"""The page Match by clicks and keys: what is compared, what is shown, what is selected, merging, saving."""

import re

import numpy as np
import pytest

from spikesift_core.linking import match_clusters
from spikesift_core.results import SortedRecording, map_clusters
from spikesift_core.verdicts import CLEAR, DOUBTFUL, FORCED, REFUSED
from spikesift_gui import transitions as t
from spikesift_gui.match_words import curve_words, segment_words, shift_words
from spikesift_gui.matching import focus, judged, question
from spikesift_gui.qt import Qt, QtCore, QtWidgets
from spikesift_gui.state import State
from spikesift_gui.together import order_words, placing
from spikesift_gui.views.match_base import LOOKS
from tests.gui.helpers import result, settle
from tests.gui.match_helpers import (
    FIRST,
    LENGTH,
    PROBE,
    SECOND,
    answered,
    click,
    click_plot,
    click_row,
    current_of,
    merge_button,
    open_results,
    page_of,
    rows,
    sorted_at,
    view,
)

# ---------------------------------------------------------------- nothing to compare yet


def test_the_empty_page_says_what_is_needed_and_how_one_file_gives_two(window, qtbot):
    window.context.run("page.match")
    settle(qtbot)
    hint = page_of(window)._hint
    words = hint._text.text()
    assert page_of(window).shown_hint and hint._title.text() == "Two sorted recordings are needed"
    fields = {field.text() for field in window.pages["recording"].findChildren(QtWidgets.QLabel)}
    both = result(1), result(2)
    named = set(re.findall("“(.*?)”", words + order_words(both, placing(both))))
    assert len(named) == 3 and named <= fields, "called as they are on the page Recording"
    window.context.dialogs.folder = None
    click(qtbot, hint._button)
    assert window.context.dialogs.asked == ["Open a session folder"]
    for command in ("match.set", "match.swap", "match.first", "match.merge", "match.focus"):
        assert not window.context.run(command)
    assert "sort another recording or open another session" in window.said()


def test_one_result_of_one_segment_is_too_little_and_of_two_is_enough(alone, qtbot):
    alone.context.model.apply(t.put_result, result(1, sorted_recording=sorted_at([40, 100])))
    alone.context.run("page.match")
    settle(qtbot)
    assert page_of(alone).shown_hint
    alone.context.model.apply(t.put_result, result(1, sorted_recording=sorted_at(*FIRST)))
    answered(alone, qtbot)
    page = page_of(alone)
    assert not page.shown_hint and "follow each other" in page.which.text()
    assert page.source_segment.currentText() == "1 of 2 · 0.0–1.0 s"
    assert page.target_segment.currentText() == "2 of 2 · 1.0–2.0 s"
    assert [row[4] for row in rows(alone)] == ["clear"] * 3


# ---------------------------------------------------------------- what is compared


def test_at_first_the_last_segment_is_compared_with_the_first_and_it_says_so(opened):
    page = page_of(opened)
    assert "last segment of the source with the first of the target" in page.which.text()
    assert page.consecutive.isChecked() and not page.first.isChecked()
    assert page.source.currentText() == "day 3" and page.source_segment.currentText() == "2 of 2 · 1.0–2.0 s"
    assert page.target.currentText() == "day 4" and page.target_segment.currentText() == "1 of 2 · 2.0–3.0 s"
    assert page.found.text() == "No movement"
    assert [row[:2] for row in rows(opened)] == [["0", "1"], ["1", "2"], ["2", "0"], ["–", "3"]]


def test_results_opened_in_the_wrong_order_are_taken_in_the_order_of_time(alone, qtbot):
    open_results(alone, qtbot, first=sorted_at(*SECOND, start=2 * LENGTH), second=sorted_at(*FIRST))
    assert page_of(alone).source.currentText() == "day 4", "the second one was recorded first"


def test_first_with_first_is_map_clusters(opened, qtbot):
    page = page_of(opened)
    click(qtbot, page.first)
    answered(opened, qtbot)
    assert page.first.isChecked() and not page.consecutive.isChecked()
    assert "as map_clusters" in page.which.text()
    assert page.found.text() == "Moved +20 µm along the probe"
    pairs = {int(row[0]): int(row[1]) for row in rows(opened) if "–" not in row[:2]}
    assert pairs == map_clusters(*(item.sorted_recording for item in opened.context.state.results.items))
    click(qtbot, page.consecutive)
    answered(opened, qtbot)
    assert page.consecutive.isChecked() and page.found.text() == "No movement"


def test_segments_and_recordings_are_chosen_by_keys(opened, qtbot):
    page = page_of(opened)
    page.source_segment.setFocus()
    qtbot.keyClick(page.source_segment, Qt.Key.Key_Up)
    answered(opened, qtbot)
    assert opened.context.state.match.source_segment == 0 and page.found.text() == "Moved +20 µm along the probe"
    page.target.setFocus()
    qtbot.keyClick(page.target, Qt.Key.Key_Up)
    answered(opened, qtbot)
    match = opened.context.state.match
    assert (match.source_id, match.target_id) == (1, 1) and question(opened.context.state).segments == (0, 1)
    qtbot.keyClick(page.target, Qt.Key.Key_Down)
    answered(opened, qtbot)
    assert opened.context.state.match.target_id == 2
    assert page.source_segment.currentText().startswith("2 of 2"), "the usual ones again"


def test_the_two_are_swapped_by_a_click(opened, qtbot):
    button = page_of(opened).findChildren(QtWidgets.QToolButton)
    click(qtbot, next(one for one in button if one.toolTip() == "Swap source and target"))
    answered(opened, qtbot)
    asked = question(opened.context.state)
    assert (asked.source.result.name, asked.source.segment) == ("day 4", 0)
    assert (asked.target.result.name, asked.target.segment) == ("day 3", 1)
    assert page_of(opened).which.text() == "Compares segment 1 of the source with segment 2 of the target."
    assert [row[:2] for row in rows(opened)][:3] == [["0", "2"], ["1", "0"], ["2", "1"]]


def test_the_drift_is_typed_and_everything_follows(opened, qtbot):
    click(qtbot, page_of(opened).first)
    field = page_of(opened).drift.field
    field.selectAll()
    qtbot.keyClicks(field, "10")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    answered(opened, qtbot)
    assert opened.context.state.match.max_drift == 10
    assert page_of(opened).found.text() == "Moved +10 µm along the probe"
    words = view(opened, "match_curve").words.text()
    assert "The least is at the end of what was tried: allow more drift." in words
    xs, costs = view(opened, "match_curve")._curve.getData()
    assert sorted(xs) == [-10, -5, 0, 5, 10] and xs[np.argmin(costs)] == 10


def test_the_curve_shows_each_movement_tried_and_the_chosen_one(opened, qtbot):
    click(qtbot, page_of(opened).first)
    answered(opened, qtbot)
    curve, match = view(opened, "match_curve"), current_of(opened)[1]
    xs, costs = curve._curve.getData()
    np.testing.assert_allclose(xs, -match.shifts)
    np.testing.assert_allclose(costs, match.costs)
    assert [float(one[0]) for one in curve._chosen.getData()] == [20.0, match.costs.min()]
    assert curve.words.text() == "+20 µm alone is within 5 % of the least total cost."
    low, high = curve._flat.getRegion()
    assert low < 20 < high and high - low == 5


def test_a_flat_curve_is_called_flat():
    ones = np.ones((2, 12))
    assert "do not tell how far" in curve_words(match_clusters(ones, ones, PROBE))
    assert curve_words(match_clusters(ones, ones, PROBE, 0)) == "No movement was allowed, so none was tried."
    nothing = match_clusters(np.zeros((0, 12)), ones, PROBE)
    assert shift_words(nothing) == "Nothing to compare" and "no unit" in curve_words(nothing)


# ---------------------------------------------------------------- the pairs


def test_a_clicked_row_selects_the_pair_everywhere(opened, qtbot):
    assert opened.context.state.results.current_id == 2
    click_row(qtbot, opened, 0)
    state = opened.context.state
    assert state.match.pair == (0, 1) and state.selection.units == (1,), "the unit of the recording looked at"
    pairs = view(opened, "match_pairs")
    assert re.match(r"0 → 1, clear: next best:.* \(cost [0-9.]+ file units\)\.$", pairs.words.text())
    assert pairs.pairs._focus == 0
    qtbot.keyClick(view(opened, "match_table").table, Qt.Key.Key_Down)
    settle(qtbot)
    assert opened.context.state.match.pair == (1, 2) and opened.context.state.selection.units == (2,)


def test_what_is_selected_elsewhere_is_in_focus_here(opened, qtbot):
    click_row(qtbot, opened, 0)
    opened.context.run("units.select", units=[0])
    settle(qtbot)
    assert view(opened, "match_table").table.currentIndex().row() == 2, "unit 0 of day 4 is unit 2 of day 3"
    opened.context.run("result.show", result_id=1)
    opened.context.run("units.select", units=[1])
    settle(qtbot)
    assert view(opened, "match_pairs").words.text().startswith("1 → 2")
    opened.context.run("units.select", units=[])
    settle(qtbot)
    assert not view(opened, "match_table").table.selectionModel().hasSelection()
    assert view(opened, "match_pairs").words.text().startswith("Click a unit")


def test_two_segments_of_one_recording_select_both_units(alone, qtbot):
    found = sorted_at(*FIRST)
    crossed = SortedRecording(found.sorted_segments, [[-1, -1, -1]], PROBE)
    alone.context.model.apply(t.put_result, result(1, sorted_recording=crossed))
    alone.context.run("page.match")
    answered(alone, qtbot)
    click_row(qtbot, alone, 0)
    assert alone.context.state.selection.units == (0, 3)


def test_units_and_lines_are_clicked_on_the_probes(opened, qtbot):
    pairs = view(opened, "match_pairs").pairs
    target = pairs._lines[2].target
    click_plot(qtbot, opened, target.x, target.y)
    assert opened.context.state.match.pair == (2, 0) and opened.context.state.selection.units == (0,)
    source, target = pairs._lines[1].source, pairs._lines[1].target
    click_plot(qtbot, opened, (source.x + target.x) / 2, (source.y + target.y) / 2)
    assert opened.context.state.match.pair == (1, 2)
    alone = pairs._lines[3]
    assert alone.source is None
    click_plot(qtbot, opened, alone.target.x, alone.target.y)
    assert opened.context.state.match.pair == (None, 3) and opened.context.state.selection.units == (3,)
    words = view(opened, "match_pairs").words.text()
    assert words.startswith("– → 3, unmatched: left over: 4 units in the target for 3")


def test_the_vectors_of_the_pair_are_painted_on_one_scale(opened, qtbot):
    source, target = view(opened, "match_pairs").probes
    assert len({brush.color().name() for brush in source._brushes}) == 1, "nothing in focus"
    click_row(qtbot, opened, 0)
    match = current_of(opened)[1]
    assert source._tips[3] == f"channel 3: {match.source_vectors[0][3]:.1f} file units"
    painted = [brush.color().name() for brush in source._brushes]
    assert len(set(painted)) > 3
    strongest = int(match.source_vectors[0].argmax())
    assert painted[strongest] not in (painted[-1], painted[0])
    assert target.pos().x() > source.pos().x() + np.ptp(PROBE[:, 0])


def test_before_and_after_the_movement(opened, qtbot):
    click(qtbot, page_of(opened).first)
    answered(opened, qtbot)
    pairs = view(opened, "match_pairs")

    def gaps():
        lines = [line for line in pairs.pairs._lines if line.source and line.target]
        return [abs(line.target.y - line.source.y) for line in lines]

    assert pairs.moved.isChecked() and max(gaps()) < 6, "level: both moved half-way"
    click(qtbot, pairs.moved)
    assert not pairs.moved.isChecked() and min(gaps()) > 14, "as sorted: 20 um apart"
    click_row(qtbot, opened, 0)
    unmoved = question(opened.context.state).source.vectors[0]
    assert pairs.probes[0]._tips[4] == f"channel 4: {unmoved[4]:.1f} file units"
    click(qtbot, pairs.moved)
    assert max(gaps()) < 6


def test_the_wheel_zooms_along_the_probe_and_a_double_click_shows_all(opened, qtbot):
    pairs = view(opened, "match_pairs")
    whole = pairs.plot.viewRange()
    pairs.plot.getViewBox().scaleBy(y=0.3)
    settle(qtbot)
    pairs.draw_now()
    assert pairs.plot.viewRange()[1] != whole[1]
    viewport, middle = pairs.plot.viewport(), pairs.plot.viewport().rect().center()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=middle)
    settle(qtbot)
    np.testing.assert_allclose(pairs.plot.viewRange(), whole)


def test_no_verdict_is_told_by_colour_alone_and_none_is_green():
    looks = [LOOKS[verdict] for verdict in (CLEAR, DOUBTFUL, FORCED, REFUSED)]
    assert len({style for _, style, _ in looks}) == len({color for color, *_ in looks}) == 4
    assert "ok" not in {color for color, *_ in LOOKS.values()}


# ---------------------------------------------------------------- refusing


@pytest.fixture
def unlike(alone, qtbot):
    """Two like pairs; the third of each side is somewhere else altogether."""
    first, second = sorted_at([30, 100, 220]), sorted_at([100, 30, 160], start=LENGTH)
    open_results(alone, qtbot, first, second)
    return alone


def test_a_forced_pair_is_refused_by_the_limit_and_never_called_clear(unlike, qtbot):
    assert [row[4] for row in rows(unlike)] == ["clear", "clear", "refused"]
    assert "more than the limit of 0.70" in rows(unlike)[2][6]
    slider = page_of(unlike).limit.slider
    slider.setFocus()
    for _ in range(20):
        qtbot.keyClick(slider, Qt.Key.Key_Right)
    settle(qtbot)
    assert page_of(unlike).limit.field.value() == 1.5 and unlike.context.state.match.refuse_above == 1.5
    assert [row[4] for row in rows(unlike)] == ["clear", "clear", "forced"]
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    settle(qtbot)
    assert view(unlike, "match_table").counts.text() in ("3 refused", "2 clear, 1 refused")
    assert len(judged(*current_of(unlike), 0.0)) == 3


def test_the_table_sorts_by_a_click_on_its_header(unlike, qtbot):
    table = view(unlike, "match_table").table
    header = table.horizontalHeader()
    at = QtCore.QPoint(header.sectionViewportPosition(2) + 20, header.height() // 2)
    for _ in range(2):
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    settle(qtbot)
    costs = [float(row[2]) for row in rows(unlike)]
    assert costs == sorted(costs, reverse=True) and costs[0] > 0.7


def test_an_empty_segment_is_said_in_words(alone, qtbot):
    open_results(alone, qtbot, sorted_at([]), sorted_at([100, 30], start=LENGTH))
    assert page_of(alone).found.text() == "Nothing to compare"
    assert view(alone, "match_curve").shown_hint
    assert [row[1:] for row in rows(alone)] == [
        [unit, "–", "–", "unmatched", "", "there is no unit in the source"] for unit in ("0", "1")
    ]


def test_different_probes_are_refused_in_words(alone, qtbot):
    open_results(alone, qtbot, second=sorted_at([100], start=2 * LENGTH, geometry=PROBE[:8]))
    for name in ("match_pairs", "match_curve", "match_table"):
        assert view(alone, name).shown_hint
        assert view(alone, name)._hint._title.text() == "These cannot be compared"
        assert view(alone, name)._hint._text.text().startswith("day 4 has 8 channels, day 3 has 12: units can only")
    click(qtbot, merge_button(alone))
    assert "day 4 has 8 channels, day 3 has 12: units can only be matched" in alone.said()
    assert not view(alone, "match_river").shown_hint, "two segments of day 3 are a river"
    alone.context.model.apply(t.put_result, result(1, "day 3", sorted_recording=sorted_at([100, 200])))
    settle(qtbot)
    hint = view(alone, "match_river")._hint
    assert hint._title.text() == "These cannot be compared"
    assert hint._text.text().startswith("day 3 has one segment only. day 4 has 8 channels, day 3 has 12: units can")
    assert len(alone.context.state.results.items) == 2 and alone.context.dialogs.asked == []


# ---------------------------------------------------------------- when results change


def test_what_was_compared_is_compared_anew_when_segments_arrive(opened, qtbot):
    longer = sorted_at(*FIRST, [60, 120, 200, 20], start=-LENGTH)
    opened.context.model.apply(t.put_result, result(1, "day 3", sorted_recording=longer), show=False)
    assert current_of(opened) is None, "the old answer does not stand for the new segments"
    answered(opened, qtbot)
    assert page_of(opened).source_segment.currentText().startswith("3 of 3")
    assert [row[:2] for row in rows(opened)] == [["0", "1"], ["1", "2"], ["2", "0"], ["3", "3"]]


def test_closing_one_of_the_two_takes_the_comparison_away(opened, qtbot):
    opened.context.run("match.limit", refuse_above=0.5)
    opened.context.run("match.set", max_drift=20)
    opened.context.run("result.close", result_id=2)
    answered(opened, qtbot)
    state = opened.context.state
    assert (state.match.max_drift, state.match.refuse_above) == (20, 0.5)
    assert question(state).target.result.name == "day 3" and state.match.pair is None
    opened.context.run("result.close", result_id=1)
    settle(qtbot)
    assert page_of(opened).shown_hint


def test_nothing_is_computed_while_the_page_is_not_shown(alone, qtbot):
    page_of(alone).hide()
    for number in (1, 2):
        alone.context.model.apply(t.put_result, result(number))
    settle(qtbot)
    assert alone.context.state.match.answered is None


def test_a_change_of_theme_draws_everything_anew(window, qtbot):
    open_results(window, qtbot)
    click_row(qtbot, window, 0)
    window.context.run("appearance.dark")
    settle(qtbot)
    assert view(window, "match_pairs").pairs._palette is view(window, "match_pairs").palette_now
    assert rows(window)[0][:2] == ["0", "1"]
    assert view(window, "match_table").table.currentIndex().row() == 0


def test_words_without_a_sampling_frequency():
    assert segment_words(result(sorted_recording=sorted_at([40, 80]), sampling_frequency=None), 0) == "1 of 1 · 2 units"


def test_times_of_segments_are_on_the_clock_of_all_recordings():
    later = result(sorted_recording=sorted_at([40, 80], [40, 80], start=2 * 30_000))
    assert segment_words(later, 1) == "2 of 2 · 3.0–4.0 s", "it begins after two seconds (Time of the first)"


def test_a_state_without_results_asks_nothing():
    assert question(State()) is None


def test_focus_of_a_unit_that_is_in_neither_segment(opened):
    asked, match = current_of(opened)
    assert focus(opened.context.state, asked, match) is None
