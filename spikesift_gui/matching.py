"""What the page Match compares, and the answer in words. Knows no Qt."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from spikesift_core.linking import Match
from spikesift_core.results import compare_recordings
from spikesift_core.unit_facts import centre_of_mass
from spikesift_core.verdicts import VERDICTS, JudgedPair, flat_range, judge
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
        sides = [(id(side.result.sorted_recording), side.segment) for side in (self.source, self.target)]
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


def answer(asked: Question) -> tuple[Match | None, str]:
    """The match and "", or None and in words why there is none. Takes a while: not for the window's thread."""
    sides = {"source_segment": asked.source.segment, "target_segment": asked.target.segment}
    try:
        recordings = asked.source.result.sorted_recording, asked.target.result.sorted_recording
        return compare_recordings(*recordings, max_drift=asked.max_drift, **sides), ""
    except ValueError as error:
        return None, str(error)


def current(state: State) -> tuple[Question, Match] | None:
    """The question with its answer, or None while it is not there."""
    asked, match = question(state), state.match
    if asked is None or match.match is None or not asked.same_as(match.answered):
        return None
    return asked, match.match


def judged(asked: Question, match: Match, refuse_above: float) -> tuple[JudgedPair, ...]:
    """Every pair, and what was left over, with the reasons calling units by their ids."""
    return _judged(match, refuse_above, asked.source.units, asked.target.units)


@lru_cache(maxsize=4)
def _judged(match: Match, refuse_above: float, source: tuple, target: tuple) -> tuple[JudgedPair, ...]:
    return tuple(judge(match, refuse_above, source, target))


def focus(state: State, asked: Question, match: Match) -> tuple[int | None, int | None] | None:
    """(source cluster, target cluster) in focus: the pair clicked here, or that of the unit selected elsewhere."""
    pair = state.match.pair
    units = state.selection.units
    if pair is not None and set(units_of(state, asked, *pair)) <= set(units):
        return pair
    for unit in units:
        cluster = asked.source.cluster_of(unit) if state.results.current is asked.source.result else None
        if cluster is not None:
            partner = int(match.assignment[cluster])
            return cluster, (partner if partner >= 0 else None)
        cluster = asked.target.cluster_of(unit) if state.results.current is asked.target.result else None
        if cluster is not None:
            partners = np.flatnonzero(match.assignment == cluster)
            return (int(partners[0]) if len(partners) else None), cluster
    return None


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
    centres = ([centre_of_mass(vector, geometry) for vector in vectors] for vectors in both)
    return tuple(np.array(one, float).reshape(-1, 2) for one in centres)


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
        CONSECUTIVE: "Compares the last segment of the source with the first of the target: the nearest in time when "
        "the target was recorded after the source.",
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
    if abs(match.shift) == match.shifts.max() > 0:
        return f"{words} The least is at the end of what was tried: allow more drift."
    return words


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
