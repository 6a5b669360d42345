"""Spikes as the threshold alone sees them, before anything is sorted: for previews and for looking a recording over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_core.kernels.detect import find_peaks
from spikesift_core.recording import Recording
from spikesift_core.recording_view import RecordingView
from spikesift_core.stages.filtering import Filter, Minima, filter_blocks, make_filter
from spikesift_core.stages.minima import medians_of

ONE_SPIKE_MS = 0.5  # troughs on neighbouring contacts so near in time are one spike
ONE_SPIKE_UM = 75.0  # between the contacts of one spike
MARGIN = 1  # blocks at either end in which no peak is looked for


@dataclass(frozen=True, eq=False)
class Peaks:
    """Troughs of the filtered signal below a low limit, those of one spike told apart from its deepest.

    Attributes
    ----------
    samples : (n,) int64, from the recording's first sample, ascending.
    channels : (n,) int64, places among the channels of the recording (or view) they were found in.
    depths : (n,) float32, depth divided by the channel's median |signal|: the threshold that just finds it.
    deepest : (n,) bool, no deeper trough on a contact nearby at the same time: counted, each spike counts once.
    medians : (channels,) float32, median |signal| of each channel; 0 on channels without signal, which have no peaks.
    seconds : how much was looked at.
    """

    samples: np.ndarray
    channels: np.ndarray
    depths: np.ndarray
    deepest: np.ndarray
    medians: np.ndarray
    seconds: float

    def rate(self, sensitivity: float) -> float:
        """Spikes per second on all channels together that a threshold of so many medians finds."""
        return float(np.count_nonzero(self.deepest & (self.depths > sensitivity)) / self.seconds)

    def rates(self, sensitivity: float) -> np.ndarray:
        """Spikes per second of which each channel sees the deepest trough, (channels,) float64."""
        found = self.channels[self.deepest & (self.depths > sensitivity)]
        return np.bincount(found, minlength=len(self.medians)) / self.seconds


def find_spikes(
    recording: Recording | RecordingView,
    starts: list[int],
    num_samples: int,
    *,
    lowest: float,
    polarity: float = -1.0,
    method: str = "default",
    medians: np.ndarray | None = None,
) -> Peaks | None:
    """Troughs in a few stretches of a recording; None where they are too short, or the recording holds no blocks.

    Parameters
    ----------
    starts, num_samples : first sample and length of the stretches; what the filter cannot reach is left out.
    lowest : troughs shallower than so many medians are not kept.
    polarity, method : of the filter, see `stages.filtering.make_filter`.
    medians : (channels,) float32 of each channel; None takes those of the stretches.

    Raises
    ------
    ValueError
        If the file cannot be read, or holds NaN or infinity there.
    """
    filter_ = make_filter(recording.samples_per_ms, polarity, method)
    block = filter_.block
    first = -(-filter_.margin // block)
    last = recording.num_samples // block - first
    blocks = min(num_samples // block, last - first)
    if blocks < 3 or not starts:
        return None
    firsts = sorted({min(max(first, start // block), last - blocks) for start in starts})
    found = [_minima(recording, filter_, at, blocks) for at in firsts]
    if medians is None:
        medians = medians_of(np.concatenate([piece.firsts for piece in found], axis=1))
    parts = [_peaks_of(piece, medians, lowest, block, at * block) for piece, at in zip(found, firsts, strict=True)]
    samples, channels, depths = (np.concatenate([part[k] for part in parts]) for k in range(3))
    order = np.argsort(samples, kind="stable")
    samples, channels, depths = samples[order], channels[order], depths[order]
    positions = recording.probe_geometry
    apart = round(ONE_SPIKE_MS * recording.sampling_frequency / 1000)
    deepest = _deepest(samples, channels, depths, positions, apart)
    seconds = len(firsts) * (blocks - 2 * MARGIN) * block / recording.sampling_frequency
    return Peaks(samples, channels, depths, deepest, medians, seconds)


def _minima(recording: Recording | RecordingView, filter_: Filter, first_block: int, blocks: int) -> Minima:
    found = Minima.empty(recording.recording_channels, blocks)
    filter_blocks(recording, filter_, first_block, found)
    return found


def _peaks_of(found: Minima, medians: np.ndarray, lowest: float, block: int, start: int):
    """Samples, channels and depths (in medians) of the peaks in one stretch."""
    minima, places = np.ascontiguousarray(found.minima), np.ascontiguousarray(found.places)
    room = np.empty(minima.shape[1], np.int64)
    samples, channels, depths = [], [], []
    for channel in np.flatnonzero(medians > 0):
        median = float(medians[channel])
        count = find_peaks(minima[channel], places[channel], -lowest * median, block, MARGIN, room)
        peaks = room[:count].copy()
        samples.append(peaks + start)
        channels.append(np.full(count, channel, np.int64))
        depths.append(-minima[channel, peaks // block] / np.float32(median))
    if not samples:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32)
    return tuple(np.concatenate(part) for part in (samples, channels, depths))


def _deepest(samples, channels, depths, positions: np.ndarray, apart: int) -> np.ndarray:
    """Whether no deeper peak lies within `apart` samples on a contact within `ONE_SPIKE_UM`, (n,) bool."""
    kept = np.ones(len(samples), bool)
    step = 1
    while step < len(samples):
        near = np.flatnonzero(samples[step:] - samples[:-step] <= apart)
        if len(near) == 0:  # peaks are in order: none farther on is nearer
            return kept
        one, other = near, near + step
        away = positions[channels[one]] - positions[channels[other]]
        close = np.hypot(*away.T) <= ONE_SPIKE_UM
        one, other = one[close], other[close]
        kept[np.where(depths[one] < depths[other], one, other)] = False
        step += 1
    return kept
