"""The list of recordings on the page Match: their place in time, merging several, comparing two, taking apart."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from spikesift_core.session import create_session, open_session
from spikesift_core.session_notes import session_started
from spikesift_gui import transitions as t
from spikesift_gui.matching import question
from spikesift_gui.qt import Qt, QtWidgets
from spikesift_gui.rivers import answer as river_answer
from spikesift_gui.rivers import merge_links, sections
from spikesift_gui.rivers import question as river_question
from spikesift_gui.shown import shown
from spikesift_gui.together import in_order, placing, rows
from tests.core.session_parts import Finished
from tests.core.test_unit_links import A, B, recording
from tests.gui.helpers import result, settle
from tests.gui.match_helpers import FIRST, LENGTH, PROBE, answered, click, page_of, sorted_at, view

DAYS = [datetime(2024, 5, day, 14, 2) for day in (3, 4, 5)]


def three(alone, qtbot, *began, **changes):
    """Three recordings of 2 s whose clocks all begin at 0; ids 1 to 3."""
    for number, name in enumerate(("day 3", "day 4", "day 5"), start=1):
        found = sorted_at(*FIRST)
        when = began[number - 1] if began else None
        alone.context.model.apply(t.put_result, result(number, name, sorted_recording=found, began=when, **changes))
    alone.context.run("page.match")
    answered(alone, qtbot)


def cells(alone):
    return [[row.name, row.began, row.state] for row in view(alone, "match_recordings").model.rows]


def choose(alone, qtbot, *places):
    table = view(alone, "match_recordings").table
    for number, place in enumerate(places):
        rect = table.visualRect(table.model().index(place, 0))
        held = Qt.KeyboardModifier.ControlModifier if number else Qt.KeyboardModifier.NoModifier
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, held, rect.center())
    settle(qtbot)


def type_began(alone, qtbot, place, words):
    shown = view(alone, "match_recordings")
    rect = shown.table.visualRect(shown.model.index(place, 1))
    qtbot.mouseClick(shown.table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    qtbot.mouseDClick(shown.table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    field = shown.table.focusWidget() if shown.table.focusWidget() is not shown.table else None
    field = field or shown.table.viewport().focusWidget()
    field.selectAll()
    qtbot.keyClicks(field, words) if words else qtbot.keyClick(field, Qt.Key.Key_Delete)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot)


def merge_chosen(alone, qtbot):
    click(qtbot, view(alone, "match_recordings").merge)
    qtbot.waitUntil(lambda: alone.context.state.job("merge") is None)
    settle(qtbot)


def test_recordings_are_listed_in_the_order_of_time_with_what_they_are(alone, qtbot):
    three(alone, qtbot, DAYS[2], DAYS[0], DAYS[1])
    assert cells(alone) == [
        ["day 4", "2024-05-03 14:02:00", "complete"],
        ["day 5", "2024-05-04 14:02:00", "complete"],
        ["day 3", "2024-05-05 14:02:00", "complete"],
    ]
    first = view(alone, "match_recordings").model.rows[0]
    assert (first.length, first.units, first.segments, first.signal) == ("2 s", "3 (3 in all)", "2", "12 ch · 30 kHz")
    assert [one.name for one in river_question(alone.context.state).results] == ["day 4", "day 5", "day 3"]


def test_recordings_of_the_same_name_are_told_apart_by_their_folders(alone, qtbot):
    folders = [Path("/data/rat1/day 3/run.spikesift"), Path("/data/rat2/day 3/run.spikesift"), None]
    for number, folder in enumerate(folders, start=1):
        alone.context.model.apply(
            t.put_result, result(number, "run", sorted_recording=sorted_at(*FIRST), folder=folder)
        )
    alone.context.model.apply(t.put_result, result(4, "other", sorted_recording=sorted_at(*FIRST)))
    alone.context.run("page.match")
    answered(alone, qtbot)
    wanted = ["run (rat1)", "run (rat2)", "run (not saved)", "other"]
    assert [row[0] for row in cells(alone)] == wanted
    fields = [box for box in page_of(alone).findChildren(QtWidgets.QComboBox) if box.findText("run (rat2)") >= 0]
    assert len(fields) == 2 and all([box.itemText(i) for i in range(4)] == wanted for box in fields)


def test_two_of_the_same_name_are_told_apart_wherever_they_are_named(alone, qtbot):
    for number in (1, 2):
        one = result(number, "run", sorted_recording=sorted_at(*FIRST), folder=Path(f"/data/rat{number}/run.spikesift"))
        alone.context.model.apply(t.put_result, one)
    alone.context.run("page.match")
    answered(alone, qtbot)
    state, asked = alone.context.state, river_question(alone.context.state)
    assert shown(state)[0] == "run (rat1) → run (rat2)"
    assert [one.name for one in sections(asked)] == ["run (rat1)", "run (rat2)"]
    assert [one.name for one in river_answer(asked).stretches] == ["run (rat1)", "run (rat2)"]
    assert [name for _, name, _ in view(alone, "match_pairs")._names] == ["run (rat1)", "run (rat2)"]
    choose(alone, qtbot, 0, 1)
    assert view(alone, "match_recordings").plan.text().startswith("run (rat1) → run (rat2): ")
    faster = replace(state.results.items[1], sampling_frequency=20_000.0)
    alone.context.model.apply(t.put_result, faster)
    settle(qtbot)
    assert "run (rat2) was recorded at 20000 Hz, run (rat1) at 30000 Hz" in view(alone, "match_recordings").plan.text()
    alone.context.model.apply(t.put_result, state.results.items[1])
    settle(qtbot)
    merge_chosen(alone, qtbot)
    made = alone.context.state.results.current
    assert alone.context.dialogs.asked == ["Place run (rat2) after run (rat1)?"]
    assert made.name == "run (rat1) + run (rat2)" and [one.name for one in made.spans] == ["run (rat1)", "run (rat2)"]


def test_three_are_chosen_by_clicks_and_merged_with_their_pauses(alone, qtbot):
    three(alone, qtbot, *DAYS)
    shown = view(alone, "match_recordings")
    assert "Choose recordings" in shown.plan.text()
    choose(alone, qtbot, 0, 1, 2)
    assert alone.context.state.match.together == (1, 2, 3)
    assert shown.plan.text() == (
        "day 3 → day 4 → day 5: 6 s in all. Placed by when they began, with pauses of 23 h 59 min and 23 h 59 min."
    )
    assert shown.merge.text().strip() == "Merge 3"
    merge_chosen(alone, qtbot)
    made = alone.context.state.results.current
    assert alone.context.dialogs.asked == [] and made.name == "day 3 + day 4 + day 5"
    words = page_of(alone).merged.words.text()
    assert page_of(alone).merged.isVisible() and "in each alone). Not saved yet." in words, "though two are compared"
    starts = [start for start, _ in made.sorted_recording.segment_boundaries()]
    day = 24 * 3600 * 30_000
    assert starts == [0, LENGTH, day, day + LENGTH, 2 * day, 2 * day + LENGTH]
    assert [row.state for row in rows(alone.context.state)][-1] == "merged from day 3, day 4, day 5, not saved"


def test_without_times_the_order_is_asked_about(alone, qtbot):
    three(alone, qtbot)
    choose(alone, qtbot, 1, 2)
    assert "When day 4 began is not known" in view(alone, "match_recordings").plan.text()
    alone.context.dialogs.yes = False
    merge_chosen(alone, qtbot)
    assert alone.context.dialogs.asked == ["Place day 5 after day 4?"]
    assert len(alone.context.state.results.items) == 3


def test_two_are_compared(alone, qtbot):
    three(alone, qtbot, *DAYS)
    shown = view(alone, "match_recordings")
    choose(alone, qtbot, 0, 2)
    click(qtbot, shown.compare)
    answered(alone, qtbot)
    asked = question(alone.context.state)
    assert (asked.source.result.name, asked.target.result.name) == ("day 3", "day 5")
    assert (asked.source.segment, asked.target.segment) == (1, 0)
    assert "as a merge would" in shown.compare.toolTip(), "of units too, not only of segments"
    choose(alone, qtbot, 0)
    click(qtbot, shown.compare)
    assert "Choose two recordings" in alone.said()


def test_when_a_recording_began_is_typed_in_and_kept_with_its_session(alone, qtbot, tmp_path):
    three(alone, qtbot)
    fields = {"binary_file": None, "sampling_frequency": 30_000.0, "num_samples": 2 * LENGTH, "probe_geometry": PROBE}
    writer = create_session(tmp_path / "day3", fields, {})
    first = alone.context.state.results.get(1)
    for index, segment in enumerate(first.sorted_recording.sorted_segments):
        links = first.sorted_recording.assignment_chain[0] if index else None
        writer.add(Finished(index, segment, links))
    writer.finish(first.sorted_recording)
    alone.context.model.apply(t.put_result, result(1, "day 3", sorted_recording=first.sorted_recording,
                                                   folder=tmp_path / "day3"))  # fmt: skip
    settle(qtbot)
    type_began(alone, qtbot, 0, "2024-05-06 09:30")
    assert alone.context.state.results.get(1).began == datetime(2024, 5, 6, 9, 30)
    assert session_started(open_session(tmp_path / "day3")) == datetime(2024, 5, 6, 9, 30)
    type_began(alone, qtbot, 0, "yesterday")
    assert "give date and time as 2024-05-03 14:02" in alone.said()
    assert not alone.context.state.problems, "a slip of the fingers is no failure"
    assert alone.context.state.results.get(1).began == datetime(2024, 5, 6, 9, 30)
    type_began(alone, qtbot, 0, "")
    assert alone.context.state.results.get(1).began is None
    assert session_started(open_session(tmp_path / "day3")) is None
    alone.context.run("session.open", path=tmp_path / "day3")
    qtbot.waitUntil(lambda: not alone.context.state.jobs)
    settle(qtbot)
    assert alone.context.state.page == "match", "one more to be matched: the person stays"


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"sampling_frequency": 20_000.0}, "day 9 was recorded at 20000 Hz, day 3 at 30000 Hz"),
        ({"sorted_recording": sorted_at([40], geometry=PROBE[:8])}, "day 9 has 8 channels, day 3 has 12"),
        ({"sorted_recording": sorted_at([40], geometry=PROBE + 1)}, "day 9 has its 12 contacts at other places"),
        ({"sampling_frequency": None}, "The sampling frequency of day 9 is not known"),
    ],
)
def test_what_does_not_belong_together_is_refused_with_what_to_do(alone, qtbot, other, words):
    three(alone, qtbot)
    alone.context.model.apply(t.put_result, result(4, "day 9", **{"sorted_recording": sorted_at(*FIRST), **other}))
    settle(qtbot)
    choose(alone, qtbot, 0, 3)
    assert view(alone, "match_recordings").plan.text().startswith(words)
    click(qtbot, view(alone, "match_recordings").merge)
    assert words in alone.said()
    assert len(alone.context.state.results.items) == 4


def test_recordings_that_overlap_on_the_wall_clock_are_refused(alone, qtbot):
    three(alone, qtbot, DAYS[0], DAYS[0], DAYS[0])
    slow = result(2, "day 4", sorted_recording=sorted_at(*([FIRST[0]] * 10)), began=DAYS[0])
    alone.context.model.apply(t.put_result, slow)
    settle(qtbot)
    results = in_order([alone.context.state.results.get(2), alone.context.state.results.get(3)])
    with pytest.raises(
        ValueError, match=r"day 5 began at 2024-05-03 14:02:00, before day 4 ended \(2024-05-03 14:02:10"
    ):
        placing(results)
    choose(alone, qtbot, 1, 2)
    assert "correct when they began" in view(alone, "match_recordings").plan.text()


def test_a_merged_recording_is_taken_apart(alone, qtbot):
    three(alone, qtbot, *DAYS)
    choose(alone, qtbot, 0, 1)
    merge_chosen(alone, qtbot)
    shown = view(alone, "match_recordings")
    assert shown.apart.isVisible()
    choose(alone, qtbot, 3)
    click(qtbot, shown.apart)
    assert alone.context.dialogs.asked == ["Take it apart?"]
    state = alone.context.state
    assert [one.id for one in state.results.items] == [1, 2, 3]
    assert state.match.together == (1, 2) and state.results.current_id == 1
    assert not shown.apart.isVisible()
    assert not page_of(alone).merged.isVisible()


def test_what_was_chosen_is_forgotten_when_it_is_closed(alone, qtbot):
    three(alone, qtbot, *DAYS)
    choose(alone, qtbot, 0, 1)
    alone.context.run("result.close", result_id=2)
    assert alone.context.state.match.together == (1,)


def test_units_followed_over_gaps_are_merged_as_units_at_the_movement_that_was_set_by_hand(alone, qtbot):
    for number, found in enumerate((recording([A, B], [A]), recording([B, A], start=9000)), start=1):
        alone.context.model.apply(t.put_result, result(number, f"day {number}", sorted_recording=found))
    alone.context.run("page.match")
    answered(alone, qtbot)
    results = alone.context.state.results.items
    usual = {"max_drift": 30.0, "refuse_above": 0.6, "matches": [None]}
    assert merge_links(alone.context.state, results) == {**usual, "shifts": (None,)}
    alone.context.run("match.shift", shift=5.0)
    assert merge_links(alone.context.state, results) == {**usual, "shifts": (5.0,)}
    choose(alone, qtbot, 0, 1)
    merge_chosen(alone, qtbot)
    made = alone.context.state.results.current
    assert [len(track.members) for track in made.tracks] == [3, 2], "the second one is silent at the border"
    assert made.sorted_recording.links[2].shift == -5 and made.joined.parts[1]["shift_by_hand"] == 5
