"""Join what was found as two units of a segment but is one (ALGORITHM part 2, point 8), and drop what is none."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

import numpy as np

from spikesift_core.kernels.bimodal import dip_beside, unimodality
from spikesift_core.kernels.truth import count_hits
from spikesift_core.stages.neighbours import pairs_within

REACH = 45.0  # um between the channels two joined units were found on
MOST_RELATIVE = 0.8  # difference of means over the larger norm
# Two parts of one unit have one mode and means within so many pooled standard deviations, and sqrt(features / spikes of
# the smaller part), which is how far the means of few spikes stray.
MOST_DISTANCE = 2.4
LEAST_DIP = 0.8  # two modes
TIME_BINS = 10
MOST_OVERLAP = 0.25  # of the two in time: a unit cut in two by drift has one half before the other
# What a subtracted unit leaves behind looks like a smaller unit that fires together with it.
RESIDUE_SHARE = 0.4  # of the spikes of a residue that lie within ...
RESIDUE_BLOCKS = 0.5  # ... so many blocks (ms) of spikes of one larger unit, ...
RESIDUE_UM = 200.0  # ... not farther away than this

Whiten = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Found:
    """A unit of one segment.

    Attributes
    ----------
    peaks : (n,) int64, samples from the segment's start.
    channel : where it was found.
    means : (channels,) float32, mean block minima before it was subtracted.
    channels : (k,) int64, the channels around. features : (n, k, components) float32 there, in noise deviations.
    template : (channels, components) float32, mean features in the units of the file; 0 far away.
    other : the same at the second trough. lag : samples by which that is later, 0 without one.
    """

    peaks: np.ndarray
    channel: int
    means: np.ndarray
    channels: np.ndarray
    features: np.ndarray
    template: np.ndarray
    other: np.ndarray
    lag: int

    @cached_property
    def mean(self) -> np.ndarray:
        """Mean features (k, components) float32."""
        return self.features.mean(axis=0)

    def rows(self, channels: np.ndarray) -> np.ndarray:
        """Where some of its channels (n,) int64 are among them."""
        order = np.argsort(self.channels)
        return order[np.searchsorted(self.channels, channels, sorter=order)]


def join_alike(units: list[Found], geometry: np.ndarray, samples: int, whiten: Whiten) -> list[Found]:
    """The units with those joined that are one; the most alike pairs first.

    Parameters
    ----------
    geometry : (channels, 2) float32, um. samples : length of the segment.
    whiten : the matrix that makes the noise of the features of some channels round, see `Whitening.matrix`.
    """
    units: list[Found | None] = list(units)
    near = _near_each_other(units, geometry, REACH)
    alike: list[tuple[float, int, int, int, Found, Found]] = []
    counted = count()  # pushed later, compared later: units themselves have no order

    def compare(i: int, j: int) -> None:
        if np.hypot(*(geometry[units[i].channel] - geometry[units[j].channel])) > REACH:
            return
        common = np.intersect1d(units[i].channels, units[j].channels)
        white = whiten(common)
        relative = _relative(*(unit.mean[unit.rows(common)].ravel() @ white for unit in (units[i], units[j])))
        if relative > MOST_RELATIVE:
            return
        one, other = (unit.features[:, unit.rows(common)] for unit in (units[i], units[j]))
        one, other = (features.reshape(len(features), -1) @ white for features in (one, other))
        if _is_one(one, other, units[i].peaks, units[j].peaks, samples):
            i, j = sorted((i, j))
            heapq.heappush(alike, (relative, i, j, next(counted), units[i], units[j]))

    for i, others in enumerate(near):
        for j in others:
            if j < i:
                compare(i, j)
    while alike:
        _, i, j, _, first, second = heapq.heappop(alike)
        if units[i] is not first or units[j] is not second:
            continue  # one of the two has been joined meanwhile
        units[i], units[j] = _joined(first, second), None
        near[i] = {k for k in near[i] | near[j] if k != i and units[k] is not None}
        for k in near[i]:
            near[k].add(i)
            compare(i, k)
    return [unit for unit in units if unit is not None]


def without_residue(units: list[Found], geometry: np.ndarray, block: int) -> list[Found]:
    """The units but those that are what another one, of larger amplitude, left behind when it was subtracted.

    geometry : (channels, 2) float32, um. block : samples of a block.
    """
    within = int(RESIDUE_BLOCKS * block)
    trains = [np.sort(unit.peaks) for unit in units]
    depths = [float(unit.means.min()) for unit in units]

    def left_by(i: int, j: int) -> bool:
        return depths[j] < depths[i] and count_hits(trains[i], trains[j], within) >= RESIDUE_SHARE * len(trains[i])

    near = _near_each_other(units, geometry, RESIDUE_UM)
    return [unit for i, unit in enumerate(units) if not any(left_by(i, j) for j in near[i])]


def _near_each_other(units: list[Found], geometry: np.ndarray, reach: float) -> list[set[int]]:
    """For each unit the others within `reach` um."""
    near: list[set[int]] = [set() for _ in units]
    for i, j in pairs_within([geometry[unit.channel] for unit in units], reach):
        near[i].add(j)
        near[j].add(i)
    return near


def _relative(one: np.ndarray, other: np.ndarray) -> float:
    """Difference of mean features (f,) over the larger norm."""
    norm = max(np.linalg.norm(one), np.linalg.norm(other))
    return float(np.linalg.norm(one - other) / norm) if norm > 0 else np.inf


def _is_one(one: np.ndarray, other: np.ndarray, first: np.ndarray, second: np.ndarray, samples: int) -> bool:
    apart = other.mean(axis=0) - one.mean(axis=0)
    length = np.linalg.norm(apart)
    if length == 0:
        return True
    left, right = one @ apart / length, other @ apart / length
    inside = (((left - left.mean()) ** 2).sum() + ((right - right.mean()) ** 2).sum()) / (len(left) + len(right))
    distance = length / np.sqrt(inside + 0.25)
    margin = np.sqrt(one.shape[1] / min(len(one), len(other)))
    if distance < MOST_DISTANCE + margin and _dip(left, right) < LEAST_DIP:
        return True
    return _overlap_in_time(first, second, samples) < MOST_OVERLAP


def _dip(left: np.ndarray, right: np.ndarray) -> float:
    projections = np.sort(np.r_[left, right]).astype(np.float64)
    return max(unimodality(projections)[0], dip_beside(projections, len(left)))


def _overlap_in_time(first: np.ndarray, second: np.ndarray, samples: int) -> float:
    """Shared area of the two distributions over the segment, 0 to 1."""
    edges = np.linspace(0, samples, TIME_BINS + 1)
    one, other = (np.histogram(peaks, edges)[0] / len(peaks) for peaks in (first, second))
    return float(np.minimum(one, other).sum())


def _joined(first: Found, second: Found) -> Found:
    larger, smaller = (first, second) if len(first.peaks) >= len(second.peaks) else (second, first)
    share = len(smaller.peaks) / (len(first.peaks) + len(second.peaks))
    there = np.isin(larger.channels, smaller.channels)
    features = np.full((len(smaller.peaks), *larger.features.shape[1:]), 0, np.float32)
    features[:, there] = smaller.features[:, smaller.rows(larger.channels[there])]
    features[:, ~there] = larger.mean[~there]
    return replace(
        larger,
        peaks=np.concatenate([larger.peaks, smaller.peaks]),
        means=larger.means * np.float32(1 - share) + smaller.means * np.float32(share),
        template=larger.template * np.float32(1 - share) + smaller.template * np.float32(share),
        features=np.concatenate([larger.features, features]),
    )
