"""From the peaks of one channel to the spikes of one unit (ALGORITHM part 2, points 2 to 6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_core.kernels.bimodal import best_split

# Pooled standard deviations between the means of two sides. Cutting one Gaussian in two gives below 3.2, a unit that is
# stretched evenly by drift 3.5; with two modes in sight, and with the trend taken out, less is enough.
LEAST_DISTANCE = 4.0
DIP_DISTANCE = 2.4
TREND_DISTANCE = 2.7
FEWEST_FOR_TREND = 20  # spikes; three numbers are fitted to each feature
# With a dip in the projections, two units may be as alike as this (difference of means over the larger norm).
LEAST_RELATIVE = 0.2
# One Gaussian stays below 0.75 in all but one of a hundred draws of 30 spikes, and of more.
LEAST_DIP = 0.75
# Sides are the same unit, found early and late, when so much of their difference lies along a shift by at most so much.
JITTER_SHARE = 0.85
JITTER_SAMPLES = 1.5

# Round noise has a standard deviation of 1; a unit is not much wider, but for its changing size and jitter. A wider
# group is cut where its sides are at least as far apart as the halves of one Gaussian.
MOST_SPREAD = 1.7
SPREAD_DISTANCE = 2.2
QUARTILES = 1.349  # between them, in standard deviations of a Gaussian


@dataclass(frozen=True)
class SplitRule:
    """When a group of spikes is two units; see `kernels.bimodal.best_split`.

    Features are taken to have round noise of standard deviation 1 where `slope` is given, see `Whitening.slope`.
    """

    spatial: float
    slope: np.ndarray | None = None
    least_distance: float = LEAST_DISTANCE
    dip_distance: float = DIP_DISTANCE
    trend_distance: float = TREND_DISTANCE
    least_relative: float = LEAST_RELATIVE
    most_spread: float = MOST_SPREAD
    spread_distance: float = SPREAD_DISTANCE
    least_dip: float = LEAST_DIP

    def sides(self, features: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Rows of both sides, or None when it is one unit.

        Where the spikes as they are look like one unit, they are looked at again less their trend in time: drift
        stretches units and hides what lies between them. Sides that differ as peaks found a sample apart do are
        looked at again without that difference.
        """
        side = self._cut(features, self.least_distance)
        if side is not None and is_jitter(features, side, self.slope):
            features = without_jitter(features, self.slope)
            side = self._cut(features, self.least_distance)
        if side is None and len(features) >= FEWEST_FOR_TREND:
            features = without_trend(features, times)
            side = self._cut(features, self.trend_distance)
            if side is None:
                side = self._cut_what_is_too_wide(features)
        return None if side is None else (np.flatnonzero(side == 0), np.flatnonzero(side == 1))

    def _cut_what_is_too_wide(self, features: np.ndarray) -> np.ndarray | None:
        """Sides of a group whose spread is more than noise, size and jitter make, whether or not modes can be seen."""
        if self.slope is None:
            return None
        across = without_size(features, self.slope)
        if spread(across) < self.most_spread + np.sqrt(features.shape[1] / len(features)):
            return None
        return self._cut(across, self.spread_distance, self.least_relative)

    def _cut(self, features: np.ndarray, least_distance: float, relative: float | None = None) -> np.ndarray | None:
        side = np.empty(len(features), np.int8)
        relative = self.spatial if relative is None else relative
        distance, _, _ = best_split(
            features, least_distance, relative, self.dip_distance, self.least_relative, self.least_dip, side
        )
        return None if distance == 0 or not 0 < side.sum() < len(side) else side


def slope_of(components: np.ndarray) -> np.ndarray:
    """(components, components) float32: what a shift by one sample adds to the features of a waveform, from them."""
    change = np.zeros_like(components)
    change[:, 1:-1] = (components[:, 2:] - components[:, :-2]) / 2
    return components @ change.T


def is_jitter(features: np.ndarray, side: np.ndarray, slope: np.ndarray | None) -> bool:
    """Whether two sides differ mostly by a small shift in time."""
    if slope is None:
        return False
    first, second = features[side == 0].mean(axis=0), features[side == 1].mean(axis=0)
    direction = (((first + second) / 2).reshape(-1, len(slope)) @ slope.T).reshape(-1)
    length, apart = np.linalg.norm(direction), np.linalg.norm(second - first)
    if length == 0 or apart == 0:
        return False
    along = abs((second - first) @ direction) / length
    return along / apart > JITTER_SHARE and along / length < JITTER_SAMPLES


def without_jitter(features: np.ndarray, slope: np.ndarray | None) -> np.ndarray:
    """Features (n, f) float32 less their spread along the direction in which a shift in time moves their mean."""
    if slope is None:
        return features
    mean = features.mean(axis=0)
    direction = (mean.reshape(-1, len(slope)) @ slope.T).reshape(-1)
    length = np.linalg.norm(direction)
    if length == 0:
        return features
    direction /= length
    return np.ascontiguousarray(features - np.outer((features - mean) @ direction, direction), np.float32)


def without_size(features: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Features (n, f) float32 less their spread along their mean and along what a shift in time adds to it."""
    mean = features.mean(axis=0)
    shift = (mean.reshape(-1, len(slope)) @ slope.T).reshape(-1)
    ways = np.stack([mean, shift])
    return np.ascontiguousarray(features - (features - mean) @ np.linalg.pinv(ways) @ ways, np.float32)


def spread(features: np.ndarray) -> float:
    """Standard deviation of features (n, f) along their first principal axis, from their quartiles."""
    centred = features - features.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    along = np.sort(centred @ vectors[:, -1])
    quarter = len(along) // 4
    return float(along[-1 - quarter] - along[quarter]) / QUARTILES


def without_trend(features: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Features (n, f) float32 less their quadratic trend over `times` (n,), their mean kept."""
    t = (times - times.mean()) / max(float(np.ptp(times)), 1.0)
    basis, _ = np.linalg.qr(np.c_[np.ones(len(t)), t, t * t])
    trend = basis[:, 1:] @ (basis[:, 1:].T @ features)
    return np.ascontiguousarray(features - trend, np.float32)


def largest_unit(features: np.ndarray, times: np.ndarray, rule: SplitRule) -> np.ndarray:
    """Rows of one unit: cut in two and go on with the larger side until nothing can be cut."""
    rows = np.arange(len(features))
    while (sides := rule.sides(features[rows], times[rows])) is not None:
        rows = rows[max(sides, key=len)]
    return rows


def unit_nearest(
    features: np.ndarray, times: np.ndarray, template: np.ndarray, rule: SplitRule, fewest: float
) -> np.ndarray:
    """Rows of the unit that is most like `template` (f,): cut in two and go on with the nearer side.

    A side of fewer than `fewest` spikes is taken for outliers and left, wherever it lies.
    """
    rows = np.arange(len(features))
    while (sides := rule.sides(features[rows], times[rows])) is not None:
        large_enough = [side for side in sides if len(side) >= fewest] or list(sides)
        rows = rows[min(large_enough, key=lambda side: np.sum((features[rows[side]].mean(axis=0) - template) ** 2))]
    return rows
