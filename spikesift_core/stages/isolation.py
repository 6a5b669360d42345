"""From the peaks of one channel to the spikes of one unit (ALGORITHM part 2, points 2 to 6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_core.kernels.bimodal import best_split

# Pooled standard deviations between the means of two halves; cutting one Gaussian in two gives below 3.2.
LEAST_DISTANCE = 3.6
DIP_DISTANCE = 2.4
# With a dip in the projections, two units may be as alike as this (difference of means over the larger norm).
LEAST_RELATIVE = 0.2
LEAST_DIP = 0.75


@dataclass(frozen=True)
class SplitRule:
    """When a group of spikes is two units; see `kernels.bimodal.best_split`."""

    spatial: float
    least_distance: float = LEAST_DISTANCE
    dip_distance: float = DIP_DISTANCE
    least_relative: float = LEAST_RELATIVE
    least_dip: float = LEAST_DIP

    def sides(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Rows of both sides, or None when it is one unit."""
        side = np.empty(len(features), np.int8)
        distance, _, _ = best_split(
            features, self.least_distance, self.spatial, self.dip_distance, self.least_relative, self.least_dip, side
        )
        if distance == 0 or not 0 < side.sum() < len(side):
            return None
        return np.flatnonzero(side == 0), np.flatnonzero(side == 1)


def largest_unit(features: np.ndarray, rule: SplitRule) -> np.ndarray:
    """Rows of one unit: cut in two and go on with the larger side until nothing can be cut."""
    rows = np.arange(len(features))
    while (sides := rule.sides(features[rows])) is not None:
        rows = rows[max(sides, key=len)]
    return rows


def unit_nearest(features: np.ndarray, template: np.ndarray, rule: SplitRule, fewest: float) -> np.ndarray:
    """Rows of the unit that is most like `template` (f,): cut in two and go on with the nearer side.

    A side of fewer than `fewest` spikes is taken for outliers and left, wherever it lies.
    """
    rows = np.arange(len(features))
    while (sides := rule.sides(features[rows])) is not None:
        large_enough = [side for side in sides if len(side) >= fewest] or list(sides)
        rows = rows[min(large_enough, key=lambda side: np.sum((features[rows[side]].mean(axis=0) - template) ** 2))]
    return rows
