"""What a `MatchReport` compares: segments of two recordings, or the units of one with those of all before it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from spikesift_core.decisions import Decision
from spikesift_core.linking import Match
from spikesift_core.mapping import UnitMapping, map_units
from spikesift_core.results import SortedRecording
from spikesift_core.rivers import River
from spikesift_core.tracks import tracks
from spikesift_core.unit_facts import depths
from spikesift_core.unit_links import REFUSED
from spikesift_core.verdicts import UNMATCHED, JudgedPair, judge


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two segments of a comparison.

    Attributes
    ----------
    recording : its place in the report. segment : its index there.
    units : id of the unit that each cluster belongs to. depths : (clusters,) float64, um.
    followed : ids of the units reported.
    seen : where all recordings before were compared: for each unit the one in which it was last seen, whose id it has.
    """

    recording: int
    segment: int
    units: tuple[int, ...]
    depths: np.ndarray
    followed: frozenset[int]
    seen: tuple[int, ...] = ()

    def recording_of(self, cluster: int) -> int:
        """The recording, by its place in the report, that a unit is of."""
        return self.seen[cluster] if self.seen else self.recording


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two segments that were compared, or the units of two recordings: source and target, the comparison of all rows,
    every pair, "refused" and "unmatched" ones among them, and whether a person set the shift."""

    source: Side
    target: Side
    match: Match
    pairs: tuple[JudgedPair, ...]
    shift_by_hand: bool = False

    def of(self, *verdicts: str) -> list[JudgedPair]:
        """The pairs with one of these verdicts."""
        return [pair for pair in self.pairs if pair.verdict in verdicts]


def compared_in_turn(
    recordings: Sequence[SortedRecording],
    max_drift: float,
    decisions: Mapping[tuple[int, int], Iterable[Decision]],
    shifts: Sequence[float | None],
) -> Iterator[Comparison]:
    """The last segment of each recording with the first of the next, as a merge links them by segments."""
    for place, (pair, shift) in enumerate(zip(pairwise(recordings), shifts, strict=True)):
        given = {"max_drift": max_drift, "decisions": tuple(decisions.get((place, place + 1), ())), "shift": shift}
        mapping = map_units(*pair, source_segment=-1, followed_only=False, **given)
        yield compared((place, place + 1), pair, mapping, math.inf)


def compared(places: tuple[int, int], recordings: Sequence, mapping: UnitMapping, refuse_above: float) -> Comparison:
    """Two segments; `places` are those of their recordings in the report."""
    reported = (
        {*mapping.unmatched_source, *(first for first, _ in mapping.pairs)},
        {*mapping.unmatched_target, *(second for _, second in mapping.pairs)},
    )
    ends = mapping.source_segment, mapping.target_segment
    sides = [_side(*one) for one in zip(places, recordings, ends, reported, strict=True)]
    judged = judge(mapping.match, refuse_above, *(side.units for side in sides))
    pairs = [shown for pair in judged for shown in _reported(pair, *sides)]
    return Comparison(*sides, mapping.match, tuple(pairs))


def compared_units(found: River, place: int) -> Comparison:
    """The units of recording `place`, in a merge of all up to it, with those of the next.

    What was lost in an earlier one, and is like no unit here either, is not told again.
    """
    crossing, stretches = found.crossings[place], found.stretches
    seen, match = tuple(at for at, _ in crossing.sources), crossing.match
    ids = (
        tuple(stretches[at].units[unit].id for at, unit in crossing.sources),
        tuple(stretches[place + 1].units[unit].id for unit in crossing.targets),
    )
    moved = (match.source_vectors, match.shift / 2), (match.target_vectors, -match.shift / 2)
    heights = [_depths(vectors, stretches[0].recording) + by for vectors, by in moved]
    ends = len(stretches[place].recording.sorted_segments) - 1, 0
    sides = [Side(place + at, ends[at], ids[at], heights[at], frozenset(ids[at])) for at in (0, 1)]
    names = [f"{unit} of {stretches[at].name}" if at != place else unit for at, unit in zip(seen, ids[0], strict=True)]
    pairs = judge(match, REFUSED, names, ids[1])
    told = [one for one in pairs if one.target is not None or seen[one.source] == place]
    return Comparison(replace(sides[0], seen=seen), sides[1], match, tuple(told))


def _depths(vectors: np.ndarray, recording: SortedRecording) -> np.ndarray:
    return depths(vectors, recording.probe_geometry) if len(vectors) else np.empty(0)


def _side(place: int, recording: SortedRecording, segment: int, reported: set[int]) -> Side:
    owner = {cluster: track.id for track in tracks(recording) for at, cluster in track.members if at == segment}
    heights = _depths(recording.sorted_segments[segment].amplitude_vectors if owner else np.empty(0), recording)
    return Side(place, segment, tuple(owner[cluster] for cluster in sorted(owner)), heights, frozenset(reported))


def _reported(pair: JudgedPair, source: Side, target: Side) -> list[JudgedPair]:
    """The pair itself, or what is left of it where one of the two units is not reported."""
    here = pair.source is not None and source.units[pair.source] in source.followed
    there = pair.target is not None and target.units[pair.target] in target.followed
    if pair.source is None or pair.target is None:
        return [pair] if here or there else []
    if here and there:
        return [pair]
    partner = f"target unit {target.units[pair.target]}" if here else f"source unit {source.units[pair.source]}"
    reason = f"its partner, {partner}, was not found in every segment of its recording"
    places = (pair.source, None) if here else (None, pair.target)
    return [JudgedPair(*places, math.nan, math.nan, UNMATCHED, reason)] if here or there else []
