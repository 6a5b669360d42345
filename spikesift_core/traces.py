"""A stretch of a recording for the eye: raw or filtered, reduced to what a screen can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spikesift_core.kernels.lanes import LANES
from spikesift_core.recording import Recording
from spikesift_core.stages.filtering import Minima, make_filter

DOWNWARD = -1.0  # polarity with which the filter leaves the sign of the signal as it is
SD_PER_MEDIAN = 1 / 0.6745  # of the absolute value of normal noise
MEDIAN_SAMPLES = 5000  # a median of so many samples is good enough for the eye


@dataclass(frozen=True, eq=False)
class TraceWindow:
    """What is shown of a stretch of signal: the lowest and highest value of every `step` samples.

    Attributes
    ----------
    start : first sample, counted from the first sample of the recording (not on its logical clock).
    num_samples : samples covered.
    step : samples in a column; 1 means that every sample is there (then `low` and `high` are the same array).
    channels : (k,) int64, the channels shown.
    low, high : (columns, k) float32, in the units of the file; raw signal is without its median.
    noise : (k,) float64, SD of the noise: median absolute value / 0.6745.
    """

    start: int
    num_samples: int
    step: int
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
) -> TraceWindow:
    """Read what can be seen of a stretch.

    Parameters
    ----------
    start, num_samples : samples from the recording's first one; what reaches outside the recording is left out.
    filtered : through the filter of the sorter, sign kept; else as in the file, less the median of each channel.
    columns : as many as there are pixels; longer stretches are reduced to their lowest and highest values.
    channels : which ones, in the order shown; None is all.
    method : whose filter, see `parameters.method_of`.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    first = min(max(0, start), recording.num_samples)
    count = min(max(0, start + num_samples), recording.num_samples) - first
    chosen = np.arange(recording.recording_channels) if channels is None else np.asarray(channels, np.int64)
    if filtered:
        signal = read_filtered(recording, first, count, chosen, method)
    else:
        signal = recording.read(first, count)[:, chosen].astype(np.float32)
        signal -= np.nanmedian(_some(signal), axis=0, keepdims=True) if count else 0
    step = max(1, -(-count // max(1, columns)))
    low, high = _reduced(signal, step)
    noise = np.nanmedian(np.abs(_some(signal)), axis=0) * SD_PER_MEDIAN if count else np.zeros(len(chosen))
    return TraceWindow(first, count, step, chosen, low, high, noise)


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
    filter_ = make_filter(recording.samples_per_ms, DOWNWARD, method)
    blocks = -(-num_samples // filter_.block)
    chosen = np.arange(recording.recording_channels) if channels is None else np.asarray(channels, np.int64)
    if blocks == 0 or len(chosen) == 0:
        return np.zeros((num_samples, len(chosen)), np.float32)
    first, stop = start - filter_.margin, start + blocks * filter_.block + filter_.margin
    inside = slice(max(0, first), min(stop, recording.num_samples))
    raw = recording.read(inside.start, inside.stop - inside.start)[:, chosen]
    raw = np.pad(raw, ((inside.start - first, stop - inside.stop), (0, 0)), mode="edge")
    if raw.dtype.kind == "f":
        raw = np.nan_to_num(raw, nan=0.0, posinf=0.0, neginf=0.0)
    filtered = np.empty((-(-len(chosen) // LANES), blocks * filter_.block, LANES), np.float32)
    filter_.apply(np.ascontiguousarray(raw), 0, Minima.empty(len(chosen), blocks), filtered)
    return filtered.transpose(1, 0, 2).reshape(blocks * filter_.block, -1)[:num_samples, : len(chosen)]


def _some(signal: np.ndarray) -> np.ndarray:
    return signal[:: max(1, len(signal) // MEDIAN_SAMPLES)]


def _reduced(signal: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    if step == 1:
        return signal, signal
    starts = np.arange(0, len(signal), step)
    return np.minimum.reduceat(signal, starts, axis=0), np.maximum.reduceat(signal, starts, axis=0)
