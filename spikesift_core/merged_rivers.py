"""The river of recordings as a merge of all of them links their units, before they are merged.

Each recording is compared with all before it: a unit that is silent for a whole recording goes on after it. What this
shows is made by the same steps as a merge (`carrying_on`, `deciding`), and not a likeness of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from spikesift_core.carrying_on import Carried, carry_on, excluded_of
from spikesift_core.crossings import NOWHERE, Crossing, Stretch, decided_units, index_of
from spikesift_core.deciding import decide, decisions_of_merged
from spikesift_core.decisions import Decision
from spikesift_core.linking import with_pairs
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.rivers import River, river_of_units
from spikesift_core.tracks import owners_of, tracks
from spikesift_core.unit_links import REFUSED

Between = Mapping[tuple[int, int], Iterable[Decision]]
Place = tuple[int, int]  # segment, cluster


def river_of_merge(
    stretches: Sequence[Stretch],
    *,
    max_drift=30,
    refuse_above: float = REFUSED,
    shifts: Sequence[float | None] | None = None,
    decisions: Between | None = None,
) -> River:
    """What a merge of these recordings would link; all of them must have been followed over gaps.

    Parameters
    ----------
    stretches : in time order; their clocks need not follow each other.
    max_drift, refuse_above, shifts, decisions : see `merge_recordings`.
    """
    stretches, decisions = tuple(stretches), {pair: tuple(found) for pair, found in (decisions or {}).items()}
    recordings = [one.recording for one in stretches]
    made = carry_on(recordings, max_drift=max_drift, refuse_above=refuse_above, shifts=shifts)
    kept = {"followed": made.followed, "links": made.links, "excluded": excluded_of(recordings)}
    base = SortedRecording(_in_a_row(made.segments), made.chain, recordings[0].probe, **kept)
    merged = decide(base, decisions_of_merged(base, recordings, decisions))
    starts = np.cumsum([0, *(len(one.sorted_segments) for one in recordings)]).tolist()
    units = _streams(stretches, starts, merged)
    carried = [_carried(stretch, starts[at], units[:, : at + 1], merged) for at, stretch in enumerate(stretches)][1:]
    owner, crossings = owners_of(tracks(base)), []
    for place, one in enumerate(made.carried, start=1):
        crossings.append(_crossing(stretches[: place + 1], starts, one, owner, decisions, refuse_above))
    between = {pair: decided_units(*(stretches[at] for at in pair), found) for pair, found in decisions.items()}
    return river_of_units(stretches, tuple(crossings), between, units, carried, of_merge=True)


def _in_a_row(segments: Sequence[SortedSegment]) -> list[SortedSegment]:
    """The segments on one clock, without pauses; their spikes, which nobody asks for, stay where they were."""
    ends = np.cumsum([0, *(one.duration for one in segments)]).tolist()
    return [
        SortedSegment(start, one.duration, one.spike_clusters, one.amplitude_vectors)
        for start, one in zip(ends, segments, strict=False)
    ]


def _streams(stretches: Sequence[Stretch], starts: Sequence[int], merged: SortedRecording) -> np.ndarray:
    """See `River.units`. A unit that decisions cut in two goes on with its end."""
    row, owner = {track.id: stream for stream, track in enumerate(tracks(merged))}, owners_of(tracks(merged))
    found, beside = np.full((len(row), len(stretches)), NOWHERE), []
    for place, stretch in enumerate(stretches):
        for unit, track in enumerate(stretch.units):
            segment, cluster = track.members[-1]
            stream = row[owner[segment + starts[place], cluster]]
            if found[stream, place] == NOWHERE:
                found[stream, place] = unit
            else:  # two units of one recording that the merge joins: the second has a stream of its own
                beside.append(np.where(np.arange(len(stretches)) == place, unit, NOWHERE))
    found = np.array([*found, *beside], np.int64).reshape(-1, len(stretches))
    return found[(found >= 0).any(axis=1)]


def _carried(
    stretch: Stretch, start: int, units: np.ndarray, merged: SortedRecording
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The units of a recording that go on from before (`units`: see `River`, up to this recording), with the cost and
    the margin of that link."""
    goes_on = (units[:, :-1] >= 0).any(axis=1) & (units[:, -1] >= 0)
    there = units[goes_on, -1]
    figures = np.full((2, len(there)), np.nan)
    for row, unit in enumerate(there.tolist()):
        members = stretch.units[unit].members
        links = merged.links[start + members[0][0]]
        clusters = [cluster for segment, cluster in members if segment == members[0][0]]
        linked = [cluster for cluster in clusters if links.before[cluster, 0] >= 0]
        if linked:
            surest = min(linked, key=lambda cluster, costs=links.costs: (np.isnan(costs[cluster]), costs[cluster]))
            figures[:, row] = links.costs[surest], links.margins[surest]
    return there, *figures


def _crossing(
    stretches: Sequence[Stretch],
    starts: Sequence[int],
    carried: Carried,
    owner: Mapping[Place, int],
    decisions: Mapping[tuple[int, int], tuple[Decision, ...]],
    refuse_above: float,
) -> Crossing:
    """How the last of these recordings was compared with all before it, with what was decided by hand.

    owner : (segment, cluster) of the merge, before decisions, to its unit.
    """
    last, found = len(stretches) - 1, carried.found
    rows = {unit: row for row, unit in enumerate(found.source_units)}
    own = owners_of(tracks(stretches[last].recording.undecided))
    columns = {unit: column for column, unit in enumerate(found.target_units)}
    pairs: tuple[set, set] = (set(), set())
    for (here, there), some in decisions.items():
        for one in some if there == last else ():
            segment, cluster = one.first
            row, column = rows.get(owner.get((starts[here] + segment, cluster))), columns.get(own.get(one.second))
            if row is not None and column is not None:
                pairs[not one.same].add((row, column))
    sources = []
    for segment, cluster in carried.ends:
        place = int(np.searchsorted(starts, segment, side="right")) - 1
        sources.append((place, index_of(stretches[place])[segment - starts[place], cluster]))
    first_of = {track.id: track.members[0] for track in tracks(stretches[last].recording.undecided)}
    targets = tuple(index_of(stretches[last])[first_of[unit]] for unit in found.target_units)
    return Crossing(with_pairs(found.tried, *pairs), tuple(sources), targets, refuse_above, True)
