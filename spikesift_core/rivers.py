"""Units through all segments of one or several recordings, side by side: who was found where, how sure each link is.

A river has a column for each segment and a stream for each unit. Within a recording the links are those the sorter
made (`spikesift_core.links`); from one recording to the next they are those of a `Match` of the last segment with the
first, less the pairs that cost too much.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from spikesift_core.decisions import Decision, between
from spikesift_core.linking import Match, with_pairs
from spikesift_core.results import SortedRecording
from spikesift_core.tracks import Track
from spikesift_core.unit_facts import depths
from spikesift_core.verdicts import UNLIKE_COST

NOWHERE = -1
KEPT = 16  # stretches whose tables are at hand when only the links between them change


@dataclass(frozen=True, eq=False)
class Stretch:
    """One recording of a river.

    Attributes
    ----------
    name : how words call it.
    recording : the sorted recording. units : its `tracks`.
    sampling_frequency : Hz; None where it is not known, then rates are spikes per sample.
    """

    name: str
    recording: SortedRecording
    units: tuple[Track, ...]
    sampling_frequency: float | None


@dataclass(frozen=True, eq=False)
class River:
    """Streams through columns; all tables have the shape (streams, columns).

    Attributes
    ----------
    stretches : the recordings in time order.
    matches : between each two, with what was decided by hand; None where the two were not compared.
    refuse_above : relative cost above which a pair of a match is no link, unless it was made by hand.
    decided : between each two what was decided by hand: indices of a unit here and a unit there to the Decision.
    columns : (columns, 2) int64, recording and segment of each.
    units : (streams, recordings) int64, index of the stream's unit in each recording, -1 where it has none.
    depths : (streams,) um, mean over the columns, see `unit_facts.depths`.
    rates : float32, Hz; nan where the stream was not found.
    costs : float32, of the link that leads to the column, see `SegmentLinks`; nan where a stream or a part begins.
    margins : float32, the same.
    """

    stretches: tuple[Stretch, ...]
    matches: tuple[Match | None, ...]
    refuse_above: float
    decided: tuple[Mapping[tuple[int, int], Decision], ...]
    columns: np.ndarray
    units: np.ndarray
    depths: np.ndarray
    rates: np.ndarray
    costs: np.ndarray
    margins: np.ndarray

    def __len__(self) -> int:
        return len(self.units)

    @cached_property
    def found(self) -> np.ndarray:
        """(streams, columns) bool, whether the stream was found there."""
        return ~np.isnan(self.rates)

    @cached_property
    def first(self) -> np.ndarray:
        """(streams,) int64, the column it begins in."""
        return self.found.argmax(axis=1)

    @cached_property
    def last(self) -> np.ndarray:
        """(streams,) int64, the last column it was found in."""
        return len(self.columns) - 1 - self.found[:, ::-1].argmax(axis=1)

    @cached_property
    def before(self) -> np.ndarray:
        """(streams, columns) int64, the last column to the left of each in which the stream was found, or -1."""
        at = np.where(self.found, np.arange(len(self.columns)), NOWHERE)
        reached = np.maximum.accumulate(at, axis=1)
        return np.hstack([np.full((len(at), 1), NOWHERE), reached[:, :-1]])

    @cached_property
    def lengths(self) -> np.ndarray:
        """(streams,) int64, in how many columns it was found."""
        return self.found.sum(axis=1)

    @property
    def whole(self) -> np.ndarray:
        """(streams,) bool, found in every column."""
        return self.lengths == len(self.columns)

    @property
    def lost(self) -> np.ndarray:
        """(streams,) bool, not found in the last column."""
        return self.last < len(self.columns) - 1

    @property
    def gaps(self) -> np.ndarray:
        """(streams,) bool, missed between two columns it was found in."""
        return self.lengths < self.last - self.first + 1

    def unit_at(self, stream: int, column: int) -> int:
        """The id, in its own recording, of the unit that a stream is in a column.

        Raises
        ------
        ValueError
            Where the stream has no unit in that recording.
        """
        place = int(self.columns[column, 0])
        index = int(self.units[stream, place])
        if index < 0:
            raise ValueError(f"Stream {stream} has no unit in {self.stretches[place].name}.")
        return self.stretches[place].units[index].id

    def link_at(self, stream: int, column: int) -> tuple[int, int]:
        """The two columns of the link over the border to the right of `column`.

        Over a gap these are the columns before and after it. Where the stream is lost or has not begun, they are its
        last column and the next one, or its first and the one before.
        """
        column = min(max(column, 0), len(self.columns) - 2)
        there = np.flatnonzero(self.found[stream])
        left, right = there[there <= column], there[there > column]
        if not len(right):
            return int(left[-1]), int(left[-1]) + 1
        if not len(left):
            return int(right[0]) - 1, int(right[0])
        return int(left[-1]), int(right[0])


def river(
    stretches: Sequence[Stretch],
    matches: Sequence[Match | None] = (),
    refuse_above: float = UNLIKE_COST,
    decisions: Sequence[Iterable[Decision]] | None = None,
) -> River:
    """Put units of several recordings side by side and carry them on from one to the next.

    Parameters
    ----------
    stretches : at least one, in time order.
    matches : one between each two: of the last segment (source) with the first segment (target); None: not compared.
    decisions : for each match what was decided by hand between the two recordings.

    Raises
    ------
    ValueError
        For no recording, or another number of matches.
    """
    stretches, matches = tuple(stretches), tuple(matches)
    if not stretches or len(matches) != len(stretches) - 1:
        raise ValueError(
            f"A river needs at least one recording, and one match between each two: {max(0, len(stretches) - 1)}, "
            f"not {len(matches)}."
        )
    pairs = tuple(zip(stretches, stretches[1:], strict=False))
    by_hand = [()] * len(pairs) if decisions is None else decisions
    decided = tuple(_decided(*pair, those) for pair, those in zip(pairs, by_hand, strict=True))
    matches = tuple(
        _with_pairs(*pair, match, those) for pair, match, those in zip(pairs, matches, by_hand, strict=True)
    )
    joins = [
        _joins(*pair, match, refuse_above, those) for pair, match, those in zip(pairs, matches, decided, strict=True)
    ]
    units = _streams([len(one.units) for one in stretches], [join[:2] for join in joins])
    columns = [
        (place, segment) for place, one in enumerate(stretches) for segment in range(len(one.recording.sorted_segments))
    ]
    deep, rates, costs, margins = np.full((4, len(units), len(columns)), np.nan, np.float32)
    at = 0
    for place, one in enumerate(stretches):
        rows, width = np.flatnonzero(units[:, place] >= 0), len(one.recording.sorted_segments)
        own = units[rows, place]
        for table, values in zip((deep, rates, costs, margins), _tables(one), strict=True):
            table[rows, at : at + width] = values[own]
        if place:
            _carry_on(costs[:, at], margins[:, at], units[:, place], joins[place - 1])
        at += width
    mean = np.nanmean(deep, axis=1) if len(units) else np.empty(0)
    return River(
        stretches, matches, refuse_above, decided, np.array(columns, np.int64), units, mean, rates, costs, margins
    )


def _carry_on(costs: np.ndarray, margins: np.ndarray, units: np.ndarray, join: tuple) -> None:
    """Write cost and margin of the links from the recording before into a recording's first column."""
    _, there, cost, margin = join
    row_of = {int(unit): row for row, unit in enumerate(units) if unit >= 0}
    rows = [row_of[int(unit)] for unit in there]
    costs[rows], margins[rows] = cost, margin


