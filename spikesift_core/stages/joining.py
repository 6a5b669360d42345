"""Units that were followed as several are joined: those never found together, and those that one unit fell into."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from spikesift_core.results import SortedSegment
from spikesift_core.stages.moving import COMPARED_UM, Mover, Templates, Views
from spikesift_core.stages.neighbours import pairs_within
from spikesift_core.tracks import Track

APART = 0.6  # units never found in the same segment are one when they differ by less
IN_TURN = 0.87  # the same where one fills the gaps of the other; of 16 such pairs up to here 15 were one unit
IN_TURN_SEGMENTS = 2  # that each was found in at least, ...
IN_TURN_COVER = 0.7  # ... share of the segments in which one or the other was found, ...
IN_TURN_UM = 16.0  # ... and how far apart they may be, less the movement of the tissue
MEETING = 0.5  # the same of units found together now and then: a unit cut in two while it moved
MEETING_SHARE = 0.4  # of the spikes of the smaller one that lie where both are; above it they are two. 0: never joined
BETWEEN_TROUGHS = 0.65  # from the first trough of one to the second of the other, where they are one, if ...
OPPOSITE = 1.0  # ... at the first of both they differ by so much: two units that resemble each other differ by less
PAIRS = 5  # of templates, those taken at the nearest positions of the tissue, that two units are compared by
TOGETHER = 0.25  # units found in the same segments; on a tetrode two true units differed by 0.29
TAKING_TURNS = 0.6  # the same, when one is silent while the other fires
TURNS_SHARE = 0.6  # spikes close to the other's, of those expected by chance: below it they take turns
TURNS_WINDOW = 0.03  # of the segment's duration: what counts as close
FEWEST_EXPECTED = 5.0  # spikes close to the other's; of fewer nothing can be said
REMEMBERED = 0.9  # clusters of one segment that differ by more are not remembered as alike

Seen = list[tuple[float, Views]]  # position of the tissue, and how a unit was last seen there
Unit = tuple[list[tuple[int, int]], Seen]  # members


@dataclass(frozen=True, eq=False)
class Alike:
    """Clusters of one segment that resemble each other: (pairs,) first < second, and how much they differ."""

    first: np.ndarray
    second: np.ndarray
    difference: np.ndarray

    @classmethod
    def of(cls, mover: Mover, templates: Templates) -> Alike:
        """Compare all clusters of one segment."""
        moved = mover.moved(templates, 0.0)
        table = mover.differences(moved, moved)
        first, second = np.nonzero(np.triu(table < REMEMBERED, 1))
        return cls(first, second, table[first, second])


def join(
    mover: Mover, units: list[Unit], alike: list[Alike], segments: Sequence[SortedSegment]
) -> tuple[tuple[Track, ...], list[int]]:
    """Join what is one unit; the lowest number of its parts becomes the id.

    Parameters
    ----------
    units : in order of their number.
    alike : for each segment.
    segments : for each segment, its spikes.

    Returns
    -------
    tracks : in order of id.
    moves : for each unit the samples by which its spikes must be moved to be timed as those of the track.
    """
    groups, moves = _join_apart(mover, units, segments)
    groups = _join_together(groups, [unit[0] for unit in units], alike, segments)
    tracks = (Track(group[0], tuple(sorted(m for part in group for m in units[part][0]))) for group in groups)
    return tuple(tracks), moves


# ---------------------------------------------------------------- never, or hardly ever, in the same segment


def _join_apart(
    mover: Mover, units: list[Unit], segments: Sequence[SortedSegment]
) -> tuple[list[list[int]], list[int]]:
    """Numbers of the units that belong together, the most alike joined first, in order of the lowest; and by how many
    samples the spikes of each unit must be moved then.

    Two that were each found only once are left alone: they are mostly accidents.
    """
    parts = {number: [number] for number in range(len(units))}
    spikes = [_spikes_in(members, segments) for members, _ in units]
    seen = [list(views) for _, views in units]
    depths = [_depth(members, segments) for members, _ in units]
    moves = [0] * len(units)
    near = _neighbours(units)
    changes = [0] * len(units)  # how often a unit has grown: what was compared before is out of date
    heap: list[tuple[float, int, int, int, int, int]] = []

    def compare(one: int, other: int) -> None:
        one, other = min(one, other), max(one, other)
        difference, move = _if_one(mover, spikes[one], spikes[other], seen[one], seen[other], len(segments))
        if difference < np.inf:
            heapq.heappush(heap, (difference, one, other, move, changes[one], changes[other]))

    for one in parts:
        for other in sorted(near[one]):
            if one < other:
                compare(one, other)
    while heap:
        _, one, other, move, *when = heapq.heappop(heap)
        if one not in parts or other not in parts or when != [changes[one], changes[other]]:
            continue
        later, samples = (other, move) if depths[one] >= depths[other] else (one, -move)  # timed as the deeper one is
        for part in parts[later]:
            moves[part] += samples
        seen[later] = [(at, views.retimed(samples)) for at, views in seen[later]]
        depths[one] = max(depths[one], depths[other])
        parts[one] += parts.pop(other)
        spikes[one] = spikes[one] + spikes[other]
        seen[one] += seen[other]
        changes[one] += 1
        near[one] |= near[other]
        for third in sorted(near[one] & parts.keys() - {one}):
            near[third].add(one)
            compare(one, third)
    return [sorted(group) for _, group in sorted(parts.items())], moves


def _if_one(
    mover: Mover, one: Counter[int], other: Counter[int], seen_one: Seen, seen_other: Seen, segments: int
) -> tuple[float, int]:
    """How much two units differ, infinite if they are two; and by how many samples the other's spikes must be moved.

    `one` and `other` are their spikes in each segment; `segments` how many there are.
    """
    if len(one) == len(other) == 1:
        return np.inf, 0
    shared = _shared(one, other)
    if shared and (found := _between_troughs(mover, seen_one, seen_other))[0] < BETWEEN_TROUGHS:
        return found
    if shared > MEETING_SHARE:
        return np.inf, 0
    limit = MEETING if shared else _limit_in_turn(one, other, seen_one, seen_other, segments)
    difference, move = _difference(mover, seen_one, seen_other, second_troughs=not shared)
    return (difference, move) if difference < limit else (np.inf, 0)


def _spikes_in(members: list[tuple[int, int]], segments: Sequence[SortedSegment]) -> Counter[int]:
    """Segment to spikes of a unit there."""
    spikes: Counter[int] = Counter()
    for segment, cluster in members:
        spikes[segment] += max(1, len(segments[segment].spike_clusters[cluster]))
    return spikes


def _depth(members: list[tuple[int, int]], segments: Sequence[SortedSegment]) -> float:
    """Largest amplitude of a unit's clusters, in the middle."""
    return float(np.median([segments[segment].amplitude_vectors[cluster].max() for segment, cluster in members]))


