"""Which files a session came from: a description with fingerprints, and finding them again after they were moved."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from spikesift_core.acquisition_clock import Gap, clock_described, gaps_within
from spikesift_core.probe_contacts import ProbeLayout
from spikesift_core.recording import Recording
from spikesift_core.recording_layout import layout_described
from spikesift_core.recording_started import recording_started

OFFSETS = ("header", "sample_offset", "recording_offset")
HOW_READ = ("sampling_frequency", "num_samples", *OFFSETS)  # named alike wherever a recording is described
SIGNS = ("file_size", "fingerprint")  # that tell one file from another
FILE_FIELDS = (*SIGNS, "data_type", *OFFSETS)  # only where the session is not of joined ones
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
    """All fields of a recording but its geometry, and what tells its files from others, ready for JSON.

    `folder` is the session's: the way to the recording from there is kept too, so both can be moved together. The
    first file is described in the same fields as an only one; `more_files` is a list of those that follow.
    """
    first, *more = (_described(path.resolve(), folder) for path in recording.binary_files)
    return {
        **first,
        **({"more_files": more} if more else {}),
        **({"layout": recording.layout.described()} if recording.layout else {}),
        **({"clock": recording.clock.described()} if recording.clock else {}),
        **({"started": began.isoformat()} if (began := recording_started(recording)) else {}),
        "data_type": recording.data_type.name,
        "channels": recording.recording_channels,
        **{name: getattr(recording, name) for name in HOW_READ},
    }


def _described(path: Path, folder) -> dict:
    return {
        "binary_file": str(path),
        "binary_file_from_here": _relative(path, folder),
        "file_size": path.stat().st_size,
        "fingerprint": fingerprint(path),
    }


def files_described(description: Mapping) -> list[Mapping]:
    """The description of each file, in order; none for joined recordings."""
    return [description, *description.get("more_files", ())] if description.get("binary_file") else []


def gaps_described(description: Mapping) -> tuple[Gap, ...]:
    """The gaps inside what was used of a recording, counted from its first sample; none where they are not known."""
    try:
        clock = clock_described(description.get("clock"))
    except ValueError:  # said where the recording is opened
        clock = None
    return () if clock is None else gaps_within(clock.gaps, description["sample_offset"], description["num_samples"])


def missing_field(description: Mapping) -> str | None:
    """The first field that a description lacks, or None."""
    needed = ("binary_file", "sampling_frequency", "num_samples")
    needed += FILE_FIELDS if description.get("binary_file") else ()
    missing = next((name for name in needed if name not in description), None)
    more = description.get("more_files", ())
    whole = isinstance(more, (list, tuple)) and all(
        isinstance(file, Mapping) and all(file.get(name) for name in ("binary_file", *SIGNS)) for file in more
    )
    return missing or (None if whole else "more_files")


def find_recording(description: Mapping, probe: ProbeLayout, folder, given=None) -> tuple[Recording | None, str]:
    """The recording of a session of one, looked for where it was, beside the session, and at `given`.

    `given` is where the file, or the first of several, is now; the others are then looked for beside it too.

    Returns
    -------
    the recording and "", or None and in words why it is not there.
    """
    files, found = files_described(description), []
    for number, file in enumerate(files, 1):
        places = _places(file, Path(folder))
        if given is not None:
            places = [Path(given)] if number == 1 else [Path(given).parent / file_name(file), *places]
        path, problem = _look(places, file)
        if path is None:
            return None, problem if len(files) == 1 else f"File {number} of {len(files)} of the recording: {problem}"
        found.append(path)
    return _open(found, description, probe)


def _look(places: list[Path], file: Mapping) -> tuple[Path | None, str]:
    """The first of these places where the file described is, or None and in words why it is at none."""
    reasons = []
    for path in places:
        reason = _difference(path, file)
        if reason is None:
            return path, ""
        reasons.append((path, reason))
    present = [f"{path} {reason}" for path, reason in reasons if path.exists()]
    if present:
        return None, f"{present[0]}. The sorted units can be used, but not shown with their signal."
    looked = ", ".join(str(path) for path in places)
    return None, f"The recording was not found (looked for {looked}). Give its new place to see the signal."


def _relative(path: Path, folder) -> str | None:
    try:
        return None if folder is None else Path(os.path.relpath(path, Path(folder).resolve())).as_posix()
    except ValueError:  # another drive
        return None


def file_name(file: Mapping) -> str:
    """Name of a described file without its folder; the session may come from Windows."""
    return Path(file["binary_file"]).name.replace("\\", "/").rsplit("/", 1)[-1]


def _places(file: Mapping, folder: Path) -> list[Path]:
    places = [Path(file["binary_file"]), folder.parent / file_name(file), folder / file_name(file)]
    if file.get("binary_file_from_here"):
        places.insert(1, folder / file["binary_file_from_here"])
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


def _open(paths: list[Path], description: Mapping, probe: ProbeLayout) -> tuple[Recording | None, str]:
    given = {name: description[name] for name in ("data_type", *HOW_READ)}
    try:
        layout = layout_described(description.get("layout"))
        clock = clock_described(description.get("clock"))
        recording = Recording(binary_file=paths, probe_geometry=probe, layout=layout, clock=clock, **given)
    except ValueError as error:
        return None, f"The recording cannot be opened: {error}"
    return recording, ""