@lru_cache(KEPT)
def _tables(stretch: Stretch) -> tuple[np.ndarray, ...]:
    """Depths, rates, costs and margins of a recording's units, (units, segments) each; see `River`."""
    segments, links = stretch.recording.sorted_segments, stretch.recording.links
    shape = len(stretch.units), len(segments)
    costs, margins = np.full((2, *shape), np.nan)
    members = [(unit, *member) for unit, track in enumerate(stretch.units) for member in track.members]
    unit, segment, cluster = np.array(members, np.int64).reshape(-1, 3).T
    sizes = np.array([len(segments[place].spike_clusters[index]) for _, place, index in members], float)
    durations = np.array([one.duration for one in segments]) / (stretch.sampling_frequency or 1.0)
    rates = np.full(shape, np.nan)
    rates[unit, segment] = 0
    np.add.at(rates, (unit, segment), sizes / durations[segment])
    by_segment = [depths(one.amplitude_vectors, stretch.recording.probe_geometry) for one in segments]
    where = np.array([by_segment[place][index] for _, place, index in members])
    counted, weights = np.zeros((2, *shape))
    np.add.at(counted, (unit, segment), where * np.maximum(sizes, 1))
    np.add.at(weights, (unit, segment), np.maximum(sizes, 1))
    deep = np.divide(counted, weights, out=np.full(shape, np.nan), where=weights > 0)
    for place, one in enumerate(links or ()):
        here = np.flatnonzero(segment == place)
        cost = one.costs[cluster[here]]
        order = np.lexsort((cost, unit[here]))  # nan comes last: of several clusters the one linked most surely
        _, firsts = np.unique(unit[here][order], return_index=True)
        surest = here[order[firsts]]
        costs[unit[surest], place] = one.costs[cluster[surest]]
        margins[unit[surest], place] = one.margins[cluster[surest]]
    return deep, rates, costs, margins


