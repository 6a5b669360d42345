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
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spikesift_core.decisions import Decision
from spikesift_core.linking import (
    Match,
    Tried,
    held_up_to,
    moved_towards,
    relative_distances,
    shift_vectors,
    shifts_within,
    with_pairs,
)
from spikesift_core.pairing import cheapest_pairs
from spikesift_core.tracks import Track, require_sorted, tracks

if TYPE_CHECKING:
    from spikesift_core.results import SortedRecording, SortedSegment

BORDER = 3  # segments; one finds less, five the same
REFUSED = 0.6  # relative cost above which no pair is made; 0.5 and 0.7 give about the same
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
    tried : the same with the pairs that are refused because they are unlike.
    refuse_above : relative cost above which they are.
    """

    source_units: tuple[int, ...]
    target_units: tuple[int, ...]
    match: Match
    tried: Match
    refuse_above: float = REFUSED

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
    shift: float | None = None,
) -> UnitMatch:
    """Match the units of a recording with those of the one made next.

    Parameters
    ----------
    max_drift : um, how far the tissue may have moved between the two; 0 or more, rounded to a multiple of 5.
    refuse_above : relative cost above which no pair is made.
    decisions : what a person decided between the two (see `session_decisions.decisions_between`).
    shift : um, in place of the best one: what a person set (see `session_decisions.shift_between`).

    Raises
    ------
    ValueError
        For anything that is not a SortedRecording, different probes, or a drift that is not allowed.
    """
    names, tried = try_units(source, target, max_drift=reaching(max_drift, shift))
    match = with_pairs(tried.match_at(tried.best if shift is None else shift), *_decided(source, target, decisions))
    return UnitMatch(*names, held_up_to(match, refuse_above), match, refuse_above)


def try_units(
    source: SortedRecording, target: SortedRecording, *, max_drift=30, source_first: bool = True
) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], Tried]:
    """The units of two recordings compared at every shift up to `max_drift`.

    Parameters
    ----------
    max_drift : see `match_units`. source_first : whether the source was made before the target.

    Returns
    -------
    The ids of the units in each row and in each column; and pairs of those that are alike and each other's nearest, and
    of those that are each other's nearest and unlike: `held_up_to` refuses these.

    Raises
    ------
    ValueError
        For different probes, or a drift that is not allowed.
    """
    require_sorted("source", source)
    require_sorted("target", target)
    if not np.array_equal(source.probe_geometry, target.probe_geometry):
        raise ValueError("The two recordings have other contacts: units can only be matched on the same probe.")
    silent = [*source.excluded, *target.excluded]
    sides = []
    for one, at_end in ((source, source_first), (target, not source_first)):
        units = {track.id: track.members for track in tracks(one)}
        sides.append(Border.of(one.sorted_segments, units, positions_of(one), at_end, silent))
    return (sides[0].units, sides[1].units), try_borders(*sides, source.probe_geometry, max_drift)


def reaching(max_drift: float, shift: float | None) -> float:
    """The largest drift to be tried where a person set a shift, um: one that is further away counts all the same."""
    return max_drift if shift is None else max(max_drift, abs(shift))


def _decided(
    source: SortedRecording, target: SortedRecording, decisions: Iterable[Decision]
) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """The pairs of rows and columns made by hand, and those refused."""
    rows = [row_of_places(tracks(recording)) for recording in (source, target)]
    held: tuple[set, set] = (set(), set())
    for one in decisions:
        held[not one.same].add(tuple(row[place] for row, place in zip(rows, one.pair, strict=True)))
    return held


def row_of_places(units: Sequence[Track]) -> dict[tuple[int, int], int]:
    """(segment, cluster) to the row of its unit."""
    return {place: row for row, track in enumerate(units) for place in track.members}


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
    source: Border,
    target: Border,
    geometry,
    max_drift: float,
    refuse_above: float = REFUSED,
    shift: float | None = None,
) -> UnitMatch:
    """Match what `Border.of` gives."""
    tried = try_borders(source, target, geometry, reaching(max_drift, shift), keep=False)
    match = tried.match_at(tried.best if shift is None else shift)
    return UnitMatch(source.units, target.units, held_up_to(match, refuse_above), match, refuse_above)


def try_borders(source: Border, target: Border, geometry, max_drift: float, keep: bool = True) -> Tried:
    """Compare what `Border.of` gives at every shift; `keep` the distances, see `linking.try_shifts`."""
    geometry = np.asarray(geometry, np.float32)
    shifts = shifts_within(max_drift)
    distances, pairs, costs = [], [], np.zeros(len(shifts))
    for place, shift in enumerate(shifts):
        moved = moved_towards(source.vectors, target.vectors, geometry, shift)
        costs[place], found = _assigned(relative_distances(*moved))
        pairs.append(found)
        if keep:
            distances.append(moved[2])
    best = float(shifts[costs.argmin()]) if costs.any() else 0.0
    sides = source.vectors, target.vectors, geometry
    return Tried(shifts, costs, best, *sides, tuple(distances), tuple(pairs), mutual=True)


def _assigned(relative: np.ndarray) -> tuple[float, tuple[np.ndarray, np.ndarray]]:
    """The total of the best pairs, each at most `REFUSED`; and the pairs, see `try_units`, as rows and columns."""
    if not relative.size:
        return 0.0, (np.empty(0, np.int64), np.empty(0, np.int64))
    rows, columns = cheapest_pairs(np.minimum(relative, REFUSED))
    pair = relative[rows, columns]
    nearest = (pair <= relative[rows].min(axis=1)) & (pair <= relative[:, columns].min(axis=0))
    good = nearest & (pair <= REFUSED)
    closest = relative.argmin(axis=1)
    mutual = relative.argmin(axis=0)[closest] == np.arange(len(relative))
    unlike = np.flatnonzero(mutual & (relative.min(axis=1) > REFUSED))
    found = np.concatenate([rows[good], unlike]), np.concatenate([columns[good], closest[unlike]])
    return float(np.minimum(pair, REFUSED).sum()), found
