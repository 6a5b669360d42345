"""What the units explain of the signal, and what is left: their templates, taken off at their spikes one unit after the
other, each with the gain and the small shift that fit it best, as the sorter does it.

It is done anew from the result, so it is close to what the sorter saw but not the same: a template is the mean of a
sample of spikes in the filtered recording, not in the signal from which other units were already taken off, and the
units go in the order of their size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spikesift_core.kernels.features import subtract_fitted
from spikesift_core.merged_signal import signal_at
from spikesift_core.quality.signal import noise_levels
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.stages.segment import EDGE
from spikesift_core.stages.units import GAINS, SHIFT, SUBTRACT_DEPTH, SUBTRACT_ERRORS, TEMPLATE_REACH
from spikesift_core.traces import read_filtered
from spikesift_core.tracks import Track
from spikesift_core.waveforms import cut, evenly_spread

MOST_SPIKES = 100  # a template is the mean of so many spikes, evenly spread over the segment
MOST_TEMPLATES = 4000  # kept: 100 MB where each is on 48 channels


@dataclass(frozen=True, eq=False)
class Template:
    """Mean waveform of a cluster where it stands out of the noise: channels (k,) int64 and waveform (k, width)
    float32, filtered, in the units of the file; `depth` is how far it goes there at most, `noise` (k,) float32 the
    SD of the noise."""

    channels: np.ndarray
    waveform: np.ndarray
    depth: float
    noise: np.ndarray


@dataclass(frozen=True, eq=False)
class Part:
    """Spikes of a unit in one segment, (n,) int64 samples from the first of the recording, and its template there."""

    unit: int
    template: Template
    spikes: np.ndarray


@dataclass(frozen=True, eq=False)
class Explained:
    """A stretch of the filtered signal, and what the units explain of it.

    Attributes
    ----------
    start : first sample, counted from the first sample of the recording.
    channels : (k,) int64.
    signal, model : (samples, k) float32, in the units of the file; what is left is their difference.
    units : ids of the units with spikes there, the largest first; the first `taken` of them are in the model.
    spikes : unit to the number of its spikes there.
    noise : (k,) float32, SD of the noise of each channel; 0 on those that cannot be used.
    """

    start: int
    channels: np.ndarray
    signal: np.ndarray
    model: np.ndarray
    units: tuple[int, ...]
    taken: int
    spikes: Mapping[int, int]
    noise: np.ndarray

    @property
    def left(self) -> np.ndarray:
        """The residual, (samples, k) float32."""
        return self.signal - self.model


class Explainer:
    """Takes units off the signal, stretch by stretch; what it learns of them is kept.

    Parameters
    ----------
    signal : Recording, RecordingView or MergedSignal, as it was sorted, with every channel there.
    recording : SortedRecording. units : its tracks.
    polarity : of the spikes: below 0 they are troughs.
    method : see `parameters.method_of`; the published one takes off the mean as it is, without gain and shift.
    """

    def __init__(
        self, signal, recording: SortedRecording, units: Sequence[Track], *, polarity: float, method: str = "default"
    ):
        self.signal, self.recording, self.method = signal, recording, method
        self.sign = np.float32(np.sign(polarity) or -1.0)
        self.owner = {member: track.id for track in units for member in track.members}
        self.reach = EDGE * signal.samples_per_ms
        self.bounds = np.array(recording.segment_boundaries()) - signal.recording_offset
        self._noise: dict[int, np.ndarray] = {}
        self._templates: dict[tuple[int, int], Template] = {}

    def noise_at(self, sample: int) -> np.ndarray:
        """SD of the noise of each channel, (channels,) float32, in the recording that a sample lies in; 0 on those that
        cannot be used."""
        source = signal_at(self.signal, sample)
        if source is None:
            return np.zeros(self.signal.recording_channels, np.float32)
        if id(source) not in self._noise:
            noise = np.nan_to_num(noise_levels(source, self.method)).astype(np.float32)
            noise[list(self.recording.excluded)] = 0
            self._noise[id(source)] = noise
        return self._noise[id(source)]

    def explain(self, start: int, num_samples: int, channels: Sequence[int], most: int | None = None) -> Explained:
        """What the units explain of a stretch.

        Parameters
        ----------
        start, num_samples : samples from the recording's first one; what reaches outside the recording is left out.
        channels : those wanted, in order.
        most : so many of the units that fire there are taken off, the largest first; None is all.

        Raises
        ------
        ValueError
            If the file cannot be read.
        """
        channels = np.asarray(channels, np.int64)
        first = min(max(0, start), self.signal.num_samples)
        count = min(max(0, start + num_samples), self.signal.num_samples) - first
        around = self._around(channels)
        found = self._found(first, first + count, around)
        sizes: dict[int, float] = {}
        for part in found:
            sizes[part.unit] = max(sizes.get(part.unit, 0.0), part.template.depth)
        units = tuple(sorted(sizes, key=lambda unit: (-sizes[unit], unit)))
        taken = len(units) if most is None else min(max(0, most), len(units))
        before, signal = self._read(first, count, around)
        left = signal.T.copy()
        for unit in units[:taken]:
            for part in found:
                if part.unit == unit:
                    self._take_off(left, part.spikes - before, part.template, around)
        rows = np.searchsorted(around, channels)
        inside = slice(first - before, first - before + count)
        seen, rest = signal[inside][:, rows], left.T[inside][:, rows]
        spikes = dict.fromkeys(units, 0)
        for part in found:
            spikes[part.unit] += int(np.diff(np.searchsorted(part.spikes, [first, first + count]))[0])
        noise = self.noise_at(first + count // 2)[channels]
        return Explained(first, channels, seen, seen - rest, units, taken, spikes, noise)

    def _around(self, channels: np.ndarray) -> np.ndarray:
        """The channels and those so near that a template reaches them, ascending."""
        if len(channels) == 0:
            return channels
        positions = self.recording.probe_geometry
        near = [np.hypot(*(positions - positions[channel]).T) <= TEMPLATE_REACH for channel in channels]
        return np.flatnonzero(np.any(near, axis=0))

    def _read(self, first: int, count: int, channels: np.ndarray) -> tuple[int, np.ndarray]:
        """The filtered signal (samples, channels) with room on both sides, whole blocks; and its first sample, which
        lies before the recording at its start. Outside the recording it is 0."""
        block = self.signal.samples_per_ms
        before = first - 2 * self.reach
        samples = -(-(count + 4 * self.reach) // block) * block
        begin, end = max(0, before), min(before + samples, self.signal.num_samples)
        read = read_filtered(self.signal, begin, end - begin, channels, self.method)
        return before, np.pad(read, ((begin - before, before + samples - end), (0, 0)))

    def _found(self, first: int, stop: int, around: np.ndarray) -> list[Part]:
        """Every cluster that is largest on one of these channels and has spikes whose waveform reaches into the
        stretch."""
        found, offset = [], self.signal.recording_offset
        touched = (self.bounds[:, 0] < stop + self.reach) & (self.bounds[:, 1] > first - self.reach)
        for index in np.flatnonzero(touched).tolist():
            segment = self.recording.sorted_segments[index]
            for cluster in _largest_on(segment, around):
                train = segment.spike_clusters[cluster] - offset
                low, high = np.searchsorted(train, [first - self.reach, stop + self.reach])
                if high > low:
                    unit = self.owner[index, cluster]
                    found.append(Part(unit, self._template(index, cluster), train[low:high]))
        return found

    def _template(self, index: int, cluster: int) -> Template:
        found = self._templates.get((index, cluster))  # two threads may ask at once
        if found is None:
            found = self._measured(index, cluster)
            if len(self._templates) >= MOST_TEMPLATES:
                self._templates.clear()
            self._templates[index, cluster] = found
        return found

    def _measured(self, index: int, cluster: int) -> Template:
        segment = self.recording.sorted_segments[index]
        train, vector = segment.spike_clusters[cluster], segment.amplitude_vectors[cluster]
        positions, largest = self.recording.probe_geometry, int(vector.argmax())
        noise = self.noise_at(int(self.bounds[index, 0]))
        usable = (noise > 0) | (np.arange(len(vector)) == largest)
        near = np.flatnonzero((np.hypot(*(positions - positions[largest]).T) <= TEMPLATE_REACH) & usable)
        spikes = train[evenly_spread(len(train), MOST_SPIKES)]
        pieces = cut(self.signal, spikes, near, self.reach, 2 * self.reach, method=self.method)
        complete = np.isfinite(pieces).all(axis=(1, 2))
        if not complete.any():
            return Template(np.zeros(0, np.int64), np.zeros((0, 2 * self.reach), np.float32), 0.0, noise[:0])
        mean = pieces[complete].mean(axis=0)
        depths = (self.sign * mean).max(axis=1)
        least = max(SUBTRACT_DEPTH, SUBTRACT_ERRORS / np.sqrt(complete.sum())) * noise[near]
        strong = (depths > least) | (near == largest)
        depth = float(depths[near == largest][0])
        return Template(near[strong], np.ascontiguousarray(mean[strong]), depth, noise[near[strong]])

    def _take_off(self, left: np.ndarray, spikes: np.ndarray, template: Template, channels: np.ndarray) -> None:
        """Subtract a template at spikes, samples of `left` (channels, samples) float32, which is changed."""
        known = np.isin(template.channels, channels) & (template.noise > 0)
        if not known.any():
            return
        block = self.signal.samples_per_ms
        blocks = left.shape[1] // block
        table = np.arange(len(left) * blocks, dtype=np.int32).reshape(len(left), blocks)
        rows = np.searchsorted(channels, template.channels[known])
        weight = (1 / template.noise[known] ** 2).astype(np.float32)
        least, most, shift = (*GAINS, SHIFT) if self.method == "default" else (1.0, 1.0, 0.0)
        subtract_fitted(
            left.reshape(-1, block), table, spikes, rows, self.reach, np.ascontiguousarray(template.waveform[known]),
            weight, least, most, shift,
        )  # fmt: skip


def _largest_on(segment: SortedSegment, channels: np.ndarray) -> list[int]:
    """Clusters whose largest amplitude is on one of these channels."""
    if len(segment) == 0:
        return []
    return np.flatnonzero(np.isin(segment.amplitude_vectors.argmax(axis=1), channels)).tolist()
