"""The shift and the pairs by hand: by clicks, drags and keys, with everything that follows."""

import json

import numpy as np
import pytest

from spikesift_core.decisions import Decision
from spikesift_core.session import create_session, open_session
from spikesift_core.session_decisions import decisions_between
from spikesift_core.sorting import SegmentSorted
from spikesift_gui import transitions as t
from spikesift_gui.matching import current, judged
from spikesift_gui.pair_colors import pair_colors
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets
from spikesift_gui.rivers import answer as river_answer
from spikesift_gui.rivers import question as river_question
from spikesift_gui.unit_colors import ALIKE, EYES, perceived, unit_color
from spikesift_gui.views.match_table import BY_HAND
from spikesift_gui.widgets.pair_actions import ACTIONS, SIDE, STEP
from tests.gui.helpers import drawn, result, settle
from tests.gui.match_helpers import (
    FIRST,
    LENGTH,
    SECOND,
    answered,
    click,
    click_row,
    current_of,
    open_results,
    page_of,
    rows,
    sorted_at,
    view,
)


def match_of(window):
    return current_of(window)[1]


def icon_place(window, place, action):
    """Where an icon of a row is, in the table's viewport."""
    table = view(window, "match_table").table
    rect = table.visualRect(table.model().index(place, BY_HAND))
    assert rect.width() >= STEP * len(ACTIONS)
    at = [one.id for one in ACTIONS].index(action)
    return QtCore.QPoint(rect.left() + SIDE + STEP * at, rect.center().y())


def click_icon(qtbot, window, place, action):
    table = view(window, "match_table").table
    table.scrollTo(table.model().index(place, BY_HAND))
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=icon_place(window, place, action))
    settle(qtbot)


def pairs(window):
    return [row[:2] for row in rows(window)]


def verdicts(window):
    return [row[4] for row in rows(window)]


def press(qtbot, window, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(view(window, "match_table").table, key, modifier)
    settle(qtbot)


# ---------------------------------------------------------------- the shift


def line_at(window, movement):
    """Where a movement is in the picture of the curve."""
    plot = view(window, "match_curve").plot
    box = plot.getViewBox()
    middle = box.viewRect().center().y()
    return plot.mapFromScene(box.mapViewToScene(QtCore.QPointF(movement, middle)))


def drag(qtbot, window, start, stop):
    viewport = view(window, "match_curve").plot.viewport()
    first, last = line_at(window, start), line_at(window, stop)
    qtbot.mouseMove(viewport, first)
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=first)
    for share in (0.1, 0.3, 0.5, 0.7, 0.9, 1.0):
        at = QtCore.QPointF(first) + share * (QtCore.QPointF(last) - QtCore.QPointF(first))
        event = QtCore.QEvent.Type.MouseMove

        moved = QtGui.QMouseEvent(
            event, at, viewport.mapToGlobal(at), Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QtWidgets.QApplication.sendEvent(viewport, moved)
        settle(qtbot)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=last)
    settle(qtbot)


@pytest.fixture
def moved(opened, qtbot):
    """First with first: the units moved by 20 um."""
    click(qtbot, page_of(opened).first)
    answered(opened, qtbot)
    return opened


def test_the_line_is_dragged_and_everything_follows_at_once(moved, qtbot):
    best = match_of(moved)
    assert best.shift == -20 and not view(moved, "match_curve").best.isVisible()
    costs = [row[2] for row in rows(moved)]
    drag(qtbot, moved, 20, -10)
    match, curve = match_of(moved), view(moved, "match_curve")
    assert match.shift == 10 and match is not best
    assert page_of(moved).found.text() == "Moved −10 µm along the probe (by hand)"
    assert curve.words.text().startswith("By hand: −10 µm; the total cost is")
    assert "more than at the best, +20 µm" in curve.words.text()
    assert curve.movement.value() == -10 and curve.line.value() == -10, "on a shift that was tried"
    assert [float(one[0]) for one in curve._chosen.getData()] == [-10, match.costs[match.shifts == 10][0]]
    assert [row[2] for row in rows(moved)] != costs
    np.testing.assert_allclose([float(row[2]) for row in rows(moved)[:3]], match.relative_costs, atol=0.006)
    line = view(moved, "match_pairs").pairs._lines[0]
    assert abs(line.target.y - line.source.y) > 20, "moved the wrong way"
    click(qtbot, curve.best)
    assert match_of(moved).shift == best.shift and page_of(moved).found.text() == "Moved +20 µm along the probe"
    assert not curve.best.isVisible() and "By hand" not in curve.words.text()


