"""How samples lie in files that are not simply sample after sample of the channels to be sorted, and reading them.

One description covers what acquisition systems write: channels that are left out (sync, auxiliary), blocks with bytes
of another kind before and after the samples, channel after channel inside a block, one file for each channel, numbers
whose bytes are in the other order, bytes of another kind where recording was paused, and values that are no numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from spikesift_core.recording_files import parts_of, read_into


@dataclass(frozen=True)
class FileLayout:
    """Where the samples are in the files of a recording.

    Attributes
    ----------
    channels : channels in the file (of files side by side: in all of them together).
    used : column of each channel of the recording, counted from 0, in the order of the recording's channels.
    block_samples : samples in a block. In a block of several samples the channels lie one after the other, all samples
        of the first and then all of the next; 1 is sample after sample.
    before, after : bytes of each block that are before its samples, and after them.
    side_by_side : files that hold different channels of the same samples, equally many in each; 1 is one file.
    swapped : the bytes of each number are in the other order than this computer's.
    offset_binary : whole numbers are counted from the lowest one, so that what is stored as the middle of the range is
        read as 0.
    skips : (file, sample of that file, bytes): before this sample so many bytes are none; in order, in files of sample
        after sample only.
    fill : for floats, what is read in place of NaN and infinity on each channel used; () leaves them.
    """

    channels: int
    used: tuple[int, ...]
    block_samples: int = 1
    before: int = 0
    after: int = 0
    side_by_side: int = 1
    swapped: bool = False
    offset_binary: bool = False
    skips: tuple[tuple[int, int, int], ...] = ()
    fill: tuple[float, ...] = ()

    def __post_init__(self):
        numbers = (self.channels, self.block_samples, self.side_by_side, self.before + 1, self.after + 1)
        interrupted = self.skips and max(self.block_samples, self.side_by_side) > 1
        if min(numbers) < 1 or self.channels % self.side_by_side or interrupted:
            raise ValueError(f"layout does not describe a file: {self}.")
        if not self.used or min(self.used) < 0 or max(self.used) >= self.channels:
            raise ValueError(f"layout.used must name channels from 0 to {self.channels - 1}, not {self.used!r}.")
        if self.fill and len(self.fill) != len(self.used):
            raise ValueError(f"layout.fill must have {len(self.used)} values, one for each channel, not {self.fill!r}.")

    @property
    def channels_in_each(self) -> int:
        """Channels in one file."""
        return self.channels // self.side_by_side

    @property
    def whole(self) -> bool:
        """Whether the file is sample after sample of just the channels used, in their order."""
        return self == FileLayout(self.channels, tuple(range(self.channels)))

    def block_bytes(self, item_bytes: int) -> int:
        """Bytes of a block in one file, of numbers of `item_bytes` bytes."""
        return self.before + self.channels_in_each * self.block_samples * item_bytes + self.after

    def skipped(self, file: int, sample: int | None = None) -> int:
        """Bytes of a file that are skipped before one of its samples, the header not counted; None: in all of it."""
        return sum(size for of, at, size in self.skips if of == file and (sample is None or at <= sample))

    def described(self) -> dict:
        """Ready for JSON."""
        return asdict(self)


def layout_described(values: Mapping | None) -> FileLayout | None:
    """The layout that `FileLayout.described` gave.

    Raises
    ------
    ValueError
        If it is none.
    """
    if values is None:
        return None
    try:
        skips = tuple(tuple(map(int, skip)) for skip in values.get("skips", ()))
        used, fill = tuple(map(int, values["used"])), tuple(map(float, values.get("fill", ())))
        return FileLayout(**{**values, "used": used, "skips": skips, "fill": fill})
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise ValueError(f"layout cannot be understood: {error}.") from error


def check_side_by_side(files: Sequence[Path], sizes: Sequence[int], layout: FileLayout) -> None:
    """Files side by side must come in whole groups of one size each.

    Raises
    ------
    ValueError
        If they do not.
    """
    wide = layout.side_by_side
    if len(files) % wide:
        raise ValueError(f"layout: {len(files)} files cannot be {wide} side by side.")
    for first in range(0, len(files), wide):
        for path, size in zip(files[first : first + wide], sizes[first : first + wide], strict=True):
            if size != sizes[first]:
                raise ValueError(
                    f"{path} has {size} bytes and {files[first]}, which holds another channel of the same time, "
                    f"{sizes[first]}: one of them is not complete."
                )


def read_laid_out(
    files: Sequence[Path],
    header: int,
    samples: Sequence[int],
    layout: FileLayout,
    data_type: np.dtype,
    pieces: Sequence[tuple[int, int]],
    room: np.ndarray | None = None,
):
    """Stretches of samples, one after the other.

    Parameters
    ----------
    files : all of them; those side by side follow each other.
    header : bytes to skip at the start of each file.
    samples : in each file (of files side by side: in each group).
    pieces : (first sample, number of samples) of each stretch.
    room : memory for the answer, as in `Recording.read_pieces`.

    Returns
    -------
    (samples, channels used) array, and None; or an array that is not filled and where a file ended too early
    (file, first byte asked for, bytes that were there).
    """
    length, wide = layout.block_samples, layout.side_by_side
    parts = [part for start, count in pieces for part in parts_of(samples, start, count)]
    parts = [piece for part in parts for piece in _uninterrupted(part, layout)]
    blocks = [(group, first // length, -(-(first + count) // length)) for group, first, count in parts]
    rows = _rows(parts, blocks, length)
    data = _array(sum(count for _, _, count in parts), len(layout.used), data_type, room)
    size = layout.block_bytes(data_type.itemsize)
    number = sum(last - first for _, first, last in blocks)
    for one in range(wide):
        columns = [k for k, channel in enumerate(layout.used) if channel // layout.channels_in_each == one]
        if not columns:
            continue
        content = np.empty(number * size, np.uint8)
        wanted = [
            (group * wide + one, header + layout.skipped(group, first) + first * size, (last - first) * size)
            for group, first, last in blocks
        ]
        missing = read_into(files, wanted, content)
        if missing is not None:
            return data, missing
        found = _decoded(content.reshape(number, size), layout, data_type)
        inside = [layout.used[k] % layout.channels_in_each for k in columns]
        data[:, _as_slice(columns)] = found[rows][:, _as_slice(inside)]
    if layout.fill and data_type.kind == "f" and not (finite := np.isfinite(data)).all():
        np.copyto(data, np.asarray(layout.fill, data_type), where=~finite)
    return data, None


def _uninterrupted(part: tuple[int, int, int], layout: FileLayout) -> list[tuple[int, int, int]]:
    """A part (file, first sample, number of samples) cut where bytes are skipped."""
    file, first, count = part
    inside = [sample for of, sample, _ in layout.skips if of == file and first < sample < first + count]
    return [(file, start, stop - start) for start, stop in pairwise([first, *inside, first + count])]


def _array(samples: int, channels: int, data_type: np.dtype, room: np.ndarray | None) -> np.ndarray:
    enough = room is not None and room.dtype == data_type and len(room) >= samples * channels
    return (room[: samples * channels] if enough else np.empty(samples * channels, data_type)).reshape(-1, channels)


def _as_slice(columns: list[int]) -> slice | list[int]:
    """Neighbouring columns as a slice, which is copied several times as fast."""
    first, last = columns[0], columns[-1]
    return slice(first, last + 1) if columns == list(range(first, last + 1)) else columns


def _rows(parts: list, blocks: list, length: int):
    """Which of the samples in the blocks that are read are wanted."""
    if length == 1:
        return slice(None)
    rows, at = [], 0
    for (_, first, count), (_, first_block, last_block) in zip(parts, blocks, strict=True):
        begin = at + first - first_block * length
        rows.append(np.arange(begin, begin + count))
        at += (last_block - first_block) * length
    return np.concatenate(rows)


def _decoded(blocks: np.ndarray, layout: FileLayout, data_type: np.dtype) -> np.ndarray:
    """Blocks (k, bytes) uint8 as (samples, channels in the file)."""
    inside = blocks[:, layout.before : blocks.shape[1] - layout.after]
    values = np.ascontiguousarray(inside).view(data_type)
    if layout.swapped:
        values = values.byteswap()
    if layout.offset_binary:
        values = values ^ values.dtype.type(np.iinfo(values.dtype).min)
    if layout.block_samples == 1:
        return values
    whole = values.reshape(len(blocks), layout.channels_in_each, layout.block_samples)
    return whole.transpose(0, 2, 1).reshape(-1, layout.channels_in_each)
