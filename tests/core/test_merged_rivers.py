"""The river of several recordings shows what a merge of all of them really links."""

import numpy as np
import pytest

from spikesift_core.carrying_on import try_border
from spikesift_core.crossings import Stretch
from spikesift_core.deciding import decide
from spikesift_core.decisions import Decision
from spikesift_core.linking import held_up_to
from spikesift_core.merged_rivers import river_of_merge
from spikesift_core.results import merge_recordings
from spikesift_core.river_words import link_words, lost_words, place_words, stream_words
from spikesift_core.rivers import river
from spikesift_core.tracks import tracks
from spikesift_core.unit_history import unit_history
from spikesift_core.unit_links import match_units
from tests.core.test_unit_links import LENGTH, A, B, C, D, recording

E = 440  # um


def days():
    """Three days: B is silent in all of day 2, C vanishes after day 1, D appears on day 2, E is on day 3 only."""
    return [
        recording([A, B, C], [A, B, C]),
        recording([D, A], [A, D], start=5 * LENGTH),
        recording([B, A], [A, D, B], [E, B, D], start=9 * LENGTH),
    ]


def stretches(recordings):
    names = (f"day {number}" for number in range(1, 1 + len(recordings)))
    return [Stretch(name, one, tuple(tracks(one)), None) for name, one in zip(names, recordings, strict=True)]


def members(found):
    """For each stream its clusters, numbered as in the merged recording."""
    starts = np.cumsum([0, *(len(one.recording.sorted_segments) for one in found.stretches)])
    return {
        tuple(
            (int(starts[place]) + segment, cluster)
            for place, unit in enumerate(row)
            if unit >= 0
            for segment, cluster in found.stretches[place].units[unit].members
        )
        for row in found.units.tolist()
    }


def by_unit(found, depth):
    """The stream that is at a depth where it begins."""
    return int(np.abs(found.depths - depth).argmin())


REFUSE_B = {(0, 2): [Decision((1, 1), (0, 0), False)]}
C_IS_E = {(0, 2): [Decision((0, 2), (2, 0), True, 0.9, -0.2)]}
A_IS_D = {(0, 1): [Decision((1, 0), (0, 0), True, 0.8, -0.5)]}


@pytest.mark.parametrize("decisions", [{}, REFUSE_B, C_IS_E, A_IS_D, REFUSE_B | A_IS_D])
@pytest.mark.parametrize("how", [{}, {"shifts": [10.0, None]}, {"refuse_above": 0.1, "max_drift": 10}])
def test_streams_and_figures_are_those_of_the_merge(decisions, how):
    found = river_of_merge(stretches(days()), decisions=decisions, **how)
    merged = merge_recordings(days(), decisions=decisions, **how)
    assert members(found) == {track.members for track in tracks(merged)}
    plain = river([Stretch("all", merged, tuple(tracks(merged)), None)])
    assert len(plain) == len(found)
    for one, other in ((found.costs, plain.costs), (found.margins, plain.margins), (found.rates, plain.rates)):
        np.testing.assert_allclose(sorted(map(key, one)), sorted(map(key, other)), atol=1e-6)


def key(row):
    return np.nan_to_num(row, nan=-9.0).tolist()


def test_of_two_recordings_it_is_the_river_of_their_units():
    two = stretches(days()[:2])
    found = river_of_merge(two)
    plain = river(two, [match_units(*days()[:2])])
    assert members(found) == members(plain) and not plain.of_merge and found.of_merge
    assert sorted(map(key, found.costs)) == sorted(map(key, plain.costs))


def test_a_unit_that_is_silent_in_a_whole_recording_is_a_gap_and_says_so():
    found = river_of_merge(stretches(days()))
    silent = by_unit(found, B)
    assert found.found[silent].tolist() == [True, True, False, False, True, True, True]
    left, right = found.link_at(silent, 2)
    assert (left, right) == (1, 4)
    words = link_words(found, silent, left, right)
    assert words.startswith("From segment 2 of day 1 to segment 1 of day 3: ")
    assert "not found in all of day 2, because the nearest, unit 1 of day 2, differs by" in words
    assert stream_words(found, silent) == "Unit 1 of day 1, in 2 of 2 segments; unit 0 of day 3, in 3 of 3 segments."


