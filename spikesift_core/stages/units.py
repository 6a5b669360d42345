"""Sort one segment, the default method: detect, isolate, match, subtract, again (ALGORITHM part 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from spikesift_core.kernels.blocks import retire_residue
from spikesift_core.kernels.cells import FOUND, NOT_HELD
from spikesift_core.kernels.detect import mean_minima
from spikesift_core.kernels.features import mean_waveform, project_spikes, subtract_fitted
from spikesift_core.kernels.finding import MATCH_DEPTH, next_unit
from spikesift_core.kernels.truth import count_hits
from spikesift_core.stages.components import window
from spikesift_core.stages.minima import medians_of
from spikesift_core.stages.neighbours import nearest_channels
from spikesift_core.stages.rooms import apart
from spikesift_core.stages.segment import EDGE, Signal
from spikesift_core.stages.unit_joining import Found, join_alike, without_residue
from spikesift_core.stages.whitening import measure_noise

# A unit found on one channel whose mean peak, in noise deviations, is so many times as deep on another is looked for
# there. Where it is found decides which of its spikes are told from others, on which channels it is subtracted and how
# it is timed: found now here and now there, it is hardly linked from one segment to the next.
DEEPER = 1.1
BESIDE = 0.6  # blocks; its peaks there lie no further from those here
SAME_SHARE = 0.5  # of a unit's spikes that must be found again on another channel, for it to be the same there
RETIRE_DEPTH = 4.0  # noise deviations, and ...
RETIRE_SHARE = 0.5  # ... this share of the template's depth: a shallower minimum after subtraction is residue
SUBTRACT_DEPTH = 1.0  # noise deviations; channels where a mean waveform is shallower are left alone, ...
SUBTRACT_ERRORS = 4.0  # ... and those where it is within so many standard errors of the mean
GAINS = 0.6, 1.5
SHIFT = 0.7  # samples
SPLIT_CHANNELS = 5
UNIT_CHANNELS = 12
TEMPLATE_REACH = 120.0  # um
LIKELY_DEPTH = 0.3  # noise deviations; a trough of 1 deviation makes the mean block minimum that much deeper
FLOOR_STEP = 7  # blocks; one in so many is enough for a median
TROUGH_REACH = 0.6  # of a block; how far a second trough is looked for, at which the unit may be found elsewhere
TROUGH_SHARE = 0.5  # of the depth of the first, that it has at least


@dataclass(frozen=True, eq=False)
class Shapes:
    """Mean features of the units of a segment, in the units of the file.

    Attributes
    ----------
    templates : (units, channels, components) float32.
    others : the same at the second trough of each mean waveform, where another segment may find the unit.
    lags : (units,) int64, samples by which that is later; 0 where there is none.
    """

    templates: np.ndarray
    others: np.ndarray
    lags: np.ndarray


@dataclass(frozen=True)
class Surroundings:
    """What is the same for every segment of a recording.

    Attributes
    ----------
    geometry : (channels, 2) float32, um.
    nearest : (channels, k) int64, see `nearest_channels`; the first SPLIT_CHANNELS describe a spike, all a unit.
    components : (components, width) float32, see `learn_components`. before : their samples before the peak.
    """

    geometry: np.ndarray
    nearest: np.ndarray
    components: np.ndarray
    before: int


def surroundings(geometry: np.ndarray, components: np.ndarray, block: int) -> Surroundings:
    """`Surroundings` of a probe (channels, 2) float32 um."""
    return Surroundings(geometry, nearest_channels(geometry, UNIT_CHANNELS), components, window(block)[0])


class Search(NamedTuple):
    """Where a search is, and room for what it writes; see `next_unit`."""

    begun: np.ndarray
    tried: np.ndarray
    template: np.ndarray
    peaks: np.ndarray
    missing: np.ndarray


class UnitFinder:
    """Finds the units of one segment one after the other and subtracts them from its signal.

    Parameters
    ----------
    signal : changed. noise : (channels,) float32, standard deviation of each channel.
    around : probe and components. fewest : spikes in a unit. spatial : `merging_threshold`.
    """

    def __init__(self, signal: Signal, noise: np.ndarray, around: Surroundings, fewest: float, spatial: float):
        self.signal, self.noise, self.around = signal, noise, around
        self.fewest, self.spatial = float(fewest), float(spatial)
        self.retired = apart(signal.minima.shape, np.bool_)
        self.finished = noise <= 0
        self.floor = medians_of(signal.minima[:, ::FLOOR_STEP].copy())  # of a block minimum, where there is no spike
        self.whitening = measure_noise(signal, noise, around.components, around.before)
        self.nearest = np.ascontiguousarray(around.nearest[:, :SPLIT_CHANNELS])
        self.rounding = self.whitening.matrices(self.nearest)

    def find_all(self) -> list[Found]:
        """All units, in the order they were found."""
        blocks = self.signal.minima.shape[1]
        search = Search(
            np.array([-1, 0, 0]),
            np.empty(blocks, np.int64),
            np.empty(self.rounding.shape[1], np.float32),
            np.empty(blocks, np.int64),
            np.empty(self.nearest.shape[1] * blocks, np.int32),
        )
        units = []
        while True:
            channel, spikes = self._next(search)
            if not len(spikes):
                return units
            units.append(self._take(*self.at_deepest(channel, spikes, search)))

    def _next(self, search: Search) -> tuple[int, np.ndarray]:
        """Channel and spikes of the next unit; no spikes where none is found."""
        signal, around = self.signal, self.around
        while True:
            state, count, channel = next_unit(
                signal.held.cells, signal.held.table, signal.minima, signal.places, signal.thresholds, signal.scores,
                self.finished, self.retired, self.noise, self.floor, self.nearest, self.rounding, around.components,
                around.before, self.fewest, self.spatial, *search,
            )  # fmt: skip
            if state != NOT_HELD:
                return channel, search.peaks[: count if state == FOUND else 0].copy()
            signal.held.fill(search.missing[:count], self.nearest[channel])

    def at_deepest(self, channel: int, spikes: np.ndarray, search: Search) -> tuple[int, np.ndarray]:
        """Channel and spikes (n,) int64 of a unit where it is deepest; as they are if it is not found there."""
        deepest = self._deepest(channel, spikes)
        if deepest == channel:
            return channel, spikes
        within = int(BESIDE * self.signal.block)
        beside = peaks_beside(self.signal.peaks(deepest, -MATCH_DEPTH * float(self.noise[deepest])), spikes, within)
        if not len(beside):
            return channel, spikes
        search.tried[: len(beside)] = beside
        mean = self._features(beside, self.nearest[deepest]).mean(axis=0)
        # a sum, not a product of matrices: that is not the same on every machine
        search.template[:] = (mean[:, None] * self.rounding[deepest]).sum(axis=0)
        search.begun[:] = deepest, len(beside), 1
        _, there = self._next(search)
        search.begun[:] = -1, 0, 0
        again = count_hits(there, spikes, within)
        return (deepest, there) if again >= SAME_SHARE * len(spikes) else (channel, spikes)

    def _deepest(self, channel: int, spikes: np.ndarray) -> int:
        """Channel where a unit's mean block minimum is deepest, in noise deviations; the one where it was found if it
        is not much deeper elsewhere."""
        near = self.around.nearest[channel]
        near = near[self.noise[near] > 0]
        depths = self.signal.minima[near[:, None], spikes // self.signal.block].mean(axis=1) / self.noise[near]
        deepest = depths.argmin()
        return int(near[deepest]) if depths[deepest] < DEEPER * depths[0] else channel

    def _features(self, peaks: np.ndarray, channels: np.ndarray) -> np.ndarray:
        components, before = self.around.components, self.around.before
        features = np.empty((len(peaks), len(channels) * len(components)), np.float32)
        scale = (1 / np.where(self.noise[channels] > 0, self.noise[channels], np.inf)).astype(np.float32)
        held = self.signal.held
        held.hold(peaks, channels, before, components.shape[1] - before)
        project_spikes(held.cells, held.table, peaks, channels, before, components, scale, features)
        return features

    def _take(self, channel: int, spikes: np.ndarray) -> Found:
        """Subtract a unit and bring minima, scores and retired blocks up to date."""
        signal, block = self.signal, self.signal.block
        reach, near = EDGE * block, self.around.nearest[channel]
        features = self._features(spikes, near).reshape(len(spikes), len(near), -1)
        means = np.empty(len(self.noise), np.float32)
        mean_minima(signal.minima, spikes, block, means)
        likely = self._likely(channel, means)
        signal.held.hold(spikes, likely, reach, reach)
        waveform = np.empty((len(likely), 2 * reach), np.float32)
        mean_waveform(signal.held.cells, signal.held.table, spikes, likely, reach, waveform)
        template, other, lag = self._template(likely, waveform)
        least = max(SUBTRACT_DEPTH, SUBTRACT_ERRORS / np.sqrt(len(spikes))) * self.noise[likely]
        stands_out = (-waveform.min(axis=1) > least) | (likely == channel)
        strong, waveform = likely[stands_out], waveform[stands_out]
        weight = (1 / self.noise[strong] ** 2).astype(np.float32)
        subtract_fitted(
            signal.held.cells, signal.held.table, spikes, strong, reach, waveform, weight, *GAINS, SHIFT
        )  # fmt: skip
        signal.refresh(spikes, strong)
        residue = (-RETIRE_DEPTH * self.noise[strong] + RETIRE_SHARE * waveform.min(axis=1)).astype(np.float32)
        retire_residue(signal.minima, strong, spikes, block, EDGE - 1, residue, self.retired)
        self.finished[strong] = False
        return Found(spikes, channel, means, near, features, template, other, lag)

    def _likely(self, channel: int, means: np.ndarray) -> np.ndarray:
        """Channels (k,) int64 near one where a unit with these mean minima (channels,) can stand out of the noise."""
        geometry = self.around.geometry
        near = np.hypot(*(geometry - geometry[channel]).T) <= TEMPLATE_REACH
        deeper = means < self.floor - LIKELY_DEPTH * self.noise
        return np.flatnonzero((near & deeper & (self.noise > 0)) | (np.arange(len(means)) == channel))

    def _template(self, channels: np.ndarray, waveform: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
        """Mean features (channels, components) float32 of a mean waveform (k, 2 * reach) on some channels; the same at
        its second trough, and how many samples later than the first that is, 0 where there is none."""
        components, before, peak = self.around.components, self.around.before, waveform.shape[1] // 2
        lag = second_trough(waveform, peak, round(TROUGH_REACH * self.signal.block))
        templates = np.zeros((2, len(self.noise), len(components)), np.float32)
        for template, start in zip(templates, (peak - before, peak - before + lag), strict=True):
            template[channels] = waveform[:, start : start + components.shape[1]] @ components.T
        return *templates, lag


def peaks_beside(peaks: np.ndarray, others: np.ndarray, within: int) -> np.ndarray:
    """Those of `peaks` within so many samples of one of `others`; both (n,) int64, in order."""
    first = np.searchsorted(others, peaks - within)
    last = np.searchsorted(others, peaks + within, side="right")
    return peaks[first < last]


def second_trough(waveform: np.ndarray, peak: int, reach: int) -> int:
    """Samples from the trough at `peak` to the next deepest within `reach`, 0 where none is deep enough.

    Parameters
    ----------
    waveform : (channels, samples) float32. peak : sample of the deepest trough.
    """
    inner = waveform[:, 1:-1]
    trough = (inner < waveform[:, :-2]) & (inner <= waveform[:, 2:])
    lags = np.arange(1, waveform.shape[1] - 1) - peak
    others = (abs(lags) <= reach) & (abs(lags) >= reach / 4)
    depth = np.where(trough & others, inner, 0).min(axis=0)
    deepest = int(depth.argmin())
    return int(lags[deepest]) if depth[deepest] < TROUGH_SHARE * waveform[:, peak].min() else 0


def sort_units(
    signal: Signal, noise: np.ndarray, around: Surroundings, fewest: float, spatial: float
) -> tuple[list[np.ndarray], np.ndarray, Shapes]:
    """Units of one segment.

    Parameters
    ----------
    signal : changed. noise : (channels,) float32. fewest : `min_spikes_per_cluster`. spatial : `merging_threshold`.

    Returns
    -------
    spikes : list of (n,) int64, samples from the segment's start, sorted.
    amplitude_vectors : (units, channels) float32.
    shapes : their templates.
    """
    finder = UnitFinder(signal, noise, around, fewest, spatial)
    units = finder.find_all()
    units = join_alike(units, around.geometry, signal.minima.shape[1] * signal.block, finder.whitening.matrix)
    units = without_residue(units, around.geometry, signal.block)
    channels, components = len(noise), len(around.components)
    templates, others = (
        np.array([getattr(unit, name) for unit in units], np.float32).reshape(-1, channels, components)
        for name in ("template", "other")
    )
    return (
        [np.sort(unit.peaks) for unit in units],
        np.array([-unit.means for unit in units], np.float32).reshape(-1, channels),
        Shapes(
            templates,
            others,
            np.array([unit.lag for unit in units], np.int64),
        ),
    )
