"""Which unit of one recording is which of another, with what a person needs to believe it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from spikesift_core.decisions import Decision, between
from spikesift_core.linking import Match, with_pairs
from spikesift_core.results import SortedRecording, try_recordings
from spikesift_core.tracks import throughout, tracks
from spikesift_core.unit_history import owners
from spikesift_core.unit_links import match_units, reaching
from spikesift_core.verdicts import BY_HAND, verdict_of


@dataclass(frozen=True)
class UnitMapping:
    """Units of a source and their partners in a target; the arrays have a row for each pair.

    Attributes
    ----------
    pairs : (source id, target id) of each pair, in order of the source id.
    costs : (pairs,) float64, distance of the two amplitude vectors after the shift, in the units of the file.
    relative_costs : (pairs,) float64, the same over the larger norm of the two: 0 alike, above 1 unlike.
    margins : (pairs,) float64, how much nearer the partner is than the next best (see `Match`); nan without one.
    verdicts : of each pair one of `spikesift_core.verdicts.VERDICTS`.
    unmatched_source, unmatched_target : ids of units that were compared and have no partner.
    left_out_source, left_out_target : ids of units that were not compared: not found in that segment, or not in every
        one where only such were asked for.
    source_segment, target_segment : index of the segments compared.
    match : the comparison of all clusters of the two segments, with the cost at every shift tried; `match.made` are the
        pairs made by hand.
    """

    pairs: tuple[tuple[int, int], ...]
    costs: np.ndarray
    relative_costs: np.ndarray
    margins: np.ndarray
    verdicts: tuple[str, ...]
    unmatched_source: tuple[int, ...]
    unmatched_target: tuple[int, ...]
    left_out_source: tuple[int, ...]
    left_out_target: tuple[int, ...]
    source_segment: int
    target_segment: int
    match: Match


def map_units(
    source: SortedRecording,
    target: SortedRecording,
    *,
    max_drift=30,
    source_segment: int = 0,
    target_segment: int = 0,
    followed_only: bool = True,
    decisions: Iterable[Decision] = (),
    shift: float | None = None,
) -> UnitMapping:
    """Map units by one segment of each recording.

    Units have the ids of `tracks`, and one with several clusters in its segment can be in several pairs. Where none
    was followed over gaps, the first segments and `followed_only` give the pairs of `map_clusters`.

    Parameters
    ----------
    max_drift : um, 0 or more; rounded to a multiple of 5.
    source_segment, target_segment : which segments; -1 is the last one.
    followed_only : only units found in every segment of their recording.
    decisions : what a person decided between the two (see `session_decisions.decisions_between`).
    shift : um, in place of the best one: what a person set (see `session_decisions.shift_between`).

    Raises
    ------
    ValueError
        For different probes, or a segment that is not there.
    """
    segments = {"source_segment": source_segment, "target_segment": target_segment}
    tried = try_recordings(source, target, reaching(max_drift, shift), **segments)
    match = tried.match_at(tried.best if shift is None else shift)
    match = with_pairs(match, *decided_pairs((source, target), (source_segment, target_segment), decisions))
    source_ids = _ids_in(source, source_segment, followed_only)
    target_ids = _ids_in(target, target_segment, followed_only)
    found = sorted(
        (source_ids[cluster], target_ids[int(partner)], cluster)
        for cluster, partner in enumerate(match.assignment)
        if cluster in source_ids and int(partner) in target_ids
    )
    rows = np.array([cluster for *_, cluster in found], dtype=np.int64)
    return UnitMapping(
        pairs=tuple((first, second) for first, second, _ in found),
        costs=match.pair_costs[rows],
        relative_costs=match.relative_costs[rows],
        margins=match.margins[rows],
        verdicts=_verdicts(match, rows),
        unmatched_source=_rest(source_ids.values(), (first for first, *_ in found)),
        unmatched_target=_rest(target_ids.values(), (second for _, second, _ in found)),
        left_out_source=_rest((track.id for track in tracks(source)), source_ids.values()),
        left_out_target=_rest((track.id for track in tracks(target)), target_ids.values()),
        source_segment=source_segment % len(source.sorted_segments),
        target_segment=target_segment % len(target.sorted_segments),
        match=match,
    )


def _rest(ids: Iterable[int], others: Iterable[int]) -> tuple[int, ...]:
    """The ids that are not among the others, in order."""
    return tuple(sorted(set(ids) - set(others)))


def _verdicts(match: Match, rows: np.ndarray) -> tuple[str, ...]:
    """Of the pairs in these rows of a match."""
    columns = match.assignment[rows].tolist()
    found = zip(rows.tolist(), columns, match.relative_costs[rows], match.margins[rows], strict=True)
    return tuple(
        BY_HAND if (row, column) in match.made else verdict_of(cost, margin) for row, column, cost, margin in found
    )


def map_next(
    source: SortedRecording,
    target: SortedRecording,
    *,
    max_drift=30,
    decisions: Iterable[Decision] = (),
    shift: float | None = None,
) -> UnitMapping:
    """Map units to those of the recording made next, as a merge of recordings sorted with `default` does.

    Units are compared themselves, not the clusters of two segments (see `unit_links`), and refused where they are
    unlike. In `match` a row is a unit: number k is that with the k-th lowest id.

    Parameters
    ----------
    max_drift, decisions, shift : see `map_units`.

    Raises
    ------
    ValueError
        For different probes.
    """
    found = match_units(source, target, max_drift=max_drift, decisions=decisions, shift=shift)
    match, rows = found.match, np.flatnonzero(found.match.assignment >= 0)
    return UnitMapping(
        pairs=found.pairs,
        costs=match.pair_costs[rows],
        relative_costs=match.relative_costs[rows],
        margins=match.margins[rows],
        verdicts=_verdicts(match, rows),
        unmatched_source=_rest(found.source_units, (first for first, _ in found.pairs)),
        unmatched_target=_rest(found.target_units, (second for _, second in found.pairs)),
        left_out_source=(),
        left_out_target=(),
        source_segment=len(source.sorted_segments) - 1,
        target_segment=0,
        match=match,
    )


def decided_pairs(
    recordings: Sequence[SortedRecording], segments: Sequence[int], decisions: Iterable[Decision]
) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """The pairs of clusters of two segments that a person made, and those that were refused; for `with_pairs`."""
    places = tuple(at % len(one.sorted_segments) for one, at in zip(recordings, segments, strict=True))
    units = [owners(one) for one in recordings]
    clusters: list[dict[int, list[int]]] = [{}, {}]
    for found, owner, place in zip(clusters, units, places, strict=True):
        for (segment, cluster), unit in sorted(owner.items()):
            if segment == place:
                found.setdefault(unit, []).append(cluster)
    held = between(decisions, units, places, clusters)
    made, refused = ({(one.source, one.target) for one in held if one.decision.same is same} for same in (True, False))
    return made, refused


def _ids_in(recording: SortedRecording, segment: int, followed_only: bool) -> dict[int, int]:
    """Cluster of a segment to id of the unit it belongs to."""
    segment %= len(recording.sorted_segments)
    return {
        cluster: track.id
        for track in (throughout(recording) if followed_only else tracks(recording))
        for place, cluster in track.members
        if place == segment
    }
