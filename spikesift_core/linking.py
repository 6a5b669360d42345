"""Which cluster of one segment is which of another (ALGORITHM 7).

The amplitude vectors of both are moved along the probe, towards each other, by every shift in question; at each shift
the one-to-one assignment with the least total distance is found. The shift with the least total gives the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from spikesift_core.kernels.distances import vector_distances
from spikesift_core.pairing import cheapest_pairs
from spikesift_core.parameters import checked
from spikesift_core.probe_contacts import layout

SHIFT_STEP = 5.0  # um
SAME_COLUMN = 2.0  # um; contacts whose x differ by no more lie in one column


@dataclass(frozen=True, eq=False)
class Match:
    """How the clusters of a source were matched with those of a target.

    Attributes
    ----------
    shifts : (k,) float64, um tried; the source is moved by +shift / 2, the target by -shift / 2.
    costs : (k,) float64, total distance of the best assignment at each shift.
    shift : um, the one chosen (the lowest of equal ones; 0 when there is nothing to match). A unit at y in the source
        is at y - shift in the target.
    assignment : (source clusters,) int64, cluster of the target or -1.
    pair_costs : (source clusters,) float64, distance of each pair after the shift; nan without a partner.
    relative_costs : the same over the larger norm of the two vectors: 0 alike, above 1 unlike.
    margins : (next best - pair) / the larger of the two, by `measure`, where next best is the nearest other candidate
        for either of the pair: 1 no doubt, 0 a tie, below 0 (down to -1) where another one is nearer and the pair was
        forced; nan without a partner or without another candidate.
    distances : (source, target) float64, all distances at the chosen shift.
    source_vectors, target_vectors : (clusters, channels) float32, after the shift.
    proposed : (source clusters,) int64, the assignment before anything was decided by hand (see `with_pairs`).
    made, refused : pairs (source, target) made and refused by hand.
    mutual : whether only those that are each other's nearest by their relative cost were paired; else all that can be,
        one-to-one.
    """

    shifts: np.ndarray
    costs: np.ndarray
    shift: float
    assignment: np.ndarray
    pair_costs: np.ndarray
    relative_costs: np.ndarray
    margins: np.ndarray
    distances: np.ndarray
    source_vectors: np.ndarray
    target_vectors: np.ndarray
    proposed: np.ndarray
    made: frozenset[tuple[int, int]] = frozenset()
    refused: frozenset[tuple[int, int]] = frozenset()
    mutual: bool = False

    @cached_property
    def measure(self) -> np.ndarray:
        """(source, target) float64, how unlike each two are, by which they were paired: distances, or relative costs
        where `mutual`."""
        return relative_costs(self) if self.mutual else self.distances


def find_optimal_assignment(vectors1, vectors2, probe_geometry, max_drift) -> np.ndarray:
    """For each cluster of the first segment the cluster of the second, or -1: (clusters of 1,) int64.

    Parameters
    ----------
    vectors1, vectors2 : (clusters, channels) float32 amplitude vectors.
    probe_geometry : (channels, 2) um.
    max_drift : um, 0 or more; rounded to a multiple of 5.
    """
    return match_clusters(vectors1, vectors2, probe_geometry, max_drift).assignment


def match_clusters(vectors1, vectors2, probe_geometry, max_drift: float = 30.0) -> Match:
    """`find_optimal_assignment`, with all that is needed to judge it.

    Raises
    ------
    ValueError
        If the vectors do not have one finite value for each channel, or `max_drift` is not allowed.
    """
    tried = try_shifts(vectors1, vectors2, probe_geometry, max_drift, keep=False)
    return tried.match_at(tried.best)


@dataclass(frozen=True, eq=False)
class Tried:
    """Two sets of vectors compared at every shift in question, so that the match at any of them is quickly there.

    Attributes
    ----------
    shifts, costs : see `Match`.
    best : the shift with the least total cost (the lowest of equal ones; 0 when there is nothing to match).
    source, target : (clusters, channels) float32, as they were given.
    geometry : (channels, 2) float32, um.
    distances : for each shift (source, target) float64; or none, which are then computed when they are asked for.
    assignments : for each shift the pairs, sources and targets (pairs,) int64.
    mutual : see `Match`.
    """

    shifts: np.ndarray
    costs: np.ndarray
    best: float
    source: np.ndarray
    target: np.ndarray
    geometry: np.ndarray
    distances: tuple[np.ndarray, ...]
    assignments: tuple[tuple[np.ndarray, np.ndarray], ...]
    mutual: bool = False

    @property
    def turned(self) -> Tried:
        """The same seen from the target: what was moved up was moved down."""
        assignments = ((columns, rows) for rows, columns in reversed(self.assignments))
        return replace(
            self,
            shifts=0.0 - self.shifts[::-1],
            costs=self.costs[::-1],
            best=0.0 - self.best,
            source=self.target,
            target=self.source,
            distances=tuple(np.ascontiguousarray(table.T) for table in reversed(self.distances)),
            assignments=tuple(assignments),
        )

    def match_at(self, shift: float) -> Match:
        """The match at the shift that was tried nearest to `shift` (um)."""
        place = int(np.abs(self.shifts - shift).argmin())
        shift = float(self.shifts[place])
        if self.distances:
            sides = ((self.source, shift / 2), (self.target, -shift / 2))
            moved_vectors = [shift_vectors(vectors, self.geometry, by) for vectors, by in sides]
            distances = self.distances[place]
        else:
            *moved_vectors, distances = moved_towards(self.source, self.target, self.geometry, shift)
        assignment = np.full(len(self.source), -1, np.int64)
        rows, columns = self.assignments[place]
        assignment[rows] = columns
        figures = self.shifts, self.costs, shift, assignment, distances
        return match_with(*figures, *moved_vectors, mutual=self.mutual)


def try_shifts(vectors1, vectors2, probe_geometry, max_drift: float = 30.0, keep: bool = True) -> Tried:
    """Compare at every shift; parameters and errors are those of `match_clusters`.

    keep : the distances at every shift, for one who goes from one to the next; of many clusters they take much memory.
    """
    geometry = layout(probe_geometry).positions
    source, target = (_checked_vectors(vectors, len(geometry)) for vectors in (vectors1, vectors2))
    shifts = shifts_within(max_drift)
    distances, assignments, costs = [], [], np.zeros(len(shifts))
    for place, shift in enumerate(shifts):
        table = moved_towards(source, target, geometry, shift)[2]
        assignments.append(cheapest_pairs(table))
        costs[place] = table[assignments[-1]].sum()
        if keep:
            distances.append(table)
    # Without a pair every shift costs the same, nothing: then none is the honest answer.
    best = float(shifts[costs.argmin()]) if len(source) and len(target) else 0.0
    return Tried(shifts, costs, best, source, target, geometry, tuple(distances), tuple(assignments))


def shifts_within(max_drift: float) -> np.ndarray:
    """The shifts tried, (k,) float64, um; ValueError for a drift that is not allowed."""
    reach = checked("max_drift", max_drift)
    return np.arange(-reach, reach + SHIFT_STEP / 2, SHIFT_STEP)


def with_pairs(match: Match, same: Iterable[tuple[int, int]], apart: Iterable[tuple[int, int]]) -> Match:
    """The match with pairs (source, target) made by hand in place of those proposed, and without those refused.

    Whoever loses its partner has none then: nothing else is assigned anew.
    """
    assignment = match.proposed.copy()
    for source, target in apart:
        if assignment[source] == target:
            assignment[source] = -1
    made = tuple(same)
    for source, target in made:
        assignment[assignment == target] = -1
        assignment[source] = target
    return _reassigned(match, assignment, frozenset(made), frozenset(apart))


def held_up_to(match: Match, limit: float) -> Match:
    """The match without the pairs whose relative cost is above `limit`; those made by hand stay."""
    rows = np.flatnonzero(match.assignment >= 0)
    by_hand = np.array([(row, match.assignment[row]) in match.made for row in rows.tolist()], bool)
    assignment = match.assignment.copy()
    assignment[rows[(match.relative_costs[rows] > limit) & ~by_hand]] = -1
    return _reassigned(match, assignment, match.made, match.refused)


def _reassigned(match: Match, assignment: np.ndarray, made: frozenset, refused: frozenset) -> Match:
    figures = match.shifts, match.costs, match.shift, assignment, match.distances
    changed = match_with(*figures, match.source_vectors, match.target_vectors, mutual=match.mutual)
    return replace(changed, proposed=match.proposed, made=made, refused=refused)


def match_with(shifts, costs, shift, assignment, distances, moved_source, moved_target, *, mutual=False) -> Match:
    """Costs and margins of the pairs of an assignment."""
    rows = np.flatnonzero(assignment >= 0)
    columns = assignment[rows]
    pair_costs, relative, margins = (np.full(len(distances), np.nan) for _ in range(3))
    pair_costs[rows] = distances[rows, columns]
    norms = np.maximum(np.linalg.norm(moved_source[rows], axis=1), np.linalg.norm(moved_target[columns], axis=1))
    relative[rows] = np.divide(pair_costs[rows], norms, out=np.zeros(len(rows)), where=norms > 0)
    found = Match(
        shifts, costs, float(shift), assignment,
        pair_costs, relative, margins, distances, moved_source, moved_target, assignment, mutual=mutual,
    )  # fmt: skip
    margins[rows] = _margins(found.measure, rows, columns)
    return found


def pair_figures(match: Match, source: int, target: int) -> tuple[float, float]:
    """Relative cost and margin of any pair, also of one that was not made; see `Match`."""
    cost = float(match.distances[source, target])
    norm = max(float(np.linalg.norm(match.source_vectors[source])), float(np.linalg.norm(match.target_vectors[target])))
    margin = _margins(match.measure, np.array([source]), np.array([target]))
    return (cost / norm if norm else 0.0), float(margin[0])


def relative_costs(match: Match) -> np.ndarray:
    """(source, target) float64, the distance of each two over the larger of their norms."""
    return relative_distances(match.source_vectors, match.target_vectors, match.distances)


def relative_distances(source: np.ndarray, target: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Distances (source, target) over the larger of the norms of each two vectors."""
    norms = np.maximum(np.linalg.norm(source, axis=1)[:, None], np.linalg.norm(target, axis=1))
    return np.divide(distances, norms, out=np.zeros(distances.shape), where=norms > 0)


