"""A second look at clusters that hold two units: the template of a unit that is missing in a segment, known from other
segments and moved to where it should be, tells its spikes from those of the unit it was taken for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from spikesift_core.stages.clouds import Cloud
from spikesift_core.stages.moving import Mover, Templates, Views
from spikesift_core.tracks import Track

SECOND_LOOK = True
KNOWN_SEGMENTS = 2  # that the missing unit was found in at least; 1 where there are fewer than twice as many in all
NEAR_UM = 50.0  # between the missing unit's place and the cluster's
FEWEST_SPIKES = 5  # of each of the two
ROUNDS = 3  # of giving each spike to the nearer mean
OWN_DIFFERENCE = 0.5  # of each part's mean from its unit's template, over the larger norm
OTHER_SHARE = 0.9  # of a part's difference from the other unit's template, below which that from its own must be
APART = 3.0  # pooled standard deviations between the two means; one normal cluster cut at its middle has 2.65
RATE = 0.1, 5.0  # of the spikes that the missing unit has elsewhere in the same time


@dataclass(frozen=True, eq=False)
class Cut:
    """A cluster that is cut in two.

    Attributes
    ----------
    segment, cluster : which one.
    unit : id of the unit that part of it belongs to.
    taken : (n,) bool, which spikes those are.
    difference : of their mean from the unit's template, over the larger norm.
    moved : samples from the trough at which these spikes were found to the time of the unit's spikes.
    means : (2, k, components) float32, mean features of what is left and of what is taken, in noise deviations.
    channels : (k,) int64, those of the features.
    """

    segment: int
    cluster: int
    unit: int
    taken: np.ndarray
    difference: float
    moved: int
    means: np.ndarray
    channels: np.ndarray


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of one unit: `rate` in spikes per sample; where it was `seen`: (position of the tissue, segment,
    samples its spikes were moved by, views)."""

    track: Track
    rate: float
    seen: Sequence[tuple[float, int, int, Views]]

    def elsewhere(self, segment: int, position: float) -> tuple[float, int, int, Views] | None:
        """How it was seen at the position nearest to this one in another segment."""
        others = [one for one in self.seen if one[1] != segment]
        return min(others, key=lambda one: (abs(one[0] - position), abs(one[1] - segment)), default=None)


