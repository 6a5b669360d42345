"""Which unit of one recording is which of the next: units are compared themselves, not the clusters of two segments.

A unit may be silent, or missed, just where one recording ends or the other begins. So each is taken as it was last (or
first) seen, a mean of up to `BORDER` segments, moved along the probe with the tissue. Pairs are made one-to-one, only
where two units are alike and no other one is nearer: a unit that is gone is not forced onto a wrong partner.

The limits were set on six simulated series of three sessions (32 and 64 channels, jumps of 10 and 25 um; of 225 true
links 214 had both units sorted): 209 of these were found, 8 of 217 links were wrong, 6 of 85 units that were gone were
given a partner. The published way, by the same units: 158 of 165, 45 of 203, and 55 of 83.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from spikesift_core.decisions import Decision
from spikesift_core.linking import Match, match_with, moved_towards, shift_vectors, shifts_within, with_pairs
from spikesift_core.tracks import owners_of, tracks

if TYPE_CHECKING:
    from spikesift_core.results import SortedRecording, SortedSegment

BORDER = 3  # segments; one finds less, five the same
REFUSED = 0.6  # relative cost from which no pair is made; 0.5 and 0.7 give about the same
Members = Sequence[tuple[int, int]]  # (segment, cluster) of a unit, in time order


@dataclass(frozen=True, eq=False)
class UnitMatch:
    """Units of two recordings matched.

    Attributes
    ----------
    source_units, target_units : id of the unit in each row and column of `match`.
    match : see `Match`, of units in place of clusters; `costs` are sums of relative costs, none above `REFUSED`.
    """

    source_units: tuple[int, ...]
    target_units: tuple[int, ...]
    match: Match

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """(source id, target id) of each pair."""
        rows = np.flatnonzero(self.match.assignment >= 0).tolist()
        return tuple((self.source_units[row], self.target_units[int(self.match.assignment[row])]) for row in rows)


def match_units(
    source: SortedRecording,
    target: SortedRecording,
    *,
    max_drift=30,
    refuse_above: float = REFUSED,
    decisions: Iterable[Decision] = (),
) -> UnitMatch:
    """Match the units of a recording with those of the one made next.

    Parameters
    ----------
    max_drift : um, how far the tissue may have moved between the two; 0 or more, rounded to a multiple of 5.
    refuse_above : relative cost from which no pair is made.
    decisions : what a person decided between the two (see `session_decisions.decisions_between`).

    Raises
    ------
    ValueError
        For different probes, or a drift that is not allowed.
    """
    if not np.array_equal(source.probe_geometry, target.probe_geometry):
        raise ValueError("The two recordings have other contacts: units can only be matched on the same probe.")
    silent = [*source.excluded, *target.excluded]
    sides = [
        Border.of(one.sorted_segments, {track.id: track.members for track in tracks(one)}, positions_of(one), at_end)
        for one, at_end in ((source, True), (target, False))
    ]
    found = match_borders(*sides, source.probe_geometry, silent, max_drift, refuse_above)
    return _decided(found, source, target, decisions)


def _decided(
    found: UnitMatch, source: SortedRecording, target: SortedRecording, decisions: Iterable[Decision]
) -> UnitMatch:
    """The match with pairs made and refused by hand."""
    owners = [owners_of(tracks(recording)) for recording in (source, target)]
    names = found.source_units, found.target_units
    held: tuple[set, set] = (set(), set())
    for one in decisions:
        units = [owner[place] for owner, place in zip(owners, one.pair, strict=True)]
        held[not one.same].add(tuple(side.index(unit) for side, unit in zip(names, units, strict=True)))
    return replace(found, match=with_pairs(found.match, *held))


@dataclass(frozen=True, eq=False)
class Border:
    """The units of a recording where it ends or begins.

    Attributes
    ----------
    units : ids. vectors : (units, channels) float32, each unit's amplitude vector where the tissue is there.
    """

    units: tuple[int, ...]
    vectors: np.ndarray

    @classmethod
    def of(
        cls,
        segments: Sequence[SortedSegment],
        units: Mapping[int, Members],
        place: tuple[np.ndarray, Sequence[float]],
        at_end: bool,
    ) -> Border:
        """Take every unit as it was last (`at_end`) or first seen; `place`: see `positions_of`."""
        geometry, positions = place
        here = positions[-1 if at_end else 0]
        moved: dict[int, np.ndarray] = {}

        def vector(segment: int, cluster: int) -> np.ndarray:
            if segment not in moved:  # the tissue moved up by the difference: what was at y is at y + difference
                moved[segment] = shift_vectors(segments[segment].amplitude_vectors, geometry, positions[segment] - here)
            return moved[segment][cluster]

        vectors = [_mean(segments, _nearest(members, at_end), vector) for members in units.values()]
        return cls(tuple(units), np.array(vectors, np.float32).reshape(-1, len(geometry)))


def positions_of(recording: SortedRecording) -> tuple[np.ndarray, list[float]]:
    """The contacts, and where the tissue was in each segment, um; 0 everywhere if that was not kept."""
    links = recording.links or ()
    return recording.probe_geometry, [one.position for one in links] or [0.0] * len(recording.sorted_segments)


def _nearest(members: Members, at_end: bool) -> Members:
    """Those in the last or the first segments that the unit was found in."""
    found = list(dict.fromkeys(segment for segment, _ in members))
    chosen = set(found[-BORDER:] if at_end else found[:BORDER])
    return [place for place in members if place[0] in chosen]


def _mean(segments: Sequence[SortedSegment], members: Members, vector) -> np.ndarray:
    """Mean vector, weighted by spikes."""
    sizes = [max(1, len(segments[segment].spike_clusters[cluster])) for segment, cluster in members]
    return np.average([vector(*place) for place in members], axis=0, weights=sizes)


def match_borders(
    source: Border, target: Border, geometry, silent: Iterable[int], max_drift: float, refuse_above: float = REFUSED
) -> UnitMatch:
    """Match what `Border.of` gives; `silent` are channels that say nothing about a pair."""
    sides = [border.vectors.copy() for border in (source, target)]
    for vectors in sides:
        vectors[:, list(silent)] = 0
    geometry = np.asarray(geometry, np.float32)
    shifts = shifts_within(max_drift)
    costs = np.array([_assigned(*moved_towards(*sides, geometry, shift), refuse_above)[0] for shift in shifts], float)
    best = float(shifts[costs.argmin()]) if costs.any() else 0.0
    moved = moved_towards(*sides, geometry, best)
    _, assignment = _assigned(*moved, refuse_above)
    moved_source, moved_target, distances = moved
    match = match_with(shifts, costs, best, assignment, distances, moved_source, moved_target)
    return UnitMatch(source.units, target.units, match)


def _assigned(source: np.ndarray, target: np.ndarray, distances: np.ndarray, refuse_above: float):
    """The total cost of the best pairs, none above the limit; and those that are alike and each other's nearest."""
    relative = _relative(source, target, distances)
    rows, columns = linear_sum_assignment(np.minimum(relative, refuse_above))
    pair = relative[rows, columns]
    assignment = np.full(len(relative), -1, np.int64)
    if len(rows):
        nearest = (pair <= relative[rows].min(axis=1)) & (pair <= relative[:, columns].min(axis=0))
        good = np.flatnonzero(nearest & (pair < refuse_above))
        assignment[rows[good]] = columns[good]
    return np.minimum(pair, refuse_above).sum(), assignment


def relative_costs(match: Match) -> np.ndarray:
    """(source, target) float64, the distance of each two over the larger of their norms."""
    return _relative(match.source_vectors, match.target_vectors, match.distances)


def _relative(source: np.ndarray, target: np.ndarray, distances: np.ndarray) -> np.ndarray:
    norms = np.maximum(np.linalg.norm(source, axis=1)[:, None], np.linalg.norm(target, axis=1))
    return np.divide(distances, norms, out=np.zeros(distances.shape), where=norms > 0)
