"""Blackrock .ns1 to .ns6, file specifications 2.1 to 3.0. Written from Blackrock's description of its file format."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from pathlib import Path

from spikesift_core.acquisition_clock import AcquisitionClock, Gap
from spikesift_core.formats.clocks import read_clock, starts_of_blocks
from spikesift_core.formats.files import begins_with, read_bytes
from spikesift_core.formats.stream import Stream, left_out
from spikesift_core.recording_layout import FileLayout

NAME = "Blackrock"
CLOCK = 30_000.0  # Hz; periods are counted in it
MAGIC = (b"NEURALSG", b"NEURALCD", b"BRSMPGRP")
FIRST_ANALOG = 10_240  # electrode numbers from here on (129 in older systems) are analog inputs of the machine
MOST_PARTS = 10_000
SCALES = {"uv": 1.0, "mv": 1e3, "v": 1e6, "nv": 1e-3}
BASIC, CHANNEL = struct.Struct("<8sBBI16s256sII8HI"), struct.Struct("<2sH16sBBhhhh16sIIHIIH")


def find(path: Path) -> list[Path]:
    """The .ns files of a path: the file, or those in a folder, the fastest first."""
    if path.is_dir():
        return sorted((one for one in path.glob("*.ns[1-6]") if begins_with(one, MAGIC)), reverse=True)
    return [path] if begins_with(path, MAGIC) else []


def read(path: Path) -> list[Stream]:
    """Each file; ValueError in words for what is missing or wrong."""
    return [stream for file in find(path) for stream in _streams(file)]


def _streams(path: Path) -> list[Stream]:
    data = read_bytes(path, 1 << 20)
    old = data[:8] == MAGIC[0]
    try:
        names, gains, header, rate, resolution, neural = (_old if old else _new)(data)
    except (struct.error, ZeroDivisionError):
        raise ValueError(
            f"{path} ends inside its header, or the header is damaged ({path.stat().st_size} bytes): the recording or "
            "a copy was broken off."
        ) from None
    if not neural:
        raise ValueError(f"{path} holds analog inputs only, no electrode. Open another of its files (.ns5, .ns6).")
    rest = left_out("analog input", [name for k, name in enumerate(names) if k not in set(neural)])
    common = {
        "files": (path,),
        "data_type": "int16",
        "sampling_frequency": rate,
        "channel_names": tuple(names[k] for k in neural),
        "gain": tuple(gains[k] for k in neural) if gains else (),
        "notes": tuple(rest),
        "opened": (path,),
    }
    plain = FileLayout(len(names), tuple(neural))
    if old:
        return [Stream(name=path.name, header=header, layout=plain, **common)]
    large = data[:8] == MAGIC[2] and data[8] >= 3
    packet = struct.Struct("<BQI" if large else "<BII")
    if large and resolution == 1_000_000_000:
        return [_timed(path, header, packet, plain, common)]
    return _parts(path, header, packet, plain, {**common, "per_tick": rate / resolution})


def _old(data: bytes):
    period, count = struct.unpack_from("<II", data, 24)
    names = [f"electrode {number}" for number in struct.unpack_from(f"<{count}I", data, 32)]
    return names, (), 32 + 4 * count, CLOCK / period, 30_000, list(range(count))


def _new(data: bytes):
    _, _, _, header, _, _, period, resolution, *_, count = BASIC.unpack_from(data)
    names, gains, neural = [], [], []
    for k in range(count):
        _, electrode, label, _, _, low, high, least, most, unit, *_ = CHANNEL.unpack_from(data, BASIC.size + 66 * k)
        names.append(_text(label) or f"electrode {electrode}")
        gains.append((most - least) / (high - low) * SCALES.get(_text(unit).lower().replace("µ", "u"), 1.0))
        if electrode < FIRST_ANALOG and not names[-1].lower().startswith("ainp"):
            neural.append(k)
    return names, gains, header, CLOCK / period, resolution, neural


def _text(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("latin-1").strip()


def _parts(path: Path, header: int, packet: struct.Struct, plain: FileLayout, common: dict) -> list[Stream]:
    """Stretches between pauses, one stream as long as the clock goes on."""
    per_tick = common.pop("per_tick")  # samples in a step of the clock
    parts, whole = _packets(path, header, packet, 2 * plain.channels)
    runs: list[list[_Part]] = []
    for part in parts:
        number = round(part.time * per_tick)
        part = replace(part, time=number)
        if runs and number >= runs[-1][-1].time + runs[-1][-1].samples:
            runs[-1].append(part)
        else:
            runs.append([part])
    again = ["The clock of the recording began anew: each part is a stream of its own."] * (len(runs) > 1)
    odd = [] if whole else ["The last packet is not complete: the recording or a copy was broken off."]
    streams = [
        Stream(
            name=path.name if len(runs) == 1 else f"{path.name}, part {number} of {len(runs)}",
            header=run[0].at,
            num_samples=None if whole and run is runs[-1] else sum(part.samples for part in run),
            layout=replace(plain, skips=_skips(run, packet.size)),
            clock=AcquisitionClock(run[0].time, _gaps(run)),
            warnings=(*again, *(odd if run is runs[-1] else [])),
            **common,
        )
        for number, run in enumerate(runs, 1)
    ]
    return sorted(streams, key=lambda stream: -stream.samples_in())


@dataclass(frozen=True)
class _Part:
    """Samples that were recorded without a pause: first byte, time of the first on the clock, how many."""

    at: int
    time: int
    samples: int


def _packets(path: Path, header: int, packet: struct.Struct, sample_bytes: int) -> tuple[list[_Part], bool]:
    """The packets of a file that hold samples, and whether the last one is complete."""
    size, at, found, complete = path.stat().st_size, header, [], True
    while at + packet.size <= size and len(found) < MOST_PARTS:
        kind, time, samples = packet.unpack(read_bytes(path, packet.size, at))
        if kind != 1:
            raise ValueError(f"{path} is damaged at byte {at}: a data packet should begin there.")
        at += packet.size
        there = (size - at) // sample_bytes
        complete = 0 < samples <= there
        found.append(_Part(at, time, samples if complete else there))
        at = at + sample_bytes * samples if complete else size
    found = [part for part in found if part.samples > 0]
    if not found:
        raise ValueError(f"{path} holds no samples: recording was stopped before the first, or the copy broken off.")
    return found, complete


def _skips(run: list[_Part], packet_bytes: int) -> tuple[tuple[int, int, int], ...]:
    """The heads of the packets after the first, as in `FileLayout`."""
    ends = accumulate(part.samples for part in run[:-1])
    return tuple((0, end, packet_bytes) for end in ends)


def _gaps(run: list[_Part]) -> tuple[Gap, ...]:
    ends = accumulate(part.samples for part in run[:-1])
    missing = [later.time - earlier.time - earlier.samples for earlier, later in pairwise(run)]
    return tuple(Gap(end, count) for end, count in zip(ends, missing, strict=True) if count > 0)


def _timed(path: Path, header: int, packet: struct.Struct, plain: FileLayout, common: dict) -> Stream:
    """Every sample with its own time in ns."""
    layout = FileLayout(plain.channels, plain.used, before=packet.size)
    rate = common["sampling_frequency"]
    times = starts_of_blocks(path, "<u8", header, layout.block_bytes(2), place=1)
    clock, odd = read_clock(lambda k: int(times[k]) * rate / 1e9, len(times), rate, tolerance=5.0, measured=True)
    return Stream(name=path.name, header=header, layout=layout, clock=clock, warnings=tuple(odd), **common)
