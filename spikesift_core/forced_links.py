"""Links that were forced: another candidate was nearer, but went elsewhere, because all together cost less that way.

What is kept of a link is how much nearer the other one was (`SegmentLinks.margins`), not which one that was. It is
found again by the amplitude vectors: the one most alike among the units of before and the clusters of the segment.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from spikesift_core.linking import relative_distances, shift_vectors
from spikesift_core.results import SortedRecording
from spikesift_core.tracks import Track
from spikesift_core.unit_history import Step, owners, unit_history

MOST_TOLD = 2  # forced links of a unit
Place = tuple[int, int]  # segment, cluster


def nearer_words(recording: SortedRecording, step: Step, owner: Mapping[Place, int]) -> str:
    """Who was nearer than the unit (or the cluster) that a step links, and where that one went, in words.

    Parameters
    ----------
    step : one of a `UnitHistory`; owner : see `unit_history.owners`.

    Returns
    -------
    "" where nobody was nearer, or that is not known.
    """
    if not _is_forced(recording, step):
        return ""
    links = recording.links[step.segment]
    surest = min(step.clusters, key=lambda cluster: (math.isnan(links.costs[cluster]), links.costs[cluster]))
    was = tuple(links.before[surest].tolist())
    rivals = sorted(_rivals(recording, step.segment, surest, was)) if was in owner else []
    next_best = step.cost * (1 + step.margin)  # margin = (next best - cost) / cost
    if not rivals:
        return f"another candidate, which differs by {next_best:.2f}, was nearer, but went elsewhere"
    _, before, cluster = rivals[0]
    if cluster == surest:
        taken = np.flatnonzero((links.before == before).all(axis=1))
        went = f"was found in cluster {taken[0]} (differs by {links.costs[taken[0]]:.2f})" if len(taken) else "ended"
        return f"unit {owner[before]} is nearer to it (differs by {next_best:.2f}), but {went}"
    other = tuple(links.before[cluster].tolist())
    went = "began another unit"
    if other in owner:
        went = f"was taken for unit {owner[other]} (differs by {links.costs[cluster]:.2f})"
    return f"cluster {cluster} is nearer to the unit (differs by {next_best:.2f}), but {went}"


def any_forced(recording: SortedRecording, unit: Track) -> bool:
    """Whether a unit has a link for which another candidate was nearer."""
    links = recording.links
    return links is not None and any(links[segment].margins[cluster] < 0 for segment, cluster in unit.members)


def forced_words(recording: SortedRecording, unit: int, first: int = 0) -> str:
    """The forced links of a unit, in sentences; "" without one. `first`: see `unit_history.history_words`."""
    forced = [step for step in unit_history(recording, unit).steps if _is_forced(recording, step)]
    owner = owners(recording) if forced else {}
    lines = [
        f"Its link into segment {step.segment + first} was forced: {nearer_words(recording, step, owner)}."
        for step in forced[:MOST_TOLD]
    ]
    more = f" So were {len(forced) - MOST_TOLD} others." if len(forced) > MOST_TOLD else ""
    return " ".join(lines) + more


def _is_forced(recording: SortedRecording, step: Step) -> bool:
    return step.margin < 0 and recording.links is not None and step.before is not None


def _rivals(recording: SortedRecording, segment: int, cluster: int, was: Place) -> Iterator[tuple[float, Place, int]]:
    """Pairs that are more alike than a link, with either end of it: how unlike, cluster of before, cluster."""
    links, geometry = recording.links, recording.probe_geometry
    moved = links[segment].position - links[was[0]].position  # what was at y is at y + moved
    here = recording.sorted_segments[segment].amplitude_vectors
    there = shift_vectors(recording.sorted_segments[was[0]].amplitude_vectors, geometry, -moved)
    from_unit, to_cluster = _unlike(there[was[1]], here), _unlike(here[cluster], there)  # of all pairs only these
    least = from_unit[cluster]
    yield from ((cost, was, at) for at, cost in enumerate(from_unit.tolist()) if cost < least)
    yield from ((cost, (was[0], at), cluster) for at, cost in enumerate(to_cluster.tolist()) if cost < least)


def _unlike(vector: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How unlike a vector is to each of some others, (others,)."""
    return relative_distances(vector[None], others, np.linalg.norm(others - vector, axis=1)[None])[0]
