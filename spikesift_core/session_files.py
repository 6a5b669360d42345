"""The files of a session: written so that a killed program cannot damage them, read with words for what is wrong."""

from __future__ import annotations

import io
import json
import os
import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from spikesift_core.links import ARRAYS, SegmentLinks, checked_links
from spikesift_core.probe_contacts import ProbeLayout, layout
from spikesift_core.recording_identity import missing_field
from spikesift_core.replacing import replacing
from spikesift_core.results import SortedSegment
from spikesift_core.session_damage import DamagedSession, read_array
from spikesift_core.tracks import Track, check_followed
from spikesift_core.version import VERSION

FORMAT = "spikesift session"
FORMAT_VERSION = 1
FOLLOWED_FILE = "followed.npy"
QUALITY_FILE = "quality.json"
GEOMETRY_FILE, SHANKS_FILE, SIZES_FILE = "probe_geometry.npy", "probe_shanks.npy", "probe_sizes.npy"
LINK_NUMBERS = ("shift", "position", "limit")  # of `SegmentLinks`


# ---------------------------------------------------------------- writing


def write_file(path: Path, data: bytes, keep_previous: bool = True) -> None:
    """Put `data` in `path`: temporary file, fsync, replace. A file that was there is kept as `NAME.previous`."""
    if keep_previous and path.exists():
        _put(path.with_name(path.name + ".previous"), path.read_bytes())
    _put(path, data)


def write_json(path: Path, value: Mapping) -> None:
    """Put a dict in `path` as JSON, as `write_file` does; arrays become lists."""
    write_file(path, (json.dumps(value, indent=1, default=plain, ensure_ascii=False) + "\n").encode())


def save_quality(folder, figures: Mapping) -> bool:
    """Keep the metrics of the units (see `quality.keeping`) where that is possible; whether it was."""
    try:
        write_file(Path(folder) / QUALITY_FILE, json.dumps(figures).encode(), keep_previous=False)
    except OSError:
        return False
    return True


