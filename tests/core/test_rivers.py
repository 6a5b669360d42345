"""Rivers: units side by side through several recordings, their links, and in words what became of them."""

import numpy as np
import pytest

from spikesift_core.deciding import decide
from spikesift_core.decisions import Decision
from spikesift_core.linking import match_clusters
from spikesift_core.links import SegmentLinks, first_links
from spikesift_core.match_picture import BY_HAND, COLORS, _color, _river_legend
from spikesift_core.results import SortedRecording, SortedSegment, compare_recordings
from spikesift_core.river_words import (
    link_words,
    linked_by_hand,
    links_by_hand,
    longest_streams,
    lost_reason,
    lost_words,
    stream_words,
)
from spikesift_core.rivers import Stretch, river
from spikesift_core.tracks import followed_so_far, tracks
from spikesift_core.unit_facts import unit_facts

LENGTH, RATE = 30_000, 30_000.0
PROBE = np.column_stack([np.zeros(12), 20.0 * np.arange(12)]).astype(np.float32)
NOBODY = (-1, -1)


def segment(place, depths, start=0, counts=None):
    """1 s of units at these depths (um), 10 spikes each if not said otherwise."""
    vectors = [100 * np.exp(-(((PROBE[:, 1] - depth) / 30) ** 2)) + 1 for depth in depths]
    begin = start + LENGTH * place
    spikes = [np.linspace(begin, begin + LENGTH - 1, count).astype(int) for count in counts or [10] * len(depths)]
    return SortedSegment(begin, LENGTH, spikes, np.array(vectors).reshape(-1, 12))


def linked(before, costs, margins, lost=(), lost_nearest=(), lost_costs=()):
    """Links of a segment, over gaps, refused from 0.6."""
    count = len(before)
    return SegmentLinks(
        0.0, 0.0, 0.6, np.array(before).reshape(-1, 2), np.array(costs, float), np.array(margins, float),
        np.full((count, 2), -1), np.full(count, np.nan), np.array(lost, int).reshape(-1, 2),
        np.array(lost_nearest, int), np.array(lost_costs, float), np.zeros(count, int),
    )  # fmt: skip


def with_a_gap(start=0):
    """Three units in four segments: 0 throughout, 1 missed in the second, 2 lost after the second."""
    segments = [
        segment(0, [40, 100, 200], start, [10, 20, 30]),
        segment(1, [40, 200], start, [10, 30]),
        segment(2, [40, 100], start, [10, 20]),
        segment(3, [40, 100], start, [10, 5]),
    ]
    links = [
        first_links(3, 0.6),
        linked([(0, 0), (0, 2)], [0.1, 0.2], [0.9, 0.5], [(0, 1)], [0], [0.8]),
        linked([(1, 0), (0, 1)], [0.1, 0.3], [0.9, -0.2], [(1, 1)], [1], [0.7]),
        linked([(2, 0), (2, 1)], [0.1, 0.15], [0.9, np.nan]),
    ]
    chain = [np.array([0, -1, 1]), np.array([0, -1]), np.array([0, 1])]
    return SortedRecording(segments, chain, PROBE, followed=followed_so_far(links), links=links)


def stretch(name, recording):
    return Stretch(name, recording, tuple(tracks(recording)), RATE)


@pytest.fixture
def one():
    return river([stretch("day 3", with_a_gap())])


@pytest.fixture
def two():
    """A second recording: unit 0 of the first is its unit 1, and another one is far from all."""
    second = SortedRecording([segment(0, [160, 42], 4 * LENGTH), segment(1, [160, 42], 4 * LENGTH)], [[0, 1]], PROBE)
    first = with_a_gap()
    match = compare_recordings(first, second, source_segment=-1, target_segment=0, max_drift=0)
    return river([stretch("day 3", first), stretch("day 4", second)], [match], 0.5)


