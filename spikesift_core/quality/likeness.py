"""How alike the units are: differences of their amplitude vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from spikesift_core.results import SortedRecording
from spikesift_core.tracks import Track


def difference_matrix(recording: SortedRecording, tracks: Sequence[Track]) -> np.ndarray:
    """How unlike every two units are, (units, units) float32: |a - b| / the larger of |a| and |b|; 0 is alike.

    Over all segments in which both were found together, so that a movement of the tissue takes no part in it. Of two
    that were never found together it is that of their mean vectors. nan with itself.
    """
    units, channels = len(tracks), len(recording.probe_geometry)
    products, norms, sums, counts = np.zeros((units, units)), [], np.zeros((units, channels)), np.zeros(units)
    for there, vectors in vectors_by_segment(recording, tracks):
        products += vectors @ vectors.T
        norms.append((vectors.astype(np.float64) ** 2).sum(axis=1))
        sums += vectors
        counts += there
    present = np.array(norms).T > 0  # (units, segments)
    size = np.array(norms).T @ present.T.astype(np.float64)  # of a unit, where the other one was found too
    matrix = _relative(products, size)
    never = ~(present.astype(np.float32) @ present.T > 0)
    if never.any():
        means = sums / np.maximum(counts, 1)[:, None]
        matrix[never] = relative_differences(means)[never]
    np.fill_diagonal(matrix, np.nan)
    return matrix.astype(np.float32)


def relative_differences(vectors: np.ndarray) -> np.ndarray:
    """|a - b| / the larger of |a| and |b| of every two vectors, (n, n) float64; 0 where both are nothing.

    Parameters
    ----------
    vectors : (n, channels).
    """
    vectors = vectors.astype(np.float64)
    products = vectors @ vectors.T
    return _relative(products, np.repeat(np.diag(products)[:, None], len(products), axis=1))


def _relative(products: np.ndarray, size: np.ndarray) -> np.ndarray:
    """From the products of every two vectors and the squared size of each against the other."""
    # |a|² + |b|² - 2ab: many times as fast as one difference after the other, and good to 0.001
    squares = np.maximum(size + size.T - 2 * products, 0)
    larger = np.maximum(size, size.T)
    return np.sqrt(np.divide(squares, larger, out=np.zeros(larger.shape), where=larger > 0))


def vectors_by_segment(recording: SortedRecording, tracks: Sequence[Track]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each segment which units were found, (units,) bool, and their amplitude vectors, (units, channels) float32;
    0 for those that were not. Of several clusters of one unit it is the mean, weighted by their spikes."""
    members: list[list[tuple[int, int]]] = [[] for _ in recording.sorted_segments]
    for place, track in enumerate(tracks):
        for segment, cluster in track.members:
            members[segment].append((place, cluster))
    for segment, found in zip(recording.sorted_segments, members, strict=True):
        places, clusters = np.array(found, np.int64).reshape(-1, 2).T
        vectors = np.zeros((len(tracks), len(recording.probe_geometry)), np.float32)
        there = np.bincount(places, minlength=len(tracks))
        if there.max(initial=0) <= 1:  # nearly always
            vectors[places] = segment.amplitude_vectors[clusters]
            yield there > 0, vectors
            continue
        spikes = np.zeros(len(tracks), np.float32)
        for place, cluster in zip(places.tolist(), clusters.tolist(), strict=True):
            weight = max(1, len(segment.spike_clusters[cluster]))
            vectors[place] += weight * segment.amplitude_vectors[cluster]
            spikes[place] += weight
        yield spikes > 0, vectors / np.maximum(spikes, 1)[:, None]


def nearest_units(differences: np.ndarray, most: int) -> np.ndarray:
    """Places of the units most alike to each, the most alike first, (units, at most `most`) int64."""
    others = max(0, len(differences) - 1)
    filled = np.where(np.isnan(differences), np.inf, differences)
    return np.argsort(filled, axis=1, kind="stable")[:, : min(most, others)]
