"""How a plain binary file may have been written: likely types and channel counts, ranked, from the values in it.

With the right type and count, values that many places apart come from one channel, one sample apart: they are more
alike than values one place nearer or farther, which come from other channels. The right type moreover gives neither
random bits (the lower halves of larger numbers) nor constant columns (the upper halves). Nothing of this is proof: a
person decides, with a picture of each guess.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikesift_core.recording_checks import fitting_channel_counts
from spikesift_core.recording_files import read_into, size_of
from spikesift_core.recording_layout import FileLayout
from spikesift_core.recording_suspicions import looks_random, top_heavy

BYTES_LOOKED_AT = 1 << 19  # from the middle of the file
MOST_CHANNELS = 2048
FEWEST_SAMPLES = 64
PICTURE_SAMPLES, PICTURE_ROWS = 240, 8
# Share of the score by how often a type is met: decides where the values alone do not.
TYPES = {"int16": 1.0, "float32": 0.95, "uint16": 0.8, "int32": 0.7, "float64": 0.7, "uint8": 0.4, "int8": 0.4}
SWAPPED_SHARE = 0.6
WRONG_ORDER = 0.3  # where the upper byte of the numbers takes more values than the lower one
LOWEST = 0.05  # score below which a guess is chance; right ones had 0.24 and more
FAR_BEHIND = 0.2  # of the best: not worth a look
CLEAR = 0.02  # by which a channel count has to stand out
ONE_CHANNEL = 0.3  # likeness of neighbouring values, falling with distance, that speaks for one channel only
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
    likeness = _likeness(values.astype(np.float64))
    counts = _standing_out(likeness, sorted(fitting))
    share = TYPES[name] * (SWAPPED_SHARE if swapped else 1.0) * (WRONG_ORDER if top_heavy(values) else 1.0)
    guesses = []
    for count in counts:
        rows = values[: len(values) // count * count].reshape(-1, count)
        good = _good_share(rows)
        score = likeness[count] * good * share
        if score > LOWEST:
            guesses.append(Guess(name, count, swapped, float(min(1.0, score)), _picture(rows)))
    return guesses


def _likeness(flat: np.ndarray) -> np.ndarray:
    """Correlation of values k places apart, for k from 0 to `MOST_CHANNELS` + 1, robust against few large values."""
    low, high = np.percentile(flat, [1, 99])
    clipped = np.clip(flat, low, high)
    clipped = clipped - clipped.mean()
    longest = min(MOST_CHANNELS + 2, len(clipped) // 4)
    size = 1 << (len(clipped) + longest - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(clipped, size)) ** 2
    found = np.fft.irfft(spectrum, size)[:longest]
    pairs = len(clipped) - np.arange(longest)
    return found / pairs / (found[0] / len(clipped)) if found[0] > 0 else np.zeros(longest)


def _standing_out(likeness: np.ndarray, fitting: Sequence[int]) -> list[int]:
    """The channel counts that fit and are clearly more alike than those next to them, no multiples of others."""
    tried = [count for count in fitting if 1 < count < len(likeness) - 1]
    above = {count: likeness[count] - (likeness[count - 1] + likeness[count + 1]) / 2 for count in tried}
    if not above or max(above.values()) < CLEAR:
        falling = len(likeness) > 4 and bool((np.diff(likeness[1:4]) < 0).all())
        return [1] if 1 in fitting and falling and likeness[1] > ONE_CHANNEL else []
    best = max(above.values())
    good = [count for count in tried if above[count] > max(CLEAR, AS_GOOD * best)]
    return [count for count in good if not any(count % less == 0 for less in good if less < count)][:2]


def _good_share(rows: np.ndarray) -> float:
    """Share of the columns that are a signal: neither random bits nor (nearly) constant."""
    if len(rows) < FEWEST_SAMPLES:
        return 0.0
    good = [len(np.unique(column)) > 3 and not looks_random(column.reshape(-1, 1)) for column in rows[:4096].T[:256]]
    return float(np.mean(good))


def _picture(rows: np.ndarray) -> np.ndarray:
    return rows[:PICTURE_SAMPLES, :PICTURE_ROWS].astype(np.float32)
