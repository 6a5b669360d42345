"""Every spike of every unit, measured in the filtered recording: one pass, piece by piece, in bounded memory.

What is kept is 4 bytes a spike (how large it is) and, for each unit and those most alike to it, the first and second
moments of their features, from which the isolation follows.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from spikesift_core.channel_health import piece_starts
from spikesift_core.kernels.quality import add_moments, measure_peaks
from spikesift_core.merged_signal import signal_at
from spikesift_core.progress import Progress
from spikesift_core.quality.separation import Rows, Separations, rows_of
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.stages.minima import NOISE_UNIT
from spikesift_core.traces import read_filtered, read_lanes
from spikesift_core.tracks import Track, track_amplitudes

NEAR_MS = 0.2  # around the spike, where its extreme is looked for
REACH_MS = 0.5  # of the mean waveform whose extreme is the signal of the signal-to-noise ratio
VALUES_AT_ONCE = 4_000_000  # samples times channels


@dataclass(frozen=True, eq=False)
class Measured:
    """What the pass found of one unit.

    Attributes
    ----------
    amplitudes : (n,) float32, of each spike, as a share of the mean of its segment; nan at the very ends of the file.
    snr : largest value of the mean waveform over the noise, on the largest channel.
    separations : place of another unit to d', see `separation`; only of those that could be compared.
    """

    amplitudes: np.ndarray
    snr: float
    separations: dict[int, float]


def noise_levels(signal, method: str) -> np.ndarray:
    """SD of each channel's noise after the filter, (channels,) float64: median of the absolute value / 0.6745 in a few
    seconds spread over the recording; nan for a channel that is constant there.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    starts, length = piece_starts(signal)
    pieces = [read_filtered(signal, start, length, method=method) for start in starts]
    noise = np.median(np.abs(np.concatenate(pieces)), axis=0) / NOISE_UNIT
    return np.where(noise > 0, noise, np.nan)


def measure_signal(
    signal, recording: SortedRecording, tracks: Sequence[Track], differences: np.ndarray, polarity: float, method: str
) -> Generator[Progress, None, list[Measured]]:
    """Measure every spike: a job.

    Parameters
    ----------
    signal : Recording, RecordingView or MergedSignal (with all its parts), as it was sorted, with every channel there.
    differences : see `difference_matrix`.
    polarity : of the spikes: below 0 they are troughs. method : whose filter, see `parameters.method_of`.

    Returns
    -------
    What was found of each track.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    if not tracks:
        return []
    yield Progress("Measuring the noise", 0, 1)
    rooms = [signal_at(signal, one.start_time - signal.recording_offset) for one in recording.sorted_segments]
    noises = {id(room): noise_levels(room, method) for room in {id(room): room for room in rooms}.values()}
    vectors = [track_amplitudes(recording, track) for track in tracks]
    largest = np.zeros((len(recording.sorted_segments), len(tracks)), np.int64)
    for place, (track, found) in enumerate(zip(tracks, vectors, strict=True)):
        largest[list(track.segments), place] = found.argmax(axis=1)
    means = np.array([found.mean(axis=0) for found in vectors]).reshape(len(tracks), -1)
    rows = rows_of(means, recording.probe_geometry, differences, signal.samples_per_ms)
    scales = {room: (np.sign(polarity) or -1.0) / noise for room, noise in noises.items()}
    work = _Pass(method, largest, rows, signal.samples_per_ms)
    start, total = recording.start_time(), max(1, recording.end_time() - recording.start_time())
    members = _members_of(tracks, len(recording.sorted_segments))
    for index, segment in enumerate(recording.sorted_segments):
        times, units = _spikes_of(segment, members[index])
        room = rooms[index]
        for reached in work.measure(room, scales[id(room)], index, segment, times, units):
            seconds = np.array([reached - start, total]) / signal.sampling_frequency
            yield Progress("Measuring every spike", *seconds.tolist(), "s of recording")
    return work.answer()


def _members_of(tracks: Sequence[Track], segments: int) -> list[list[tuple[int, int]]]:
    """For each segment its clusters and the place of the unit of each: (cluster, place)."""
    found: list[list[tuple[int, int]]] = [[] for _ in range(segments)]
    for place, track in enumerate(tracks):
        for segment, cluster in track.members:
            found[segment].append((cluster, place))
    return found


def _spikes_of(segment: SortedSegment, members: Sequence[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Spikes of a segment in time order, on the logical clock, and the place of the unit of each, (n,) int64 both."""
    times, units = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for cluster, place in members:
        times.append(segment.spike_clusters[cluster])
        units.append(np.full(len(times[-1]), place))
    everything, who = np.concatenate(times), np.concatenate(units)
    order = np.argsort(everything, kind="stable")
    return everything[order], who[order]


