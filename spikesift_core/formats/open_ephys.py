"""Open Ephys binary: structure.oebin, and a folder with continuous.dat for each stream."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from spikesift_core.acquisition_clock import AcquisitionClock
from spikesift_core.formats.clocks import read_clock
from spikesift_core.formats.files import parse_number, read_json
from spikesift_core.formats.probes import Found, probe_beside
from spikesift_core.formats.stream import Stream, left_out
from spikesift_core.probe_neuropixels import PROBE_TAGS, read_settings
from spikesift_core.recording_layout import FileLayout

NAME = "Open Ephys binary"
FILE = "structure.oebin"
NOT_NEURAL = re.compile(r"^(.*_)?(ADC|AUX|SYNC|AI|DI)[\d_ ]*$", re.IGNORECASE)
DEEPEST = 4  # folders below the one that is opened
MOST_RECORDINGS = 100
CLOCKS = ("sample_numbers.npy", "timestamps.npy")  # from version 0.6 on, and before


def find(path: Path) -> list[Path]:
    """The structure.oebin files of a path: the file, one beside or above a .dat, or those in a folder."""
    if path.is_dir():
        patterns = ["/".join([*("*" * depth), FILE]) for depth in range(DEEPEST + 1)]
        for pattern in patterns:  # the nearest ones
            found = sorted(path.glob(pattern))
            if found:
                return found[:MOST_RECORDINGS]
        return []
    if path.name == FILE:
        return [path]
    if path.suffix.lower() != ".dat" or path.name != "continuous.dat":
        return []
    return [place / FILE for place in (path.parent, *path.parents[1:3]) if (place / FILE).is_file()][:1]


def read(path: Path) -> list[Stream]:
    """Every stream of a path; ValueError in words for what is missing or wrong."""
    found = find(path)
    streams = []
    for oebin in found:
        place = "/".join(oebin.parent.relative_to(path).parts) if path.is_dir() and len(found) > 1 else ""
        streams += _streams(oebin, f"{place}: " if place else "")
    if path.name == "continuous.dat":
        streams = [stream for stream in streams if stream.files[0] == path] or streams
    if not streams:
        raise ValueError(f"{found[0]} lists no continuous signal: only events were recorded. Open another.")
    return streams


def _streams(oebin: Path, prefix: str) -> list[Stream]:
    structure = read_json(oebin)
    continuous = structure.get("continuous") if isinstance(structure, dict) else None
    if not isinstance(continuous, list) or not all(isinstance(entry, dict) for entry in continuous):
        raise ValueError(f"{oebin} has no list of continuous signals: is it complete?")
    made = [_stream(oebin, entry, prefix, len(continuous) == 1) for entry in continuous]
    return [stream for stream in made if stream is not None]


def _stream(oebin: Path, entry: Mapping, prefix: str, only: bool) -> Stream | None:
    folder = str(entry.get("folder_name", "")).strip("/\\")
    binary = _binary(oebin, folder, only)
    count = int(parse_number(oebin, entry, "num_channels"))
    channels = entry.get("channels")
    if not isinstance(channels, list) or len(channels) != count:
        raise ValueError(
            f"{oebin}: {folder} should have {count} channels (num_channels), but "
            f"{len(channels) if isinstance(channels, list) else 0} are described."
        )
    names = [str(channel.get("channel_name", f"channel {k}")) for k, channel in enumerate(channels)]
    used = [k for k in range(count) if not NOT_NEURAL.match(names[k])]
    if not used:
        return None
    try:
        gain = tuple(float(channels[k]["bit_volts"]) for k in used)
    except (KeyError, TypeError, ValueError):
        gain = ()
    rate = parse_number(oebin, entry, "sample_rate")
    probe, notes = _probe(oebin, folder, len(used))
    clock, odd = _clock(binary, rate, count)
    return Stream(
        name=prefix + (folder or str(entry.get("stream_name", "signal"))),
        files=(binary,),
        data_type="int16",
        sampling_frequency=rate,
        channel_names=tuple(names[k] for k in used),
        layout=FileLayout(count, tuple(used)),
        gain=gain,
        probe=probe,
        clock=clock,
        notes=(*left_out("auxiliary channel", [n for k, n in enumerate(names) if k not in set(used)]), *notes),
        warnings=tuple(odd),
        opened=(binary,),
    )


def _binary(oebin: Path, folder: str, only: bool) -> Path:
    usual = oebin.parent / "continuous" / folder / "continuous.dat"
    beside = oebin.parent / "continuous.dat"
    if usual.is_file() or not (only and beside.is_file()):
        if not usual.is_file():
            raise ValueError(
                f"{oebin} describes {usual.relative_to(oebin.parent).as_posix()}, which is not there. Copy the whole "
                "recording folder, with continuous/ in it."
            )
        return usual
    return beside


def _probe(oebin: Path, folder: str, channels: int) -> Found:
    number = re.search(r"experiment(\d+)", oebin.parent.parent.name)
    name = "settings.xml" if number is None or number.group(1) == "1" else f"settings_{number.group(1)}.xml"
    for place in (oebin.parent, *oebin.parents[1:4]):
        if (place / name).is_file():
            settings = place / name
            if not any(tag in settings.read_text(encoding="utf-8", errors="replace") for tag in PROBE_TAGS):
                return None, []  # other hardware: its settings tell nothing of a probe
            return probe_beside(name, partial(read_settings, settings, folder), channels)
    return None, []


def _clock(binary: Path, rate: float, channels: int) -> tuple[AcquisitionClock | None, list[str]]:
    """The clock from the file of sample numbers, and what is odd about it."""
    samples = binary.stat().st_size // (2 * channels)
    for path in (binary.parent / name for name in CLOCKS):
        if not path.is_file():
            continue
        try:
            numbers = np.load(path, mmap_mode="r")
        except (OSError, ValueError):
            return None, [f"{path.name} is damaged: gaps in the recording cannot be seen."]
        if numbers.dtype.kind not in "iu" or numbers.ndim != 1 or len(numbers) == 0:
            continue  # times in seconds, of the newer kind
        clock, odd = read_clock(lambda k, of=numbers: int(of[k]), len(numbers), rate)
        if len(numbers) != samples:
            odd.append(
                f"{path.name} has {len(numbers)} entries for {samples} samples: one of the two files is not complete."
            )
        return clock, odd
    return None, []
