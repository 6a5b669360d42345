"""Waveforms of spikes, cut from the recording: sparse reads in the order of time, only the channels asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_core.merged_signal import MergedSignal, without_signal
from spikesift_core.recording import Recording
from spikesift_core.results import SortedRecording
from spikesift_core.stages.filtering import make_filter
from spikesift_core.stages.rooms import room_for_samples
from spikesift_core.traces import DOWNWARD, filtered_columns
from spikesift_core.tracks import Track

BEFORE_MS = 1.0
AFTER_MS = 1.5
AROUND_PEAK_MS = 0.5  # the extreme is looked for so far on either side of a spike
BYTES_AT_ONCE = 4_000_000  # of the file: as much as the processor keeps near
READ_MS = 5.0  # of all channels are read for a spike, about: its waveform and the margins of the filter
BYTES_IN_A_MOMENT = 12_000_000  # of the file: reading takes far longer than all that is done with it
LEAST_SAMPLE = 50  # spikes; also of thousands of channels


@dataclass(frozen=True, eq=False)
class Waveforms:
    """Waveforms of a sample of a unit's spikes.

    Attributes
    ----------
    times_ms : (width,) float64, from the spike.
    channels : (k,) int64.
    spikes : (n,) int64, times of the spikes in the sample, on the recording's logical clock.
    segments : (n,) int64, the segment each belongs to.
    samples : (n, k, width) float32, in the units of the file; nan where a waveform reaches outside the recording.
    total : spikes the sample was taken from.
    """

    times_ms: np.ndarray
    channels: np.ndarray
    spikes: np.ndarray
    segments: np.ndarray
    samples: np.ndarray
    total: int

    def mean(self, segment: int | None = None) -> np.ndarray:
        """Mean waveform (k, width) float32 of the sample, or of those in one segment; nan without any."""
        chosen = self.samples if segment is None else self.samples[self.segments == segment]
        known = np.isfinite(chosen)
        count = known.sum(axis=0)
        total = np.where(known, chosen, 0).sum(axis=0, dtype=np.float64)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)

    def sampled_segments(self) -> list[int]:
        """The segments the sample has spikes of."""
        return [int(segment) for segment in np.unique(self.segments)]


def unit_waveforms(
    recording: Recording,
    sorted_recording: SortedRecording,
    track: Track,
    channels: np.ndarray,
    *,
    most: int = 200,
    segment: int | None = None,
    filtered: bool = True,
    method: str = "default",
) -> Waveforms:
    """Waveforms of at most `most` spikes of a unit, evenly spread over all its spikes.

    Parameters
    ----------
    channels : (k,) channels to cut.
    segment : only spikes of this segment; None is all.
    filtered : through the filter of the sorter; else as in the file, less the median of each waveform.
    method : whose filter, see `parameters.method_of`.

    Raises
    ------
    ValueError
        When the file cannot be read.
    """
    spikes, segments = spikes_by_segment(sorted_recording, track, segment)
    total = len(spikes)
    if isinstance(recording, MergedSignal):  # whose files may not all be there
        heard = recording.there(spikes - recording.recording_offset)
        spikes, segments = spikes[heard], segments[heard]
    chosen = evenly_spread(len(spikes), most)
    block = recording.samples_per_ms
    before, width = round(BEFORE_MS * block), round((BEFORE_MS + AFTER_MS) * block)
    channels = np.asarray(channels, np.int64)
    samples = cut(recording, spikes[chosen], channels, before, width, filtered=filtered, method=method)
    if not filtered and samples.size:
        samples -= np.nan_to_num(np.nanmedian(samples, axis=2, keepdims=True))
    times = (np.arange(width) - before) * 1000 / recording.sampling_frequency
    return Waveforms(times, channels, spikes[chosen], segments[chosen], samples, total)


def waveform_density(samples: np.ndarray, low: float, high: float, bins: int, between: int = 4) -> np.ndarray:
    """How many waveforms go through each amplitude at each moment; straight lines lead from sample to sample.

    Parameters
    ----------
    samples : (n, k, width) float32, waveforms on k channels; nan and what is outside `low` to `high` do not count.
    bins : amplitudes told apart.
    between : moments looked at from one sample to the next.

    Returns
    -------
    (k, bins, (width - 1) * between + 1) int64, the lowest amplitude first.
    """
    _n, channels, width = samples.shape
    at = np.arange((width - 1) * between + 1) / between
    left = np.minimum(at.astype(np.int64), width - 2)
    share = (at - left).astype(np.float32)
    counts = np.zeros((channels, bins, len(at)), np.int64)
    for channel, found in zip(counts, samples.transpose(1, 0, 2), strict=True):
        values = found[:, left] * (1 - share) + found[:, left + 1] * share
        rows = np.floor((values - low) * (bins / (high - low)))
        inside = (rows >= 0) & (rows < bins)
        cells = rows[inside].astype(np.int64) * len(at) + np.broadcast_to(np.arange(len(at)), rows.shape)[inside]
        channel += np.bincount(cells, minlength=channel.size).reshape(channel.shape)
    return counts


def soon_read(recording: Recording, most: int) -> int:
    """How many spikes can be read while a person waits: at most `most`, fewer where many channels make each of them
    long. 400 of 64 channels at 30 kHz, 104 of 384."""
    fit = BYTES_IN_A_MOMENT / (READ_MS * recording.samples_per_ms * recording.bytes_per_sample)
    return min(most, max(LEAST_SAMPLE, round(fit)))


def spikes_by_segment(
    sorted_recording: SortedRecording, track: Track, segment: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Spike times of a unit and the segment of each, (n,) int64 both; `segment` keeps only that one."""
    members = [member for member in track.members if segment is None or member[0] == segment]
    trains = [np.asarray(sorted_recording.sorted_segments[s].spike_clusters[k], np.int64) for s, k in members]
    times = np.concatenate([np.zeros(0, np.int64), *trains])
    counts = np.array([len(train) for train in trains], np.int64)
    segments = np.repeat(np.array([s for s, _ in members], np.int64), counts)
    if (np.diff(times) >= 0).all():
        return times, segments
    order = np.argsort(times, kind="stable")  # a unit can have several clusters in one segment
    return times[order], segments[order]


