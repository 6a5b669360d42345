"""`spikesift merge`: sessions of recordings made one after the other, joined into one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from spikesift_core.commands import Answer
from spikesift_core.commands.options import (
    add_overwrite,
    add_parameter,
    add_repair,
    add_report,
    open_results,
    positive,
    write_reports,
)
from spikesift_core.messages import plural
from spikesift_core.parameters import PARAMETERS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("sessions", type=Path, nargs="+", help="session folders in the order of time, at least two")
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="session to write")
    add_overwrite(parser)
    add_report(parser)
    add_repair(parser)
    add_parameter(parser, PARAMETERS["max_drift"])
    parser.add_argument(
        "--consecutive",
        action="store_true",
        help="the clock of each session starts anew: let each begin where the one before it ends",
    )
    parser.add_argument(
        "--gap", type=positive, metavar="S", help="with --consecutive: seconds between two recordings (default 0)"
    )


def run(args: argparse.Namespace) -> Answer:
    """Join the sessions and write the result."""
    from spikesift_core.match_report import report_merge
    from spikesift_core.merging import decisions_among, join_sessions, part_of, shifts_among
    from spikesift_core.session import refuse_if_taken
    from spikesift_core.tracks import throughout, tracks

    if args.gap and not args.consecutive:
        raise ValueError("--gap is only of use together with --consecutive.")
    refuse_if_taken(args.output, args.overwrite)
    sessions = [open_results(path, args.repair) for path in args.sessions]
    drift = PARAMETERS["max_drift"].default if args.max_drift is None else args.max_drift
    gap = (args.gap or 0.0) if args.consecutive else None
    try:
        joined = join_sessions(sessions, args.output, max_drift=drift, gap=gap, overwrite=args.overwrite)
    except ValueError as error:
        raise ValueError(f"{error}{_hint(error, args)}") from error
    count, followed = len(tracks(joined)), len(throughout(joined))
    data: dict[str, Any] = {
        "session": str(args.output),
        "merged": [str(path) for path in args.sessions],
        "max_drift": drift,
        "segments": len(joined.sorted_segments),
        "units_followed": followed,
        "units_all": count,
        "units_before": [len(throughout(session.sorted_recording)) for session in sessions],
    }
    parts, between = [part_of(session) for session in sessions], decisions_among(sessions)
    shifts = shifts_among(sessions)
    data["shifts_by_hand"] = shifts
    given = {"max_drift": drift, "decisions": between, "shifts": shifts}
    data |= write_reports(args, lambda: report_merge(parts, joined, **given))
    before = ", ".join(map(str, data["units_before"]))
    text = (
        f"{plural(followed, 'unit')} followed through all {data['segments']} segments of {len(sessions)} sessions "
        f"({before} in each alone), {plural(count, 'unit')} in all\nSession: {args.output}"
    )
    written = [f"\n{name.capitalize()}: {data[name]}" for name in ("report", "picture") if name in data]
    return Answer("".join([text, *_by_hand(args.sessions, shifts), *written]), data)


def _by_hand(sessions: Sequence[Path], shifts: Sequence[float | None]) -> list[str]:
    """A line for each movement that a person set."""
    return [
        f"\nMovement from {before} to {after} as set by hand: {0 - shift:+g} um"
        for (before, after), shift in zip(pairwise(sessions), shifts, strict=True)
        if shift is not None
    ]


def _hint(error: ValueError, args: argparse.Namespace) -> str:
    if args.consecutive or "overlap" not in str(error):
        return ""
    return " Or use --consecutive, if each session's clock starts anew."
