"""Recordings together: which are open, in which order they were made, what can be done with several. Knows no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import pairwise

import numpy as np

from spikesift_core.recording_started import SHOWN
from spikesift_core.results import SortedRecording
from spikesift_core.tracks import throughout
from spikesift_gui.state import Result, State
from spikesift_gui.status import duration_words

UNKNOWN = "–"
SLACK = 2.0  # s; files tell whole seconds, and the clock on the wall is not that of the samples


@dataclass(frozen=True)
class Row:
    """A recording in the list, in words."""

    result_id: int
    name: str
    began: str
    length: str
    units: str
    segments: str
    signal: str
    state: str


@dataclass(frozen=True)
class Placing:
    """How recordings are put on one clock.

    Attributes
    ----------
    gaps : s, the pause before each but the first; None leaves them where they are on the clock they share.
    words : where that comes from, in a sentence.
    sure : False where nothing is known, and a person must be asked.
    """

    gaps: tuple[float, ...] | None
    words: str
    sure: bool = True


def in_order(results: Sequence[Result]) -> tuple[Result, ...]:
    """In the order of time: as they began by the clock on the wall where that is known of all, else by the clock they
    share where they do not overlap on it, else as they were opened."""
    if all(one.began is not None for one in results):
        return tuple(sorted(results, key=lambda one: one.began))
    by_clock = sorted(results, key=lambda one: one.sorted_recording.start_time())
    return tuple(by_clock) if _apart(by_clock) else tuple(results)


def by_units(results: Sequence[Result]) -> bool:
    """Whether different results are compared and merged as units: those that were followed over gaps are."""
    different = len({one.id for one in results}) == len(results)
    return different and all(
        one.sorted_recording.followed is not None and one.sorted_recording.links for one in results
    )


def _apart(results: Sequence[Result]) -> bool:
    """Whether each ends before the next begins on the clock of their samples."""
    return all(a.sorted_recording.end_time() <= b.sorted_recording.start_time() for a, b in pairwise(results))


def told_apart(results: Sequence[Result]) -> dict[int, str]:
    """Id to name; those of the same name with the nearest folder that differs, or else with a number."""
    results = {one.id: one for one in results}.values()
    by_name: dict[str, list[Result]] = {}
    for one in results:
        by_name.setdefault(one.name, []).append(one)
    names = {}
    for name, alike in by_name.items():
        marks = [""] if len(alike) == 1 else [f" ({mark})" for mark in _marks(alike)]
        names |= {one.id: f"{name}{mark}" for one, mark in zip(alike, marks, strict=True)}
    return {one.id: names[one.id] for one in results}


def _marks(alike: Sequence[Result]) -> list[str]:
    """What differs between results of one name, as short as possible."""
    paths = [("not saved",) if one.folder is None else one.folder.parts[::-1] for one in alike]
    for depth in range(max(map(len, paths))):
        marks = [path[min(depth, len(path) - 1)] for path in paths]
        if len(set(marks)) == len(marks):
            return marks
    return [str(number) for number in range(1, len(alike) + 1)]


def seconds_of(result: Result) -> float | None:
    """Length of what was sorted, without the pauses of a merged one; None without a sampling frequency."""
    if result.sampling_frequency is None:
        return None
    return sum(segment.duration for segment in result.sorted_recording.sorted_segments) / result.sampling_frequency


def rows(state: State) -> list[Row]:
    """All recordings that are open: those sorted in order of time, then what was merged of them."""
    sorted_ones = [one for one in state.results.items if not one.merged]
    merged = [one for one in state.results.items if one.merged]
    names = told_apart(state.results.items)
    return [_row(state, one, names[one.id]) for one in (*in_order(sorted_ones), *merged)]


def _row(state: State, one: Result, name: str) -> Row:
    found, seconds = one.sorted_recording, seconds_of(one)
    everywhere, segments = _everywhere(found), len(found.sorted_segments)
    units = f"{len(one.tracks)}" if segments == 1 else f"{len(one.tracks)} ({everywhere} in all)"
    rate = "" if one.sampling_frequency is None else f" · {one.sampling_frequency / 1000:.6g} kHz"
    return Row(
        one.id,
        name,
        one.began.strftime(SHOWN) if one.began else UNKNOWN,
        UNKNOWN if seconds is None else duration_words(seconds),
        units,
        str(segments),
        f"{len(found.probe_geometry)} ch{rate}",
        _state_words(state, one),
    )


@lru_cache(32)
def _everywhere(recording: SortedRecording) -> int:
    return len(throughout(recording))


def _state_words(state: State, one: Result) -> str:
    if state.job("sort") and state.sort_plan.result_id == one.id:
        return "being sorted"
    if one.merged:
        named = told_apart(state.results.items)
        parts = [named[part] for part in one.joined_from if part in named]
        kept = "" if one.folder else ", not saved"
        return f"merged from {', '.join(parts)}{kept}" if parts else f"merged{kept}"
    return "complete" if one.complete else "stopped early"


def chosen(state: State) -> tuple[Result, ...]:
    """The recordings chosen in the list, in order of time."""
    found = [state.results.get(result_id) for result_id in state.match.together]
    return in_order([one for one in found if one is not None])


def cannot_join(state: State, results: Sequence[Result]) -> str | None:
    """Why recordings cannot be merged, and what to do about it, in words."""
    if len(results) < 2:
        return "Choose two recordings or more in the list: Ctrl + click adds one."
    first, named = results[0], told_apart(results)
    for one in results:
        if state.job("sort") and state.sort_plan.result_id == one.id:
            return f"{named[one.id]} is still being sorted: wait until it is finished, or cancel it."
        if one.sampling_frequency is None:
            return f"The sampling frequency of {named[one.id]} is not known, so its times cannot be joined with others."
        if one.sampling_frequency != first.sampling_frequency:
            return (
                f"{named[one.id]} was recorded at {one.sampling_frequency:g} Hz, {named[first.id]} at "
                f"{first.sampling_frequency:g} Hz, so their times cannot be joined. Compare them instead: that "
                "needs the same probe only."
            )
        if problem := other_probe(first, one):
            return problem
    return None


def other_probe(first: Result, one: Result) -> str | None:
    """Why two recordings cannot be compared, and what to do about it, in words."""
    here, there = (result.sorted_recording.probe_geometry for result in (one, first))
    if np.array_equal(here, there):
        return None
    named = told_apart((first, one))
    name, other = named[one.id], named[first.id]
    if len(here) != len(there):
        return (
            f"{name} has {len(here)} channels, {other} has {len(there)}: units can only be matched on the "
            "same contacts. Sort both with the same channels of one probe."
        )
    return (
        f"{name} has its {len(here)} contacts at other places than {other}: units can only be matched on the "
        "same contacts. If it is one probe, sort both with the same probe file."
    )


def placing(results: Sequence[Result]) -> Placing:
    """Where recordings that are merged are put; `results` in order of time.

    Raises
    ------
    ValueError
        Where they overlap by the clock on the wall.
    """
    if all(one.began is not None for one in results):
        gaps = tuple(_pause(*pair) for pair in pairwise(results))
        *most, last = map(duration_words, gaps)
        pauses = f"pauses of {', '.join(most)} and {last}" if most else f"a pause of {last}"
        return Placing(gaps, f"Placed by when they began, with {pauses}.")
    if _apart(results):
        return Placing(None, "Placed by the clock they share (“Time of the first” on the page Recording).")
    missing = next(told_apart(results)[one.id] for one in results if one.began is None)
    words = f"When {missing} began is not known, so they are put one after the other without a pause."
    return Placing((0.0,) * (len(results) - 1), words, sure=False)


def order_words(results: Sequence[Result], places: Placing) -> str:
    """The question whether recordings of which nothing is known may be put in this order."""
    names = ", ".join(told_apart(results).values())
    return (
        f"{places.words} Their order: {names}.\n\nTheir files and sessions stay as they are; only the times in the "
        "merged result are later. To keep the pauses, double-click when each one began in the list of recordings, or "
        "give “Time of the first” on the page Recording and sort again."
    )


def _pause(before: Result, after: Result) -> float:
    """Seconds between the end of one recording and the beginning of the next."""
    found = before.sorted_recording
    end = before.began + timedelta(seconds=(found.end_time() - found.start_time()) / before.sampling_frequency)
    pause = (after.began - end).total_seconds()
    if pause < -SLACK:
        named = told_apart((before, after))
        raise ValueError(
            f"{named[after.id]} began at {after.began.strftime(SHOWN)}, before {named[before.id]} ended "
            f"({end.strftime(SHOWN)}): correct when they began in the list of recordings."
        )
    return max(0.0, pause)


def plan_words(state: State) -> str:
    """What would be done with the recordings that are chosen, or why it cannot be."""
    results = chosen(state)
    if len(results) < 2:
        return "Choose recordings to merge or compare them. Double-click when one began to set it by hand."
    problem = cannot_join(state, results)
    if problem:
        return problem
    total = duration_words(sum(seconds_of(one) or 0.0 for one in results))
    names = " → ".join(told_apart(results).values())
    try:
        return f"{names}: {total} in all. {placing(results).words}"
    except ValueError as error:
        return f"{names}: {error}"