def test_the_shift_goes_in_steps_with_the_arrow_keys_and_home_is_the_best(moved, qtbot):
    plot = view(moved, "match_curve").plot
    click(qtbot, plot.viewport())
    plot.setFocus()
    for _ in range(2):
        qtbot.keyClick(plot, Qt.Key.Key_Right)
        settle(qtbot)
    assert match_of(moved).shift == -30 and view(moved, "match_curve").movement.value() == 30
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    settle(qtbot)
    assert match_of(moved).shift == -30, "no further was tried"
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    settle(qtbot)
    assert match_of(moved).shift == -25
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    settle(qtbot)
    assert match_of(moved).shift == -20 and moved.context.state.match.shifts == {}


def test_the_shift_is_typed_and_the_nearest_that_was_tried_is_taken(moved, qtbot):
    field = view(moved, "match_curve").movement
    for _ in range(2):  # the second time nothing changes but what stands in the field
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, "12")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        settle(qtbot)
        assert match_of(moved).shift == -10 and field.value() == 10
    assert moved.context.run("match.best")
    settle(qtbot)
    assert field.value() == 20


def test_a_shift_by_hand_stays_with_its_two_segments(moved, qtbot):
    moved.context.run("match.shift", shift=5)
    click(qtbot, page_of(moved).consecutive)
    answered(moved, qtbot)
    assert match_of(moved).shift == 0 and "(by hand)" not in page_of(moved).found.text()
    click(qtbot, page_of(moved).first)
    answered(moved, qtbot)
    assert match_of(moved).shift == 5


def test_the_river_is_linked_at_the_shift_chosen_by_hand(opened, qtbot):
    opened.context.run("match.shift", shift=25)
    state = opened.context.state
    assert river_question(state).shifts == (25,)
    costs = river_answer(river_question(state)).costs[:, 2]
    expected = match_of(opened).relative_costs
    np.testing.assert_allclose(np.sort(costs[~np.isnan(costs)]), np.sort(expected[expected <= 0.7]), rtol=1e-5)


def test_drift_and_limit_have_a_slider_and_a_field(moved, qtbot):
    page = page_of(moved)
    page.drift.slider.setFocus()
    for _ in range(4):
        qtbot.keyClick(page.drift.slider, Qt.Key.Key_Left)
    answered(moved, qtbot)
    assert moved.context.state.match.max_drift == 10 and page.drift.field.value() == 10
    assert match_of(moved).shift == -10
    page.limit.field.setFocus()
    page.limit.field.selectAll()
    qtbot.keyClicks(page.limit.field, "0.1")
    qtbot.keyClick(page.limit.field, Qt.Key.Key_Return)
    settle(qtbot)
    assert moved.context.state.match.refuse_above == 0.1 and page.limit.slider.value() == 2
    assert "refused" in verdicts(moved)


# ---------------------------------------------------------------- pairs


def test_a_pair_is_refused_accepted_and_taken_back_by_its_icons(opened, qtbot):
    before = rows(opened)
    click_icon(qtbot, opened, 0, "refuse")
    row = rows(opened)[0]
    assert (row[4], row[2:4]) == ("refused", before[0][2:4]), "its figures stay"
    assert row[6].startswith("refused by hand; the figures alone say clear")
    assert match_of(opened).assignment[0] == -1 and opened.context.state.match.pair == (0, 1)
    click_icon(qtbot, opened, 0, "accept")
    assert rows(opened)[0][4] == "by hand" and rows(opened)[0][6].startswith("accepted by hand")
    assert len(opened.context.state.decisions[1, 2]) == 1
    click_icon(qtbot, opened, 0, "as_proposed")
    assert rows(opened) == before and opened.context.state.decisions[1, 2] == ()


