"""Three recordings and their merge on the page Match: the river, and the borders inside the merged one."""

import numpy as np
import pytest

from spikesift_gui import transitions as t
from spikesift_gui.qt import Qt
from spikesift_gui.rivers import answer as river_answer
from spikesift_gui.rivers import question as river_question
from tests.core.test_merged_rivers import days, members
from tests.gui.helpers import drawn, result, settle
from tests.gui.match_helpers import answered, current_of, page_of, rows, view
from tests.gui.test_match_by_hand import click_icon


@pytest.fixture
def three(alone, qtbot):
    """Three days, the first two are compared. On the second one unit is silent."""
    for number, found in enumerate(days(), start=1):
        alone.context.model.apply(t.put_result, result(number, f"day {number}", sorted_recording=found))
    alone.context.run("page.match")
    alone.context.run("match.set", source_id=1, target_id=2)
    answered(alone, qtbot)
    return alone


def merge_three(window, qtbot):
    window.context.run("recordings.choose", results=[1, 2, 3])
    window.context.run("recordings.merge")
    drawn(qtbot, window.context)
    return window.context.state.results.current


def test_the_river_of_three_is_what_their_merge_links(three, qtbot):
    before = river_answer(river_question(three.context.state))
    assert sum((before.units[:, 1] < 0) & (before.units[:, 0] >= 0) & (before.units[:, 2] >= 0)) == 1
    assert "units of day" not in page_of(three).which.text()
    three.context.run("match.set", source_id=2, target_id=3)
    answered(three, qtbot)
    assert page_of(three).which.text().endswith("A merge of all also looks here for units of day 1 (River).")
    merged = merge_three(three, qtbot)
    assert members(before) == {track.members for track in merged.tracks}
    after = river_answer(river_question(three.context.state))
    assert sorted(map(key, before.costs)) == sorted(map(key, after.costs))


def test_a_link_over_a_border_of_a_merged_recording_is_compared_as_the_merge_did(three, qtbot):
    merged = merge_three(three, qtbot)
    river = view(three, "match_river")
    silent = next(stream for stream in range(len(river._shown[1])) if river._shown[1].unit_at(stream, 0) == 1)
    assert river._shown[1].found[silent].tolist() == [True, True, False, False, True, True, True]
    river.item.clicked.emit(silent, 2)
    answered(three, qtbot)
    asked, match = current_of(three)
    assert asked.units and asked.segments == (3, 4) and asked.source.result.id == merged.id
    assert "not found in all of day 2, because" in river.words.text()
    words = page_of(three).which.text()
    assert words.startswith("Compares what the merge linked: units of day 1 to day 2 as last seen with those of day 3")
    assert [view(three, "match_pairs")._names[at][1] for at in (0, 1)] == ["day 1 to day 2", "day 3"]
    assert page_of(three).source_segment.currentText().startswith("2 of day 2 · ")
    assert "day 1 to day 2, units as last seen → day 3, units as first seen" in view(three, "match_table").caption
    held = {tuple(row[:2]) for row in rows(three) if row[4] in ("clear", "doubtful")}
    assert held == {(str(unit), str(unit)) for unit in (0, 1, 3)}, "one number for each unit of the merged recording"
    assert match.shift == 0 and match.relative_costs[list(asked.source.units).index(1)] < 0.01
    assert three.context.state.selection.units == (1,)


def test_a_pair_at_a_border_of_a_merged_recording_is_decided_about(three, qtbot):
    merged = merge_three(three, qtbot)
    three.context.run("match.set", source_id=merged.id, target_id=merged.id, source_segment=3, target_segment=4)
    answered(three, qtbot)
    (place,) = [at for at, row in enumerate(rows(three)) if row[:2] == ["1", "1"]]
    before = rows(three)
    click_icon(qtbot, three, place, "refuse")
    now = next(one for one in three.context.state.results.items if one.merged)
    assert [row[4] for row in rows(three)].count("refused") == 1
    assert len(now.tracks) == len(merged.tracks) + 1, "what comes after the silence is a unit of its own"
    three.context.run("edit.undo")
    settle(qtbot)
    assert rows(three) == before


