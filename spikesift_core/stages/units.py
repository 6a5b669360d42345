"""Sort one segment, the default method: detect, isolate, match, subtract, again (ALGORITHM part 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_core.kernels.detect import mean_minima, resembling_peaks
from spikesift_core.kernels.features import mean_waveform, project_spikes, subtract_fitted
from spikesift_core.stages.clouds import Cloud
from spikesift_core.stages.components import window
from spikesift_core.stages.isolation import SplitRule, largest_unit, slope_of, unit_nearest
from spikesift_core.stages.neighbours import nearest_channels
from spikesift_core.stages.segment import EDGE, Signal
from spikesift_core.stages.unit_joining import Found, join_alike
from spikesift_core.stages.whitening import measure_noise

MATCH_DEPTH = 3.0  # noise deviations; shallower minima are never matched
MATCH_SHARE = 0.4  # of the template's depth, likewise
MATCH_SUPPORT = 3.4  # noise deviations; on one of a spike's channels the minimum is deeper
RESEMBLING = 0.5  # share of a template's depth above the floor, seen along its block minima
# A minimum is likelier a spike than noise when its projection on the template exceeds half of the template's square by
# the logarithm of how much more noise there is. Minima of the noise point towards any template, so by some times more:
# mean accuracy over 26 recordings was 0.851 at 0, 0.867 at 3, 0.865 at 5, 0.854 at 8.
MATCH_CAUTION = 3.5
UNIT_DEPTH = 4.0  # noise deviations; a unit's mean peak is deeper
LEAST_EVIDENCE = 80.0  # noise deviations squared; spikes times squared depth of a unit, over `min_spikes_per_cluster`
RETIRE_DEPTH = 4.0  # noise deviations, and ...
RETIRE_SHARE = 0.5  # ... this share of the template's depth: a shallower minimum after subtraction is residue
SUBTRACT_DEPTH = 1.0  # noise deviations; channels where a mean waveform is shallower are left alone, ...
SUBTRACT_ERRORS = 4.0  # ... and those where it is within so many standard errors of the mean
GAINS = 0.6, 1.5
SHIFT = 0.7  # samples
SPLIT_CHANNELS = 5
# A minimum within LOBE_REACH blocks of one that is LOBE_RATIO times deeper may be what the filter makes of the latter.
LOBE_REACH, LOBE_RATIO = 1.7, 3.0
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
    noise : (channels,) float32, standard deviations.
    clouds : the spikes of each unit as points, to be looked at again.
    """

    templates: np.ndarray
    others: np.ndarray
    lags: np.ndarray
    noise: np.ndarray
    clouds: tuple[Cloud, ...]


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