def _shared(one: Counter[int], other: Counter[int]) -> float:
    """How much of the smaller unit lies where both were found: the least spikes of the two in each segment, summed."""
    return (one & other).total() / min(one.total(), other.total())


def _limit_in_turn(one: Counter[int], other: Counter[int], seen_one: Seen, seen_other: Seen, segments: int) -> float:
    """By how much two units that were never found together may differ to be one."""
    often = min(len(one), len(other)) >= IN_TURN_SEGMENTS and len(one) + len(other) >= IN_TURN_COVER * segments
    near = often and np.hypot(*(_place(seen_one) - _place(seen_other))) <= IN_TURN_UM
    return IN_TURN if near else APART


def _neighbours(units: list[Unit]) -> list[set[int]]:
    """For each unit those that would be near it if the tissue had not moved."""
    near: list[set[int]] = [set() for _ in units]
    for one, other in pairs_within([_place(seen) for _, seen in units], COMPARED_UM):
        near[one].add(other)
        near[other].add(one)
    return near


def _place(seen: Seen) -> np.ndarray:
    """Where a unit would be if the tissue had not moved, um."""
    return np.mean([views.templates.places[0] - [0, position] for position, views in seen], axis=0)


def _difference(mover: Mover, one: Seen, other: Seen, second_troughs: bool) -> tuple[float, int]:
    """The least difference of their templates, over the pairs taken at the nearest positions; and by how many samples
    the spikes of `other` must be moved then."""
    tables = ((table if second_troughs else table[:1, :1], moves) for table, moves in _tables(mover, one, other))
    return _least(tables)


