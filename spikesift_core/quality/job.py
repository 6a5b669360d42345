"""Every metric of every unit, as a job: first what needs the spikes only, then what the recording is read for."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from spikesift_core.merged_signal import missing_words
from spikesift_core.progress import Progress
from spikesift_core.quality.likeness import difference_matrix, nearest_units
from spikesift_core.quality.metrics import METRICS, SIGNAL, SPIKES, Evidence, Metric
from spikesift_core.quality.signal import measure_signal
from spikesift_core.results import SortedRecording
from spikesift_core.tracks import Track, track_amplitudes, track_spikes
from spikesift_core.unit_facts import unit_facts


@dataclass(frozen=True, eq=False)
class Quality:
    """Figures of the units, as far as they are computed.

    Attributes
    ----------
    units : ids, in the order of the tracks.
    columns : name of a metric to (units,) float64; shares 0 to 1, amplitudes in the units of the file, nan where a
        unit has none. A metric that is not there is not computed yet, or cannot be: then it is in `unknown`.
    unknown : name of a metric to the reason why no unit has it, in words.
    """

    units: tuple[int, ...]
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether nothing more will come."""
        return all(metric.name in self.columns or metric.name in self.unknown for metric in METRICS)

    def row(self, unit: int) -> dict[str, float]:
        """The figures of one unit by name."""
        place = self.units.index(unit)
        return {name: float(values[place]) for name, values in self.columns.items()}


def measure_quality(
    recording: SortedRecording,
    tracks: Sequence[Track],
    sampling_frequency: float | None,
    signal=None,
    *,
    polarity: float = -1.0,
    method: str = "default",
    why_no_signal: str = "the recording is not there",
) -> Generator[Progress | Quality, None, Quality]:
    """Compute every metric on all spikes: a job that yields `Progress` and, as they come, `Quality`.

    Parameters
    ----------
    sampling_frequency : Hz, or None where it is not known.
    signal : Recording, RecordingView or MergedSignal as it was sorted, with every channel there. None leaves out what
        needs it, as does a merged one of which a part is missing: a figure is one of all spikes.
    polarity : of the spikes: below 0 they are troughs. method : whose filter, see `parameters.method_of`.
    why_no_signal : reason given for what is left out.

    Raises
    ------
    ValueError
        If the recording cannot be read; what was yielded until then is right.
    """
    yield Progress("Comparing the units", 0, 1)
    differences = difference_matrix(recording, tracks)
    evidence = yield from _gathered(recording, tracks, sampling_frequency, differences)
    found = with_metrics(Quality(tuple(track.id for track in tracks)), evidence, SPIKES)
    why = why_no_signal if signal is None else missing_words(signal)
    if why:
        return replace(found, unknown={metric.name: why for metric in METRICS if metric.needs == SIGNAL})
    yield found
    measured = yield from measure_signal(signal, recording, tracks, differences, polarity, method)
    evidence = [replace(unit, measured=one) for unit, one in zip(evidence, measured, strict=True)]
    return with_metrics(found, evidence, SIGNAL)


def with_metrics(found: Quality, evidence: Sequence[Evidence], needs: str) -> Quality:
    """`found` with all metrics that need SPIKES, or SIGNAL."""
    columns = {metric.name: _column(metric, evidence) for metric in METRICS if metric.needs == needs}
    return replace(found, columns={**found.columns, **columns})


def _column(metric: Metric, evidence: Sequence[Evidence]) -> np.ndarray:
    return np.array([metric.function(unit) for unit in evidence], np.float64)


def _gathered(
    recording: SortedRecording, tracks: list[Track], sampling_frequency: float | None, differences: np.ndarray
) -> Generator[Progress, None, list[Evidence]]:
    nearest = nearest_units(differences, 1)
    units = tuple(track.id for track in tracks)
    found = []
    for place, track in enumerate(tracks):
        other = int(nearest[place, 0]) if nearest.shape[1] else None
        vectors, spikes = track_amplitudes(recording, track), track_spikes(recording, track)
        found.append(
            Evidence(
                facts=unit_facts(recording, track, sampling_frequency, vectors=vectors, spikes=spikes),
                spikes=spikes,
                duration=sum(recording.sorted_segments[segment].duration for segment in track.segments),
                largest=vectors.max(axis=1),
                counts=spikes_by_segment(recording, track),
                sampling_frequency=sampling_frequency,
                nearest=None if other is None else units[other],
                difference=math.nan if other is None else float(differences[place, other]),
                measured=None,
                units=units,
            )
        )
        yield Progress("Computing from the spikes", place + 1, len(tracks), "units")
    return found


def spikes_by_segment(recording: SortedRecording, track: Track) -> np.ndarray:
    """Spikes of a unit in each of its segments, (segments it was found in,) int64."""
    counts = dict.fromkeys(track.segments, 0)
    for segment, cluster in track.members:
        counts[segment] += len(recording.sorted_segments[segment].spike_clusters[cluster])
    return np.array(list(counts.values()), np.int64)
