"""Which unit of one recording is which of the next: units are compared themselves, not the clusters of two segments.

A unit may be silent, or missed, just where one recording ends or the other begins. So each is taken as it was last (or
first) seen, a mean of up to `BORDER` segments, moved along the probe with the tissue. Pairs are made one-to-one, only
where two units are alike and no other one is nearer: a unit that is gone is not forced onto a wrong partner.

The limits were set on seven simulated series of three sessions (32, 64 and 192 channels, jumps of 10 and 25 um; of 325
true links 309 had both units sorted): 304 of these were found, 13 of 317 links were wrong (most of them from or to a
unit that was sorted together with another one), and 6 of 124 units that were gone were given a partner.
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
NEAR_UM = 90.0  # around the peak: 80 to 130 um give about the same; spikes are seen hardly further away
FAR_UM, FEWEST_FAR = 150.0, 8  # channels so far away, and so many, tell what the noise alone gives
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
    sides = []
    for one, at_end in ((source, True), (target, False)):
        units = {track.id: track.members for track in tracks(one)}
        sides.append(Border.of(one.sorted_segments, units, positions_of(one), at_end, silent))
    found = match_borders(*sides, source.probe_geometry, max_drift, refuse_above)
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
    units : ids. vectors : (units, channels) float32, each unit's amplitude vector where the tissue is there, around its
        peak and less what the noise alone gives.
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
        silent: Sequence[int] = (),
    ) -> Border:
        """Take every unit as it was last (`at_end`) or first seen.

        Parameters
        ----------
        place : see `positions_of`.
        silent : channels that were left out of one of the recordings, and say nothing.
        """
        geometry, positions = place
        here = positions[-1 if at_end else 0]
        moved: dict[int, np.ndarray] = {}

        def vector(segment: int, cluster: int) -> np.ndarray:
            if segment not in moved:  # the tissue moved up by the difference: what was at y is at y + difference
                moved[segment] = shift_vectors(segments[segment].amplitude_vectors, geometry, positions[segment] - here)
            return moved[segment][cluster]

        means = [_mean(segments, _nearest(members, at_end), vector) for members in units.values()]
        counts = np.ones(len(geometry), bool)
        counts[list(silent)] = False
        vectors = [_around_peak(np.where(counts, mean, 0), geometry, counts) for mean in means]
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


def _around_peak(vector: np.ndarray, geometry: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The vector near its peak; without that, units on a long probe are alike in the noise that all channels have."""
    away = np.hypot(*(geometry - geometry[int(vector.argmax())]).T)
    far = vector[(away > FAR_UM) & counts]
    noise = np.median(far) if len(far) >= FEWEST_FAR else 0.0
    return np.where((away <= NEAR_UM) & counts, vector - noise, 0.0)


def match_borders(
    source: Border, target: Border, geometry, max_drift: float, refuse_above: float = REFUSED
) -> UnitMatch:
    """Match what `Border.of` gives."""
    geometry = np.asarray(geometry, np.float32)
    shifts = shifts_within(max_drift)
    costs = np.array(
        [
            _assigned(*moved_towards(source.vectors, target.vectors, geometry, shift), refuse_above)[0]
            for shift in shifts
        ],
        float,
    )
    best = float(shifts[costs.argmin()]) if costs.any() else 0.0
    moved = moved_towards(source.vectors, target.vectors, geometry, best)
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
