"""What the page Match compares, and the answer in words. Knows no Qt."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from spikesift_core.linking import Match, Tried, with_pairs
from spikesift_core.results import try_recordings
from spikesift_core.unit_facts import centres
from spikesift_core.verdicts import VERDICTS, JudgedPair, flat_range, judge
from spikesift_gui.by_hand import held
from spikesift_gui.state import Result, State
from spikesift_gui.together import in_order

CONSECUTIVE, FIRST, NEIGHBOURS, OWN = "consecutive", "first", "neighbours", "own"


@dataclass(frozen=True, eq=False)
class Side:
    """One segment of a result. `units`: for each of its clusters the id of the unit it belongs to."""

    result: Result
    segment: int
    units: tuple[int, ...]

    @property
    def vectors(self) -> np.ndarray:
        """(clusters, channels) float32, as sorted."""
        return self.result.sorted_recording.sorted_segments[self.segment].amplitude_vectors

    @property
    def segments(self) -> int:
        """Segments of the result."""
        return len(self.result.sorted_recording.sorted_segments)

    def cluster_of(self, unit: int) -> int | None:
        """The cluster of a unit in this segment, or None."""
        return self.units.index(unit) if unit in self.units else None


@dataclass(frozen=True, eq=False)
class Question:
    """Two segments to be compared."""

    source: Side
    target: Side
    max_drift: float

    def same_as(self, other: Question | None) -> bool:
        """Whether the answer is the same by all means."""
        return other is not None and self._key() == other._key()

    def _key(self) -> tuple:
        # What is decided by hand changes links, not what is compared.
        sides = [(id(side.result.sorted_recording.undecided), side.segment) for side in (self.source, self.target)]
        return *sides, self.max_drift


def question(state: State) -> Question | None:
    """What is to be compared, or None when there is too little. What was not chosen is chosen here."""
    chosen = _chosen(state)
    if chosen is None:
        return None
    (source, source_segment), (target, target_segment) = chosen
    sides = _side(source, source_segment), _side(target, target_segment)
    return Question(*sides, state.match.max_drift)


def _chosen(state: State) -> tuple[tuple[Result, int], tuple[Result, int]] | None:
    match, results = state.match, state.results
    source, target = results.get(match.source_id), results.get(match.target_id)
    if source and target:
        return (source, match.source_segment), (target, match.target_segment)
    items = [item for item in results.items if not item.joined_from]
    if len(items) > 1:
        first, second = in_order(items[-2:])
        return (first, match.source_segment), (second, match.target_segment)
    if items and len(items[0].sorted_recording.sorted_segments) > 1:
        return (items[0], 0), (items[0], 1)
    return None


@lru_cache(maxsize=16)
def _side(result: Result, segment: int) -> Side:
    count = len(result.sorted_recording.sorted_segments)
    place = segment % count if -count <= segment < count else count - 1
    units = {cluster: track.id for track in result.tracks for at, cluster in track.members if at == place}
    return Side(result, place, tuple(units[cluster] for cluster in sorted(units)))


def answer(asked: Question) -> tuple[Tried | None, str]:
    """Both compared at every shift and "", or None and in words why not. Takes a while: not for the window's thread."""
    recordings = asked.source.result.sorted_recording, asked.target.result.sorted_recording
    try:
        return try_recordings(*recordings, asked.max_drift, asked.source.segment, asked.target.segment), ""
    except ValueError as error:
        return None, str(error)


def current(state: State) -> tuple[Question, Match] | None:
    """The question with its answer, at the shift chosen and as decided by hand; None while it is not there."""
    asked, match = question(state), state.match
    if asked is None or match.tried is None or not asked.same_as(match.answered):
        return None
    shift = match.shifts.get(shift_key(asked), match.tried.best)
    by_hand = held(state, asked.source.result, asked.target.result, (asked.source.segment, asked.target.segment))
    pairs = (
        frozenset((one.source, one.target) for one in by_hand if one.decision.same is same) for same in (True, False)
    )
    return asked, _match(match.tried, shift, *pairs)


@lru_cache(maxsize=4)
def _match(tried: Tried, shift: float, made: frozenset, refused: frozenset) -> Match:
    match = tried.match_at(shift)
    return with_pairs(match, made, refused) if made or refused else match


def shift_key(asked: Question) -> tuple[int, int, int, int]:
    """What a shift chosen by hand belongs to: ids and segments of source and target."""
    return asked.source.result.id, asked.source.segment, asked.target.result.id, asked.target.segment


def shift_by_hand(state: State) -> float | None:
    """The shift chosen by hand for what is compared, um, or None."""
    asked = question(state)
    return None if asked is None else state.match.shifts.get(shift_key(asked))


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
        cluster = asked.source.cluster_of(unit) if state.results.current is asked.source.result else None
        if cluster is not None:
            return pair_shown(state, asked, match, cluster, None)
        cluster = asked.target.cluster_of(unit) if state.results.current is asked.target.result else None
        if cluster is not None:
            return pair_shown(state, asked, match, None, cluster)
    return None


def pair_shown(
    state: State, asked: Question, match: Match, source: int | None, target: int | None
) -> tuple[int | None, int | None]:
    """The pair as it is shown now; if there is none, that of its source, or else of its target."""
    found = [(one.source, one.target) for one in judged(asked, match, state.match.refuse_above)]
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
    """The vectors of both sides, (clusters, channels) float32: as compared (`moved`), or as sorted."""
    return (match.source_vectors, match.target_vectors) if moved else (asked.source.vectors, asked.target.vectors)


