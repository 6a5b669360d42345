"""Plexon .plx: its continuous channels. Written from the layout of the file that Plexon publishes (Plexon.h).

The samples of a channel lie in blocks between those of others, spikes and events, so the file is converted.
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from spikesift_core.formats.clocks import clock_of_pieces
from spikesift_core.formats.files import begins_with, read_bytes
from spikesift_core.formats.stream import Stream, left_out
from spikesift_core.recording import LOWEST_SAMPLING_FREQUENCY
from spikesift_core.recording_layout import FileLayout

NAME = "Plexon"
MAGIC = (b"PLEX",)
HEAD, HEAD_BYTES = struct.Struct("<4si128s14id4B3H"), 7504
SPIKE_CHANNEL_BYTES, EVENT_CHANNEL_BYTES, SLOW_CHANNEL_BYTES = 1020, 296, 296
DATE = slice(9, 15)  # of the head
SLOW_CHANNEL, BLOCK = struct.Struct("<32s5i"), struct.Struct("<HHIHHHH")
SPIKES, EVENTS, SAMPLES = 1, 4, 5  # kinds of blocks
SAMPLES_AT_ONCE = 1 << 18
MOST_CHANNELS = 100_000


@dataclass
class _Channel:
    """A continuous channel, and where its blocks are: first byte, number of samples, time in ticks."""

    name: str
    rate: float
    gain: float
    blocks: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def samples(self) -> int:
        return sum(count for _, count, _ in self.blocks)


def find(path: Path) -> list[Path]:
    """The .plx file itself, or those in a folder."""
    if path.is_dir():
        return sorted(one for one in path.iterdir() if one.suffix.lower() == ".plx")
    return [path] if path.suffix.lower() == ".plx" or begins_with(path, MAGIC) else []


def read(path: Path) -> list[Stream]:
    """The channels of one kind (WB, SPKC, AI, …) and rate; ValueError in words for what is missing or wrong."""
    found = find(path)
    return [stream for file in found for stream in _streams(file, f"{file.stem}: " if len(found) > 1 else "")]


def _streams(path: Path, prefix: str) -> list[Stream]:
    ticks, channels, first_block, began = _header(path)
    odd = _scan(path, channels, first_block)
    groups: dict[tuple[str, float], list[_Channel]] = {}
    for channel in channels.values():
        if channel.blocks and channel.rate >= LOWEST_SAMPLING_FREQUENCY:
            groups.setdefault((re.split(r"\d", channel.name)[0], channel.rate), []).append(channel)
    if not groups:
        raise ValueError(
            f"{path} holds no continuous signal that is fast enough for spikes (1000 Hz), perhaps spikes only. Open "
            "another recording."
        )
    several = len({kind for kind, _ in groups}) < len(groups)
    empty = left_out("channel without samples", [one.name for one in channels.values() if not one.blocks])
    streams = []
    for (kind, rate), group in groups.items():
        first = None if began is None else began + timedelta(seconds=group[0].blocks[0][2] / ticks)
        name = f"{prefix}{kind or 'signal'}{f', {rate:g} Hz' if several else ''}"
        streams.append(replace(_stream(path, name, group, ticks, (empty, odd)), began=first))
    return sorted(streams, key=lambda stream: -stream.sampling_frequency * stream.channels)


def _stream(path: Path, name: str, group: Sequence[_Channel], ticks: float, said: tuple[list, list]) -> Stream:
    first, (notes, odd) = group[0], said
    samples = min(channel.samples for channel in group)
    if samples < max(channel.samples for channel in group):
        odd = [*odd, f"The channels do not hold equally many samples: the first {samples} of each are used."]
    starts = [time * first.rate / ticks for *_, time in first.blocks]
    clock, jumps = clock_of_pieces(starts, [count for _, count, _ in first.blocks], first.rate)
    return Stream(
        name=name,
        files=(path,),
        data_type="int16",
        sampling_frequency=first.rate,
        channel_names=tuple(channel.name for channel in group),
        layout=FileLayout(len(group), tuple(range(len(group)))),
        num_samples=samples,
        gain=tuple(channel.gain for channel in group) if all(channel.gain for channel in group) else (),
        clock=clock,
        notes=tuple(notes),
        warnings=(*odd, *jumps),
        convert=(
            f"{path} is a Plexon file, in which channels, spikes and events lie mixed: it cannot be read in place. "
            "Convert it, which writes a copy: spikesift convert, or the button on the page Recording."
        ),
        chunks=lambda: _chunks(path, group, samples),
        opened=(path,),
    )


def _header(path: Path) -> tuple[float, dict[int, _Channel], int, datetime | None]:
    """Ticks a second, the continuous channels by their number, the first byte of the blocks, and when tick 0 was."""
    data = read_bytes(path, HEAD_BYTES)
    if not data.startswith(MAGIC[0]):
        swapped = data[:4] == MAGIC[0][::-1]
        begins = f"it begins with {data[:4].hex(' ')}" if data else "it is empty"
        why = "its bytes are in the wrong order" if swapped else begins
        raise ValueError(f"{path} is not a Plexon .plx file: {why}. Copy it again from where it was recorded.")
    if len(data) < HEAD_BYTES:
        raise ValueError(_cut(path, len(data)))
    _, version, _, ticks, spikes, events, slow, *_ = head = HEAD.unpack_from(data)
    bits, millivolts = head[-4], head[-2]
    if not 0 < ticks < 10_000_000 or not all(0 <= count <= MOST_CHANNELS for count in (spikes, events, slow)):
        raise ValueError(f"{path}: the header is damaged ({ticks} ticks a second, {slow} channels).")
    start = HEAD_BYTES + spikes * SPIKE_CHANNEL_BYTES + events * EVENT_CHANNEL_BYTES
    described = read_bytes(path, slow * SLOW_CHANNEL_BYTES, start)
    if len(described) < slow * SLOW_CHANNEL_BYTES:
        raise ValueError(_cut(path, start + len(described)))
    channels = {}
    for k in range(slow):
        name, number, rate, gain, _, preamplifier = SLOW_CHANNEL.unpack_from(described, k * SLOW_CHANNEL_BYTES)
        step = _gain(version, bits, millivolts, gain, preamplifier)
        name = name.partition(b"\0")[0].decode("latin-1").strip() or f"channel {number}"
        channels[number] = _Channel(name, float(rate), step)
    return float(ticks), channels, start + slow * SLOW_CHANNEL_BYTES, _moment(head[DATE])


def _moment(date: Sequence[int]) -> datetime | None:
    """Year, month, day, hour, minute, second; None where they are no date."""
    try:
        return datetime(*date)
    except ValueError:
        return None


def _cut(path: Path, size: int) -> str:
    return f"{path} ends inside its header ({size} bytes): the recording or a copy was broken off."


def _gain(version: int, bits: int, millivolts: int, gain: int, preamplifier: int) -> float:
    """uV per step; 0 where the header does not tell."""
    if version < 103:
        bits, millivolts = 12, 5000
        preamplifier = 1000 if version < 102 else preamplifier
    whole = 2.0 ** (bits - 1) * gain * preamplifier
    return 1000 * millivolts / whole if whole > 0 else 0.0


def _scan(path: Path, channels: dict[int, _Channel], at: int) -> list[str]:
    """Find the blocks of the channels; what is odd about the end of the file."""
    size = path.stat().st_size
    if at >= size:
        raise ValueError(f"{path} holds no samples: recording was stopped before the first, or the copy broken off.")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        while at + BLOCK.size <= size:
            kind, upper, lower, number, _, waveforms, words = BLOCK.unpack_from(data, at)
            if kind not in (SPIKES, EVENTS, SAMPLES):
                raise ValueError(f"{path} is damaged at byte {at}: a block should begin there.")
            at += BLOCK.size
            count = min(waveforms * words, (size - at) // 2)
            if kind == SAMPLES and number in channels and count:
                channels[number].blocks.append((at, count, (upper << 32) + lower))
            at += 2 * waveforms * words
    if at == size:
        return []
    return [f"{path.name} ends inside a block: the recording or a copy was broken off. What is whole is used."]


def _chunks(path: Path, group: Sequence[_Channel], samples: int) -> Iterator[np.ndarray]:
    data = np.memmap(path, dtype=np.uint8, mode="r")
    ends = [np.cumsum([count for _, count, _ in channel.blocks]) for channel in group]
    for start in range(0, samples, SAMPLES_AT_ONCE):
        stop = min(samples, start + SAMPLES_AT_ONCE)
        chunk = np.empty((stop - start, len(group)), np.int16)
        for column, (channel, end) in enumerate(zip(group, ends, strict=True)):
            for block in range(np.searchsorted(end, start, side="right"), np.searchsorted(end, stop) + 1):
                at, count, _ = channel.blocks[block]
                begin = int(end[block]) - count
                first, last = max(start, begin), min(stop, begin + count)
                part = data[at + 2 * (first - begin) : at + 2 * (last - begin)].view("<i2")
                chunk[first - start : last - start, column] = part
        yield chunk
