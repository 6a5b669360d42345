"""How a plain binary file may have been written: likely types and channel counts, ranked, from the values in it.

With the right type and count, values that many places apart come from one channel, one sample apart: they are more
alike than values one place nearer or farther, which come from other channels. Noise that all channels have in common
makes near values alike whatever their channels; it is not in the differences of neighbouring values, which are more
alike a sample apart too, and larger from one sample to the next than inside one. The right type moreover gives neither
random bits (the lower halves of larger numbers) nor constant columns (the upper halves). Nothing of this is proof: a
person decides, with a picture of each guess.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from spikesift_core.recording_checks import fitting_channel_counts
from spikesift_core.recording_files import read_into, size_of
from spikesift_core.recording_layout import FileLayout
from spikesift_core.recording_suspicions import looks_random

BYTES_LOOKED_AT = 1 << 19  # from the middle of the file
MOST_CHANNELS = 2048
FEWEST_SAMPLES = 64
PICTURE_SAMPLES, PICTURE_ROWS = 240, 8
# Share of the score by how often a type is met: decides where the values alone do not.
TYPES = {"int16": 1.0, "float32": 0.95, "uint16": 0.8, "int32": 0.7, "float64": 0.7, "uint8": 0.4, "int8": 0.4}
SIZES = (2, 4, 8)  # bytes of numbers that narrower types may be parts of
SWAPPED_SHARE = 0.6
WRONG_ORDER = 0.3  # where the upper byte of the numbers takes more values than the lower one
LOWEST = 0.05  # score below which a guess is chance
FAR_BEHIND = 0.2  # of the best: not worth a look
# By which a channel count has to stand out: in values, in their differences, in the size of these; where the values are
# few, by so many standard deviations of what chance gives.
CLEAR, CHANCE = (0.02, 0.04, 0.02), (3.0, 10.0, 8.0)
HALF_SURE = 0.1  # a count that stands out so much has half of the highest score
RANDOM_COLUMNS, RANDOM_SHARE = 0.2, 0.3  # if more columns than that are random bits, so much is left of the score
ONE_CHANNEL = 0.3  # likeness of neighbouring values, falling with distance, that speaks for one channel only
SMOOTH = 3.0  # times what it falls from one to two places apart: what it falls to one place, at most, in one channel
AS_GOOD = 0.85  # of the best: a smaller count that stands out so much is the count, the larger one its multiple


@dataclass(frozen=True, eq=False)
class Guess:
    """One way in which the file may have been written.

    Attributes
    ----------
    data_type, channels : as in `Recording`.
    swapped : the bytes of each number are in the other order.
    score : 0 to 1, for ranking; no probability.
    picture : (samples, rows) float32, a stretch of the first channels.
    """

    data_type: str
    channels: int
    swapped: bool
    score: float
    picture: np.ndarray

    @property
    def layout(self) -> FileLayout | None:
        """The layout to read it with; None for the plain one."""
        return FileLayout(self.channels, tuple(range(self.channels)), swapped=True) if self.swapped else None

    @property
    def words(self) -> str:
        """Such as "int16, 32 channels"."""
        order = ", bytes in the other order" if self.swapped else ""
        return f"{self.data_type}, {self.channels} channel{'s' if self.channels > 1 else ''}{order}"


def guess_recording(files, header: int = 0, most: int = 4) -> list[Guess]:
    """Likely ways in which plain binary files were written, the likeliest first.

    Parameters
    ----------
    files : path of the file, or several of one recording.
    header : bytes to skip at the start of each.
    most : guesses at most.

    Returns
    -------
    guesses, [] when nothing stands out (noise without slow waves, or a file that is too short).

    Raises
    ------
    ValueError
        If a file cannot be read.
    """
    paths = [Path(files)] if isinstance(files, (str, os.PathLike)) else list(map(Path, files))
    sizes = [max(0, size_of(path) - header) for path in paths]
    raw = _middle(paths, sizes, header)
    found: list[Guess] = []
    for name in TYPES:
        for swapped in (False, True)[: np.dtype(name).itemsize]:
            found += _of_type(raw, sizes, name, swapped)
    best = max((guess.score for guess in found), default=0.0)
    return sorted((guess for guess in found if guess.score > FAR_BEHIND * best), key=lambda guess: -guess.score)[:most]


def _middle(paths: Sequence[Path], sizes: Sequence[int], header: int) -> np.ndarray:
    """Bytes from the middle of the largest file, from a multiple of every sample size on."""
    largest = int(np.argmax(sizes))
    count = min(BYTES_LOOKED_AT, sizes[largest])
    start = (sizes[largest] - count) // 2
    room = np.empty(count, np.uint8)
    read_into(paths, [(largest, header + start // 8 * 8, count)], room)
    return room


def _of_type(raw: np.ndarray, sizes: Sequence[int], name: str, swapped: bool) -> list[Guess]:
    kind = np.dtype(name)
    values = raw[: len(raw) // kind.itemsize * kind.itemsize].view(kind)
    values = values.byteswap() if swapped else values
    if any(size % kind.itemsize for size in sizes) or len(values) < FEWEST_SAMPLES:
        return []
    if kind.kind == "f" and looks_random(values.reshape(-1, 1)):
        return []
    fitting = set.intersection(*(set(fitting_channel_counts(size, kind, MOST_CHANNELS)) for size in sizes))
    standing = _standing_out(values.astype(np.float64), sorted(fitting))
    share = TYPES[name] * (SWAPPED_SHARE if swapped else 1.0) * (WRONG_ORDER if _top_heavy(values) else 1.0)
    guesses = []
    for count, clearness in standing.items():
        rows = values[: len(values) // count * count].reshape(-1, count)
        score = clearness / (clearness + HALF_SURE) * _good_share(rows) * share
        if score > LOWEST:
            guesses.append(Guess(name, count, swapped, float(score), _picture(rows)))
    return guesses


def _standing_out(flat: np.ndarray, fitting: Sequence[int]) -> dict[int, float]:
    """The channel counts that fit and stand out, no multiples of others, and by how much."""
    low, high = np.percentile(flat, [1, 99])
    steps = np.diff(flat)
    typical = np.median(np.abs(steps)) / 0.6745 or np.abs(steps).mean()
    views = (
        np.clip(flat, low, high),
        np.clip(steps, -3 * typical, 3 * typical),
        np.minimum(np.abs(steps), 6 * typical),
    )
    likenesses = [_likeness(view) for view in views]
    tried = [count for count in fitting if 1 < count < len(likenesses[0]) - 1]
    clear = dict.fromkeys(tried, 0.0)
    for likeness, least, chance in zip(likenesses, CLEAR, CHANCE, strict=True):
        least = max(least, chance / len(flat) ** 0.5)
        for count in tried:
            above = _above(likeness, count, of_values=likeness is likenesses[0])
            clear[count] += above if above > least else 0.0
    best = max(clear.values(), default=0.0)
    if best == 0.0:
        return _one_channel(likenesses[0]) if 1 in fitting else {}
    good = [count for count in tried if clear[count] > AS_GOOD * best]
    return {count: clear[count] for count in good if not any(count % less == 0 for less in good if less < count)}


def _above(likeness: np.ndarray, count: int, of_values: bool) -> float:
    """By how much values so many places apart are more alike than those one place nearer and farther."""
    if count == 2 and not of_values:  # neighbouring differences have a value in common, so that they are unlike anyhow
        return float(likeness[2] - likeness[3])
    return float(likeness[count] - (likeness[count - 1] + likeness[count + 1]) / 2)


def _one_channel(likeness: np.ndarray) -> dict[int, float]:
    """One channel, if neighbouring values are alike and the more so the nearer, as those of a smooth signal are."""
    if len(likeness) <= 4 or likeness[1] < ONE_CHANNEL or not (np.diff(likeness[:4]) < 0).all():
        return {}
    smooth = 1 - likeness[1] < SMOOTH * (likeness[1] - likeness[2])
    return {1: float(likeness[1])} if smooth else {}


def _likeness(flat: np.ndarray) -> np.ndarray:
    """Correlation of values k places apart, for k from 0 to `MOST_CHANNELS` + 1."""
    flat = (flat - flat.mean()).astype(np.float32)
    longest = min(MOST_CHANNELS + 2, len(flat) // 4)
    size = next_fast_len(len(flat) + longest, real=True)
    found = irfft(np.abs(rfft(flat, size)) ** 2, size)[:longest]
    pairs = len(flat) - np.arange(longest)
    return found / pairs / (found[0] / len(flat)) if found[0] > 0 else np.zeros(longest)


def _top_heavy(values: np.ndarray) -> bool:
    """Whether the upper byte of whole numbers varies more than the lower one, as if they were exchanged."""
    if values.dtype.kind == "f" or values.dtype.itemsize == 1:
        return False
    parts = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), -1)
    lower, upper = (parts[:, 0], parts[:, -1]) if sys.byteorder == "little" else (parts[:, -1], parts[:, 0])
    return len(np.unique(upper)) > len(np.unique(lower))


def _good_share(rows: np.ndarray) -> float:
    """Share of the columns that are a signal: neither random bits nor (nearly) constant. 0 where they take turns with
    others as the parts of larger numbers do."""
    if len(rows) < FEWEST_SAMPLES:
        return 0.0
    columns = rows[:4096].T[:256]
    random = np.array([looks_random(column.reshape(-1, 1)) for column in columns])
    good = np.array([len(np.unique(column)) > 3 for column in columns]) & ~random
    for size in SIZES:
        parts, rest = divmod(size, rows.dtype.itemsize)
        if rest == 0 and parts > 1 and len(good) % parts == 0:
            never = ~good.reshape(-1, parts).any(axis=0)
            if parts / 2 <= never.sum() < parts:
                return 0.0
    return float(np.mean(good)) * (RANDOM_SHARE if random.mean() > RANDOM_COLUMNS else 1.0)


def _picture(rows: np.ndarray) -> np.ndarray:
    return rows[:PICTURE_SAMPLES, :PICTURE_ROWS].astype(np.float32)
