"""What the page Match compares, and the answer; `match_words.py` says it in words. Knows no Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any

import numpy as np

from spikesift_core.carrying_on import border_units, try_border
from spikesift_core.linking import Match, Tried, with_pairs
from spikesift_core.results import SortedRecording, try_recordings
from spikesift_core.unit_facts import centres
from spikesift_core.unit_history import owners
from spikesift_core.unit_links import reaching, try_units
from spikesift_core.verdicts import JudgedPair, judge
from spikesift_gui.by_hand import Segments, held, movement
from spikesift_gui.state import Result, State
from spikesift_gui.together import by_units, in_order, other_probe

Place = tuple[int, int]  # segment, cluster
NO_MOVEMENT = 0.0


@dataclass(frozen=True, eq=False)
class Side:
    """What is compared of one result: the clusters of one of its segments, or its units.

    Attributes
    ----------
    segment : index; None where the units are compared. border : the segment where the two sides meet.
    units : id of the unit in each row. places : for each row the cluster, or that in which the unit was last or first
        seen.
    row_at : where units are compared inside a merged recording: the row of each (segment, cluster).
    """

    result: Result
    segment: int | None
    border: int
    units: tuple[int, ...]
    places: tuple[Place, ...]
    row_at: Mapping[Place, int] | None = None

    @property
    def by_units(self) -> bool:
        """Whether its units are compared, and not the clusters of one segment."""
        return self.segment is None or self.row_at is not None

    @property
    def vectors(self) -> np.ndarray:
        """(rows, channels) float32, as sorted."""
        return _vectors(self.result.sorted_recording, self.places)

    @property
    def segments(self) -> int:
        """Segments of the result."""
        return len(self.result.sorted_recording.sorted_segments)

    def row_of(self, unit: int) -> int | None:
        """The row of a unit, or None."""
        return self.units.index(unit) if unit in self.units else None

    def drifted(self, row: int) -> float:
        """How far up (um) the tissue was where the row was seen, from where it is at the border."""
        links = self.result.sorted_recording.links
        return links[self.places[row][0]].position - links[self.border].position if links else 0.0


@lru_cache(maxsize=8)
def _vectors(recording: SortedRecording, places: tuple[Place, ...]) -> np.ndarray:
    found = [recording.sorted_segments[segment].amplitude_vectors[cluster] for segment, cluster in places]
    return np.array(found, np.float32).reshape(len(places), -1)


@dataclass(frozen=True, eq=False)
class Question:
    """Two results, or segments of them, to be compared.

    `source_first`: whether the source was made before the target. `max_drift`: um, as far as is tried.
    """

    source: Side
    target: Side
    max_drift: float
    source_first: bool = True

    @property
    def units(self) -> bool:
        """Whether units are compared, as a merge does, and not segments."""
        return self.source.by_units

    @property
    def inside(self) -> bool:
        """Whether both sides are of one result."""
        return self.source.result is self.target.result

    @property
    def border(self) -> int:
        """The first segment of the later side, where both are inside one result."""
        return max(self.borders)

    @property
    def rows_at(self) -> tuple[Mapping[Place, int], Mapping[Place, int]] | None:
        """The row of each (segment, cluster) of source and target, where units are compared inside a merged result."""
        return (self.source.row_at, self.target.row_at) if self.inside and self.units else None

    @property
    def results(self) -> tuple[Result, Result]:
        """Source and target."""
        return self.source.result, self.target.result

    @property
    def segments(self) -> Segments:
        """Of source and target; None where units are compared."""
        return self.source.segment, self.target.segment

    @property
    def borders(self) -> tuple[int, int]:
        """The segments between which the movement is."""
        return self.source.border, self.target.border

    def same_as(self, other: Question | None) -> bool:
        """Whether the answer is the same by all means."""
        return other is not None and self._key() == other._key()

    def _key(self) -> tuple:
        # What is decided by hand inside a recording changes its units, and not its segments.
        found = [one.sorted_recording for one in self.results]
        recordings = [id(one) if self.units and not self.inside else id(one.undecided) for one in found]
        return *recordings, self.segments, self.max_drift, self.source_first


def _kept(function: Callable[[State], Any]) -> Callable[[State], Any]:
    """A function of the state, asked a dozen times while one state is drawn: its last answer is kept."""
    last: tuple[State | None, Any] = None, None

    @wraps(function)
    def asked(state: State) -> Any:
        nonlocal last
        kept = last  # another thread may ask about another state meanwhile
        if kept[0] is not state:
            kept = last = state, function(state)
        return kept[1]

    return asked


@_kept
def question(state: State) -> Question | None:
    """What is to be compared, or None when there is too little. What was not chosen is chosen here."""
    chosen = _chosen(state)
    if chosen is None:
        return None
    results, segments = chosen
    first = in_order(results)[0] is results[0]
    inside = results[0] is results[1] and None not in segments
    border = border_of(results[0], *sorted(segments)) if inside else None
    if None in segments and by_units(results):
        sides = _units_side(results[0], first), _units_side(results[1], not first)
    elif border is not None and border == max(segments) == min(segments) + 1:
        first = segments[0] < segments[1]
        sides = _border_sides(results[0], border)[:: 1 if first else -1]
    else:
        usual = (0, 1) if results[0] is results[1] else (-1, 0)
        wanted = (other if one is None else one for one, other in zip(segments, usual, strict=True))
        sides = tuple(_side(*one) for one in zip(results, wanted, strict=True))
    by_hand = movement(state, *results, (sides[0].border, sides[1].border))
    return Question(*sides, reaching(state.match.max_drift, by_hand), first)


def _chosen(state: State) -> tuple[tuple[Result, Result], Segments] | None:
    match, results = state.match, state.results
    source, target = results.get(match.source_id), results.get(match.target_id)
    if source and target:
        return (source, target), (match.source_segment, match.target_segment)
    items = [item for item in results.items if not item.merged] or list(results.items)
    if len(items) > 1:
        return in_order(_latest_alike(items)), (match.source_segment, match.target_segment)
    if items and len(items[0].sorted_recording.sorted_segments) > 1:
        return (items[0], items[0]), (0, 1)
    return None


def _latest_alike(items: Sequence[Result]) -> tuple[Result, Result]:
    """The two that were opened last of those on one probe; of all where no two are."""
    for at in range(len(items) - 1, 0, -1):
        other = next((one for one in items[at - 1 :: -1] if other_probe(one, items[at]) is None), None)
        if other is not None:
            return other, items[at]
    return items[-2], items[-1]


@lru_cache(maxsize=16)
def _side(result: Result, segment: int) -> Side:
    count = len(result.sorted_recording.sorted_segments)
    place = segment % count if -count <= segment < count else count - 1
    units = {cluster: track.id for track in result.tracks for at, cluster in track.members if at == place}
    return Side(
        result,
        place,
        place,
        tuple(units[cluster] for cluster in sorted(units)),
        tuple((place, c) for c in sorted(units)),
    )


@lru_cache(maxsize=16)
def _units_side(result: Result, at_end: bool) -> Side:
    border = len(result.sorted_recording.sorted_segments) - 1 if at_end else 0
    places = tuple(track.members[-1 if at_end else 0] for track in result.tracks)
    return Side(result, None, border, tuple(track.id for track in result.tracks), places)


def border_of(result: Result, source: int | None, target: int | None) -> int | None:
    """The first segment of the recording that a link between two segments of a merged one leads into, if it leads into
    another one and units were linked there; else None."""
    found = result.sorted_recording
    if source is None or target is None or not 0 <= source < target or found.followed is None or not found.links:
        return None
    border = max((first for first in parts_of(result) if first <= target), default=0)
    return border if border > source else None


def parts_of(result: Result) -> tuple[int, ...]:
    """The first segment of each recording in a merged one, () of another one."""
    starts = [one.start_time for one in result.sorted_recording.sorted_segments]
    return tuple(int(np.searchsorted(starts, span.start_time)) for span in result.spans)


@lru_cache(maxsize=8)
def _border_sides(result: Result, border: int) -> tuple[Side, Side]:
    """The units of a merged recording up to one of those in it, and the units of that one."""
    sides, found = [], result.sorted_recording
    for at, units in enumerate(border_units(found, border, _end_of(result, border))):
        places = tuple(one.members[at - 1] for one in units)  # the last of the source, the first of the target
        row_at = {place: row for row, one in enumerate(units) for place in one.members}
        names = tuple(owners(found)[place] for place in places)
        sides.append(Side(result, border - 1 + at, border - 1 + at, names, places, row_at))
    return sides[0], sides[1]


def _end_of(result: Result, border: int) -> int:
    """The segment after the last of the recording that begins at a border."""
    return min(
        (first for first in parts_of(result) if first > border), default=len(result.sorted_recording.sorted_segments)
    )


def answer(asked: Question) -> tuple[Tried | None, str]:
    """Both compared at every shift and "", or None and in words why not. Takes a while: not for the window's thread."""
    recordings = [one.sorted_recording for one in asked.results]
    problem = other_probe(*asked.results)
    if problem:
        return None, problem
    try:
        if asked.units and asked.inside:
            end = _end_of(asked.target.result, asked.border)
            tried = try_border(recordings[0], asked.border, end, asked.max_drift).tried
            return (tried if asked.source_first else tried.turned), ""
        if asked.units:
            how = {"max_drift": asked.max_drift, "source_first": asked.source_first}
            return try_units(*recordings, **how)[1], ""
        return try_recordings(*recordings, asked.max_drift, *asked.segments), ""
    except ValueError as error:
        return None, str(error)


