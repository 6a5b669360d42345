"""What `spikesift info` says of a recording: whether its format is known, what is told of it, or next to nothing."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable
from typing import Any

from spikesift_core.commands import Answer
from spikesift_core.commands.options import (
    DATA_TYPES,
    missing_options,
    open_recording,
    recognised_streams,
    refuse_empty,
)
from spikesift_core.messages import plural

GUESSED = ("data_type", "channels", "swapped", "score")
MOST_LISTED = 24  # odd channels, or units that were lost; all are in --json
USUAL_COUNTS = (
    4, 8, 12, 14, 16, 24, 30, 32, 33, 36, 48, 60, 64, 65, 72, 96, 120, 124, 128, 129, 160, 192, 252, 256, 257, 276, 277,
    384, 385, 512, 513, 768, 769, 1024, 1536, 2048, 4096, 4225,
)  # fmt: skip


def recording_answer(args: argparse.Namespace) -> Answer:
    """What the files `args.recording` are; ValueError in words where they cannot be read."""
    streams = recognised_streams(args)
    if streams:
        return _recognised(args, streams)
    return _unknown(args) if missing_options(args) else _recording(args)


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
    return f"{stream.name}: {plural(stream.channels, 'channel')}, {rate}{length}, {stream.data_type}{gain}"


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

    notes: list[str] = []
    recording = open_recording(args, notes.append)
    sample = sample_signal(recording)
    overview, checks = _all_checks(recording, sample)
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
        "pieces_looked_at": 0 if overview is None else len(overview.times),
        "channel_verdicts": [{"channel": one.channel, "kind": one.kind, "words": one.words} for one in sample.channels],
        "notes": notes,
        "checks": checks,
    }
    lines = [f"Recording {recording.summary()}", *gap_lines(gaps, rate)]
    lines.append(f"  {recording.file_size} bytes; contacts {spacing:g} um from their nearest neighbour (median)")
    lines += _noise(sample)
    lines += [f"  ! {words}" for words in odd] or ["  nothing looks odd"]
    if overview is not None:
        lines[-1] += f" ({sample.seconds:.2g} s looked at closely, {len(overview.times)} pieces along it)" * (not odd)
    return Answer("\n".join([*lines, *_odd_channels(sample.channels)]), data)


def _all_checks(recording, sample) -> tuple:
    """The overview, None where the file is described wrongly, and everything that is to be said, in words."""
    from spikesift_core.not_numbers import latest
    from spikesift_core.overview import survey
    from spikesift_core.overview_checks import course_findings
    from spikesift_core.parameters import PARAMETERS
    from spikesift_core.terminal import run_with_bar
    from spikesift_core.wiring import wiring_findings

    if sample.suspicion is not None:  # then the values say nothing more
        return None, list(sample.checks)
    overview = run_with_bar(survey(recording))
    along = course_findings(recording, overview, PARAMETERS["max_drift"].default)
    found = latest([*sample.findings, *wiring_findings(recording), *along])
    return overview, [finding.words for finding in found]


def _noise(sample) -> list[str]:
    import numpy as np

    noise = sample.noise[~(sample.noise != sample.noise)]
    if len(noise) == 0:
        return []
    return [
        f"  noise after the filter: SD {np.median(noise):.3g} (median of channels), {noise.min():.3g} to "
        f"{noise.max():.3g}, in the file's units; from {sample.seconds:.1f} s"
    ]


def _odd_channels(verdicts) -> list[str]:
    from spikesift_core.channel_health import GOOD

    odd = [f"    channel {one.channel}: {one.words}" for one in verdicts if one.kind != GOOD]
    return shortened(odd, "channels")


def _unknown(args: argparse.Namespace) -> Answer:
    """What can be said of a file without knowing its type, its channels or its rate."""
    from spikesift_core.recording_guesses import guess_recording

    refuse_empty(args.recording)
    sizes = {path: path.stat().st_size for path in args.recording}
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


def shortened(lines: list[str], what: str) -> list[str]:
    """The first lines, and how many more there are."""
    more = [f"    and {len(lines) - MOST_LISTED} more {what}"] if len(lines) > MOST_LISTED else []
    return [*lines[:MOST_LISTED], *more]


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return None if math.isnan(value) else float(value)
