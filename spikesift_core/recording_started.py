"""When a recording began by the clock on the wall, as its acquisition system wrote it down.

Times are those of the place of recording, without a time zone: where a file has UTC, it is turned into the local time
of this computer. They put recordings in order; spikes are never timed by them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from spikesift_core.formats.blackrock import BASIC, MAGIC
from spikesift_core.formats.extras import needed
from spikesift_core.formats.files import begins_with, read_bytes, read_json
from spikesift_core.formats.neuralynx import HEADER
from spikesift_core.formats.spikeglx import parse_meta
from spikesift_core.formats.spikeinterface_folder import FILE
from spikesift_core.recording import Recording

SYNC = "sync_messages.txt"  # of Open Ephys, in the folder of each recording
SHOWN = "%Y-%m-%d %H:%M:%S"
READ = (SHOWN, "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M")


def recording_started(recording: Recording) -> datetime | None:
    """When the first sample used was recorded, to the second or so; None where the files do not tell."""
    began = started(recording.binary_file)
    if began is None:
        return None
    gaps = () if recording.clock is None else recording.clock.gaps
    missing = sum(gap.missing for gap in gaps if gap.sample <= recording.sample_offset)
    return began + timedelta(seconds=(recording.sample_offset + missing) / recording.sampling_frequency)


def started(path) -> datetime | None:
    """When a file was begun; None where it, or what lies beside it, does not tell or cannot be read."""
    path = Path(path)
    for read in READERS:
        try:
            found = read(path)
        except (OSError, ValueError, OverflowError, struct.error):  # damaged: said where the recording is opened
            found = None
        if found is not None:
            return found
    return None


def read_time(words: str) -> datetime:
    """A time that a person gave, such as "2024-05-03 14:02".

    Raises
    ------
    ValueError
        With what is allowed.
    """
    for form in READ:
        try:
            return datetime.strptime(words.strip(), form)
        except ValueError:
            continue
    raise ValueError(f"{words!r} is no time: give date and time as 2024-05-03 14:02 or 2024-05-03 14:02:30.")


def _local(moment: datetime) -> datetime:
    return moment.astimezone().replace(tzinfo=None) if moment.tzinfo else moment


def _spikeglx(path: Path) -> datetime | None:
    meta = path.with_suffix(".meta")
    told = parse_meta(meta).get("fileCreateTime") if path.suffix == ".bin" and meta.is_file() else None
    return None if told is None else datetime.fromisoformat(told)


def _open_ephys(path: Path) -> datetime | None:
    beside = [place / SYNC for place in path.parents[:3] if (place / SYNC).is_file()] if path.suffix == ".dat" else []
    found = re.search(r"Software Time[^:]*:\s*(\d+)", beside[0].read_text(encoding="utf-8")) if beside else None
    return None if found is None else _local(datetime.fromtimestamp(int(found.group(1)) / 1000, UTC))


def _intan(path: Path) -> datetime | None:
    """The name has it: NAME_240503_140230.rhd, or that of the folder."""
    kind = path.suffix.lower()
    folder = kind == ".dat" and any((path.parent / f"info.{ending}").is_file() for ending in ("rhd", "rhs"))
    name = path.parent.name if folder else path.stem if kind in (".rhd", ".rhs") else ""
    found = re.search(r"_(\d{6})_(\d{6})$", name)
    return datetime.strptime("".join(found.groups()), "%y%m%d%H%M%S") if found else None


def _neuralynx(path: Path) -> datetime | None:
    if path.suffix.lower() != ".ncs":
        return None
    text = read_bytes(path, HEADER).decode("latin-1")
    found = re.search(r"^-TimeCreated\s+(\d+)/(\d+)/(\d+)\s+(\d+):(\d+):(\d+)", text, re.MULTILINE)
    if found:
        return datetime(*map(int, found.groups()))
    older = re.search(r"Time Opened[^:]*:\s*(\d+)/(\d+)/(\d+)\s+\([^)]*\)\s+(\d+):(\d+):(\d+)", text)
    if older is None:
        return None
    month, day, year, *clock = map(int, older.groups())
    return datetime(year, month, day, *clock)


def _blackrock(path: Path) -> datetime | None:
    if not begins_with(path, MAGIC[1:]):
        return None
    year, month, _weekday, day, *clock, _milliseconds = BASIC.unpack_from(read_bytes(path, BASIC.size))[8:16]
    return _local(datetime(year, month, day, *clock, tzinfo=UTC))


def _nwb(path: Path) -> datetime | None:
    if path.suffix.lower() != ".nwb":
        return None
    with needed("h5py", path, "an NWB file").File(path, "r") as file:
        told = file["session_start_time"][()] if "session_start_time" in file else None
    # The time where it was recorded is wanted, whatever the zone of this computer.
    return None if told is None else datetime.fromisoformat(told.decode()).replace(tzinfo=None)


def _converted(path: Path) -> datetime | None:
    """Of a copy that `formats.convert` made: what the original told."""
    described = path.with_name(FILE)
    told = read_json(described).get("started") if path.suffix == ".raw" and described.is_file() else None
    return None if told is None else datetime.fromisoformat(told)


READERS: tuple[Callable[[Path], datetime | None], ...] = (
    _spikeglx, _open_ephys, _intan, _neuralynx, _blackrock, _nwb, _converted,
)  # fmt: skip
