"""`spikesift convert`: a copy of a recording that cannot be read in place."""

from __future__ import annotations

import argparse
from pathlib import Path

from spikesift_core.commands import Answer
from spikesift_core.commands.options import positive


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("recording", type=Path, help="file or folder; never changed")
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="folder to make for the copy")
    parser.add_argument("--stream", metavar="NAME", help="which one, of a recording of several (see spikesift info)")
    parser.add_argument("--sampling-frequency", type=positive, metavar="HZ", help="where the file does not tell it")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> Answer:
    """Write the copy."""
    from spikesift_core.formats import choose_stream, read_streams, with_rate
    from spikesift_core.formats.convert import convert
    from spikesift_core.terminal import run_with_bar

    streams = read_streams(args.recording)
    if not streams:
        raise ValueError(f"{args.recording} is a plain binary file: nothing has to be converted.")
    stream = with_rate(choose_stream(streams, args.stream), args.sampling_frequency)
    folder = run_with_bar(convert(stream, args.output), shown=not args.quiet)
    text = f"Stream {stream.name} of {args.recording} was written to {folder}. Sort it: spikesift sort {folder}"
    return Answer(text, {"folder": str(folder), "stream": stream.name, "num_samples": stream.num_samples})
