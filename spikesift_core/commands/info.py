"""`spikesift info`: what a recording or a session is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from spikesift_core.commands import Answer
from spikesift_core.commands.info_recording import recording_answer, shortened
from spikesift_core.commands.options import add_recording_options, add_repair
from spikesift_core.messages import plural
from spikesift_core.parameters import changed_from_preset, value_words


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "recording", type=Path, nargs="+", metavar="path", help="a recording (its files in order), or a session"
    )
    parser.add_argument(
        "--quality", action="store_true",
        help="of a session: measure every unit (the recording is read once; kept with the session) and say which to "
        "look at first",
    )  # fmt: skip
    add_repair(parser)
    add_recording_options(parser)


def run(args: argparse.Namespace) -> Answer:
    """Tell what is at a path."""
    from spikesift_core.session import HEAD_FILES, is_session, open_session

    paths = [path.parent if path.name in HEAD_FILES else path for path in args.recording]
    if len(paths) == 1 and is_session(paths[0]):
        session = open_session(paths[0], repair=args.repair)
        return _with_quality(session, _session(session)) if args.quality else _session(session)
    for path in paths:
        if is_session(path):
            raise ValueError(f"{path} is a session: ask for one session at a time.")
    if args.quality:
        raise ValueError(f"--quality measures the units of a session; {paths[0]} is none.")
    return recording_answer(args)


def _session(session) -> Answer:
    from spikesift_core.acquisition_clock import gap_lines
    from spikesift_core.recording_identity import files_described, gaps_described

    description = session.recording_description
    data, rate = _session_data(session), description["sampling_frequency"]
    where = ", ".join(file["binary_file"] for file in files_described(description)) or "several recordings"
    lines = [
        f"Session {session.folder}",
        f"  {session.state_words}; written by version {session.program_version} on {session.created}",
        f"  recording: {where}, {plural(data['channels'], 'channel')}, {rate:g} Hz, "
        f"{description['num_samples'] / rate:.1f} s",
        *gap_lines(gaps_described(description), rate),
        *([f"  why it ended early: {data['ended_early']}"] if data["ended_early"] else []),
        *([f"  {session.recording_problem}"] if session.recording_problem else []),
        f"  settings: {_settings(session)}",
        *_changed(changed_from_preset(session.settings, session.preset)),
        *(f"  left out: channel {channel}, {words}" for channel, words in data["channels_excluded"].items()),
        *_units(data),
        *(f"  ! {problem}" for problem in session.problems),
    ]
    return Answer("\n".join(lines), data)


def _session_data(session) -> dict[str, Any]:
    from spikesift_core.acquisition_clock import gaps_data
    from spikesift_core.recording_identity import gaps_described

    description = session.recording_description
    rate = description["sampling_frequency"]
    excluded = {} if session.sorted_recording is None else session.sorted_recording.excluded
    return {
        "kind": "session",
        "session": str(session.folder),
        "state": session.state,
        "ended_early": _why_ended(session),
        "program_version": session.program_version,
        "created": session.created,
        "preset": session.preset,
        "settings": session.settings,
        "changed_from_preset": list(changed_from_preset(session.settings, session.preset)),
        "recording": {name: value for name, value in description.items() if name != "probe_geometry"},
        "recording_found": session.recording is not None,
        "recording_problem": session.recording_problem,
        "gaps": gaps_data(gaps_described(description), rate),
        "channels": len(description["probe_geometry"]),
        "channels_excluded": {str(channel): words for channel, words in excluded.items()},
        "problems": list(session.problems),
        "segments": session.segments,
        **_results(session.sorted_recording, rate),
    }


def _with_quality(session, answer: Answer) -> Answer:
    """The answer, and the metrics of the units."""
    from spikesift_core.quality import concerns, quality_data, quality_lines, session_quality
    from spikesift_core.terminal import run_with_bar
    from spikesift_core.tracks import tracks

    quality, found = run_with_bar(session_quality(session)), session.sorted_recording
    rate = session.recording_description["sampling_frequency"]
    first = concerns(found, tracks(found), rate, quality)
    text = "\n".join([answer.text, *quality_lines(quality, first)])
    return Answer(text, {**answer.data, "quality": quality_data(quality, first)})


def _why_ended(session) -> str | None:
    """Of a session that is not complete, the last reason in its journal."""
    from spikesift_core.session import read_journal

    reasons = [] if session.complete else [action.get("reason") for action in read_journal(session.folder)]
    return next((reason for reason in reversed(reasons) if reason), None)


def _results(sorted_recording, rate: float) -> dict[str, Any]:
    if sorted_recording is None:
        return {"units_followed": 0, "units_kept": 0, "units_all": 0, "spikes": 0, "units": [], "links": None}
    from spikesift_core.tracks import kept, throughout, tracks
    from spikesift_core.unit_history import unit_histories

    found = tracks(sorted_recording)
    lasting = {track.id for track in kept(found, sorted_recording.sorted_segments)}
    histories = unit_histories(sorted_recording, found)
    units = [_unit(sorted_recording, track, histories[track.id]) for track in found]
    return {
        "seconds": sum(segment.duration for segment in sorted_recording.sorted_segments) / rate,
        "units_followed": len(throughout(sorted_recording)),
        "units_kept": len(lasting),
        "units_all": len(units),
        "spikes": sum(unit["spikes"] for unit in units),
        "units": units,
        "links": _links(sorted_recording, [history for unit, history in histories.items() if unit in lasting]),
    }


def _unit(sorted_recording, track, history) -> dict[str, Any]:
    from spikesift_core.tracks import track_spikes
    from spikesift_core.unit_history import history_words

    return {
        "id": track.id,
        "spikes": len(track_spikes(sorted_recording, track)),
        "segments": len(track.segments),
        "followed": track.followed_throughout(sorted_recording),
        "history": history_words(history),
    }


def _links(sorted_recording, histories) -> dict[str, Any] | None:
    """What there is to say of the links, the weakest one among these histories; None where their costs were not kept,
    or there is but one segment."""
    import numpy as np

    links, segments = sorted_recording.links, sorted_recording.sorted_segments
    if not links or len(links) < 2:
        return None
    positions = [one.position for one in links]
    weakest = max((history for history in histories if history.weakest), key=lambda h: h.weakest.cost, default=None)
    costs = np.concatenate([one.costs for one in links])
    costs = costs[np.isfinite(costs)]
    return {
        "made": len(costs),
        "median_difference": _median(costs) if len(costs) else None,
        "weakest_difference": weakest and weakest.weakest.cost,
        "weakest_unit": weakest and weakest.unit,
        "weakest_segment": weakest and weakest.weakest.segment,
        "units_with_gaps": sum(any(gap.last < len(segments) - 1 for gap in h.absences) for h in histories),
        "tissue_moved_um": [min(positions), max(positions)],
    }


def _settings(session) -> str:
    words = ", ".join(f"{name} {value_words(value)}" for name, value in session.settings.items())
    return f"{words} (preset {session.preset})" if session.preset else words


def _changed(changed: dict[str, tuple[Any, Any]]) -> list[str]:
    words = [f"{name} {value_words(value)} instead of {value_words(usual)}" for name, (usual, value) in changed.items()]
    return [f"  changed from the preset: {', '.join(words)}"] if words else []


def _units(data: dict[str, Any]) -> list[str]:
    lines = [
        f"  units: {data['units_followed']} followed through all segments, {data['units_kept']} found in at "
        f"least 45 % of them, {data['units_all']} in all; "
        f"{plural(data['spikes'], 'spike')}"
    ]
    if data["links"] is not None and data["links"]["made"]:
        lines.append(_link_words(data["links"]))
    followed = [unit for unit in data["units"] if unit["followed"]]
    if followed and data["seconds"] > 0:
        lines.append("    id   spikes   rate (1/s)")
        lines += [f"  {u['id']:4d} {u['spikes']:8d} {u['spikes'] / data['seconds']:12.2f}" for u in followed]
    partly = [
        f"    unit {u['id']}, {plural(u['spikes'], 'spike')}. {u['history']}"
        for u in data["units"]
        if not u["followed"]
    ]
    if partly:
        lines += ["  not followed through all segments (counted from 0):", *shortened(partly, "units")]
    return lines


def _link_words(links: dict[str, Any]) -> str:
    words = f"  links: {links['made']}, median difference {links['median_difference']:.2f}"
    if links["weakest_unit"] is not None:
        words += (
            f"; weakest of a unit found in at least 45 % of the segments {links['weakest_difference']:.2f} "
            f"(unit {links['weakest_unit']}, into segment {links['weakest_segment']})"
        )
    low, high = links["tissue_moved_um"]
    return f"{words}; {links['units_with_gaps']} with gaps; the tissue moved between {low:g} and {high:g} um"


def _median(values) -> float:
    import numpy as np

    return float(np.median(values))
