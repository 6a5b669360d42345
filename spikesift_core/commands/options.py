"""Options that several commands share."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterable
from pathlib import Path

from spikesift_core.parameters import PARAMETERS, PRESETS, Parameter, checked, value_words
from spikesift_core.signal_options import Option, checked_option

NEAREST = 8  # channel counts named where the size does not fit
# As in spikesift_core.recording, which takes a tenth of a second to import.
DATA_TYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64")


class WrongUsage(ValueError):
    """The options given are not enough, or do not go together: ends with status 2."""


def add_recording_options(parser: argparse.ArgumentParser) -> None:
    """Which part of a recording, and what a plain binary file does not say about itself."""
    group = parser.add_argument_group("the recording")
    group.add_argument("--stream", metavar="NAME", help="which one, of a recording of several (see spikesift info)")
    group.add_argument("--start", type=seconds, metavar="S", help="second of the recording to begin at (default 0)")
    group.add_argument("--stop", type=positive, metavar="S", help="second of it to end at (default: its end)")
    group.add_argument(
        "--probe",
        type=Path,
        metavar="FILE",
        help="where the contacts are: .csv (x, y in um, a line for each channel), .npy, probeinterface .json, .prb, or "
        "Kilosort chanMap.mat (default: as in the recording, where it tells)",
    )
    group.add_argument(
        "--sampling-frequency", type=positive, metavar="HZ", help="samples per second, at least 1000 (default likewise)"
    )
    group.add_argument("--fill-nan", action="store_true", help="read the median of the channel in place of NaN")
    group = parser.add_argument_group(
        "a plain binary file (flat, sample after sample, channels interleaved; one file or several in order)"
    )
    group.add_argument(
        "--dtype",
        choices=DATA_TYPES,
        metavar="TYPE",
        help=f"the numbers: {', '.join(DATA_TYPES)}; with it, a file is read as plain binary whatever it is",
    )
    group.add_argument("--swap-bytes", action="store_true", help="the bytes of each number are in the other order")
    group.add_argument(
        "--header", type=count, default=0, metavar="BYTES", help="bytes to skip at the start of each file (default 0)"
    )
    group.add_argument(
        "--sample-offset", type=count, default=0, metavar="N", help="samples to skip after the header (default 0)"
    )
    group.add_argument("--num-samples", type=count, metavar="N", help="samples to use (default: all)")
    group.add_argument(
        "--recording-offset",
        type=int,
        metavar="N",
        help="time of the first sample, in samples, on the clock that results use (default 0; with --start, that time)",
    )


def recognised_streams(args: argparse.Namespace) -> list:
    """The streams of a recording whose format is known; [] for plain binary files.

    Raises
    ------
    ValueError
        In words, for what is missing, damaged or does not fit together.
    """
    from spikesift_core.formats import read_streams

    return [] if args.dtype else read_streams(args.recording)


def open_recording(args: argparse.Namespace, note: Callable[[str], None]):
    """The Recording that the options describe; `note` gets what was done to the probe and what is odd about the files.

    Raises
    ------
    ValueError
        In words, with the channel counts that would fit where the size does not.
    """
    from spikesift_core.not_numbers import filled

    streams = recognised_streams(args)
    try:
        recording = _of_stream(args, streams, note) if streams else _plain(args, note)
    except ValueError as error:
        meant = _times_meant(args, str(error))
        if not meant:
            raise
        raise ValueError(f"{error}{meant}") from error
    recording = filled(recording) if args.fill_nan else recording
    for words in recording.remarks():
        note(words)
    return recording


def _times_meant(args: argparse.Namespace, problem: str) -> str:
    """Where a problem with the samples used comes from times: which."""
    given = {"--start": args.start, "--stop": args.stop}
    words = " and ".join(f"{option} {value:g} s" for option, value in given.items() if value is not None)
    named = "sample_offset" in problem or "num_samples is" in problem
    return f" (This comes from {words}.)" if words and named else ""


def _part(args: argparse.Namespace, rate: float) -> dict:
    """Which samples are used, as the fields of `Recording`."""
    from spikesift_core.formats import time_range

    by_time = args.start is not None or args.stop is not None
    if by_time and (args.sample_offset or args.num_samples is not None):
        raise WrongUsage("--start and --stop do not go with --sample-offset and --num-samples: give one or the other.")
    given = {"sample_offset": args.sample_offset, "num_samples": args.num_samples}
    given = time_range(rate, args.start or 0.0, args.stop) if by_time else given
    return given if args.recording_offset is None else {**given, "recording_offset": args.recording_offset}


def _of_stream(args: argparse.Namespace, streams: list, note: Callable[[str], None]):
    from spikesift_core.formats import choose_stream, with_rate

    if args.header:
        raise WrongUsage("--header is for a plain binary file: give --dtype too, to read this one as such.")
    stream = with_rate(choose_stream(streams, args.stream), args.sampling_frequency)
    if len(streams) > 1 and args.stream is None:
        others = ", ".join(one.name for one in streams[1:])
        note(f"Stream {stream.name} is taken; there are also {others} (--stream).")
    for words in stream.notes:
        note(words)
    probe = None if args.probe is None else _probe(args, note).layout
    return stream.recording(probe, **_part(args, stream.sampling_frequency))


def _probe(args: argparse.Namespace, note: Callable[[str], None]):
    from spikesift_core.probe import import_probe

    probe = import_probe(args.probe)
    for words in probe.notes:
        note(f"{args.probe.name}: {words}")
    return probe


def missing_options(args: argparse.Namespace) -> list[str]:
    """Options that a plain binary file needs and that were not given."""
    given = {"--probe": args.probe, "--dtype": args.dtype, "--sampling-frequency": args.sampling_frequency}
    return [option for option, value in given.items() if not value]


def _plain(args: argparse.Namespace, note: Callable[[str], None]):
    from spikesift_core.recording import Recording
    from spikesift_core.recording_layout import FileLayout

    missing = missing_options(args)
    if missing:
        raise WrongUsage(
            f"{args.recording[0]} is a plain binary file, or of a format that is not known: {' and '.join(missing)} "
            "must be given. `spikesift info` tells what would fit."
        )
    if args.stream:
        raise WrongUsage("--stream is for recordings whose format is known; a plain binary file has one only.")
    refuse_empty(args.recording)
    part = _part(args, args.sampling_frequency)
    probe = _probe(args, note)
    try:
        return Recording(
            binary_file=args.recording,
            data_type=args.dtype,
            probe_geometry=probe.layout,
            sampling_frequency=args.sampling_frequency,
            header=args.header,
            layout=FileLayout(len(probe), tuple(range(len(probe))), swapped=True) if args.swap_bytes else None,
            **part,
        )
    except ValueError as error:
        raise ValueError(f"{error}{_counts_that_fit(args, len(probe), str(error))}") from error


def refuse_empty(paths: Iterable[Path]) -> None:
    """Raise ValueError for a file of no bytes, which every description would fit."""
    for path in paths:
        if path.is_file() and path.stat().st_size == 0:
            raise ValueError(f"{path} is empty: it has no samples. Copy it again from where it was recorded.")


def _counts_that_fit(args: argparse.Namespace, channels: int, problem: str) -> str:
    """The channel counts nearest to the probe's that fit all files, where the problem is their size."""
    from spikesift_core.recording_checks import fitting_channel_counts

    if "whole number of samples" not in problem:
        return ""
    sizes = [path.stat().st_size - args.header for path in args.recording]
    counts = set.intersection(*(set(fitting_channel_counts(size, args.dtype)) for size in sizes))
    nearest = sorted(sorted(counts, key=lambda count: abs(math.log(count / channels)))[:NEAREST])
    words = ", ".join(map(str, nearest)) or "none"
    files = "file" if len(sizes) == 1 else "files"
    return f" Numbers of channels near {channels} that fit the {files} as {args.dtype}: {words}."


