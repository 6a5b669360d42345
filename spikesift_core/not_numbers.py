"""NaN and infinity in a recording of floats: where they are, and reading something else in their place.

A filter cannot pass over a value that is no number. People write NaN where an artefact was cut out or packets were
lost: reading the middle of the channel there leaves all else as it is, and no spike is found in it.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np

from spikesift_core.channel_health import read_pieces
from spikesift_core.findings import Finding, listed
from spikesift_core.progress import Progress
from spikesift_core.recording import Recording
from spikesift_core.recording_layout import FileLayout

BYTES_AT_ONCE = 16_000_000
MOST_SHARE = 0.2  # of all values: more are no gaps in a signal, but no signal


@dataclass(frozen=True, eq=False)
class NotNumbers:
    """What all of a recording holds that is no number.

    Attributes
    ----------
    values : (channels,) int64, NaN and infinite values on each channel.
    samples : samples at which any channel has one.
    first, last : the first and the last of these samples, counted from the recording's first; -1 for none.
    """

    values: np.ndarray
    samples: int
    first: int
    last: int


def look_through(recording: Recording) -> Generator[Progress, None, NotNumbers]:
    """Count what is no number in all of a recording: a job. Whole numbers are not read: none of them is NaN.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    values, samples, first, last = np.zeros(recording.recording_channels, np.int64), 0, -1, -1
    step = max(1, BYTES_AT_ONCE // recording.bytes_per_sample)
    end = recording.num_samples if recording.data_type.kind == "f" else 0
    for start in range(0, end, step):
        raw = recording.read(start, min(step, end - start))
        with np.errstate(all="ignore"):
            sound = np.isfinite(raw.sum())  # of values that are all finite it seldom is not
        bad = np.zeros((0, len(values)), bool) if sound else ~np.isfinite(raw)
        rows = np.flatnonzero(bad.any(axis=1))
        if len(rows):
            values += bad.sum(axis=0)
            samples += len(rows)
            first, last = start + int(rows[0]) if first < 0 else first, start + int(rows[-1])
        yield Progress("Looking for NaN", min(start + step, end), end, "samples")
    return NotNumbers(values, samples, first, last)


def fill_values(recording: Recording) -> tuple[float, ...]:
    """What may be read in place of NaN: the median of each channel in a few pieces, 0 where it has no number there."""
    with np.errstate(invalid="ignore"):
        raw = read_pieces(recording).astype(np.float64)
    raw[~np.isfinite(raw)] = np.nan
    known = np.isfinite(raw).any(axis=0)
    medians = np.zeros(raw.shape[1])
    medians[known] = np.nanmedian(raw[:, known], axis=0)
    return tuple(medians.tolist())


def filled_layout(layout: FileLayout | None, channels: int, fill: tuple[float, ...]) -> FileLayout | None:
    """The layout (None: sample after sample of `channels`) that reads `fill` in place of NaN; () takes that back."""
    made = replace(layout or FileLayout(channels, tuple(range(channels))), fill=fill)
    return None if made.whole else made


def filled(recording: Recording) -> Recording:
    """The recording, read with the median of each channel in place of NaN and infinity; nothing in the file changes.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    if recording.data_type.kind != "f":
        return recording
    made = Recording(
        binary_file=recording.binary_files,
        data_type=recording.data_type,
        probe_geometry=recording.probe,
        sampling_frequency=recording.sampling_frequency,
        num_samples=recording.num_samples,
        header=recording.header,
        sample_offset=recording.sample_offset,
        recording_offset=recording.recording_offset,
        layout=filled_layout(recording.layout, recording.recording_channels, fill_values(recording)),
        clock=recording.clock,
    )
    made.stream = recording.stream
    return made


def sample_findings(recording: Recording, share: np.ndarray) -> list[Finding]:
    """What is to be said of a few pieces, `share` (channels,) of whose values are numbers; see `channel_health`."""
    empty, holed = np.flatnonzero(share == 0), np.flatnonzero((share > 0) & (share < 1))
    if len(empty) == len(share):
        return [Finding("There is not a single number in the pieces looked at, only NaN. Is it the right file?")]
    found = []
    if len(empty):
        words = f"NaN or infinity throughout, as of a channel that is not connected: {listed(empty)}."
        more = "The default preset leaves dead channels out."
        found.append(Finding(f"{words} {more}", settings={"dead_channels": "exclude"}))
    if len(holed) and share[share > 0].mean() < 1 - MOST_SHARE:
        found.append(Finding(f"Much of the signal is NaN or infinity in {listed(holed)}. Is the data type right?"))
    elif len(holed):
        found.append(_to_be_filled(recording, f"NaN or infinity in {listed(holed)}."))
    return found


def findings(recording: Recording, found: NotNumbers) -> list[Finding]:
    """What is to be said of all of the recording; of channels without a single number `sample_findings` speaks."""
    holed = np.flatnonzero((found.values > 0) & (found.values < recording.num_samples))
    count = int(found.values[holed].sum())
    if count == 0 or count > MOST_SHARE * recording.num_samples * recording.recording_channels:
        return []
    rate = recording.sampling_frequency
    where = f"at {found.first / rate:.4f} s"
    if found.last > found.first:
        where = f"between {found.first / rate:.3f} s and {found.last / rate:.3f} s"
    values = "1 value is" if count == 1 else f"{count:,} values are"
    return [_to_be_filled(recording, f"{values} NaN or infinity, {where}, in {listed(holed)}.")]


def _to_be_filled(recording: Recording, words: str) -> Finding:
    more = (
        "No filter can pass over that: sorting would stop there. Read the median of the channel in its place "
        "(--fill-nan), and no spike is found there; the file stays as it is."
    )
    return Finding(f"{words} {more}", fill=fill_values(recording))


def latest(given: list[Finding]) -> list[Finding]:
    """The findings, but of those on NaN the last only: it has seen all of the recording."""
    filling = [one for one in given if one.fill]
    return [one for one in given if not one.fill or one is filling[-1]]
