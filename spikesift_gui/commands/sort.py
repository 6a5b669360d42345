"""Commands of the page Sort."""

from __future__ import annotations

from spikesift_gui import transitions
from spikesift_gui.command import Command
from spikesift_gui.context import Context


def _set(context: Context, name: str, value: float) -> None:
    context.model.apply(transitions.set_parameter, name, value)


def _preset(context: Context, preset: str) -> None:
    context.model.apply(transitions.set_preset, preset)


def _reset(context: Context) -> None:
    context.model.apply(transitions.set_preset, context.state.settings.preset)


COMMANDS: tuple[Command, ...] = (
    Command("settings.set", "Change setting", _set, "Change one sorting setting.", undoes=("settings",)),
    Command("settings.preset", "Choose preset", _preset, "Take the values of a preset.", undoes=("settings",)),
    Command(
        "settings.reset",
        "&Reset settings",
        _reset,
        "All sorting settings as in the preset.",
        menu="&Sorting",
        undoes=("settings",),
    ),
)
