"""Commands for recordings together: the list of those that are open, and merging several."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from functools import partial
from pathlib import Path

from spikesift_core.merged_parts import spans_of
from spikesift_core.merged_signal import merged_signal
from spikesift_core.merging import Joined, Part, check_same_equipment, join_recordings
from spikesift_core.progress import Progress
from spikesift_core.recording_identity import describe
from spikesift_core.recording_started import read_time
from spikesift_core.session import open_session
from spikesift_core.session_notes import add_notes
from spikesift_core.tracks import Track, tracks
from spikesift_core.version import VERSION
from spikesift_gui import match_transitions, transitions
from spikesift_gui.by_hand import decisions_among
from spikesift_gui.command import Command, Refused
from spikesift_gui.commands.files import open_sessions
from spikesift_gui.context import Context
from spikesift_gui.match_words import merged_words
from spikesift_gui.matching import is_merge_of
from spikesift_gui.rivers import merge_links
from spikesift_gui.state import Result, State
from spikesift_gui.together import Placing, cannot_join, chosen, order_words, other_probe, placing, told_apart


def _choose(context: Context, results: Iterable[int]) -> None:
    context.model.apply(match_transitions.choose_together, results)


def _began(context: Context, result_id: int, words: str) -> None:
    """When a recording began, as a person types it; nothing takes it away. Kept with its session."""
    result = context.state.results.get(result_id)
    try:
        began = read_time(words) if words.strip() else None
    except ValueError as error:  # a slip of the fingers is no failure
        raise Refused(str(error)) from None
    if result is None or began == result.began:
        return
    if result.folder is not None:
        add_notes(result.folder, started=began.isoformat() if began else None)
    context.model.apply(match_transitions.began_at, result_id, began)


def _compare(context: Context) -> None:
    source, target = chosen(context.state)
    context.model.apply(match_transitions.choose, source_id=source.id, target_id=target.id)


def cannot_compare(state: State) -> str | None:
    """Why the recordings chosen in the list cannot be compared."""
    results = chosen(state)
    if len(results) != 2:
        return "Choose two recordings in the list: Ctrl + click adds one."
    return other_probe(*results)


# Merging


def cannot_merge_chosen(state: State) -> str | None:
    """Why the recordings chosen in the list cannot be merged."""
    return cannot_join(state, chosen(state))


def _merge(context: Context) -> None:
    merge_results(context, chosen(context.state))


def merge_results(context: Context, results: Sequence[Result], *, ask: bool = True) -> None:
    """Merge recordings that can be joined, given in order of time; asks where nothing is known of their times, or
    takes this order if it may not.

    Raises
    ------
    ValueError
        Where they overlap by the clock on the wall, or were sorted in ways that cannot be compared.
    """
    named = told_apart(results)
    check_same_equipment([_part(result, named[result.id]) for result in results])
    places = placing(results)
    if ask and not places.sure and not _confirmed(context, results, places):
        return
    context.start_job(
        "merge",
        f"Merging {_listed(results)}",
        _merging(results, context.state, places.gaps),
        on_finished=partial(_merged, context, results),
    )


def _confirmed(context: Context, results: Sequence[Result], places: Placing) -> bool:
    first, *others = told_apart(results).values()
    title = f"Place {' and '.join(others)} after {first}?"
    return context.dialogs.confirm(title, order_words(results, places), "Place in this order")


def _listed(results: Sequence[Result]) -> str:
    *most, last = told_apart(results).values()
    return f"{', '.join(most)} and {last}"


def _part(result: Result, name: str, **more) -> Part:
    origin = {"session": str(result.folder) if result.folder else None, "settings": dict(result.settings), **more}
    if result.preset:
        origin["preset"] = result.preset
    if result.began:
        origin["started"] = result.began.isoformat()
    origin["name"] = name
    return Part(name, result.sorted_recording, result.sampling_frequency, origin)


def _merging(
    results: Sequence[Result], state: State, gaps: Sequence[float] | None
) -> Generator[Progress, None, tuple[Joined, tuple[Track, ...]]]:
    """Merge with the links that the page Match shows: drift, limit and shifts as they are set, decisions by hand."""
    yield Progress("Describing the recordings", 0, 2, "steps")
    named = told_apart(results)
    parts = [_part(result, named[result.id], recording=_description(result)) for result in results]
    yield Progress("Linking the units", 1, 2, "steps")
    joined = join_recordings(parts, gap=gaps, decisions=decisions_among(state, results), **merge_links(state, results))
    return joined, tuple(tracks(joined.sorted_recording))


def _description(result: Result) -> dict:
    if result.merged:
        parts = result.joined.parts if result.joined else _parts_of(result)
        return {"binary_file": None, "sampling_frequency": result.sampling_frequency, "parts": list(parts)}
    if result.recording is not None and result.recording.binary_file.is_file():
        return describe(result.recording)
    return {"sampling_frequency": result.sampling_frequency, "missing": result.recording_problem}


def _merged(context: Context, parts: Sequence[Result], found: tuple[Joined, tuple[Track, ...]]) -> None:
    joined, units = found
    known = next((item for item in context.state.results.items if is_merge_of(item, *parts)), None)
    gains = {part.gain for part in parts}
    signals = [(part.recording, part.recording_problem) for part in parts]
    signal, missing = merged_signal(joined.parts, signals, joined.sorted_recording.probe)
    result = Result(
        id=known.id if known and known.folder is None else context.state.results.next_id,
        name=" + ".join(told_apart(parts).values()),
        sorted_recording=joined.sorted_recording,
        tracks=units,
        recording=signal,
        recording_problem=missing,
        settings=joined.settings,
        version=VERSION,
        complete=all(part.complete for part in parts),
        gain=gains.pop() if len(gains) == 1 else None,
        sampling_frequency=joined.sampling_frequency,
        joined=joined,
        joined_from=tuple(part.id for part in parts),
        merged=True,
        spans=spans_of(joined.parts),
        began=parts[0].began,
    )
    context.model.apply(transitions.put_result, result)
    context.say(f"{merged_words(context.state, result)} {result.name} is the recording looked at on Inspect now.")


# Taking apart


def cannot_take_apart(state: State) -> str | None:
    """Why there is nothing to take apart."""
    return (
        None if _merged_one(state) else "Choose a merged recording in the list: it is taken apart into its recordings."
    )


def _merged_one(state: State) -> Result | None:
    """The merged recording that is chosen, or else looked at."""
    found = [state.results.get(one) for one in state.match.together] or [state.results.current]
    return next((one for one in found if one is not None and one.merged), None)


def _take_apart(context: Context) -> None:
    """Close a merged recording and have its parts open instead; a saved one stays on the disk."""
    result = _merged_one(context.state)
    words = f"{result.name} is not saved. Its recordings stay as they are, and can be merged again."
    if result.folder is None and not context.dialogs.confirm("Take it apart?", words, "Take apart"):
        return
    if result.joined_from:
        _show_parts(context, result, result.joined_from)
    else:
        open_sessions(context, _part_folders(result), lambda parts: _show_parts(context, result, parts))


def _show_parts(context: Context, result: Result, parts: Iterable[int]) -> None:
    context.model.apply(transitions.close_result, result.id)
    there = [part for part in parts if context.state.results.get(part)]
    context.model.apply(match_transitions.choose_together, there)
    if there:
        context.model.apply(transitions.show_result, there[0])


def _parts_of(result: Result) -> list[dict]:
    """What a saved merge keeps of its recordings."""
    return open_session(result.folder).recording_description.get("parts", [])


def _part_folders(result: Result) -> list[Path]:
    """The sessions that a saved merge was made of."""
    folders = [Path(part["session"]) for part in _parts_of(result) if part.get("session")]
    missing = [folder for folder in folders if not folder.is_dir()]
    if missing or not folders:
        where = f"{missing[0]} is not there any more" if missing else "its recordings were not sessions"
        raise Refused(f"{result.name} cannot be taken apart: {where}.")
    return folders


COMMANDS: tuple[Command, ...] = (
    Command(
        "recordings.choose", "Choose recordings", _choose, "Choose recordings in the list, to do something with them."
    ),
    Command(
        "recordings.began",
        "Set when a recording began",
        _began,
        "Date and time at which a recording began; kept with it.",
    ),
    Command(
        "recordings.compare",
        "Comp&are the chosen recordings",
        _compare,
        "Compare two recordings as a merge would: the earlier as it was last seen with the later as it was first seen.",
        refuse=cannot_compare,
        menu="&Units",
    ),
    Command(
        "recordings.merge",
        "Merge the c&hosen recordings",
        _merge,
        "Join the recordings chosen in the list into one, with their units followed through all of them.",
        refuse=cannot_merge_chosen,
        menu="&Units",
    ),
    Command(
        "recordings.apart",
        "&Take a merged recording apart",
        _take_apart,
        "Close a merged recording; its recordings are open instead.",
        refuse=cannot_take_apart,
        menu="&Units",
    ),
)
