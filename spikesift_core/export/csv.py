"""Tables as text: the spikes, and the amplitude vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikesift_core.export.units import Units

LINES_AT_ONCE = 100_000


def write_spikes(path: Path, units: Units) -> None:
    """Write `time_samples,time_s,unit`, a line for each spike in time order; no time_s if the rate is unknown."""
    times, labels = units.spikes
    frequency = units.sampling_frequency
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("time_samples,unit\n" if frequency is None else "time_samples,time_s,unit\n")
        for start in range(0, len(times), LINES_AT_ONCE):
            samples, ids = (array[start : start + LINES_AT_ONCE] for array in (times, labels))
            if frequency is None:
                lines = (f"{sample},{unit}\n" for sample, unit in zip(samples.tolist(), ids.tolist(), strict=True))
            else:
                columns = zip(samples.tolist(), (samples / frequency).tolist(), ids.tolist(), strict=True)
                lines = (f"{sample},{second:.7f},{unit}\n" for sample, second, unit in columns)
            file.writelines(lines)


def write_amplitudes(path: Path, units: Units) -> None:
    """Write `unit,segment,start_samples,end_samples,spikes,ch0,ch1,…`, a line for each unit and segment.

    Amplitudes are in the units of the recording's numbers, as in `SortedSegment.amplitude_vectors`.
    """
    ids, segments, spikes, vectors = units.rows
    bounds = np.array(units.recording.segment_boundaries(), dtype=np.int64).reshape(-1, 2)[segments]
    channels = [f"ch{channel}" for channel in range(vectors.shape[1])]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(["unit", "segment", "start_samples", "end_samples", "spikes", *channels]) + "\n")
        for first, vector in zip(np.column_stack([ids, segments, bounds, spikes]).tolist(), vectors, strict=True):
            file.write(",".join([*map(str, first), *(f"{value:.7g}" for value in vector.tolist())]) + "\n")