def test_a_river_says_where_units_were_found_and_how_surely(one):
    assert len(one) == 3 and one.columns.tolist() == [[0, 0], [0, 1], [0, 2], [0, 3]]
    assert one.found.tolist() == [[1, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 0]]
    assert np.allclose(one.rates[1, [0, 2, 3]], [20, 20, 5])
    assert np.allclose(one.costs[1, 2:], [0.3, 0.15]) and np.isnan(one.costs[:, 0]).all()
    assert np.isclose(one.margins[1, 2], -0.2) and np.isnan(one.margins[1, 3])
    assert one.before.tolist() == [[-1, 0, 1, 2], [-1, 0, 0, 2], [-1, 0, 1, 1]]
    assert one.first.tolist() == [0, 0, 0] and one.last.tolist() == [3, 3, 1]
    assert one.whole.tolist() == [True, False, False]
    assert one.gaps.tolist() == [False, True, False] and one.lost.tolist() == [False, False, True]
    facts = [unit_facts(with_a_gap(), unit, RATE).depth for unit in tracks(with_a_gap())]
    assert np.allclose(one.depths, facts, atol=1e-3)


def test_links_are_found_by_the_border_that_is_clicked(one):
    assert [one.link_at(1, column) for column in (-1, 0, 1, 2, 9)] == [(0, 2), (0, 2), (0, 2), (2, 3), (2, 3)]
    assert one.link_at(2, 3) == (1, 2), "lost: its last segment and the next"
    late = river([stretch("x", SortedRecording([segment(0, [40]), segment(1, [40, 90])], [[0]], PROBE))])
    assert late.link_at(1, 0) == (0, 1) and late.first.tolist() == [0, 1]


def test_what_became_of_a_unit_is_said(one):
    assert link_words(one, 0, 0, 1) == "From segment 1 to segment 2: clear, differs by 0.10, margin 0.90"
    gap = link_words(one, 1, 0, 2)
    nearer = "another candidate, which differs by 0.24, was nearer, but went elsewhere"
    words = f"From segment 1 to segment 3: forced, differs by 0.30, margin −0.20: {nearer}; not found between, "
    assert gap.startswith(words)
    assert "cluster 0, the most alike, differs by 0.80 and was taken for unit 0" in gap
    assert link_words(one, 1, 2, 3).endswith("differs by 0.15, no other candidate")
    reason = "cluster 1, the most alike, differs by 0.70 and was taken for unit 1, which differs by 0.30"
    assert lost_reason(one, 2) == reason
    assert lost_words(one, 2) == f"Lost after segment 2, because {reason}" and lost_words(one, 0) == ""
    assert stream_words(one, 2) == f"Unit 2 of day 3, in 2 of 4 segments. Lost after segment 2, because {reason}."


def test_units_are_carried_on_from_one_recording_to_the_next(two):
    assert two.columns[:, 0].tolist() == [0, 0, 0, 0, 1, 1]
    assert two.units.tolist() == [[0, 1], [1, -1], [2, -1], [-1, 0]]
    assert two.unit_at(0, 0) == 0 and two.unit_at(0, 5) == 1
    assert two.before[0, 4] == 3 and two.costs[0, 4] < 0.2
    match = two.crossings[0].match
    row = int(np.flatnonzero(match.assignment == 1)[0])
    assert np.isclose(two.margins[0, 4], match.margins[row])
    assert link_words(two, 0, 3, 4).startswith("From segment 4 of day 3 to segment 1 of day 4: clear")
    with pytest.raises(ValueError, match="Stream 3 has no unit in day 3"):
        two.unit_at(3, 0)


def test_pairs_that_cost_too_much_are_lost_and_begin_anew_in_words(two):
    assert two.lost.tolist() == [False, True, True, False]
    refused = "the best pair, 1 of day 3 with 0 of day 4, differs by"
    assert lost_words(two, 1).startswith(f"Lost after segment 4 of day 3, because {refused}")
    assert "more than the limit of 0.50" in lost_reason(two, 1)
    assert link_words(two, 3, 3, 4).startswith(f"Begins in segment 1 of day 4: {refused}")
    kinder = river(two.stretches, [one and one.match for one in two.crossings], 10.0)
    assert len(kinder) == 3 and kinder.units.tolist() == [[0, 1], [1, 0], [2, -1]]


