"""Distances between amplitude vectors, for the many shifts that linking tries (ALGORITHM 7)."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.compiling import kernel


@kernel("(float32[:, ::1], float32[:, ::1], float64[:, ::1])", any_order=True)
def vector_distances(first, second, distances):
    """Euclidean distance of every vector of one set from every one of another.

    Differences first, so that equal vectors are at 0.

    Parameters
    ----------
    first : (n, channels) float32. second : (m, channels) float32.
    distances : (n, m) float64, written.
    """
    for i in range(len(first)):
        for j in range(len(second)):
            total = 0.0
            for c in range(first.shape[1]):
                difference = np.float64(first[i, c]) - np.float64(second[j, c])
                total += difference * difference
            distances[i, j] = np.sqrt(total)
