"""Commands of the page Sort."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from spikesift_core.parameters import resolve
from spikesift_core.preparing import why_not
from spikesift_core.sort_to_session import can_write, free_folder, session_folder
from spikesift_core.tracks import throughout
from spikesift_core.version import VERSION
from spikesift_gui import transitions
from spikesift_gui.command import Command, Refused
from spikesift_gui.context import Context
from spikesift_gui.sorting_job import Found, SortingJob
from spikesift_gui.state import Result, State
from spikesift_gui.status import duration_words, probe_status, recording_status


def _set(context: Context, name: str, value: Any) -> None:
    context.model.apply(transitions.set_parameter, name, value)


def _preset(context: Context, preset: str) -> None:
    context.model.apply(transitions.set_preset, preset)


def _reset(context: Context) -> None:
    context.model.apply(transitions.set_preset, context.state.settings.preset)


def _threads(context: Context, threads: int) -> None:
    context.model.apply(transitions.set_sort_plan, threads=max(1, int(threads)))


def _choose_folder(context: Context, folder: Path | None = None) -> None:
    folder = folder or context.dialogs.open_folder("Folder for the sorted units")
    if folder is None:
        return
    if not can_write(folder):
        raise ValueError(f"Nothing can be written in {folder}: choose another folder.")
    context.model.apply(transitions.set_sort_plan, folder=Path(folder))


def _beside(context: Context) -> None:
    context.model.apply(transitions.set_sort_plan, folder=None)


def not_ready(state: State) -> str | None:
    """Why nothing can be sorted now, in words."""
    if state.job("sort"):
        return "A recording is being sorted: wait for it, or cancel it first."
    if state.checked.recording is None:
        missing = [status.text for status in (recording_status(state), probe_status(state)) if status.kind != "ok"]
        return missing[0] if missing else "The recording and the probe do not fit each other yet."
    values = resolve(state.settings.preset, state.settings.given)
    return why_not(state.checked.recording.recording_channels, values) or None


def _start(context: Context) -> None:
    state = context.state
    recording = state.checked.recording
    usual = session_folder(state.recording.place, state.sort_plan.folder)
    if not can_write(usual.parent):
        context.run("sort.choose_folder")
        usual = session_folder(state.recording.place, context.state.sort_plan.folder)
        if context.state.sort_plan.folder is None or not can_write(usual.parent):
            raise Refused(f"Nothing can be written in {usual.parent}: choose a folder for the sorted units.")
    folder = free_folder(usual)
    words = f"{usual.name} holds units already and is kept. The new ones go to {folder.name}."
    if folder != usual and not context.dialogs.confirm("Sort again?", words, "Sort again"):
        return
    gain = state.recording.gain
    job = SortingJob(
        recording,
        folder,
        preset=state.settings.preset,
        given=state.settings.given,
        threads=state.sort_plan.threads,
        notes=None if gain is None else {"gain": gain},
    )
    context.model.apply(transitions.set_sort_plan, result_id=None, ended="")
    first = _first_result(state, job)
    context.start_job(
        "sort",
        "Sorting",
        job.run(),
        on_event=partial(_show, context, first),
        on_finished=partial(_finished, context, first),
        on_failed=lambda error: _stopped(context, first, job, "Sorting stopped by an error"),
        on_cancelled=lambda: _stopped(context, first, job, "Sorting cancelled"),
    )


def _inspect(context: Context) -> None:
    result_id = context.state.sort_plan.result_id
    if context.state.results.get(result_id):  # another one may be looked at meanwhile
        context.model.apply(transitions.show_result, result_id)
    context.model.apply(transitions.go_to_page, "inspect")


def _first_result(state: State, job: SortingJob) -> Result:
    """The result as it is before the first segment; not in the window yet."""
    return Result(
        id=0,
        name=job.folder.stem,
        sorted_recording=None,
        recording=job.recording,
        settings=resolve(state.settings.preset, state.settings.given),
        preset=state.settings.preset,
        version=VERSION,
        folder=job.folder,
        complete=False,
        gain=state.recording.gain,
    )


def _show(context: Context, first: Result, found: Found, *, complete: bool = False) -> Result:
    """Put what was found into the window; only the first time it becomes the one looked at."""
    known = context.state.sort_plan.result_id
    result_id = context.state.results.next_id if known is None else known
    result = replace(
        first, id=result_id, sorted_recording=found.sorted_recording, tracks=found.tracks, complete=complete
    )
    if known is None:
        context.model.apply(transitions.set_sort_plan, result_id=result_id)
        context.model.apply(transitions.add_recent, "session", first.folder)
        context.model.apply(transitions.put_result, result)
    elif context.state.results.get(result_id):  # it may have been closed meanwhile; it is safe in its session
        context.model.apply(transitions.put_result, result, show=False)
    return result


def _finished(context: Context, first: Result, found: Found) -> None:
    _show(context, first, found, complete=True)
    ended = f"Sorted: {units_words(found)}. Saved in {first.folder}."
    context.model.apply(transitions.set_sort_plan, ended=ended)
    context.say(ended)


def _stopped(context: Context, first: Result, job: SortingJob, what: str) -> None:
    found = job.found()
    if found is None:
        ended = f"{what} before the first segment was finished: nothing is kept."
    else:
        _show(context, first, found)
        done = found.sorted_recording.end_time() - found.sorted_recording.start_time()
        seconds = duration_words(done / job.recording.sampling_frequency)
        count = job.segments
        segments = "The first segment is" if count == 1 else f"The first {count} segments are"
        ended = f"{what}. {segments} kept ({seconds} of recording): {units_words(found)}. Saved in {job.folder}."
    context.model.apply(transitions.set_sort_plan, ended=ended)
    context.say(ended)


def units_words(found: Found) -> str:
    """How many units there are and how many of them were followed, in words."""
    total, segments = len(found.tracks), len(found.sorted_recording.sorted_segments)
    units = f"{total} unit" if total == 1 else f"{total} units"
    followed = len(throughout(found.sorted_recording))
    if segments == 1:
        return f"{units} in 1 segment"
    return f"{units}, {followed} in all {segments} segments, {total - followed} partly"


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
    Command(
        "sort.start",
        "&Sort recording",
        _start,
        "Sort in the background; every finished segment is saved at once.",
        key="Ctrl+R",
        refuse=not_ready,
        menu="&Sorting",
    ),
    Command("sort.inspect", "Inspect the units", _inspect, "Look at the units of the latest run."),
    Command("sort.threads", "Choose threads", _threads, "How many segments are sorted at once."),
    Command(
        "sort.choose_folder",
        "Choose &folder for results…",
        _choose_folder,
        "Put the sorted units into a folder of your choice.",
        menu="&Sorting",
    ),
    Command("sort.beside", "Save beside the recording", _beside, "Put the sorted units beside the recording."),
)
