"""Commands of the page Home."""

from __future__ import annotations

from spikesift_gui import transitions
from spikesift_gui.command import Command
from spikesift_gui.context import Context


def _forget_recent(context: Context) -> None:
    context.model.apply(transitions.set_recent, ())
    context.say("The list of recent files is empty; the files themselves stay as they are.")


COMMANDS: tuple[Command, ...] = (
    Command(
        "recent.forget",
        "&Forget recent files",
        _forget_recent,
        "Empty the list of recent files on Home.",
        menu="&File",
    ),
)
