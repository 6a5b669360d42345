"""Commands that look for the boundaries of segments before sorting."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from spikesift_core.parameters import method_of, resolve
from spikesift_core.segment_preview import find_segments
from spikesift_gui import transitions
from spikesift_gui.asked import segment_question
from spikesift_gui.command import Command, Refused
from spikesift_gui.context import Context


def _find(context: Context) -> None:
    state = context.state
    if state.checked.recording is None:
        raise Refused("Open a recording and bring its probe first.")
    asked = segment_question(state)
    if asked == state.seen.segments_of:
        return
    values = resolve(state.settings.preset, state.settings.given)
    job = find_segments(state.checked.recording, values, method_of(state.settings.preset))

    def show(found: Any) -> None:
        context.model.apply(transitions.set_seen, segments=found, segments_of=asked)

    context.start_job("segments", "Looking for segments", _as_far_as_it_goes(job), on_finished=show)


def _as_far_as_it_goes(job: Generator) -> Generator:
    """What cannot be read is said on the page Recording; here there is nothing to show then."""
    try:
        return (yield from job)
    except ValueError:
        return None


COMMANDS: tuple[Command, ...] = (
    Command(
        "segments.find",
        "Find se&gments",
        _find,
        "Read the recording once and show where the sorter would cut it.",
        menu="&Sorting",
    ),
)
