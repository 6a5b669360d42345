"""How the state changes: pure functions of the state (and what is asked), each returning the next state.

They are applied by `SessionModel.apply(transition, ...)`, and only there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from spikesift_core.parameters import PRESETS, checked, resolve
from spikesift_core.probe_contacts import layout
from spikesift_core.progress import Progress
from spikesift_core.recording import Recording
from spikesift_core.recording_identity import HOW_READ
from spikesift_gui.drafts import looked_at
from spikesift_gui.state import (
    Appearance,
    Doubts,
    History,
    Job,
    MatchState,
    ProbeDraft,
    Problem,
    Recent,
    RecordingDraft,
    Result,
    Selection,
    Settings,
    State,
    Step,
)
from spikesift_gui.unit_figures import Figures

SMALLEST_SCALE, LARGEST_SCALE = 0.75, 2.0
MOST_PROBLEMS = 50
MOST_RECENT = 12


def go_to_page(state: State, page: str) -> State:
    """Show another page."""
    return _with_a_unit(replace(state, page=page))


# Recording, probe, settings


def set_recording(state: State, **changes: Any) -> State:
    """Change fields of the recording draft."""
    return replace(state, recording=replace(state.recording, **changes))


def new_recording(state: State, draft: RecordingDraft) -> State:
    """Another file: its description replaces the draft as a whole; the latest run was not of this file.

    Channels that were left out of sorting are those of the file before: of another one none is left out.
    """
    plan, settings = replace(state.sort_plan, result_id=None, ended=""), state.settings
    if state.recording.path not in (None, draft.path):
        kept = {name: value for name, value in settings.given.items() if name != "exclude_channels"}
        settings = replace(settings, given=kept)
    view = replace(state.view, time_start=0.0)
    return replace(state, recording=draft, sort_plan=plan, settings=settings, view=view)


def take_recording(state: State, result: Result) -> State:
    """Describe the recording of a result, with its probe, as it was sorted; nothing when there is none, or several."""
    found = result.recording
    if found is None or result.merged:
        return state
    draft = RecordingDraft(
        path=found.binary_file,
        data_type=found.data_type.name,
        channels=found.recording_channels,
        gain=result.gain,
        **{name: getattr(found, name) for name in HOW_READ},
        files=found.binary_files if len(found.binary_files) > 1 else (),
        opened=() if found.layout else found.binary_files,
        layout=found.layout,
    )
    if found.whole:
        draft = replace(draft, num_samples=None)
    state = replace(state, recording=draft)
    return set_probe(state, found.probe, source=f"as in {result.name}")


def set_probe(
    state: State,
    contacts: Any,
    source: str | None = None,
    chosen: Iterable[int] = (),
    notes: Iterable[str] = (),
    unconnected: Iterable[int] = (),
) -> State:
    """New contacts: a ProbeLayout, or (contacts, 2) in um. `source` None keeps the words; `notes` and `unconnected` as
    in `ProbeDraft`. Channels not yet known follow the probe.
    """
    made = layout(contacts)
    inside = tuple(dict.fromkeys(int(index) for index in chosen if 0 <= index < len(made)))
    words = state.probe.source if source is None else source
    draft = ProbeDraft(made, inside, words, tuple(notes), tuple(unconnected))
    recording = state.recording
    if recording.channels is None and len(made):
        recording = replace(recording, channels=len(made))
    return replace(state, probe=draft, recording=recording)


def choose_contacts(state: State, indices: Iterable[int]) -> State:
    """Choose contacts in the editor; indices that do not exist are left out."""
    chosen = tuple(dict.fromkeys(int(index) for index in indices if 0 <= index < len(state.probe)))
    return replace(state, probe=replace(state.probe, chosen=chosen))


def set_preset(state: State, preset: str) -> State:
    """Another preset; values given on top of the old one are forgotten.

    Raises
    ------
    ValueError
        For a preset that does not exist.
    """
    resolve(preset)
    return replace(state, settings=Settings(preset))


def set_parameter(state: State, name: str, value: Any) -> State:
    """One sorting parameter or option; a value equal to the preset's is forgotten.

    Raises
    ------
    ValueError
        For a value that is not allowed, in words.
    """
    number = checked(name, value)
    given = {key: kept for key, kept in state.settings.given.items() if key != name}
    if number != PRESETS[state.settings.preset][name]:
        given[name] = number
    return replace(state, settings=replace(state.settings, given=given))


def set_seen(state: State, **changes: Any) -> State:
    """What a job has found out about the recording."""
    return replace(state, seen=replace(state.seen, **changes))


def set_doubts(state: State, recording: Recording | None, words: Iterable[str], of_values: Iterable[str] = ()) -> State:
    """What looks odd about the recording; `of_values` of these hold with another probe too."""
    return replace(state, doubts=Doubts(recording, tuple(words), looked_at(state.recording), tuple(of_values)))


def set_sort_plan(state: State, **changes: Any) -> State:
    """How sorting is run, and how it ended."""
    return replace(state, sort_plan=replace(state.sort_plan, **changes))


# Jobs and problems


def start_job(state: State, job: Job) -> State:
    """A job is running from now on."""
    return replace(state, jobs=(*state.jobs, job))


def progress_job(state: State, job_id: int, progress: Progress, now: float) -> State:
    """A job reports how far it is."""
    return _change_job(state, job_id, progress=progress, now=now)


def cancelling_job(state: State, job_id: int) -> State:
    """A job was asked to stop."""
    return _change_job(state, job_id, cancelling=True)


def end_job(state: State, job_id: int) -> State:
    """A job is over, however it ended."""
    return replace(state, jobs=tuple(job for job in state.jobs if job.id != job_id))


def _change_job(state: State, job_id: int, **changes: Any) -> State:
    return replace(state, jobs=tuple(replace(job, **changes) if job.id == job_id else job for job in state.jobs))


def add_problem(state: State, problem: Problem) -> State:
    """Something went wrong; the oldest of very many is dropped (all are in the log)."""
    return replace(state, problems=(*state.problems, problem)[-MOST_PROBLEMS:])


def dismiss_problem(state: State) -> State:
    """The person has read the latest problem."""
    return replace(state, problems=state.problems[:-1])


# Results, selection, views


def put_result(state: State, result: Result, *, show: bool = True) -> State:
    """Open a result, or replace the one with the same id (as segments arrive). `show` makes it the current one."""
    known = state.results.get(result.id) is not None
    by_hand = getattr(result.sorted_recording, "decisions", ())
    if by_hand != state.decisions.get((result.id, result.id), ()):
        state = replace(state, decisions={**state.decisions, (result.id, result.id): by_hand})
    items = tuple(result if item.id == result.id else item for item in state.results.items)
    items = items if known else (*items, result)
    results = replace(state.results, items=items, next_id=max(state.results.next_id, result.id + 1))
    state = replace(state, results=results)
    return show_result(state, result.id) if show else _drop_missing_units(state)


def show_result(state: State, result_id: int) -> State:
    """Look at another result; the selection and the segment in focus belonged to the old one."""
    if result_id != state.results.current_id:
        view = replace(state.view, segment=None, time_start=0.0)
        state = replace(state, selection=Selection(), view=view)
        return _with_a_unit(replace(state, results=replace(state.results, current_id=result_id)))
    return _drop_missing_units(state)


def give_recording(state: State, result_id: int, recording: Any, problem: str = "") -> State:
    """The recording of a result was found again; `problem`: what of it was not."""
    found = replace(state.results.get(result_id), recording=recording, recording_problem=problem)
    return put_result(state, found, show=False)


def close_result(state: State, result_id: int) -> State:
    """Close a result; the one before it is shown. A match that used it is forgotten, not what was decided by hand."""
    items = tuple(item for item in state.results.items if item.id != result_id)
    match = replace(state.match, together=tuple(one for one in state.match.together if one != result_id))
    if result_id in (match.source_id, match.target_id):
        kept = ("max_drift", "refuse_above", "refuse_units_above", "together")
        match = MatchState(**{name: getattr(match, name) for name in kept})
    state = replace(state, results=replace(state.results, items=items), match=match)
    if state.results.current_id != result_id:
        return state
    if items:
        return show_result(state, items[-1].id)
    return replace(state, results=replace(state.results, current_id=None), selection=Selection())


def select_units(state: State, units: Iterable[int]) -> State:
    """Select units of the current result; ids it does not have are left out."""
    return _drop_missing_units(replace(state, selection=Selection(tuple(dict.fromkeys(int(unit) for unit in units)))))


def _with_a_unit(state: State) -> State:
    # The views of Inspect would be empty without a unit: the first one is selected for a start.
    result = state.results.current
    if state.page != "inspect" or result is None or not result.tracks or state.selection.units:
        return state
    return replace(state, selection=Selection((result.tracks[0].id,)))


def _drop_missing_units(state: State) -> State:
    result = state.results.current
    there = {track.id for track in result.tracks} if result else set()
    units = tuple(unit for unit in state.selection.units if unit in there)
    return state if units == state.selection.units else replace(state, selection=Selection(units))


def put_figures(state: State, figures: Figures) -> State:
    """Quality metrics are computed of other units from now on."""
    return replace(state, figures=figures)


def set_figures(state: State, **changes: Any) -> State:
    """More of the quality metrics is known: quality, problem."""
    return replace(state, figures=replace(state.figures, **changes))


def set_view(state: State, **changes: Any) -> State:
    """Change what the views look at: time_start, time_span (s), segment, filter_text."""
    return replace(state, view=replace(state.view, **changes))


def set_option(state: State, view: str, name: str, value: Any) -> State:
    """A setting of one view, such as the bin of the correlogram."""
    return set_view(state, options={**state.view.options, f"{view}.{name}": value})


def set_match(state: State, **changes: Any) -> State:
    """Change what is compared, or put in the answer. A new question makes the old answer go."""
    asked = {"source_id", "source_segment", "target_id", "target_segment", "max_drift"}
    if asked & changes.keys():
        changes = {"tried": None, "problem": "", "answered": None, "pair": None, **changes}
    return replace(state, match=replace(state.match, **changes))


def set_appearance(state: State, **changes: Any) -> State:
    """Theme choice, dark or not, size of text (kept between 0.75 and 2)."""
    appearance: Appearance = replace(state.appearance, **changes)
    scale = min(LARGEST_SCALE, max(SMALLEST_SCALE, appearance.scale))
    return replace(state, appearance=replace(appearance, scale=scale))


def add_recent(state: State, kind: str, path: Path) -> State:
    """Put a file or session folder first among the recent ones; the context remembers them for the next time."""
    entry = Recent(kind, Path(path))
    others = (other for other in state.recent if other != entry)
    return replace(state, recent=(entry, *others)[:MOST_RECENT])


def set_recent(state: State, recent: Iterable[Recent]) -> State:
    """All recent files at once, latest first."""
    return replace(state, recent=tuple(recent)[:MOST_RECENT])


# Undo


BY_HAND = {"decisions", "movements"}  # parts that are kept by the results they are about


def remember(
    state: State, text: str, before: State, parts: tuple[str, ...], stroke: tuple[str, int] | None = None
) -> State:
    """Keep a step for undo, if one of the `parts` (names of fields of State) differs from `before`.

    Of decisions and movements only the entries that differ are kept: what is opened in between is not undone with them.
    Steps in a row of one stroke, such as a drag of the mouse, are one, and none where it ends as it began.
    """
    changed = [part for part in parts if getattr(before, part) is not getattr(state, part)]
    done, step = state.history.done, Step(text, _parts(before, state, parts), _parts(state, before, parts), stroke)
    if not any(part not in BY_HAND or step.before[part] for part in changed):
        return state
    if done and stroke is not None and done[-1].stroke == stroke:
        done, step = done[:-1], replace(step, before=done[-1].before)
        if step.before == step.after:
            return replace(state, history=History(done))
    return replace(state, history=History((*done, step)))


def undo(state: State) -> State:
    """Put back what the last step changed."""
    if not state.history.done:
        return state
    *rest, step = state.history.done
    return _put_back(state, step.before, History(tuple(rest), (*state.history.undone, step)))


def redo(state: State) -> State:
    """Do the last undone step again."""
    if not state.history.undone:
        return state
    *rest, step = state.history.undone
    return _put_back(state, step.after, History((*state.history.done, step), tuple(rest)))


def _put_back(state: State, parts: Mapping[str, Any], history: History) -> State:
    by_hand = {name: {**getattr(state, name), **parts[name]} for name in BY_HAND if name in parts}
    return replace(state, **{**parts, **by_hand}, history=history)


def _parts(state: State, other: State, parts: tuple[str, ...]) -> dict[str, Any]:
    unknown = set(parts) - {part.name for part in fields(state)}
    if unknown:
        raise KeyError(f"State has no part {sorted(unknown)[0]!r}.")
    found = {part: getattr(state, part) for part in parts}
    for name in BY_HAND & found.keys():
        here, there = getattr(state, name), getattr(other, name)
        keys = [key for key in {*here, *there} if here.get(key, ()) != there.get(key, ())]
        found[name] = {key: here.get(key, ()) for key in keys}
    return found