def test_recordings_that_were_not_compared_are_not_joined(two):
    apart = river(two.stretches, [None])
    assert len(apart) == 5 and "not compared" in lost_words(apart, 0)


def test_one_unit_left_over_is_said():
    first = SortedRecording([segment(0, [40, 100])], [], PROBE)
    second = SortedRecording([segment(0, [40], LENGTH)], [], PROBE)
    match = compare_recordings(first, second, max_drift=0)
    made = river([stretch("a", first), stretch("b", second)], [match])
    assert "left over: 2 units in the source for 1 in the target" in lost_words(made, 1)


def test_without_kept_links_no_figure_is_made_up():
    recording = SortedRecording([segment(0, [40, 90]), segment(1, [40])], [[0, -1]], PROBE)
    made = river([stretch("old", recording)])
    assert np.isnan(made.costs).all() and made.before[0, 1] == 0
    assert "was not kept" in link_words(made, 0, 0, 1) and "was not kept" in lost_words(made, 1)


def test_a_unit_of_several_clusters_counts_all_spikes_and_takes_the_surest_link():
    segments = [segment(0, [40], counts=[10]), segment(1, [40, 44], counts=[10, 20])]
    links = [first_links(1, 0.6), linked([(0, 0), NOBODY], [0.2, np.nan], [0.4, np.nan])]
    followed = followed_so_far(links)
    joined = (type(followed[0])(0, ((0, 0), (1, 0), (1, 1))),)
    recording = SortedRecording(segments, [[0]], PROBE, followed=joined, links=links)
    made = river([stretch("x", recording)])
    assert made.rates.tolist() == [[10, 30]] and np.isclose(made.costs[0, 1], 0.2)


def test_the_longest_come_first_and_of_equal_ones_the_surest(one):
    assert longest_streams(one).tolist() == [0, 1, 2]
    segments = [segment(0, [40, 90]), segment(1, [40, 90])]
    links = [first_links(2, 0.6), linked([(0, 0), (0, 1)], [0.5, 0.1], [0.1, 0.5])]
    equal = SortedRecording(segments, [[0, 1]], PROBE, followed=followed_so_far(links), links=links)
    assert longest_streams(river([stretch("x", equal)])).tolist() == [1, 0]


def test_a_recording_without_units_is_a_river_without_streams():
    empty = SortedRecording([segment(0, []), segment(1, [])], [[]], PROBE)
    made = river([stretch("empty", empty)])
    assert len(made) == 0 and made.found.shape == (0, 2) and made.lengths.shape == (0,)
    assert longest_streams(made).tolist() == []


@pytest.mark.parametrize("matches", [[], [None, None]])
def test_another_number_of_matches_is_refused(two, matches):
    with pytest.raises(ValueError, match="one match between each two: 1"):
        river(two.stretches, matches)
    with pytest.raises(ValueError, match="at least one recording"):
        river([])


def test_a_unit_with_several_clusters_is_joined_once():
    """Two clusters of one unit at the end cannot become two units of the next recording."""
    first = [segment(0, [40, 46])]
    both = followed_so_far([first_links(2, 0.6)])
    joined = (type(both[0])(0, ((0, 0), (0, 1))),)
    recording = SortedRecording(first, [], PROBE, followed=joined, links=[first_links(2, 0.6)])
    second = SortedRecording([segment(0, [40, 46], LENGTH)], [], PROBE)
    match = match_clusters(first[0].amplitude_vectors, second.sorted_segments[0].amplitude_vectors, PROBE, 0)
    made = river([stretch("a", recording), stretch("b", second)], [match])
    assert sorted(map(tuple, made.units.tolist())) == [(-1, 1), (0, 0)]
    assert "one was paired more surely already" in link_words(made, 1, 0, 1)