def places(asked: Question, match: Match, moved: bool) -> tuple[np.ndarray, np.ndarray]:
    """Where the units of both sides lie, (clusters, 2) um each."""
    return _places(asked.source, asked.target, match, moved)


@lru_cache(maxsize=4)
def _places(source: Side, target: Side, match: Match, moved: bool) -> tuple[np.ndarray, np.ndarray]:
    geometry = source.result.sorted_recording.probe_geometry
    both = vectors_of(Question(source, target, 0.0), match, moved)
    return tuple(centres(vectors, geometry) for vectors in both)


# In words


def which(asked: Question) -> str:
    """Which of the usual choices of segments this is."""
    last, first = asked.source.segments - 1, asked.target.segment
    same = asked.source.result is asked.target.result
    if same:
        return NEIGHBOURS if asked.target.segment == asked.source.segment + 1 else OWN
    if first == 0 and asked.source.segment == last:
        return CONSECUTIVE
    return FIRST if first == 0 and asked.source.segment == 0 else OWN


def which_words(asked: Question) -> str:
    """What is compared, and when that is right, in a sentence."""
    if asked.source.segments == asked.target.segments == 1 and asked.source.result is not asked.target.result:
        return "Compares the whole of both recordings; each is one segment."
    return {
        CONSECUTIVE: "Compares the last segment of the source with the first of the target: nearest in time if the "
        "target came later.",
        FIRST: "Compares the first segment of each, as map_clusters of the programming interface does.",
        NEIGHBOURS: "Compares two segments that follow each other by their amplitudes, as the preset published links "
        "them; the preset default compares waveforms.",
        OWN: f"Compares segment {asked.source.segment + 1} of the source with segment {asked.target.segment + 1} of "
        "the target.",
    }[which(asked)]


def segment_words(result: Result, index: int) -> str:
    """Such as "5 of 5 · 48.1–60.0 s": on the clock that all recordings share, with their “Time of the first”."""
    segment = result.sorted_recording.sorted_segments[index]
    count = len(result.sorted_recording.sorted_segments)
    if result.sampling_frequency is None:
        return f"{index + 1} of {count} · {len(segment)} units"
    start, end = (time / result.sampling_frequency for time in (segment.start_time, segment.end_time))
    return f"{index + 1} of {count} · {start:.1f}–{end:.1f} s"


def pair_words(asked: Question, pair: JudgedPair) -> str:
    """Such as "12 → 4"."""
    sides = ((asked.source, pair.source), (asked.target, pair.target))
    return " → ".join("–" if cluster is None else str(side.units[cluster]) for side, cluster in sides)


def shift_words(match: Match) -> str:
    """How the units moved: a unit at y in the source is at y - shift in the target."""
    if not match.distances.size:
        return "Nothing to compare"
    return "No movement" if match.shift == 0 else f"Moved {signed(0 - match.shift)} µm along the probe"


def signed(value: float) -> str:
    """Such as "+15", "−15", "0"."""
    return f"{value:+g}".replace("-", "−") if value else "0"


def curve_words(match: Match) -> str:
    """How well the movement is known, from the cost curve."""
    reach = flat_range(match)
    if reach is None:
        return "One of the segments has no unit."
    if len(match.shifts) == 1:
        return "No movement was allowed, so none was tried."
    low, high = sorted((0 - reach[0], 0 - reach[1]))
    flat = "alone is" if low == high else f"to {signed(high)} µm are"
    words = f"{signed(low)} µm {flat} within 5 % of the least total cost."
    if (low, high) == (-match.shifts.max(), match.shifts.max()):
        return f"{words} The curve is flat: these units do not tell how far the probe moved."
    if abs(best_shift(match)) == match.shifts.max() > 0:
        return f"{words} The least is at the end of what was tried: allow more drift."
    return words


def by_hand_words(match: Match) -> str:
    """What a shift chosen by hand costs, beside the best one."""
    least, here = match.costs.min(), match.costs[np.flatnonzero(match.shifts == match.shift)[0]]
    best = f"the best, {signed(0 - best_shift(match))} µm"
    if here == least:
        return f"By hand: {signed(0 - match.shift)} µm, as good as {best}."
    more = f"{100 * (here / least - 1):.0f} % more than" if least else "more than"
    return f"By hand: {signed(0 - match.shift)} µm; the total cost is {more} at {best}."


def best_shift(match: Match) -> float:
    """The shift with the least total cost, um; see `Tried.best`."""
    return float(match.shifts[match.costs.argmin()])


def counts_words(pairs: tuple[JudgedPair, ...]) -> str:
    """Such as "17 clear, 2 doubtful, 1 refused; 3 without a partner"."""
    counts = Counter(pair.verdict for pair in pairs)
    paired = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS[:-1] if counts[verdict])
    alone = counts["unmatched"]
    return "; ".join(part for part in (paired or "no pair", f"{alone} without a partner" if alone else "") if part)


def is_merge_of(result: Result, *parts: Result) -> bool:
    """Whether a result was merged from these."""
    return set(result.joined_from) == {part.id for part in parts}


def merged_words(state: State, result: Result) -> str:
    """How many units were followed through a merge and its parts."""
    parts = [state.results.get(part) for part in result.joined_from]
    recording = result.sorted_recording
    before = " and ".join(f"{len(part.sorted_recording)} in {part.name}" for part in parts if part)
    alone = f" ({before} alone)" if before else ""
    return (
        f"{len(recording)} of {len(result.tracks)} units were followed through all {len(recording.sorted_segments)} "
        f"segments{alone}."
    )
