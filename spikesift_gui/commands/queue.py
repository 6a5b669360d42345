"""Commands of the queue: several recordings sorted one after the other, and matched when all are done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from spikesift_core.formats import read_streams
from spikesift_core.session import is_session
from spikesift_core.sort_to_session import can_write, free_folder
from spikesift_gui import match_transitions, transitions
from spikesift_gui import queue_transitions as t
from spikesift_gui.checking import check
from spikesift_gui.command import Command, Refused
from spikesift_gui.commands.files import RECORDING_FILTERS, in_natural_order
from spikesift_gui.commands.recordings import merge_results
from spikesift_gui.commands.sort import SortOrder, run_sort
from spikesift_gui.context import Context
from spikesift_gui.drafts import NOBODY_SAID, draft_of
from spikesift_gui.queue_state import CANCELLED, DONE, FAILED, MATCH, MERGE, SORTING, WAITING, Queued
from spikesift_gui.state import ProbeDraft, RecordingDraft, State
from spikesift_gui.status import missing_words
from spikesift_gui.together import cannot_join, in_order
from spikesift_gui.window_words import window_words


def cannot_add(state: State) -> str | None:
    """Why the recording that is described cannot be put into the queue."""
    if state.checked.recording is not None:
        return None
    return missing_words(state)


def _add(context: Context) -> None:
    state = context.state
    if any(item.draft == state.recording for item in state.queue.of(WAITING, SORTING)):
        raise Refused(f"{state.recording.name} is in the queue already.")
    context.model.apply(t.add_to_queue, state.recording, state.probe, state.settings)
    context.say(f"{state.recording.name} waits in the queue, with its probe and settings as they are now.")


def _add_files(context: Context, paths: Sequence[Path] = ()) -> None:
    """Put files into the queue, each as a recording of its own."""
    paths = paths or context.dialogs.open_files("Recordings to sort one after the other", RECORDING_FILTERS)
    refused = []
    for path in in_natural_order([Path(path) for path in paths]):
        try:
            draft, probe = _described(context, path)
        except ValueError as error:
            refused.append(f"{path.name} was not added: {error}")
            continue
        context.model.apply(t.add_to_queue, draft, probe, context.state.settings)
    if refused:
        raise ValueError("\n\n".join(refused))


def _described(context: Context, path: Path) -> tuple[RecordingDraft, ProbeDraft]:
    """How a file is read and its probe: as it tells, else as the recording that is described now."""
    state = context.state
    if is_session(path):
        raise ValueError("it is sorted already (a session). Open it instead.")
    streams = tuple(read_streams(path))
    if streams:
        before = state.recording if state.recording.path else NOBODY_SAID
        draft = _rate_known(draft_of(streams[0], streams, (path,), before))
        own = streams[0].probe
        return draft, state.probe if own is None else ProbeDraft(own, source=f"as in {path.name}")
    known = context.preferences.description(path)
    if known is None and (state.recording.path is None or state.recording.told):
        raise ValueError(
            "it is a plain binary file. Describe one such file on the page Recording first: the others are read in the "
            "same way."
        )
    draft = known or replace(state.recording, num_samples=None, sample_offset=0, recording_offset=0)
    return replace(_rate_known(draft), path=path, opened=(path,), files=()), state.probe


def _rate_known(draft: RecordingDraft) -> RecordingDraft:
    """The same draft, if somebody said its sampling frequency."""
    if draft.rate_assumed:
        raise ValueError(
            "it does not say its sampling frequency. Type it in for one such file on the page Recording first: the "
            "others are read in the same way."
        )
    return draft


def _remove(context: Context, item: int) -> None:
    """Take a recording off the list; one that is being sorted is stopped, and what it has is kept."""
    if context.state.queue.get(item) in context.state.queue.of(SORTING):
        context.cancel_job("sort")
    else:
        context.model.apply(t.drop_from_queue, item)


def _clear(context: Context) -> None:
    over = context.state.queue.of(DONE, FAILED, CANCELLED)
    context.model.apply(t.drop_from_queue, *(item.id for item in over))


def _then(context: Context, then: str) -> None:
    context.model.apply(t.set_queue, then=then)


# Running


def cannot_start(state: State) -> str | None:
    """Why the queue cannot be sorted now."""
    if state.job("sort"):
        return "A recording is being sorted: wait for it, or cancel it first."
    return None if state.queue.of(WAITING) else "No recording waits in the queue: add some first."


def _start(context: Context) -> None:
    context.model.apply(t.set_queue, running=True)
    _next(context)


def _stop(context: Context) -> None:
    """Stop the one that is being sorted and let the others wait."""
    context.model.apply(t.set_queue, running=False)
    context.cancel_job("sort")


def _not_running(state: State) -> str | None:
    return None if state.queue.of(SORTING) else "The queue is not being sorted."


def _next(context: Context) -> None:
    """Begin with the first that waits and can be sorted."""
    while context.state.queue.running:
        waiting = context.state.queue.of(WAITING)
        if not waiting:
            context.model.apply(t.set_queue, running=False)
            _all_over(context)
            return
        try:
            _begin(context, waiting[0])
            return
        except (ValueError, OSError) as error:
            context.model.apply(t.change_queued, waiting[0].id, stage=FAILED, words=window_words(str(error)))


def _begin(context: Context, item: Queued) -> None:
    state = context.state
    found = check(item.draft, item.probe)
    if found.recording is None:
        raise ValueError(found.file_problem or found.probe_problem or "There is no probe: set one up and add it again.")
    folder = item.draft.session_folder(state.sort_plan.folder)
    if not can_write(folder.parent):
        raise ValueError(f"Nothing can be written in {folder.parent}: choose a folder for the sorted units.")
    threads, gain = state.sort_plan.threads, item.draft.gain
    order = SortOrder(found.recording, free_folder(folder), item.settings, threads, gain)
    context.model.apply(t.change_queued, item.id, stage=SORTING, words="")
    run_sort(context, order, partial(_over, context, item.id))


def _over(context: Context, item: int, stage: str, words: str) -> None:
    """One has ended: the next begins."""
    changes = {"stage": stage, "words": words, "result_id": context.state.sort_plan.result_id}
    context.model.apply(t.change_queued, item, **changes)
    _next(context)


def _all_over(context: Context) -> None:
    """What was asked for when all are over."""
    queue = context.state.queue
    done = [context.state.results.get(item.result_id) for item in queue.of(DONE)]
    results = in_order([result for result in done if result is not None])
    failed = len(queue.of(FAILED))
    context.say(f"The queue is over: {len(done)} sorted{f', {failed} failed' if failed else ''}.")
    if queue.then not in (MATCH, MERGE) or len(results) < 2:
        return
    context.model.apply(match_transitions.choose_together, [result.id for result in results])
    first, second = results[:2]
    context.model.apply(match_transitions.choose, source_id=first.id, target_id=second.id)
    context.model.apply(transitions.go_to_page, "match")
    if queue.then == MERGE:
        problem = cannot_join(context.state, results)
        if problem:
            context.say(f"They were not merged: {problem}")
        else:
            merge_results(context, results, ask=False)


COMMANDS: tuple[Command, ...] = (
    Command(
        "queue.add",
        "Add to the &queue",
        _add,
        "Let this recording wait, with its probe and settings as they are now, to be sorted after others.",
        key="Ctrl+Shift+R",
        refuse=cannot_add,
        menu="&Sorting",
    ),
    Command(
        "queue.add_files",
        "Add recordings to the queue…",
        _add_files,
        "Choose files to be sorted one after the other, each a recording of its own.",
        menu="&Sorting",
    ),
    Command("queue.remove", "Take off the queue", _remove, "Take a recording off the queue, or stop sorting it."),
    Command("queue.clear", "Clear what is over", _clear, "Take what was sorted, failed or stopped off the list."),
    Command("queue.then", "When the queue is over", _then, "What is done with the results when all are sorted."),
    Command(
        "queue.start",
        "Sort the queue",
        _start,
        "Sort the recordings in the queue one after the other; what fails does not stop the others.",
        refuse=cannot_start,
        menu="&Sorting",
    ),
    Command(
        "queue.stop",
        "Stop the queue",
        _stop,
        "Stop the recording that is being sorted, keep what it has, and let the others wait.",
        refuse=_not_running,
        menu="&Sorting",
    ),
)