def evenly_spread(count: int, most: int) -> np.ndarray:
    """Indices (at most `most`) evenly spread over 0 to count - 1; the same ones every time."""
    if count <= most:
        return np.arange(count)
    return (np.arange(most) * count + count // 2) // most


def cut(
    recording: Recording,
    spikes: np.ndarray,
    channels: np.ndarray,
    before: int,
    width: int,
    *,
    filtered: bool = True,
    method: str = "default",
) -> np.ndarray:
    """The signal around spikes.

    Parameters
    ----------
    spikes : (n,) integers, on the recording's logical clock, sorted.
    channels : (k,) int64.
    before : samples before the spike; width : samples in all.
    filtered : through the filter of the sorter; else as in the file.
    method : whose filter, see `parameters.method_of`.

    Returns
    -------
    (n, k, width) float32, in the units of the file; nan outside the recording.
    """
    channels = np.broadcast_to(channels, (len(spikes), len(channels)))
    return cut_each(recording, spikes, channels, before, width, method if filtered else None)


def spike_amplitudes(
    recording: Recording, spikes: np.ndarray, channels: np.ndarray, polarity: float = -1.0, method: str = "default"
) -> np.ndarray:
    """How far the filtered signal goes at each spike, on the channel given for it.

    Parameters
    ----------
    spikes : (n,) integers, on the recording's logical clock, sorted.
    channels : (n,) int64, one for each spike.
    polarity : as in the sorter: -1 looks for the lowest value, +1 for the highest; its size multiplies.
    method : whose filter, see `parameters.method_of`.

    Returns
    -------
    (n,) float32, positive for spikes as large as they should be; nan outside the recording. What other units add at
    that moment is in it.
    """
    half = max(1, round(AROUND_PEAK_MS * recording.samples_per_ms))
    channels = np.asarray(channels, np.int64)[:, None]
    around = cut_each(recording, spikes, channels, half, 2 * half + 1, method)[:, 0]
    amplitudes = np.full(len(spikes), np.nan, np.float32)
    known = np.isfinite(around).any(axis=1)
    amplitudes[known] = np.nanmax(around[known] * np.float32(polarity), axis=1)
    return amplitudes


def cut_each(
    recording: Recording, spikes: np.ndarray, channels: np.ndarray, before: int, width: int, method: str | None
) -> np.ndarray:
    """The signal around spikes, of each on channels of its own: as `cut`, with channels (n, k); `method` is whose
    filter, None for the signal as in the file.

    All pieces stand side by side, as if they were channels, and go through the filter together: a call for each spike
    would take far longer and keep other threads waiting.
    """
    filter_ = None if method is None else make_filter(recording.samples_per_ms, DOWNWARD, method)
    margin = filter_.margin if filter_ else 0
    blocks = -(-width // filter_.block) if filter_ else 0
    length = blocks * filter_.block + 2 * margin if filter_ else width
    starts = np.asarray(spikes, np.int64) - recording.recording_offset - before
    found = np.full((*channels.shape, width), np.nan, np.float32)
    step = max(1, BYTES_AT_ONCE // max(1, length * recording.bytes_per_sample))
    inside = np.flatnonzero((starts + width > 0) & (starts < recording.num_samples))
    for first in range(0, len(inside), step):
        some = inside[first : first + step]
        raw = _pieces(recording, starts[some] - margin, length, channels[some])
        if filter_:
            raw = filtered_columns(filter_, raw.reshape(length, -1), blocks).reshape(-1, *channels[some].shape)
        found[some] = raw[:width].transpose(1, 2, 0)
    at = starts[:, None] + np.arange(width)
    outside = without_signal(recording, at)
    rows = outside.any(axis=1)
    found[rows] = np.where(outside[rows, None], np.nan, found[rows])
    return found


def _pieces(recording: Recording, starts: np.ndarray, length: int, channels: np.ndarray) -> np.ndarray:
    """Stretches of signal (length, n, k) that begin at `starts`, of channels (n, k) each; at the ends of the recording
    the first and last value go on."""
    firsts = np.maximum(starts, 0)
    counts = np.minimum(starts + length, recording.num_samples) - firsts
    raw = recording.read_pieces(firsts, counts, room_for_samples())
    begins = np.cumsum(counts) - counts
    within = np.arange(length)[:, None] + (starts - firsts)
    rows = begins + np.clip(within, 0, counts - 1)
    return raw.reshape(-1).take(rows[:, :, None] * raw.shape[1] + channels)
