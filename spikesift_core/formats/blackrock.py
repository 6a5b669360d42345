"""Blackrock .ns1 to .ns6, file specifications 2.1 to 3.0. Written from Blackrock's description of its file format."""

from __future__ import annotations

import struct
from pathlib import Path

from spikesift_core.formats.clocks import clock_words, gaps
from spikesift_core.formats.files import read_bytes
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
        return sorted((one for one in path.glob("*.ns[1-6]") if _is(one)), reverse=True)
    return [path] if _is(path) else []


def _is(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(8) in MAGIC
    except OSError:
        return False


def read(path: Path) -> list[Stream]:
    """Each file, and each part of a file in which recording was paused.

    Raises
    ------
    ValueError
        In words, for what is missing or wrong.
    """
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
        raise ValueError(f"{path} holds analog inputs only, no electrode.")
    rest = left_out("analog input", [name for k, name in enumerate(names) if k not in set(neural)])
    common = {
        "files": (path,),
        "data_type": "int16",
        "sampling_frequency": rate,
        "channel_names": tuple(names[k] for k in neural),
        "gain": tuple(gains[k] for k in neural) if gains else (),
        "offset": (0.0,) * len(neural) if gains else (),
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


def _parts(path: Path, header: int, packet: struct.Struct, layout: FileLayout, common: dict) -> list[Stream]:
    """One stream for each stretch between pauses."""
    per_tick = common.pop("per_tick")  # samples in a step of the clock
    size, at, found = path.stat().st_size, header, []
    while at + packet.size <= size and len(found) < MOST_PARTS:
        kind, time, samples = packet.unpack(read_bytes(path, packet.size, at))
        if kind != 1:
            raise ValueError(f"{path} is damaged at byte {at}: a data packet should begin there.")
        at += packet.size
        there = (size - at) // (2 * layout.channels)
        complete = 0 < samples <= there
        found.append((at, time, samples if complete else there, complete))
        at += 2 * layout.channels * found[-1][2] if complete else size
    found = [part for part in found if part[2] > 0]
    if not found:
        raise ValueError(f"{path} holds no samples: recording was stopped before the first, or the copy broken off.")
    pauses = ["Recording was paused: each part is a stream of its own."] * (len(found) > 1)
    streams = []
    for number, (start, time, samples, complete) in enumerate(found, 1):
        odd = [] if complete else ["The last packet is not complete: the recording or a copy was broken off."]
        streams.append(
            Stream(
                name=path.name if len(found) == 1 else f"{path.name}, part {number} of {len(found)}",
                header=start,
                num_samples=samples,
                first_sample=round(time * per_tick),
                layout=layout,
                warnings=(*pauses, *odd),
                **common,
            )
        )
    return sorted(streams, key=lambda stream: -stream.num_samples) if len(streams) > 1 else streams


def _timed(path: Path, header: int, packet: struct.Struct, plain: FileLayout, common: dict) -> Stream:
    """Every sample with its own time in ns."""
    layout = FileLayout(plain.channels, plain.used, before=packet.size)
    size, rate = layout.block_bytes(2), common["sampling_frequency"]
    count = max(0, path.stat().st_size - header) // size

    def time(sample: int) -> float:
        return packet.unpack(read_bytes(path, packet.size, header + sample * size))[1]

    first = time(0) if count else 0
    found = gaps(lambda k: (time(k) - first) * rate / 1e9, count, tolerance=5.0)  # the clocks differ a little
    odd = clock_words(found, rate)
    return Stream(name=path.name, header=header, layout=layout, warnings=tuple(odd), **common)
