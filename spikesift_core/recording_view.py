"""Some channels of a recording, less the median over channels: what the sorter reads in place of the file."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.median import row_medians
from spikesift_core.recording import Recording

MOST_COUNTED = 32_767  # channels, in `row_medians`


class RecordingView:
    """A recording of which some channels are left out, and from which a common reference is taken off while it is read.

    Has what the stages need of a `Recording`; small, so that it can be sent to whoever sorts a segment.

    Parameters
    ----------
    recording : the file.
    channels : numbers of the channels that are there, ascending; all others are not seen.
    reference : numbers of the channels whose median is taken off every sample; None takes nothing off.
    """

    def __init__(self, recording: Recording, channels, reference=None):
        self.recording = recording
        self.channel_numbers = np.asarray(channels, np.int64)
        self.reference = None if reference is None else np.asarray(reference, np.int64)
        self.binary_file = recording.binary_file
        self.probe_geometry = recording.probe_geometry[self.channel_numbers]
        self.recording_channels = len(self.channel_numbers)
        self.sampling_frequency = recording.sampling_frequency
        self.samples_per_ms = recording.samples_per_ms
        self.num_samples = recording.num_samples
        self.duration = recording.duration
        self.recording_offset = recording.recording_offset
        self.bytes_per_sample = recording.bytes_per_sample  # of the file: what is read at a time

    def read(self, start: int, num_samples: int, room: np.ndarray | None = None) -> np.ndarray:
        """Samples (num_samples, channels) of the channels that are there; see `Recording.read` and `less_median`."""
        return self._seen(self.recording.read(start, num_samples, room))

    def read_pieces(self, starts: np.ndarray, counts: np.ndarray, room: np.ndarray | None = None) -> np.ndarray:
        """Several stretches of samples, see `Recording.read_pieces`, as `read` gives them."""
        return self._seen(self.recording.read_pieces(starts, counts, room))

    def _seen(self, raw: np.ndarray) -> np.ndarray:
        if self.reference is not None:
            raw = less_median(raw, self.reference)
        if self.recording_channels < raw.shape[1]:
            raw = raw[:, self.channel_numbers]
        return np.ascontiguousarray(raw)


def less_median(raw: np.ndarray, channels: np.ndarray) -> np.ndarray:
    """Samples less the median, at each sample, over some of their channels: the common median reference.

    Exact in integers, and every sample by itself, so that it does not matter how a recording is cut into pieces. Of an
    even number of channels the median is the lower of the middle two.

    Parameters
    ----------
    raw : (samples, channels), any type of number. NaN counts as larger than any number.
    channels : (k,) int64, at least one: those the median is of.

    Returns
    -------
    (samples, channels): int16 where raw is int16 and all differences fit, float as raw, int64 for other integers
    (float64 where differences of 64 bits do not fit).
    """
    rows = raw if len(channels) == raw.shape[1] else raw[:, channels]
    if raw.dtype == np.int16 and len(channels) <= MOST_COUNTED:
        medians = np.empty(len(raw), np.int16)
        row_medians(np.ascontiguousarray(rows), medians)
    else:
        middle = (len(channels) - 1) // 2
        medians = np.partition(rows, middle, axis=1)[:, middle]
    return _less(raw, medians)


def _less(raw: np.ndarray, medians: np.ndarray) -> np.ndarray:
    kind = raw.dtype
    if kind.kind in "iu" and raw.size:
        lowest, highest = int(raw.min()) - int(medians.max()), int(raw.max()) - int(medians.min())
        kinds = [kind] if kind == np.int16 else []
        fitting = (one for one in (*kinds, np.int64) if np.iinfo(one).min <= lowest and highest <= np.iinfo(one).max)
        kind = np.dtype(next(fitting, np.float64))
    return raw.astype(kind, copy=False) - medians.astype(kind, copy=False)[:, None]
