"""Units of two recordings compared as a merge does, on the page Match: by clicks, with all views, kept by hand."""

from datetime import datetime

import numpy as np
import pytest

from spikesift_core.merged_parts import Span
from spikesift_core.session import create_session
from spikesift_core.session_decisions import movements_between
from spikesift_core.session_notes import add_notes
from spikesift_core.sorting import SegmentSorted
from spikesift_gui import transitions as t
from spikesift_gui.matching import limit, question
from spikesift_gui.qt import Qt
from spikesift_gui.rivers import Question as RiverQuestion
from spikesift_gui.rivers import answer as river_answer
from spikesift_gui.rivers import question as river_question
from spikesift_gui.rivers import section_words, sections, time_words
from spikesift_gui.shown import shortened, shown
from tests.core.test_unit_links import A, B, C, D, recording
from tests.gui.helpers import drawn, open_session_in, result, settle
from tests.gui.match_helpers import (
    PROBE,
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
from tests.gui.test_match_by_hand import click_icon
from tests.gui.test_match_shift import drag

START = 9000
NEAR_C = C + 6  # um
TWO = (([A, B, C], [A, B, C], [A, B]), ([B, A, D], [B, A, NEAR_C, D]))  # the third falls silent, D is new


def results():
    return recording(*TWO[0]), recording(*TWO[1], start=START)


@pytest.fixture
def units(alone, qtbot):
    """Two recordings whose units were followed over gaps."""
    for number, found in enumerate(results(), start=1):
        made = result(number, f"day {number + 2}", sorted_recording=found)
        alone.context.model.apply(t.put_result, made)
    alone.context.run("page.match")
    answered(alone, qtbot)
    return alone


def pairs_of(window):
    asked, match = current_of(window)
    found = enumerate(match.assignment.tolist())
    return {(asked.source.units[row], asked.target.units[other]) for row, other in found if other >= 0}


def test_units_are_compared_first_and_a_merge_links_the_same_pairs(units, qtbot):
    page = page_of(units)
    assert page.units.isChecked() and not page.consecutive.isChecked()
    assert page.source_segment.currentText() == "Units as last seen"
    assert page.target_segment.currentText() == "Units as first seen"
    assert "as a merge of the two" in page.which.text()
    held = [row[:2] for row in rows(units) if row[4] in ("clear", "doubtful")]
    assert held == [["0", "1"], ["1", "0"], ["2", "3"]], "the third is silent in both segments at the border"
    merge(units, qtbot)
    merged = units.context.state.results.current
    assert [len(track.members) for track in merged.tracks] == [5, 5, 3, 2]


def test_segments_stay_a_choice(units, qtbot):
    page = page_of(units)
    click(qtbot, page.consecutive)
    answered(units, qtbot)
    assert question(units.context.state).segments == (2, 0) and page.consecutive.isChecked()
    assert sum(row[4] in ("clear", "doubtful") for row in rows(units)) == 2, "the silent one is not there"
    click(qtbot, page.units)
    answered(units, qtbot)
    assert question(units.context.state).units and page.units.isChecked()
    page.target_segment.setFocus()
    units.context.run("match.set", target_segment=1)
    answered(units, qtbot)
    assert question(units.context.state).segments == (2, 1), "the other one gets its usual segment"
    units.context.run("match.set", source_segment=None)
    answered(units, qtbot)
    assert question(units.context.state).units


def test_what_is_unlike_is_refused_with_the_reason_and_the_limit_is_that_of_the_merge(units, qtbot):
    assert limit(units.context.state) == 0.6 and page_of(units).limit.field.value() == 0.6
    (alone,) = [row for row in rows(units) if row[1] == "2"]
    assert alone[0] == "–" and alone[4] == "unmatched" and "is nearer to target unit 3" in alone[6]
    cost = float(current_of(units)[1].relative_costs[2])
    assert 0.1 < cost < 0.4
    page_of(units).limit.changed.emit(cost / 2)
    settle(qtbot)
    assert units.context.state.match.refuse_units_above == cost / 2 and units.context.state.match.refuse_above == 0.7
    refused = [row for row in rows(units) if row[4] == "refused"]
    assert [row[:2] for row in refused] == [["2", "3"]] and "more than the limit of" in refused[0][6]
    merge(units, qtbot)
    assert len(units.context.state.results.current.tracks) == 5


def test_a_pair_made_by_hand_is_about_the_two_units_whatever_is_compared(units, qtbot):
    click_row(qtbot, units, 2)
    click_icon(qtbot, units, 2, "refuse")
    (kept,) = units.context.state.decisions[1, 2]
    assert kept.pair == ((1, 2), (1, 2)) and not kept.same, "where it was last and first seen"
    assert rows(units)[2][4] == "refused" and "refused by hand" in rows(units)[2][6]
    units.context.run("match.accept", pair=(2, 2))
    settle(qtbot)
    assert (2, 2) in pairs_of(units) and [row[4] for row in rows(units)].count("by hand") == 1
    merge(units, qtbot)
    assert [len(track.members) for track in units.context.state.results.current.tracks] == [5, 5, 4, 1]


def test_the_movement_by_hand_belongs_to_the_two_recordings_and_turns_round_with_them(units, qtbot):
    drag(qtbot, units, 0, 10)
    assert current_of(units)[1].shift == -10 and "(by hand)" in page_of(units).found.text()
    assert merged_shift(units, qtbot) == 10
    units.context.run("match.swap")
    answered(units, qtbot)
    assert current_of(units)[1].shift == 10 and "(by hand)" in page_of(units).found.text()
    units.context.run("match.swap")
    click(qtbot, page_of(units).consecutive)
    answered(units, qtbot)
    assert current_of(units)[1].shift == -10, "of the two segments at the border it is the same movement"


def merged_shift(window, qtbot):
    merge(window, qtbot)
    found = window.context.state.results.current.sorted_recording
    window.context.run("match.set", source_id=1, target_id=2)
    answered(window, qtbot)
    return found.links[3].shift


def test_swapped_sides_pair_the_same_units(units, qtbot):
    before = pairs_of(units)
    units.context.run("match.swap")
    answered(units, qtbot)
    assert {pair[::-1] for pair in pairs_of(units)} == before
    assert page_of(units).source_segment.currentText() == "Units as first seen"


def test_the_river_links_units_over_the_border_and_says_why_others_are_lost(units, qtbot):
    river = river_answer(river_question(units.context.state))
    assert len(river) == 4 and river.found[2].tolist() == [True, True, False, False, True]
    assert 0.1 < river.costs[2, 4] < 0.4 and np.isnan(river.costs[2, 3]), "the link leads to where it was seen again"
    match = current_of(units)[1]
    np.testing.assert_allclose(np.sort(river.costs[:3, [3, 3, 4]].diagonal()), np.sort(match.relative_costs), atol=1e-6)


def test_the_two_units_are_shown_where_they_were_seen(units, qtbot):
    asked, _match = current_of(units)
    assert asked.source.places[2] == (1, 2) and asked.target.places[3] == (1, 2)
    assert asked.source.vectors[2].argmax() == C // 20
    units.context.run("match.focus", source=2, target=3)
    drawn(qtbot, units.context)
    assert "2 → 3, clear" in view(units, "match_pairs").words.text()


def test_recordings_that_were_not_followed_over_gaps_are_compared_by_segments_with_words(opened, qtbot):
    page = page_of(opened)
    assert not page.units.isChecked() and page.consecutive.isChecked()
    click(qtbot, page.units)
    assert "were not followed over gaps" in opened.said() and "compare the last with the first" in opened.said()
    assert not page.units.isChecked()


# ---------------------------------------------------------------- kept with the sessions


def saved(folder, found):
    description = {
        "binary_file": None, "sampling_frequency": 30_000.0, "num_samples": found.end_time() - found.start_time(),
        "recording_offset": found.start_time(), "probe_geometry": found.probe,
    }  # fmt: skip
    writer = create_session(folder, description, {})
    for place, (segment, links) in enumerate(zip(found.sorted_segments, found.links, strict=True)):
        chain = found.assignment_chain[place - 1] if place else None
        writer.add(SegmentSorted(place, segment, chain, links, {}))
    writer.finish(found)
    return folder


@pytest.fixture
def sessions(tmp_path):
    folders = [tmp_path / f"{name}.spikesift" for name in ("one", "two")]
    return [saved(*one) for one in zip(folders, results(), strict=True)]


def test_a_movement_by_hand_is_kept_with_the_sessions_and_used_by_what_comes_after(alone, qtbot, sessions):
    for folder in sessions:
        open_session_in(qtbot, alone.context, folder)
    alone.context.run("page.match")
    answered(alone, qtbot)
    drag(qtbot, alone, 0, 15)
    qtbot.waitUntil(lambda: movements_between(*sessions) != ())
    (kept,) = movements_between(*sessions)
    assert (kept.first, kept.second, kept.shift) == (2, 0, -15)
    assert [one.shift for one in movements_between(*sessions[::-1])] == [15]
    for _ in range(2):
        alone.context.run("result.close")
    for folder in sessions[::-1]:
        open_session_in(qtbot, alone.context, folder)
    answered(alone, qtbot)
    assert "(by hand)" in page_of(alone).found.text() and current_of(alone)[1].shift == -15
    assert view(alone, "match_curve").best.isVisible()
    click(qtbot, view(alone, "match_curve").best)
    assert "(by hand)" not in page_of(alone).found.text()
    alone.context.stop()
    assert movements_between(*sessions) == (), "also when the window is closed at once"


def save_merged(alone, qtbot, sessions, folder):
    """Open two sessions, merge them, save that and close all, by clicks."""
    for session in sessions:
        open_session_in(qtbot, alone.context, session)
    alone.context.run("page.match")
    answered(alone, qtbot)
    merge(alone, qtbot)
    alone.context.dialogs.saved = folder
    click(qtbot, page_of(alone).merged.save)
    drawn(qtbot, alone.context)
    for _ in range(3):
        alone.context.run("result.close")


def test_a_merge_that_was_saved_and_opened_again_has_its_borders_and_is_taken_apart_by_clicks(
    alone, qtbot, sessions, tmp_path
):
    for folder, began in zip(sessions, ("2024-05-03T10:12:00", "2024-05-04T09:47:30"), strict=True):
        add_notes(folder, started=began)
    save_merged(alone, qtbot, sessions, tmp_path / "both.spikesift")
    open_session_in(qtbot, alone.context, tmp_path / "both.spikesift")
    drawn(qtbot, alone.context)
    asked = river_question(alone.context.state)
    assert [(one.name, one.first, one.end) for one in sections(asked)] == [("one", 0, 3), ("two", 3, 5)]
    river = view(alone, "match_river")
    assert len(river.item._borders) == 1 and river.item.lefts[3] > 3, "a gap between the two"
    assert "two · 2024-05-04 09:47" in str(river.plot.getAxis("top")._tickLevels)
    shown = view(alone, "match_recordings")
    rect = shown.table.visualRect(shown.model.index(0, 0))
    qtbot.mouseClick(shown.table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    click(qtbot, shown.apart)
    drawn(qtbot, alone.context)
    assert [one.name for one in alone.context.state.results.items] == ["one", "two"]
    assert len(alone.context.state.match.together) == 2 and (tmp_path / "both.spikesift").is_dir()


def test_a_merge_of_which_a_recording_is_gone_is_not_taken_apart(alone, qtbot, sessions, tmp_path):
    save_merged(alone, qtbot, sessions, tmp_path / "both.spikesift")
    sessions[0].rename(tmp_path / "moved.spikesift")
    open_session_in(qtbot, alone.context, tmp_path / "both.spikesift")
    alone.context.run("recordings.apart")
    assert "cannot be taken apart" in alone.said() and "one.spikesift is not there any more" in alone.said()
    assert [one.name for one in alone.context.state.results.items] == ["both"]


# ---------------------------------------------------------------- the columns of the river, and the strip at the top


def asked_of(*parts):
    return RiverQuestion(parts, 30.0, 0.7, 0.6, (), ())


def test_columns_are_named_and_timed_by_their_recordings():
    found = recording([A], [A], [A])  # of 1000 samples each
    plain = result(1, "day 3", sorted_recording=found, sampling_frequency=10.0)
    (one,) = sections(asked_of(plain))
    assert (one.first, one.end, one.starts) == (0, 3, (0.0, 100.0, 200.0))
    assert time_words(one) == ["0:00", "1:40", "3:20"] and section_words(one, False)[0] == "day 3, 3 segments"
    spans = (Span("a", 0, 1000, datetime(2024, 5, 3, 23, 59)), Span("b", 1000, 3000, None))
    merged = result(2, "a + b", sorted_recording=found, sampling_frequency=10.0, merged=True, spans=spans)
    first, second = sections(asked_of(merged))
    assert (first.end, second.first, second.end) == (1, 1, 3)
    assert time_words(first) == ["23:59"] and time_words(second) == ["0:00", "1:40"]
    assert section_words(first, True) == ("a · 2024-05-03 23:59, 1 segment", "a · 2024-05-03 23:59", "a")
    (unknown,) = sections(asked_of(result(3, "x", sorted_recording=found, sampling_frequency=None)))
    assert time_words(unknown) == ["", "", ""]


def test_the_strip_names_what_is_shown(units):
    context = units.context
    assert shown(context.state) == (
        "day 3 → day 4", "24 ch · 30 kHz · 100 ms and 67 ms", "day 3: not saved\nday 4: not saved"
    )  # fmt: skip
    context.run("match.set", target_id=1)
    assert shown(context.state)[0] == "day 3"
    context.run("page.inspect")
    context.run("result.show", result_id=2)
    assert shown(context.state)[0] == "day 4"
    context.run("page.sort")
    assert shown(context.state) == ("No recording", "", "")
    assert shortened("a" * 40, 36) == "a" * 18 + "…" + "a" * 17


def test_the_title_of_the_window_names_what_is_shown(window, qtbot):
    open_results(window, qtbot)
    assert window.windowTitle() == "day 3 → day 4 – Match – SpikeSift"
    click(qtbot, window.navigation.buttons["inspect"])
    assert window.windowTitle() == "day 4 – Inspect – SpikeSift" and window.strip.name.text() == "day 4"
    window.context.run("result.show", result_id=1)
    assert window.windowTitle() == "day 3 – Inspect – SpikeSift"
    click(qtbot, window.navigation.buttons["sort"])
    assert window.windowTitle() == "Sort – SpikeSift" and window.strip.name.text() == "No recording"


def test_two_on_one_probe_are_compared_first_and_the_river_shows_theirs(units):
    other = sorted_at([40], geometry=PROBE[:8])
    units.context.model.apply(t.put_result, result(9, "another probe", sorted_recording=other))
    state = units.context.state
    assert [one.id for one in question(state).results] == [1, 2] and state.results.current_id == 9
    assert [one.id for one in river_question(state).results] == [1, 2]
    units.context.run("match.set", source_id=9, target_id=1)
    assert [one.id for one in river_question(units.context.state).results] == [9]