@_kept
def current(state: State) -> tuple[Question, Match] | None:
    """The question with its answer, at the shift chosen and as decided by hand; None while it is not there."""
    asked, match = question(state), state.match
    if asked is None or match.tried is None or not asked.same_as(match.answered):
        return None
    shift = shift_by_hand(state)
    by_hand = held(state, *asked.results, asked.segments, asked.rows_at)
    pairs = (
        frozenset((one.source, one.target) for one in by_hand if one.decision.same is same) for same in (True, False)
    )
    return asked, _match(match.tried, match.tried.best if shift is None else shift, *pairs)


@lru_cache(maxsize=4)
def _match(tried: Tried, shift: float, made: frozenset, refused: frozenset) -> Match:
    match = tried.match_at(shift)
    return with_pairs(match, made, refused) if made or refused else match


def shift_by_hand(state: State) -> float | None:
    """The shift chosen by hand for what is compared, um, or None."""
    asked = question(state)
    return None if asked is None else movement(state, *asked.results, asked.borders)


def limit(state: State) -> float:
    """The relative cost above which pairs of what is compared are refused."""
    asked = question(state)
    return state.match.refuse_units_above if asked is not None and asked.units else state.match.refuse_above


def judged(asked: Question, match: Match, refuse_above: float) -> tuple[JudgedPair, ...]:
    """Every pair, and what was left over, with the reasons calling units by their ids."""
    return _judged(match, refuse_above, asked.source.units, asked.target.units)


