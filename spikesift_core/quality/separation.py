"""How well units are told apart: moments of the features of their spikes, and d' that follows from them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from spikesift_core.quality.likeness import nearest_units
from spikesift_core.unit_facts import nearby_channels

NEIGHBOURS = 6  # units that each is compared with: the most alike
CHANNELS = 5  # of a unit, on which it is compared
OFFSETS_MS = (-0.2, 0.0, 0.2, 0.5)  # from the spike: where its features are taken


@dataclass(eq=False)
class Moments:
    """Moments of features, for each row: one unit in the space of one unit.

    Attributes
    ----------
    counts : (rows,) int64. sums : (rows, features). products : (rows, features, features), upper triangle.
    """

    counts: np.ndarray
    sums: np.ndarray
    products: np.ndarray

    @classmethod
    def empty(cls, rows: int, features: int) -> Moments:
        """Of no spike."""
        return cls(np.zeros(rows, np.int64), np.zeros((rows, features)), np.zeros((rows, features, features)))

    def clear(self) -> None:
        """Of no spike again."""
        for part in (self.counts, self.sums, self.products):
            part[:] = 0


@dataclass(frozen=True, eq=False)
class Rows:
    """Which unit is looked at in the space of which.

    Attributes
    ----------
    units, spaces : (rows,) int64, sorted by unit. firsts : (units + 1,) int64, where the rows of each unit begin.
    channels : (spaces, k) int64. offsets : (j,) int64, samples.
    """

    units: np.ndarray
    spaces: np.ndarray
    firsts: np.ndarray
    channels: np.ndarray
    offsets: np.ndarray

    @property
    def features(self) -> int:
        """How many features a spike has."""
        return self.channels.shape[1] * len(self.offsets)


def rows_of(vectors: np.ndarray, geometry: np.ndarray, differences: np.ndarray, samples_per_ms: int) -> Rows:
    """Every unit in its own space, and in those of the units it is compared with.

    Parameters
    ----------
    vectors : (units, channels), the mean amplitude vector of each unit.
    geometry : (channels, 2) um. differences : see `difference_matrix`.
    """
    nearest = nearest_units(differences, NEIGHBOURS)
    own = np.arange(len(vectors))
    units = np.concatenate([own, nearest.ravel()])
    spaces = np.concatenate([own, np.repeat(own, nearest.shape[1])])
    order = np.lexsort((spaces, units))
    units, spaces = units[order], spaces[order]
    firsts = np.searchsorted(units, np.arange(len(vectors) + 1))
    channels = np.array([_largest(vector, geometry) for vector in vectors], np.int64)
    offsets = np.array([round(offset * samples_per_ms) for offset in OFFSETS_MS], np.int64)
    return Rows(units, spaces, firsts, channels.reshape(len(vectors), -1), offsets)


def _largest(vector: np.ndarray, geometry: np.ndarray) -> np.ndarray:
    """The channels on which a unit is largest, near its peak where there are enough of them."""
    most = min(CHANNELS, len(vector))
    near = nearby_channels(int(np.argmax(vector)), geometry)
    if len(near) < most:
        near = np.arange(len(vector))
    return np.sort(near[np.argsort(-vector[near], kind="stable")[:most]])


@dataclass(eq=False)
class Separations:
    """Collects, segment by segment, what tells two units apart.

    The means of both are compared within each segment, so that a movement of the tissue neither parts two units nor
    blurs them.
    """

    rows: Rows
    now: Moments = field(init=False)
    scatter: np.ndarray = field(init=False)
    freedom: np.ndarray = field(init=False)
    apart: np.ndarray = field(init=False)
    weights: np.ndarray = field(init=False)

    def __post_init__(self):
        rows, features = len(self.rows.units), self.rows.features
        self.now = Moments.empty(rows, features)
        self.scatter, self.apart = np.zeros((rows, features, features)), np.zeros((rows, features))
        self.freedom, self.weights = np.zeros(rows), np.zeros(rows)
        self._own = self._rows_of_owners()

    def _rows_of_owners(self) -> np.ndarray:
        """For each row the row of the unit whose space it is."""
        own = np.flatnonzero(self.rows.units == self.rows.spaces)
        place = np.empty(len(self.rows.channels), np.int64)
        place[self.rows.spaces[own]] = own
        return place[self.rows.spaces]

    def end_segment(self) -> None:
        """All spikes of a segment were added to `now`."""
        counts = self.now.counts.astype(float)
        means = self.now.sums / np.maximum(counts, 1)[:, None]
        self.scatter += self.now.products - counts[:, None, None] * means[:, :, None] * means[:, None, :]
        self.freedom += np.maximum(counts - 1, 0)
        other = counts[self._own]
        weight = np.divide(counts * other, counts + other, out=np.zeros(len(counts)), where=counts + other > 0)
        self.apart += weight[:, None] * (means[self._own] - means)
        self.weights += weight
        self.now.clear()

    def found(self) -> list[dict[int, float]]:
        """For each unit the place of another unit to d'; of two answers for the same two the larger."""
        found: list[dict[int, float]] = [{} for _ in range(len(self.rows.channels))]
        for row, (unit, space) in enumerate(zip(self.rows.units.tolist(), self.rows.spaces.tolist(), strict=True)):
            if unit == space or self.weights[row] == 0:
                continue
            pair = self._own[row], row
            covariances = [_covariance(self.scatter[one], self.freedom[one]) for one in pair]
            value = separation(self.apart[row] / self.weights[row], *covariances, *self.freedom[list(pair)])
            for one, other in ((unit, space), (space, unit)):
                if np.isfinite(value):
                    found[one][other] = max(value, found[one].get(other, 0.0))
        return found


def _covariance(upper: np.ndarray, freedom: float) -> np.ndarray:
    whole = np.triu(upper) + np.triu(upper, 1).T
    return whole / max(freedom, 1)


def separation(apart: np.ndarray, one: np.ndarray, other: np.ndarray, count: float, other_count: float) -> float:
    """d' of two units along the axis that parts them best: their distance in standard deviations; nan for few spikes.

    The axis is that of a linear discriminant, and d' is |difference of means| / sqrt((variance + variance) / 2) along
    it. What as many features part by chance is taken off (Lachenbruch & Mickey, Technometrics 10, 1968).

    Parameters
    ----------
    apart : (features,), difference of the means. one, other : (features, features), covariances.
    count, other_count : degrees of freedom of each.
    """
    features = len(apart)
    if min(count, other_count) < 2 * features:
        return np.nan
    pooled = (one + other) / 2
    floor = 1e-9 * max(np.trace(pooled) / features, np.finfo(float).tiny)
    squared = float(apart @ np.linalg.solve(pooled + floor * np.eye(features), apart))
    by_chance = features * (1 / count + 1 / other_count)
    fewer = 2 * min(count, other_count)
    return float(np.sqrt(max(0.0, squared * (fewer - features - 1) / fewer - by_chance)))
