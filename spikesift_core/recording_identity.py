"""Which file a session came from: a description with a fingerprint, and finding that file again after it was moved."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from spikesift_core.recording import Recording

OFFSETS = ("header", "sample_offset", "recording_offset")
FILE_FIELDS = ("file_size", "fingerprint", "data_type", *OFFSETS)  # only where there is one file
CHUNK = 1 << 20  # bytes hashed at the start, in the middle and at the end: as fast for 100 GB as for 100 MB


def fingerprint(path) -> str:
    """Hash of the first, middle and last megabyte of a file, hexadecimal.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    path = Path(path)
    size = path.stat().st_size
    digest = hashlib.blake2b(str(size).encode(), digest_size=16)
    with path.open("rb") as file:
        for start in sorted({0, max(0, size // 2 - CHUNK // 2), max(0, size - CHUNK)}):
            file.seek(start)
            digest.update(file.read(CHUNK))
    return digest.hexdigest()


def describe(recording: Recording, folder=None) -> dict:
    """All fields of a recording but its geometry, and what tells its file from another, ready for JSON.

    `folder` is the session's: the way to the recording from there is kept too, so both can be moved together.
    """
    path = recording.binary_file.resolve()
    return {
        "binary_file": str(path),
        "binary_file_from_here": _relative(path, folder),
        "file_size": path.stat().st_size,
        "fingerprint": fingerprint(path),
        "data_type": recording.data_type.name,
        "channels": recording.recording_channels,
        "sampling_frequency": recording.sampling_frequency,
        "num_samples": recording.num_samples,
        "header": recording.header,
        "sample_offset": recording.sample_offset,
        "recording_offset": recording.recording_offset,
    }


def missing_field(description: Mapping) -> str | None:
    """The first field that a description lacks, or None."""
    needed = ("binary_file", "sampling_frequency", "num_samples")
    needed += FILE_FIELDS if description.get("binary_file") else ()
    return next((name for name in needed if name not in description), None)


def find_recording(description: Mapping, geometry: np.ndarray, folder, given=None) -> tuple[Recording | None, str]:
    """The recording of a session, looked for where it was, beside the session, and at `given`.

    Returns
    -------
    the recording and "", or None and in words why it is not there.
    """
    if not description.get("binary_file"):
        return None, "This session joins several recordings; open one of them to see its traces."
    reasons = []
    for path in [Path(given)] if given is not None else _places(description, Path(folder)):
        reason = _difference(path, description)
        if reason is None:
            return _open(path, description, geometry)
        reasons.append((path, reason))
    present = [f"{path} {reason}" for path, reason in reasons if path.exists()]
    if present:
        return None, f"{present[0]}. The sorted units can be used, but not shown with their signal."
    looked = ", ".join(str(path) for path, _ in reasons)
    return None, f"The recording was not found (looked for {looked}). Give its new place to see the signal."


def _relative(path: Path, folder) -> str | None:
    try:
        return None if folder is None else Path(os.path.relpath(path, Path(folder).resolve())).as_posix()
    except ValueError:  # another drive
        return None


def _places(description: Mapping, folder: Path) -> list[Path]:
    path = Path(description["binary_file"])
    name = path.name.replace("\\", "/").rsplit("/", 1)[-1]  # the session may come from Windows
    places = [path, folder.parent / name, folder / name]
    if description.get("binary_file_from_here"):
        places.insert(1, folder / description["binary_file_from_here"])
    return list(dict.fromkeys(place.absolute() for place in map(_tidy, places)))


def _tidy(path: Path) -> Path:
    return Path(os.path.normpath(path))


def _difference(path: Path, description: Mapping) -> str | None:
    """What is wrong with the file at `path`, or None if it is the one described."""
    try:
        if not path.is_file():
            return "is not there"
        size = path.stat().st_size
        if size != description["file_size"]:
            return f"is not the file that was sorted: it has {size} bytes, that one had {description['file_size']}"
        if fingerprint(path) != description["fingerprint"]:
            return "is not the file that was sorted: it has the same size but other content"
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    return None


def _open(path: Path, description: Mapping, geometry: np.ndarray) -> tuple[Recording | None, str]:
    given = {name: description[name] for name in ("data_type", "sampling_frequency", "num_samples", *OFFSETS)}
    try:
        recording = Recording(binary_file=path, probe_geometry=geometry, **given)
    except ValueError as error:
        return None, f"The recording cannot be opened: {error}"
    return recording, ""