def _default(row: Parameter | Option) -> str:
    """The value of each preset, in words; one when they agree."""
    values = {preset: value_words(given[row.name]) for preset, given in PRESETS.items()}
    if len(set(values.values())) == 1:
        return f"Default {value_words(row.default)}"
    return "Default " + ", ".join(f"{value} (preset {preset})" for preset, value in values.items())


def add_parameter(group, parameter: Parameter) -> None:
    """One sorting parameter as an option, from the parameter table."""
    unit = f" {parameter.unit}" if parameter.unit and parameter.unit[0].isalpha() else ""
    words = f"{parameter.help} Allowed: {parameter.allowed()}. {_default(parameter)}{unit}."
    group.add_argument(
        option_name(parameter.name),
        type=parameter_type(parameter.name),
        metavar="X",
        help=words.replace("%", "%%"),
    )


def add_option(group, option: Option) -> None:
    """One option, from the option table."""
    words = f"{option.help} {_default(option)}."
    name = option_name(option.name)
    if option.choices:
        group.add_argument(name, choices=[value for value, _ in option.choices], help=words)
        return

    def read(text: str) -> tuple[int, ...]:
        try:
            return checked_option(option.name, text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be {option.allowed()}, not {text!r}") from None

    group.add_argument(name, type=read, metavar="LIST", help=words)


def parameter_type(name: str) -> Callable[[str], float]:
    """Reads and checks the value of a sorting parameter."""

    def read(text: str) -> float:
        try:
            return checked(name, float(text))
        except ValueError:
            allowed = PARAMETERS[name].allowed()
            words = allowed if allowed.startswith("any number") else f"a number, {allowed}"
            raise argparse.ArgumentTypeError(f"must be {words}, not {text!r}") from None

    return read


def option_name(name: str) -> str:
    """`max_drift` as `--max-drift`."""
    return "--" + name.replace("_", "-")


def count(text: str, lowest: int = 0) -> int:
    """A whole number, `lowest` or more."""
    try:
        value = int(text)
    except ValueError:
        value = lowest - 1
    if value < lowest:
        raise argparse.ArgumentTypeError(f"must be a whole number, {lowest} or more, not {text!r}")
    return value


def at_least_one(text: str) -> int:
    """A whole number, 1 or more."""
    return count(text, 1)


def positive(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}")
    return value


def seconds(text: str) -> float:
    """A number, 0 or more."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of seconds, 0 or more, not {text!r}")
    return value


def add_repair(parser: argparse.ArgumentParser) -> None:
    """The option to read a damaged session."""
    parser.add_argument(
        "--repair", action="store_true", help="for a damaged session: use what is intact (nothing in it is changed)"
    )


def open_results(path: Path, repair: bool):
    """The session at a path, with what is odd about it said; ValueError where no segment was finished."""
    from spikesift_core.messages import say
    from spikesift_core.session import open_session

    session = open_session(path, repair=repair)
    for problem in session.problems:
        say(problem)
    if session.sorted_recording is None:
        raise ValueError(f"{path} holds no finished segment ({session.state_words}).")
    if not session.complete:
        say(f"{path} is {session.state_words}.")
    return session


def add_report(parser: argparse.ArgumentParser) -> None:
    """The options to write how units were matched."""
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="write every pair with cost, margin and verdict, what was left over and why, the cost of every shift, "
        "settings, versions and files, as JSON",
    )
    parser.add_argument("--picture", type=picture_name, metavar="FILE", help="draw the same, as SVG")


def picture_name(text: str) -> Path:
    """The name of a picture that can be written."""
    from spikesift_core.match_picture import check_picture_name

    try:
        check_picture_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return Path(text)


def write_reports(args: argparse.Namespace, make: Callable) -> dict[str, str]:
    """Write the files asked for of the report that `make()` gives; their names for the answer."""
    from spikesift_core.match_picture import write_picture
    from spikesift_core.match_report import write_report

    asked = {"report": (args.report, write_report), "picture": (args.picture, write_picture)}
    wanted = {name: one for name, one in asked.items() if one[0] is not None}
    report = make() if wanted else None
    for path, write in wanted.values():
        write(report, path)
    return {name: str(path) for name, (path, _) in wanted.items()}


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """The option to replace a session."""
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="if there is a session of that name, move it aside to NAME.previous.spikesift (without this: an error)",
    )
