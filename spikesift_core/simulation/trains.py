"""When the units fire: random intervals after a refractory period, bursts, and neighbours that fire together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from spikesift_core.simulation.settings import SimulationSettings

BURST_GAP_MS = 3.0  # mean time between spikes of a burst, after the refractory period
BURST_LENGTH = (0.25, 0.55)  # chance that a spike of a bursting unit is followed by a further one of the burst
SMALLEST_IN_BURST = 0.4
OVERLAP_MS = 0.7


@dataclass(frozen=True)
class Spikes:
    """Spikes in order of time.

    Attributes
    ----------
    times : (n,) float64, samples, not rounded.
    units : (n,) int64.
    sizes : (n,) float32, relative to the unit's peak.
    """

    times: np.ndarray
    units: np.ndarray
    sizes: np.ndarray

    def where(self, keep: np.ndarray) -> Spikes:
        """The spikes for which `keep` is true, or in the order of `keep`, as indices."""
        return Spikes(self.times[keep], self.units[keep], self.sizes[keep])


def silenced(spikes: Spikes, silences: Iterable[tuple[int, float, float]], sampling_frequency: float) -> Spikes:
    """The spikes less those of units that are silent; `silences` as in `SimulationSettings`, in seconds."""
    silent = np.zeros(len(spikes.times), bool)
    for unit, start, end in silences:
        after, before = spikes.times >= start * sampling_frequency, spikes.times < end * sampling_frequency
        silent |= (spikes.units == unit) & after & before
    return spikes.where(~silent)


def join(parts: list[Spikes]) -> Spikes:
    """All spikes of several stretches, one after the other."""
    return Spikes(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("times", "units", "sizes")))


class SpikeSource:
    """Draws the spikes of all units, stretch by stretch, in the order of time.

    Parameters
    ----------
    rates : (units,) Hz.
    known : number of units (the first ones) that burst and overlap; the rest is background.
    positions : (units, 2) or wider, um; neighbours are those close to each other.
    """

    def __init__(self, settings: SimulationSettings, rates: np.ndarray, known: int, positions: np.ndarray, rng):
        self._rng = rng
        self._settings = settings
        per_ms = settings.sampling_frequency / 1000
        # One sample more, so that rounded times keep the period too.
        self._refractory = settings.refractory_ms * per_ms + 1
        self._burst_gap = BURST_GAP_MS * per_ms
        self._go_on = np.zeros(len(rates))
        bursting = rng.permutation(known)[: round(settings.bursting_units * known)]
        self._go_on[bursting] = rng.uniform(*BURST_LENGTH, len(bursting))
        self._pause = self._mean_pause(settings.sampling_frequency / rates)
        self._next = rng.exponential(self._pause)
        self._place = np.zeros(len(rates), np.int64)
        self._partners = _partners(positions[:known])
        self._overlap = OVERLAP_MS * per_ms
        self._done = 0.0

    def _mean_pause(self, mean_interval):
        rest = mean_interval - self._refractory - self._go_on * self._burst_gap
        # A unit too fast for its bursts has none.
        self._go_on[rest <= 0] = 0.0
        rest = mean_interval - self._refractory - self._go_on * self._burst_gap
        return rest / (1 - self._go_on)

    def draw(self, stop: float) -> Spikes:
        """All further spikes before sample `stop`."""
        parts = []
        while len(rows := np.flatnonzero(self._next < stop)):
            parts.append(self._draw_once(rows, stop))
        spikes = join(parts) if parts else Spikes(np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.float32))
        spikes = self._with_overlaps(spikes, self._done, stop)
        self._done = stop
        return spikes.where(np.argsort(spikes.times, kind="stable"))

    def _draw_once(self, rows, stop):
        count = int(np.ceil(1.2 * ((stop - self._done) / (self._pause[rows].min() + self._refractory)))) + 3
        times, place = self._intervals(rows, count)
        inside = times[:, :-1] < stop
        taken = inside.sum(axis=1)
        each = np.arange(len(rows))
        self._next[rows], self._place[rows] = times[each, taken], place[each, taken]
        units = np.repeat(rows, taken)
        return Spikes(times[:, :-1][inside], units, self._sizes(place[:, :-1][inside]))

    def _intervals(self, rows, count):
        goes_on = self._rng.random((len(rows), count)) < self._go_on[rows, None]
        mean = np.where(goes_on, self._burst_gap, self._pause[rows, None])
        gaps = self._refractory + mean * self._rng.standard_exponential((len(rows), count))
        times = self._next[rows, None] + np.cumsum(np.column_stack([np.zeros(len(rows)), gaps]), axis=1)
        place = np.empty(times.shape, np.int64)
        place[:, 0] = self._place[rows]
        for spike in range(count):
            place[:, spike + 1] = (place[:, spike] + 1) * goes_on[:, spike]
        return times, place

    def _sizes(self, place):
        vary = 1 + self._settings.amplitude_variation * self._rng.standard_normal(len(place)).clip(-3, 3)
        in_burst = np.maximum(self._settings.burst_amplitude**place, SMALLEST_IN_BURST)
        return (vary.clip(0.1) * in_burst).astype(np.float32)

    def _with_overlaps(self, spikes, start, stop):
        """Let neighbours answer some spikes, where their refractory period and the stretch allow it."""
        if len(self._partners) == 0 or self._settings.overlaps == 0:
            return spikes
        chosen = np.flatnonzero(spikes.units < len(self._partners))
        chosen = chosen[self._rng.random(len(chosen)) < self._settings.overlaps]
        units = self._partners[spikes.units[chosen], self._rng.integers(0, self._partners.shape[1], len(chosen))]
        times = spikes.times[chosen] + self._rng.uniform(-self._overlap, self._overlap, len(chosen))
        answers = Spikes(times, units, self._sizes(np.zeros(len(chosen), np.int64)))
        answers = answers.where((times > start + self._refractory) & (times < stop - self._refractory))
        return _without_conflicts(join([spikes, answers]), len(spikes.times), self._refractory)


def _partners(positions):
    """The up to 3 nearest other units of each unit, (units, up to 3) int64; empty for fewer than two units."""
    if len(positions) < 2:
        return np.zeros((0, 0), np.int64)
    apart = ((positions[:, None] - positions[None]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    return np.argsort(apart, axis=1, kind="stable")[:, : min(3, len(positions) - 1)]


def _without_conflicts(spikes, first_answer, refractory):
    """Drop the answers (from index `first_answer` on) that are too close to another spike of their unit."""
    order = np.lexsort((spikes.times, spikes.units))
    times, units = spikes.times[order], spikes.units[order]
    close = (np.diff(times) < refractory) & (np.diff(units) == 0)
    conflict = np.zeros(len(order), bool)
    conflict[1:] |= close
    conflict[:-1] |= close
    return spikes.where(order[~(conflict & (order >= first_answer))])