class UnitFinder:
    """Finds the units of one segment one after the other and subtracts them from its signal.

    Parameters
    ----------
    signal : changed. noise : (channels,) float32, standard deviation of each channel.
    around : probe and components. fewest : spikes in a unit. spatial : `merging_threshold`.
    """

    def __init__(self, signal: Signal, noise: np.ndarray, around: Surroundings, fewest: float, spatial: float):
        self.signal, self.noise, self.around = signal, noise, around
        self.fewest = fewest
        self.retired = np.zeros(signal.minima.shape, bool)
        self.finished = noise <= 0
        self.floor = np.median(signal.minima[:, ::FLOOR_STEP], axis=1)  # of a block minimum, where there is no spike
        self.whitening = measure_noise(signal, noise, around.components, around.before)
        self.rule = SplitRule(spatial, self.whitening.slope(slope_of(around.components)))

    def find_all(self) -> list[Found]:
        """All units, in the order they were found."""
        units = []
        while (channel := self._next_channel()) is not None:
            peaks = self._candidates(channel)
            if len(peaks) < self.fewest:
                self.finished[channel] = True
                continue
            spikes, tried = self._isolate(channel, peaks)
            if spikes is None:
                self.retired[channel, tried // self.signal.block] = True
                continue
            units.append(self._take(channel, spikes))
        return units

    def _next_channel(self) -> int | None:
        """The channel with the most excess below threshold, in noise deviations."""
        excess = np.where(self.finished, np.inf, self.signal.scores / np.where(self.noise > 0, self.noise, 1))
        channel = int(np.argmin(excess))
        return channel if excess[channel] < 0 else None

    def _candidates(self, channel: int) -> np.ndarray:
        """Peaks below threshold that were not tried in vain and are no side lobe of a larger spike."""
        block = self.signal.block
        peaks = self.signal.peaks(channel, self.signal.thresholds[channel])
        depth = self.signal.minima[channel, peaks // block]
        lobe = np.zeros(len(peaks), bool)
        for step in (1, 2):
            close = peaks[step:] - peaks[:-step] < LOBE_REACH * block
            lobe[step:] |= close & (depth[:-step] < LOBE_RATIO * depth[step:])
            lobe[:-step] |= close & (depth[step:] < LOBE_RATIO * depth[:-step])
        return peaks[~lobe & ~self.retired[channel, peaks // block]]

    def _features(self, peaks: np.ndarray, channels: np.ndarray) -> np.ndarray:
        components, before = self.around.components, self.around.before
        features = np.empty((len(peaks), len(channels) * len(components)), np.float32)
        scale = (1 / np.where(self.noise[channels] > 0, self.noise[channels], np.inf)).astype(np.float32)
        held = self.signal.held
        held.hold(peaks, channels, before, components.shape[1] - before)
        project_spikes(held.cells, held.table, peaks, channels, before, components, scale, features)
        return features

    def _round_features(self, peaks: np.ndarray, channels: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(self._features(peaks, channels) @ self.whitening.matrix(channels), np.float32)

    def _isolate(self, channel: int, peaks: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
        """Spikes of the next unit on a channel, or None; and the candidates that were tried for it."""
        channels = self.around.nearest[channel, :SPLIT_CHANNELS].copy()
        features = self._round_features(peaks, channels)
        rows = largest_unit(features, peaks, self.rule)
        tried = peaks[rows]
        if len(rows) < self.fewest:
            return None, tried
        template = features[rows].mean(axis=0)
        depth = float(self.signal.minima[channel, tried // self.signal.block].mean())
        noise = self.noise[channel]
        matching = self.signal.peaks(channel, min(-MATCH_DEPTH * noise, MATCH_SHARE * depth))
        minima = max(1, len(matching))
        matching = self._resembling(matching, tried, channels)
        features = self._round_features(matching, channels)
        rarity = max(0.0, np.log(minima / len(rows)))
        alike = features @ template > template @ template / 2 + MATCH_CAUTION * rarity
        matching, features = matching[alike], features[alike]
        if len(matching) < self.fewest:
            return None, tried
        spikes = matching[unit_nearest(features, matching, template, self.rule, self.fewest)]
        depth = -self.signal.minima[channel, spikes // self.signal.block].mean() / noise if len(spikes) else 0.0
        if len(spikes) < self.fewest or depth < UNIT_DEPTH or len(spikes) * depth**2 < self.fewest * LEAST_EVIDENCE:
            return None, tried
        return spikes, tried

    def _resembling(self, peaks: np.ndarray, spikes: np.ndarray, channels: np.ndarray) -> np.ndarray:
        """Those of the peaks whose block minima are not too weak to be of the unit of `spikes`: a quick look."""
        minima, block = self.signal.minima, self.signal.block
        template = minima[np.ix_(channels, spikes // block)].mean(axis=1)
        keep = np.empty(len(peaks), bool)
        floor, support = self.floor[channels], -MATCH_SUPPORT * self.noise[channels]
        resembling_peaks(minima, peaks, block, channels, template, floor, support, RESEMBLING, keep)
        return peaks[keep]

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
        around = np.unique((spikes // block)[:, None] + np.arange(-EDGE + 1, EDGE))
        residue = -RETIRE_DEPTH * self.noise[strong] + RETIRE_SHARE * waveform.min(axis=1)
        self.retired[np.ix_(strong, around)] = signal.minima[np.ix_(strong, around)] > residue[:, None]
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
            noise,
            tuple(Cloud.of(unit.features[np.argsort(unit.peaks, kind="stable")], unit.channels) for unit in units),
        ),
    )
