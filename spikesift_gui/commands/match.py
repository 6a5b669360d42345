"""Commands of the page Match."""

from __future__ import annotations

from typing import Any

from spikesift_gui import transitions
from spikesift_gui.command import Command
from spikesift_gui.context import Context
from spikesift_gui.state import State


def nothing_to_match(state: State) -> str | None:
    """Refusal of everything that compares."""
    return None if state.results.items else "There is nothing to compare yet: sort a recording or open a session."


def _set(context: Context, **changes: Any) -> None:
    context.model.apply(transitions.set_match, **changes)


COMMANDS: tuple[Command, ...] = (
    Command("match.set", "Choose what to compare", _set, "Choose two segments and the drift.", refuse=nothing_to_match),
)