def _decided(here: Stretch, there: Stretch, decisions: Iterable[Decision]) -> dict[tuple[int, int], Decision]:
    """See `River.decided`; of two decisions about the same units the later one."""
    owners = [_index_of(one) for one in (here, there)]
    found = {}
    for one in decisions:
        pair = tuple(owner.get(place, NOWHERE) for owner, place in zip(owners, one.pair, strict=True))
        if NOWHERE not in pair:
            found[pair] = one
    return found


@lru_cache(KEPT)
def _index_of(stretch: Stretch) -> dict[tuple[int, int], int]:
    return {place: unit for unit, track in enumerate(stretch.units) for place in track.members}


def _with_pairs(here: Stretch, there: Stretch, match: Match | None, decisions: Iterable[Decision]) -> Match | None:
    """The match as a person changed it."""
    decisions = tuple(decisions)
    if match is None or not decisions:
        return match
    segments = len(here.recording.sorted_segments) - 1, 0
    clusters = [_clusters_of(one, segment) for one, segment in zip((here, there), segments, strict=True)]
    held = between(decisions, [_index_of(one) for one in (here, there)], segments, clusters)
    pairs = [{(one.source, one.target) for one in held if one.decision.same is same} for same in (True, False)]
    return with_pairs(match, *pairs)


def _clusters_of(stretch: Stretch, segment: int) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for cluster, unit in owners_in(stretch, segment).items():
        found.setdefault(unit, []).append(cluster)
    return found


def _joins(
    here: Stretch,
    there: Stretch,
    match: Match | None,
    refuse_above: float,
    decided: Mapping[tuple[int, int], Decision],
) -> tuple[np.ndarray, ...]:
    """Units of two recordings that are one: index here, index there, cost, margin; those made by hand first, then the
    surest."""
    taken: tuple[set[int], set[int]] = (set(), set())
    found = []
    by_hand = [(*pair, one.cost, one.margin) for pair, one in decided.items() if one.same]
    for row in (*by_hand, *_matched(here, there, match, refuse_above)):
        refused = row[:2] in decided and not decided[row[:2]].same
        if row[0] not in taken[0] and row[1] not in taken[1] and not refused:  # a unit may have several clusters
            taken[0].add(row[0])
            taken[1].add(row[1])
            found.append(row)
    table = np.array(found, float).reshape(-1, 4)
    return table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2], table[:, 3]


def _matched(here: Stretch, there: Stretch, match: Match | None, refuse_above: float) -> list[tuple]:
    """The pairs of a match as rows of `_joins`, the surest first."""
    if match is None:
        return []
    sources = owners_in(here, len(here.recording.sorted_segments) - 1)
    targets = owners_in(there, 0)
    rows = np.flatnonzero(match.assignment >= 0)
    rows = rows[match.relative_costs[rows] <= refuse_above]
    rows = rows[np.argsort(match.relative_costs[rows], kind="stable")].tolist()
    figures = match.relative_costs, match.margins
    return [(sources[row], targets[int(match.assignment[row])], *(float(one[row]) for one in figures)) for row in rows]


@lru_cache(2 * KEPT)
def owners_in(stretch: Stretch, segment: int) -> Mapping[int, int]:
    """Cluster of a segment to the index of the unit it belongs to."""
    return {
        cluster: unit
        for unit, track in enumerate(stretch.units)
        for place, cluster in track.members
        if place == segment
    }


def _streams(sizes: Sequence[int], joins: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """See `River.units`: units that joins connect are one stream; streams in order of appearance."""
    streams = [[unit] for unit in range(sizes[0])]
    row_of = {unit: unit for unit in range(sizes[0])}
    for place, (size, (here, there)) in enumerate(zip(sizes[1:], joins, strict=True), start=1):
        came_from = dict(zip(there.tolist(), here.tolist(), strict=True))
        following = {}
        for unit in range(size):
            if unit in came_from:
                following[unit] = row_of[came_from[unit]]
            else:
                following[unit] = len(streams)
                streams.append([NOWHERE] * place)
            streams[following[unit]].append(unit)
        for stream in streams:
            stream += [NOWHERE] * (place + 1 - len(stream))
        row_of = following
    return np.array(streams, np.int64).reshape(-1, len(sizes))
