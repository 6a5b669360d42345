"""`spikesift sort`: from a recording to a session."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from spikesift_core.commands import Answer
from spikesift_core.commands.options import (
    add_overwrite,
    add_parameter,
    add_recording_options,
    at_least_one,
    open_recording,
)
from spikesift_core.executors import default_threads
from spikesift_core.parameters import DEFAULT_PRESET, PRESET_HELP, PRESETS, TABLE, resolve

STOPPED = 130  # what a shell expects of a program ended by Ctrl+C


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("recording", type=Path, help="the binary file; it is never changed")
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="session to write (default: RECORDING.spikesift beside it)"
    )
    add_overwrite(parser)
    parser.add_argument(
        "--threads",
        type=at_least_one,
        default=default_threads(),
        metavar="N",
        help="segments sorted at once; more need more memory, the answer is the same (default here: %(default)s)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar and no remarks")
    add_recording_options(parser, required=True)
    group = parser.add_argument_group("sorting parameters")
    presets = " ".join(f"{name}: {words}" for name, words in PRESET_HELP.items())
    group.add_argument(
        "--preset",
        choices=list(PRESETS),
        default=DEFAULT_PRESET,
        help=f"values for everything not given (default {DEFAULT_PRESET}). {presets}",
    )
    for parameter in TABLE:
        add_parameter(group, parameter)


def run(args: argparse.Namespace) -> Answer:
    """Sort and write the session; Ctrl+C and failures keep the finished segments."""
    from spikesift_core.messages import say
    from spikesift_core.session import create_session, refuse_if_taken
    from spikesift_core.sorting import sort_by_segment

    note = (lambda words: None) if args.quiet else say
    given = {parameter.name: getattr(args, parameter.name) for parameter in TABLE}
    recording = open_recording(args, note)
    folder = args.output or args.recording.with_suffix(".spikesift")
    refuse_if_taken(folder, args.overwrite)
    job = sort_by_segment(recording, preset=args.preset, threads=args.threads, **given)
    note(recording.summary())
    settings = resolve(args.preset, given)
    writer = create_session(folder, recording, settings, preset=args.preset, overwrite=args.overwrite)
    return _sort(job, writer, recording, args)


def _sort(job, writer, recording, args: argparse.Namespace) -> Answer:
    from spikesift_core.messages import say
    from spikesift_core.sorting import SegmentSorted
    from spikesift_core.terminal import interrupts_held, run_with_bar

    found = []

    def keep(event):
        if isinstance(event, SegmentSorted):
            with interrupts_held():
                writer.add(event)
                found.append(event)

    started = time.perf_counter()
    try:
        result = run_with_bar(job, keep, shown=not args.quiet)
        with interrupts_held():
            writer.finish(result)
    except KeyboardInterrupt:
        return _stopped(writer, found, recording, time.perf_counter() - started)
    except Exception as error:
        say(_kept(writer, str(error)))
        raise
    return _answer(writer, result, recording, time.perf_counter() - started, "complete")


def _stopped(writer, found, recording, taken: float) -> Answer:
    from spikesift_core.sorting import recording_so_far

    kept = _kept(writer, "stopped with Ctrl+C")
    if not found:
        return Answer(f"Stopped. {kept}", {"session": None, "state": "cancelled", "segments": 0}, STOPPED)
    result = recording_so_far(found, recording.probe_geometry)
    answer = _answer(writer, result, recording, taken, "cancelled")
    return Answer(f"Stopped. {kept}\n{answer.text}", answer.data, STOPPED)


def _kept(writer, reason: str) -> str:
    """End a session early, and say what is left of it."""
    if writer.written == 0:
        writer.discard()
        return "No segment was finished, so nothing is kept."
    writer.abandon(reason)
    from spikesift_core.terminal import plural

    return f"{plural(writer.written, 'finished segment')} kept in {writer.folder}."


def _answer(writer, result, recording, taken: float, state: str) -> Answer:
    from spikesift_core.terminal import plural, sorting_words
    from spikesift_core.tracks import tracks

    seconds = (result.end_time() - result.start_time()) / recording.sampling_frequency
    units = tracks(result)
    lost = len(units) - len(result)
    lines = [sorting_words(result, seconds, taken), f"Session: {writer.folder}"]
    if lost:
        words = f"{plural(lost, 'more unit')} not followed through all of them (export with --units all takes them too)"
        lines.insert(1, words)
    data = {
        "session": str(writer.folder),
        "state": state,
        "segments": len(result.sorted_segments),
        "units_followed": len(result),
        "units_all": len(units),
        "spikes": sum(len(times) for segment in result.sorted_segments for times in segment.spike_clusters),
        "seconds_of_recording": seconds,
        "seconds_taken": taken,
        "times_real_time": seconds / max(taken, 1e-9),
    }
    return Answer("\n".join(lines), data)
