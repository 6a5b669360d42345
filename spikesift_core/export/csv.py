"""Tables as text: the spikes, the amplitude vectors, the units, and their quality."""

from __future__ import annotations

import csv
import math
from collections.abc import Generator
from pathlib import Path

import numpy as np

from spikesift_core.export.units import Units
from spikesift_core.messages import listed_numbers
from spikesift_core.progress import Progress
from spikesift_core.quality import METRICS, measure_quality, session_quality
from spikesift_core.quality.words import plain
from spikesift_core.tracks import tracks
from spikesift_core.unit_history import BY_HAND, UnitHistory, unit_histories

LINES_AT_ONCE = 100_000
VALUES_AT_ONCE = 500_000
UNIT_COLUMNS = (
    "unit", "spikes", "segments_found", "segments", "share", "largest_difference", "its_segment", "its_margin",
    "found_in", "began", "lost", "linked_by_hand",
)  # fmt: skip


def write_spikes(path: Path, units: Units) -> Generator[Progress, None, None]:
    """Write `time_samples,time_s,unit`, a line for each spike in time order; no time_s if the rate is unknown."""
    times, labels = units.spikes
    frequency = units.sampling_frequency
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("time_samples,unit\n" if frequency is None else "time_samples,time_s,unit\n")
        for start in range(0, len(times), LINES_AT_ONCE):
            yield Progress("Writing spikes", start, len(times), "spikes")
            samples, ids = (array[start : start + LINES_AT_ONCE] for array in (times, labels))
            if frequency is None:
                lines = (f"{sample},{unit}\n" for sample, unit in zip(samples.tolist(), ids.tolist(), strict=True))
            else:
                columns = zip(samples.tolist(), (samples / frequency).tolist(), ids.tolist(), strict=True)
                lines = (f"{sample},{second:.7f},{unit}\n" for sample, second, unit in columns)
            file.writelines(lines)


def write_amplitudes(path: Path, units: Units) -> Generator[Progress, None, None]:
    """Write `unit,segment,start_samples,end_samples,spikes,ch0,ch1,…`, a line for each unit and segment.

    Amplitudes are in the units of the recording's numbers, as in `SortedSegment.amplitude_vectors`.
    """
    ids, segments, spikes, vectors = units.rows
    bounds = units.segments[segments]
    channels = [f"ch{channel}" for channel in range(vectors.shape[1])]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(["unit", "segment", "start_samples", "end_samples", "spikes", *channels]) + "\n")
        rows = np.column_stack([ids, segments, bounds, spikes]).tolist()
        at_once = max(1, VALUES_AT_ONCE // len(channels))
        for number, (first, vector) in enumerate(zip(rows, vectors, strict=True)):
            if number % at_once == 0:
                yield Progress("Writing amplitude vectors", number, len(rows), "lines")
            file.write(",".join([*map(str, first), *(f"{value:.7g}" for value in vector.tolist())]) + "\n")


def write_units(path: Path, units: Units) -> Generator[Progress, None, None]:
    """Write a line for each unit, columns `UNIT_COLUMNS`.

    `largest_difference` is that of the unit's weakest link, |a - b| / larger norm, made in the segment `its_segment`
    with the margin `its_margin` to the next best; empty where nothing was linked or it is not known. `found_in` are
    segments such as `0-4 7`. `lost` holds each stretch in which the unit was not found after it was, and why.
    `linked_by_hand` are the segments in which it goes on because a person said so.
    """
    yield Progress("Writing units", 0, max(1, len(units)), "units")
    histories = unit_histories(units.recording, units.tracks)
    ids, _, spikes, _ = units.rows
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(UNIT_COLUMNS)
        for unit, history in histories.items():
            table.writerow(_unit_row(history, int(spikes[ids == unit].sum()), len(units.recording.sorted_segments)))


def write_quality(path: Path, units: Units) -> Generator[Progress, None, None]:
    """Write a line for each unit: `unit`, and every metric of `spikesift_core.quality.METRICS` under its name.

    Shares are 0 to 1, amplitudes in the units of the recording's numbers; empty where a unit has no figure. Where
    results are not a session, or their recording is not there, what has to be measured in it is empty.
    """
    every = tracks(units.recording)
    chains = any(unit not in every for unit in units.tracks)  # of links alone: fewer spikes than the units they are of
    wanted = units.tracks if chains else every
    if units.session is not None:
        job = session_quality(units.session, wanted if chains else None)
    else:
        job = measure_quality(units.recording, wanted, units.sampling_frequency)
    quality = yield from job
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["unit", *(metric.name for metric in METRICS)])
        for unit in units.tracks:
            row = quality.row(unit.id)
            values = [plain(metric.name, row.get(metric.name, math.nan)) for metric in METRICS]
            table.writerow([unit.id, *map(_cell, values)])


def _cell(value: float | int | None) -> str:
    return "" if value is None else str(value) if isinstance(value, int) else f"{value:.6g}"


def _unit_row(history: UnitHistory, spikes: int, segments: int) -> list:
    weakest = ["", "", ""]
    if history.weakest is not None:
        step = history.weakest
        weakest = [f"{step.cost:.4f}", step.segment, "" if math.isnan(step.margin) else f"{step.margin:.4f}"]
    found = [step.segment for step in history.steps]
    lost = "; ".join(f"{_stretch(gap.first, gap.last)}: {gap.words}" for gap in history.absences)
    return [
        history.unit, spikes, len(found), segments, f"{history.share:.4f}", *weakest,
        _stretches(found),
        history.began, lost, _stretches([step.segment for step in history.steps if step.words == BY_HAND]),
    ]  # fmt: skip


def _stretch(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first}-{last}"


def _stretches(segments: list[int]) -> str:
    return listed_numbers(segments).replace(",", "")
