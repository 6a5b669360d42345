"""The channels whose signal describes a spike (ALGORITHM 5.3)."""

from __future__ import annotations

import numpy as np

NEIGHBOURS = 5  # the channel itself and its four nearest


def nearest_channels(probe_geometry: np.ndarray, count: int = NEIGHBOURS) -> np.ndarray:
    """For every channel the nearest channels, itself first: (channels, up to count) int64.

    Distances are float32, and equal ones stay in the order of NumPy's default argsort, as in the published package.

    Parameters
    ----------
    probe_geometry : (channels, 2) float32, um.
    """
    count = min(count, len(probe_geometry))
    nearest = np.empty((len(probe_geometry), count), np.int64)
    for channel, position in enumerate(probe_geometry):
        distance = np.sqrt(((probe_geometry - position) ** 2).sum(axis=1))
        distance[channel] = -1
        nearest[channel] = np.argsort(distance)[:count]
    return nearest
