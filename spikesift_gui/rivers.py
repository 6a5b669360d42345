"""What the view River shows: which recordings, in which order, which lanes. Knows no Qt; called in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from spikesift_core.decisions import Decision
from spikesift_core.linking import Match, Tried, held_up_to
from spikesift_core.merged_parts import Span
from spikesift_core.merged_rivers import river_of_merge
from spikesift_core.results import SortedRecording, try_recordings
from spikesift_core.river_words import longest_streams
from spikesift_core.rivers import River, Stretch, river
from spikesift_core.unit_links import UnitMatch, reaching, try_units
from spikesift_gui import matching
from spikesift_gui.by_hand import decisions_among, movement
from spikesift_gui.state import Result, State
from spikesift_gui.together import by_units, in_order, other_probe, told_apart

DEPTH, LONGEST, NUMBER = "depth", "longest", "number"
ALL, WHOLE, BROKEN = "all", "whole", "broken"
NUMBERS, TIMES = "numbers", "times"
ORDERS = ((DEPTH, "By depth"), (LONGEST, "Followed longest"), (NUMBER, "By number"))
SHOWN = ((ALL, "All units"), (BROKEN, "With gaps or lost"), (WHOLE, "Through all"))
COLUMNS = ((NUMBERS, "Segments"), (TIMES, "Times"))
KEPT = 4  # answers
NAMED = 5  # units named as those followed longest


@dataclass(frozen=True, eq=False)
class Question:
    """Which results are shown side by side, in time order, and how they are compared.

    Attributes
    ----------
    refuse_above, refuse_units_above : see `MatchState`.
    shifts : between each two the shift chosen by hand, um, or None for the best one.
    decisions : places of two of them, the earlier one first, to what was decided by hand between them.
    """

    results: tuple[Result, ...]
    max_drift: float
    refuse_above: float
    refuse_units_above: float
    shifts: tuple[float | None, ...]
    decisions: Mapping[tuple[int, int], tuple[Decision, ...]]

    def same_as(self, other: Question | None) -> bool:
        """Whether the answer is the same by all means."""
        return other is not None and self._key() == other._key()

    def _key(self) -> tuple:
        results = tuple(id(one) for one in self.results)
        return results, self.max_drift, self.refuse_above, self.refuse_units_above, self.shifts, self.decisions


def question(state: State) -> Question | None:
    """What is to be shown, or None without a result: a merged recording if it is looked at, else all that were sorted.

    Only those on the probe of what is compared take part; `left_out` names the others.
    """
    results = _candidates(state)
    if not results:
        return None
    fitting = tuple(one for one in results if _same_probe(_looked_at(state, results), one))
    limits = state.match.refuse_above, state.match.refuse_units_above
    by_hand = shifts_by_hand(state, fitting), decisions_among(state, fitting)
    return Question(fitting, state.match.max_drift, *limits, *by_hand)


def shifts_by_hand(state: State, results: Sequence[Result]) -> tuple[float | None, ...]:
    """The shift that a person set between each two that follow each other, um, or None."""
    ends = [(len(one.sorted_recording.sorted_segments) - 1, 0) for one in results]
    return tuple(movement(state, *pair, end) for pair, end in zip(pairwise(results), ends, strict=False))


def left_out(state: State) -> tuple[str, ...]:
    """Names of the results that have another probe than the one that is looked at."""
    results = _candidates(state)
    named = told_apart(results)
    return tuple(named[one.id] for one in results if not _same_probe(_looked_at(state, results), one))


def why_left_out(state: State) -> str:
    """Why the first of those that are left out cannot be compared with the one that is looked at, or ""."""
    results = _candidates(state)
    others = [one for one in results if not _same_probe(_looked_at(state, results), one)]
    return other_probe(_looked_at(state, results), others[0]) if others else ""


def made_before(state: State, asked: matching.Question) -> tuple[str, ...]:
    """Names of the recordings before the two that are compared as units, whose units a merge of all would try too."""
    shown = question(state)
    if shown is None or not asked.units or asked.inside or not by_units(shown.results):
        return ()
    earlier = asked.results[not asked.source_first]
    names = list(told_apart(shown.results).values())
    return tuple(names[: shown.results.index(earlier)]) if earlier in shown.results else ()


def _looked_at(state: State, results: list[Result]) -> Result:
    asked = matching.question(state)
    compared = None if asked is None else asked.source.result
    return next((one for one in (compared, state.results.current) if one in results), results[0])


def _candidates(state: State) -> list[Result]:
    current = state.results.current
    if current is not None and current.merged:
        return [current]
    return list(in_order([item for item in state.results.items if not item.merged] or list(state.results.items)))


def _same_probe(first: Result, second: Result) -> bool:
    return np.array_equal(first.sorted_recording.probe_geometry, second.sorted_recording.probe_geometry)


def answer(asked: Question) -> River:
    """The river. Takes a while: not for the window's thread.

    Of three recordings or more, whose units were followed over gaps, it is what a merge of all of them links.
    """
    named = told_apart(asked.results)
    stretches = [_stretch(result, named[result.id]) for result in asked.results]
    if len(stretches) > 2 and by_units(asked.results):
        how = {"max_drift": asked.max_drift, "refuse_above": asked.refuse_units_above}
        return river_of_merge(stretches, **how, shifts=asked.shifts, decisions=asked.decisions)
    pairs = zip(pairwise(asked.results), asked.shifts, strict=True)
    matches = [_compared(*pair, asked, shift) for pair, shift in pairs]
    by_hand = [asked.decisions[place, place + 1] for place in range(len(matches))]
    return river(stretches, matches, asked.refuse_above, by_hand)


def _compared(first: Result, second: Result, asked: Question, shift: float | None) -> Match | UnitMatch:
    """Two results as a merge links them, as proposed: their units, or the last segment of one with the first of the
    next."""
    recordings = first.sorted_recording, second.sorted_recording
    if by_units((first, second)):
        names, tried = _tried_units(*recordings, reaching(asked.max_drift, shift))
        match = tried.match_at(tried.best if shift is None else shift)
        return UnitMatch(*names, held_up_to(match, asked.refuse_units_above), match, asked.refuse_units_above)
    return _border_match(first, second, asked.max_drift, shift)


def _border_match(first: Result, second: Result, max_drift: float, shift: float | None) -> Match:
    """The last segment of one result with the first of the next, at a shift (um) or the best one, as proposed."""
    recordings = first.sorted_recording.undecided, second.sorted_recording.undecided
    tried = _tried(*recordings, reaching(max_drift, shift))
    return tried.match_at(tried.best if shift is None else shift)


def merge_links(state: State, results: Sequence[Result]) -> dict[str, Any]:
    """How results are linked when they are merged, for `join_recordings`: as the page Match shows it, less what was
    decided by hand. Units are matched as units, which also finds those that are silent at the border; where they were
    not followed over gaps, the last segment is linked with the first of the next."""
    match, shifts = state.match, shifts_by_hand(state, results)
    links: list[Match | None] = []
    for pair, shift in zip(pairwise(results), shifts, strict=True):
        linked = None if by_units(pair) else _border_match(*pair, match.max_drift, shift)
        links.append(linked and held_up_to(linked, match.refuse_above))
    limits = {"max_drift": match.max_drift, "refuse_above": match.refuse_units_above}
    return {**limits, "matches": links, "shifts": shifts}


@lru_cache(2 * KEPT)
def _stretch(result: Result, name: str) -> Stretch:
    starts = [one.start_time for one in result.sorted_recording.sorted_segments]
    parts = tuple((span.name, int(np.searchsorted(starts, span.start_time))) for span in result.spans)
    return Stretch(name, result.sorted_recording, result.tracks, result.sampling_frequency, parts)


@lru_cache(KEPT)
def _tried_units(first: SortedRecording, second: SortedRecording, max_drift: float):
    return try_units(first, second, max_drift=max_drift)


@lru_cache(KEPT)
def _tried(first, second, max_drift: float) -> Tried:
    return try_recordings(first, second, max_drift, -1, 0)


def lanes(shown: River, order: str, which: str) -> np.ndarray:
    """(lanes,) int64, the stream in each lane from the top: the top of the probe, the longest, or number 0 first."""
    wanted = {ALL: np.ones(len(shown), bool), WHOLE: shown.whole, BROKEN: shown.lost | shown.gaps}[which]
    orders = {
        DEPTH: lambda: np.argsort(-shown.depths, kind="stable"),
        LONGEST: lambda: longest_streams(shown),
        NUMBER: lambda: np.arange(len(shown)),
    }
    found = orders[order]()
    return found[wanted[found]]


@dataclass(frozen=True)
class Section:
    """The columns of one recording, also of one inside a merged one.

    Attributes
    ----------
    first, end : its first column, and the one after its last. starts : s from its beginning to that of each column;
        empty where the sampling frequency is not known.
    """

    name: str
    began: datetime | None
    first: int
    end: int
    starts: tuple[float, ...]


def sections(asked: Question) -> tuple[Section, ...]:
    """The recordings of a river in the order of their columns."""
    found, at, named = [], 0, told_apart(asked.results)
    for result in asked.results:
        starts = np.array([one.start_time for one in result.sorted_recording.sorted_segments])
        spans = result.spans or (Span(named[result.id], int(starts[0]), int(starts[-1]) + 1, result.began),)
        edges = [0, *np.searchsorted(starts, [one.start_time for one in spans[1:]]).tolist(), len(starts)]
        for span, (first, end) in zip(spans, pairwise(edges), strict=True):
            rate = result.sampling_frequency
            times = () if rate is None else tuple(((starts[first:end] - span.start_time) / rate).tolist())
            found.append(Section(span.name, span.began, at + first, at + end, times))
        at += len(starts)
    return tuple(found)


def section_words(one: Section, several: bool) -> tuple[str, str, str]:
    """What stands above a recording: in full, shorter, and its name alone. `several`: whether there are others."""
    segments = one.end - one.first
    count = f"{segments} segment{'' if segments == 1 else 's'}"
    when = f"{one.name} · {one.began:%Y-%m-%d %H:%M}" if one.began and several else one.name
    return f"{when}, {count}", when, one.name


def time_words(one: Section) -> list[str]:
    """When each column of a recording begins: by the clock on the wall, or else from its beginning; empty strings
    where the sampling frequency is not known."""
    if not one.starts:
        return [""] * (one.end - one.first)
    minutes = len(one.starts) < 2 or one.starts[1] - one.starts[0] >= 60
    if one.began is not None:
        moments = [one.began + timedelta(seconds=start) for start in one.starts]
        return [f"{moment:%H:%M}" if minutes else f"{moment:%H:%M:%S}" for moment in moments]
    return [f"{start // 60:.0f}:{start % 60:02.0f}" for start in map(round, one.starts)]


def name_of(shown: River, stream: int) -> str:
    """How a stream is called: the number of its unit in the recording in which it begins, and which one that is."""
    column = int(shown.first[stream])
    unit, place = shown.unit_at(stream, column), int(shown.columns[column, 0])
    return f"{unit} of {shown.stretches[place].name}" if len(shown.stretches) > 1 else str(unit)


def summary(shown: River) -> str:
    """How many units there are, how many of them were followed through everything, and which ones longest."""
    columns = len(shown.columns)
    whole, gaps, lost = (int(part.sum()) for part in (shown.whole, shown.gaps & ~shown.lost, shown.lost))
    late = int((~shown.whole & ~shown.gaps & ~shown.lost).sum())
    parts = [f"{whole} through all {columns} segments", f"{gaps} with gaps", f"{lost} lost", f"{late} only begin later"]
    words = f"{len(shown)} units: {', '.join(part for part in parts if not part.startswith('0 '))}."
    names = [shown.short_name(stream) for stream in longest_streams(shown)[:NAMED].tolist()]
    if names:
        words += f" Followed longest and surest: {', '.join(names)}."
    grey = [one.name for one in shown.stretches if one.recording.links is None]
    return f"{words} Grey: how units were linked was not kept for {', '.join(grey)}." if grey else words


def selected_streams(state: State, shown: River, asked: Question) -> tuple[int, ...]:
    """The streams of the selected units of the result that is looked at."""
    place = next((at for at, one in enumerate(asked.results) if one.id == state.results.current_id), None)
    if place is None:
        return ()
    index = {track.id: at for at, track in enumerate(shown.stretches[place].units)}
    streams = {int(unit): stream for stream, unit in enumerate(shown.units[:, place]) if unit >= 0}
    units = (index[unit] for unit in state.selection.units if unit in index)
    return tuple(streams[unit] for unit in units)
