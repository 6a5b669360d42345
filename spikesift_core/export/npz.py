"""NumPy archive: everything a script needs, each array under its name."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import numpy as np

from spikesift_core.export.units import Units
from spikesift_core.progress import Progress


def write_npz(path: Path, units: Units) -> Generator[Progress, None, None]:
    """Write the archive.

    Arrays: `times` (n,) int64 samples, sorted; `labels` (n,) int64 unit ids; `unit_ids` (u,) int64; `unit_followed`
    (u,) bool, found in every segment; `amplitude_vectors` (rows, channels) float32 with `amplitude_units` and
    `amplitude_segments` (rows,) int64; `segment_starts`, `segment_ends` (s,) int64 samples; `probe_geometry`
    (channels, 2) float32 um; `probe_shanks` (channels,) int64, from 0; `sampling_frequency` () float64 Hz, nan if
    unknown; `source` () text, JSON: file, settings, versions, which clock the times are on.
    """
    yield Progress("Writing everything", 0, max(1, len(units)), "units")
    times, labels = units.spikes
    ids, segments, _, vectors = units.rows
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            times=times,
            labels=labels,
            unit_ids=np.array([track.id for track in units.tracks], dtype=np.int64),
            unit_followed=units.followed,
            amplitude_vectors=vectors,
            amplitude_units=ids,
            amplitude_segments=segments,
            segment_starts=units.segments[:, 0],
            segment_ends=units.segments[:, 1],
            probe_geometry=units.recording.probe_geometry,
            probe_shanks=units.recording.probe.shanks,
            sampling_frequency=np.float64(np.nan if units.sampling_frequency is None else units.sampling_frequency),
            source=np.array(json.dumps(units.source)),
        )
