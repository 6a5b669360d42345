"""Figures of one unit: rate, refractory violations, presence, peak channel, depth, drift. Functions of arrays.

Every figure is of all spikes of the unit. What cannot be computed (an interval of a single spike) is nan, never 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spikesift_core.results import SortedRecording
from spikesift_core.tracks import Track, track_amplitudes, track_spikes

REFRACTORY_MS = 2.0
PRESENCE_BINS, FEWEST_BINS = 100, 10  # 100 as the Allen Institute's presence ratio
SPIKES_PER_BIN = 5  # a steady unit with so many leaves 1 bin in 150 empty by chance
SHORTEST_BIN = 5.0  # s; a cell that is silent for less is not missing
LOCAL_UM = 100.0  # contacts this near to the peak say where the unit is; further ones hold its neighbours and noise


@dataclass(frozen=True)
class UnitFacts:
    """What is known about one unit without its waveforms.

    Attributes
    ----------
    id : of the track.
    spikes : number of spikes.
    rate : Hz, over the segments it was found in; nan when the sampling frequency is not known.
    peak_channel : the channel with the largest mean amplitude.
    amplitude : on that channel, mean of the segments, in the units of the file.
    depth : um, y of the centre of mass, mean of the segments.
    drift : um, deepest minus shallowest segment; nan for a unit in one segment only.
    violations : share of intervals shorter than the refractory period, 0 to 1; nan below 2 spikes.
    presence : share of the recorded time's bins (see `presence_bins`) with a spike, 0 to 1.
    segments : in how many segments it was found.
    followed : whether it was found in all of them.
    """

    id: int
    spikes: int
    rate: float
    peak_channel: int
    amplitude: float
    depth: float
    drift: float
    violations: float
    presence: float
    segments: int
    followed: bool


def unit_facts(
    recording: SortedRecording,
    track: Track,
    sampling_frequency: float | None,
    refractory_ms: float = REFRACTORY_MS,
    vectors: np.ndarray | None = None,
    spikes: np.ndarray | None = None,
) -> UnitFacts:
    """The facts of one unit of a sorted recording; fast enough for a table of hundreds.

    Parameters
    ----------
    vectors, spikes : its `track_amplitudes` and `track_spikes`, where they are there already.
    """
    spikes = track_spikes(recording, track) if spikes is None else spikes
    vectors = track_amplitudes(recording, track) if vectors is None else vectors
    channel = peak_channel(vectors)
    by_segment = depths(vectors, recording.probe_geometry)
    duration = sum(recording.sorted_segments[index].duration for index in track.segments)
    known, (heard, length) = sampling_frequency is not None, recorded_times(recording, spikes)
    seconds = length / sampling_frequency if known else math.nan
    return UnitFacts(
        id=track.id,
        spikes=len(spikes),
        rate=rate(len(spikes), duration, sampling_frequency) if known else math.nan,
        peak_channel=channel,
        amplitude=float(vectors[:, channel].mean()),
        depth=float(by_segment.mean()),
        drift=drift(by_segment),
        violations=violation_share(spikes, refractory_ms * sampling_frequency / 1000) if known else math.nan,
        presence=presence(heard, 0, length, presence_bins(len(spikes), seconds)),
        segments=len(track.segments),
        followed=track.followed_throughout(recording),
    )


def rate(count: int, duration: float, sampling_frequency: float) -> float:
    """Spikes per second: `count` spikes in `duration` samples; nan for no duration."""
    return count * sampling_frequency / duration if duration > 0 else math.nan


def refractory_violations(spikes: np.ndarray, refractory: float) -> int:
    """How many intervals between neighbouring spikes are shorter than `refractory`.

    Parameters
    ----------
    spikes : (n,) integers, samples, sorted.
    refractory : samples.
    """
    return int(np.count_nonzero(np.diff(spikes) < refractory))


def violation_share(spikes: np.ndarray, refractory: float) -> float:
    """Share of the intervals that are shorter than `refractory` (samples), 0 to 1; nan below two spikes."""
    return refractory_violations(spikes, refractory) / (len(spikes) - 1) if len(spikes) > 1 else math.nan


def recorded_times(recording: SortedRecording, spikes: np.ndarray) -> tuple[np.ndarray, int]:
    """Times of spikes with what lies between segments left out, and the length of all segments, samples: nobody was
    missing while nothing was recorded, between recordings that were merged.

    Parameters
    ----------
    spikes : (n,) integers, samples, sorted. The times are (n,) int64.
    """
    starts = np.array([segment.start_time for segment in recording.sorted_segments], np.int64)
    lengths = np.array([segment.duration for segment in recording.sorted_segments], np.int64)
    before = np.concatenate(([0], np.cumsum(lengths)))
    segment = np.searchsorted(starts, spikes, side="right").clip(1) - 1
    return spikes - starts[segment] + before[segment], int(before[-1])


def presence_bins(count: int, seconds: float = math.nan) -> int:
    """Into how many bins a recording of so many `seconds` is cut for the presence of a unit with `count` spikes: 100;
    fewer for one with fewer than 500 spikes, which would leave bins empty by chance, and where a bin would be shorter
    than 5 s; never fewer than 10. nan: the length is not known."""
    longest = math.inf if math.isnan(seconds) else int(seconds // SHORTEST_BIN)
    return min(PRESENCE_BINS, max(FEWEST_BINS, min(count // SPIKES_PER_BIN, longest)))


def presence(spikes: np.ndarray, start: int, end: int, bins: int = PRESENCE_BINS) -> float:
    """Share of `bins` equal bins from `start` to `end` (samples) that hold a spike, 0 to 1; nan for an empty stretch.

    Source: the presence ratio of the Allen Institute's quality metrics (Siegle et al. 2021), which takes 100 bins.
    """
    if end <= start:
        return math.nan
    inside = spikes[(spikes >= start) & (spikes < end)]
    occupied = (inside - start) * bins // (end - start)
    return np.count_nonzero(np.bincount(occupied, minlength=bins)) / bins


def peak_channel(vectors: np.ndarray) -> int:
    """The channel with the largest mean amplitude.

    Parameters
    ----------
    vectors : (segments, channels) or (channels,), positive amplitudes.
    """
    return int(np.argmax(np.atleast_2d(vectors).mean(axis=0)))


def nearby_channels(
    channel: int, positions: np.ndarray, radius: float = LOCAL_UM, most: int | None = None
) -> np.ndarray:
    """Channels within `radius` um of `channel`, itself included: (n,) int64, in order of the channels.

    With `most`, only so many, the nearest ones.
    """
    apart = np.hypot(*(np.asarray(positions, float) - np.asarray(positions[channel], float)).T)
    nearest = np.argsort(apart, kind="stable")[:most]
    return np.sort(nearest[apart[nearest] <= radius])


def depths(vectors: np.ndarray, positions: np.ndarray, radius: float = LOCAL_UM) -> np.ndarray:
    """y of the centre of mass of each vector, (vectors,) float64, um; see `centres`."""
    return centres(vectors, positions, radius)[:, 1]


def centres(vectors: np.ndarray, positions: np.ndarray, radius: float = LOCAL_UM) -> np.ndarray:
    """Where units are, (vectors, 2) float64 um: mean of the contacts near the peak, weighted by squared amplitude.

    Parameters
    ----------
    vectors : (vectors, channels), positive amplitudes.
    positions : (channels, 2), um.
    radius : um; contacts further from the peak channel do not count.
    """
    vectors, positions = np.atleast_2d(vectors), np.asarray(positions, float)
    peaks, place = np.unique(vectors.argmax(axis=1), return_inverse=True)  # many segments have the same one
    x, y = (positions - positions[peaks, None]).transpose(2, 0, 1)
    near = np.hypot(x, y) <= radius
    some = np.flatnonzero(near.any(axis=0))  # of hundreds of channels a few
    near = near[:, some][place]
    weights = np.where(near, vectors[:, some].astype(float), 0.0) ** 2
    silent = ~(weights.sum(axis=1) > 0)
    if silent.any():
        weights[silent, near[silent].argmax(axis=1)] = 1.0
    return weights @ positions[some] / weights.sum(axis=1)[:, None]


def drift(by_segment: np.ndarray) -> float:
    """Largest minus smallest depth of the segments, um; nan for fewer than two."""
    return float(np.ptp(by_segment)) if len(by_segment) > 1 else math.nan
