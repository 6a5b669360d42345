"""The channels whose signal describes a spike (ALGORITHM 5.3)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from spikesift_core.kernels.assignment import nearest_places

NEIGHBOURS = 5  # the channel itself and its four nearest


def nearest_channels(probe_geometry: np.ndarray, count: int = NEIGHBOURS) -> np.ndarray:
    """For every channel the nearest channels, itself first: (channels, up to count) int64.

    Distances are float32, and equal ones stay in the order of NumPy's default argsort, as in the published package.

    Parameters
    ----------
    probe_geometry : (channels, 2) float32, um.
    """
    places = np.ascontiguousarray(probe_geometry)
    return _nearest_channels(places.tobytes(), places.dtype.str, min(count, len(places))).copy()


@lru_cache(maxsize=8)  # every segment asks for the same ones
def _nearest_channels(places: bytes, kind: str, count: int) -> np.ndarray:
    geometry = np.frombuffer(places, kind).reshape(-1, 2)
    nearest = np.empty((len(geometry), count), np.int64)
    for channel, position in enumerate(geometry):
        distance = np.sqrt(((geometry - position) ** 2).sum(axis=1))
        distance[channel] = -1
        nearest[channel] = np.argsort(distance)[:count]
    return nearest


def nearest_to(goals: np.ndarray, places: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The nearest places of each goal, the nearest first; of equally near ones those with lower numbers.

    Parameters
    ----------
    goals : (m, 2), um. places : (n, 2), um. count : how many of them, at most n.

    Returns
    -------
    distances : (m, count) float64, um. found : (m, count) int64.
    """
    distances, found = np.empty((len(goals), count)), np.empty((len(goals), count), np.int64)
    nearest_places(np.ascontiguousarray(places, np.float64), np.ascontiguousarray(goals, np.float64), distances, found)
    return distances, found


def pairs_within(places: np.ndarray, reach: float) -> list[tuple[int, int]]:
    """All pairs (lower number, higher number) of places (n, 2) um no further apart than `reach` um."""
    places = np.asarray(places, np.float64).reshape(-1, 2)
    order = np.argsort(places[:, 1], kind="stable")
    placed = places[order]
    ends = np.searchsorted(placed[:, 1], placed[:, 1] + reach, side="right")
    found = []
    for at, end in enumerate(ends):
        near = np.hypot(*(placed[at + 1 : end] - placed[at]).T) <= reach
        found += [(min(order[at], other), max(order[at], other)) for other in order[at + 1 : end][near]]
    return [(int(one), int(other)) for one, other in found]
