"""Where single spikes are along the probe, for a picture of the drift."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass

import numpy as np

from spikesift_core.progress import Progress
from spikesift_core.recording import Recording
from spikesift_core.results import SortedRecording
from spikesift_core.tracks import Track, track_amplitudes
from spikesift_core.unit_facts import LOCAL_UM, nearby_channels
from spikesift_core.waveforms import cut_each, evenly_spread, spikes_by_segment

AT_ONCE = 500  # spikes
AROUND_MS = 0.2  # on either side of a spike, where its extreme is looked for on each channel


@dataclass(frozen=True, eq=False)
class SpikeDepths:
    """Single spikes in time order.

    Attributes
    ----------
    times : (n,) int64, on the recording's logical clock. units : (n,) int64, ids.
    depths : (n,) float32, um; amplitudes : (n,) float32, in the units of the file; both nan outside the recording.
    total : how many spikes they were taken from.
    """

    times: np.ndarray
    units: np.ndarray
    depths: np.ndarray
    amplitudes: np.ndarray
    total: int


def spike_depths(
    recording: Recording,
    sorted_recording: SortedRecording,
    tracks: Sequence[Track],
    most: int,
    polarity: float = -1.0,
    method: str = "default",
) -> Generator[Progress, None, SpikeDepths]:
    """Depth and amplitude of at most `most` spikes of all units, evenly spread over all of them in time: a job.

    The depth is the centre of mass, as that of a unit (`unit_facts.centres`), of how far the filtered signal goes at
    the spike on the contacts within 100 um of the largest one of its unit in that segment.

    Parameters
    ----------
    recording : as it was sorted, with every channel there.
    polarity : as in the sorter: below 0 spikes are troughs. method : whose filter, see `parameters.method_of`.

    Raises
    ------
    ValueError
        If the recording cannot be read.
    """
    times, units, channels = _every_spike(sorted_recording, tracks)
    chosen = evenly_spread(len(times), most)
    place = _neighbours(sorted_recording.probe_geometry, sorted_recording.excluded)
    depths, amplitudes = yield from _measured(recording, times[chosen], channels[chosen], place, polarity, method)
    return SpikeDepths(times[chosen], units[chosen], depths, amplitudes, len(times))


def _every_spike(recording: SortedRecording, tracks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Time, unit and largest channel of every spike, in time order, (n,) int64 each."""
    parts = [np.zeros((3, 0), np.int64)]
    for track in tracks:
        times, segments = spikes_by_segment(recording, track)
        largest = track_amplitudes(recording, track).argmax(axis=1)
        channels = largest[np.searchsorted(track.segments, segments)]
        parts.append(np.stack([times, np.full(len(times), track.id), channels]))
    every = np.concatenate(parts, axis=1)
    times, units, channels = every[:, np.argsort(every[0], kind="stable")]
    return times, units, channels


@dataclass(frozen=True, eq=False)
class _Neighbours:
    """For each channel the channels (channels, most) int64 within 100 um, itself first, filled up with itself, and how
    much each counts: y (channels, most) um, counts (channels, most) bool."""

    channels: np.ndarray
    y: np.ndarray
    counts: np.ndarray


def _neighbours(positions: np.ndarray, excluded: Collection[int]) -> _Neighbours:
    found = [nearby_channels(channel, positions, LOCAL_UM) for channel in range(len(positions))]
    near = np.repeat(np.arange(len(positions))[:, None], max(map(len, found)), axis=1)
    counts = np.zeros(near.shape, bool)
    for channel, others in enumerate(found):
        near[channel, : len(others)] = [channel, *others[others != channel]]
        counts[channel, : len(others)] = True
    counts &= ~np.isin(near, list(excluded))
    return _Neighbours(near, np.asarray(positions, np.float32)[near, 1], counts)


def _measured(
    recording: Recording, times: np.ndarray, channels: np.ndarray, place: _Neighbours, polarity: float, method: str
) -> Generator[Progress, None, tuple[np.ndarray, np.ndarray]]:
    half = max(1, round(AROUND_MS * recording.samples_per_ms))
    depths, amplitudes = np.full((2, len(times)), np.nan, np.float32)
    for first in range(0, len(times), AT_ONCE):
        group = slice(first, first + AT_ONCE)
        mine = channels[group]
        found = cut_each(recording, times[group], place.channels[mine], half, 2 * half + 1, method)
        sizes = (found * np.float32(polarity)).max(axis=2)  # nan where the signal reaches outside the recording
        weights = np.where(place.counts[mine], np.maximum(sizes, 0), 0) ** 2
        whole = weights.sum(axis=1)
        middle = (weights * place.y[mine]).sum(axis=1)
        depths[group] = np.divide(middle, whole, out=np.full(len(mine), np.nan, np.float32), where=whole > 0)
        amplitudes[group] = sizes[:, 0]
        yield Progress("Measuring spikes", min(first + AT_ONCE, len(times)), len(times), "spikes")
    return depths, amplitudes
