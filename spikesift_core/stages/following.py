"""Which clusters of all segments are the same unit: units are followed through the recording, segment by segment.

The tissue's shift is voted by all clusters against the last segments. Each cluster is then compared with the units
followed so far, moved to where they should be now, and the pairs that are alike are linked. A unit that was not found
is not given up: it is compared again in the next segments. At the end, units that never appear in the same segment
and look alike are joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from spikesift_core.links import NOWHERE, SegmentLinks
from spikesift_core.pairing import cheapest_pairs
from spikesift_core.results import SortedSegment
from spikesift_core.stages.joining import Alike, join
from spikesift_core.stages.moving import Mover, Templates, Views, joined
from spikesift_core.tracks import Track

SHIFT_STEP = 5.0  # um; 2.5 scores the same
SEGMENTS_BACK = 3  # that vote: with one the largest error of the position was 5.5 um, with three 4.3, with five 4.0
VOTE_CAP = 1.0  # a cluster that resembles nothing votes for no shift
REFUSED = 0.8  # links that differ by more; 0.75 to 0.9 score alike, below it units of few spikes are lost
SECOND_TROUGHS = True  # units with two troughs are compared at both
FORGOTTEN = 20  # segments after which a unit that was found only once is no longer looked for


@dataclass
class _Followed:
    """One unit while it is followed: its clusters, and for each position of the tissue how it was last seen there."""

    members: list[tuple[int, int]] = field(default_factory=list)
    seen: dict[float, list[tuple[int, Views]]] = field(default_factory=dict)  # the last two, with their segments

    def take(self, segment: int, cluster: int, position: float, views: Views) -> None:
        self.members.append((segment, cluster))
        self.seen[position] = [*self.seen.get(position, []), (segment, views)][-2:]

    def compared(self, position: float) -> list[tuple[float, Views]]:
        """(position, views) of the last member, and of the one found nearest to `position`."""
        when = {at: seen[-1][0] for at, seen in self.seen.items()}
        last = max(when, key=when.get)
        nearest = min(when, key=lambda at: (abs(at - position), -when[at]))
        return [(at, self.seen[at][-1][1]) for at in {last: None, nearest: None}]


class Follower:
    """Follows units through segments that arrive in time order. Each answer depends on what was added before it only.

    Parameters
    ----------
    probe_geometry : (channels, 2), um.
    max_drift : um, the largest shift between neighbouring segments.

    Attributes
    ----------
    links : of each segment so far.
    """

    def __init__(self, probe_geometry, max_drift: float):
        self.links: list[SegmentLinks] = []
        self._mover = Mover(probe_geometry)
        steps = np.arange(round(max_drift / SHIFT_STEP) + 1) * SHIFT_STEP
        self._shifts = [0.0, *np.column_stack([-steps[1:], steps[1:]]).ravel().tolist()]  # of equal ones the smallest
        self._recent: list[tuple[float, Templates]] = []  # position and clusters of the last segments
        self._units: list[_Followed] = []
        self._alike: list[Alike] = []

    def add(self, features: np.ndarray, others: np.ndarray | None = None, lags: np.ndarray | None = None) -> np.ndarray:
        """Link the clusters of the next segment.

        Parameters
        ----------
        features : (clusters, channels, components) float32, mean waveform of each cluster on every channel, in a few
            orthonormal components that are the same for all segments; in the units of the signal, not divided by the
            noise of each channel.
        others, lags : the same at a second trough, and (clusters,) int64, how many samples later that is; 0 for
            clusters without one. A unit may be found at one of its troughs here and at the other there.

        Returns
        -------
        (clusters,) int64, the unit of each cluster. In the first segment that is the cluster's own index.

        Raises
        ------
        ValueError
            For features that do not fit the probe or each other.
        """
        views = self._views(features, others, lags)
        templates = views.templates.chosen(slice(0, views.first))
        segment = len(self.links)
        shift = self._voted_shift(templates)
        position = shift + (self.links[-1].position if segment else 0.0)
        self._alike.append(Alike.of(self._mover, templates))
        owners, links = self._link(views, shift, position)
        for cluster, unit in enumerate(owners):
            if unit == len(self._units):
                self._units.append(_Followed())
            self._units[unit].take(segment, cluster, position, views.of(cluster, int(links.moved[cluster])))
        self.links.append(links)
        if len(templates):
            self._recent = [*self._recent, (position, templates)][-SEGMENTS_BACK:]
        return owners

    def _views(self, features, others, lags) -> Views:
        channels = len(self._mover.positions)
        templates = self._mover.cut(_checked(features, channels))
        count = len(templates)
        lags = np.zeros(count, np.int64) if lags is None or not SECOND_TROUGHS else np.asarray(lags, np.int64)
        double = np.flatnonzero(lags)
        if len(double):
            templates = joined([templates, self._mover.cut(_checked(others, channels)[double])])
        times = np.concatenate([np.zeros(count, np.int64), lags[double]])
        return Views(templates, np.concatenate([np.arange(count), double]), times, count)

    def finish(self, segments: Sequence[SortedSegment]) -> tuple[tuple[Track, ...], list[np.ndarray]]:
        """The units, after those that are parts of one were joined.

        Parameters
        ----------
        segments : the segments that were added.

        Returns
        -------
        tracks : in order of id, with the ids that `add` gave; a joined one has the lowest of its parts. Two clusters
            of one segment can belong to one unit.
        moves : for each segment (clusters,) int64, samples by which spikes must be moved, besides `SegmentLinks.moved`,
            because parts were joined that had been timed by different troughs.
        """
        if len(segments) != len(self.links):
            raise ValueError(f"finish needs the {len(self.links)} segments that were added, not {len(segments)}.")
        units = [(unit.members, [(at, seen[-1][1]) for at, seen in unit.seen.items()]) for unit in self._units]
        tracks, moves_of_units = join(self._mover, units, self._alike, segments)
        moves = [np.zeros(len(links), np.int64) for links in self.links]
        for unit, samples in zip(self._units, moves_of_units, strict=True):
            for segment, cluster in unit.members:
                moves[segment][cluster] = samples
        return tracks, moves

    def _voted_shift(self, templates: Templates) -> float:
        """The shift since the last segment at which the clusters resemble those of the last segments most."""
        if not self._recent or not len(templates):
            return 0.0
        before = self.links[-1].position
        moved: dict[float, Templates] = {}
        costs = []
        for shift in self._shifts:
            cost = 0.0
            for position, others in self._recent:
                half = (before + shift - position) / 2
                if half not in moved:
                    moved[half] = self._mover.moved(templates, -half)
                table = self._mover.differences(self._mover.moved(others, half), moved[half])
                cost += sum(float(np.minimum(table.min(axis=axis), VOTE_CAP).sum(dtype=float)) for axis in (0, 1))
            costs.append(cost)
        return self._shifts[int(np.argmin(costs))]

    def _link(self, views: Views, shift: float, position: float) -> tuple[np.ndarray, SegmentLinks]:
        """The unit of each cluster, and the links."""
        (costs, others), (moves, moves_of_others) = self._costs(views, position)
        count = views.first
        units, clusters = _assigned(costs)
        others[units], others[:, clusters] = np.inf, np.inf  # second troughs are for those without a partner
        more = _assigned(others)
        costs[more], moves[more] = others[more], moves_of_others[more]
        units, clusters = np.concatenate([units, more[0]]), np.concatenate([clusters, more[1]])
        owners = np.full(count, -1, np.int64)
        owners[clusters] = units
        new = np.flatnonzero(owners < 0)
        present = [t for t, unit in enumerate(self._units) if unit.members[-1][0] == len(self.links) - 1]
        lost = np.setdiff1d(present, units).astype(np.int64)
        nearest, nearest_costs = _least(costs[:, new].T)
        lost_nearest, lost_costs = _least(costs[lost])
        links = SegmentLinks(
            shift,
            position,
            REFUSED,
            before=self._last_clusters(_spread(clusters, units, count, NOWHERE)),
            costs=_spread(clusters, costs[units, clusters], count, np.nan),
            margins=_spread(clusters, _margins(costs, units, clusters), count, np.nan),
            nearest=self._last_clusters(_spread(new, nearest, count, NOWHERE)),
            nearest_costs=_spread(new, nearest_costs, count, np.nan),
            lost=self._last_clusters(lost),
            lost_nearest=lost_nearest,
            lost_costs=lost_costs,
            moved=_spread(clusters, moves[units, clusters], count, 0),
        )
        owners[new] = len(self._units) + np.arange(len(new))
        return owners, links

    def _last_clusters(self, units: np.ndarray) -> np.ndarray:
        """(units, 2) int64: segment and cluster in which each was found last; -1 where there is no unit."""
        nobody = (NOWHERE, NOWHERE)
        last = [self._units[unit].members[-1] if unit >= 0 else nobody for unit in units.tolist()]
        return np.array(last, np.int64).reshape(-1, 2)

    def _costs(self, views: Views, position: float) -> tuple[np.ndarray, np.ndarray]:
        """How unlike each unit, as it was seen last or nearest to here, is each cluster.

        Returns
        -------
        costs : (2, units, clusters) float64, at the first trough of both, and at the second trough of one of them.
        moves : the same, int64, samples by which the cluster's spikes must be moved then to be timed as the unit's.
        """
        costs = np.full((2, len(self._units), views.first), np.inf)
        moves = np.zeros(costs.shape, np.int64)
        first, second = slice(0, views.first), slice(views.first, None)
        groups: dict[float, list[tuple[int, Views]]] = {}
        for number, unit in enumerate(self._units):
            if len(unit.members) > 1 or len(self.links) - unit.members[0][0] <= FORGOTTEN:
                for at, seen in unit.compared(position):
                    groups.setdefault(position - at, []).append((number, seen))
        for shift, group in groups.items():
            there = self._mover.moved(joined([seen.templates for _, seen in group]), shift / 2)
            table = iter(self._mover.differences(there, self._mover.moved(views.templates, -shift / 2)))
            for number, seen in group:
                for place, (time, row) in enumerate(zip(seen.times.tolist(), table, strict=False)):
                    # Two second troughs say nothing that the first do not.
                    for kind, chosen in ((0, first), (1, second)) if place == 0 else ((1, first),):
                        owners, times = views.owners[chosen], views.times[chosen] - time
                        better = row[chosen] < costs[kind, number, owners]
                        costs[kind, number, owners[better]] = row[chosen][better]
                        moves[kind, number, owners[better]] = times[better]
        return costs, moves


def _assigned(costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Units and clusters, (pairs,) int64 each, that are paired one-to-one at the least cost, none at `REFUSED`."""
    near = np.flatnonzero((costs < REFUSED).any(axis=1))
    rows, clusters = cheapest_pairs(np.minimum(costs[near], REFUSED))
    units = near[rows]
    good = costs[units, clusters] < REFUSED
    return units[good], clusters[good]


