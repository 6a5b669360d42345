"""Commands of the page Recording."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

from spikesift_core.overview import survey
from spikesift_gui import transitions
from spikesift_gui.command import Command, Refused
from spikesift_gui.context import Context
from spikesift_gui.state import RecordingDraft, State


def _open(context: Context, path: Path) -> None:
    known = context.preferences.description(path)
    contacts = len(context.state.probe)
    draft = known or replace(RecordingDraft(), path=Path(path), channels=contacts or None)
    context.model.apply(transitions.new_recording, draft)
    context.model.apply(transitions.go_to_page, "recording")
    context.model.apply(transitions.add_recent, "recording", path)
    remembered = "the description typed in last time is used" if known else "say how it was written"
    context.say(f"Opened {draft.path.name}: {remembered}.")


def _set(context: Context, **changes: Any) -> None:
    context.model.apply(transitions.set_recording, **changes)
    if not context.state.checked.file_problem:
        context.preferences.describe(context.state.recording)


def _sorting(state: State) -> str | None:
    return "The recording cannot be changed while it is sorted: cancel sorting first." if state.job("sort") else None


def _close(context: Context) -> None:
    if context.state.recording.path is None:
        raise Refused("No recording is open.")
    context.model.apply(transitions.new_recording, RecordingDraft())


def _survey(context: Context) -> None:
    """Look over the recording as it is described now; a look at an earlier description is given up first."""
    preview = context.state.checked.preview
    if preview is None or context.state.seen.recording is preview:
        return
    if context.state.job("survey"):
        context.cancel_job("survey")
        return  # started again when it has stopped

    def show(overview: Any) -> None:
        if context.state.checked.preview is preview:
            context.model.apply(transitions.set_seen, overview=overview)

    def again(*_ended: Any) -> None:
        context.run("recording.survey")

    def given_up() -> None:
        context.say("")  # nobody asked for it, and another one follows
        again()

    context.model.apply(transitions.set_seen, recording=preview, overview=None)
    context.start_job(
        "survey",
        "Looking the recording over",
        _as_far_as_it_goes(survey(preview)),
        on_event=show,
        on_finished=lambda overview: (overview is not None and show(overview), again()),
        on_failed=again,
        on_cancelled=given_up,
    )


def _as_far_as_it_goes(job: Generator) -> Generator:
    """What cannot be read is said by the checks; nobody has asked for this job, so it does not complain too."""
    try:
        return (yield from job)
    except ValueError:
        return None


COMMANDS: tuple[Command, ...] = (
    Command("recording.open", "Open recording", _open, "Open a binary file and describe it.", refuse=_sorting),
    Command("recording.set", "Describe recording", _set, "Change the description of the file.", refuse=_sorting),
    Command("recording.survey", "Look the recording over", _survey, "Find its noise and activity along time."),
    Command(
        "recording.close",
        "Close &recording",
        _close,
        "Close the recording; what was sorted stays open.",
        refuse=_sorting,
        menu="&File",
    ),
)
