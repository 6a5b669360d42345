"""Commands of the page Match."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Any

from spikesift_core.merging import Joined, Part, check_same_equipment, join_recordings, save_joined
from spikesift_core.progress import Progress
from spikesift_core.recording_identity import describe
from spikesift_core.session import SUFFIX
from spikesift_core.tracks import Track, tracks
from spikesift_core.version import VERSION
from spikesift_gui import match_transitions, transitions
from spikesift_gui.command import Command, Refused
from spikesift_gui.context import Context
from spikesift_gui.matching import in_time_order, is_merge_of, merged_words, question
from spikesift_gui.state import Result, State
from spikesift_gui.status import duration_words


def nothing_to_match(state: State) -> str | None:
    """Refusal of everything that compares."""
    if question(state) is None:
        return "There is nothing to compare yet: sort another recording or open another session."
    return None


def _set(context: Context, **changes: Any) -> None:
    context.model.apply(match_transitions.choose, **changes)


def _limit(context: Context, refuse_above: float) -> None:
    context.model.apply(transitions.set_match, refuse_above=refuse_above)


def _consecutive(context: Context) -> None:
    context.model.apply(match_transitions.choose, source_segment=-1, target_segment=0)


def _first(context: Context) -> None:
    context.model.apply(match_transitions.choose, source_segment=0, target_segment=0)


def _swap(context: Context) -> None:
    context.model.apply(match_transitions.swap)


def _focus(context: Context, source: int | None, target: int | None) -> None:
    context.model.apply(match_transitions.focus_pair, source, target)


def _link(context: Context, source: tuple[int, int], target: tuple[int, int], unit: tuple[int, int]) -> None:
    context.model.apply(match_transitions.show_link, source, target, unit)


# Merging


def cannot_merge(state: State) -> str | None:
    """Why the two recordings that are compared cannot be merged now."""
    asked = question(state)
    if asked is None:
        return nothing_to_match(state)
    if asked.source.result is asked.target.result:
        return "Two segments of one recording are compared: choose another recording to merge with it."
    for result in (asked.source.result, asked.target.result):
        if state.job("sort") and state.sort_plan.result_id == result.id:
            return f"{result.name} is still being sorted: wait until it is finished, or cancel it."
        if result.sampling_frequency is None:
            return f"The sampling frequency of {result.name} is not known, so its times cannot be joined with others."
    return None


def _merge(context: Context) -> None:
    asked = question(context.state)
    pair = in_time_order(asked.source.result, asked.target.result)
    check_same_equipment([_part(result) for result in pair])
    overlap = pair[1].sorted_recording.start_time() < pair[0].sorted_recording.end_time()
    title = f"Place {pair[1].name} after {pair[0].name}?"
    if overlap and not context.dialogs.confirm(title, overlap_words(*pair), "Place it after"):
        return
    context.model.apply(match_transitions.choose)  # what is compared stays, however many results there will be
    context.start_job(
        "merge",
        f"Merging {pair[0].name} and {pair[1].name}",
        _merging(pair, asked.max_drift, 0.0 if overlap else None),
        on_finished=partial(_merged, context, pair),
    )


def overlap_words(first: Result, second: Result) -> str:
    """The question whether the second recording may be moved in time."""
    rate = first.sampling_frequency
    (start, end), (other_start, other_end) = (
        (one.sorted_recording.start_time(), one.sorted_recording.end_time()) for one in (first, second)
    )
    later = duration_words(abs(end - other_start) / rate)
    return (
        f"Merged recordings share one clock, and these two overlap on it: {first.name} lies at samples {start:,} to "
        f"{end:,}, {second.name} at {other_start:,} to {other_end:,}. Usually both clocks began at 0.\n\n"
        f"{second.name} can be placed right after {first.name}: its times become {later} later in the merged result. "
        "Its file and its session stay as they are. For a pause between the two, give the second one its place with "
        "“Time of the first” on the page Recording, and sort it again."
    )


def _part(result: Result, **more: Any) -> Part:
    origin = {"session": str(result.folder) if result.folder else None, "settings": dict(result.settings), **more}
    if result.preset:
        origin["preset"] = result.preset
    return Part(result.name, result.sorted_recording, result.sampling_frequency, origin)


def _merging(
    results: tuple[Result, Result], max_drift: float, gap: float | None
) -> Generator[Progress, None, tuple[Joined, tuple[Track, ...]]]:
    yield Progress("Describing the recordings", 0, 2, "steps")
    parts = [_part(result, recording=_description(result)) for result in results]
    yield Progress("Linking the units", 1, 2, "steps")
    joined = join_recordings(parts, max_drift=max_drift, gap=gap)
    return joined, tuple(tracks(joined.sorted_recording))


def _description(result: Result) -> dict:
    if result.recording is not None and result.recording.binary_file.is_file():
        return describe(result.recording)
    return {"sampling_frequency": result.sampling_frequency, "missing": result.recording_problem}


def _merged(context: Context, pair: tuple[Result, Result], found: tuple[Joined, tuple[Track, ...]]) -> None:
    joined, units = found
    first, second = pair
    known = next((item for item in context.state.results.items if is_merge_of(item, first, second)), None)
    result = Result(
        id=known.id if known and known.folder is None else context.state.results.next_id,
        name=f"{first.name} + {second.name}",
        sorted_recording=joined.sorted_recording,
        tracks=units,
        recording_problem=f"It joins {first.name} and {second.name}: open one of them to see traces.",
        settings=joined.settings,
        version=VERSION,
        complete=first.complete and second.complete,
        gain=first.gain if first.gain == second.gain else None,
        sampling_frequency=joined.sampling_frequency,
        joined=joined,
        joined_from=(first.id, second.id),
        merged=True,
    )
    context.model.apply(transitions.put_result, result)
    context.say(f"{merged_words(context.state, result)} {result.name} is the recording looked at on Inspect now.")


def _inspect(context: Context, result_id: int) -> None:
    if context.run("result.show", result_id=result_id):
        context.run("page.inspect")


# Saving


def cannot_save(state: State) -> str | None:
    """Why the result that is looked at cannot be saved."""
    result = state.results.current
    if result is None:
        return "There is nothing to save yet."
    if result.folder is not None:
        return f"{result.name} is saved already, in {result.folder}: every segment was written when it was sorted."
    return None if result.joined else f"{result.name} cannot be saved: it was not sorted or merged here."


def _save(context: Context, result_id: int | None = None) -> None:
    if result_id is not None:
        context.run("result.show", result_id=result_id)
    reason = cannot_save(context.state)
    if reason:
        raise Refused(reason)
    result = context.state.results.current
    path = context.dialogs.save_file("Save as a session", f"{result.name}{SUFFIX}", f"Sessions (*{SUFFIX})")
    if path is None:
        return
    folder = Path(path).with_name(Path(path).name.removesuffix(SUFFIX) + SUFFIX)
    if folder.exists():
        raise Refused(f"{folder.name} is there already: choose another name.")
    context.start_job(
        "save",
        f"Saving {result.name}",
        save_joined(result.joined, folder),
        on_finished=lambda _nothing: _saved(context, result.id, folder),
    )


def _saved(context: Context, result_id: int, folder: Path) -> None:
    context.model.apply(match_transitions.saved_as, result_id, folder)
    context.model.apply(transitions.add_recent, "session", folder)
    context.say(f"Saved in {folder}.")


COMMANDS: tuple[Command, ...] = (
    Command("match.set", "Choose what to compare", _set, "Choose two segments and the drift.", refuse=nothing_to_match),
    Command("match.limit", "Refuse above", _limit, "Show pairs that cost more than this share as refused."),
    Command(
        "match.consecutive",
        "Last with first",
        _consecutive,
        "Compare the last segment of the source with the first of the target: for recordings one after the other.",
        refuse=nothing_to_match,
    ),
    Command(
        "match.first",
        "First with first",
        _first,
        "Compare the first segments of both, as map_clusters does.",
        refuse=nothing_to_match,
    ),
    Command("match.swap", "Swap source and target", _swap, "Source and target change places.", refuse=nothing_to_match),
    Command("match.focus", "Look at a pair", _focus, "Show a pair and select its units.", refuse=nothing_to_match),
    Command(
        "match.link", "Look at a link", _link, "Compare the two segments of a link of a unit.", refuse=nothing_to_match
    ),
    Command(
        "match.merge",
        "&Merge the two recordings",
        _merge,
        "Join the two recordings that are compared into one, with its units followed through both.",
        key="Ctrl+M",
        refuse=cannot_merge,
        menu="&Units",
        pages=("match",),
    ),
    Command("match.inspect", "Inspect the merged recording", _inspect, "Look at the units of the merged recording."),
    Command(
        "match.save",
        "Save &merged recording…",
        _save,
        "Save a merged recording as a session. Sorted recordings are saved while they are sorted.",
        menu="&File",
    ),
)
