"""Units matched from one recording to the next, and carried on where recordings are merged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesift_core.decisions import Decision
from spikesift_core.linking import match_clusters
from spikesift_core.links import chains_of, first_links, links_of_match
from spikesift_core.probe_families import grid
from spikesift_core.results import SortedRecording, SortedSegment, merge_recordings
from spikesift_core.tracks import Track, owners_of, tracks
from spikesift_core.unit_history import history_words, unit_history
from spikesift_core.unit_links import match_units
from spikesift_core.verdicts import judge

PROBE = grid(24, 1, 0, 20)
LENGTH = 1000
A, B, C, D = 60, 160, 260, 360  # um


def segment(depths, start, moved=0.0):
    away = PROBE[:, 1] - (np.array(depths, float).reshape(-1, 1) + moved)
    trains = [np.arange(start + 7 * k, start + LENGTH, 50) for k in range(len(depths))]
    return SortedSegment(start, LENGTH, trains, 100 * np.exp(-((away / 25) ** 2)) + 1)


def recording(*depths_of_segments, start=0, moves=None, excluded=None):
    """Segments with units at these depths; those at one depth are one unit, followed over gaps."""
    moves = moves or [0.0] * len(depths_of_segments)
    segments = [
        segment(depths, start + LENGTH * place, moved)
        for place, (depths, moved) in enumerate(zip(depths_of_segments, moves, strict=True))
    ]
    chain, links, members = [], [first_links(len(segments[0]))], {}
    for place, depths in enumerate(depths_of_segments):
        for cluster, depth in enumerate(depths):
            members.setdefault(depth, []).append((place, cluster))
        if place:
            match = match_clusters(segments[place - 1].amplitude_vectors, segments[place].amplitude_vectors, PROBE)
            links.append(links_of_match(match, place - 1, links[-1].position))
            before = depths_of_segments[place - 1]
            chain.append([depths.index(depth) if depth in depths else -1 for depth in before])
    units = [Track(number, tuple(places)) for number, places in enumerate(members.values())]
    return SortedRecording(segments, chain, PROBE, followed=units, links=links, excluded=excluded)


def depths_of(merged):
    """For each unit of a merged recording the depths of its clusters."""
    found = {}
    for track in tracks(merged):
        tall = [merged.sorted_segments[at].amplitude_vectors[cluster].argmax() for at, cluster in track.members]
        found[track.id] = sorted({int(20 * place) for place in tall})
    return found


def checked(merged):
    """Links of all kinds lead from a unit to itself."""
    owner = owners_of(tracks(merged))
    for place, link in enumerate(merged.assignment_chain):
        assert all(
            partner < 0 or owner[place, c] == owner[place + 1, partner] for c, partner in enumerate(link.tolist())
        )
    for place, links in enumerate(merged.links):
        befores = enumerate(map(tuple, links.before.tolist()))
        assert all(before[0] < 0 or owner[before] == owner[place, cluster] for cluster, before in befores)
    joined = [[owner[place] for place in chain] for chain in chains_of(merged.links)]
    assert all(len(set(one)) == 1 for one in joined)
    return merged


def test_units_that_are_silent_at_the_border_are_found_all_the_same():
    first = recording([A, B, C], [A, B, C], [A, B])
    second = recording([B, A], [B, A, C], start=9000)
    found = match_units(first, second)
    assert set(found.pairs) == {(0, 1), (1, 0), (2, 2)}
    assert np.nanmax(found.match.relative_costs) < 1e-3
    merged = checked(merge_recordings([first, second]))
    assert [track.members for track in tracks(merged)] == [
        ((0, 0), (1, 0), (2, 0), (3, 1), (4, 1)),
        ((0, 1), (1, 1), (2, 1), (3, 0), (4, 0)),
        ((0, 2), (1, 2), (4, 2)),
    ]
    assert merged.links[4].before[2].tolist() == [1, 2]
    assert merged.assignment_chain[2].tolist() == [1, 0]


def test_a_unit_that_vanished_is_not_forced_onto_one_that_appeared():
    first, second = recording([A, B, C], [A, B, C]), recording([A, D, B], [A, D, B], start=9000)
    found = match_units(first, second)
    assert set(found.pairs) == {(0, 0), (1, 2)}
    merged = checked(merge_recordings([first, second]))
    assert {number: len(track.members) for number, track in enumerate(tracks(merged))} == {0: 4, 1: 4, 2: 2, 3: 2}
    assert merged.assignment_chain[1].tolist() == [0, 2, -1]
    lost, began = (history_words(unit_history(merged, unit)) for unit in (2, 3))
    assert "0.6 and above are refused" in lost
    assert "It begins in segment 2: unit 2, the most alike, differs by" in began
    published = [SortedRecording(one.sorted_segments, one.assignment_chain, PROBE) for one in (first, second)]
    assert merge_recordings(published).assignment_chain[1].tolist() == [0, 2, 1], "as published, nothing is refused"


def test_a_unit_that_is_silent_for_a_whole_recording_is_found_after_it():
    parts = [
        recording([A, B, C]),
        recording([A, C], start=5000),
        recording([C, B, A], start=9000),
    ]
    merged = checked(merge_recordings(parts))
    assert depths_of(merged) == {0: [A], 1: [B], 2: [C]}
    assert tracks(merged)[1].members == ((0, 1), (2, 1))


@pytest.mark.parametrize("moved", [-25.0, 10.0])
def test_the_tissue_may_move_between_and_inside_recordings(moved):
    first = recording([A, B, C, D], [A, B], moves=[0.0, 15.0])
    second = recording([D, C, B, A], [D, C], start=9000, moves=[15.0 + moved, 10.0 + moved])
    assert first.links[1].position == 15
    found = match_units(first, second)
    assert found.match.shift == -moved
    assert set(found.pairs) == {(0, 3), (1, 2), (2, 1), (3, 0)}
    merged = checked(merge_recordings([first, second]))
    assert [links.position for links in merged.links] == [0, 15, 15 + moved, 10 + moved]
    assert len(tracks(merged)) == 4


def test_channels_that_were_left_out_of_either_say_nothing():
    first, second = recording([A, B]), recording([B, A], start=9000, excluded={3: "dead"})
    second.sorted_segments[0].amplitude_vectors[:, 3] = 0
    found = match_units(first, second)
    assert np.nanmax(found.match.relative_costs) == 0
    assert (found.match.source_vectors[:, 3] == 0).all()


def test_too_different_is_refused_at_the_limit_that_is_given():
    first, second = recording([A]), recording([A + 14], start=9000)
    (cost,) = match_units(first, second, max_drift=0, refuse_above=2.0).match.relative_costs
    assert 0.3 < cost < 0.6
    assert match_units(first, second, max_drift=0, refuse_above=0.99 * cost).pairs == ()
    assert match_units(first, second, max_drift=0).pairs == ((0, 0),)
    with pytest.raises(ValueError, match="source must be a SortedRecording, not int"):
        match_units(5, 6)
    with pytest.raises(ValueError, match="other contacts"):
        match_units(first, SortedRecording([segment([A], 0)], [], PROBE + 1))


def test_nothing_with_something():
    empty, first = recording([], []), recording([A], start=9000)
    assert match_units(empty, first).pairs == match_units(first, empty).pairs == ()
    assert len(tracks(checked(merge_recordings([empty, first])))) == 1
    assert len(tracks(checked(merge_recordings([recording([A]), recording([], [A], start=9000)])))) == 1


def test_a_match_that_is_given_is_used_as_it_is():
    first, second = recording([A, B]), recording([C, A], start=9000)
    vectors = [one.sorted_segments[0].amplitude_vectors for one in (first, second)]
    match = match_clusters(*vectors, PROBE)
    merged = checked(merge_recordings([first, second], matches=[match]))
    assert merged.assignment_chain[0].tolist() == [1, 0]
    assert depths_of(merged) == {0: [A], 1: [B, C]}


def test_what_a_person_decided_is_said_last():
    first, second = recording([A, B]), recording([C, A], start=9000)
    decided = {(0, 1): [Decision((0, 1), (0, 0), True, 1.0, np.nan)]}
    merged = checked(merge_recordings([first, second], decisions=decided))
    assert depths_of(merged) == {0: [A], 1: [B, C]}


def test_a_unit_paired_by_hand_takes_from_another_one_only_what_comes_after_the_border():
    parts = [recording([A, B], [B], [B]), recording([B], [B], start=9000)]
    by_hand = {(0, 1): [Decision((0, 0), (0, 0), True)]}
    merged = checked(merge_recordings(parts, decisions=by_hand))
    assert [track.members for track in tracks(merged)] == [((0, 0), (3, 0), (4, 0)), ((0, 1), (1, 0), (2, 0))]


# ---------------------------------------------------------------- what the table of pairs shows is what is merged

COLUMN = (40, 120, 200, 280, 360, 440)  # um


def scattered(random, start):
    """Three segments in each of which about half of the units are silent."""
    while True:
        depths = [[one for one in random.permutation(COLUMN).tolist() if random.random() < 0.5] for _ in range(3)]
        if all(depths):
            return recording(*depths, start=start)


def decided_at_random(random, units):
    """Pairs made and refused by hand, a unit in at most one that is made."""
    found, taken = [], (set(), set())
    pairs = [(here, there) for here in range(len(units[0])) for there in range(len(units[1]))]
    for pair in random.permutation(pairs)[: random.integers(1, 6)].tolist():
        same = random.random() < 0.7
        if same and not any(one in some for one, some in zip(pair, taken, strict=True)):
            for one, some in zip(pair, taken, strict=True):
                some.add(one)
        elif same:
            continue
        ends = [random.choice(np.array(side[one].members)) for side, one in zip(units, pair, strict=True)]
        found.append(Decision(*(tuple(end.tolist()) for end in ends), same, 0.5, 0.1))
    return found


@given(st.integers(0, 10_000))
@settings(max_examples=60)
def test_units_that_are_merged_are_the_pairs_that_the_table_shows(seed):
    random = np.random.default_rng(seed)
    both = scattered(random, 0), scattered(random, 5 * LENGTH)
    units = [tracks(one) for one in both]
    decisions = decided_at_random(random, units)
    shown = {(pair.source, pair.target) for pair in judge(match_units(*both, decisions=decisions).match)
             if pair.verdict not in ("unmatched", "refused")}  # fmt: skip
    merged = merge_recordings(list(both), decisions={(0, 1): decisions})
    owner, starts = owners_of(tracks(merged)), (0, len(both[0].sorted_segments))
    groups = {}
    for side, start in enumerate(starts):
        for row, unit in enumerate(units[side]):
            owners = {owner[segment + start, cluster] for segment, cluster in unit.members}
            assert len(owners) == 1, "what was sorted as one unit stays one"
            groups.setdefault(owners.pop(), ([], []))[side].append(row)
    assert all(len(here) <= 1 and len(there) <= 1 for here, there in groups.values())
    assert {(here[0], there[0]) for here, there in groups.values() if here and there} == shown
