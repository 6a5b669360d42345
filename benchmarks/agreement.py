"""How far two sorted recordings of the same file agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_core.truth import score_trains

SAME_CLUSTER = 0.99  # share of spikes


@dataclass(frozen=True)
class Agreement:
    """What two results have in common; the first one is the reference.

    Attributes
    ----------
    segments, segments_equal : segments of the reference, and those with the same bounds in the other.
    clusters, clusters_paired : clusters of these segments, and those with a partner that shares at least 99 % of the
        spikes within 1 sample (of the larger of the two).
    vector_difference : largest |a - b| over the channels / largest |a|, the worst of all pairs; nan without pairs.
    links, links_equal : links between segments of the reference, and those that are the same between the partners.
    """

    segments: int
    segments_equal: int
    clusters: int
    clusters_paired: int
    vector_difference: float
    links: int
    links_equal: int


def agreement(reference, other) -> Agreement:
    """Compare two results as `run_sorter.flat` wrote them (mappings of arrays)."""
    count, other_count = int(reference["segments"]), int(other["segments"])
    equal = [i for i in range(min(count, other_count)) if (reference[f"bounds{i}"] == other[f"bounds{i}"]).all()]
    partners = {i: _partners(_clusters(reference, i), _clusters(other, i)) for i in equal}
    differences = [_difference(reference[f"vectors{i}"], other[f"vectors{i}"], partners[i]) for i in equal]
    found = [value for values in differences for value in values]
    links = [_equal_links(reference[f"links{i}"], other[f"links{i}"], partners, i) for i in range(count - 1)]
    return Agreement(
        segments=count,
        segments_equal=len(equal) if count == other_count else 0,
        clusters=sum(len(reference[f"sizes{i}"]) for i in range(count)),
        clusters_paired=sum(int((partner >= 0).sum()) for partner in partners.values()),
        vector_difference=max(found, default=float("nan")),
        links=sum(len(reference[f"links{i}"]) for i in range(count - 1)),
        links_equal=sum(links),
    )


def _clusters(result, segment: int) -> list[np.ndarray]:
    return np.split(result[f"times{segment}"], np.cumsum(result[f"sizes{segment}"])[:-1])


def _partners(ours: list[np.ndarray], theirs: list[np.ndarray]) -> np.ndarray:
    """For each cluster the one that is the same, or -1."""
    score = score_trains(ours, theirs, sampling_frequency=1000.0, tolerance_ms=1.0)  # 1000 Hz: 1 ms is 1 sample
    same = np.minimum(score.recall, score.precision) >= SAME_CLUSTER
    return np.where(same, score.partner, -1)


def _difference(vectors: np.ndarray, others: np.ndarray, partner: np.ndarray) -> list[float]:
    paired = np.flatnonzero(partner >= 0)
    apart = np.abs(vectors[paired] - others[partner[paired]]).max(axis=1, initial=0.0)
    return list(apart / np.abs(vectors[paired]).max(axis=1, initial=1e-12))


def _equal_links(links: np.ndarray, others: np.ndarray, partners: dict[int, np.ndarray], segment: int) -> int:
    """Links of the reference that lead to the partner's next cluster; -1 where both lead nowhere."""
    if segment not in partners or segment + 1 not in partners:
        return 0
    here, after = partners[segment], np.append(partners[segment + 1], -1)
    known = (here >= 0) & ((links < 0) | (after[links] >= 0))
    return int((known & (np.where(links < 0, -1, after[links]) == np.append(others, -2)[here])).sum())
