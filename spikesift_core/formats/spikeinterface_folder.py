"""A folder with binary.json and raw files, as SpikeInterface saves a recording; also what `convert` writes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from spikesift_core.formats.files import parse_number, read_json
from spikesift_core.formats.probes import probe_beside
from spikesift_core.formats.stream import Stream, joined
from spikesift_core.probe_json import read_json as read_probe
from spikesift_core.recording import DATA_TYPES
from spikesift_core.recording_layout import FileLayout

NAME = "SpikeInterface binary folder"
FILE, PROBE = "binary.json", "probe.json"


def find(path: Path) -> list[Path]:
    """The binary.json of a path: the file, one in the folder, or one beside a .raw."""
    if path.is_dir():
        return [path / FILE] if (path / FILE).is_file() else []
    beside = path.parent / FILE
    if path.name == FILE:
        return [path]
    return [beside] if path.suffix.lower() == ".raw" and beside.is_file() else []


def read(path: Path) -> list[Stream]:
    """The recording; its segments follow each other.

    Raises
    ------
    ValueError
        In words, for what is missing or wrong.
    """
    source = find(path)[0]
    content = read_json(source)
    fields = content.get("kwargs") if isinstance(content, dict) else None
    if not isinstance(fields, dict):
        raise ValueError(f"{source} does not describe a recording: it has no kwargs.")
    paths = fields.get("file_paths")
    if not isinstance(paths, list) or not paths:
        raise ValueError(f"{source} names no binary file (file_paths).")
    files = [_file(source, str(name)) for name in paths]
    return [joined([_stream(source, fields, file) for file in files])]


def _file(source: Path, name: str) -> Path:
    beside = source.parent / name.replace("\\", "/").rsplit("/", 1)[-1]  # the folder may have been moved
    for place in (source.parent / name, beside):
        if place.is_file():
            return place
    raise ValueError(f"{source} names {name}, which is not there. Copy the whole folder.")


def _stream(source: Path, fields: Mapping, file: Path) -> Stream:
    rate = parse_number(source, fields, "sampling_frequency")
    count = int(parse_number(source, fields, "num_channels" if "num_channels" in fields else "num_chan"))
    try:
        kind = np.dtype(fields.get("dtype"))
    except TypeError:
        kind = np.dtype("O")
    if fields.get("dtype") is None or kind.newbyteorder("=").name not in DATA_TYPES:
        raise ValueError(f"{source}: dtype is {fields.get('dtype')!r}, must be one of {', '.join(DATA_TYPES)}.")
    names = fields.get("channel_ids") or [f"channel {k}" for k in range(count)]
    if len(names) != count:
        raise ValueError(f"{source}: num_channels is {count}, but {len(names)} channel_ids are given.")
    by_channel = fields.get("time_axis", 0) == 1
    layout = FileLayout(count, tuple(range(count)), swapped=not kind.isnative)
    beside = source.parent / PROBE
    probe, notes = probe_beside(PROBE, partial(read_probe, beside), count) if beside.is_file() else (None, [])
    return Stream(
        name=source.parent.name,
        files=(file,),
        data_type=kind.newbyteorder("=").name,
        sampling_frequency=rate,
        channel_names=tuple(map(str, names)),
        layout=layout,
        header=int(fields.get("file_offset") or 0),
        gain=_numbers(source, fields, "gain_to_uV", count),
        offset=_numbers(source, fields, "offset_to_uV", count),
        probe=probe,
        notes=tuple(notes),
        convert=f"{file} holds its samples channel by channel: it cannot be read in place." if by_channel else "",
        opened=(source.parent,),
    )


def _numbers(source: Path, fields: Mapping, name: str, count: int) -> tuple[float, ...]:
    value = fields.get(name)
    if value is None:
        return ()
    try:
        found = tuple(map(float, value)) if isinstance(value, list) else (float(value),) * count
    except (TypeError, ValueError):
        found = ()
    if len(found) != count:
        raise ValueError(f"{source}: {name} must be a number, or one for each of {count} channels, not {value!r:.60}.")
    return found
