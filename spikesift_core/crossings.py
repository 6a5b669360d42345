"""How the units of one recording are carried on into the next; of several, see also `spikesift_core.merged_rivers`.

Units are those of a `UnitMatch`, as a merge of recordings that were followed over gaps links them; or they are carried
on by a `Match` of the last segment with the first, as the published method does. Pairs that cost too much are no links.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from spikesift_core.decisions import Decision, between
from spikesift_core.linking import Match, with_pairs
from spikesift_core.results import SortedRecording
from spikesift_core.tracks import Track
from spikesift_core.unit_links import UnitMatch

NOWHERE = -1
KEPT = 16  # recordings whose tables are at hand


@dataclass(frozen=True, eq=False)
class Stretch:
    """One recording of a river.

    Attributes
    ----------
    name : how words call it.
    recording : the sorted recording. units : its `tracks`.
    sampling_frequency : Hz; None where it is not known, then rates are spikes per sample.
    parts : of a merged one: the name of each recording in it, and its first segment.
    """

    name: str
    recording: SortedRecording
    units: tuple[Track, ...]
    sampling_frequency: float | None
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, eq=False)
class Crossing:
    """A comparison of a recording with the one before it, or with all before it.

    Attributes
    ----------
    match : with what was decided by hand.
    sources : for each of its rows the recording in which the unit was last seen, and its index there.
    targets : index of the unit in each of its columns.
    refuse_above : relative cost above which a pair is no link, unless it was made by hand.
    by_units : whether units were compared, and not clusters of two segments.
    """

    match: Match
    sources: tuple[tuple[int, int], ...]
    targets: tuple[int, ...]
    refuse_above: float
    by_units: bool


def crossing(
    stretches: Sequence[Stretch],
    compared: Match | UnitMatch | None,
    refuse_above: float,
    decisions: Iterable[Decision],
) -> Crossing | None:
    """A comparison of the last recording with the one before it, as a person changed it; None where there is none.

    stretches : the recordings so far. refuse_above : of a `Match`.
    """
    if compared is None:
        return None
    before = len(stretches) - 2
    here, there = stretches = stretches[-2:]
    decisions = tuple(decisions)
    if isinstance(compared, UnitMatch):
        names = compared.source_units, compared.target_units
        indices = [{track.id: unit for unit, track in enumerate(one.units)} for one in stretches]
        rows = [tuple(index[unit] for unit in ids) for index, ids in zip(indices, names, strict=True)]
        place = [{unit: row for row, unit in enumerate(one)} for one in rows]
        pairs: tuple[set, set] = (set(), set())
        for (source, target), one in decided_units(here, there, decisions).items():
            pairs[not one.same].add((place[0][source], place[1][target]))
        sources = tuple((before, unit) for unit in rows[0])
        return Crossing(with_pairs(compared.tried, *pairs), sources, rows[1], compared.refuse_above, True)
    owners = owners_in(here, len(here.recording.sorted_segments) - 1), owners_in(there, 0)
    rows = [tuple(owner[cluster] for cluster in sorted(owner)) for owner in owners]
    sources = tuple((before, unit) for unit in rows[0])
    return Crossing(_with_pairs(here, there, compared, decisions), sources, rows[1], refuse_above, False)


def decided_units(here: Stretch, there: Stretch, decisions: Iterable[Decision]) -> dict[tuple[int, int], Decision]:
    """See `River.decided`; of two decisions about the same units the later one."""
    owners = [index_of(one) for one in (here, there)]
    found = {}
    for one in decisions:
        pair = tuple(owner.get(place, NOWHERE) for owner, place in zip(owners, one.pair, strict=True))
        if NOWHERE not in pair:
            found[pair] = one
    return found


@lru_cache(KEPT)
def index_of(stretch: Stretch) -> dict[tuple[int, int], int]:
    """(segment, cluster) to the index of the unit it belongs to; kept, not to be changed."""
    return {place: unit for unit, track in enumerate(stretch.units) for place in track.members}


def _with_pairs(here: Stretch, there: Stretch, match: Match, decisions: tuple[Decision, ...]) -> Match:
    """The match as a person changed it."""
    if not decisions:
        return match
    segments = len(here.recording.sorted_segments) - 1, 0
    clusters = [_clusters_of(one, segment) for one, segment in zip((here, there), segments, strict=True)]
    held = between(decisions, [index_of(one) for one in (here, there)], segments, clusters)
    pairs = [{(one.source, one.target) for one in held if one.decision.same is same} for same in (True, False)]
    return with_pairs(match, *pairs)


def _clusters_of(stretch: Stretch, segment: int) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for cluster, unit in owners_in(stretch, segment).items():
        found.setdefault(unit, []).append(cluster)
    return found


def joins(one: Crossing | None, decided: Mapping[tuple[int, int], Decision]) -> tuple[np.ndarray, ...]:
    """Units of two recordings that are one: index here, index there, cost, margin; those made by hand first, then the
    surest."""
    taken: tuple[set[int], set[int]] = (set(), set())
    found = []
    by_hand = [(*pair, decision.cost, decision.margin) for pair, decision in decided.items() if decision.same]
    for row in (*by_hand, *_matched(one)):
        refused = row[:2] in decided and not decided[row[:2]].same
        if row[0] not in taken[0] and row[1] not in taken[1] and not refused:  # a unit may have several clusters
            taken[0].add(row[0])
            taken[1].add(row[1])
            found.append(row)
    table = np.array(found, float).reshape(-1, 4)
    return table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2], table[:, 3]


def _matched(one: Crossing | None) -> list[tuple]:
    """The pairs of a comparison as rows of `joins`, the surest first."""
    if one is None:
        return []
    match = one.match
    rows = np.flatnonzero(match.assignment >= 0)
    rows = rows[match.relative_costs[rows] <= one.refuse_above]
    rows = rows[np.argsort(match.relative_costs[rows], kind="stable")].tolist()
    figures = match.relative_costs, match.margins
    ends = ((one.sources[row][1], one.targets[int(match.assignment[row])]) for row in rows)
    return [(*pair, *(float(table[row]) for table in figures)) for row, pair in zip(rows, ends, strict=True)]


@lru_cache(2 * KEPT)
def owners_in(stretch: Stretch, segment: int) -> Mapping[int, int]:
    """Cluster of a segment to the index of the unit it belongs to."""
    return {
        cluster: unit
        for unit, track in enumerate(stretch.units)
        for place, cluster in track.members
        if place == segment
    }