def test_a_unit_that_is_found_late_in_the_next_recording_says_why_not_at_once():
    later = recording([A, B], [A, B, C], start=5 * LENGTH)
    found = river_of_merge(stretches([days()[0], later]))
    late = by_unit(found, C)
    assert found.found[late].tolist() == [True, True, False, True]
    words = link_words(found, late, 1, 3)
    assert words.startswith("From segment 2 of day 1 to segment 2 of day 2: clear, differs by ")
    began = unit_history(later, int(found.units[late, 1])).began.replace("unit 1", "unit 1 of day 2")
    assert words.endswith(f"; not found between, because {began}") and "best pair" not in words


def test_a_unit_that_is_gone_says_that_it_was_looked_for_in_all_that_follow():
    found = river_of_merge(stretches(days()))
    lost = {lost_words(found, stream) for stream in np.flatnonzero(found.last == 1)}
    assert len(lost) == 1
    assert lost.pop().endswith("nor is it like any unit of day 3")
    begun = int(np.flatnonzero(found.first == 6)[0])
    words = link_words(found, begun, 5, 6)
    assert words.startswith("Begins in segment 3 of day 3: the nearest, unit ")


def test_a_link_by_hand_over_a_recording_is_called_so():
    found = river_of_merge(stretches(days()), decisions=C_IS_E)
    (stream,) = np.flatnonzero(found.found[:, 6] & found.found[:, 0] & ~found.found[:, 5])
    words = link_words(found, stream, *found.link_at(stream, 3))
    assert "by hand (forced by the figures), differs by 0.90, margin −0.20; not found in all of day 2" in words


def test_segments_of_a_merged_recording_are_called_by_the_recordings_in_it():
    merged = merge_recordings(days())
    parts = (("day 1", 0), ("day 2", 2), ("day 3", 4))
    found = river([Stretch("all", merged, tuple(tracks(merged)), None, parts)])
    assert [place_words(found, column) for column in (0, 3, 6)] == [
        "segment 1 of day 1",
        "segment 2 of day 2",
        "segment 3 of day 3",
    ]
    silent = by_unit(found, B)
    assert "not found in all of day 2, because" in link_words(found, silent, *found.link_at(silent, 2))


@pytest.mark.parametrize("shifts", [None, [None, -40.0]])
def test_the_border_of_a_merged_recording_is_compared_as_the_merge_did(shifts):
    merged = merge_recordings(days(), shifts=shifts, decisions=A_IS_D)
    for border, end in ((2, 4), (4, 7)):
        found = try_border(merged, border, end, 30)
        match = held_up_to(found.tried.match_at(found.tried.best), merged.links[border].limit)
        rows = np.flatnonzero(match.assignment >= 0)
        pairs = {(found.sources[row].id, found.targets[int(match.assignment[row])].id) for row in rows.tolist()}
        both = {track.id for track in tracks(merged.undecided) if track.members[0][0] < border} & {
            track.id for track in tracks(merged.undecided) if any(border <= at < end for at, _ in track.members)
        }
        assert pairs == {(unit, unit) for unit in both}
        costs = [links.costs[cluster] for links, cluster in firsts(merged.undecided, found, match)]
        np.testing.assert_allclose(match.relative_costs[rows], costs, atol=1e-6)


def firsts(merged, found, match):
    """Links and cluster where each pair is found first after the border."""
    for row in np.flatnonzero(match.assignment >= 0).tolist():
        segment, cluster = found.targets[int(match.assignment[row])].members[0]
        yield merged.links[segment], cluster


def test_a_part_that_was_cut_by_hand_has_words_too():
    first, *others = days()
    cut = decide(first, [Decision((0, 1), (1, 1), False)])
    found = river_of_merge(stretches([cut, *others]))
    assert members(found) == {track.members for track in tracks(merge_recordings([cut, *others]))}
    ends = {link_words(found, stream, *found.link_at(stream, 0)) for stream in range(len(found))}
    (ended,) = [one for one in ends if one.startswith("Lost after segment 1 of day 1, ")]
    assert "was refused by hand; nor in day 2: it was cut off by hand from the unit that was compared" in ended
