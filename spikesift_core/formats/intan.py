"""Intan RHD and RHS: one file with everything, one file for each kind of signal, or one file for each channel.

Written from Intan's description of its data file formats (RHD2000 and RHS data file formats, intantech.com).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spikesift_core.acquisition_clock import AcquisitionClock
from spikesift_core.formats.clocks import read_clock, starts_of_blocks
from spikesift_core.formats.files import begins_with
from spikesift_core.formats.intan_header import MAGIC_RHD, MAGIC_RHS, read_header
from spikesift_core.formats.stream import Stream, left_out
from spikesift_core.recording_layout import FileLayout

NAME = "Intan"
MAGIC = tuple(number.to_bytes(4, "little") for number in (MAGIC_RHD, MAGIC_RHS))
STEP = 0.195  # uV
KINDS_RHD = {1: "accelerometer input", 2: "supply voltage", 3: "analog input", 4: "digital input", 5: "digital output"}
KINDS_RHS = {3: "analog input", 4: "analog output", 5: "digital input", 6: "digital output"}


def find(path: Path) -> list[Path]:
    """The header files of a path: an .rhd or .rhs, info.rhd beside a .dat, or those in a folder."""
    if path.is_dir():
        info = [path / f"info.{ending}" for ending in ("rhd", "rhs") if (path / f"info.{ending}").is_file()]
        return info or sorted(
            p for p in path.iterdir() if p.suffix.lower() in (".rhd", ".rhs") and begins_with(p, MAGIC)
        )
    if path.suffix.lower() == ".dat":
        return [p for p in (path.parent / "info.rhd", path.parent / "info.rhs") if p.is_file()]
    return [path] if path.suffix.lower() in (".rhd", ".rhs") or begins_with(path, MAGIC) else []


def read(path: Path) -> list[Stream]:
    """The amplifier signal of a path: of each file with everything, else of the folder.

    Raises ValueError, in words, for what is missing or wrong.
    """
    return [_stream(header) for header in find(path)]


def _stream(path: Path) -> Stream:
    head = read_header(path)
    names = [channel["name"] for channel in head["channels"] if channel["kind"] == 0]
    if not names:
        raise ValueError(
            f"{path} holds no amplifier channel: only auxiliary or digital signals were recorded. "
            "Open another recording."
        )
    rest: list[str] = []
    for kind, words in (KINDS_RHS if head["stimulates"] else KINDS_RHD).items():
        rest += left_out(words, [channel["name"] for channel in head["channels"] if channel["kind"] == kind])
    if head["temperatures"]:
        rest.append("Left out: temperature.")
    if path.stat().st_size > head["bytes"] or not path.stem.lower().startswith("info"):
        files, layout, header, clock = _everything(path, head, names)
    elif (path.parent / "amplifier.dat").is_file():
        files, layout = (path.parent / "amplifier.dat",), FileLayout(len(names), tuple(range(len(names))))
        header, clock = 0, _time_file(path)
    else:
        files, layout, header, clock = _by_channel(path, names, head)
    clock, odd = clock
    return Stream(
        name=path.parent.name if path.stem.lower() == "info" else path.stem,
        files=files,
        data_type="int16",
        sampling_frequency=head["rate"],
        channel_names=tuple(names),
        layout=layout,
        header=header,
        gain=(STEP,) * len(names),
        clock=clock,
        notes=tuple(rest),
        warnings=tuple(odd),
        opened=(path,),
    )


def _everything(path: Path, head: Mapping[str, Any], names: list[str]):
    """One file: blocks of samples in which time comes first, then the amplifier channels, then all the rest."""
    count = {kind: sum(channel["kind"] == kind for channel in head["channels"]) for kind in range(7)}
    length = head["block"]
    if head["stimulates"]:  # slow amplifier and stimulation of each channel, analog in and out, digital in and out
        lines = count[0] * (1 + head["dc"]) + count[3] + count[4] + bool(count[5]) + bool(count[6])
        values = lines * length
    else:  # accelerometers, supply, temperature, analog in, digital in and out
        values = count[1] * (length // 4) + count[2] + head["temperatures"]
        values += (count[3] + bool(count[4]) + bool(count[5])) * length
    layout = FileLayout(
        len(names), tuple(range(len(names))), length, before=4 * length, after=2 * values, offset_binary=True
    )
    return (path,), layout, head["bytes"], _block_clock(path, head, layout)


def _block_clock(path: Path, head: Mapping[str, Any], layout: FileLayout) -> tuple[AcquisitionClock | None, list[str]]:
    """The clock from the time at the start of each block."""
    numbers = starts_of_blocks(path, "<i4", head["bytes"], layout.block_bytes(2))
    length = layout.block_samples
    return read_clock(lambda block: int(numbers[block]), len(numbers), head["rate"], samples_per_entry=length)


def _by_channel(path: Path, names: list[str], head: Mapping[str, Any]):
    natives = [channel["native"] for channel in head["channels"] if channel["kind"] == 0]
    files = tuple(path.parent / f"amp-{native}.dat" for native in natives)
    missing = [file.name for file in files if not file.is_file()]
    if len(missing) == len(files):
        raise ValueError(
            f"{path} describes {len(files)} amplifier channels, but neither amplifier.dat nor {files[0].name} is "
            "beside it. Copy the whole recording folder."
        )
    if missing:
        raise ValueError(
            f"{path} describes {len(files)} amplifier channels, each in a file beside it; not there: "
            f"{', '.join(missing[:4])}{f' and {len(missing) - 4} more' if len(missing) > 4 else ''}. Copy the whole "
            "recording folder."
        )
    layout = FileLayout(len(files), tuple(range(len(files))), side_by_side=len(files))
    return files, layout, 0, _time_file(path)


def _time_file(path: Path) -> tuple[AcquisitionClock | None, list[str]]:
    """The clock from time.dat."""
    time = path.parent / "time.dat"
    numbers = starts_of_blocks(time, "<i4", 0, 4) if time.is_file() else ()
    return read_clock(lambda sample: int(numbers[sample]), len(numbers), read_header(path)["rate"])
