"""Pairs by hand: by clicks and keys, with everything that follows, kept in the sessions."""

import errno
import json

import numpy as np
import pytest

from spikesift_core import session_files
from spikesift_core.decisions import Decision
from spikesift_core.session import create_session, open_session
from spikesift_core.session_decisions import decisions_between
from spikesift_core.sorting import SegmentSorted
from spikesift_core.tracks import tracks
from spikesift_core.unit_history import unit_history
from spikesift_gui import transitions as t
from spikesift_gui.qt import Qt, QtCore, QtWidgets
from spikesift_gui.rivers import answer as river_answer
from spikesift_gui.rivers import question as river_question
from spikesift_gui.state import Job
from spikesift_gui.views.match_pair_model import BY_HAND
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
    merge,
    open_results,
    page_of,
    rows,
    sorted_at,
    view,
)
from tests.gui.test_match_shift import drag


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
    assert match_of(window).shift == 0
    drag(qtbot, window, 0, 20)
    assert match_of(window).shift == -20
    press(qtbot, window, Qt.Key.Key_Right)  # on the table, which has no use for it
    qtbot.keyClick(view(window, "match_curve").plot, Qt.Key.Key_Right)
    settle(qtbot)
    assert match_of(window).shift == -25
    for key, shift in ((Qt.Key.Key_Z, -20), (Qt.Key.Key_Z, 0), (Qt.Key.Key_Y, -20), (Qt.Key.Key_Z, 0)):
        press(qtbot, window, key, Qt.KeyboardModifier.ControlModifier)
        assert match_of(window).shift == shift, "a drag is one step, however many movements it went over"
    assert not view(window, "match_curve").best.isVisible() and "(by hand)" not in page_of(window).found.text()


def test_a_unit_is_paired_with_another_one_from_the_menu(opened, qtbot):
    click_icon(qtbot, opened, 0, "repair")
    menu = view(opened, "match_table").menu
    title, *entries = menu.actions()
    assert title.text() == "Pair with, the nearest first:" and not (title.isEnabled() or title.isSeparator())
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
    buttons = view(opened, "match_table").findChildren(QtWidgets.QToolButton)
    click(qtbot, next(one for one in buttons if one.toolTip().startswith("Accept all")))
    assert verdicts(opened)[:3] == ["by hand"] * 3 and "3 pairs accepted" in opened.said()
    opened.context.run("match.best")
    settle(qtbot)
    assert verdicts(opened)[:3] == ["by hand"] * 3
    assert not opened.context.run("match.accept_all")
    opened.context.run("match.best")  # is there already, and no step
    opened.context.run("edit.undo")
    settle(qtbot)
    assert match_of(opened).shift == 10 and verdicts(opened)[:3] == ["by hand"] * 3
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
    alone.context.run("match.set", target_segment=1)
    answered(alone, qtbot)
    alone.context.model.apply(t.set_sort_plan, result_id=1)
    alone.context.model.apply(t.start_job, Job(1, "sort", "Sorting", started=0.0, now=0.0))
    assert not alone.context.run("match.refuse") and "still being sorted" in alone.said()
    alone.context.model.apply(t.end_job, 1)
    assert alone.context.run("match.refuse")


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


# ---------------------------------------------------------------- merged


def together(window):
    """The units of the merged recording: for each its segments and clusters."""
    return [track.members for track in window.context.state.results.current.tracks]


def test_a_merge_links_what_is_shown_and_says_when_that_changed(opened, qtbot):
    click_icon(qtbot, opened, 0, "refuse")
    merge(opened, qtbot)
    assert ((0, 0), (1, 0)) in together(opened) and ((2, 1), (3, 1)) in together(opened)
    assert ((0, 1), (1, 1), (2, 2), (3, 2)) in together(opened)
    merged = opened.context.state.results.current
    assert "refused by hand" in unit_history(merged.sorted_recording, 0).absences[0].words
    note = page_of(opened).merged
    assert "decided by hand since" not in note.words.text()
    opened.context.run("edit.undo")
    settle(qtbot)
    assert "Links were decided by hand since" in note.words.text()
    merge(opened, qtbot)
    assert ((0, 0), (1, 0), (2, 1), (3, 1)) in together(opened)
    assert "decided by hand since" not in note.words.text()


def test_a_merge_refuses_what_is_refused_and_is_made_at_the_shift_shown(opened, qtbot):
    opened.context.run("match.shift", shift=30)
    opened.context.run("match.limit", refuse_above=0.05)
    settle(qtbot)
    match = match_of(opened)
    assert (match.relative_costs > 0.05).all()
    merge(opened, qtbot)
    assert all(len({segment // 2 for segment, _ in members}) == 1 for members in together(opened))
    opened.context.run("match.limit", refuse_above=1.5)
    settle(qtbot)
    merge(opened, qtbot)
    links = opened.context.state.results.current.sorted_recording.assignment_chain[1]
    np.testing.assert_array_equal(links, match.assignment)


def test_a_merge_that_is_saved_keeps_what_was_decided(opened, qtbot, tmp_path):
    click_icon(qtbot, opened, 0, "refuse")
    merge(opened, qtbot)
    opened.context.dialogs.saved = tmp_path / "both.spikesift"
    opened.context.run("match.save")
    drawn(qtbot, opened.context)
    kept = open_session(tmp_path / "both.spikesift").sorted_recording
    assert [track.members for track in tracks(kept)] == together(opened) and len(kept.decisions) == 1


def test_what_is_decided_inside_a_merge_that_is_not_saved_yet_is_saved_with_it(opened, qtbot, tmp_path):
    merge(opened, qtbot)
    merged = opened.context.state.results.current
    opened.context.run("match.set", source_id=merged.id, target_id=merged.id, source_segment=1, target_segment=2)
    answered(opened, qtbot)
    click_icon(qtbot, opened, 0, "refuse")
    opened.context.dialogs.saved = tmp_path / "both.spikesift"
    opened.context.run("match.save", result_id=merged.id)
    drawn(qtbot, opened.context)
    kept = open_session(tmp_path / "both.spikesift").sorted_recording
    assert [one.pair for one in kept.decisions] == [((1, 0), (2, 1))]
    assert [track.members for track in tracks(kept)] == together(opened)


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


def test_a_full_disk_is_said_and_the_next_decision_writes_both(alone, qtbot, sessions, monkeypatch):
    open_them(alone, qtbot, sessions)

    def full(*_arguments, **_named):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(session_files, "write_file", full)
        click_icon(qtbot, alone, 0, "refuse")
    words = alone.context.state.problems[-1].words
    assert words.startswith("No space left on device. Make room") and "stays in this window" in words
    assert decisions_between(*sessions) == ()
    click_icon(qtbot, alone, 1, "accept")
    assert sorted(one.same for one in decisions_between(*sessions)) == [False, True]
