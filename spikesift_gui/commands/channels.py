"""Commands for single channels: look at one, leave some out of sorting, put the probe's contacts in another order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from spikesift_core.messages import channel_words
from spikesift_gui import transitions
from spikesift_gui.asked import excluded
from spikesift_gui.command import Command, Refused
from spikesift_gui.context import Context
from spikesift_gui.state import State


def _choose(context: Context, channel: int) -> None:
    context.model.apply(transitions.set_option, "recording-channels", "channel", channel)


def _leave_out(context: Context, channels: Iterable[int]) -> None:
    _set(context, set(excluded(context.state)) | set(channels))


def _take_back(context: Context, channels: Iterable[int]) -> None:
    _set(context, set(excluded(context.state)) - set(channels))


def _toggle(context: Context, channels: Iterable[int] | None = None) -> None:
    chosen = set(context.state.probe.chosen if channels is None else channels)
    if not chosen:
        raise Refused("Choose contacts first: click them, or draw a frame around them.")
    before = set(excluded(context.state))
    _set(context, before - chosen if chosen <= before else before | chosen)


def _set(context: Context, channels: set[int]) -> None:
    preview = context.state.checked.preview
    if preview is not None and len(channels) >= preview.recording_channels:
        raise Refused("At least one channel must be left to sort.")
    context.model.apply(transitions.set_parameter, "exclude_channels", tuple(sorted(channels)))
    left_out = excluded(context.state)
    context.say(f"Left out of sorting: {channel_words(left_out)}." if left_out else "No channel is left out by hand.")


def _rewire(context: Context, order: Any) -> None:
    probe = context.state.probe
    order = np.asarray(order)
    if len(order) != len(probe):
        raise Refused("The probe has changed meanwhile: nothing was done.")
    source = f"{probe.source}, other wiring" if probe.source else "other wiring"
    context.model.apply(
        transitions.set_probe,
        probe.layout.take(order),
        source=source,
        unconnected=np.flatnonzero(np.isin(order, probe.unconnected)).tolist(),
    )
    context.say("Each channel has the contact now that its signal suggests. Undo puts the old wiring back.")


def _sorting(state: State) -> str | None:
    return "A recording is being sorted: wait for it, or cancel it first." if state.job("sort") else None


def _change(command_id: str, text: str, do: Any, help_text: str, undoes: tuple[str, ...] = ("settings",)) -> Command:
    return Command(command_id, text, do, help_text, refuse=_sorting, undoes=undoes)


COMMANDS: tuple[Command, ...] = (
    Command("channels.choose", "Choose channel", _choose, "Look at one channel of the recording."),
    _change("channels.leave_out", "Leave channels out", _leave_out, "Leave channels out of sorting."),
    _change("channels.take_back", "Take channels back", _take_back, "Sort channels again that were left out by hand."),
    _change(
        "channels.toggle",
        "Leave out or take back",
        _toggle,
        "Leave channels (the chosen contacts) out of sorting, or take them back; the file and the probe keep them.",
    ),
    _change("channels.rewire", "Wire channels anew", _rewire, "Give the channels other contacts.", ("probe",)),
)
