"""Units carried on from each recording into the next, where recordings are put one after the other.

Where units were followed over gaps, they are matched as units (`spikesift_core.unit_links`), with all recordings
before: one that is silent for a whole recording is found again after it. Otherwise, and where a match is given, the
last segment of one recording and the first of the next are linked, as published, and nothing is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from spikesift_core.linking import Match, Tried, relative_costs, try_shifts
from spikesift_core.links import NOWHERE, SegmentLinks, links_of_match, moved_links
from spikesift_core.tracks import Track, tracks
from spikesift_core.unit_links import (
    REFUSED,
    Border,
    UnitMatch,
    match_borders,
    positions_of,
    reaching,
    try_borders,
)

if TYPE_CHECKING:
    from spikesift_core.results import SortedRecording, SortedSegment

Place = tuple[int, int]  # segment, cluster


@dataclass(frozen=True)
class _Pair:
    """A unit of the recordings before that goes on in the next one: its id, and how sure that is."""

    unit: int
    cost: float
    margin: float


@dataclass(frozen=True, eq=False)
class Carried:
    """How the units of all recordings before were matched with those of the next one.

    Attributes
    ----------
    found : its source units are numbered as in the merged recording, the target units as in the next one.
    ends : (segment, cluster) of the merged recording in which each source unit was last seen.
    """

    found: UnitMatch
    ends: tuple[Place, ...]


class CarryingOn:
    """Recordings one after the other; `add` each but the first, in the order of time.

    Parameters
    ----------
    followed : whether units are followed over gaps.
    linked : whether the links of all recordings are known.

    Its `carried` are how units were matched with those of each recording added; None where segments were linked.
    """

    def __init__(self, first: SortedRecording, followed: bool, linked: bool):
        self.segments: list[SortedSegment] = list(first.sorted_segments)
        self.chain: list[np.ndarray] = list(first.assignment_chain)
        self.geometry = first.probe_geometry
        self.links: list[SegmentLinks] | None = list(first.links) if linked else None
        self.carried: list[Carried | None] = []
        self.units: dict[int, list[Place]] | None = None
        if followed:
            self.units = {track.id: list(track.members) for track in tracks(first)}

    @property
    def by_units(self) -> bool:
        """Whether units can be matched as units."""
        return self.units is not None and self.links is not None

    @property
    def followed(self) -> tuple[Track, ...] | None:
        """The units so far; None where they are not followed over gaps."""
        if self.units is None:
            return None
        return tuple(Track(number, tuple(sorted(members))) for number, members in self.units.items())

    def add_linked(self, following: SortedRecording, match: Match) -> None:
        """The next recording; its first segment is linked with the last one here as `match` has it."""
        self.carried.append(None)
        before = len(self.segments)
        if self.units is not None:
            owner = self._owners(before - 1)
            came_from = {int(there): owner[here] for here, there in enumerate(match.assignment) if there >= 0}
            pairs = {}
            for track in tracks(following):
                first = (came_from.get(cluster) for segment, cluster in track.members if segment == 0)
                known = next((unit for unit in first if unit is not None), None)
                if known is not None:
                    pairs[track.id] = _Pair(known, np.nan, np.nan)
            self._extend(following, pairs)
        if self.links is not None:
            self._append(following, links_of_match(match, before - 1, self.links[-1].position), [])
        self._end(following, match.assignment)

    def add_matched(
        self,
        following: SortedRecording,
        silent: Sequence[int],
        max_drift: float,
        refuse_above: float = REFUSED,
        shift: float | None = None,
    ) -> None:
        """The next recording; its units are matched with those here. `silent`: channels that do not count; the others
        as for `match_units`."""
        positions = self.geometry, [one.position for one in self.links]
        units = {track.id: track.members for track in tracks(following)}
        here = Border.of(self.segments, self.units, positions, True, silent)
        there = Border.of(following.sorted_segments, units, positions_of(following), False, silent)
        found = match_borders(here, there, self.geometry, max_drift, refuse_above, shift)
        self.carried.append(Carried(found, tuple(members[-1] for members in self.units.values())))
        rows = np.flatnonzero(found.match.assignment >= 0)
        figures = found.match.relative_costs[rows].tolist(), found.match.margins[rows].tolist()
        pairs = {
            target: _Pair(source, cost, margin)
            for (source, target), cost, margin in zip(found.pairs, *figures, strict=True)
        }
        made = [(units[target][0], pair, self.units[pair.unit][-1]) for target, pair in pairs.items()]
        border = replace(self._border(following, found, pairs), limit=refuse_above)
        link = self._link(units, pairs)
        self._append(following, border, made)
        self._extend(following, pairs)
        self._end(following, link)

    def _owners(self, segment: int) -> dict[int, int]:
        """Cluster of a segment to its unit."""
        return {cluster: unit for unit, members in self.units.items() for at, cluster in members if at == segment}

    def _link(self, units: Mapping[int, Sequence[Place]], pairs: Mapping[int, _Pair]) -> np.ndarray:
        """Links from the last segment here to the first there: within a unit only, so that both say the same."""
        link = np.full(len(self.segments[-1]), NOWHERE, np.int64)
        cluster_of = {unit: cluster for cluster, unit in sorted(self._owners(len(self.segments) - 1).items())[::-1]}
        for target, pair in pairs.items():
            first = [cluster for segment, cluster in units[target] if segment == 0]
            if first and pair.unit in cluster_of:
                link[cluster_of[pair.unit]] = first[0]
        return link

    def _border(self, following: SortedRecording, found: UnitMatch, pairs: Mapping[int, _Pair]) -> SegmentLinks:
        """Links of the first segment there as if every cluster began a unit; `_append` adds those that go on."""
        relative, last = relative_costs(found.match), len(self.segments) - 1
        count = len(following.sorted_segments[0])
        column = {unit: place for place, unit in enumerate(found.target_units)}
        owner = {c: track.id for track in tracks(following) for segment, c in track.members if segment == 0}
        there = relative[:, [column[owner[cluster]] for cluster in range(count)]]
        nearest, nearest_costs, unknown = np.full((count, 2), NOWHERE, np.int64), *np.full((2, count), np.nan)
        if there.size:
            ends = np.array([self.units[unit][-1] for unit in found.source_units], np.int64)
            nearest, nearest_costs = ends[there.argmin(axis=0)], there.min(axis=0)
        gone_on = {pairs[unit].unit for unit in owner.values() if unit in pairs}
        row = {unit: place for place, unit in enumerate(found.source_units)}
        lost = {cluster: row[unit] for cluster, unit in self._owners(last).items() if unit not in gone_on}
        of_lost = there[list(lost.values())]
        alike = of_lost.argmin(axis=1) if count else np.full(len(lost), NOWHERE)
        costs = of_lost.min(axis=1) if count else np.full(len(lost), np.nan)
        shift = 0.0 - found.match.shift  # a unit at y here is at y - shift there
        return SegmentLinks(
            shift, self.links[-1].position + shift, REFUSED, np.full((count, 2), NOWHERE, np.int64), unknown, unknown,
            nearest, nearest_costs, np.array([(last, cluster) for cluster in lost], np.int64).reshape(-1, 2),
            alike.astype(np.int64), costs, np.zeros(count, np.int64),
        )  # fmt: skip

    def _append(
        self, following: SortedRecording, border: SegmentLinks, made: Sequence[tuple[Place, _Pair, Place]]
    ) -> None:
        """The links of the next recording. `made`: for each unit that goes on its first cluster, how sure that is, and
        its last cluster here."""
        added = [border, *(moved_links(one, len(self.segments), border.position) for one in following.links[1:])]
        for (segment, cluster), pair, last in made:
            names = ("before", "costs", "margins", "nearest", "nearest_costs")
            tables = {name: getattr(added[segment], name).copy() for name in names}
            tables["before"][cluster], tables["nearest"][cluster] = last, NOWHERE
            tables["costs"][cluster], tables["margins"][cluster] = pair.cost, pair.margin
            tables["nearest_costs"][cluster] = np.nan
            added[segment] = replace(added[segment], **tables)
        self.links += added

    def _extend(self, following: SortedRecording, pairs: Mapping[int, _Pair]) -> None:
        """The units of the next recording: those that go on, and new ones with the next free numbers."""
        before = len(self.segments)
        for track in tracks(following):
            number = pairs[track.id].unit if track.id in pairs else max(self.units, default=-1) + 1
            members = [(segment + before, cluster) for segment, cluster in track.members]
            self.units.setdefault(number, []).extend(members)

    def _end(self, following: SortedRecording, link: np.ndarray) -> None:
        self.segments += following.sorted_segments
        self.chain += [link, *following.assignment_chain]


def carry_on(
    recordings: Sequence[SortedRecording],
    *,
    max_drift=30,
    matches: Sequence[Match | None] | None = None,
    refuse_above: float = REFUSED,
    shifts: Sequence[float | None] | None = None,
) -> CarryingOn:
    """Recordings as they were sorted, one after the other; parameters are those of `merge_recordings`, whose work this
    does apart from what was decided by hand. Whether their clocks follow each other is not looked at."""
    sorted_ones = [recording.undecided for recording in recordings]
    excluded = excluded_of(recordings)
    merged = CarryingOn(
        sorted_ones[0],
        followed=any(recording.followed is not None for recording in sorted_ones),
        linked=all(recording.links is not None for recording in sorted_ones),
    )
    pauses = len(recordings) - 1
    given = zip(sorted_ones[1:], matches or [None] * pauses, shifts or [None] * pauses, strict=True)
    for following, match, shift in given:
        if match is None and merged.by_units:
            merged.add_matched(following, list(excluded), max_drift, refuse_above, shift)
            continue
        vectors = comparable(merged.segments[-1], following.sorted_segments[0], excluded)
        tried = try_shifts(*vectors, following.probe_geometry, reaching(max_drift, shift), keep=False)
        merged.add_linked(following, match or tried.match_at(tried.best if shift is None else shift))
    return merged


@dataclass(frozen=True, eq=False)
class BorderTried:
    """What a merge compared where one of its recordings begins.

    Attributes
    ----------
    sources : the units up to there, as far as they were found. targets : those of that recording, as it was sorted.
    tried : both compared at every shift; `best` is the shift that the merge took.
    """

    sources: tuple[Track, ...]
    targets: tuple[Track, ...]
    tried: Tried


def border_units(merged: SortedRecording, border: int, end: int) -> tuple[tuple[Track, ...], tuple[Track, ...]]:
    """The units of a merged recording up to a recording in it (segments `border` to `end`), and those inside that."""
    sides = []
    for first, last in ((0, border), (border, end)):
        inside = ((one.id, tuple(m for m in one.members if first <= m[0] < last)) for one in tracks(merged.undecided))
        sides.append(tuple(Track(number, members) for number, members in inside if members))
    return sides[0], sides[1]


def try_border(merged: SortedRecording, border: int, end: int, max_drift: float) -> BorderTried:
    """Compare again what `merge_recordings` compared where a recording in it (segments `border` to `end`) begins."""
    base = merged.undecided
    sources, targets = border_units(base, border, end)
    geometry, positions = positions_of(base)
    here = Border.of(
        base.sorted_segments, {one.id: one.members for one in sources}, (geometry, positions[:border]), True,
        list(base.excluded),
    )  # fmt: skip
    members = {one.id: [(segment - border, cluster) for segment, cluster in one.members] for one in targets}
    place = geometry, positions[border:]
    there = Border.of(base.sorted_segments[border:end], members, place, False, list(base.excluded))
    shift = 0.0 - base.links[border].shift
    tried = try_borders(here, there, geometry, reaching(max_drift, shift))
    return BorderTried(
        sources, targets, replace(tried, best=float(tried.shifts[np.abs(tried.shifts - shift).argmin()]))
    )


def excluded_of(recordings: Sequence[SortedRecording]) -> dict[int, str]:
    """Number of each channel that was left out of one of them, to the reason in words."""
    found = {channel: words for recording in recordings for channel, words in recording.excluded.items()}
    return dict(sorted(found.items()))


def comparable(first: SortedSegment, second: SortedSegment, excluded: Mapping[int, str]) -> list[np.ndarray]:
    """Amplitude vectors of both, 0 on the channels that were left out of either: those say nothing about a pair."""
    vectors = [first.amplitude_vectors, second.amplitude_vectors]
    if excluded:
        vectors = [one.copy() for one in vectors]
        for one in vectors:
            one[:, list(excluded)] = 0
    return vectors
