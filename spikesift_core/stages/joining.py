"""Units that were followed as several are joined: those never found together, and those that one unit fell into."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from spikesift_core.results import SortedSegment
from spikesift_core.stages.moving import COMPARED_UM, Mover, Templates
from spikesift_core.tracks import Track

APART = 0.6  # units never found in the same segment are one when they differ by less
MEETING = 0.5  # the same of units found together now and then: a unit cut in two while it moved
MEETING_SHARE = 0.4  # of the spikes of the smaller one that lie where both are; above it they are two. 0: never joined
PAIRS = 5  # of templates, those taken at the nearest positions of the tissue, that two units are compared by
TOGETHER = 0.3  # units found in the same segments: of 1,400 pairs of true neighbours 2 differed by less than 0.4
TAKING_TURNS = 0.6  # the same, when one is silent while the other fires
TURNS_SHARE = 0.6  # spikes close to the other's, of those expected by chance: below it they take turns
TURNS_WINDOW = 0.03  # of the segment's duration: what counts as close
FEWEST_EXPECTED = 5.0  # spikes close to the other's; of fewer nothing can be said
REMEMBERED = 0.9  # clusters of one segment that differ by more are not remembered as alike

Unit = tuple[list[tuple[int, int]], list[tuple[float, Templates]]]  # members; position and template, latest of each


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


def join(mover: Mover, units: list[Unit], alike: list[Alike], segments: Sequence[SortedSegment]) -> tuple[Track, ...]:
    """Join what is one unit; the lowest number of its parts becomes the id.

    Parameters
    ----------
    units : in order of their number.
    alike : for each segment.
    segments : for each segment, its spikes.
    """
    groups = _join_apart(mover, units, segments)
    groups = _join_together(groups, [unit[0] for unit in units], alike, segments)
    return tuple(Track(group[0], tuple(sorted(m for part in group for m in units[part][0]))) for group in groups)


# ---------------------------------------------------------------- never, or hardly ever, in the same segment


def _join_apart(mover: Mover, units: list[Unit], segments: Sequence[SortedSegment]) -> list[list[int]]:
    """Numbers of the units that belong together, the most alike joined first; in order of the lowest.

    Two that were each found only once are left alone: they are mostly accidents.
    """
    parts = {number: [number] for number in range(len(units))}
    spikes = [_spikes_in(members, segments) for members, _ in units]
    templates = [list(seen) for _, seen in units]
    near = _neighbours(units)
    changes = [0] * len(units)  # how often a unit has grown: what was compared before is out of date
    heap: list[tuple[float, int, int, int, int]] = []

    def compare(one: int, other: int) -> None:
        one, other = min(one, other), max(one, other)
        if len(spikes[one]) == len(spikes[other]) == 1:
            return
        shared = _shared(spikes[one], spikes[other])
        if shared > MEETING_SHARE:
            return
        difference = _difference(mover, templates[one], templates[other])
        if difference < (MEETING if shared else APART):
            heapq.heappush(heap, (difference, one, other, changes[one], changes[other]))

    for one in parts:
        for other in sorted(near[one]):
            if one < other:
                compare(one, other)
    while heap:
        _, one, other, *when = heapq.heappop(heap)
        if one not in parts or other not in parts or when != [changes[one], changes[other]]:
            continue
        parts[one] += parts.pop(other)
        spikes[one] = spikes[one] + spikes[other]
        templates[one] += templates[other]
        changes[one] += 1
        near[one] |= near[other]
        for third in sorted(near[one] & parts.keys() - {one}):
            near[third].add(one)
            compare(one, third)
    return [sorted(group) for _, group in sorted(parts.items())]


def _spikes_in(members: list[tuple[int, int]], segments: Sequence[SortedSegment]) -> Counter[int]:
    """Segment to spikes of a unit there."""
    spikes: Counter[int] = Counter()
    for segment, cluster in members:
        spikes[segment] += max(1, len(segments[segment].spike_clusters[cluster]))
    return spikes


def _shared(one: Counter[int], other: Counter[int]) -> float:
    """How much of the smaller unit lies where both were found: the least spikes of the two in each segment, summed."""
    return (one & other).total() / min(one.total(), other.total())


def _neighbours(units: list[Unit]) -> list[set[int]]:
    """For each unit those that would be near it if the tissue had not moved."""
    near: list[set[int]] = [set() for _ in units]
    if units:
        for one, other in cKDTree([_place(unit) for unit in units]).query_pairs(COMPARED_UM):
            near[one].add(other)
            near[other].add(one)
    return near


def _place(unit: Unit) -> np.ndarray:
    """Where a unit would be if the tissue had not moved, um."""
    return np.mean([template.places[0] - [0, position] for position, template in unit[1]], axis=0)


def _difference(mover: Mover, one: list[tuple[float, Templates]], other: list[tuple[float, Templates]]) -> float:
    """The least difference of their templates, over the pairs taken at the nearest positions."""
    apart = sorted((abs(p - q), i, j) for i, (p, _) in enumerate(one) for j, (q, _) in enumerate(other))
    least = np.inf
    for _, i, j in apart[:PAIRS]:
        (p, first), (q, second) = one[i], other[j]
        table = mover.differences(mover.moved(first, (q - p) / 2), mover.moved(second, (p - q) / 2))
        least = min(least, float(table[0, 0]))
    return least


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
