"""The units that follow from what the sorter linked and from what a person decided (see `spikesift_core.decisions`).

What was sorted is never changed: `decide` makes another recording with the same segments and other links, and keeps the
one it was made from, so that a decision can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from spikesift_core.decisions import Decision, Place, moved
from spikesift_core.links import NOWHERE, SegmentLinks
from spikesift_core.tracks import Track, owners_of, require_sorted, tracks

if TYPE_CHECKING:
    from spikesift_core.results import SortedRecording

KEPT = 8  # recordings


def decide(recording: SortedRecording, decisions: Iterable[Decision]) -> SortedRecording:
    """The recording with these decisions, in the order they were made, in place of those it had.

    Where two clusters are one unit, so are their units if they share no segment; else the first one's up to `first` and
    the second one's after it (from `second` on, if it was there up to `first` too), and what is left of the two are
    units of their own. Where they are not, the unit ends with `first`, and what comes after it is a unit of its own. A
    part that is cut off gets the next free number.

    Raises
    ------
    ValueError
        For a decision about a cluster that is not there, or about two of one segment.
    """
    require_sorted("recording", recording)
    base, decisions = recording.undecided, tuple(decisions)
    if not decisions:
        return base
    check_decisions(decisions, [len(segment) for segment in base.sorted_segments])
    parting = _Parting(tracks(base))
    for one in decisions:
        (parting.join if one.same else parting.part)(one)
    holding = [one for one in decisions if one.same and parting.owner[one.first] == parting.owner[one.second]]
    links = None if base.links is None else _relinked(base.links, holding, parting)
    return base.relinked(_rechained(base, holding, parting), parting.tracks(), links, decisions)


def check_decisions(decisions: Iterable[Decision], sizes: Sequence[int]) -> None:
    """Raise ValueError for decisions that do not fit segments with so many clusters."""
    for one in decisions:
        for segment, cluster in one.pair:
            if not (0 <= segment < len(sizes) and 0 <= cluster < sizes[segment]):
                raise ValueError(f"a decision names cluster {cluster} of segment {segment}, which is not there.")
        if one.first[0] >= one.second[0]:
            raise ValueError(
                f"a decision must be about an earlier and a later segment, not {one.first[0]} and {one.second[0]}."
            )


class _Parting:
    """Units while they are joined and cut."""

    def __init__(self, units: Sequence[Track]):
        self.units = {track.id: track for track in units}
        self.owner = owners_of(units)
        self.before: dict[Place, int] = {}  # first owner of each cluster that changed it
        self.touched: set[Place] = set()
        self._next = max(self.units, default=-1) + 1

    def join(self, one: Decision) -> None:
        first, second = (self.owner[place] for place in one.pair)
        if first == second:
            return
        here, there = self._taken_out(first), self._taken_out(second)
        cut = one.first[0] if set(here.segments) & set(there.segments) else None
        if cut is None:
            earlier = first if here.members[0] < there.members[0] else second
            self._put(earlier, (*here.members, *there.members))
            return
        # What the second one was before it goes on as it was sorted.
        edge = one.second[0] - 1 if there.members[0][0] <= cut else cut
        self._put(first, (*_until(here, cut), *_after(there, edge)))
        self._put(second, _until(there, edge))
        self._put(self._free(), _after(here, cut))

    def part(self, one: Decision) -> None:
        first, second = (self.owner[place] for place in one.pair)
        if first == second:
            unit = self._taken_out(first)
            self._put(first, _until(unit, one.first[0]))
            self._put(self._free(), _after(unit, one.first[0]))

    def tracks(self) -> tuple[Track, ...]:
        """The units in order of id."""
        return tuple(self.units[number] for number in sorted(self.units))

    def apart(self, one: Place, other: Place) -> bool:
        """Whether two clusters of one unit are not of one any more."""
        before = [self.before.get(place, self.owner[place]) for place in (one, other)]
        return before[0] == before[1] and self.owner[one] != self.owner[other]

    def _taken_out(self, number: int) -> Track:
        self.touched.update(self.units[number].members)
        return self.units.pop(number)

    def _put(self, number: int, members: Sequence[Place]) -> None:
        if not members:
            return
        self.units[number] = Track(number, tuple(sorted(members)))
        for place in members:
            if self.owner[place] != number:
                self.before.setdefault(place, self.owner[place])
                self.owner[place] = number

    def _free(self) -> int:
        self._next += 1
        return self._next - 1


def _until(track: Track, segment: int) -> tuple[Place, ...]:
    return tuple(place for place in track.members if place[0] <= segment)


def _after(track: Track, segment: int) -> tuple[Place, ...]:
    return tuple(place for place in track.members if place[0] > segment)


def _rechained(base: SortedRecording, holding: Sequence[Decision], parting: _Parting) -> list[np.ndarray]:
    """The chain of assignments between neighbouring segments."""
    chain = list(base.assignment_chain)
    changed: dict[int, np.ndarray] = {}

    def link(segment: int) -> np.ndarray:
        return changed.setdefault(segment, chain[segment].copy())

    for segment, cluster in parting.touched:
        if segment < len(chain) and chain[segment][cluster] >= 0:
            following = (segment + 1, int(chain[segment][cluster]))
            if parting.apart((segment, cluster), following):
                link(segment)[cluster] = NOWHERE
    for one in holding:
        (segment, cluster), (other, partner) = one.pair
        if other == segment + 1:
            link(segment)[link(segment) == partner] = NOWHERE
            link(segment)[cluster] = partner
    return [changed.get(segment, one) for segment, one in enumerate(chain)]


def _relinked(
    links: Sequence[SegmentLinks], holding: Sequence[Decision], parting: _Parting
) -> tuple[SegmentLinks, ...]:
    """Links that were cut are those most alike now; links that were made have the figures of the decision."""
    changed: dict[int, dict[str, np.ndarray]] = {}

    def tables(segment: int) -> dict[str, np.ndarray]:
        names = ("before", "costs", "margins", "nearest", "nearest_costs")
        return changed.setdefault(segment, {name: getattr(links[segment], name).copy() for name in names})

    def cut(segment: int, cluster: int) -> None:
        table = tables(segment)
        table["nearest"][cluster], table["nearest_costs"][cluster] = table["before"][cluster], table["costs"][cluster]
        table["before"][cluster], table["costs"][cluster], table["margins"][cluster] = NOWHERE, np.nan, np.nan

    for segment, cluster in parting.touched:
        before = tuple(links[segment].before[cluster].tolist())
        if before[0] >= 0 and parting.apart(before, (segment, cluster)):
            cut(segment, cluster)
    for one in holding:
        segment, cluster = one.second
        table = tables(segment)
        for other in np.flatnonzero((table["before"] == one.first).all(axis=1)).tolist():
            if other != cluster:
                cut(segment, other)
        if tuple(table["before"][cluster].tolist()) != one.first:
            table["before"][cluster], table["costs"][cluster] = one.first, one.cost
            table["margins"][cluster] = one.margin
            table["nearest"][cluster], table["nearest_costs"][cluster] = NOWHERE, np.nan
    return tuple(replace(one, **changed.get(segment, {})) for segment, one in enumerate(links))


# ---------------------------------------------------------------- recordings one after the other


def decisions_of_merged(
    base: SortedRecording,
    recordings: Sequence[SortedRecording],
    between: Mapping[tuple[int, int], Iterable[Decision]],
) -> tuple[Decision, ...]:
    """The decisions of recordings put one after the other, and those between them, for the merged one.

    Parameters
    ----------
    base : the merged one, before anything was decided by hand.
    between : for two places in the list, the earlier one first, the decisions between them. They are about units: they
        are made between the last cluster of the one and the first of the other, whichever clusters they name.
    """
    starts = np.cumsum([0, *(len(one.sorted_segments) for one in recordings)]).tolist()
    found = [decision for one, start in zip(recordings, starts, strict=False)
             for decision in moved(one.decisions, start, start)]  # fmt: skip
    for (here, there), decisions in between.items():
        units = [member_units(recordings[place]) for place in (here, there)]
        for one in decisions:
            pair = [one_side.get(place) for one_side, place in zip(units, one.pair, strict=True)]
            if None not in pair:
                ends = replace(one, first=pair[0].members[-1], second=pair[1].members[0])
                (crossed,) = moved([ends], starts[here], starts[there])
                found += [*replaced(base, crossed, range(starts[here], starts[here + 1]), starts[there]), crossed]
    return tuple(found)


def replaced(base: SortedRecording, one: Decision, before: range, border: int) -> tuple[Decision, ...]:
    """The links over a border that a pair made by hand takes the place of, as decisions against them: a unit has one
    partner on the other side, as the table of pairs shows it, also where two candidates share no segment.

    Parameters
    ----------
    base : before anything was decided by hand.
    before : segments of the recording of `one.first`. border : the first segment of the recording of `one.second`.
    """
    if not one.same:
        return ()
    here, there = (member_units(base)[place].members for place in one.pair)
    rival = any(segment in before for segment, _cluster in there)
    cut = [there] if here != there and rival else []
    cut += [here] if here != there else []
    return tuple(
        Decision(members[at - 1], members[at], False)
        for members in cut
        for at in [_crossed(members, border)]
        if 0 < at < len(members)
    )


def _crossed(members: Sequence[Place], border: int) -> int:
    """Which of a unit's clusters is the first at or after a border."""
    return sum(segment < border for segment, _cluster in members)


