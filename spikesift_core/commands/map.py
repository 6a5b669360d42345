"""`spikesift map`: which units of one session are which of another."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from spikesift_core.commands import Answer
from spikesift_core.commands.options import add_parameter, add_repair, add_report, open_results, write_reports
from spikesift_core.messages import say
from spikesift_core.parameters import PARAMETERS, method_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("source", type=Path, help="a session folder")
    parser.add_argument("target", type=Path, help="another one, recorded with the same probe")
    add_parameter(parser, PARAMETERS["max_drift"])
    parser.add_argument("--source-segment", type=int, metavar="N", help="segment compared: 0 the first, -1 the last")
    parser.add_argument("--target-segment", type=int, metavar="N", help="segment compared (default of both: 0)")
    parser.add_argument(
        "--consecutive",
        action="store_true",
        help="for recordings made one after the other: compare the last segment of the source with the first of the "
        "target",
    )
    parser.add_argument(
        "--as-merged",
        action="store_true",
        help="for recordings made one after the other: compare the units themselves, as spikesift merge does: also "
        "those that are silent where one ends or the other begins; what is unlike is refused",
    )
    add_report(parser)
    add_repair(parser)
    parser.add_argument(
        "--units",
        choices=("followed", "all"),
        default="followed",
        help="followed: only units found in every segment of their session (default); all: every unit found in the "
        "segments compared",
    )


def run(args: argparse.Namespace) -> Answer:
    """Compare the two sessions."""
    from spikesift_core.mapping import map_next, map_units
    from spikesift_core.match_report import report_mapping, report_next
    from spikesift_core.merging import part_of
    from spikesift_core.session_decisions import decisions_between, movements_between

    sessions = [open_results(path, args.repair) for path in (args.source, args.target)]
    presets = [session.preset for session in sessions]
    if all(presets) and method_of(presets[0]) != method_of(presets[1]):
        say(
            f"Beware: {args.source} was sorted with the preset {presets[0]!r}, {args.target} with {presets[1]!r}. "
            "These filter the signal differently, so amplitudes differ for that reason alone; sort both with the same "
            "preset."
        )
    results = [session.sorted_recording for session in sessions]
    if args.as_merged and (args.consecutive, args.source_segment, args.target_segment) != (False, None, None):
        raise ValueError("--as-merged compares units, not segments: leave out --consecutive and the segments.")
    source_segment = args.source_segment
    if source_segment is None:
        source_segment = -1 if args.consecutive else 0
    drift = PARAMETERS["max_drift"].default if args.max_drift is None else args.max_drift
    folders = [session.folder for session in sessions]
    target_segment = args.target_segment or 0
    counts = [len(one.sorted_segments) for one in results]
    places = (counts[0] - 1, 0) if args.as_merged else (source_segment % counts[0], target_segment % counts[1])
    by_hand = {(one.first, one.second): one.shift for one in movements_between(*folders)}
    asked = {"max_drift": drift, "decisions": decisions_between(*folders), "shift": by_hand.get(places)}
    if not args.as_merged:
        compared = {"source_segment": source_segment, "target_segment": target_segment}
        asked |= {**compared, "followed_only": args.units == "followed"}
    compare, report = (map_next, report_next) if args.as_merged else (map_units, report_mapping)
    mapping = compare(*results, **asked)
    units = "all" if args.as_merged else args.units
    data = {"source": str(args.source), "target": str(args.target), "max_drift": drift, "units": units}
    data["shift_by_hand"] = asked["shift"] is not None
    written = write_reports(args, lambda: report(*map(part_of, sessions), **asked))
    what = "the units themselves" if args.as_merged else _segments(mapping, results)
    lines = [*_text(mapping, what, data["shift_by_hand"]), *_left_out(mapping, args)]
    lines += [f"{name.capitalize()}: {path}" for name, path in written.items()]
    return Answer("\n".join(lines), data | _data(mapping) | written)


def _data(mapping) -> dict[str, Any]:
    return {
        "pairs": [list(pair) for pair in mapping.pairs],
        "relative_costs": _numbers(mapping.relative_costs),
        "margins": _numbers(mapping.margins),
        "verdicts": list(mapping.verdicts),
        "pair_costs": _numbers(mapping.costs),
        "unmatched_source": list(mapping.unmatched_source),
        "unmatched_target": list(mapping.unmatched_target),
        "left_out_source": list(mapping.left_out_source),
        "left_out_target": list(mapping.left_out_target),
        "source_segment": mapping.source_segment,
        "target_segment": mapping.target_segment,
        "shift": float(mapping.match.shift),
        "shifts": _numbers(mapping.match.shifts),
        "costs": _numbers(mapping.match.costs),
    }


def _numbers(values) -> list[float | None]:
    """JSON has no NaN."""
    return [None if math.isnan(value) else float(value) for value in values]


def _segments(mapping, results) -> str:
    places = zip((mapping.source_segment, mapping.target_segment), results, strict=True)
    words = " with ".join(f"segment {segment} of {len(one.sorted_segments)}" for segment, one in places)
    return f"{words} (counted from 0)"


def _text(mapping, what: str, by_hand: bool) -> list[str]:
    # The source is read at y + shift / 2 and the target at y - shift / 2, so what was at y is now at y - shift.
    moved = f"units moved by {0 - mapping.match.shift:+g} um along the probe{' (set by hand)' if by_hand else ''}"
    lines = [f"Compared {what}: {moved}."]
    if mapping.pairs:
        lines.append("source  target  relative cost  margin  verdict")
    figures = mapping.relative_costs, mapping.margins, mapping.verdicts
    for (first, second), cost, margin, verdict in zip(mapping.pairs, *figures, strict=True):
        shown = "–" if math.isnan(margin) else f"{margin:.2f}"
        lines.append(f"{first:6d}  {second:6d}  {cost:13.2f}  {shown:>6s}  {verdict}")
    lines.append(f"{_count(len(mapping.pairs), 'pair')}.")
    for ids, side in ((mapping.unmatched_source, "source"), (mapping.unmatched_target, "target")):
        lines.append(f"Without a partner in the {side}: {_ids(ids)}.")
    return lines


def _left_out(mapping, args: argparse.Namespace) -> list[str]:
    """Units that took no part, and how they can."""
    followed = "every segment of their session; --units all compares these too"
    all_of_them = "the segment; --as-merged compares these too"
    sides = ((mapping.left_out_source, "source"), (mapping.left_out_target, "target"))
    words = [f"{_ids(ids)} of the {side}" for ids, side in sides if ids]
    which = followed if args.units == "followed" else all_of_them
    return [f"Not compared: {'; '.join(words)} (not found in {which})."] if words else []


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _ids(ids) -> str:
    return f"{_count(len(ids), 'unit')} ({', '.join(map(str, ids))})" if ids else "none"
