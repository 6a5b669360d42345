"""Commands that go from unit to unit: by the order of the table, and by likeness to the best one."""

from __future__ import annotations

from functools import partial

from spikesift_gui import transitions
from spikesift_gui.command import Command, Refused
from spikesift_gui.commands.inspect import no_unit, nothing_sorted
from spikesift_gui.context import Context
from spikesift_gui.similar import most_alike


def _similar(context: Context, step: int) -> None:
    """The next unit like the best one becomes the second selected one."""
    state = context.state
    best, *others = state.selection.units
    ranked = most_alike(state.results.current, best)
    if not ranked:
        raise Refused(f"There is no other unit to compare unit {best} with.")
    at = ranked.index(others[0]) + step if others else 0
    if not 0 <= at < len(ranked):
        raise Refused(f"No unit is {'less' if step > 0 else 'more'} like unit {best}.")
    context.model.apply(transitions.select_units, [best, ranked[at]])


def _drop_similar(context: Context) -> None:
    best, *others = context.state.selection.units
    if not others:
        raise Refused("Only one unit is selected.")
    context.model.apply(transitions.select_units, [best])


def _step(command: str, text: str, help_: str, key: str) -> Command:
    def go(context: Context) -> None:
        context.wish(command)

    return Command(command, text, go, help_, key, nothing_sorted, "&Units", pages=("inspect",), weak=True)


COMMANDS: tuple[Command, ...] = (
    _step("units.next", "Next unit", "Select the unit below the best one in the table.", "Down"),
    _step("units.previous", "Previous unit", "Select the unit above the best one in the table.", "Up"),
    _step("units.first", "First unit", "Select the first unit of the table.", "Home"),
    _step("units.last", "Last unit", "Select the last unit of the table.", "End"),
    Command(
        "similar.next",
        "Next similar unit",
        partial(_similar, step=1),
        "Select beside the best unit the one most like it, then the next.",
        "Space",
        no_unit,
        "&Units",
        pages=("inspect",),
        weak=True,
    ),
    Command(
        "similar.previous",
        "Previous similar unit",
        partial(_similar, step=-1),
        "Select beside the best unit the one that is more like it.",
        "Shift+Space",
        no_unit,
        "&Units",
        pages=("inspect",),
        weak=True,
    ),
    Command(
        "similar.drop",
        "Drop the similar unit",
        _drop_similar,
        "Select the best unit alone.",
        "Backspace",
        no_unit,
        "&Units",
        pages=("inspect",),
        weak=True,
    ),
)
