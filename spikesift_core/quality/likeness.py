"""How alike the units are: differences of their amplitude vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spikesift_core.results import SortedRecording
from spikesift_core.tracks import Track, track_amplitudes


def difference_matrix(recording: SortedRecording, tracks: Sequence[Track]) -> np.ndarray:
    """How unlike every two units are, (units, units) float32: |a - b| / the larger of |a| and |b|; 0 is alike.

    The mean over the segments in which both were found, so that a movement of the tissue takes no part in it. Of two
    that were never found together it is that of their mean vectors. nan with itself.
    """
    whole = [track_amplitudes(recording, track) for track in tracks]
    if not whole:
        return np.zeros((0, 0), np.float32)
    found = [dict(zip(track.segments, vectors, strict=True)) for track, vectors in zip(tracks, whole, strict=True)]
    total, count = np.zeros((2, len(tracks), len(tracks)))
    for segment in range(len(recording.sorted_segments)):
        there = [place for place, vectors in enumerate(found) if segment in vectors]
        both = np.ix_(there, there)
        total[both] += relative_differences(np.array([found[place][segment] for place in there]))
        count[both] += 1
    never = count == 0
    total[never] = relative_differences(np.array([vectors.mean(axis=0) for vectors in whole]))[never]
    matrix = (total / np.maximum(count, 1)).astype(np.float32)
    np.fill_diagonal(matrix, np.nan)
    return matrix


def relative_differences(vectors: np.ndarray) -> np.ndarray:
    """|a - b| / the larger of |a| and |b| of every two vectors, (n, n) float64; 0 where both are nothing.

    Parameters
    ----------
    vectors : (n, channels).
    """
    if len(vectors) == 0:
        return np.zeros((0, 0))
    vectors = vectors.astype(np.float64)
    norms = np.linalg.norm(vectors, axis=1)
    larger = np.maximum(norms[:, None], norms)
    # |a|² + |b|² - 2ab: many times as fast as one difference after the other, and exact to 1e-7 of the size
    squares = np.maximum(norms[:, None] ** 2 + norms**2 - 2 * vectors @ vectors.T, 0)
    return np.divide(np.sqrt(squares), larger, out=np.zeros(larger.shape), where=larger > 0)


def nearest_units(differences: np.ndarray, most: int) -> np.ndarray:
    """Places of the units most alike to each, the most alike first, (units, at most `most`) int64."""
    others = max(0, len(differences) - 1)
    filled = np.where(np.isnan(differences), np.inf, differences)
    return np.argsort(filled, axis=1, kind="stable")[:, : min(most, others)]
