"""Units through all segments of one or several recordings, side by side: who was found where, how sure each link is.

A river has a column for each segment and a stream for each unit. Within a recording the links are those the sorter
made (`spikesift_core.links`); from one recording to the next they are those of `spikesift_core.crossings`, or those
of a merge (`spikesift_core.merged_rivers`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from spikesift_core.crossings import NOWHERE, Crossing, Stretch, crossing, decided_units, joins
from spikesift_core.decisions import Decision
from spikesift_core.linking import Match
from spikesift_core.unit_facts import depths
from spikesift_core.unit_links import UnitMatch
from spikesift_core.verdicts import UNLIKE_COST

KEPT = 16  # stretches whose tables are at hand when only the links between them change


@dataclass(frozen=True, eq=False)
class River:
    """Streams through columns; all tables have the shape (streams, columns).

    Attributes
    ----------
    stretches : the recordings in time order.
    crossings : of each recording but the first with those before it; None where they were not compared.
    decided : for two recordings, the earlier one first, what was decided by hand between them: indices of a unit here
        and a unit there to the Decision.
    columns : (columns, 2) int64, recording and segment of each.
    units : (streams, recordings) int64, index of the stream's unit in each recording, -1 where it has none.
    depths : (streams,) um, mean over the columns, see `unit_facts.depths`.
    rates : float32, Hz; nan where the stream was not found.
    costs : float32, of the link that leads to the column, see `SegmentLinks`; nan where a stream or a part begins.
    margins : float32, the same.
    of_merge : whether each recording was compared with all before it, as a merge does; else with the one before it.
    """

    stretches: tuple[Stretch, ...]
    crossings: tuple[Crossing | None, ...]
    decided: Mapping[tuple[int, int], Mapping[tuple[int, int], Decision]]
    columns: np.ndarray
    units: np.ndarray
    depths: np.ndarray
    rates: np.ndarray
    costs: np.ndarray
    margins: np.ndarray
    of_merge: bool = False

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

    def stream_of(self, place: int, unit: int) -> int:
        """The stream of a unit, by its index, of a recording."""
        return int(self._streams[place][unit])

    @cached_property
    def _streams(self) -> list[np.ndarray]:
        found = []
        for place, stretch in enumerate(self.stretches):
            streams = np.full(len(stretch.units), NOWHERE)
            there = np.flatnonzero(self.units[:, place] >= 0)
            streams[self.units[there, place]] = there
            found.append(streams)
        return found

    def short_name(self, stream: int) -> str:
        """The number of its unit where it begins: "12", or "2:12" for unit 12 of the second recording."""
        column = int(self.first[stream])
        place = int(self.columns[column, 0])
        return f"{f'{place + 1}:' if place else ''}{self.unit_at(stream, column)}"

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
    matches: Sequence[Match | UnitMatch | None] = (),
    refuse_above: float = UNLIKE_COST,
    decisions: Sequence[Iterable[Decision]] | None = None,
) -> River:
    """Put units of several recordings side by side and carry them on from one to the next.

    Parameters
    ----------
    stretches : at least one, in time order.
    matches : one between each two: of the last segment (source) with the first segment (target), or of their units;
        None: not compared.
    refuse_above : relative cost above which a pair of segments is no link, unless it was made by hand; a `UnitMatch`
        has its own.
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
    decided = [decided_units(*pair, those) for pair, those in zip(pairs, by_hand, strict=True)]
    crossings = tuple(
        crossing(stretches[: place + 2], match, refuse_above, those)
        for place, (match, those) in enumerate(zip(matches, by_hand, strict=True))
    )
    found = [joins(*one) for one in zip(crossings, decided, strict=True)]
    units = _streams([len(one.units) for one in stretches], [join[:2] for join in found])
    carried = [join[1:] for join in found]
    between = {(place, place + 1): one for place, one in enumerate(decided)}
    return river_of_units(stretches, crossings, between, units, carried)


Carried = tuple[np.ndarray, np.ndarray, np.ndarray]  # units that go on from before; cost and margin of their links


def river_of_units(
    stretches: tuple[Stretch, ...],
    crossings: tuple[Crossing | None, ...],
    decided: Mapping[tuple[int, int], Mapping[tuple[int, int], Decision]],
    units: np.ndarray,
    carried: Sequence[Carried],
    of_merge: bool = False,
) -> River:
    """The river of streams that are known; the parameters are attributes of `River`. `carried`: for each recording but
    the first."""
    widths = [len(one.recording.sorted_segments) for one in stretches]
    columns = [(place, segment) for place, width in enumerate(widths) for segment in range(width)]
    deep, rates, costs, margins = np.full((4, len(units), len(columns)), np.nan, np.float32)
    at = 0
    for place, (one, width) in enumerate(zip(stretches, widths, strict=True)):
        rows = np.flatnonzero(units[:, place] >= 0)
        own = units[rows, place]
        for table, values in zip((deep, rates, costs, margins), _tables(one), strict=True):
            table[rows, at : at + width] = values[own]
        if place:
            _carry_on(rates[:, at : at + width], costs[:, at:], margins[:, at:], units[:, place], carried[place - 1])
        at += width
    mean = np.nanmean(deep, axis=1) if len(units) else np.empty(0)
    tables = np.array(columns, np.int64), units, mean, rates, costs, margins
    return River(stretches, crossings, decided, *tables, of_merge)


def _carry_on(rates: np.ndarray, costs: np.ndarray, margins: np.ndarray, units: np.ndarray, carried: Carried) -> None:
    """Write cost and margin of the links from before where the streams begin in a recording."""
    there, cost, margin = carried
    row_of = {int(unit): row for row, unit in enumerate(units) if unit >= 0}
    rows = [row_of[int(unit)] for unit in there]
    begins = (~np.isnan(rates[rows])).argmax(axis=1)
    costs[rows, begins], margins[rows, begins] = cost, margin


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
