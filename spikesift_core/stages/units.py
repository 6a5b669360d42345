"""Sort one segment, the default method: detect, isolate, match, subtract, again (ALGORITHM part 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_core.kernels.blocks import refresh_minima
from spikesift_core.kernels.detect import mean_minima
from spikesift_core.kernels.features import mean_waveform, project_spikes, subtract_fitted
from spikesift_core.stages.components import window
from spikesift_core.stages.isolation import SplitRule, largest_unit, slope_of, unit_nearest
from spikesift_core.stages.neighbours import nearest_channels
from spikesift_core.stages.segment import EDGE, Signal
from spikesift_core.stages.unit_joining import Found, join_alike
from spikesift_core.stages.whitening import measure_noise

MATCH_DEPTH = 3.0  # noise deviations; shallower minima are never matched
MATCH_SHARE = 0.4  # of the template's depth, likewise
# A minimum is likelier a spike than noise when its projection on the template exceeds half of the template's square by
# the logarithm of how much more noise there is. Minima of the noise point towards any template, so by some times more:
# mean accuracy over 26 recordings was 0.851 at 0, 0.867 at 3, 0.866 at 4, 0.854 at 8.
MATCH_CAUTION = 3.5
UNIT_DEPTH = 4.0  # noise deviations; a unit's mean peak is deeper
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
TEMPLATE_SPIKES = 300  # at most so many are averaged


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
        project_spikes(self.signal.filtered, peaks, channels, before, components, scale, features)
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
        features = self._round_features(matching, channels)
        rarity = max(0.0, np.log(len(matching) / len(rows)))
        alike = features @ template > template @ template / 2 + MATCH_CAUTION * rarity
        matching, features = matching[alike], features[alike]
        if len(matching) < self.fewest:
            return None, tried
        spikes = matching[unit_nearest(features, matching, template, self.rule, self.fewest)]
        shallow = self.signal.minima[channel, spikes // self.signal.block].mean() > -UNIT_DEPTH * noise
        if len(spikes) < self.fewest or shallow:
            return None, tried
        return spikes, tried

    def _take(self, channel: int, spikes: np.ndarray) -> Found:
        """Subtract a unit and bring minima, scores and retired blocks up to date."""
        signal, block = self.signal, self.signal.block
        near = self.around.nearest[channel]
        features = self._features(spikes, near).reshape(len(spikes), len(near), -1)
        template = self._template(channel, spikes)
        means = np.empty(len(self.noise), np.float32)
        mean_minima(signal.minima, spikes, block, means)
        strong, waveform = self._strong_waveform(channel, spikes)
        weight = (1 / self.noise[strong] ** 2).astype(np.float32)
        subtract_fitted(signal.filtered, spikes, strong, EDGE * block, waveform, weight, *GAINS, SHIFT)
        refresh_minima(
            signal.filtered, block, strong, spikes, EDGE, signal.thresholds,
            signal.minima, signal.places, signal.scores,
        )  # fmt: skip
        around = np.unique((spikes // block)[:, None] + np.arange(-EDGE + 1, EDGE))
        residue = -RETIRE_DEPTH * self.noise[strong] + RETIRE_SHARE * waveform.min(axis=1)
        self.retired[np.ix_(strong, around)] = signal.minima[np.ix_(strong, around)] > residue[:, None]
        self.finished[strong] = False
        return Found(spikes, channel, means, near, features, template)

    def _strong_waveform(self, channel: int, spikes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Channels (k,) int64 where the mean waveform stands out of its own noise, and it (k, 4 * block) float32."""
        near, reach = self._near(channel), EDGE * self.signal.block
        waveform = np.empty((len(near), 2 * reach), np.float32)
        mean_waveform(self.signal.filtered, spikes, near, reach, waveform)
        least = max(SUBTRACT_DEPTH, SUBTRACT_ERRORS / np.sqrt(len(spikes))) * self.noise[near]
        strong = ((-waveform.min(axis=1) > least) & (self.noise[near] > 0)) | (near == channel)
        return near[strong], waveform[strong]

    def _near(self, channel: int) -> np.ndarray:
        """Channels within TEMPLATE_REACH, (k,) int64."""
        geometry = self.around.geometry
        return np.flatnonzero(np.hypot(*(geometry - geometry[channel]).T) <= TEMPLATE_REACH)

    def _template(self, channel: int, spikes: np.ndarray) -> np.ndarray:
        """Mean features (channels, components) float32 on the channels near, 0 elsewhere."""
        geometry, components = self.around.geometry, self.around.components
        near = self._near(channel)
        sample = spikes[:: -(-len(spikes) // TEMPLATE_SPIKES)].copy()
        waveform = np.empty((len(near), components.shape[1]), np.float32)
        mean_waveform(self.signal.filtered, sample, near, self.around.before, waveform)
        template = np.zeros((len(geometry), len(components)), np.float32)
        template[near] = waveform @ components.T
        return template


def sort_units(
    signal: Signal, noise: np.ndarray, around: Surroundings, fewest: float, spatial: float
) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Units of one segment.

    Parameters
    ----------
    signal : changed. noise : (channels,) float32. fewest : `min_spikes_per_cluster`. spatial : `merging_threshold`.

    Returns
    -------
    spikes : list of (n,) int64, samples from the segment's start, sorted.
    amplitude_vectors : (units, channels) float32.
    templates : (units, channels, components) float32, in the units of the file.
    """
    finder = UnitFinder(signal, noise, around, fewest, spatial)
    units = finder.find_all()
    units = join_alike(units, around.geometry, signal.minima.shape[1] * signal.block, finder.whitening.matrix)
    channels = len(noise)
    return (
        [np.sort(unit.peaks) for unit in units],
        np.array([-unit.means for unit in units], np.float32).reshape(-1, channels),
        np.array([unit.template for unit in units], np.float32).reshape(-1, channels, len(around.components)),
    )
