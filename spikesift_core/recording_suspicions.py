"""Is a plain binary file described as it was written? What its values say against the type, byte order and channels.

Bytes read as the wrong type look like random bits: the values fill the whole range of an integer type, or the numbers
of a float type have absurd sizes. Values of the wrong channel count jump from one to the next, because neighbours in
time come from different channels. Both are recognised from a small piece of the file; neither is ever proof.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from spikesift_core.channel_counts import MOST_CHANNELS, standing_out
from spikesift_core.recording import DATA_TYPES, Recording

SAMPLES = 4096  # looked at, from the middle
# Share of an integer type's range between the quartiles above which values look like random bits (0.5 if they are).
# Data of converters with 24 bits or fewer fills little of a 32-bit range.
WIDE_SHARE = {1: 0.35, 2: 0.25, 4: 2.0**-12, 8: 2.0**-20}
LARGEST_FLOAT, SMALLEST_FLOAT = 1e9, 1e-12  # typical sizes outside of these are no voltages in any unit
STRANGE_SHARE = 0.01  # of the values of a float channel that may have other sizes
CLIPPED_SHARE, PILED_UP = 0.05, 5  # of the values are at the limits, and so many times those one step from them
CALMER = 1 / 4  # of the spread: values with their bytes in the right order fluctuate that much less, or less still
VALUES_TRIED = 2**18


@dataclass(frozen=True)
class Suspicion:
    """Another reading of the same bytes that looks more like a signal.

    Attributes
    ----------
    data_type : the type they look like.
    swapped : the bytes of each value are in the other order; such files have to be converted.
    """

    data_type: str
    swapped: bool = False


def looks_random(values: np.ndarray) -> bool:
    """Whether half of the channels of (samples, channels), or more, look like random bits in this type."""
    if values.size == 0:
        return False
    if values.dtype.kind == "f":
        with np.errstate(all="ignore"):
            sizes = np.abs(values.astype(np.float64))
        strange = ~np.isfinite(sizes) | (sizes > LARGEST_FLOAT) | ((sizes > 0) & (sizes < SMALLEST_FLOAT))
        return bool(np.mean(strange.mean(axis=0) > STRANGE_SHARE) >= 0.5)
    low, high = np.percentile(values, [25, 75], axis=0)
    limits = np.iinfo(values.dtype)
    share = (high.astype(np.float64) - low) / (float(limits.max) - float(limits.min))
    return bool(np.mean(share > WIDE_SHARE[values.dtype.itemsize]) >= 0.5)


def suspected_type(recording: Recording) -> Suspicion | None:
    """Another data type or byte order, if the file looks like random bits as described and like a signal in that.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    count = min(SAMPLES, recording.num_samples)
    raw = recording.read((recording.num_samples - count) // 2, count)
    if not looks_random(raw):
        return Suspicion(raw.dtype.name, swapped=True) if _calmer_swapped(raw) else None
    if _is_clipped(raw):
        return None
    row = raw.tobytes()
    for name in sorted(DATA_TYPES, key=_usual_first):
        other = np.dtype(name)
        bytes_per_sample = other.itemsize * raw.shape[1]
        if name == raw.dtype.name or len(row) < 64 * bytes_per_sample:
            continue
        whole = len(row) // bytes_per_sample * bytes_per_sample
        if _is_signal(np.frombuffer(row[:whole], other).reshape(-1, raw.shape[1])):
            return Suspicion(name)
    swapped = raw.dtype.itemsize > 1 and _is_signal(raw.byteswap())
    return Suspicion(raw.dtype.name, swapped=True) if swapped else None


def top_heavy(values: np.ndarray) -> bool:
    """Whether the upper byte of whole numbers varies more than the lower one, as if they were exchanged."""
    lower, upper = _byte_values(values)
    return upper > lower


def _byte_values(values: np.ndarray) -> tuple[int, int]:
    """How many different values the lowest and the highest byte of whole numbers take; as many for other numbers."""
    if values.dtype.kind == "f" or values.dtype.itemsize == 1:
        return 0, 0
    parts = np.ascontiguousarray(values).reshape(-1, 1).view(np.uint8)
    lower, upper = (parts[:, 0], parts[:, -1]) if sys.byteorder == "little" else (parts[:, -1], parts[:, 0])
    return len(np.unique(lower)), len(np.unique(upper))


def _is_clipped(values: np.ndarray) -> bool:
    """Whether whole numbers pile up at the very limits of their type, which random bits do not."""
    if values.dtype.kind == "f":
        return False
    limits = np.iinfo(values.dtype)
    at_limit = np.count_nonzero((values == limits.max) | (values == limits.min))
    beside = np.count_nonzero((values == limits.max - 1) | (values == limits.min + 1))
    return at_limit > max(CLIPPED_SHARE * values.size, PILED_UP * beside)


def _calmer_swapped(values: np.ndarray) -> bool:
    """Whether small numbers were read with their bytes exchanged: they look like a signal either way, 256 times as
    large, but their lower byte hardly varies and with the other order the signal is much calmer."""
    if not top_heavy(values) or _byte_values(values)[0] == 1:  # a constant lower byte: numbers that were scaled up
        return False
    swapped = values.byteswap()
    if not _is_signal(swapped):
        return False
    spread, other = (np.subtract(*np.percentile(one, [75, 25], axis=0)) for one in (values, swapped))
    return bool(np.median(other) < CALMER * np.median(spread))


def _usual_first(name: str) -> int:
    usual = ("int16", "float32", "uint16", "int32", "float64")
    return usual.index(name) if name in usual else len(usual)


def _is_signal(values: np.ndarray) -> bool:
    """Neither random bits nor constant nor a strange mix: and neighbours in time are alike."""
    if looks_random(values) or np.median(np.ptp(values, axis=0)) == 0:
        return False
    if values.dtype.kind == "f" and (values != 0).mean() < 0.5:
        return False
    return _step_ratio(values.astype(np.float64), 1) < 1.3


def _step_ratio(values: np.ndarray, step: int) -> float:
    """Typical difference of values `step` apart, relative to that of values far apart; 1 is what noise gives."""
    far = len(values) // 2
    near = np.median(np.abs(values[step:] - values[:-step]))
    apart = np.median(np.abs(values[far:] - values[:-far]))
    return float(near / apart) if apart > 0 else 1.0


def suspected_channels(recording: Recording, counts: list[int]) -> int | None:
    """Which of these channel counts the values speak for most clearly, or None when none stands out.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    samples = min(recording.num_samples, max(1, VALUES_TRIED // recording.recording_channels))
    raw = recording.read((recording.num_samples - samples) // 2, samples)
    several = [count for count in counts if 1 < count <= MOST_CHANNELS]
    if not several or raw.size < 8 * max(several) or (raw.dtype.kind == "f" and not np.isfinite(raw).all()):
        return None
    found = standing_out(raw.ravel().astype(np.float64), several)
    return max(found, key=found.get) if found else None
