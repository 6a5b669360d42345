"""Stage 1: the difference-of-Gaussians filter and the block minima of what it gives (ALGORITHM 1 and 2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spikesift_core.kernels.filter import filter_integers
from spikesift_core.kernels.keeping import filter_steps
from spikesift_core.kernels.lanes import LANES
from spikesift_core.recording import Recording
from spikesift_core.stages.rooms import apart, room, room_for_samples

BYTES_AT_ONCE = 1_000_000  # filtered at a time: stays in the second-level cache
BYTES_READ = 4_000_000  # read at a time; with 16 MB two threads get in each other's way
FEWER_DIGITS = 120  # than these of a binary fraction fit float32
NOT_KEPT = np.empty((0, 0, LANES), np.float32)
# Divisors of the samples per millisecond that give the half-widths of the boxes, narrow and wide, by method.
BOXES = {"published": (9.5, 4.75), "default": (14.0, 3.0)}


@dataclass(frozen=True)
class Minima:
    """Block minima of a stretch.

    Attributes
    ----------
    minima : (channels, blocks) float32.
    places : (channels, blocks) int16, sample inside the block.
    firsts : (channels, blocks) float32, |signal| at the first sample of each block.
    """

    minima: np.ndarray
    places: np.ndarray
    firsts: np.ndarray

    @classmethod
    def empty(cls, channels: int, blocks: int, kept: Sequence[str] = (), firsts: bool = True) -> Minima:
        """Room for so many blocks; arrays named in `kept` are this thread's own, good until it asks for them again.

        firsts : whether these are wanted; if not, the minima are written over them, in the same memory.
        """
        shape = channels, blocks
        minima, places = (
            room(name, shape, kind) if name in kept else np.empty(shape, kind)
            for name, kind in (("minima", np.float32), ("places", np.int16))
        )
        return cls(minima, places, apart(shape, np.float32) if firsts else minima)


@dataclass(frozen=True)
class Filter:
    """Half-widths of the boxes (samples), the polarity, and the samples in a block; the support is +-4 * wide."""

    narrow: int
    wide: int
    polarity: float
    block: int

    @property
    def margin(self) -> int:
        """Samples needed on either side."""
        return 4 * self.wide

    def apply(self, raw: np.ndarray, at: int, found: Minima, filtered: np.ndarray = NOT_KEPT, into: int = 0) -> None:
        """Filter raw (blocks * block + 2 * margin, channels) in any data type.

        Parameters
        ----------
        at : block of `found` where the first one goes.
        found : written.
        filtered : (groups, samples, LANES) float32, written; with 0 samples the signal is not kept.
        into : block of `filtered` where the first one goes.
        """
        groups = np.arange(-(-raw.shape[1] // LANES))
        arrays = groups, self.block, at, filtered, into, found.minima, found.places, found.firsts
        if self.small(raw):
            filter_integers(raw, self.narrow, self.wide, -self.polarity, np.empty(1, np.int32), *arrays)
        else:
            whole, worth = self.whole(raw)
            filter_integers(whole, self.narrow, self.wide, -self.polarity * worth, np.empty(1, np.int64), *arrays)

    def small(self, raw: np.ndarray) -> bool:
        """Whether sums over these samples fit 32 bits."""
        return raw.dtype == np.int16 and self._fits(raw, 31)

    def whole(self, raw: np.ndarray) -> tuple[np.ndarray, float]:
        """Samples of any type as int64 whose sums fit 64 bits, and what one of them is worth.

        Fractions are counted in a power of two so small that 44 bits are left for the largest sample at 30 kHz: float32
        has 24, so that only what is a million times smaller than that is rounded at all. Running sums of floats would
        gather rounding errors; these do not, and what comes out is the same however a recording is cut.

        Returns
        -------
        The answer of the first is good until this thread asks again.
        """
        whole = room("whole", raw.shape, np.int64)
        if raw.dtype.kind in "iu" and raw.dtype != np.uint64 and self._fits(raw, 63):
            whole[:] = raw
            return whole, 1.0
        digits = min(1000, 63 - math.frexp(self._gain * _largest(raw))[1])
        one = (np.float32 if digits < FEWER_DIGITS else np.float64)(2.0**digits)
        np.multiply(raw, one, out=whole, casting="unsafe")
        return whole, 1 / float(one)

    @property
    def _gain(self) -> int:
        """What four wide boxes make of a sample, at most."""
        return (2 * self.wide + 1) ** 4

    def _fits(self, raw: np.ndarray, bits: int) -> bool:
        """Whether four boxes over these values stay below 2**bits; the data is looked at only if its type may not."""
        return np.iinfo(raw.dtype).max * self._gain < 2**bits or _largest(raw) * self._gain < 2**bits


def _largest(raw: np.ndarray) -> float:
    """The largest |sample|."""
    return max(-float(raw.min()), float(raw.max()))


def make_filter(samples_per_ms: int, polarity: float, method: str) -> Filter:
    """The filter of a method ("published" or "default") for a sampling rate."""
    narrow, wide = (int(samples_per_ms / divisor) for divisor in BOXES[method])
    wide = max(1, wide)
    return Filter(min(narrow, wide - 1), wide, polarity, samples_per_ms)


def blocks_at_once(recording: Recording, block: int, bytes_at_once: int = BYTES_AT_ONCE) -> int:
    """Blocks that are filtered at a time, or read."""
    return max(1, bytes_at_once // (recording.bytes_per_sample * block))


def read_blocks(recording: Recording, filter_: Filter, first_block: int, blocks: int) -> np.ndarray:
    """Blocks of a recording and the filter's margin on either side, (blocks * block + 2 * margin, channels).

    The answer is good until this thread reads again.

    Raises
    ------
    ValueError
        When the file has become shorter, or holds NaN or infinity (the sentence says where).
    """
    first_sample = first_block * filter_.block - filter_.margin
    raw = recording.read(first_sample, blocks * filter_.block + 2 * filter_.margin, room_for_samples())
    if raw.dtype.kind == "f":
        _require_finite(raw, first_sample, recording)
    return raw


def filter_blocks(recording: Recording, filter_: Filter, first_block: int, found: Minima) -> None:
    """Block minima from first_block on, as many as `found` has room for; raises as `read_blocks` does."""
    blocks, step = found.minima.shape[1], blocks_at_once(recording, filter_.block, BYTES_READ)
    for start in range(0, blocks, step):
        raw = read_blocks(recording, filter_, first_block + start, min(step, blocks - start))
        if filter_.small(raw):
            filter_steps(
                raw, filter_.narrow, filter_.wide, -filter_.polarity, filter_.block,
                blocks_at_once(recording, filter_.block), start, found.minima, found.places, found.firsts,
            )  # fmt: skip
        else:
            filter_.apply(raw, start, found)


def _require_finite(raw: np.ndarray, first_sample: int, recording: Recording) -> None:
    finite = np.isfinite(raw)
    if finite.all():
        return
    row, channel = np.argwhere(~finite)[0]
    value = raw[row, channel]
    sample, channel = first_sample + int(row), recording.channel_numbers[channel]
    raise ValueError(
        f"{recording.binary_file} holds {value} at sample {sample} "
        f"({sample / recording.sampling_frequency:.4f} s) on channel {channel}. A filter cannot pass over it: read the "
        "median of the channel in its place (--fill-nan), or check data_type and header."
    )