def test_the_same_by_keys_and_undone_and_done_again(window, qtbot):
    open_results(window, qtbot)
    click_row(qtbot, window, 1)
    press(qtbot, window, Qt.Key.Key_X)
    assert verdicts(window)[1] == "refused"
    press(qtbot, window, Qt.Key.Key_A)
    assert verdicts(window)[1] == "by hand"
    press(qtbot, window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert verdicts(window)[1] == "refused"
    press(qtbot, window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert verdicts(window)[1] == "clear"
    press(qtbot, window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert verdicts(window)[1] == "refused"
    press(qtbot, window, Qt.Key.Key_P)
    assert verdicts(window)[1] == "clear"


def test_a_unit_is_paired_with_another_one_from_the_menu(opened, qtbot):
    click_icon(qtbot, opened, 0, "repair")
    menu = view(opened, "match_table").menu
    entries = [one for one in menu.actions() if not one.isSeparator()]
    match = match_of(opened)
    order = np.argsort(match.distances[0], kind="stable")
    assert [int(one.text().split()[0]) for one in entries] == order.tolist(), "the nearest first"
    assert "now with 0" in entries[0].text() and any("free" in one.text() for one in entries)
    wanted = next(one for one in entries if one.text().split()[0] == "2")
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(wanted).center())
    settle(qtbot)
    assert pairs(opened) == [["0", "2"], ["1", "–"], ["2", "0"], ["–", "1"], ["–", "3"]]
    table = rows(opened)
    assert table[0][4] == "by hand" and "proposed was target unit 1" in table[0][6]
    figures = [
        f"{value:.2f}".replace("-", "−") for value in (match_of(opened).relative_costs[0], match_of(opened).margins[0])
    ]
    assert table[0][2:4] == figures, "computed for this pair"
    assert "was paired with unit 0 by hand" in table[1][6]
    assert opened.context.state.match.pair == (0, 2) and opened.context.state.selection.units == (2,)


def test_a_unit_without_a_partner_gets_one_by_keys(window, qtbot):
    open_results(window, qtbot)
    click_row(qtbot, window, 3)
    press(qtbot, window, Qt.Key.Key_X)
    assert "no partner to decide about" in window.said()
    press(qtbot, window, Qt.Key.Key_R)
    menu = view(window, "match_table").menu
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(menu, key)
    settle(qtbot)
    match = match_of(window)
    assert match.assignment.tolist()[int(match.distances[:, 3].argmin())] == 3


def test_without_a_pair_in_focus_it_is_said_what_to_do(opened, qtbot):
    opened.context.run("units.select", units=[])
    settle(qtbot)
    assert not opened.context.run("match.accept") and "Choose a pair first" in opened.said()
    opened.context.run("match.repair")
    assert "Choose a unit first" in opened.said()


def test_all_pairs_shown_are_accepted_at_once_and_undone_at_once(opened, qtbot):
    opened.context.run("match.shift", shift=10)
    assert opened.context.run("match.accept_all")
    settle(qtbot)
    assert verdicts(opened)[:3] == ["by hand"] * 3 and "3 pairs accepted" in opened.said()
    opened.context.run("match.best")
    settle(qtbot)
    assert verdicts(opened)[:3] == ["by hand"] * 3
    assert not opened.context.run("match.accept_all")
    opened.context.run("edit.undo")
    settle(qtbot)
    assert "by hand" not in verdicts(opened)


def test_a_decision_is_about_units_whichever_segments_are_compared(opened, qtbot):
    click_icon(qtbot, opened, 0, "refuse")
    click(qtbot, page_of(opened).first)
    answered(opened, qtbot)
    assert verdicts(opened)[0] == "refused" and "refused by hand" in rows(opened)[0][6]
    click(qtbot, page_of(opened).consecutive)
    answered(opened, qtbot)
    qtbot.mouseClick(
        next(b for b in page_of(opened).findChildren(QtWidgets.QToolButton) if "Swap" in b.toolTip()),
        Qt.MouseButton.LeftButton,
    )
    answered(opened, qtbot)
    assert ["1", "0"] in pairs(opened) and verdicts(opened)[pairs(opened).index(["1", "0"])] == "refused"


def test_the_river_and_its_words_follow(opened, qtbot):
    def rivers():
        return river_answer(river_question(opened.context.state))

    assert rivers().units[0].tolist() == [0, 1]
    click_icon(qtbot, opened, 0, "refuse")
    assert rivers().units[0].tolist() == [0, -1]
    drawn(qtbot, opened.context)
    shown = view(opened, "match_river")._shown[1]
    assert shown.units[0].tolist() == [0, -1]
    assert "refused by hand" in view(opened, "match_river")._reason(0)


def test_inside_one_recording_the_units_change_and_undo_brings_them_back(alone, qtbot):
    found = sorted_at(*FIRST)
    alone.context.model.apply(t.put_result, result(1, sorted_recording=found))
    alone.context.run("page.match")
    answered(alone, qtbot)
    click_icon(qtbot, alone, 0, "refuse")
    now = alone.context.state.results.current
    assert [track.id for track in now.tracks] == [0, 1, 2, 3] and now.sorted_recording.undecided is found
    assert not now.sorted_recording.valid_cluster_id(0)
    assert pairs(alone)[0] == ["0", "3"] and verdicts(alone)[0] == "refused", "no second comparison was needed"
    assert alone.context.state.selection.units == (0, 3)
    alone.context.run("edit.undo")
    settle(qtbot)
    assert alone.context.state.results.current.sorted_recording is found
    assert pairs(alone)[0] == ["0", "0"] and verdicts(alone)[0] == "clear"


def test_a_segment_compared_with_itself_and_a_recording_in_work_cannot_be_decided_about(alone, qtbot):
    alone.context.model.apply(t.put_result, result(1, sorted_recording=sorted_at(*FIRST)))
    alone.context.run("page.match")
    alone.context.run("match.set", target_segment=0)
    answered(alone, qtbot)
    click_row(qtbot, alone, 0)
    assert not alone.context.run("match.accept") and "compared with itself" in alone.said()


def test_a_result_opened_in_between_keeps_its_decisions_when_older_ones_are_undone(opened, qtbot):
    click_icon(qtbot, opened, 0, "refuse")
    found = sorted_at(*FIRST, start=9 * LENGTH)
    opened.context.model.apply(t.put_result, result(3, "day 5", sorted_recording=found), show=False)
    opened.context.model.apply(
        lambda state: t.replace(state, decisions={**state.decisions, (3, 3): (Decision((0, 0), (1, 0), False),)})
    )
    opened.context.run("edit.undo")
    state = opened.context.state
    assert state.decisions[1, 2] == () and len(state.decisions[3, 3]) == 1
    assert len(state.results.get(3).tracks) == 4


# ---------------------------------------------------------------- kept


def write(folder, found, created):
    head = {"probe_geometry": found.probe_geometry, "binary_file": None, "sampling_frequency": 30_000.0,
            "num_samples": found.end_time() - found.start_time(), "recording_offset": found.start_time()}  # fmt: skip
    writer = create_session(folder, head, {})
    for index, segment in enumerate(found.sorted_segments):
        writer.add(SegmentSorted(index, segment, found.assignment_chain[index - 1] if index else None, None))
    writer.finish(found)
    path = folder / "session.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "created": created}), encoding="utf-8")
    return folder


@pytest.fixture
def sessions(tmp_path):
    """Two sessions on the disk, day 3 and day 4."""
    return (
        write(tmp_path / "day 3.spikesift", sorted_at(*FIRST), "2026-01-01"),
        write(tmp_path / "day 4.spikesift", sorted_at(*SECOND, start=2 * LENGTH), "2026-01-02"),
    )


def open_them(window, qtbot, folders):
    for folder in folders:
        window.context.run("session.open", path=folder)
        drawn(qtbot, window.context)
    window.context.run("page.match")
    answered(window, qtbot)


def test_what_was_decided_is_in_the_sessions_and_there_when_they_are_opened_again(alone, qtbot, sessions):
    open_them(alone, qtbot, sessions)
    click_icon(qtbot, alone, 0, "refuse")
    click_icon(qtbot, alone, 1, "accept")
    kept = decisions_between(*sessions)
    assert [(one.first, one.second, one.same) for one in kept] == [((1, 0), (0, 1), False), ((1, 1), (0, 2), True)]
    for number in (1, 2):
        alone.context.run("result.close", result_id=number)
    settle(qtbot)
    open_them(alone, qtbot, sessions[::-1])
    assert verdicts(alone)[:2] == ["refused", "by hand"], "opened in the other order, so with other ids"
    assert len(alone.context.state.decisions[3, 4]) == 2


def test_links_inside_a_session_are_kept_in_it(alone, qtbot, sessions):
    open_them(alone, qtbot, sessions[:1])
    click_icon(qtbot, alone, 0, "refuse")
    found = open_session(sessions[0]).sorted_recording
    assert len(found.decisions) == 1 and found.cluster_ids() == {1, 2}
    alone.context.run("edit.undo")
    settle(qtbot)
    assert open_session(sessions[0]).sorted_recording.cluster_ids() == {0, 1, 2}


def test_a_folder_that_cannot_be_written_is_said_in_words(alone, qtbot, sessions):
    open_them(alone, qtbot, sessions)
    (sessions[1] / "session.json").write_text("{", encoding="utf-8")
    click_icon(qtbot, alone, 0, "refuse")
    problem = alone.context.state.problems[-1]
    assert problem.title == "Keeping what was decided by hand did not work" and "session.json" in problem.words
    assert verdicts(alone)[0] == "refused", "it holds as long as the window is open"


# ---------------------------------------------------------------- colours


def test_the_two_of_a_pair_share_a_colour_and_no_other_unit_has_one_like_it(opened):
    asked, match = current_of(opened)
    here, there = pair_colors(asked, match)
    assert here[0] == unit_color(asked.source.units[0])
    assert [there[target] for target in match.assignment] == list(here)
    distinct = [*here, there[3]]
    rgb = np.array([[int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)] for color in distinct])
    lab = perceived(rgb)
    for one in range(len(distinct)):
        for other in range(one):
            apart = np.sqrt(((lab[:, one] - lab[:, other]) ** 2).sum(axis=1))
            assert (EYES * apart).min() >= ALIKE, (one, other)


def test_all_views_use_the_colours_of_the_pairs(opened, qtbot):
    click_icon(qtbot, opened, 0, "refuse")
    asked, match = current_of(opened)
    here, there = pair_colors(asked, match)
    assert here[0] != there[1], "refused: they do not look like one"
    model = view(opened, "match_table").sorted
    role = Qt.ItemDataRole.DecorationRole
    assert [model.index(0, column).data(role).name() for column in (0, 1)] == [here[0], there[1]]
    line = view(opened, "match_pairs").pairs._lines[0]
    assert (line.source.color, line.target.color) == (here[0], there[1])


# ---------------------------------------------------------------- the two units


def test_waveforms_and_correlograms_of_the_pair_in_focus(alone, qtbot, example, tmp_path):
    alone.context.run("page.match")
    answered(alone, qtbot)
    pair = view(alone, "match_pair")
    click_row(qtbot, alone, 0)
    drawn(qtbot, alone.context)
    shown = pair._pictures
    assert [one.track.id for one in shown.units] == [0, 0] and pair.waveforms.isVisible()
    assert all(found.samples.shape[1] == len(shown.channels) for found in shown.waveforms)
    segments = [one.side.segment for one in shown.units]
    assert [set(found.segments.tolist()) for found in shown.waveforms] == [{segments[0]}, {segments[1]}]
    assert set(shown.panels) == {(0, 0), (1, 1)}, "one unit in both: no use in counting it against itself"
    assert "0 → 0, clear" in pair.words.text()
    press(qtbot, alone, Qt.Key.Key_Down)
    drawn(qtbot, alone.context)
    assert [one.track.id for one in pair._pictures.units] == [1, 1]


def test_beside_a_unit_without_a_partner_the_nearest_is_shown_and_called_so(opened, qtbot):
    click_row(qtbot, opened, 3)
    drawn(qtbot, opened.context)
    pair = view(opened, "match_pair")
    match = match_of(opened)
    assert [one.partner for one in pair._pictures.units] == [False, True]
    assert pair._pictures.units[0].cluster == match.distances[:, 3].argmin()
    assert "(the nearest, not its partner)" in pair.words.text() and "unmatched: left over" in pair.words.text()
    assert pair.no_signal.isVisible() and "they are read from the recording" in pair.no_signal.text()


def test_no_pair_in_focus_is_said(opened, qtbot):
    opened.context.run("units.select", units=[])
    settle(qtbot)
    assert view(opened, "match_pair").shown_hint


def test_reasons_call_every_pair_by_hand_in_all_views(opened, qtbot):
    click_icon(qtbot, opened, 1, "accept")
    found = judged(*current(opened.context.state), 0.7)
    assert [one.verdict for one in found if one.decided] == ["by hand"]
    assert view(opened, "match_pairs").words.text().startswith("1 → 2, by hand: accepted by hand")
    assert "1 by hand" in view(opened, "match_table").counts.text()
