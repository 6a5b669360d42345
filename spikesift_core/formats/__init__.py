"""Recordings as acquisition systems write them: one file of code for each format, one table, one way to open them."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from typing import Any

from spikesift_core.formats import (
    blackrock,
    intan,
    neo_reader,
    neuralynx,
    numpy_file,
    nwb,
    open_ephys,
    plexon,
    spikeglx,
    spikeinterface_folder,
)
from spikesift_core.formats.stream import Stream, joined, whole_samples
from spikesift_core.messages import unreadable_words
from spikesift_core.probe import import_probe
from spikesift_core.recording import LOWEST_SAMPLING_FREQUENCY, Recording, checked_frequency


@dataclass(frozen=True)
class Format:
    """One row of `FORMATS`.

    Attributes
    ----------
    id : short name.
    name : in words.
    files : what to open, in words.
    patterns : of the files a person may choose in a dialog.
    find : the describing files of a path, [] if it is not of this format; looks at content and companions.
    read : the streams of a path.
    advice : what a person may do about one that cannot be read.
    slow : reading may take seconds: the whole file is looked through.
    """

    id: str
    name: str
    files: str
    patterns: tuple[str, ...]
    find: Callable[[Path], list[Path]]
    read: Callable[[Path], list[Stream]]
    advice: str
    slow: bool = False


AGAIN = "Copy it again from where it was recorded, or open another one."


def _row(module: Any, name: str, files: str, *patterns: str, advice: str = AGAIN, slow: bool = False) -> Format:
    return Format(name, module.NAME, files, patterns, module.find, module.read, advice, slow)


FORMATS: tuple[Format, ...] = (
    _row(
        spikeglx, "spikeglx", "NAME.bin with NAME.meta beside it", "*.bin", "*.meta",
        advice="Copy both files again; or take the .meta out of the folder and describe the .bin by hand.",
    ),
    _row(
        open_ephys, "open_ephys", "structure.oebin, or a folder above it", "*.oebin", "*.dat",
        advice="Copy the whole folder again; or take structure.oebin out of it and describe continuous.dat by hand.",
    ),
    _row(intan, "intan", "an .rhd or .rhs, or the folder with info.rhd", "*.rhd", "*.rhs", "*.dat"),
    _row(blackrock, "blackrock", ".ns1 to .ns6", "*.ns5", "*.ns6", "*.ns3", "*.ns4", "*.ns2", "*.ns1"),
    _row(neuralynx, "neuralynx", "a folder of .ncs files, or one of them", "*.ncs"),
    _row(plexon, "plexon", ".plx", "*.plx", slow=True),
    _row(nwb, "nwb", ".nwb", "*.nwb", slow=True),
    _row(
        spikeinterface_folder, "spikeinterface", "a folder with binary.json", "binary.json", "*.raw",
        advice="Save it again; or take binary.json out of the folder and describe the binary file by hand.",
    ),
    _row(
        numpy_file, "numpy", ".npy, an array (samples, channels)", "*.npy",
        advice="Save it again (numpy.save), with a row for each sample and a column for each channel.",
    ),
    _row(neo_reader, "neo", ".pl2 and other formats that neo reads", *neo_reader.PATTERNS, slow=True),
)  # fmt: skip
SAYS_WHAT_TO_DO = re.compile(r"\b(Copy|Put|Save|Open|Convert|Give it|decompress|pip install|must be given)\b")


def recognise(path) -> Format | None:
    """The format of a file or folder, or None: a plain binary file, or nothing that is known.

    Raises
    ------
    ValueError
        If there is nothing at the path, or it cannot be looked at.
    """
    path = checked_path(path)
    try:
        return next((row for row in FORMATS if row.find(path)), None)
    except OSError as error:
        raise ValueError(unreadable_words(path, error)) from error


def read_streams(paths) -> list[Stream]:
    """What can be sorted in a path, or in several paths that follow each other in time.

    Returns
    -------
    the streams, the likeliest one to be sorted first; [] if the format is not known (a plain binary file).

    Raises
    ------
    ValueError
        In words, for what is missing, damaged or does not fit together.
    """
    paths = paths if isinstance(paths, (list, tuple)) else [paths]
    if not paths:
        raise ValueError("paths must name at least one file; the list is empty.")
    found = [_streams(checked_path(path)) for path in paths]
    known = [bool(streams) for streams in found]
    if not all(known):
        if any(known):
            odd = paths[known.index(False)]
            raise ValueError(f"{odd} is a plain binary file, and others are not: they cannot be one recording.")
        return []
    if len(found) == 1 and len(found[0]) > 1:
        return _runs(found[0])
    return _followed(found) if len(found) > 1 else found[0]


def _streams(path: Path) -> list[Stream]:
    row = recognise(path)
    if row is None:
        if path.is_dir():
            known = "; ".join(f"{one.name}: {one.files}" for one in FORMATS)
            raise ValueError(
                f"{path} is a folder in which no recording was recognised, nor a session. Known are: {known}. Of a "
                "plain binary file open the file itself, not its folder."
            )
        return []
    try:
        streams = [replace(stream, format=row.name) for stream in row.read(path)]
        return [stream if stream.convert else whole_samples(stream) for stream in streams]
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}. {row.advice}") from error
    except ValueError as error:
        if SAYS_WHAT_TO_DO.search(str(error)):
            raise
        raise ValueError(f"{error} {row.advice}") from error


def _runs(streams: list[Stream]) -> list[Stream]:
    """Streams of one name are files of one run: they follow each other, in the order of their clock where it tells."""
    names: dict[str, list[Stream]] = {}
    for stream in streams:
        names.setdefault(stream.name, []).append(stream)
    made = []
    for group in names.values():
        if all(stream.clock is not None for stream in group):
            group = sorted(group, key=lambda stream: stream.clock.start)
        made.append(joined(group))
    return made


def _followed(found: Sequence[list[Stream]]) -> list[Stream]:
    """Several paths in the order given: streams of the same name follow each other."""
    first, *others = found
    if all(len(streams) == 1 for streams in found):
        return [joined([streams[0] for streams in found])]
    made = []
    for stream in first:
        later = [next((one for one in streams if one.name == stream.name), None) for streams in others]
        if all(later):
            made.append(joined([stream, *later]))
    if not made:
        raise ValueError("The files have no stream of the same name, so they cannot follow each other.")
    return made


def choose_stream(streams: Sequence[Stream], name: str | None = None) -> Stream:
    """The stream of that name, or the first.

    Raises
    ------
    ValueError
        If there is none of that name; the names there are are told.
    """
    if name is None:
        return streams[0]
    for stream in streams:
        if stream.name == name:
            return stream
    raise ValueError(f"There is no stream {name!r}. There are: {', '.join(stream.name for stream in streams)}.")


def open_recording(
    path,
    *,
    stream: str | None = None,
    probe_geometry=None,
    sampling_frequency: float | None = None,
    start: float = 0.0,
    stop: float | None = None,
    **plain,
) -> Recording:
    """Open what an acquisition system wrote, ready for sorting; nothing is changed or copied.

    Parameters
    ----------
    path : a file or a folder, or a list of them in the order of time.
    stream : name of one of the streams, see `read_streams`; None takes the first.
    probe_geometry : (channels, 2), um, or the path of a probe file; None takes the contacts from the file.
    sampling_frequency : Hz; None takes that of the file.
    start, stop : seconds of the file to use; None is to its end.
    plain : for a plain binary file: data_type, header, and what else `Recording` takes.

    Returns
    -------
    the recording; its `stream` (`Stream`) tells the gain, the names of channels, and what was left out.

    Raises
    ------
    ValueError
        In words, for what is missing, damaged or does not fit together.
    """
    streams = read_streams(path)
    if isinstance(probe_geometry, (str, os.PathLike)):
        probe_geometry = import_probe(probe_geometry).layout
    if not streams:
        if stream is not None:
            raise ValueError(f"stream {stream!r} cannot be given: {path} is a plain binary file, which has one only.")
        return _plain(path, probe_geometry, sampling_frequency, start, stop, plain)
    if plain:
        raise ValueError(
            f"{next(iter(plain))} cannot be given: {streams[0].opened[0]} was recognised ({streams[0].format}) and "
            "tells it itself. To describe the file by hand, use Recording."
        )
    chosen = with_rate(choose_stream(streams, stream), sampling_frequency)
    return chosen.recording(probe_geometry, **time_range(chosen.sampling_frequency, start, stop))


def with_rate(stream: Stream, sampling_frequency: float | None) -> Stream:
    """The stream with another sampling frequency in Hz; None leaves that of the file.

    Raises
    ------
    ValueError
        If the file does not tell it and it was not given, or it is too low for spikes.
    """
    if sampling_frequency is not None:
        stream = replace(stream, sampling_frequency=checked_frequency(sampling_frequency))
    if stream.sampling_frequency < LOWEST_SAMPLING_FREQUENCY:
        told = f"says {stream.sampling_frequency:g} Hz" if stream.sampling_frequency else "does not tell it"
        raise ValueError(
            f"The sampling frequency must be given (sampling_frequency, --sampling-frequency), at least 1000 Hz: "
            f"{stream.opened[0]} {told}."
        )
    return stream


def time_range(rate: float, start: float, stop: float | None) -> dict[str, int]:
    """`sample_offset`, `num_samples` and `recording_offset` of a stretch of time in s.

    Raises
    ------
    ValueError
        If it is none.
    """
    for name, value in (("start", start), ("stop", 1.0 if stop is None else stop)):
        if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            raise ValueError(f"{name} must be a number of seconds, not {value!r}.")
    if start < 0 or (stop is not None and round(stop * rate) <= round(start * rate)):
        raise ValueError(f"start must be 0 s or more and stop after it, not {start!r} and {stop!r}.")
    first = round(start * rate)
    given = {"sample_offset": first, "recording_offset": first} if first else {}
    return given if stop is None else {**given, "num_samples": round(stop * rate) - first}


def _plain(path, probe_geometry, rate, start, stop, plain) -> Recording:
    missing = [
        name
        for name, value in (
            ("data_type", plain.get("data_type")),
            ("probe_geometry", probe_geometry),
            ("sampling_frequency", rate),
        )
        if value is None
    ]
    if missing:
        raise ValueError(
            f"{path} is a plain binary file, or of a format that is not known: {' and '.join(missing)} must be given."
        )
    given = time_range(checked_frequency(rate), start, stop)
    for name in ("sample_offset", "num_samples"):
        if name in given and plain.get(name) is not None:
            raise ValueError(f"{name} does not go with start and stop: give one or the other.")
    given |= {name: value for name, value in plain.items() if value is not None}
    return Recording(binary_file=path, probe_geometry=probe_geometry, sampling_frequency=rate, **given)


def checked_path(path) -> Path:
    """A path that is there and can be read; ValueError in words for any other."""
    if not isinstance(path, (str, os.PathLike)):
        raise ValueError(f"path must be that of a file or a folder, or a list of paths, not {path!r}.")
    path = Path(path)
    try:
        there = path.exists()
        if there and path.is_file():
            with path.open("rb"):
                pass
        elif there:
            next(path.iterdir(), None)
    except OSError as error:
        raise ValueError(unreadable_words(path, error)) from error
    if not there:
        raise ValueError(f"{path} does not exist. It may have been moved, or its drive is not connected.")
    return path
