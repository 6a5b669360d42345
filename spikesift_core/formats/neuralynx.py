"""Neuralynx .ncs: one file for each channel, records of 512 samples with a time each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from spikesift_core.acquisition_clock import AcquisitionClock
from spikesift_core.formats.clocks import read_clock, starts_of_blocks
from spikesift_core.formats.files import parse_number, read_bytes
from spikesift_core.formats.stream import Stream
from spikesift_core.messages import plural
from spikesift_core.recording_layout import FileLayout

NAME = "Neuralynx"
HEADER, RECORD, SAMPLES, BEFORE = 16_384, 1044, 512, 20  # bytes, bytes, samples, bytes before them
MAGIC = b"######## Neuralynx"
CLOCKS_DIFFER = 5.0  # samples between two records: no gap
MOST_LOOKED_AT = 1000  # gaps, for whether the record before is full


def find(path: Path) -> list[Path]:
    """The .ncs files of a path: of a folder, or of the folder the file is in."""
    folder = path if path.is_dir() else path.parent
    if not path.is_dir() and path.suffix.lower() != ".ncs":
        return []
    found = [one for one in folder.iterdir() if one.suffix.lower() == ".ncs"]
    return sorted(found, key=lambda one: [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", one.name.lower())])


def read(path: Path) -> list[Stream]:
    """One stream for each rate and length, that of the file that was opened first.

    Raises ValueError, in words, for what is missing or wrong.
    """
    groups: dict[tuple, list[tuple[Path, dict]]] = {}
    skipped = []
    for file in find(path):
        if file.stat().st_size <= HEADER:
            if file == path:
                raise ValueError(f"{path} holds no samples: its channel was not recorded. Open the folder.")
            skipped.append(file.name)
            continue
        head = _header(file)
        groups.setdefault((head["SamplingFrequency"], file.stat().st_size), []).append((file, head))
    if not groups:
        raise ValueError(f"None of the .ncs files in {path} holds a sample. Open another folder.")
    ordered = sorted(groups.values(), key=lambda group: (path not in {f for f, _ in group}, -len(group)))
    return [_stream(group, skipped, len(groups)) for group in ordered]


def _header(path: Path) -> dict[str, str]:
    data = read_bytes(path, HEADER)
    if not data.startswith(MAGIC):
        raise ValueError(f"{path} does not begin as a Neuralynx file does: is it damaged, or of another program?")
    text = data.decode("latin-1")
    lines = re.findall(r"^-(\w+)[ \t]+([^\r\n]*)", text, re.MULTILINE)
    head = {name: value.strip().strip('"') for name, value in lines}
    parse_number(path, head, "SamplingFrequency")
    return head


def _stream(group: list[tuple[Path, dict]], skipped: list[str], groups: int) -> Stream:
    files, heads = [file for file, _ in group], [head for _, head in group]
    rate = parse_number(files[0], heads[0], "SamplingFrequency")
    volts = [head.get("ADBitVolts", "") for head in heads]
    try:
        gain = tuple(float(value.split()[0]) * 1e6 for value in volts)
    except (ValueError, IndexError):
        gain = ()
    records = (files[0].stat().st_size - HEADER) // RECORD
    layout = FileLayout(len(files), tuple(range(len(files))), SAMPLES, before=BEFORE, side_by_side=len(files))
    samples, odd = _end(files[0], records)
    clock, jumps = _clock(files[0], rate)
    if any(_inverted(head) for head in heads):
        odd.append("The input was inverted: spikes point upwards. Set the detection polarity to 1.")
    notes = [f"Left out: {len(skipped)} files without samples ({', '.join(skipped[:4])})."] if skipped else []
    channels = plural(len(files), "channel")
    if groups > 1:
        notes.append("Files of another sampling rate or length are streams of their own.")
    return Stream(
        name=f"{channels}, {rate:g} Hz, {records} records" if groups > 1 else channels,
        files=tuple(files),
        data_type="int16",
        sampling_frequency=rate,
        channel_names=tuple(head.get("AcqEntName", file.stem) for file, head in group),
        layout=layout,
        header=HEADER,
        num_samples=samples,
        gain=gain,
        notes=tuple(notes),
        clock=clock,
        warnings=tuple(odd + jumps + _uneven(files, records)),
        opened=(files[0],),
    )


def _inverted(head: Mapping[str, str]) -> bool:
    return head.get("InputInverted", "").lower() == "true"


def _fields(path: Path, record: int) -> tuple[int, int]:
    """Time in us and number of valid samples of a record."""
    data = read_bytes(path, BEFORE, HEADER + record * RECORD)
    return int.from_bytes(data[:8], "little"), int.from_bytes(data[16:20], "little")


def _end(path: Path, records: int) -> tuple[int | None, list[str]]:
    """Samples to use, where the last record is not full or the file ends inside one."""
    if records < 1:
        return None, []
    valid = min(_fields(path, records - 1)[1], SAMPLES)
    rest = (path.stat().st_size - HEADER) % RECORD
    odd = [f"{path.name} ends inside a record: the recording or a copy was broken off. Whole records are used."]
    samples = (records - 1) * SAMPLES + valid
    return (None if valid == SAMPLES and not rest else samples), odd if rest else []


def _clock(path: Path, rate: float) -> tuple[AcquisitionClock | None, list[str]]:
    """The clock from the times of the records, which are rounded to us and follow a clock of their own."""
    times = starts_of_blocks(path, "<u8", HEADER, RECORD)

    def number(record: int) -> float:
        return int(times[record]) * rate / 1e6

    clock, odd = read_clock(number, len(times), rate, samples_per_entry=SAMPLES, tolerance=CLOCKS_DIFFER, measured=True)
    return clock, [*odd, *(_not_full(path, clock, rate) if clock else [])]


def _not_full(path: Path, clock: AcquisitionClock, rate: float) -> list[str]:
    """Where recording was paused the record before may hold fewer samples than there is room for."""
    ends = [gap.sample for gap in clock.gaps[:MOST_LOOKED_AT]]
    short = [(end, valid) for end in ends if (valid := _fields(path, end // SAMPLES - 1)[1]) < SAMPLES]
    if not short:
        return []
    end, valid = short[0]
    more = f" and before {len(short) - 1} more gaps" if len(short) > 1 else ""
    return [
        f"Where recording was paused, {SAMPLES - valid} values before {end / rate:.3f} s{more} are no signal (records "
        "that are not full, at most 16 ms each at 32 kHz): what looks like a spike there is none."
    ]


def _uneven(files: list[Path], records: int) -> list[str]:
    first = _fields(files[0], 0)[0] if records else 0
    late = [file.name for file in files if records and _fields(file, 0)[0] != first]
    if not late:
        return []
    return [f"{late[0]} begins at another time than {files[0].name} ({len(late)} such files): is it of this recording?"]
