"""Commands that look for the boundaries of segments before sorting."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from spikesift_core.parameters import method_of, resolve
from spikesift_core.segment_preview import activity_changes, find_segments
from spikesift_core.signal_options import OPTION_TABLE
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


def _activity(context: Context) -> None:
    """How much the activity changed, where the recording of the result was cut."""
    state = context.state
    result = state.results.current
    if result is None or result.recording is None:
        raise Refused("The recording of these units is not there: the changes of activity are computed from it.")
    if result.merged:
        raise Refused("It is computed of one recording at a time: look at one of those that were merged.")
    context.run("quality.measure")  # what is known of these units is kept together
    older = {option.name: option.default for option in OPTION_TABLE}  # what older sessions do not say was not done
    excluded = tuple(result.sorted_recording.excluded)
    values = {**older, **result.settings, "exclude_channels": excluded, "dead_channels": "keep"}
    origin, rate = result.recording.recording_offset, result.sampling_frequency
    starts = [(start - origin) / rate for start, _end in result.sorted_recording.segment_boundaries()]
    job = activity_changes(result.recording, resolve(result.preset or None, values), method_of(result.preset), starts)

    def show(found: Any) -> None:
        if context.state.results.current is result:
            context.model.apply(transitions.set_figures, activity=found)

    context.start_job("activity", "Looking for changes of activity", job, on_finished=show)


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
    Command(
        "segments.activity",
        "Show the change of activity",
        _activity,
        "Read the recording once and show how much its activity changes, which decides where it is cut.",
        menu="&Units",
    ),
)
