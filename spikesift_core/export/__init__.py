"""Results for other programs: one file per target, one table.

Which units: `followed` are those found in every segment, the published meaning of a unit (`cluster_ids()`); `kept` are
those found in at least 45 % of the segments; `all` are also those found in fewer, or in one only (see
`spikesift_core.tracks`). Unless it is said, `kept` where units were followed over gaps, else `followed`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from spikesift_core.export import csv, npz
from spikesift_core.export.units import CLOCKS, UNIT_CHOICES, Units, units_of
from spikesift_core.progress import Progress, run_to_end
from spikesift_core.replacing import replacing

__all__ = ["CLOCKS", "EXPORTERS", "UNIT_CHOICES", "Exporter", "Units", "export", "exporting", "units_of"]


@dataclass(frozen=True)
class Exporter:
    """One row of `EXPORTERS`: id, name in words, suffix of its file, what it holds, and the job that writes it."""

    id: str
    name: str
    suffix: str
    help: str
    write: Callable[[Path, Units], Generator[Progress, None, None]]


EXPORTERS: tuple[Exporter, ...] = (
    Exporter(
        "npz",
        "Everything, for Python",
        ".npz",
        "NumPy archive: times (int64 samples, sorted) and labels (int64 unit ids), amplitude vectors, units, segments, "
        "probe, settings",
        npz.write_npz,
    ),
    Exporter(
        "csv", "Spikes", ".csv", "a line for each spike: time in samples, time in seconds, unit", csv.write_spikes
    ),
    Exporter(
        "amplitudes",
        "Amplitude vectors",
        ".csv",
        "a line for each unit and segment: spikes, and the amplitude vector with a column for each channel",
        csv.write_amplitudes,
    ),
    Exporter(
        "units",
        "Units",
        ".csv",
        "a line for each unit: spikes, the segments it was found in, its weakest link, why it began and was lost",
        csv.write_units,
    ),
    Exporter(
        "quality",
        "Quality metrics",
        ".csv",
        "a line for each unit: its quality metrics, measured on all its spikes (the recording is read once)",
        csv.write_quality,
    ),
)


def export(results, path, format: str, units: str | None = None, clock: str = "recorded") -> Units:
    """Write results to one file for another program; a file of the same name is replaced.

    Parameters
    ----------
    results : Session or SortedRecording. Times in seconds need the sampling rate, which only a session knows.
    path : file to write; its suffix must be that of the format.
    format : id of a row of `EXPORTERS`.
    units : a row of `UNIT_CHOICES`; None is "kept" where the results hold units followed over gaps, else "followed".
    clock : a row of `CLOCKS`: what times of spikes and segments are counted on.

    Returns
    -------
    What was written.

    Raises
    ------
    ValueError
        For an unknown format, another suffix, nothing to export, or a clock that is not known.
    OSError
        If the file cannot be written.
    """
    return run_to_end(exporting(results, path, format, units, clock))


def exporting(
    results, path, format: str, units: str | None = None, clock: str = "recorded"
) -> Generator[Progress, None, Units]:
    """The job of `export`: the same arguments; cancelled, it leaves a file of that name as it was."""
    exporter = next((row for row in EXPORTERS if row.id == format), None)
    if exporter is None:
        raise ValueError(f"format must be one of {', '.join(row.id for row in EXPORTERS)}, not {format!r}.")
    path = Path(os.path.abspath(path))
    if path.suffix.lower() != exporter.suffix:
        raise ValueError(f"The name of a file in the format {format} ends with {exporter.suffix}, not {path.name!r}.")
    chosen = units_of(results, units, clock)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            yield from exporter.write(temporary, chosen)
    except OSError as error:
        raise OSError(f"{path} cannot be written: {error.strerror or error}.") from error
    return chosen
