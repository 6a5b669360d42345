"""Links made and refused by hand: which decisions hold for what is compared, and how they change. Knows no Qt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import combinations
from pathlib import Path

from spikesift_core.deciding import decide
from spikesift_core.decisions import Decision, Held, between, turned, within, without
from spikesift_core.tracks import tracks
from spikesift_core.unit_history import owners
from spikesift_gui.state import Result, State
from spikesift_gui.transitions import select_units

KEPT = 8  # recordings
Key = tuple[int, int]


def decisions_between(state: State, first: Result, second: Result) -> tuple[Decision, ...]:
    """What was decided between two results, first and second as given here; or inside one."""
    found = state.decisions.get(_key(first, second), ())
    return found if first.id <= second.id else turned(found)


def decisions_among(state: State, results: Sequence[Result]) -> dict[Key, tuple[Decision, ...]]:
    """What was decided between every two of them: their places in the list to the decisions, see `merge_recordings`."""
    pairs = combinations(range(len(results)), 2)
    return {(here, there): decisions_between(state, results[here], results[there]) for here, there in pairs}


def put_decisions(state: State, first: Result, second: Result, decisions: Iterable[Decision]) -> State:
    """Other decisions between two results, first and second as given here; or inside one."""
    found = tuple(decisions) if first.id <= second.id else turned(decisions)
    return replace(state, decisions={**state.decisions, _key(first, second): found})


def _key(first: Result, second: Result) -> Key:
    return min(first.id, second.id), max(first.id, second.id)


@lru_cache(2 * KEPT)
def _clusters(recording, segment: int) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = {}
    for cluster in range(len(recording.sorted_segments[segment])):
        found.setdefault(owners(recording)[segment, cluster], []).append(cluster)
    return found


def held(state: State, first: Result, second: Result, segments: tuple[int, int]) -> tuple[Held, ...]:
    """The decisions as they concern the clusters of one segment of each of two results."""
    decisions = decisions_between(state, first, second)
    if not decisions:
        return ()
    if first.id == second.id:
        return within(decisions, *segments)
    recordings = first.sorted_recording, second.sorted_recording
    clusters = [_clusters(one, segment) for one, segment in zip(recordings, segments, strict=True)]
    return between(decisions, [owners(one) for one in recordings], segments, clusters)


def decided(
    state: State,
    results: tuple[Result, Result],
    segments: tuple[int, int],
    pair: tuple[int | None, int | None],
    decision: Decision | None,
) -> State:
    """A decision about a pair of clusters in place of those that concern it; None takes them back.

    A pair that is made takes the place of every other one that was made with either cluster.
    """
    source, target = pair
    of_pair, of_either = [], []
    for one in held(state, *results, segments):
        if (one.source, one.target) == pair:
            of_pair.append(one.decision)
        if source == one.source or target == one.target:
            of_either.append(one.decision)
    dropped = of_either if decision is None else of_pair
    if decision is not None and decision.same:
        dropped = [*of_pair, *(one for one in of_either if one.same)]
    kept = without(decisions_between(state, *results), dropped)
    return put_decisions(state, *results, kept if decision is None else (*kept, decision))


# ---------------------------------------------------------------- what follows from it


def with_links(before: State, after: State) -> State:
    """Every result as it follows from the decisions inside it."""
    if after.decisions is before.decisions:
        return after
    items = tuple(_relinked(item, after.decisions.get((item.id, item.id), ())) for item in after.results.items)
    if all(new is old for new, old in zip(items, after.results.items, strict=True)):
        return after
    after = replace(after, results=replace(after.results, items=items))
    return select_units(after, after.selection.units)


def _relinked(result: Result, decisions: tuple[Decision, ...]) -> Result:
    if decisions == getattr(result.sorted_recording, "decisions", ()):
        return result
    recording = decide(result.sorted_recording, decisions)
    return replace(result, sorted_recording=recording, tracks=tuple(tracks(recording)))


def to_be_saved(before: State, after: State) -> Iterator[tuple[Path, Path | None, tuple[Decision, ...]]]:
    """What has to be written after a change: session folder, the other one's folder or None, and the decisions."""
    same_folders = [item.folder for item in before.results.items] == [item.folder for item in after.results.items]
    if after.decisions is before.decisions and same_folders:
        return
    for (first, second), rows in after.decisions.items():
        pair = [after.results.get(one) for one in (first, second)]
        earlier = [before.results.get(one) for one in (first, second)]
        known = before.decisions.get((first, second), ()) == rows
        folders = [one and one.folder for one in pair]
        if all(folders) and not (known and folders == [one and one.folder for one in earlier]):
            yield folders[0], (None if first == second else folders[1]), rows
