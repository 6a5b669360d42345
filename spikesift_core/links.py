"""How the clusters of each segment were linked to earlier ones: how alike they are, and what else was there to choose.

Clusters are named by segment and index, not by unit, so that the links stay true when units are joined, renumbered, or
recordings are put one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from spikesift_core.linking import Match

NOWHERE = -1


@dataclass(frozen=True, eq=False)
class SegmentLinks:
    """How the clusters of one segment were linked to those of earlier segments.

    Attributes
    ----------
    shift : um, movement of the tissue since the segment before (0 for the first), up the probe.
    position : um, the same since the first segment.
    limit : links that differ by as much or more were refused; inf where none is, and only neighbours are linked.
    before : (clusters, 2) int64, segment and index of the cluster each one continues; -1 where it begins a unit.
    costs : (clusters,) float64, how unlike the unit it continues it is: |a - b| / larger norm; nan where it begins one.
    margins : (clusters,) float64, (next best - cost) / the larger of the two, where next best is the nearest other
        candidate of the cluster or the unit: 1 no doubt, below 0 where another one is nearer; nan without one.
    nearest : (clusters, 2) int64, for those that begin a unit: the last cluster of the unit most alike; -1 where none
        was near, and for those that continue a unit.
    nearest_costs : (clusters,) float64, how unlike it is; nan without one.
    lost : (units, 2) int64, last cluster of each unit found in the segment before and not in this one.
    lost_nearest : (units,) int64, cluster of this segment most alike, -1 if none was near.
    lost_costs : (units,) float64, how unlike it is; nan without one.
    moved : (clusters,) int64, samples by which spike times were moved so that a unit with two troughs is always timed
        by the same one.
    """

    shift: float
    position: float
    limit: float
    before: np.ndarray
    costs: np.ndarray
    margins: np.ndarray
    nearest: np.ndarray
    nearest_costs: np.ndarray
    lost: np.ndarray
    lost_nearest: np.ndarray
    lost_costs: np.ndarray
    moved: np.ndarray

    def __len__(self) -> int:
        return len(self.before)

    @property
    def over_gaps(self) -> bool:
        """Whether units were followed over segments in which they were not found."""
        return bool(np.isfinite(self.limit))


ARRAYS = {  # of `SegmentLinks`: type and whether it has two columns
    "before": (np.int64, True),
    "costs": (np.float64, False),
    "margins": (np.float64, False),
    "nearest": (np.int64, True),
    "nearest_costs": (np.float64, False),
    "lost": (np.int64, True),
    "lost_nearest": (np.int64, False),
    "lost_costs": (np.float64, False),
    "moved": (np.int64, False),
}
OF_LOST = ("lost", "lost_nearest", "lost_costs")


def first_links(clusters: int, limit: float = np.inf) -> SegmentLinks:
    """Of the first segment: every cluster begins a unit."""
    nobody, unknown = np.full((clusters, 2), NOWHERE, np.int64), np.full(clusters, np.nan)
    none = np.empty(0)
    return SegmentLinks(
        0.0, 0.0, limit, nobody, unknown, unknown, nobody, unknown,
        np.empty((0, 2), np.int64), none.astype(np.int64), none, np.zeros(clusters, np.int64),
    )  # fmt: skip


def links_of_match(match: Match, segment: int, position: float) -> SegmentLinks:
    """Links of a segment that was matched with the one before, as the published method does.

    Parameters
    ----------
    match : its source is the segment before, its target this one.
    segment : index of the segment before.
    position : um, of the tissue there.
    """
    sources, targets = match.distances.shape
    norms = [np.linalg.norm(vectors, axis=1) for vectors in (match.source_vectors, match.target_vectors)]
    larger = np.maximum(norms[0][:, None], norms[1])
    relative = np.divide(match.distances, larger, out=np.zeros((sources, targets)), where=larger > 0)
    rows = np.flatnonzero(match.assignment >= 0)
    columns = match.assignment[rows]
    before, nearest = np.full((2, targets, 2), NOWHERE, np.int64)
    costs, margins, nearest_costs = np.full((3, targets), np.nan)
    before[columns] = np.column_stack([np.full(len(rows), segment), rows])
    costs[columns], margins[columns] = match.relative_costs[rows], match.margins[rows]
    new = np.setdiff1d(np.arange(targets), columns)
    lost = np.setdiff1d(np.arange(sources), rows)
    lost_nearest, lost_costs = np.full(len(lost), NOWHERE, np.int64), np.full(len(lost), np.nan)
    if sources and targets:
        most_alike = relative[:, new].argmin(axis=0)
        nearest[new] = np.column_stack([np.full(len(new), segment), most_alike])
        nearest_costs[new] = relative[most_alike, new]
        lost_nearest = relative[lost].argmin(axis=1)
        lost_costs = relative[lost, lost_nearest]
    shift = -match.shift  # a unit at y in the source is at y - shift in the target
    gone = np.column_stack([np.full(len(lost), segment), lost])
    return SegmentLinks(
        shift, position + shift, np.inf, before, costs, margins, nearest, nearest_costs,
        gone, lost_nearest, lost_costs, np.zeros(targets, np.int64),
    )  # fmt: skip


def checked_links(links, sizes: Sequence[int]) -> tuple[SegmentLinks, ...]:
    """Links as a tuple; `sizes` is the number of clusters of each segment.

    Raises
    ------
    ValueError
        If they do not fit the segments.
    """
    links = tuple(links)
    if len(links) != len(sizes):
        raise ValueError(f"links must have one entry for each segment: {len(sizes)}, not {len(links)}.")
    for place, (one, size) in enumerate(zip(links, sizes, strict=True)):
        for name, (_, paired) in ARRAYS.items():
            rows = len(one.lost) if name in OF_LOST else size
            if getattr(one, name).shape != ((rows, 2) if paired else (rows,)):
                raise ValueError(
                    f"links[{place}].{name} must have {rows} rows, it has the shape {getattr(one, name).shape}."
                )
        for name in ("before", "nearest", "lost"):
            _check_earlier(getattr(one, name), sizes[:place], f"links[{place}].{name}")
        taken = one.before[one.before[:, 0] >= 0].tolist()
        if len(set(map(tuple, taken))) != len(taken):
            raise ValueError(f"links[{place}].before leads two clusters to the same one before.")
        if len(one.lost_nearest) and not -1 <= one.lost_nearest.min() <= one.lost_nearest.max() < size:
            raise ValueError(f"links[{place}].lost_nearest must name clusters of the segment, or be -1.")
    return links


def _check_earlier(named: np.ndarray, sizes: Sequence[int], name: str) -> None:
    segments, clusters = named[(named >= 0).any(axis=1)].T
    known = np.array([*sizes, 0], np.int64)
    fits = (segments >= 0) & (segments < len(sizes)) & (clusters >= 0)
    if not (fits & (clusters < known[np.where(fits, segments, -1)])).all():
        raise ValueError(f"{name} must name clusters of earlier segments, or be -1.")


def moved_links(links: SegmentLinks, segments: int, position: float) -> SegmentLinks:
    """The same links after `segments` others were put before, at the end of which the tissue was at `position`."""
    moved = {name: getattr(links, name).copy() for name in ("before", "nearest", "lost")}
    for named in moved.values():
        named[named[:, 0] >= 0, 0] += segments
    return replace(links, position=links.position + position, **moved)


def chains_of(links: Sequence[SegmentLinks]) -> list[list[tuple[int, int]]]:
    """The clusters (segment, index) that links connect, in time order; units in order of appearance.

    In the first segment the number of a unit is that of its cluster.
    """
    found: list[list[tuple[int, int]]] = []
    owner: dict[tuple[int, int], int] = {}
    for segment, one in enumerate(links):
        for cluster, before in enumerate(map(tuple, one.before.tolist())):
            number = owner.get(before, len(found))
            if number == len(found):
                found.append([])
            found[number].append((segment, cluster))
            owner[segment, cluster] = number
    return found
