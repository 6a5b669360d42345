"""`spikesift sort`: from a recording to a session."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from spikesift_core.commands import Answer
from spikesift_core.commands.options import (
    add_option,
    add_overwrite,
    add_parameter,
    add_recording_options,
    at_least_one,
    open_recording,
    recognised_streams,
)
from spikesift_core.executors import chosen_executor, default_threads
from spikesift_core.messages import plural
from spikesift_core.parameters import DEFAULT_PRESET, PRESET_HELP, PRESETS, TABLE
from spikesift_core.signal_options import OPTION_TABLE

NO_UNIT = (
    "No unit was found. Lower --detection-sensitivity, try --detection-polarity 1, and check --dtype, the number of "
    "channels of the probe, and with spikesift info what looks odd."
)
STOPPED = 130  # what a shell expects of a program ended by Ctrl+C


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "recording", type=Path, nargs="+", help="file or folder, or several in the order of time; never changed"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="session to write (default: RECORDING.spikesift beside it)"
    )
    add_overwrite(parser)
    _add_workers(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress bar and no remarks")
    add_recording_options(parser)
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
    group = parser.add_argument_group("before sorting")
    for option in OPTION_TABLE:
        add_option(group, option)


def _add_workers(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--threads",
        type=at_least_one,
        metavar="N",  # no default here: argparse takes a value equal to its default for not given
        help="segments sorted at once; more need more memory, the answer is the same (default here: "
        f"{default_threads()})",
    )
    group.add_argument("--processes", type=at_least_one, metavar="N", help="the same in processes, for many cores")
    group.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="sort on a Dask cluster: address of its scheduler (tcp://node1:8786) or its scheduler file (.json); the "
        "workers must see the recording under the same path",
    )


def run(args: argparse.Namespace) -> Answer:
    """Sort and write the session; Ctrl+C and failures keep the finished segments."""
    from spikesift_core.messages import say
    from spikesift_core.session_damage import SessionReplaced
    from spikesift_core.sort_to_session import session_folder, sort_to_session
    from spikesift_core.terminal import interrupts_held, run_with_bar
    from spikesift_core.warmup import warm_up

    note = (lambda words: None) if args.quiet else say
    recording = open_recording(args, note)
    usual = session_folder(args.recording[0], stream=_which_stream(recording, args))
    folder = Path(os.path.abspath(args.output or usual))
    given = {row.name: getattr(args, row.name) for row in (*TABLE, *OPTION_TABLE)}
    threads = args.threads or default_threads()
    gain = recording.stream and recording.stream.one_gain
    notes = {"gain": gain} if gain else None
    options = {"notes": notes, "preset": args.preset, "threads": threads, "overwrite": args.overwrite, **given}
    with chosen_executor(args.processes, args.dask) as executor:
        job = sort_to_session(recording, folder, **options, executor=executor, while_writing=interrupts_held)
        note(recording.summary())
        run_with_bar(warm_up(), shown=not args.quiet)
        started = time.perf_counter()
        try:
            result = run_with_bar(job, shown=not args.quiet)
        except KeyboardInterrupt:
            return _stopped(folder, time.perf_counter() - started)
        except SessionReplaced:
            raise
        except Exception:
            say(_kept(folder)[0])
            raise
    return _answer(folder, "complete", result, recording.sampling_frequency, time.perf_counter() - started)


def _which_stream(recording, args: argparse.Namespace) -> str:
    """The name of the stream, where it is one of several."""
    if recording.stream is None or len(recognised_streams(args)) < 2:
        return ""
    return recording.stream.name


def _stopped(folder: Path, taken: float) -> Answer:
    words, session = _kept(folder)
    if session is None:
        return Answer(f"Stopped. {words}", {"session": None, "state": "cancelled", "segments": 0}, STOPPED)
    rate = session.recording_description["sampling_frequency"]
    answer = _answer(folder, session.state, session.sorted_recording, rate, taken)
    return Answer(f"Stopped. {words}\n{answer.text}", answer.data, STOPPED)


def _kept(folder: Path):
    """What is left of a session that ended early: in words, and the session or None."""
    from spikesift_core.session import is_session, open_session

    session = open_session(folder) if is_session(folder) else None
    if session is None or session.complete or session.sorted_recording is None:  # complete: one that was there before
        return "No segment was finished, so nothing is kept.", None
    return f"{plural(session.segments, 'finished segment')} kept in {folder}.", session


def _answer(folder: Path, state: str, result, rate: float, taken: float) -> Answer:
    from spikesift_core.terminal import sorting_words
    from spikesift_core.tracks import kept, throughout, tracks

    seconds = (result.end_time() - result.start_time()) / rate
    units, followed = tracks(result), throughout(result)
    lasting = kept(units, result.sorted_segments)
    lost = len(units) - len(followed)
    lines = [sorting_words(result, seconds, taken), f"Session: {folder}"]
    if result.followed is not None:
        lines.insert(1, f"{plural(len(lasting), 'unit')} found in at least 45 % of the segments, gaps bridged")
    elif lost:
        words = f"{plural(lost, 'more unit')} not followed through all of them (export with --units all takes them too)"
        lines.insert(1, words)
    if not units:
        lines.append(NO_UNIT)
    lines += [f"Channel {channel} was left out, {words}" for channel, words in result.excluded.items()]
    data = {
        "session": str(folder),
        "state": state,
        "channels_excluded": {str(channel): words for channel, words in result.excluded.items()},
        "segments": len(result.sorted_segments),
        "units_followed": len(followed),
        "units_kept": len(lasting),
        "units_all": len(units),
        "spikes": sum(len(times) for segment in result.sorted_segments for times in segment.spike_clusters),
        "seconds_of_recording": seconds,
        "seconds_taken": taken,
        "times_real_time": seconds / max(taken, 1e-9),
    }
    return Answer("\n".join(lines), data)
