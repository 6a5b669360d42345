"""The whole state of the application as frozen data. Nothing here knows Qt; `transitions.py` says how it changes.

Classes that hold arrays compare by identity (`eq=False`), the others by value; so `before.part != after.part` is
always allowed and cheap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from spikesift_core.decisions import Decision, Movement
from spikesift_core.executors import default_threads
from spikesift_core.merged_parts import Span
from spikesift_core.merged_signal import MergedSignal
from spikesift_core.preparing import as_sorted, how_measured
from spikesift_core.progress import Progress
from spikesift_core.recording import Recording
from spikesift_core.recording_view import RecordingView
from spikesift_core.unit_links import REFUSED
from spikesift_core.verdicts import UNLIKE_COST
from spikesift_gui.drafts import Checked, ProbeDraft, RecordingDraft, Settings
from spikesift_gui.queue_state import Queue
from spikesift_gui.unit_figures import Figures


@dataclass(frozen=True, eq=False)
class Seen:
    """What jobs have found out about the recording that is described, before it is sorted.

    Attributes
    ----------
    recording : the `checked.preview` that was looked over, or None.
    overview : spikesift_core.overview.Overview, of a part as long as the job runs; None before.
    segments : spikesift_core.segment_preview.SegmentPreview, None while it is not asked for.
    segments_of : what it depends on, see `segment_question`; other settings or another recording make it outdated.
    """

    recording: Recording | None = None
    overview: Any = None
    segments: Any = None
    segments_of: Any = None


@dataclass(frozen=True, eq=False)
class Doubts:
    """What looks odd about the values of a recording and was not dealt with yet; found by the page Recording.

    Attributes
    ----------
    recording : the `checked.preview` that was checked, or None.
    words : one or two sentences each.
    draft : `looked_at` of its description, or None.
    of_values : those of `words` that hold with another probe too.
    """

    recording: Recording | None = None
    words: tuple[str, ...] = ()
    draft: RecordingDraft | None = None
    of_values: tuple[str, ...] = ()


@dataclass(frozen=True)
class SortPlan:
    """How sorting is run.

    Attributes
    ----------
    folder : the folder in which sessions are put; None is beside the recording.
    threads : segments sorted at once; the answer does not depend on it.
    result_id : of the result that the latest run made, or None before its first segment.
    ended : how the latest run ended, in words; "" while it runs, and before the first.
    """

    folder: Path | None = None
    threads: int = field(default_factory=default_threads)
    result_id: int | None = None
    ended: str = ""


@dataclass(frozen=True)
class Job:
    """A long job that is running.

    Attributes
    ----------
    id : number given by the job runner.
    kind : "sort", "simulate", "warm-up", ...; at most one of a kind runs.
    title : what it does, in words.
    progress : the latest `Progress`, or None before the first.
    started, now : seconds on one clock: when it started, when `progress` was reported.
    cancelling : a cancel was asked for and not yet reached.
    """

    id: int
    kind: str
    title: str
    started: float
    now: float
    progress: Progress | None = None
    cancelling: bool = False


@dataclass(frozen=True)
class Problem:
    """Something that went wrong, for the error panel: what (title), in words, and details for a report."""

    title: str
    words: str
    details: str = ""


@dataclass(frozen=True, eq=False)
class Result:
    """A sorted recording that is open in the window.

    Attributes
    ----------
    id : number in this run of the program; stays the same while segments arrive.
    name : short name for tabs and lists.
    sorted_recording : spikesift_core.results.SortedRecording.
    tracks : list of `spikesift_core.results.Track`: the units, in order of id.
    recording : the Recording it came from, of a merged one a MergedSignal; None where it is not there.
    recording_problem : why it is not there, or not all of it, in words.
    settings : every sorting parameter with its value.
    preset, version : the preset and the program version it was sorted with. folder : its session folder, or None.
    complete : False while segments arrive, and for a run that was cancelled.
    gain : uV per bit, or None.
    sampling_frequency : Hz; not given, it is that of `recording`. None only when neither is known.
    joined : for a merge made in this run of the program the spikesift_core.merging.Joined, which saving needs.
    joined_from : ids of the results it was merged from in this run. merged : whether it joins several recordings.
    spans : of a merged one the recordings that it joins, as far as that was kept.
    began : when it was recorded, by the clock on the wall; None where nobody knows.
    """

    id: int
    name: str
    sorted_recording: Any
    tracks: tuple[Any, ...] = ()
    recording: Recording | MergedSignal | None = None
    recording_problem: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    preset: str = ""
    version: str = ""
    folder: Path | None = None
    complete: bool = True
    gain: float | None = None
    sampling_frequency: float | None = None
    joined: Any = None
    joined_from: tuple[int, ...] = ()
    merged: bool = False
    spans: tuple[Span, ...] = ()
    began: datetime | None = None

    def __post_init__(self):
        if self.sampling_frequency is None and self.recording is not None:
            object.__setattr__(self, "sampling_frequency", self.recording.sampling_frequency)

    @property
    def signal(self) -> Recording | RecordingView | MergedSignal | None:
        """The recording less the common reference that was taken off when it was sorted, with every channel there."""
        if self.recording is None or self.sorted_recording is None:
            return self.recording
        return as_sorted(self.recording, self.settings, self.sorted_recording.excluded)

    @property
    def how_measured(self) -> dict[str, Any]:
        """See `preparing.how_measured`."""
        return how_measured(self.recording, self.settings, self.preset)


@dataclass(frozen=True)
class Results:
    """The sorted recordings that are open, in the order they were opened, and the id of the one looked at.

    `next_id` is the id for the next one; ids are never used twice.
    """

    items: tuple[Result, ...] = ()
    current_id: int | None = None
    next_id: int = 1

    @property
    def current(self) -> Result | None:
        """The one looked at, or None."""
        return self.get(self.current_id)

    def get(self, result_id: int | None) -> Result | None:
        """The one with this id, or None."""
        return next((item for item in self.items if item.id == result_id), None)


@dataclass(frozen=True)
class Selection:
    """Ids of the selected units of the current result, in the order they were selected; the first is the best one."""

    units: tuple[int, ...] = ()


@dataclass(frozen=True)
class ViewState:
    """What the views look at.

    Attributes
    ----------
    time_start, time_span : the time window of traces, in s of the recording (0 is its first sample used).
    segment : index of the segment in focus; None is all.
    filter_text : filter of the unit table.
    options : settings of single views, keyed "view id.name" (see `View.options`).
    """

    time_start: float = 0.0
    time_span: float = 0.2
    segment: int | None = None
    filter_text: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class MatchState:
    """What is compared, and the answer.

    Attributes
    ----------
    source_id, target_id : ids of results; None leaves the choice to `matching.question`.
    source_segment, target_segment : index of the segment, -1 is the last; None: the units themselves, as a merge
        compares them, or where that is not possible the usual segment.
    max_drift : um.
    tried, problem : spikesift_core.linking.Tried, both segments compared at every shift; None while it is not computed,
        or why there is none, in words. `matching.current` gives the match that follows from it.
    answered : the `matching.Question` that tried and problem answer.
    pair : (source cluster, target cluster) in focus, None on a side without a partner; or None.
    refuse_above, refuse_units_above : relative cost above which pairs of segments, and of units, are refused.
    together : ids of the results chosen in the list of recordings.
    """

    source_id: int | None = None
    source_segment: int | None = None
    target_id: int | None = None
    target_segment: int | None = None
    max_drift: float = 30.0
    tried: Any = None
    problem: str = ""
    answered: Any = None
    pair: tuple[int | None, int | None] | None = None
    refuse_above: float = UNLIKE_COST
    refuse_units_above: float = REFUSED
    together: tuple[int, ...] = ()


@dataclass(frozen=True)
class Recent:
    """Something opened before. `kind`: "recording" or "session"."""

    kind: str
    path: Path


@dataclass(frozen=True)
class Appearance:
    """Theme choice ("system", "light" or "dark"), what it amounts to now, and the size of text (1 is normal)."""

    choice: str = "system"
    dark: bool = False
    scale: float = 1.0


@dataclass(frozen=True, eq=False)
class Step:
    """One thing that can be undone: its name in words, and the parts of the state before and after.

    `stroke`: which drag of the mouse it is part of, or None; see `transitions.remember`.
    """

    text: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    stroke: tuple[str, int] | None = None


@dataclass(frozen=True)
class History:
    """What can be undone (latest last) and what can be done again (next last)."""

    done: tuple[Step, ...] = ()
    undone: tuple[Step, ...] = ()


@dataclass(frozen=True)
class State:
    """Everything. One object; each field is one of the parts above.

    `decisions` are links made and refused by hand: ids of two results, the lower one first (the same one twice: inside
    it), to spikesift_core.decisions.Decision. The results are those that follow from them: `SessionModel` sees to it.
    `movements`, keyed alike, are how far the tissue moved between segments where a person set it.
    """

    page: str = "home"
    recording: RecordingDraft = field(default_factory=RecordingDraft)
    probe: ProbeDraft = field(default_factory=ProbeDraft)
    checked: Checked = field(default_factory=Checked)
    seen: Seen = field(default_factory=Seen)
    doubts: Doubts = field(default_factory=Doubts)
    settings: Settings = field(default_factory=Settings)
    sort_plan: SortPlan = field(default_factory=SortPlan)
    queue: Queue = field(default_factory=Queue)
    jobs: tuple[Job, ...] = ()
    problems: tuple[Problem, ...] = ()
    results: Results = field(default_factory=Results)
    figures: Figures = field(default_factory=Figures)
    selection: Selection = field(default_factory=Selection)
    view: ViewState = field(default_factory=ViewState)
    match: MatchState = field(default_factory=MatchState)
    decisions: Mapping[tuple[int, int], tuple[Decision, ...]] = field(default_factory=dict)
    movements: Mapping[tuple[int, int], tuple[Movement, ...]] = field(default_factory=dict)
    appearance: Appearance = field(default_factory=Appearance)
    history: History = field(default_factory=History)
    recent: tuple[Recent, ...] = ()

    def job(self, kind: str) -> Job | None:
        """The running job of this kind, or None."""
        return next((job for job in self.jobs if job.kind == kind), None)
