"""How a plain binary file may have been written: likely types and channel counts, ranked, from the values in it.

With the right type a channel count stands out (`channel_counts.py`), and there are neither random bits (the lower
halves of larger numbers) nor constant columns (the upper halves). Nothing of this is proof: a person decides, with a
picture of each guess.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikesift_core.channel_counts import MOST_CHANNELS, standing_out
from spikesift_core.recording_checks import fitting_channel_counts
from spikesift_core.recording_files import read_into, size_of
from spikesift_core.recording_layout import FileLayout
from spikesift_core.recording_suspicions import looks_random, top_heavy

BYTES_LOOKED_AT = 1 << 19  # from the middle of the file
FEWEST_SAMPLES = 64
PICTURE_SAMPLES, PICTURE_ROWS = 240, 8
# Share of the score by how often a type is met: decides where the values alone do not.
TYPES = {"int16": 1.0, "float32": 0.95, "uint16": 0.8, "int32": 0.7, "float64": 0.7, "uint8": 0.4, "int8": 0.4}
SIZES = (2, 4, 8)  # bytes of numbers that narrower types may be parts of
SWAPPED_SHARE = 0.6
WRONG_ORDER = 0.3  # where the upper byte of the numbers takes more values than the lower one
LOWEST = 0.05  # score below which a guess is chance
FAR_BEHIND = 0.2  # of the best: not worth a look
HALF_SURE = 0.1  # a count that stands out so much has half of the highest score
RANDOM_COLUMNS, RANDOM_SHARE = 0.2, 0.3  # if more columns than that are random bits, so much is left of the score


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
    standing = standing_out(values.astype(np.float64), sorted(fitting))
    share = TYPES[name] * (SWAPPED_SHARE if swapped else 1.0) * (WRONG_ORDER if top_heavy(values) else 1.0)
    guesses = []
    for count, clearness in standing.items():
        rows = values[: len(values) // count * count].reshape(-1, count)
        score = clearness / (clearness + HALF_SURE) * _good_share(rows) * share
        if score > LOWEST:
            guesses.append(Guess(name, count, swapped, float(score), _picture(rows)))
    return guesses


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
