"""The spikes of a cluster as points, packed small, so that they can be looked at again when all segments are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KEPT_AXES = 8  # principal axes of a cluster's points; a second unit in it stretches one of the first
ROUNDS = 2  # of subspace iteration; LAPACK takes fifty times as long where its threads wait for a processor


@dataclass(frozen=True, eq=False)
class Cloud:
    """Features of the spikes of one cluster.

    Attributes
    ----------
    channels : (k,) int64, those the features are of.
    mean : (k * components,) float32, in noise deviations.
    axes : (axes, k * components) float32, orthonormal or 0, about the most stretched.
    places : (n, axes) float16, of each spike in time order, along the axes.
    """

    channels: np.ndarray
    mean: np.ndarray
    axes: np.ndarray
    places: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray, channels: np.ndarray) -> Cloud:
        """Of features (n, k, components) float32, in time order."""
        points = features.reshape(len(features), -1)
        mean = points.mean(axis=0)
        points = points - mean
        axes = _principal_axes(points)
        return cls(channels.astype(np.int64), mean, axes, (points @ axes.T).astype(np.float16))

    def __len__(self) -> int:
        return len(self.places)

    def points(self) -> np.ndarray:
        """(n, k * components) float32, as far as the kept axes tell."""
        return self.mean + self.places.astype(np.float32) @ self.axes


def _principal_axes(points: np.ndarray) -> np.ndarray:
    """(KEPT_AXES or fewer, f) float32 of centred points (n, f), by subspace iteration."""
    products = (points.T @ points).astype(np.float64)
    axes = np.eye(len(products))[np.argsort(-np.diag(products), kind="stable")[:KEPT_AXES]]
    products = products @ products / max(np.trace(products), np.finfo(float).tiny)  # two steps in one
    for _ in range(ROUNDS):
        axes = axes @ products
        for k, axis in enumerate(axes):
            size = np.linalg.norm(axis)
            axis -= (axes[:k] @ axis) @ axes[:k]
            left = np.linalg.norm(axis)
            axis *= 1 / left if left > 1e-9 * size else 0
    return axes.astype(np.float32)
