"""`spikesift info`: what a recording or a session is."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from spikesift_core.commands import Answer
from spikesift_core.commands.options import (
    DATA_TYPES,
    add_recording_options,
    add_repair,
    missing_options,
    open_recording,
    recognised_streams,
)
from spikesift_core.parameters import changed_from_preset, value_words

GUESSED = ("data_type", "channels", "swapped", "score")
MOST_LISTED = 24  # odd channels, or units that were lost; all are in --json
USUAL_COUNTS = (
    4, 8, 12, 14, 16, 24, 30, 32, 33, 36, 48, 60, 64, 65, 72, 96, 120, 124, 128, 129, 160, 192, 252, 256, 257, 276, 277,
    384, 385, 512, 513, 768, 769, 1024, 1536, 2048, 4096, 4225,
)  # fmt: skip


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
    from spikesift_core.session import is_session, open_session

    paths = args.recording
    if len(paths) == 1 and is_session(paths[0]):
        session = open_session(paths[0], repair=args.repair)
        return _with_quality(session, _session(session)) if args.quality else _session(session)
    for path in paths:
        if is_session(path):
            raise ValueError(f"{path} is a session: ask for one session at a time.")
    if args.quality:
        raise ValueError(f"--quality measures the units of a session; {paths[0]} is none.")
    streams = recognised_streams(args)
    if streams:
        return _recognised(args, streams)
    return _unknown(args) if missing_options(args) else _recording(args)


# ---------------------------------------------------------------- a session


def _session(session) -> Answer:
    from spikesift_core.acquisition_clock import gap_lines
    from spikesift_core.recording_identity import files_described, gaps_described

    description = session.recording_description
    data, rate = _session_data(session), description["sampling_frequency"]
    where = ", ".join(file["binary_file"] for file in files_described(description)) or "several recordings"
    lines = [
        f"Session {session.folder}",
        f"  {session.state_words}; written by version {session.program_version} on {session.created}",
        f"  recording: {where}, {data['channels']} channels, {rate:g} Hz, {description['num_samples'] / rate:.1f} s",
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
        f"{data['spikes']} spikes"
    ]
    if data["links"] is not None and data["links"]["made"]:
        lines.append(_link_words(data["links"]))
    followed = [unit for unit in data["units"] if unit["followed"]]
    if followed and data["seconds"] > 0:
        lines.append("    id   spikes   rate (1/s)")
        lines += [f"  {u['id']:4d} {u['spikes']:8d} {u['spikes'] / data['seconds']:12.2f}" for u in followed]
    partly = [f"    unit {u['id']}, {u['spikes']} spikes. {u['history']}" for u in data["units"] if not u["followed"]]
    if partly:
        lines += ["  not followed through all segments (counted from 0):", *_shortened(partly, "units")]
    return lines


def _link_words(links: dict[str, Any]) -> str:
    words = f"  links: {links['made']}, median difference {links['median_difference']:.2f}"
    if links["weakest_unit"] is not None:
        words += (
            f"; weakest of a unit found in at least 45 % of the segments {links['weakest_difference']:.2f} "
            f"(unit {links['weakest_unit']}, into segment {links['weakest_segment']})"
        )
    low, high = links["tissue_moved_um"]
    return f"{words}; {links['units_with_gaps']} units with gaps; the tissue moved between {low:g} and {high:g} um"


# ---------------------------------------------------------------- a recording


def _recognised(args: argparse.Namespace, streams: list) -> Answer:
    """A recording whose format is known: its streams, and the one chosen as far as it can be read."""
    from spikesift_core.acquisition_clock import gap_lines, gaps_data
    from spikesift_core.formats import choose_stream

    chosen = choose_stream(streams, args.stream)
    ready = not chosen.convert and (args.probe or chosen.probe is not None)
    ready = ready and (args.sampling_frequency or chosen.sampling_frequency)
    missing = [] if chosen.sampling_frequency else ["the sampling frequency (--sampling-frequency)"]
    missing += [] if chosen.probe is not None else ["where its contacts are (--probe)"]
    args.stream = chosen.name  # nothing more to say about the choice
    told = _recording(args) if ready else None
    lines = [f"{chosen.opened[0]}: {chosen.format}"]
    lines += [f"  {'*' if one is chosen else ' '} {_stream_words(one)}" for one in streams]
    lines += [f"  {words}" for words in chosen.notes]
    gaps = chosen.clock.gaps if chosen.clock else ()
    if told is None:
        lines += gap_lines(gaps, chosen.sampling_frequency) if gaps else []
        lines += [f"  ! {words}" for words in chosen.warnings]
        lines += [f"  {chosen.convert}"] if chosen.convert else []
        lines += [f"  The file does not tell {' and '.join(missing)}: give it to learn more."] * bool(missing)
    data = {
        "kind": "recording",
        "format": chosen.format,
        "stream": chosen.name,
        "streams": [_stream_data(one) for one in streams],
        **(told.data if told else {**_stream_data(chosen), "gaps": gaps_data(gaps, chosen.sampling_frequency)}),
        "has_probe": chosen.probe is not None,
        "notes": list(chosen.notes),
        "warnings": list(chosen.warnings),
        "convert": chosen.convert,
    }
    return Answer("\n".join([*lines, *([told.text] if told else [])]), data)


def _stream_words(stream) -> str:
    gain = f", {stream.one_gain:.4g} uV a step" if stream.one_gain else ""
    rate = f"{stream.sampling_frequency:g} Hz" if stream.sampling_frequency else "rate not told"
    length = f", {stream.samples_in() / stream.sampling_frequency:.1f} s" if stream.sampling_frequency else ""
    return f"{stream.name}: {stream.channels} channels, {rate}{length}, {stream.data_type}{gain}"


def _stream_data(stream) -> dict[str, Any]:
    return {
        "name": stream.name,
        "files": [str(path) for path in stream.files],
        "channels": stream.channels,
        "channel_names": list(stream.channel_names),
        "data_type": stream.data_type,
        "sampling_frequency": stream.sampling_frequency,
        "num_samples": stream.samples_in(),
        "gain_uv": list(stream.gain),
    }


def _recording(args: argparse.Namespace) -> Answer:
    from spikesift_core.acquisition_clock import gap_lines, gaps_data, gaps_words
    from spikesift_core.probe import nearest_spacing
    from spikesift_core.recording_checks import sample_signal
    from spikesift_core.wiring import wiring_findings

    notes: list[str] = []
    recording = open_recording(args, notes.append)
    sample = sample_signal(recording)
    checks = [*sample.checks, *(finding.words for finding in wiring_findings(recording))]
    gaps, rate = recording.gaps, recording.sampling_frequency
    said = {*gaps_words(gaps, rate), *(recording.stream.notes if recording.stream else ())}
    odd = [words for words in dict.fromkeys([*notes, *checks]) if words not in said]  # both tell of the files
    spacing = nearest_spacing(recording.probe_geometry)
    data = {
        "kind": "recording",
        "file": str(recording.binary_file),
        "files": [str(path) for path in recording.binary_files],
        "file_size": recording.file_size,
        "channels": recording.recording_channels,
        "data_type": recording.data_type.name,
        "sampling_frequency": rate,
        "num_samples": recording.num_samples,
        "seconds": recording.duration,
        "gaps": gaps_data(gaps, rate),
        "nearest_spacing_um": _number(spacing),
        "noise": [_number(value) for value in sample.noise],
        "baseline": [_number(value) for value in sample.baseline],
        "seconds_looked_at": sample.seconds,
        "channel_verdicts": [{"channel": one.channel, "kind": one.kind, "words": one.words} for one in sample.channels],
        "notes": notes,
        "checks": checks,
    }
    lines = [f"Recording {recording.summary()}", *gap_lines(gaps, rate)]
    lines.append(f"  {recording.file_size} bytes; contacts {spacing:g} um from their nearest neighbour (median)")
    lines += _noise(sample)
    lines += [f"  ! {words}" for words in odd] or ["  nothing looks odd"]
    return Answer("\n".join([*lines, *_odd_channels(sample.channels)]), data)


def _noise(sample) -> list[str]:
    noise = sample.noise[~(sample.noise != sample.noise)]
    if len(noise) == 0:
        return []
    return [
        f"  noise after the filter: SD {_median(noise):.3g} (median of channels), {noise.min():.3g} to "
        f"{noise.max():.3g}, in the file's units; from {sample.seconds:.1f} s"
    ]


def _odd_channels(verdicts) -> list[str]:
    from spikesift_core.channel_health import GOOD

    odd = [f"    channel {one.channel}: {one.words}" for one in verdicts if one.kind != GOOD]
    return _shortened(odd, "channels")


def _shortened(lines: list[str], what: str) -> list[str]:
    more = [f"    and {len(lines) - MOST_LISTED} more {what}"] if len(lines) > MOST_LISTED else []
    return [*lines[:MOST_LISTED], *more]


def _unknown(args: argparse.Namespace) -> Answer:
    """What can be said of a file without knowing its type, its channels or its rate."""
    from spikesift_core.recording_guesses import guess_recording

    sizes = {path: path.stat().st_size for path in args.recording}
    for path, size in sizes.items():
        if size == 0:
            raise ValueError(f"{path} is empty.")
    fitting = {name: _fitting(args, name, sizes.values()) for name in ([args.dtype] if args.dtype else DATA_TYPES)}
    files = ", ".join(map(str, args.recording))
    guesses = guess_recording(args.recording, args.header)
    data = {
        "kind": "unknown",
        "file": files,
        "file_size": sum(sizes.values()),
        "channel_counts_that_fit": fitting,
        "likely": [{name: getattr(guess, name) for name in GUESSED} for guess in guesses],
    }
    lines = [f"{files}: {sum(sizes.values())} bytes", "  numbers of channels that fit the size:"]
    same_size = {}
    for name, counts in fitting.items():
        same_size.setdefault(_counts(counts), []).append(name)
    lines += [f"    as {', '.join(names)}: {words}" for words, names in same_size.items()]
    if guesses:
        words = "; ".join(guess.words for guess in guesses)
        lines.append(f"  the values look most like: {words}. Look at the traces before you believe it.")
    if args.probe:
        from spikesift_core.probe import import_probe

        probe = import_probe(args.probe)
        data["channels"] = len(probe)
        fits = [name for name, counts in fitting.items() if len(probe) in counts]
        lines.append(f"  the probe has {len(probe)} channels, which fit as: {', '.join(fits) or 'none of these types'}")
        lines += [f"  ! {words}" for words in probe.notes]
    lines.append(f"  Give {' and '.join(missing_options(args))} too to learn its length, noise and what looks odd.")
    return Answer("\n".join(lines), data)


def _fitting(args: argparse.Namespace, data_type: str, sizes: Iterable[int]) -> list[int]:
    """The channel counts that fit every file."""
    from spikesift_core.recording_checks import fitting_channel_counts

    return sorted(set.intersection(*(set(fitting_channel_counts(size - args.header, data_type)) for size in sizes)))


def _counts(counts: list[int]) -> str:
    """The usual ones among the counts that fit, and how many others there are."""
    usual = [count for count in counts if count in USUAL_COUNTS]
    others = len(counts) - len(usual)
    if not counts:
        return "none (the size is not a whole number of values)"
    words = ", ".join(map(str, usual)) or "no usual one"
    return f"{words} (and {others} less usual)" if others else words


def _median(values) -> float:
    import numpy as np

    return float(np.median(values))


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return None if math.isnan(value) else float(value)
