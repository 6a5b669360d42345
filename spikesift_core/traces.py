"""A stretch of a recording for the eye: raw or filtered, reduced to what a screen can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spikesift_core.kernels.lanes import LANES
from spikesift_core.merged_signal import without_signal
from spikesift_core.recording import Recording
from spikesift_core.stages.filtering import Filter, Minima, make_filter
from spikesift_core.stages.minima import medians_of

DOWNWARD = -1.0  # polarity with which the filter leaves the sign of the signal as it is
SD_PER_MEDIAN = 1 / 0.6745  # of the absolute value of normal noise
MEDIAN_SAMPLES = 5000  # a median of so many samples is good enough for the eye
MEDIAN_VALUES, FEWEST_FOR_MEDIAN = 200_000, 300  # of all channels together; but at least so many samples
MOST_VALUES = 12_000_000  # looked at for one picture: less than a second of work; of longer stretches a part is read


@dataclass(frozen=True, eq=False)
class TraceWindow:
    """What is shown of a stretch of signal: the lowest and highest value of every `step` samples; nan where a merged
    recording has none.

    Attributes
    ----------
    start : first sample, counted from the first sample of the recording (not on its logical clock).
    num_samples : samples covered.
    step : samples in a column; 1 means that every sample is there (then `low` and `high` are the same array).
    looked_at : samples at the start of each column that were looked at; `step` unless the stretch is very long.
    channels : (k,) int64, the channels shown.
    low, high : (columns, k) float32, in the units of the file; raw signal is without its median.
    noise : (k,) float64, SD of the noise: median absolute value / 0.6745.
    """

    start: int
    num_samples: int
    step: int
    looked_at: int
    channels: np.ndarray
    low: np.ndarray
    high: np.ndarray
    noise: np.ndarray

    def times(self, sampling_frequency: float) -> np.ndarray:
        """Time of each column, (columns,) s from the recording's first sample."""
        middle = (self.step - 1) / 2
        return (self.start + middle + self.step * np.arange(len(self.low))) / sampling_frequency