def moved_towards(source, target, geometry, shift) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both sets of vectors moved by half the shift, towards each other, and the distances between them."""
    moved_source = shift_vectors(source, geometry, shift / 2)
    moved_target = shift_vectors(target, geometry, -shift / 2)
    distances = np.empty((len(source), len(target)))
    # "W": for vectors that must not be written to the kernel would be compiled once more.
    vector_distances(*(np.require(moved, requirements="CW") for moved in (moved_source, moved_target)), distances)
    return moved_source, moved_target, distances


def _margins(distances: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """See `Match`: (next best - pair) / the larger of the two, for each pair."""
    if not len(rows):
        return np.empty(0)
    others = distances.copy()
    others[rows, columns] = np.inf
    nearest_other = np.minimum(others.min(axis=1)[rows], others.min(axis=0)[columns])
    pair = distances[rows, columns]
    larger = np.maximum(nearest_other, pair)
    there = np.isfinite(nearest_other)
    margins = np.where(there, 0.0, np.nan)
    return np.divide(nearest_other - pair, larger, out=margins, where=there & (larger > 0))


def shift_vectors(vectors, probe_geometry, shift: float) -> np.ndarray:
    """Move amplitude vectors along the probe.

    The value at a contact (x, y) is interpolated between the two contacts of its column just below and just above
    y + shift; beyond the ends of the column the last one is taken.

    Parameters
    ----------
    vectors : (clusters, channels) float32.
    probe_geometry : (channels, 2) um.
    shift : um.

    Returns
    -------
    (clusters, channels) float32.
    """
    vectors = np.asarray(vectors, np.float32)
    if shift == 0:
        return vectors
    below, above, weight = _interpolation(np.asarray(probe_geometry, np.float32).tobytes(), float(shift))
    return vectors[:, below] * (1 - weight) + vectors[:, above] * weight


@lru_cache(maxsize=256)
def _interpolation(positions: bytes, shift: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For every contact the two it is interpolated from, (channels,) int64 each, and the weight (float32) of the upper.

    As in the published package, down to two details that decide ties: of contacts at one place the last is taken from
    below and the first from above, in order of y; and where a column begins above the lowest contact of the probe,
    that lowest contact stands in for the missing one below.

    positions : (channels, 2) float32 as bytes, so that what was found for a probe is found again.
    """
    geometry = np.frombuffer(positions, np.float32).reshape(-1, 2)
    order = np.argsort(geometry[:, 1], kind="stable")
    y = geometry[order, 1]
    wanted = geometry[:, 1, None] + np.float32(shift)
    column = np.abs(geometry[:, None, 0] - geometry[order, 0]) <= SAME_COLUMN
    low, high = column & (y <= wanted), column & (y >= wanted)
    below = np.where(low.any(axis=1), len(y) - 1 - low[:, ::-1].argmax(axis=1), 0)
    above = np.where(high.any(axis=1), high.argmax(axis=1), below)
    below = np.where(y[below] > wanted[:, 0], above, below)
    gap = y[above] - y[below]
    weight = np.divide(wanted[:, 0] - y[below], gap, out=np.zeros(len(y), np.float32), where=gap > 0)
    return order[below], order[above], weight.astype(np.float32)


def _checked_vectors(vectors, channels: int) -> np.ndarray:
    array = np.asarray(vectors)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"amplitude vectors must be an array of numbers, not {str(vectors)[:60]!r}.")
    array = array.astype(np.float32, copy=False)
    if array.size == 0:
        array = array.reshape(0, channels)
    if array.ndim != 2 or array.shape[1] != channels:
        raise ValueError(
            f"amplitude vectors must have the shape (clusters, {channels}): one value for each contact of the probe; "
            f"these have the shape {array.shape}."
        )
    if not np.isfinite(array).all():
        raise ValueError("amplitude vectors must be finite numbers; these hold NaN or infinity.")
    return array