def _between_troughs(mover: Mover, one: Seen, other: Seen) -> tuple[float, int]:
    """The same, from the first trough of one to the second of the other, where at the first of both they are opposite:
    some spikes of a unit were found at one of its troughs, and some at another."""
    if all(len(views.times) == 1 for _, views in (*one, *other)):
        return np.inf, 0
    tables = []
    for table, moves in _tables(mover, one, other):
        if table[0, 0] >= OPPOSITE:
            table[0, 0] = np.inf
            tables.append((table, moves))
    return _least(tables)


def _tables(mover: Mover, one: Seen, other: Seen) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The differences of their templates at all troughs, and the samples between these, for the PAIRS taken at the
    nearest positions; infinite from second to second trough, which say nothing that the first do not."""
    apart = sorted((abs(p - q), i, j) for i, (p, _) in enumerate(one) for j, (q, _) in enumerate(other))
    for _, i, j in apart[:PAIRS]:
        (p, first), (q, second) = one[i], other[j]
        there = mover.moved(first.templates, (q - p) / 2), mover.moved(second.templates, (p - q) / 2)
        table = mover.differences(*there)
        table[1:, 1:] = np.inf
        yield table, second.times[None, :] - first.times[:, None]


def _least(tables: Iterable[tuple[np.ndarray, np.ndarray]]) -> tuple[float, int]:
    """The least of some differences, and the samples that go with it; infinite and 0 without any."""
    least, move = np.inf, 0
    for table, moves in tables:
        here = np.unravel_index(table.argmin(), table.shape)
        if table[here] < least:
            least, move = float(table[here]), int(moves[here])
    return least, move


# ---------------------------------------------------------------- in the same segments


def _join_together(
    groups: list[list[int]], members: list[list[tuple[int, int]]], alike: list[Alike], segments: Sequence[SortedSegment]
) -> list[list[int]]:
    """Join the groups whose clusters resemble each other inside the segments; in order of the lowest number."""
    owner = {member: g for g, group in enumerate(groups) for part in group for member in members[part]}
    found_in = [{segment for part in group for segment, _ in members[part]} for group in groups]
    meetings: dict[tuple[int, int], list[tuple[int, int, int, float]]] = {}  # segment, two clusters, difference
    for segment, pairs in enumerate(alike):
        columns = pairs.first.tolist(), pairs.second.tolist(), pairs.difference.tolist()
        for first, second, difference in zip(*columns, strict=True):
            one, other = sorted((owner[segment, first], owner[segment, second]))
            if one != other:
                meetings.setdefault((one, other), []).append((segment, first, second, difference))
    leader = list(range(len(groups)))
    for (one, other), met in sorted(meetings.items()):
        together = len(found_in[one] & found_in[other])
        if min(len(found_in[one]), len(found_in[other])) > 1 and _are_one(met, together, segments):
            low, high = sorted((_leader(leader, one), _leader(leader, other)))
            leader[high] = low
    joined: dict[int, list[int]] = {}
    for g, group in enumerate(groups):
        joined.setdefault(_leader(leader, g), []).extend(group)
    return sorted(sorted(group) for group in joined.values())


def _leader(leader: list[int], group: int) -> int:
    while leader[group] != group:
        group = leader[group]
    return group


def _are_one(met: list[tuple[int, int, int, float]], together: int, segments: Sequence[SortedSegment]) -> bool:
    """Whether two groups that are in `together` segments both are one unit; `met` are those where they are alike."""
    differences = [difference for *_, difference in met]
    middle = float(np.median(differences + [REMEMBERED] * (together - len(differences))))
    if middle < TOGETHER:
        return True
    close = expected = 0.0
    for segment, first, second, _ in met:
        one, other = (segments[segment].spike_clusters[cluster] for cluster in (first, second))
        window = int(TURNS_WINDOW * segments[segment].duration)
        near = np.searchsorted(other, one + window, "right") - np.searchsorted(other, one - window, "left")
        close += near.sum()
        expected += len(one) * len(other) * 2 * window / segments[segment].duration
    return middle < TAKING_TURNS and expected >= FEWEST_EXPECTED and close < TURNS_SHARE * expected