class _Pass:
    """The pass over the recording.

    Parameters
    ----------
    largest : (segments, units) int64, the channel on which each unit is largest.
    """

    def __init__(self, method: str, largest: np.ndarray, rows: Rows, samples_per_ms: int):
        self.method, self.largest, self.rows = method, largest, rows
        self.separations = Separations(rows)
        self.near, self.reach = (max(1, round(ms * samples_per_ms)) for ms in (NEAR_MS, REACH_MS))
        self.margin = max(self.reach, int(np.abs(rows.offsets).max()))
        units = largest.shape[1]
        self.waveforms, self.measured = np.zeros((units, 2 * self.reach + 1)), np.zeros(units, np.int64)
        self.amplitudes: list[list[np.ndarray]] = [[np.zeros(0, np.float32)] for _ in range(units)]

    def measure(
        self, signal, scales: np.ndarray, index: int, segment: SortedSegment, times: np.ndarray, units: np.ndarray
    ) -> Iterator[int]:
        """Measure the spikes of a segment; yields the time reached, on the logical clock.

        signal : what the segment is read from. scales : (channels,) by which it is multiplied: spikes become positive,
        and the noise 1; nan is unusable.
        """
        self.signal, self.scales = signal, np.nan_to_num(scales).astype(np.float32)
        sizes = np.full(len(times), np.nan, np.float32)
        step = max(1, VALUES_AT_ONCE // len(self.scales))
        origin = self.signal.recording_offset
        inside = (origin + self.margin, origin + self.signal.num_samples - self.margin)
        for start in range(segment.start_time, segment.end_time, step):
            stop = min(start + step, segment.end_time)
            first, last = np.searchsorted(times, np.clip([start, stop], *inside))
            if last > first:
                chosen = slice(first, last)
                self._measure_piece(start, stop, times[chosen], units[chosen], self.largest[index], sizes[chosen])
            yield stop
        self.separations.end_segment()
        self._keep(units, sizes)

    def _measure_piece(self, start, stop, times, units, channels, sizes) -> None:
        origin = self.signal.recording_offset
        first = max(0, start - origin - self.margin)
        last = min(self.signal.num_samples, stop - origin + self.margin)
        piece = read_lanes(self.signal, first, last - first, np.arange(len(self.scales)), self.method)
        at = times - origin - first
        measure_peaks(
            piece, at, units, channels, self.scales[channels], self.near, self.reach, sizes, self.waveforms
        )  # fmt: skip
        rows, now = self.rows, self.separations.now
        add_moments(
            piece, at, units, rows.firsts, rows.spaces, rows.channels, rows.offsets, now.counts, now.sums, now.products
        )  # fmt: skip
        heard = self.scales[channels] != 0  # elsewhere there is no noise to compare with
        self.measured += np.bincount(units[heard[units]], minlength=len(self.measured))

    def _keep(self, units: np.ndarray, sizes: np.ndarray) -> None:
        """Amplitudes as a share of the mean of their unit in this segment."""
        order = np.argsort(units, kind="stable")
        for mine in np.split(order, np.flatnonzero(np.diff(units[order])) + 1):
            if len(mine):
                known = sizes[mine]
                mean = np.mean(known[np.isfinite(known)], dtype=np.float64) if np.isfinite(known).any() else np.nan
                self.amplitudes[units[mine[0]]].append(known / np.float32(mean if mean > 0 else np.nan))

    def answer(self) -> list[Measured]:
        """What was found of each unit."""
        counts = np.where(self.measured > 0, self.measured, np.nan)
        snrs = np.abs(self.waveforms / counts[:, None]).max(axis=1)
        amplitudes = map(np.concatenate, self.amplitudes)
        return [Measured(*parts) for parts in zip(amplitudes, snrs.tolist(), self.separations.found(), strict=True)]
