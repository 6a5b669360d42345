"""An array in a .npy file: (samples, channels), as `numpy.save` writes it. It does not tell the sampling frequency."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from spikesift_core.formats.stream import Stream
from spikesift_core.messages import unreadable_words
from spikesift_core.recording import DATA_TYPES
from spikesift_core.recording_layout import FileLayout

NAME = "NumPy array"
MAGIC = b"\x93NUMPY"
MOST_CHANNELS = 10_000
UNKNOWN = 0.0  # Hz: has to be given
BYTES_AT_ONCE = 1 << 24


def find(path: Path) -> list[Path]:
    """The path itself, if it is a .npy file that could be a recording: two axes, more rows than a probe has."""
    if path.is_dir() or path.suffix.lower() != ".npy":
        return []
    try:
        shape = np.load(path, mmap_mode="r", allow_pickle=False).shape
    except (OSError, ValueError, EOFError):
        return [path]
    return [] if len(shape) == 2 and shape[1] in (2, 3) and shape[0] <= MOST_CHANNELS else [path]


def read(path: Path) -> list[Stream]:
    """The array as a stream; its rate is 0, not known.

    Raises
    ------
    ValueError
        In words, for an array that is no recording.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise ValueError(unreadable_words(path, error)) from error
    except (ValueError, EOFError) as error:
        size = path.stat().st_size
        why = "it is empty" if size == 0 else f"it is damaged, cut off, or holds Python objects ({error})"
        raise ValueError(f"{path} is not an array that can be read: {why}.") from error
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{path} must be an array (samples, channels); it has the shape {array.shape}.")
    kind = array.dtype.newbyteorder("=")
    if kind.name not in DATA_TYPES:
        raise ValueError(f"{path} holds {array.dtype}; a recording must be one of {', '.join(DATA_TYPES)}.")
    samples, channels = array.shape
    convert = ""
    if channels > samples or not array.flags.c_contiguous:
        convert = (
            f"{path} holds its samples channel by channel (shape {array.shape}): it cannot be read in place. Convert "
            "it, which writes a copy: spikesift convert, or the button on the page Recording."
        )
        samples, channels = (samples, channels) if samples >= channels else (channels, samples)
    if channels > MOST_CHANNELS:
        raise ValueError(f"{path} has the shape {array.shape}: more than {MOST_CHANNELS} channels cannot be right.")
    return [
        Stream(
            name=path.stem,
            files=(path,),
            data_type=kind.name,
            sampling_frequency=UNKNOWN,
            channel_names=tuple(f"channel {k}" for k in range(channels)),
            layout=FileLayout(channels, tuple(range(channels)), swapped=not array.dtype.isnative),
            header=array.offset,
            notes=("A .npy file does not tell its sampling frequency.",),
            num_samples=samples if convert else None,
            convert=convert,
            chunks=(lambda: _chunks(path, channels)) if convert else None,
            opened=(path,),
        )
    ]


def _chunks(path: Path, channels: int) -> Iterator[np.ndarray]:
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    array = array if array.shape[1] == channels else array.T
    step = max(1, BYTES_AT_ONCE // (array.dtype.itemsize * channels))
    for start in range(0, len(array), step):
        yield np.asarray(array[start : start + step])
