"""The clusters that were found in one stretch of a recording."""

from __future__ import annotations

import operator

import numpy as np


class SortedSegment:
    """The clusters of one contiguous stretch of a recording.

    Parameters
    ----------
    start_time, duration : samples; the start is on the recording's logical clock.
    spike_clusters : list of (n,) integer arrays, spike times in samples on the same clock, each sorted.
    amplitude_vectors : (clusters, channels) float32, mean peak amplitude of each cluster on each channel, in the units
        of the file; positive.

    Raises
    ------
    ValueError
        For times that are not whole numbers, a negative duration, amplitudes that are no numbers, or another number of
        clusters in one than in the other.
    """

    def __init__(self, start_time, duration, spike_clusters, amplitude_vectors):
        self.start_time = _samples("start_time", start_time)
        self.duration = _samples("duration", duration)
        if self.duration < 0:
            raise ValueError(f"duration must be 0 samples or more, not {self.duration}.")
        self.spike_clusters = [_spike_times(spikes, place) for place, spikes in enumerate(spike_clusters)]
        self.amplitude_vectors = _vectors(amplitude_vectors)
        if len(self.amplitude_vectors) != len(self.spike_clusters):
            raise ValueError(
                f"spike_clusters and amplitude_vectors must have the same length, not {len(self.spike_clusters)} and "
                f"{len(self.amplitude_vectors)}."
            )

    def __len__(self) -> int:
        return len(self.spike_clusters)

    def __repr__(self) -> str:
        return f"SortedSegment(start_time={self.start_time}, duration={self.duration}, {len(self)} clusters)"

    @property
    def end_time(self) -> int:
        """First sample after the segment."""
        return self.start_time + self.duration


def _samples(name: str, value) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be a whole number of samples, not {value!r}.") from None


def _vectors(values) -> np.ndarray:
    try:
        return np.asarray(values, np.float32)
    except (TypeError, ValueError):
        raise ValueError(
            f"amplitude_vectors must be an array of numbers, (clusters, channels), not {type(values).__name__} "
            f"{str(values)[:60]!r}."
        ) from None


def _spike_times(spikes, place: int) -> np.ndarray:
    if type(spikes) is np.ndarray and spikes.dtype == np.int64 and spikes.ndim == 1:  # nearly always
        return spikes
    times = np.asarray(spikes)
    if times.ndim != 1 or (times.size and times.dtype.kind not in "iu"):
        raise ValueError(
            f"spike_clusters[{place}] must be a list of whole numbers, times in samples; it has the shape "
            f"{times.shape} and the type {times.dtype}."
        )
    return times.astype(np.int64, copy=False)