# ---------------------------------------------------------------- decided by hand


def decided_river(*decisions, refuse_above=0.7):
    first, second = with_a_gap(), with_a_gap(4 * LENGTH)
    match = compare_recordings(first, second, source_segment=-1, target_segment=0)
    return river([stretch("a", first), stretch("b", second)], [match], refuse_above, [decisions])


def test_a_pair_refused_by_hand_is_no_link_and_says_so():
    plain = decided_river()
    assert plain.units[0].tolist() == [0, 0]
    found = decided_river(Decision((3, 0), (0, 0), False, 0.0, 0.9))
    assert found.units[0].tolist() == [0, -1]
    assert "refused by hand" in lost_words(found, 0)
    assert "refused by hand" in link_words(found, int(np.flatnonzero(found.units[:, 1] == 0)[0]), 3, 4)


def test_a_pair_made_by_hand_is_a_link_however_unlike_and_says_so():
    found = decided_river(Decision((1, 1), (0, 1), True, 0.9, -0.4), Decision((3, 0), (0, 2), True, 1.1, 0.1))
    # Unit 2 of the first was lost after its second segment: decisions are about units.
    assert found.units[:3].tolist() == [[0, 2], [1, -1], [2, 1]]
    assert found.costs[2, 4] == pytest.approx(0.9) and found.margins[2, 4] == pytest.approx(-0.4)
    words = link_words(found, 0, 3, 4)
    assert words.endswith("linked by hand (forced by the figures), differs by 1.10, margin 0.10")


def test_a_link_made_by_hand_inside_a_recording_says_so():
    made = decide(with_a_gap(), [Decision((1, 1), (2, 1), True, 0.9, 0.3)])
    found = river([stretch("a", made)])
    words = link_words(found, 2, 1, 2)
    assert words.endswith("linked by hand (forced by the figures), differs by 0.90, margin 0.30")
    assert "linked otherwise by hand" in lost_reason(found, 1)


def test_of_several_recordings_the_words_say_whose_unit_is_meant():
    found = decided_river()
    assert "taken for unit 0 of a, which differs" in link_words(found, 1, 0, 2)
    assert "taken for unit 0 of b, which" in link_words(found, int(np.flatnonzero(found.units[:, 1] == 1)[0]), 4, 6)


def test_links_made_by_hand_have_their_colour_in_the_picture_and_its_legend():
    made = decide(with_a_gap(), [Decision((1, 1), (2, 1), True, 0.9, 0.3)])
    found = river([stretch("a", made)])
    assert _color(found, 2, 1, 2) == COLORS[BY_HAND] != _color(found, 0, 1, 2)
    between = decided_river(Decision((3, 0), (0, 2), True, 1.1, 0.1))
    assert _color(between, 0, 3, 4) == COLORS[BY_HAND]
    assert any("by hand" in part for part in _river_legend(found, 0.0))
    assert not any("by hand" in part for part in _river_legend(river([stretch("a", with_a_gap())]), 0.0))


def test_the_table_of_links_by_hand_is_what_is_said_of_each():
    inside = decide(with_a_gap(), [Decision((1, 1), (2, 1), True, 0.9, 0.3)])
    between = decided_river(Decision((3, 0), (0, 2), True, 1.1, 0.1), Decision((1, 1), (0, 1), False, 0.9, -0.4))
    for shown in (river([stretch("a", inside)]), between):
        table = links_by_hand(shown)
        said = np.zeros_like(table)
        for stream, right in np.argwhere(shown.found & (shown.before >= 0)).tolist():
            said[stream, right] = linked_by_hand(shown, stream, int(shown.before[stream, right]), right)
        assert said.any()
        np.testing.assert_array_equal(table, said)