@lru_cache(maxsize=4)
def _judged(match: Match, refuse_above: float, source: tuple, target: tuple) -> tuple[JudgedPair, ...]:
    return tuple(judge(match, refuse_above, source, target))


def focus(state: State, asked: Question, match: Match) -> tuple[int | None, int | None] | None:
    """(source cluster, target cluster) in focus: the pair clicked here, or that of the unit selected elsewhere."""
    pair, units = state.match.pair, state.selection.units
    if pair is not None and set(units_of(state, asked, *pair)) <= set(units):
        return pair_shown(state, asked, match, *pair)
    for unit in units:
        cluster = asked.source.row_of(unit) if state.results.current is asked.source.result else None
        if cluster is not None:
            return pair_shown(state, asked, match, cluster, None)
        cluster = asked.target.row_of(unit) if state.results.current is asked.target.result else None
        if cluster is not None:
            return pair_shown(state, asked, match, None, cluster)
    return None


def pair_shown(
    state: State, asked: Question, match: Match, source: int | None, target: int | None
) -> tuple[int | None, int | None]:
    """The pair as it is shown now; if there is none, that of its source, or else of its target."""
    found = [(one.source, one.target) for one in judged(asked, match, limit(state))]
    if (source, target) in found:
        return source, target
    of_source = [pair for pair in found if source is not None and pair[0] == source]
    of_target = [pair for pair in found if target is not None and pair[1] == target]
    return next(iter(of_source + of_target), (source, target))


def units_of(state: State, asked: Question, source: int | None, target: int | None) -> tuple[int, ...]:
    """Ids of the units of a pair in the result that is looked at now."""
    pair = ((asked.source, source), (asked.target, target))
    return tuple(
        side.units[cluster]
        for side, cluster in pair
        if cluster is not None and cluster < len(side.units) and side.result.id == state.results.current_id
    )


def vectors_of(asked: Question, match: Match, moved: bool) -> tuple[np.ndarray, np.ndarray]:
    """The vectors of both sides, (rows, channels) float32: as compared (`moved`), or as sorted."""
    return (match.source_vectors, match.target_vectors) if moved else (asked.source.vectors, asked.target.vectors)


def places(asked: Question, match: Match, moved: bool) -> tuple[np.ndarray, np.ndarray]:
    """Where the units of both sides lie, (rows, 2) um each."""
    return _places(asked.source, asked.target, match, moved)


@lru_cache(maxsize=4)
def _places(source: Side, target: Side, match: Match, moved: bool) -> tuple[np.ndarray, np.ndarray]:
    geometry = source.result.sorted_recording.probe_geometry
    both = vectors_of(Question(source, target, NO_MOVEMENT), match, moved)
    return tuple(centres(vectors, geometry) for vectors in both)


def is_merge_of(result: Result, *parts: Result) -> bool:
    """Whether a result was merged from these."""
    return set(result.joined_from) == {part.id for part in parts}