def read_window(
    recording: Recording,
    start: int,
    num_samples: int,
    *,
    filtered: bool = True,
    columns: int = 2000,
    channels: Sequence[int] | None = None,
    method: str = "default",
    most_values: int = MOST_VALUES,
) -> TraceWindow:
    """Read what can be seen of a stretch.

    Parameters
    ----------
    start, num_samples : samples from the recording's first one; what reaches outside the recording is left out.
    filtered : through the filter of the sorter, sign kept; else as in the file, less the median of each channel.
    columns : as many as there are pixels; longer stretches are reduced to their lowest and highest values.
    channels : which ones, in the order shown; None is all.
    method : whose filter, see `parameters.method_of`.
    most_values : a stretch of more than this (samples times channels) is not read whole: the start of each column
        is, and `TraceWindow.looked_at` says how much of it.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    first = min(max(0, start), recording.num_samples)
    count = min(max(0, start + num_samples), recording.num_samples) - first
    chosen = np.arange(recording.recording_channels) if channels is None else np.asarray(channels, np.int64)
    # Most channels in another order: those of the picture are put in order, not all that is read for it.
    most = 2 * len(chosen) > recording.recording_channels
    taken = np.arange(recording.recording_channels) if most else chosen
    step = max(1, -(-count // max(1, columns)))
    looked_at, at = step, None
    if count * recording.recording_channels > most_values:
        used = columns, most_values, method if filtered else ""
        step, looked_at, signal, at = _sampled(recording, first, count, taken, *used)
    elif filtered:
        signal = read_filtered(recording, first, count, taken, method)
    else:
        signal = _columns_of(recording.read(first, count), taken)
    low, high = _reduced(signal, looked_at)
    heard = ~without_signal(recording, first + np.arange(count) if at is None else at)
    if not heard.all():
        signal, (low, high) = signal[heard], _with_holes(low, high, heard, looked_at)
    some = _some(signal)
    middle = np.zeros(len(taken), np.float32)
    if len(some) and not filtered:
        middle = _medians(some).astype(np.float32)
        low, high = (part - middle for part in (low, high)) if looked_at > 1 else (low - middle,) * 2
    noise = _medians(np.abs(some - middle)) * SD_PER_MEDIAN if len(some) else np.zeros(len(taken))
    if most:
        low, noise = low.take(chosen, axis=1), noise[chosen]
        high = low if step == 1 else high.take(chosen, axis=1)
    return TraceWindow(first, count, step, looked_at, chosen, low, high, noise)


def window_of(
    signal: np.ndarray, start: int, channels: Sequence[int], columns: int = 2000, heard: np.ndarray | None = None
) -> TraceWindow:
    """What can be seen of filtered signal (samples, k) that begins at sample `start`; k channels, as in
    `read_window`; `heard` (samples,) bool tells where there is any."""
    step = max(1, -(-len(signal) // max(1, columns)))
    low, high = _reduced(signal, step)
    if heard is not None and not heard.all():
        low, high = _with_holes(low, high, heard, step)
    noise = _medians(np.abs(_some(signal))) * SD_PER_MEDIAN if len(signal) else np.zeros(signal.shape[1])
    return TraceWindow(start, len(signal), step, step, np.asarray(channels, np.int64), low, high, noise)


def read_filtered(
    recording: Recording,
    start: int,
    num_samples: int,
    channels: Sequence[int] | None = None,
    method: str = "default",
) -> np.ndarray:
    """The signal as the sorter sees it before anything is subtracted; at the ends the first and last value go on.

    Parameters
    ----------
    start, num_samples : samples from the recording's first one, inside the recording.
    channels : which ones, in order; None is all.
    method : whose filter, see `parameters.method_of`.

    Returns
    -------
    (num_samples, channels) float32, in the units of the file; NaN and infinity in the file count as 0.
    """
    chosen = np.arange(recording.recording_channels) if channels is None else np.asarray(channels, np.int64)
    return _rows(read_lanes(recording, start, num_samples, chosen, method), len(chosen))[:num_samples]


def read_lanes(recording: Recording, start: int, num_samples: int, chosen: np.ndarray, method: str) -> np.ndarray:
    """`read_filtered` as the filter leaves it, which spares a copy: channel k is at [k // LANES, :, k % LANES].

    Parameters
    ----------
    chosen : (channels,) int64, which ones.

    Returns
    -------
    (groups, num_samples or up to a millisecond more, LANES) float32; what is more, and what fills the last group up,
    means nothing.
    """
    filter_ = make_filter(recording.samples_per_ms, DOWNWARD, method)
    blocks = -(-num_samples // filter_.block)
    if blocks == 0 or len(chosen) == 0:
        return np.zeros((-(-len(chosen) // LANES), num_samples, LANES), np.float32)
    first, stop = start - filter_.margin, start + blocks * filter_.block + filter_.margin
    inside = slice(max(0, first), min(stop, recording.num_samples))
    raw = _columns_of(recording.read(inside.start, inside.stop - inside.start), chosen)
    outside = inside.start - first, stop - inside.stop
    raw = np.pad(raw, (outside, (0, 0)), mode="edge") if any(outside) else raw
    return _filter(filter_, raw, blocks)


def _rows(lanes: np.ndarray, channels: int) -> np.ndarray:
    """(samples, channels) of what `read_lanes` gives."""
    return lanes.transpose(1, 0, 2).reshape(lanes.shape[1], len(lanes) * LANES)[:, :channels]


def filtered_columns(filter_: Filter, raw: np.ndarray, blocks: int) -> np.ndarray:
    """So many blocks of signal through the filter, each column by itself.

    Parameters
    ----------
    raw : (blocks * block + 2 * margin, columns), any type of number; NaN and infinity count as 0.

    Returns
    -------
    (blocks * block, columns) float32.
    """
    return _rows(_filter(filter_, raw, blocks), raw.shape[1])


def _filter(filter_: Filter, raw: np.ndarray, blocks: int) -> np.ndarray:
    """So many blocks through the filter, (groups, blocks * block, LANES) float32; what is missing at the end of `raw`
    (blocks * block + 2 * margin, channels) goes on as the last sample."""
    channels = raw.shape[1]
    missing = blocks * filter_.block + 2 * filter_.margin - len(raw)
    raw = np.pad(raw, ((0, missing), (0, 0)), mode="edge") if missing > 0 else raw
    if raw.dtype.kind == "f":
        raw = np.nan_to_num(raw, nan=0.0, posinf=0.0, neginf=0.0)
    filtered = np.empty((-(-channels // LANES), blocks * filter_.block, LANES), np.float32)
    filter_.apply(np.ascontiguousarray(raw), 0, Minima.empty(channels, blocks), filtered)
    return filtered


def _sampled(recording, first: int, count: int, chosen: np.ndarray, columns: int, most_values: int, method: str):
    """A part of each column of a stretch too long to be read: samples in a column, samples looked at in each, these one
    after the other (columns * looked at, channels), and which they are. `method` "" is the signal as in the file."""
    filter_ = make_filter(recording.samples_per_ms, DOWNWARD, method) if method else None
    margin = filter_.margin if method else 0
    shortest = recording.samples_per_ms
    columns = max(1, min(columns, most_values // (recording.recording_channels * (shortest + 2 * margin))))
    step = -(-count // columns)
    looked_at = most_values // (recording.recording_channels * columns) - 2 * margin
    looked_at = min(step, max(shortest, looked_at))
    starts = np.arange(first, first + count, step)
    starts = starts[starts + looked_at + margin <= recording.num_samples]
    starts = np.maximum(starts, margin)
    length = looked_at + 2 * margin
    at = (starts[:, None] + np.arange(looked_at)).reshape(-1)
    raw = recording.read_pieces(starts - margin, np.full(len(starts), length))
    raw = _columns_of(raw, chosen)
    if not method:
        return step, looked_at, raw, at
    # One long signal made of the pieces: what the filter gives in the middle of a piece does not depend on the others.
    signal = filtered_columns(filter_, raw, -(-(len(raw) - 2 * margin) // filter_.block))
    inside = np.arange(length) < looked_at
    kept = np.tile(inside, len(starts))[: len(signal)]
    return step, looked_at, signal[: len(kept)][kept], at


def _with_holes(low: np.ndarray, high: np.ndarray, heard: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest values with nan in the columns of which not every sample is there: `heard` (samples,) bool."""
    hole = ~np.logical_and.reduceat(heard, np.arange(0, len(heard), step))
    made = np.where(hole[:, None], np.float32(np.nan), low)
    return made, made if high is low else np.where(hole[:, None], np.float32(np.nan), high)


def _columns_of(raw: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    everything = len(chosen) == raw.shape[1] and np.array_equal(chosen, np.arange(raw.shape[1]))
    return raw if everything else raw.take(chosen, axis=1)


def _some(signal: np.ndarray) -> np.ndarray:
    most = min(MEDIAN_SAMPLES, max(FEWEST_FOR_MEDIAN, MEDIAN_VALUES // max(1, signal.shape[1])))
    return signal[:: max(1, len(signal) // most)].astype(np.float32)


def _medians(values: np.ndarray) -> np.ndarray:
    """Of each column; nan is left out where there are any (which takes longer)."""
    rows = np.ascontiguousarray(values.T)
    if rows.size and not np.isnan(rows.sum()):
        return medians_of(rows)
    medians, known = np.zeros(len(rows), np.float32), np.isfinite(rows).any(axis=1)
    medians[known] = np.nanmedian(rows[known], axis=1)
    return medians


def _reduced(signal: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest value of every `step` rows, (columns, channels) float32."""
    if step == 1:
        signal = signal.astype(np.float32, copy=False)
        return signal, signal
    whole = len(signal) // step
    parts = signal[: whole * step].reshape(whole, step, signal.shape[1])
    rest = signal[whole * step :]
    found = []
    for reduce in (np.min, np.max):
        columns = [reduce(parts, axis=1)] + ([reduce(rest, axis=0)[None]] if len(rest) else [])
        found.append(np.concatenate(columns).astype(np.float32, copy=False))
    return found[0], found[1]
