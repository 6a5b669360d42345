"""Stage 1: the difference-of-Gaussians filter (ALGORITHM 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_core.kernels.filter import TAPS, TILE, filter_floats, filter_integers
from spikesift_core.recording import Recording

SECONDS_AT_ONCE = 1.0
# Divisors of samples_per_ms that give the half-widths of the boxes: the published pair.
NARROW = 9.5
WIDE = 4.75


@dataclass(frozen=True)
class Filter:
    """Half-widths of the boxes (samples) and the polarity; the support is +-4 * wide samples."""

    narrow: int
    wide: int
    polarity: float

    @property
    def margin(self) -> int:
        """Samples needed on either side."""
        return 4 * self.wide

    def apply(self, raw: np.ndarray) -> np.ndarray:
        """Filtered signal (channels, samples - 2 * margin) float32 of raw (samples, channels) in any data type."""
        filtered = np.empty((raw.shape[1], len(raw) - 2 * self.margin), np.float32)
        length = TILE + 2 * self.margin + TAPS - 1
        if raw.dtype.kind == "f" or raw.dtype == np.uint64 or not self._fits(raw, 63):
            filter_floats(raw.astype(np.float64), self._weights(), filtered)
        elif raw.dtype == np.int16 and self._fits(raw, 31):
            filter_integers(raw, self.narrow, self.wide, -self.polarity, np.empty((3, length), np.int32), filtered)
        else:
            wide_raw = raw.astype(np.int64)
            filter_integers(wide_raw, self.narrow, self.wide, -self.polarity, np.empty((3, length), np.int64), filtered)
        return filtered

    def _fits(self, raw: np.ndarray, bits: int) -> bool:
        """Whether four boxes over these values stay below 2**bits."""
        largest = max(abs(int(raw.min())), abs(int(raw.max()))) if raw.size else 0
        return largest * (2 * self.wide + 1) ** 4 < 2**bits

    def _weights(self) -> np.ndarray:
        """Half of the symmetric kernel, centre first: (4 * wide + 1,) float64."""
        kernel = -self.polarity * (_four_boxes(self.narrow, self.margin) - _four_boxes(self.wide, self.margin))
        return kernel[self.margin :]


def _four_boxes(half: int, margin: int) -> np.ndarray:
    """Four moving averages in a row as one kernel (2 * margin + 1,)."""
    box = np.ones(2 * half + 1)
    kernel = np.convolve(np.convolve(box, box), np.convolve(box, box)) / len(box) ** 4
    return np.pad(kernel, margin - 4 * half)


def make_filter(samples_per_ms: int, polarity: float, narrow: float = NARROW, wide: float = WIDE) -> Filter:
    """The filter for a sampling rate; `narrow` and `wide` divide the samples per millisecond."""
    half_wide = max(1, int(samples_per_ms / wide))
    return Filter(min(int(samples_per_ms / narrow), half_wide - 1), half_wide, polarity)


def read_filtered(recording: Recording, filter_: Filter, first_block: int, last_block: int):
    """Filter the blocks first_block to last_block (excluded), about a second at a time.

    Yields
    ------
    (first block, filtered) : int and (channels, samples) float32.

    Raises
    ------
    ValueError
        When the file has become shorter, or holds NaN or infinity (the sentence says where).
    """
    block = recording.samples_per_ms
    step = max(1, round(SECONDS_AT_ONCE * 1000))
    for start in range(first_block, last_block, step):
        stop = min(start + step, last_block)
        first_sample = start * block - filter_.margin
        raw = recording.read(first_sample, (stop - start) * block + 2 * filter_.margin)
        if raw.dtype.kind == "f":
            _require_finite(raw, first_sample, recording)
        yield start, filter_.apply(raw)


def _require_finite(raw: np.ndarray, first_sample: int, recording: Recording) -> None:
    finite = np.isfinite(raw)
    if finite.all():
        return
    row, channel = np.argwhere(~finite)[0]
    sample = first_sample + int(row)
    raise ValueError(
        f"{recording.binary_file} holds {raw[row, channel]} at sample {sample} "
        f"({sample / recording.sampling_frequency:.4f} s) on channel {channel}. A filter cannot pass over it: replace "
        "NaN and infinity (for example by 0), or check data_type and header."
    )
