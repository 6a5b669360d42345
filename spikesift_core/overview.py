"""The whole recording at a glance: noise, baseline and activity along time, from short pieces evenly spread."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np

from spikesift_core.channel_health import finite_share
from spikesift_core.not_numbers import NotNumbers, look_through
from spikesift_core.peaks import find_spikes
from spikesift_core.progress import Progress
from spikesift_core.recording import Recording
from spikesift_core.recording_view import RecordingView
from spikesift_core.stages.minima import NOISE_UNIT

COLUMNS = 300  # pieces looked at, if the recording is long enough
LONGEST_PIECE, SHORTEST_PIECE = 0.25, 0.05  # s
MOST_VALUES = 250_000_000  # looked at in all, as long as the pieces do not become shorter than that
SENSITIVITY = 8.0  # medians: a spike that stands out clearly
MOST_BINS = 200  # rows of the picture of activity
PARTIAL_EVERY = 15  # pieces between two partial results
STILL_MS = 5.0  # that no channel changes: no amplifier is so quiet


@dataclass(frozen=True, eq=False)
class Overview:
    """Noise and activity along a recording; columns that are not looked at yet hold nan.

    Attributes
    ----------
    times : (columns,) float64, middle of each piece, s from the first sample.
    piece_seconds : length of a piece.
    noise : (columns,) float32, median over channels of the SD of the noise.
    baseline : (columns,) float32, median over channels of the median of the signal as in the file.
    depths : (bins,) float64, middle of each bin along the probe, um, ascending.
    activity : (bins, columns) float32, spikes per second in each bin of depth.
    still : (columns,) float32, share of the piece in which no channel changes its value for `STILL_MS` or longer.
    flat : (channels, columns) bool, channels that keep one value throughout the piece.
    not_numbers : what all of the recording holds that is no number; None until all of it was looked through.
    """

    times: np.ndarray
    piece_seconds: float
    noise: np.ndarray
    baseline: np.ndarray
    depths: np.ndarray
    activity: np.ndarray
    still: np.ndarray
    flat: np.ndarray
    not_numbers: NotNumbers | None = None

    @property
    def done(self) -> bool:
        """Whether every piece was looked at."""
        return not np.isnan(self.baseline).any()


def survey(
    recording: Recording | RecordingView, columns: int = COLUMNS
) -> Generator[Progress | Overview, None, Overview]:
    """Look a recording over: a job that yields `Progress` and what it has found so far, and returns the `Overview`.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    starts, length = _pieces(recording, columns)
    depths, bins = depth_bins(recording.probe_geometry)
    count = len(starts)
    noise, baseline = np.full(count, np.nan, np.float32), np.full(count, np.nan, np.float32)
    activity = np.full((len(depths), count), np.nan, np.float32)
    still, flat = np.zeros(count, np.float32), np.zeros((recording.recording_channels, count), bool)
    times = (starts + length / 2) / recording.sampling_frequency
    seconds = length / recording.sampling_frequency

    def found() -> Overview:
        parts = (part.copy() for part in (activity, still, flat))
        return Overview(times, seconds, noise.copy(), baseline.copy(), depths, *parts)

    for column in _spread(count):
        raw = recording.read(int(starts[column]), length)
        still[column], flat[:, column] = _unchanging(raw, recording.sampling_frequency)
        noise[column], baseline[column], activity[:, column] = _look(recording, raw, int(starts[column]), bins)
        done = int(np.count_nonzero(~np.isnan(baseline)))
        yield Progress("Looking the recording over", done, count, "pieces")
        if done % PARTIAL_EVERY == 0:
            yield found()
    if recording.data_type.kind == "f":
        yield found()
    return replace(found(), not_numbers=(yield from look_through(recording)))


def depth_bins(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bins along the probe: middle of each (bins,) float64 um, ascending, and the bin of each channel (channels,)."""
    y = np.asarray(positions, float)[:, 1]
    levels = np.unique(y)
    if len(levels) <= MOST_BINS:
        return levels, np.searchsorted(levels, y)
    edges = np.linspace(levels[0], levels[-1], MOST_BINS + 1)
    return (edges[1:] + edges[:-1]) / 2, np.clip(np.searchsorted(edges, y, side="right") - 1, 0, MOST_BINS - 1)


def _pieces(recording, columns: int) -> tuple[np.ndarray, int]:
    """First samples (columns,) int64 and length in samples."""
    few = MOST_VALUES / (columns * recording.recording_channels * recording.sampling_frequency)
    seconds = min(LONGEST_PIECE, max(SHORTEST_PIECE, few))
    length = min(recording.num_samples, max(1, round(seconds * recording.sampling_frequency)))
    count = max(1, min(columns, recording.num_samples // length))
    return np.linspace(0, recording.num_samples - length, count).astype(np.int64), length


def _spread(count: int) -> list[int]:
    """Columns in an order that shows the whole length early: every 16th, then those between."""
    steps = [16, 8, 4, 2, 1]
    order = [column for step in steps for column in range(0, count, step)]
    return list(dict.fromkeys(order))


def _unchanging(raw: np.ndarray, rate: float) -> tuple[float, np.ndarray]:
    """Share of a piece (samples, channels) in which no channel changes for long; channels that never do (channels,)."""
    same = raw[1:] == raw[:-1]
    ends = np.flatnonzero(np.diff(np.concatenate([[False], same.all(axis=1), [False]])))
    runs = ends[1::2] - ends[::2]
    return float(runs[runs >= STILL_MS * rate / 1000].sum() / max(1, len(same))), same.all(axis=0)


def _look(recording, raw: np.ndarray, start: int, bins: np.ndarray) -> tuple[float, float, np.ndarray]:
    length = len(raw)
    usable = finite_share(raw) == 1
    nothing = np.full(bins.max() + 1, np.nan)
    if not usable.any():
        return np.nan, 0.0, nothing
    baseline = float(np.median(np.median(raw[:: max(1, length // 200), usable], axis=0)))
    # Channels with NaN or infinity have no part; only few recordings have any.
    view = recording if usable.all() else RecordingView(recording, np.flatnonzero(usable))
    try:
        with np.errstate(all="ignore"):  # bytes read as the wrong type hold any number
            peaks = find_spikes(view, [start], length, lowest=SENSITIVITY)
    except ValueError:  # not a number just outside the piece, where the filter looks too
        return np.nan, baseline, nothing
    if peaks is None:
        return np.nan, baseline, nothing
    known = peaks.medians[peaks.medians > 0]
    noise = float(np.median(known) / NOISE_UNIT) if len(known) else 0.0
    where = bins[usable][peaks.channels[peaks.deepest]]
    return noise, baseline, np.bincount(where, minlength=len(nothing)) / peaks.seconds
