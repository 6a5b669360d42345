"""What the view River shows: which recordings, in which order, which lanes. Knows no Qt; called in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from spikesift_core.decisions import Decision
from spikesift_core.linking import Match, Tried, held_up_to
from spikesift_core.results import try_recordings
from spikesift_core.river_words import longest_streams
from spikesift_core.rivers import River, Stretch, river
from spikesift_gui.by_hand import decisions_between
from spikesift_gui.state import Result, State
from spikesift_gui.together import in_order

DEPTH, LONGEST, NUMBER = "depth", "longest", "number"
ALL, WHOLE, BROKEN = "all", "whole", "broken"
ORDERS = ((DEPTH, "By depth"), (LONGEST, "Followed longest"), (NUMBER, "By number"))
SHOWN = ((ALL, "All units"), (BROKEN, "With gaps or lost"), (WHOLE, "Through all"))
KEPT = 4  # answers
NAMED = 5  # units named as those followed longest


@dataclass(frozen=True, eq=False)
class Question:
    """Which results are shown side by side, in time order, and how they are compared.

    Attributes
    ----------
    shifts : between each two the shift chosen by hand, um, or None for the best one.
    decisions : between each two what was decided by hand.
    """

    results: tuple[Result, ...]
    max_drift: float
    refuse_above: float
    shifts: tuple[float | None, ...]
    decisions: tuple[tuple[Decision, ...], ...]

    def same_as(self, other: Question | None) -> bool:
        """Whether the answer is the same by all means."""
        return other is not None and self._key() == other._key()

    def _key(self) -> tuple:
        results = tuple(id(one) for one in self.results)
        return results, self.max_drift, self.refuse_above, self.shifts, self.decisions


def question(state: State) -> Question | None:
    """What is to be shown, or None without a result: a merged recording if it is looked at, else all that were sorted.

    Only those on the probe of the one that is looked at take part; `left_out` names the others.
    """
    results = _candidates(state)
    if not results:
        return None
    fitting = tuple(one for one in results if _same_probe(_looked_at(state, results), one))
    pairs = tuple(pairwise(fitting))
    shifts = tuple(state.match.shifts.get(border_key(*pair)) for pair in pairs)
    decisions = tuple(decisions_between(state, *pair) for pair in pairs)
    return Question(fitting, state.match.max_drift, state.match.refuse_above, shifts, decisions)


def border_key(first: Result, second: Result) -> tuple[int, int, int, int]:
    """The last segment of one result and the first of the next, see `matching.shift_key`."""
    return first.id, len(first.sorted_recording.sorted_segments) - 1, second.id, 0


def left_out(state: State) -> tuple[str, ...]:
    """Names of the results that have another probe than the one that is looked at."""
    results = _candidates(state)
    return tuple(one.name for one in results if not _same_probe(_looked_at(state, results), one))


def _looked_at(state: State, results: list[Result]) -> Result:
    return state.results.current if state.results.current in results else results[0]


def _candidates(state: State) -> list[Result]:
    current = state.results.current
    if current is not None and current.joined_from:
        return [current]
    return list(in_order([item for item in state.results.items if not item.joined_from]))


def _same_probe(first: Result, second: Result) -> bool:
    return np.array_equal(first.sorted_recording.probe_geometry, second.sorted_recording.probe_geometry)


def answer(asked: Question) -> River:
    """The river. Takes a while: not for the window's thread."""
    stretches = [_stretch(result) for result in asked.results]
    pairs = zip(pairwise(asked.results), asked.shifts, strict=True)
    matches = [border_match(*pair, asked.max_drift, shift) for pair, shift in pairs]
    return river(stretches, matches, asked.refuse_above, asked.decisions)


def border_match(first: Result, second: Result, max_drift: float, shift: float | None) -> Match:
    """The last segment of one result with the first of the next, at a shift (um) or the best one, as proposed."""
    tried = _tried(first.sorted_recording.undecided, second.sorted_recording.undecided, max_drift)
    return tried.match_at(tried.best if shift is None else shift)


def merge_links(
    results: Sequence[Result], max_drift: float, refuse_above: float, shifts: Mapping[tuple, float]
) -> list[Match | None]:
    """How results are linked when they are merged, less what was decided by hand: as the river shows it where the
    movement was set by hand, or units were not followed over gaps; else None: they are matched as units, which also
    finds those that are silent at the border."""
    found: list[Match | None] = []
    for pair in pairwise(results):
        shift = shifts.get(border_key(*pair))
        as_units = all(one.sorted_recording.followed is not None and one.sorted_recording.links for one in pair)
        as_shown = shift is not None or not as_units
        found.append(held_up_to(border_match(*pair, max_drift, shift), refuse_above) if as_shown else None)
    return found


@lru_cache(2 * KEPT)
def _stretch(result: Result) -> Stretch:
    return Stretch(result.name, result.sorted_recording, result.tracks, result.sampling_frequency)


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


def name_of(shown: River, stream: int) -> str:
    """How a stream is called: the number of its unit in the recording in which it begins, and which one that is."""
    column = int(shown.first[stream])
    unit, place = shown.unit_at(stream, column), int(shown.columns[column, 0])
    return f"{unit} of {shown.stretches[place].name}" if len(shown.stretches) > 1 else str(unit)


def short_name(shown: River, stream: int) -> str:
    """The same in few letters: "12", or "2:12" for unit 12 of the second recording if it begins there."""
    column = int(shown.first[stream])
    place = int(shown.columns[column, 0])
    return f"{f'{place + 1}:' if place else ''}{shown.unit_at(stream, column)}"


def summary(shown: River) -> str:
    """How many units there are, how many of them were followed through everything, and which ones longest."""
    columns = len(shown.columns)
    whole, gaps, lost = (int(part.sum()) for part in (shown.whole, shown.gaps & ~shown.lost, shown.lost))
    late = int((~shown.whole & ~shown.gaps & ~shown.lost).sum())
    parts = [f"{whole} through all {columns} segments", f"{gaps} with gaps", f"{lost} lost", f"{late} only begin later"]
    words = f"{len(shown)} units: {', '.join(part for part in parts if not part.startswith('0 '))}."
    names = [name_of(shown, stream) for stream in longest_streams(shown)[:NAMED].tolist()]
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