def test_a_border_of_a_merged_recording_is_the_same_with_its_sides_swapped(three, qtbot):
    merged = merge_three(three, qtbot)
    three.context.run("match.set", source_id=merged.id, target_id=merged.id, source_segment=3, target_segment=4)
    answered(three, qtbot)
    before, names = rows(three), page_of(three).which.text()
    pairs = sorted(row[:2] for row in before if row[4] in ("clear", "doubtful"))
    three.context.run("match.swap")
    answered(three, qtbot)
    asked, _match = current_of(three)
    assert asked.units and asked.segments == (4, 3) and page_of(three).which.text() == names
    assert sorted(row[1::-1] for row in rows(three) if row[4] in ("clear", "doubtful")) == pairs
    (place,) = [at for at, row in enumerate(rows(three)) if row[:2] == ["1", "1"]]
    click_icon(qtbot, three, place, "refuse")
    assert [row[4] for row in rows(three)].count("refused") == 1
    three.context.run("match.swap")
    answered(three, qtbot)
    assert sorted(row[:2] for row in rows(three) if row[4] == "refused") == [["1", "5"]]


@pytest.mark.parametrize("segments", [(0, -1), (-1, 0)])
def test_the_last_segment_with_the_first_of_one_recording_is_no_border(three, qtbot, segments):
    three.context.run("match.set", source_id=1, target_id=1, source_segment=segments[0], target_segment=segments[1])
    answered(three, qtbot)
    asked, match = current_of(three)
    assert not asked.units and asked.segments == tuple(at % 2 for at in segments)
    assert not three.context.state.problems and (match.assignment >= 0).any()


def test_a_pair_made_by_hand_inside_a_merged_recording_takes_the_place_of_another(three, qtbot):
    merged = merge_three(three, qtbot)
    three.context.run("match.set", source_id=merged.id, target_id=merged.id, source_segment=3, target_segment=4)
    answered(three, qtbot)
    asked, match = current_of(three)
    target = list(asked.target.units).index(1)  # silent in all of day 2, as is no other
    alone = next(row for row in range(len(asked.source.units)) if match.assignment[row] < 0)
    three.context.run("match.accept", pair=(alone, target))
    settle(qtbot)
    asked, match = current_of(three)
    now = next(one for one in three.context.state.results.items if one.merged)
    owner = {place: track.id for track in now.tracks for place in track.members}
    paired = {(asked.source.places[row], asked.target.places[column]) for row, column in enumerate(match.assignment)
              if column >= 0}  # fmt: skip
    everywhere = {(here, there) for here in asked.source.places for there in asked.target.places
                  if owner[here] == owner[there]}  # fmt: skip
    assert paired == everywhere and (alone, target) in match.made


def pair_by_menu(window, qtbot, source, target):
    """Re-pair the unit of a row on the left with one on the right, by their numbers."""
    place = next(at for at, row in enumerate(rows(window)) if row[0] == source)
    click_icon(qtbot, window, place, "repair")
    menu = view(window, "match_table").menu
    wanted = next(one for one in menu.actions() if one.text().split()[:1] == [target])
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(wanted).center())
    settle(qtbot)


def units_now(window):
    return {track.members for one in window.context.state.results.items if one.merged for track in one.tracks}


def test_a_pair_made_in_place_of_one_made_by_hand_leaves_nothing_of_that_one(three, qtbot):
    merged = merge_three(three, qtbot)
    three.context.run("match.set", source_id=merged.id, target_id=merged.id, source_segment=3, target_segment=4)
    answered(three, qtbot)
    before, linked = rows(three), units_now(three)
    pair_by_menu(three, qtbot, "0", "3")
    (key_of,) = three.context.state.decisions
    assert [one.same for one in three.context.state.decisions[key_of]] == [False, False, True]
    free = next(row[1] for row in rows(three) if "source unit 0, which was proposed" in row[6])
    assert units_now(three) != linked
    pair_by_menu(three, qtbot, "0", free)
    (decision,) = three.context.state.decisions[key_of]
    assert decision.same and units_now(three) == linked, "3 is linked again with what it was paired with"
    assert [row for row in rows(three) if row[0] != "0"] == [row for row in before if row[0] != "0"]
    for _ in range(2):
        three.context.run("edit.undo")
    settle(qtbot)
    assert rows(three) == before
    place = next(at for at, row in enumerate(before) if row[0] == "3")
    click_icon(qtbot, three, place, "refuse")
    pair_by_menu(three, qtbot, "0", next(row[1] for row in rows(three) if "refused by hand" in row[6]))
    three.context.run("match.refuse")
    settle(qtbot)
    refused = [one for one in three.context.state.decisions[key_of] if not one.same]
    assert len(refused) == 2 and len(three.context.state.decisions[key_of]) == 2, "what a person refused stays"


def key(row):
    return np.nan_to_num(row, nan=-9.0).round(6).tolist()
