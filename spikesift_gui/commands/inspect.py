"""Commands of the page Inspect."""

from __future__ import annotations

from collections.abc import Iterable

from spikesift_gui import transitions
from spikesift_gui.command import Command
from spikesift_gui.context import Context
from spikesift_gui.state import State


def nothing_sorted(state: State) -> str | None:
    """Refusal of everything that needs units."""
    return None if state.results.current else "There are no units yet: sort a recording or open a session."


def _select(context: Context, units: Iterable[int]) -> None:
    context.model.apply(transitions.select_units, units)


COMMANDS: tuple[Command, ...] = (
    Command("units.select", "Select units", _select, "Select units, the best one first.", refuse=nothing_sorted),
)
