"""Stage 5: recursive binary splitting of waveforms (ALGORITHM 6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spikesift_core.kernels.split import best_cut, mean_rows, principal_projection, spatial_vector


@dataclass(frozen=True)
class Group:
    """Some of the waveforms, and their mean.

    Attributes
    ----------
    chosen : (k,) int64, rows.
    mean : (channels, width) float32.
    """

    chosen: np.ndarray
    mean: np.ndarray

    def spatial(self) -> np.ndarray:
        """The mean's differences between channels, see `kernels.split.spatial_vector`."""
        channels = len(self.mean)
        vector = np.zeros(channels * (channels - 1 if channels > 4 else channels + 1), np.float32)
        spatial_vector(self.mean, vector)
        return vector


def whole(waveforms: np.ndarray) -> Group:
    """All waveforms (n, channels, width) float32 as one group."""
    return _group(waveforms, np.arange(len(waveforms)))


def _group(waveforms: np.ndarray, chosen: np.ndarray) -> Group:
    mean = np.empty(waveforms.shape[1:], np.float32)
    mean_rows(waveforms.reshape(len(waveforms), -1), chosen, mean.reshape(-1))
    return Group(chosen, mean)


def split_once(waveforms: np.ndarray, group: Group, merging_threshold: float) -> tuple[Group, Group] | None:
    """The two sides of the best cut along the first principal axis, or None when they are too alike.

    The smaller side's mean is computed, the larger one's follows from it and the mean of both.
    """
    if len(group.chosen) < 2:
        return None
    projection = np.empty(len(group.chosen), np.float32)
    principal_projection(waveforms.reshape(len(waveforms), -1), group.chosen, group.mean.reshape(-1), projection)
    order = np.argsort(projection)
    cut = best_cut(projection[order])
    small, large = sorted((group.chosen[np.sort(order[:cut])], group.chosen[np.sort(order[cut:])]), key=len)
    smaller = _group(waveforms, small)
    share = np.float32(len(small) / len(large))
    larger = Group(large, group.mean + (group.mean - smaller.mean) * share)
    first, second = smaller.spatial(), larger.spatial()
    difference = float(((first - second) ** 2).sum())
    size = max(float((first**2).sum()), float((second**2).sum()))
    if difference < merging_threshold**2 * size or size == 0:
        return None
    return smaller, larger


def isolate(
    waveforms: np.ndarray,
    group: Group,
    merging_threshold: float,
    rank: Callable[[Group], float],
) -> Group:
    """Split and keep the side with the lower `rank`, until a split is rejected."""
    while (sides := split_once(waveforms, group, merging_threshold)) is not None:
        group = min(sides, key=rank)
    return group


def isolate_enough(
    waveforms: np.ndarray,
    group: Group,
    merging_threshold: float,
    rank: Callable[[Group], float],
    fewest: float,
) -> Group | None:
    """Like `isolate`, but where the kept side ends with fewer than `fewest` waveforms the other side is tried."""
    waiting = [group]
    while waiting:
        group = waiting.pop()
        if len(group.chosen) < fewest:
            continue
        sides = split_once(waveforms, group, merging_threshold)
        if sides is None:
            return group
        waiting += sorted(sides, key=rank, reverse=True)
    return None
