"""Metrics kept with a session, so that it need not be measured again: a file that names what it was measured on."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np

from spikesift_core.preparing import as_sorted, how_measured
from spikesift_core.progress import Progress
from spikesift_core.quality.job import Quality, measure_quality
from spikesift_core.quality.metrics import METRICS
from spikesift_core.results import SortedRecording
from spikesift_core.session_files import read_quality, save_quality
from spikesift_core.tracks import Track, tracks

FORMAT = 3  # to be raised when a metric is computed in another way


def fingerprint(recording: SortedRecording, units: Sequence[Track]) -> Generator[Progress, None, int]:
    """A number that differs when units, or their spikes, differ: a job."""
    digest, segments = 0, recording.sorted_segments
    for unit in units:
        digest = zlib.crc32(np.array([(unit.id, -1), *unit.members], np.int64).tobytes(), digest)
    for place, segment in enumerate(segments):
        yield Progress("Looking up what was measured", place, len(segments), "segments")
        digest = zlib.crc32(np.int64([segment.start_time, segment.duration]).tobytes(), digest)
        if len(segment):
            digest = zlib.crc32(np.concatenate(segment.spike_clusters), digest)
    return digest


def packed(quality: Quality, mark: int) -> dict[str, Any]:
    """Complete figures, ready for JSON; None stands for nan."""
    columns = {name: [None if np.isnan(one) else one for one in values] for name, values in quality.columns.items()}
    return {"format": FORMAT, "of": mark, "units": list(quality.units), "columns": columns}


def unpacked(kept: dict[str, Any] | None, mark: int) -> Quality | None:
    """Figures that were kept of the units with this fingerprint; None where they are of others, or not all there."""
    try:
        if (kept["format"], kept["of"]) != (FORMAT, mark):
            return None
        count = len(kept["units"])
        columns = {name: np.array(values, np.float64) for name, values in kept["columns"].items()}
        known = {name: values for name, values in columns.items() if values.shape == (count,)}
        return Quality(tuple(kept["units"]), known) if {metric.name for metric in METRICS} <= known.keys() else None
    except (TypeError, KeyError, ValueError):
        return None


def kept_or_measured(
    folder, recording: SortedRecording, units: Sequence[Track], sampling_frequency: float | None, signal=None, **how
) -> Generator[Progress | Quality, None, Quality]:
    """`measure_quality`, or what was kept in a session when the same units were measured; keeps what it measured.

    Parameters
    ----------
    folder : of the session, or None. Where it cannot be written nothing is kept.
    how : polarity, method and why_no_signal, see `measure_quality`.
    """
    if folder is None:
        return (yield from measure_quality(recording, units, sampling_frequency, signal, **how))
    mark = yield from fingerprint(recording, units)
    found = unpacked(read_quality(folder), mark)
    if found is not None:
        return found
    found = yield from measure_quality(recording, units, sampling_frequency, signal, **how)
    if not found.unknown:
        save_quality(folder, packed(found, mark))
    return found


def session_quality(session, units: Sequence[Track] | None = None) -> Generator[Progress | Quality, None, Quality]:
    """Every metric of the units of a `spikesift_core.session.Session`, kept or measured: a job.

    Parameters
    ----------
    units : tracks of its recording; None is all of `tracks(recording)`, and only these are kept.

    Raises
    ------
    ValueError
        At once: when no segment was finished. Later: when the recording cannot be read.
    """
    found = session.sorted_recording
    if found is None:
        raise ValueError(f"{session.folder} holds no finished segment ({session.state_words}): nothing to measure.")
    frequency = session.recording_description["sampling_frequency"]
    signal = session.recording
    if signal is not None:
        signal = as_sorted(signal, session.settings, found.excluded)
    how = how_measured(signal, session.settings, session.preset)
    how["why_no_signal"] = session.recording_problem or "the recording is not there"
    if units is not None:
        return measure_quality(found, units, frequency, signal, **how)
    return kept_or_measured(session.folder, found, tracks(found), frequency, signal, **how)
