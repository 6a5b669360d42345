"""Commands of the page Sort."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from spikesift_core.parameters import resolve
from spikesift_core.preparing import why_not
from spikesift_core.recording import Recording
from spikesift_core.recording_started import recording_started
from spikesift_core.sort_to_session import can_write, free_folder
from spikesift_core.tracks import throughout
from spikesift_core.version import VERSION
from spikesift_gui import transitions
from spikesift_gui.command import Command, Refused
from spikesift_gui.context import Context
from spikesift_gui.queue_state import CANCELLED, DONE, FAILED
from spikesift_gui.sorting_job import Found, SortingJob
from spikesift_gui.state import Result, Settings, State
from spikesift_gui.status import duration_words, missing_words


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
        return missing_words(state)
    values = resolve(state.settings.preset, state.settings.given)
    return why_not(state.checked.recording.recording_channels, values) or None


def _start(context: Context) -> None:
    state = context.state
    recording = state.checked.recording
    usual = state.recording.session_folder(state.sort_plan.folder)
    if not can_write(usual.parent):
        context.run("sort.choose_folder")
        usual = state.recording.session_folder(context.state.sort_plan.folder)
        if context.state.sort_plan.folder is None or not can_write(usual.parent):
            raise Refused(f"Nothing can be written in {usual.parent}: choose a folder for the sorted units.")
    folder = free_folder(usual)
    words = f"{usual.name} holds units already and is kept. The new ones go to {folder.name}."
    if folder != usual and not context.dialogs.confirm("Sort again?", words, "Sort again"):
        return
    run_sort(context, SortOrder(recording, folder, state.settings, state.sort_plan.threads, state.recording.gain))


@dataclass(frozen=True, eq=False)
class SortOrder:
    """What is sorted, where its session goes, how, with how many threads; `gain` in uV per bit is for showing only."""

    recording: Recording
    folder: Path
    settings: Settings
    threads: int
    gain: float | None


def run_sort(
    context: Context, order: SortOrder, on_end: Callable[[str, str], None] = lambda stage, words: None
) -> None:
    """Sort in the background; the latest run of the page Sort is this one from now on.

    Parameters
    ----------
    on_end : called with DONE, FAILED or CANCELLED and how it ended in words.

    Raises
    ------
    ValueError
        For what cannot be sorted, or a folder that is taken.
    """
    job = SortingJob(
        order.recording,
        order.folder,
        preset=order.settings.preset,
        given=order.settings.given,
        threads=order.threads,
        notes=None if order.gain is None else {"gain": order.gain},
    )
    first = _first_result(order)

    def stopped(stage: str, what: str, error: BaseException | None = None) -> None:
        ended = _stopped(context, first, job, what)
        on_end(stage, ended if error is None else f"{error} {ended}")

    context.model.apply(transitions.set_sort_plan, result_id=None, ended="")
    context.start_job(
        "sort",
        "Sorting" if len(context.state.queue.items) < 2 else f"Sorting {first.name}",
        job.run(),
        on_event=partial(_show, context, first),
        on_finished=lambda found: on_end(DONE, _finished(context, first, found)),
        on_failed=partial(stopped, FAILED, "Sorting stopped by an error"),
        on_cancelled=partial(stopped, CANCELLED, "Sorting cancelled"),
    )


def _inspect(context: Context) -> None:
    result_id = context.state.sort_plan.result_id
    if context.state.results.get(result_id):  # another one may be looked at meanwhile
        context.model.apply(transitions.show_result, result_id)
    context.model.apply(transitions.go_to_page, "inspect")


def _first_result(order: SortOrder) -> Result:
    """The result as it is before the first segment; not in the window yet."""
    return Result(
        id=0,
        name=order.folder.stem,
        sorted_recording=None,
        recording=order.recording,
        settings=resolve(order.settings.preset, order.settings.given),
        preset=order.settings.preset,
        version=VERSION,
        folder=order.folder,
        complete=False,
        gain=order.gain,
        began=recording_started(order.recording),
    )


NO_UNIT = (
    "See in the Preview what is over the detection threshold and lower it, try the other polarity, and look at the "
    "traces on the page Recording: are there spikes?"
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


def _finished(context: Context, first: Result, found: Found) -> str:
    _show(context, first, found, complete=True)
    ended = f"Sorted: {units_words(found)}. Saved in {first.folder}."
    if not found.tracks:
        ended = f"Sorted, but no unit was found. {NO_UNIT} Saved in {first.folder}."
    context.model.apply(transitions.set_sort_plan, ended=ended)
    context.say(ended)
    return ended


def _stopped(context: Context, first: Result, job: SortingJob, what: str) -> str:
    found = job.kept
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
    return ended


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
