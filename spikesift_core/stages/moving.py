"""Templates that are moved along the probe and compared there.

A template is kept on the channels near its largest one only. It is moved by kriging with a Gaussian kernel: the value
at a contact is the best linear guess from the contacts around the place it came from, and fades to 0 beyond the
probe's ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from spikesift_core.kernels.following import differences, move_templates
from spikesift_core.stages.neighbours import nearest_to

# Tried on 29 recordings: 60 to 130 um, 20 to 45 um, 0.03 to 0.3 and 8 to 18 change the accuracy by less than 0.01.
LOCAL_UM = 90.0  # a spike is seen hardly further away than this
MOST_CHANNELS = 40  # kept for a template, where contacts are dense
KERNEL_UM = 30.0  # SD of the Gaussian: how far the signals of two contacts resemble each other
NOISE_SHARE = 0.1  # variance of a contact's own noise over that of the signal: keeps the weights small
SOURCES = 9  # contacts around a place that a value is guessed from
COMPARED_UM = 60.0  # templates further apart are taken to be different without a look


@dataclass(frozen=True, eq=False)
class Templates:
    """Templates on the channels near each.

    Attributes
    ----------
    values : (n, m, components) float32, on the channels `near[home]` of the probe.
    homes : (n,) int64, channel that each is kept around.
    places : (n, 2) float32, um: mean place of its contacts weighted by power.
    """

    values: np.ndarray
    homes: np.ndarray
    places: np.ndarray

    def __len__(self) -> int:
        return len(self.homes)

    def chosen(self, which) -> Templates:
        """Those of the given indices."""
        return Templates(self.values[which], self.homes[which], self.places[which])


def joined(parts: list[Templates]) -> Templates:
    """One after the other; at least one part."""
    names = ("values", "homes", "places")
    return Templates(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, eq=False)
class Views:
    """Clusters as they can be compared: each at its trough, then some at a second trough of theirs.

    Attributes
    ----------
    templates : of both kinds. owners : (n,) int64, cluster of each.
    times : (n,) int64, samples from the time of the cluster's (a unit's) spikes to the trough.
    first : how many are at the first trough; the others come after.
    """

    templates: Templates
    owners: np.ndarray
    times: np.ndarray
    first: int

    def of(self, cluster: int, moved: int) -> Views:
        """Those of one cluster, timed by its unit, whose spikes are `moved` samples later than the cluster's."""
        chosen = np.flatnonzero(self.owners == cluster)
        return Views(self.templates.chosen(chosen), self.owners[chosen], self.times[chosen] - moved, 1)

    def retimed(self, samples: int) -> Views:
        """The same of a unit whose spikes were moved by `samples`."""
        return replace(self, times=self.times - samples)


@dataclass(frozen=True, eq=False)
class _Shift:
    """What moves templates by one shift; see `move_templates`."""

    weights: np.ndarray
    sources: np.ndarray
    landings: np.ndarray


class Mover:
    """Cuts templates to the channels near them and moves them; keeps what it computed for each shift.

    Parameters
    ----------
    probe_geometry : (channels, 2), um.
    """

    def __init__(self, probe_geometry):
        self.positions = np.asarray(probe_geometry, float)
        self._near = self._near_channels()
        self._shifts: dict[float, _Shift] = {}

    def _near_channels(self) -> np.ndarray:
        """(channels, m) int64: as many for each as the one with most has within `LOCAL_UM`."""
        distances, near = nearest_to(self.positions, self.positions, min(MOST_CHANNELS, len(self.positions)))
        return np.ascontiguousarray(near[:, : (distances <= LOCAL_UM).sum(axis=1).max()])

    def cut(self, features: np.ndarray) -> Templates:
        """Keep the channels near the largest one of each template.

        Parameters
        ----------
        features : (n, channels, components) float32.
        """
        features = np.asarray(features, np.float32)
        power = (features.astype(float) ** 2).sum(axis=2)
        homes = power.argmax(axis=1)
        near = self._near[homes]
        rows = np.arange(len(features))[:, None]
        weights = power[rows, near]
        places = (weights[:, :, None] * self.positions[near]).sum(axis=1)
        places /= np.maximum(weights.sum(axis=1), np.finfo(float).tiny)[:, None]
        return Templates(np.ascontiguousarray(features[rows, near]), homes.astype(np.int64), places.astype(np.float32))

    def moved(self, templates: Templates, shift: float) -> Templates:
        """Templates `shift` um further up the probe (y).

        Also a shift of 0 goes through the kriging: it takes some noise away, and all shifts must do so alike.
        """
        how = self._shift(shift)
        values = np.empty_like(templates.values)
        move_templates(templates.values, templates.homes, self._near, how.weights, how.sources, how.landings, values)
        places = templates.places + np.array([0, shift], np.float32)
        return Templates(values, how.landings[templates.homes], places)

    def everywhere(self, template: Templates) -> np.ndarray:
        """A single template on all channels, (channels, components) float32; 0 far from it."""
        out = np.zeros((len(self.positions), template.values.shape[2]), np.float32)
        out[self._near[template.homes[0]]] = template.values[0]
        return out

    def differences(self, first: Templates, second: Templates) -> np.ndarray:
        """|a - b| / larger norm, (first, second) float32; infinite for those not near each other."""
        out = np.empty((len(first), len(second)), np.float32)
        differences(
            first.values, first.homes, first.places, second.values, second.homes, second.places,
            self._near, float(COMPARED_UM), out,
        )  # fmt: skip
        return out

    def _shift(self, shift: float) -> _Shift:
        if shift not in self._shifts:
            self._shifts[shift] = self._make_shift(shift)
        return self._shifts[shift]

    def _make_shift(self, shift: float) -> _Shift:
        step = np.array([0.0, shift])
        count = min(SOURCES, len(self.positions))
        distances, sources = nearest_to(self.positions - step, self.positions, count)
        around = self.positions[sources]
        apart = ((around[:, :, None] - around[:, None]) ** 2).sum(axis=3)
        covariance = np.exp(-apart / (2 * KERNEL_UM**2)) + NOISE_SHARE * np.eye(count)
        wanted = np.exp(-(distances**2) / (2 * KERNEL_UM**2))
        weights = np.linalg.solve(covariance, wanted[:, :, None])[:, :, 0]
        landings = nearest_to(self.positions + step, self.positions, 1)[1][:, 0].copy()
        return _Shift(np.ascontiguousarray(weights, np.float32), sources, landings)
