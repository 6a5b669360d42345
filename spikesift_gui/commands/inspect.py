"""Commands of the page Inspect."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from functools import partial
from pathlib import Path

import numpy as np

from spikesift_core.merged_signal import MergedSignal
from spikesift_core.progress import Progress
from spikesift_core.recording import Recording
from spikesift_core.session import open_session
from spikesift_core.tracks import track_spikes
from spikesift_core.unit_facts import REFRACTORY_MS
from spikesift_gui import transitions
from spikesift_gui.command import Command, Refused
from spikesift_gui.context import Context
from spikesift_gui.state import Result, State

MARK = "traces", "spike"  # the option that holds the spike jumped to last, in samples


def nothing_sorted(state: State) -> str | None:
    """Refusal of everything that needs units."""
    return None if state.results.current else "There are no units yet: sort a recording or open a session."


def _nothing_to_save(state: State) -> str | None:
    return None if state.page == "probe" else nothing_sorted(state)


def no_unit(state: State) -> str | None:
    """Refusal of everything that needs a selected unit."""
    return nothing_sorted(state) or (None if state.selection.units else "Select a unit first.")


def _select(context: Context, units: Iterable[int]) -> None:
    context.model.apply(transitions.select_units, units)


def _filter(context: Context, text: str = "") -> None:
    context.model.apply(transitions.set_view, filter_text=text)


def _go_to(context: Context, time: float) -> None:
    view = context.state.view
    context.model.apply(transitions.set_view, time_start=max(0.0, time - view.time_span / 2))


def _jump(context: Context, step: int, violations: bool) -> None:
    """Go to the next (step 1) or previous (-1) spike, or interval that is too short, of the first selected unit."""
    state, result = context.state, context.state.results.current
    rate, spikes = result.sampling_frequency, _spikes_of_best(state, result)
    what = "spike"
    if violations:
        short = np.flatnonzero(np.diff(spikes) < REFRACTORY_MS * rate / 1000)
        spikes, what = spikes[short + 1], f"interval under {REFRACTORY_MS:g} ms"
    here = _here(state, result, rate)
    after = np.searchsorted(spikes, here, side="right" if step > 0 else "left")
    at = after if step > 0 else after - 1
    if not 0 <= at < len(spikes):
        raise Refused(f"Unit {state.selection.units[0]} has no {what} {'after' if step > 0 else 'before'} this one.")
    context.model.apply(transitions.set_option, *MARK, int(spikes[at]))
    _go_to(context, (spikes[at] - origin_of(result)) / rate)


def _spikes_of_best(state: State, result: Result) -> np.ndarray:
    track = next(track for track in result.tracks if track.id == state.selection.units[0])
    return track_spikes(result.sorted_recording, track)


def _here(state: State, result: Result, rate: float) -> float:
    """Sample the next jump starts from: the spike jumped to last if it is in sight, else the middle."""
    view, origin = state.view, origin_of(result)
    start = view.time_start * rate + origin
    mark = view.options.get(".".join(MARK))
    if mark is not None and start <= mark <= start + view.time_span * rate:
        return mark
    return start + view.time_span * rate / 2


def origin_of(result: Result) -> int:
    """Logical time of the recording's first sample: what 0 s on the time axis is."""
    return result.recording.recording_offset if result.recording else result.sorted_recording.start_time()


def _where(context: Context) -> None:
    result = context.state.results.current
    if context.state.page == "probe":  # the one thing there that is not saved by itself
        context.run("probe.save")
        return
    if result.folder is None:
        context.run("match.save")
        return
    state = "All of it is" if result.complete else "What is sorted is"
    context.say(f"{state} saved already, in {result.folder}.")


def _find_recording(context: Context, path: Path | None = None) -> None:
    result = context.state.results.current
    if result.folder is None:
        raise Refused("This result has no session to look it up in.")
    path = path or context.dialogs.open_file("Where is the recording now?")
    if path is None:
        return
    context.start_job(
        "find recording",
        "Looking at the recording",
        _looking(result.folder, path),
        on_finished=lambda found: context.model.apply(transitions.give_recording, result.id, *found),
    )


def _looking(folder: Path, path: Path) -> Generator[Progress, None, tuple[Recording | MergedSignal, str]]:
    """The recording of a session, at another place, and in words what is missing of it: a job."""
    yield Progress("Looking at the recording", 0, 1)
    opened = open_session(folder, recording_file=path)
    if opened.recording is None:
        raise ValueError(opened.recording_problem)
    return opened.recording, opened.recording_problem


def _jump_command(command: str, name: str, step: int, violations: bool = False) -> Command:
    where = "next" if step > 0 else "previous"
    what = f"interval under {REFRACTORY_MS:g} ms" if violations else "spike"
    return Command(
        command,
        name,
        partial(_jump, step=step, violations=violations),
        f"Go to the {where} {what} of the first selected unit.",
        key=f"Alt+{'Shift+' if violations else ''}Pg{'Down' if step > 0 else 'Up'}",
        refuse=no_unit,
        menu="&Units",
        pages=("inspect",),
    )


COMMANDS: tuple[Command, ...] = (
    Command("units.select", "Select units", _select, "Select units, the best one first.", refuse=nothing_sorted),
    Command("units.filter", "Filter units", _filter, "Show only units that fit an expression.", refuse=nothing_sorted),
    Command(
        "units.clear_filter",
        "&Clear filter",
        _filter,
        "Show all units again.",
        key="Esc",
        refuse=nothing_sorted,
        menu="&Units",
        pages=("inspect",),
    ),
    Command("time.go", "Go to a time", _go_to, "Put a time into the middle of the traces."),
    _jump_command("spike.next", "&Next spike", 1),
    _jump_command("spike.previous", "&Previous spike", -1),
    _jump_command("violation.next", "Next &violation", 1, violations=True),
    _jump_command("violation.previous", "Previous v&iolation", -1, violations=True),
    Command(
        "session.where",
        "Sa&ve",
        _where,
        "Units are saved while they are found: says where. A merged recording or, on its page, the probe is saved.",
        key="Ctrl+S",
        refuse=_nothing_to_save,
        menu="&File",
    ),
    Command(
        "session.find_recording",
        "Find the recording…",
        _find_recording,
        "Say where the recording of these units is now.",
        refuse=nothing_sorted,
    ),
)