def read_quality(folder) -> dict[str, Any] | None:
    """What `save_quality` kept; None where there is nothing, or it is damaged: then it is measured again."""
    try:
        return json.loads((Path(folder) / QUALITY_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def append_line(path: Path, value: Mapping) -> None:
    """Add one JSON line and sync; a line that was cut when a program was killed is closed first."""
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(json.dumps(value, default=plain, ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def npy(array: np.ndarray) -> bytes:
    """The bytes of a `.npy` file."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def plain(value: object):
    """NumPy values and paths as JSON knows them."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be kept in a session: use numbers, text, lists and dicts.")


def now() -> str:
    """The time in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _put(path: Path, data: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(data)


# ---------------------------------------------------------------- one segment in one file


def segment_file(index: int, corrected: bool = False) -> str:
    """Name of a segment's file inside the session; `corrected` when all segments were known."""
    return f"segments/{index:06d}.corrected.npy" if corrected else f"segments/{index:06d}.npy"


def packed(segment: SortedSegment, link: np.ndarray, links: SegmentLinks | None = None) -> np.ndarray:
    """A segment as one structured array of shape (), so that one file is one segment.

    Fields: start_time, duration (samples), spike_times (n,) int64 sorted, spike_clusters (n,) int32,
    amplitude_vectors (clusters, channels) float32, link (clusters of the segment before,) int64, -1 for none; where
    `links` are known, all of `SegmentLinks`, each with links_ before its name.
    """
    sizes = [len(times) for times in segment.spike_clusters]
    times = np.concatenate([np.zeros(0, np.int64), *segment.spike_clusters]).astype(np.int64)
    clusters = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    order = np.argsort(times, kind="stable")
    values = {
        "start_time": np.int64(segment.start_time),
        "duration": np.int64(segment.duration),
        "spike_times": times[order],
        "spike_clusters": clusters[order],
        "amplitude_vectors": np.asarray(segment.amplitude_vectors, dtype=np.float32),
        "link": np.asarray(link, dtype=np.int64),
    }
    if links is not None:
        named = {name: np.float64(getattr(links, name)) for name in LINK_NUMBERS}
        named |= {name: np.asarray(getattr(links, name), kind) for name, (kind, _) in ARRAYS.items()}
        values |= {f"links_{name}": value for name, value in named.items()}
    array = np.zeros((), dtype=[(name, value.dtype.newbyteorder("<"), value.shape) for name, value in values.items()])
    for name, value in values.items():
        array[name] = value
    return array


def read_segments(
    folder: Path, channels: int, complete: bool, repair: bool, problems: list[str], expected: int = 0
) -> tuple[list[SortedSegment], list[np.ndarray], tuple[SegmentLinks, ...] | None]:
    """The segments of a session, the link to each from the one before, and all links if they were kept.

    Of a `complete` session they are read as they were corrected at the end, where they were; `expected` is how many it
    must hold. With `repair` the segments before a damaged one are used and `problems` gets the words.

    Raises
    ------
    ValueError
        Which file is damaged, how, and what is intact.
    """
    checksums = _checksums(folder, "segment finished")
    present = [re.fullmatch(r"(\d{6,})(\.corrected)?", path.stem) for path in (folder / "segments").glob("*.npy")]
    corrected: dict[Any, Any] = {}
    if complete:  # of a journal that was lost the files tell
        corrected = dict.fromkeys([int(found[1]) for found in present if found and found[2]])
        corrected |= _checksums(folder, "segment corrected")
    whole = [int(found[1]) for found in present if found]
    count = max([index for index in checksums if isinstance(index, int)] + whole + [expected - 1], default=-1) + 1
    segments: list[SortedSegment] = []
    chain: list[np.ndarray] = []
    links: list[SegmentLinks | None] = []
    for index in range(count):
        path = folder / segment_file(index, index in corrected)
        try:
            array = _read_segment(path, corrected.get(index, checksums.get(index)))
            segment, link = _unpacked(array, channels, len(segments[-1]) if segments else 0)
            kept = _unpacked_links(array)
        except ValueError as error:
            words = f"{path} is damaged: {error}. {_intact(len(segments), count)}"
            if not repair:
                raise DamagedSession(words, "uses them") if segments else ValueError(words) from error
            problems.append(words)
            break
        segments.append(segment)
        chain.append(link)
        links.append(kept)
    return segments, chain[1:], _whole(links, segments, folder, repair, problems)


def _checksums(folder: Path, action: str) -> dict[Any, Any]:
    """Segment to the checksum that the journal keeps with this action, the last one where there are several."""
    lines = read_lines(folder / "journal.jsonl")
    return {line.get("index"): line.get("checksum") for line in lines if line.get("action") == action}


def _whole(links, segments, folder: Path, repair: bool, problems: list[str]) -> tuple[SegmentLinks, ...] | None:
    """The links if every segment has them and they fit."""
    if None in links:
        return None
    try:
        return checked_links(links, [len(segment) for segment in segments])
    except ValueError as error:
        words = f"The files in {folder / 'segments'} do not fit together: {error}"
        if not repair:
            raise DamagedSession(words, "leaves the links' costs out") from error
        problems.append(f"{words} Costs and margins of the links are left out.")
        return None


def _intact(intact: int, count: int) -> str:
    if intact == 0:
        return "No segment before it is saved."
    return f"The {intact} segments before it (of {count}) are intact."


def _read_segment(path: Path, checksum: int | None) -> np.ndarray:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ValueError("it was written, but it is missing") from None
    except OSError as error:
        raise ValueError(f"it cannot be read ({error.strerror or error})") from error
    if checksum is not None and zlib.crc32(data) != checksum:
        raise ValueError("its content is not what was written (checksum)")
    array = read_array(io.BytesIO(data))
    if array.shape != () or array.dtype.names is None:
        raise ValueError("it is not a segment")
    return array


def _unpacked(array: np.ndarray, channels: int, clusters_before: int) -> tuple[SortedSegment, np.ndarray]:
    try:
        times, owner = array["spike_times"].astype(np.int64, copy=False), array["spike_clusters"]
        vectors, link = array["amplitude_vectors"].astype(np.float32), array["link"].astype(np.int64)
        start, duration = int(array["start_time"]), int(array["duration"])
    except ValueError as error:  # a field is missing
        raise ValueError(f"it is not a segment ({error})") from error
    if vectors.ndim != 2 or vectors.shape[1] != channels:
        raise ValueError(f"its vectors have the shape {vectors.shape} where the probe has {channels} channels")
    if times.shape != owner.shape or (len(owner) and not 0 <= owner.min() <= owner.max() < len(vectors)):
        raise ValueError("its spikes and clusters do not belong together")
    if len(link) != clusters_before or (len(link) and not -1 <= link.min() <= link.max() < len(vectors)):
        raise ValueError("its links do not belong to the segment before")
    owner = owner.astype(np.min_scalar_type(len(vectors)))  # small numbers are sorted ten times as fast
    order = np.argsort(owner, kind="stable")
    ends = np.searchsorted(owner[order], np.arange(1, len(vectors)))
    times, ends = times[order], [0, *ends.tolist(), len(times)]
    clusters = [times[first:last] for first, last in pairwise(ends)] if len(vectors) else []
    return SortedSegment(start, duration, clusters, vectors), link


def _unpacked_links(array: np.ndarray) -> SegmentLinks | None:
    """None for a segment of before they were kept."""
    if "links_shift" not in array.dtype.names:
        return None
    try:
        numbers = {name: float(array[f"links_{name}"]) for name in LINK_NUMBERS}
        arrays = {name: array[f"links_{name}"].astype(kind) for name, (kind, _) in ARRAYS.items()}
    except (ValueError, TypeError) as error:  # a field is missing, or no number
        raise ValueError(f"it does not hold its links ({error})") from error
    return SegmentLinks(**numbers, **arrays)


# ---------------------------------------------------------------- units followed over gaps


def packed_tracks(followed: Sequence[Track]) -> np.ndarray:
    """(clusters, 3) int64: unit, segment, cluster; in order of the unit, then in time order."""
    rows = [(track.id, segment, cluster) for track in followed for segment, cluster in track.members]
    return np.array(rows, dtype="<i8").reshape(-1, 3)


def read_followed(
    folder: Path, segments: list[SortedSegment], expected: bool, repair: bool, problems: list[str]
) -> tuple[Track, ...] | None:
    """What `packed_tracks` packed, None if there is none; with `repair` also where it does not fit the segments.

    expected : whether it was written.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    path = folder / FOLLOWED_FILE
    if not expected and not path.exists():
        return None
    try:
        rows = read_array(path)
        if rows.ndim != 2 or rows.shape[1] != 3 or rows.dtype.kind != "i":
            raise ValueError(f"it holds {rows.dtype} {rows.shape} instead of (clusters, 3) whole numbers")
        members = tuple(map(tuple, rows[:, 1:].tolist()))
        firsts = np.flatnonzero(np.diff(rows[:, 0], prepend=-1)).tolist()
        followed = tuple(
            Track(int(rows[first, 0]), members[first:end]) for first, end in pairwise([*firsts, len(rows)])
        )
        check_followed(followed, segments)
    except ValueError as error:
        words = f"{path} is damaged or does not belong to the segments: {str(error).rstrip('.')}."
        if not repair:
            raise DamagedSession(words, "leaves it out") from error
        problems.append(f"{words} Units are shown as far as the links of the segments lead.")
        return None
    return followed


# ---------------------------------------------------------------- reading the other files


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The JSON lines of a file; one that was cut when a program was killed is passed over."""
    actions = []
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            action = json.loads(line)
        except ValueError:
            continue
        if isinstance(action, dict):
            actions.append(action)
    return actions


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; ValueError in words if it is none."""
    try:
        value = json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror or error}).{_previous_words(path)}") from error
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}.{_previous_words(path)}") from error
    if not isinstance(value, dict):
        raise ValueError(f"{path} is damaged: it holds no object.{_previous_words(path)}")
    return value


def read_head(path: Path) -> dict[str, Any]:
    """`session.json`, checked for version and for what must be in it."""
    head = read_json(path)
    if head.get("format") != FORMAT or not isinstance(head.get("format_version"), int):
        raise ValueError(f"{path} is damaged or of another program: it does not say {FORMAT!r} and a version.")
    if head["format_version"] > FORMAT_VERSION:
        raise ValueError(
            f"{path} was written by a newer program ({head.get('program_version')}, format {head['format_version']}; "
            f"this is {VERSION}, format {FORMAT_VERSION}). Nothing was changed; open it with the newer program."
        )
    needed = {"program_version": str, "created": str, "state": str, "settings": dict, "recording": dict}
    wrong = next((name for name, kind in needed.items() if not isinstance(head.get(name), kind)), None)
    wrong = wrong or missing_field(head["recording"])
    wrong = wrong or (None if isinstance(head.get("segments", 0), int) else "segments")
    if wrong:
        raise ValueError(f"{path} is damaged: {wrong} is missing or wrong.{_previous_words(path)}")
    return head


def write_probe(folder: Path, probe: ProbeLayout) -> None:
    """Positions; shanks where there are several and sizes where they are known."""
    parts = {GEOMETRY_FILE: probe.positions}
    parts |= {SHANKS_FILE: probe.shanks} if probe.shanks.any() else {}
    parts |= {SIZES_FILE: probe.sizes} if probe.sizes.any() else {}
    for name, array in parts.items():
        write_file(folder / name, npy(array))


def read_probe(folder: Path, part: str, repair: bool, problems: list[str]) -> ProbeLayout:
    """What `write_probe` wrote; sessions of before shanks were kept have positions alone.

    Raises
    ------
    ValueError
        If a file is damaged; with `repair` damaged shanks and sizes are left out, and `problems` gets the words.
    """
    positions = read_geometry(folder / GEOMETRY_FILE)
    found = {}
    for name in (SHANKS_FILE, SIZES_FILE):
        path = folder / name
        try:
            found[name] = read_array(path) if path.exists() else None
            layout(positions, found.get(SHANKS_FILE), found.get(SIZES_FILE))
        except ValueError as error:
            words = f"{path} is damaged: {str(error).rstrip('.')}."
            if not repair:
                raise DamagedSession(words, "leaves it out") from error
            problems.append(f"{words} It was left out.")
            found[name] = None
    return layout(positions, found[SHANKS_FILE], found[SIZES_FILE], part)


def read_geometry(path: Path) -> np.ndarray:
    """`probe_geometry.npy`, float32 (channels, 2)."""
    try:
        geometry = read_array(path)
    except ValueError as error:
        raise ValueError(
            f"{path} is damaged or missing: {error}. The segments can still be read with NumPy."
        ) from error
    if geometry.ndim != 2 or geometry.shape[1] != 2 or geometry.dtype.kind != "f":
        raise ValueError(f"{path} is damaged: it holds {geometry.dtype} {geometry.shape} instead of (channels, 2).")
    return geometry.astype(np.float32)


def _previous_words(path: Path) -> str:
    previous = path.with_name(path.name + ".previous")
    return f" The version before it is kept as {previous.name}." if previous.exists() else ""
