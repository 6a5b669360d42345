"""The binary files of a recording: one, or several in the order of time, read as if they were one."""

from __future__ import annotations

import mmap
import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np

from spikesift_core.messages import unreadable_words

MOST_NAMED = 3  # files named in a summary


def as_paths(value) -> tuple[Path, ...]:
    """A path, or a list or tuple of paths, as a tuple.

    Raises
    ------
    ValueError
        If it is neither, or the list is empty.
    """
    given = value if isinstance(value, (list, tuple)) else [value]
    try:
        paths = tuple(Path(os.fspath(one)) for one in given)
    except TypeError:
        raise ValueError(f"binary_file must be a path, or a list of paths in their order, not {value!r}.") from None
    if not paths:
        raise ValueError("binary_file must name at least one file; the list is empty.")
    return paths


def size_of(path: Path) -> int:
    """Bytes of a file that can be read.

    Raises
    ------
    ValueError
        If it cannot.
    """
    try:
        if path.is_dir():
            raise ValueError(f"binary_file {path} is a folder; give the binary file inside it.")
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_size
    except OSError as error:
        raise _unreadable(path, error) from error


def read_into(paths: Sequence[Path], parts: Sequence[tuple[int, int, int]], room: np.ndarray):
    """Read parts of files, one after the other, into `room` (n,) uint8; nothing else of the files is touched.

    Parameters
    ----------
    parts : (file, first byte, number of bytes) of each.

    Returns
    -------
    None; or where a file ends too early (file, first byte of the part, bytes that were there).

    Raises
    ------
    ValueError
        If a file cannot be read.
    """
    opened, file, left = -1, None, memoryview(room)
    try:
        for number, first_byte, size in parts:
            if number != opened:
                if file is not None:
                    file.close()
                opened, file = number, open(paths[number], "rb", buffering=0)  # noqa: SIM115 (kept for the next part)
            filled = 0
            while filled < size and (count := _read_at(file, first_byte + filled, left[filled:size])):
                filled += count
            if filled < size:
                return number, first_byte, filled
            left = left[size:]
    except OSError as error:
        raise _unreadable(paths[opened], error) from error
    finally:
        if file is not None:
            file.close()
    return None


def _unreadable(path: Path, error: OSError) -> ValueError:
    return ValueError(unreadable_words(f"binary_file {path}", error))


def _read_at(file, first_byte: int, room: memoryview) -> int:
    """Read from a byte of a file on; how many bytes there were."""
    if hasattr(os, "preadv"):  # not on Windows; one call to the system, so that threads wait less for each other
        return os.preadv(file.fileno(), [room], first_byte)
    file.seek(first_byte)
    return file.readinto(room)


def mapped_part(path: Path, first_byte: int, size: int, kind: np.dtype) -> np.ndarray | None:
    """A part of a file as an array of a data type, without a copy; None where the system cannot give it.

    What is written to the array is seen by nobody else. Meant for parts that were read a moment ago: where a disk fails
    now, the system ends the program, while reading would say so in words.
    """
    begin = first_byte // mmap.ALLOCATIONGRANULARITY * mmap.ALLOCATIONGRANULARITY
    if (first_byte - begin) % kind.itemsize:
        return None
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))  # a file object would take longer than the rest
    except OSError:
        return None
    try:
        pages = mmap.mmap(file, first_byte - begin + size, access=mmap.ACCESS_COPY, offset=begin)
    except (OSError, ValueError):  # too short, or no file of a kind that can be mapped
        return None
    finally:
        os.close(file)
    return np.frombuffer(pages, kind, size // kind.itemsize, first_byte - begin)


def parts_of(samples: Sequence[int], start: int, count: int) -> Iterator[tuple[int, int, int]]:
    """Which part of each file holds the samples start to start + count.

    Parameters
    ----------
    samples : of each file; the last file is taken to go on for ever.

    Yields
    ------
    (file, first sample in that file, number of samples), at least once.
    """
    ends = list(accumulate(samples[:-1]))
    file = bisect_right(ends, start)
    while True:
        end = ends[file] if file < len(ends) else start + count
        here = min(count, end - start)
        yield file, start - (ends[file - 1] if file else 0), here
        start, count, file = start + here, count - here, file + 1
        if count == 0:
            return


def named(paths: Sequence[Path]) -> str:
    """The names of the files, the first few of many."""
    shown = ", ".join(path.name for path in paths[:MOST_NAMED])
    if len(paths) == 1:
        return shown
    return f"{shown}{', …' if len(paths) > MOST_NAMED else ''} ({len(paths)} files)"


def repeated(paths: Sequence[Path]) -> list[str]:
    """A warning for each file that is named more than once."""
    times = Counter(path.resolve() for path in paths)
    return [
        f"{path} is named {count} times: its spikes will be there as often. Is it another file of that recording?"
        for path, count in times.items()
        if count > 1
    ]
