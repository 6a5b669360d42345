"""Commands of the page Match."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spikesift_core.merging import save_joined
from spikesift_core.session import SUFFIX
from spikesift_gui import match_transitions, transitions
from spikesift_gui.command import Command, Refused
from spikesift_gui.commands.recordings import merge_results
from spikesift_gui.context import Context
from spikesift_gui.matching import question
from spikesift_gui.state import State
from spikesift_gui.together import by_units, cannot_join, in_order


def nothing_to_match(state: State) -> str | None:
    """Refusal of everything that compares."""
    if question(state) is None:
        return "There is nothing to compare yet: sort another recording or open another session."
    return None


def _set(context: Context, **changes: Any) -> None:
    context.model.apply(match_transitions.choose, **changes)


def _limit(context: Context, refuse_above: float) -> None:
    asked = question(context.state)
    name = "refuse_units_above" if asked is not None and asked.units else "refuse_above"
    context.model.apply(transitions.set_match, **{name: refuse_above})


def not_by_units(state: State) -> str | None:
    """Why what is compared cannot be compared as units."""
    asked = question(state)
    if asked is None:
        return nothing_to_match(state)
    if asked.source.result is asked.target.result:
        return "Units are compared between two recordings: inside one, compare its segments."
    if by_units(asked.results):
        return None
    old = next(one for one in asked.results if not by_units([one]))
    return (
        f"The units of {old.name} were not followed over gaps (preset “published”, or an old session), so a merge too "
        "links its segments: compare the last with the first."
    )


def _units(context: Context) -> None:
    context.model.apply(match_transitions.choose, source_segment=None, target_segment=None)


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
    return cannot_join(state, in_order((asked.source.result, asked.target.result)))


def _merge(context: Context) -> None:
    asked = question(context.state)
    context.model.apply(match_transitions.choose)  # what is compared stays, however many results there will be
    merge_results(context, in_order((asked.source.result, asked.target.result)))


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
        "match.units",
        "Units",
        _units,
        "Compare the units themselves, each as it was last seen in the earlier recording and first seen in the later "
        "one: what a merge does. Also finds units that are silent where one ends or the other begins.",
        refuse=not_by_units,
    ),
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