def _least(costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each row the column with the least cost, -1 where none is finite, and that cost, nan where none is."""
    if not costs.shape[1]:
        return np.full(len(costs), NOWHERE, np.int64), np.full(len(costs), np.nan)
    columns = costs.argmin(axis=1)
    least = costs[np.arange(len(costs)), columns]
    there = np.isfinite(least)
    return np.where(there, columns, NOWHERE), np.where(there, least, np.nan)


def _spread(places: np.ndarray, values: np.ndarray, size: int, otherwise: float) -> np.ndarray:
    """(size,) `values` at `places`, and `otherwise` elsewhere."""
    out = np.full(size, otherwise, np.asarray(values).dtype)
    out[places] = values
    return out


def _margins(costs: np.ndarray, units: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """See `SegmentLinks`: for each pair."""
    others = costs.copy()
    others[units, clusters] = np.inf
    pair = costs[units, clusters]
    best = np.minimum(others[units].min(axis=1, initial=np.inf), others[:, clusters].min(axis=0, initial=np.inf))
    larger = np.maximum(best, pair)
    margins = np.where(np.isfinite(best), 0.0, np.nan)
    return np.divide(best - pair, larger, out=margins, where=np.isfinite(best) & (larger > 0))


def _checked(features, channels: int) -> np.ndarray:
    features = np.asarray(features, np.float32)
    if features.ndim != 3 or features.shape[1] != channels:
        raise ValueError(
            f"features must have the shape (clusters, {channels}, components); they have the shape {features.shape}."
        )
    if not np.isfinite(features).all():
        raise ValueError("features must be finite numbers; these hold NaN or infinity.")
    return features