class SecondLook:
    """Looks for units where they are missing.

    Parameters
    ----------
    mover : of the probe.
    units : all of them.
    """

    def __init__(self, mover: Mover, units: Sequence[Known]):
        self.mover = mover
        self.units = units
        segments = {segment for unit in units for segment in unit.track.segments}
        self.known = KNOWN_SEGMENTS if len(segments) >= 2 * KNOWN_SEGMENTS else 1
        self.owner = {member: unit for unit in units for member in unit.track.members}

    def cuts(
        self, segment: int, position: float, duration: int, noise: np.ndarray, clouds: Sequence[Cloud]
    ) -> list[Cut]:
        """The cuts in one segment, at most one for each cluster and each unit; the surest first.

        Parameters
        ----------
        position : um, of the tissue. duration : samples. noise : (channels,) float32.
        clouds : of each cluster.
        """
        missing = [
            unit for unit in self.units if len(unit.track.segments) >= self.known and segment not in unit.track.segments
        ]
        expected = [(unit, *self._expected(unit, segment, position)) for unit in missing]
        found: list[Cut] = []
        for cluster, cloud in enumerate(clouds):
            found += self._cuts_of(segment, cluster, position, duration, noise, cloud, expected)
        chosen: list[Cut] = []
        for cut in sorted(found, key=lambda cut: (cut.difference, cut.cluster, cut.unit)):
            if all(cut.cluster != other.cluster and cut.unit != other.unit for other in chosen):
                chosen.append(cut)
        return chosen

    def _expected(self, unit: Known, segment: int, position: float) -> tuple[Templates, int] | tuple[None, int]:
        """The template a unit should have here; and its time from the unit's spikes."""
        nearest = unit.elsewhere(segment, position)
        if nearest is None:
            return None, 0
        at, _, moved, views = nearest
        return self.mover.moved(views.templates.chosen([0]), position - at), int(views.times[0]) - moved

    def _cuts_of(self, segment, cluster, position, duration, noise, cloud, expected) -> Iterator[Cut]:
        near = [one for one in expected if self._is_near(one[1], cloud)]
        if not near or len(cloud) < 2 * FEWEST_SPIKES:
            return
        here, _ = self._expected(self.owner[segment, cluster], segment, position)
        if here is None:
            return
        points = cloud.points()
        kept_template = self._in_noise(here, noise, cloud.channels)
        for unit, template, time in near:
            templates = np.stack([kept_template, self._in_noise(template, noise, cloud.channels)])
            split = two_parts(points, templates, unit.rate * duration)
            if split is not None:
                taken, difference, means = split
                shape = (2, len(cloud.channels), -1)
                means = means.reshape(shape)
                yield Cut(segment, cluster, unit.track.id, taken, difference, -time, means, cloud.channels)

    def _is_near(self, template: Templates, cloud: Cloud) -> bool:
        power = (cloud.mean.reshape(len(cloud.channels), -1) ** 2).sum(axis=1)
        place = power @ self.mover.positions[cloud.channels] / max(power.sum(), np.finfo(np.float32).tiny)
        return bool(np.hypot(*(template.places[0] - place)) <= NEAR_UM)

    def _in_noise(self, template: Templates, noise: np.ndarray, channels: np.ndarray) -> np.ndarray:
        """Of one template its values on `channels`, in noise deviations, (k * components,) float32."""
        everywhere = self.mover.everywhere(template)[channels]
        scale = np.divide(1, noise[channels], out=np.zeros(len(channels), np.float32), where=noise[channels] > 0)
        return (everywhere * scale[:, None]).ravel()


def two_parts(points: np.ndarray, templates: np.ndarray, spikes: float) -> tuple[np.ndarray, float, np.ndarray] | None:
    """Cut points in two where there are two units, else None.

    Parameters
    ----------
    points : (n, f) float32. templates : (2, f) float32, of the unit they were given to and of the one that is missing.
    spikes : of the missing one, expected.

    Returns
    -------
    taken : (n,) bool, points of the missing one. difference : from its template. means : (2, f) float32.
    """
    means = templates
    for _ in range(ROUNDS):
        taken = ((points - means[0]) ** 2).sum(axis=1) > ((points - means[1]) ** 2).sum(axis=1)
        if min(taken.sum(), (~taken).sum()) < FEWEST_SPIKES:
            return None
        means = np.stack([points[~taken].mean(axis=0), points[taken].mean(axis=0)])
    table = np.array([[_difference(mean, template) for template in templates] for mean in means])
    own, other = np.diag(table), np.diag(table[:, ::-1])
    if (own > OWN_DIFFERENCE).any() or (own > OTHER_SHARE * other).any():
        return None
    if not RATE[0] * spikes <= taken.sum() <= RATE[1] * spikes or _distance(points, taken, means) < APART:
        return None
    return taken, float(own[1]), means.astype(np.float32)


def _difference(one: np.ndarray, other: np.ndarray) -> float:
    larger = max(np.linalg.norm(one), np.linalg.norm(other))
    return float(np.linalg.norm(one - other) / larger) if larger > 0 else np.inf


def _distance(points: np.ndarray, taken: np.ndarray, means: np.ndarray) -> float:
    """Between the means, in pooled standard deviations along the line through them."""
    apart = means[1] - means[0]
    length = np.linalg.norm(apart)
    along = points @ (apart / length) if length > 0 else np.zeros(len(points))
    inside = sum(((along[part] - along[part].mean()) ** 2).sum() for part in (taken, ~taken)) / len(along)
    return float(length / np.sqrt(inside + 0.25))