# ---------------------------------------------------------------- in words


@lru_cache(KEPT)
def member_units(recording: SortedRecording) -> Mapping[Place, Track]:
    """(segment, cluster) to the unit it belongs to."""
    return {member: track for track in tracks(recording) for member in track.members}


@lru_cache(KEPT)
def hand_made(recording: SortedRecording) -> Mapping[Place, Decision]:
    """The decisions that hold because of which a cluster continues another one: by the later cluster."""
    owner = owners_of(tracks(recording)) if recording.decisions else {}
    return {one.second: one for one in recording.decisions if one.same and owner[one.first] == owner[one.second]}


def why_ended(recording: SortedRecording, places: Iterable[Place], owner: Mapping[Place, int]) -> str:
    """Why a unit does not go on from these clusters, if a person decided it, in words; else ""."""
    return next(filter(None, (_broken(recording, place, owner, 1) for place in places)), "")


def why_separate(recording: SortedRecording, places: Iterable[Place], owner: Mapping[Place, int]) -> str:
    """Why a unit begins with these clusters, if a person decided it, in words; else ""."""
    return next(filter(None, (_broken(recording, place, owner, -1) for place in places)), "")


def _broken(recording: SortedRecording, place: Place, owner: Mapping[Place, int], step: int) -> str:
    """What came next to a cluster (`step` 1) or before it (-1) as it was sorted, if it is another unit now."""
    if not recording.decisions:
        return ""
    members = member_units(recording.undecided)[place].members
    further = [other for other in members[::step] if (other[0] - place[0]) * step > 0]
    if not further or owner[further[0]] == owner[place]:
        return ""
    units = {owner[place], owner[further[0]]}
    taken = any(one.same and not {place, further[0]}.isdisjoint(one.pair) for one in recording.decisions)
    refused = (not one.same and {owner[end] for end in one.pair} == units for one in recording.decisions)
    if not taken and any(refused):
        return f"its link with unit {owner[further[0]]} was refused by hand"
    which = "with which it went on" if step > 0 else "from which it came"
    return f"unit {owner[further[0]]}, {which}, was linked otherwise by hand"
