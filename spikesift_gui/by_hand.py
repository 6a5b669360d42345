"""What a person set by hand: links made and refused, and movements. Which hold for what is compared, and how they
change. Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import combinations
from math import isnan
from pathlib import Path

from spikesift_core.deciding import decide, replaced
from spikesift_core.decisions import Decision, Held, Movement, between, turned, within, without
from spikesift_core.tracks import tracks
from spikesift_core.unit_history import owners
from spikesift_core.unit_links import row_of_places
from spikesift_gui.state import Result, State
from spikesift_gui.transitions import select_units

KEPT = 8  # recordings
Key = tuple[int, int]
Segments = tuple[int | None, int | None]  # None: the units themselves
Rows = tuple[Mapping[tuple[int, int], int], Mapping[tuple[int, int], int]]


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


@lru_cache(KEPT)
def _rows(recording) -> Mapping[tuple[int, int], int]:
    return row_of_places(tracks(recording))


def held(
    state: State, first: Result, second: Result, segments: Segments, rows_at: Rows | None = None
) -> tuple[Held, ...]:
    """The decisions as they concern the clusters of one segment of each of two results, or their units.

    rows_at : see `matching.Question`.
    """
    decisions = decisions_between(state, first, second)
    if not decisions:
        return ()
    if rows_at is not None:
        here, there = rows_at
        seen = [(one, *one.pair) for one in decisions] + [(one, *reversed(one.pair)) for one in decisions]
        concerned = ((one, a, b) for one, a, b in seen if a in here and b in there)
        return tuple(Held(here[a], there[b], one) for one, a, b in concerned)
    if first.id == second.id:
        return within(decisions, *segments)
    recordings = first.sorted_recording, second.sorted_recording
    if None in segments:
        rows = [_rows(one) for one in recordings]
        return tuple(Held(rows[0][one.first], rows[1][one.second], one) for one in decisions)
    clusters = [_clusters(one, segment) for one, segment in zip(recordings, segments, strict=True)]
    return between(decisions, [owners(one) for one in recordings], segments, clusters)


def decided(
    state: State,
    results: tuple[Result, Result],
    segments: Segments,
    pair: tuple[int | None, int | None],
    decision: Decision | None,
    rows_at: Rows | None = None,
    border: int = 0,
) -> State:
    """A decision about a pair of clusters in place of those that concern it; None takes them back.

    A pair that is made takes the place of every other one that was made with either cluster. border : where units are
    compared inside a merged recording, see `Question`.
    """
    source, target = pair
    of_pair, of_either = [], []
    known = held(state, *results, segments, rows_at)
    for one in known:
        if (one.source, one.target) == pair:
            of_pair.append(one.decision)
        if source == one.source or target == one.target:
            of_either.append(one.decision)
    dropped = of_either if decision is None else of_pair
    if decision is not None and decision.same:
        dropped = [*of_pair, *(one for one in of_either if one.same)]
    kept = without(decisions_between(state, *results), dropped)
    if rows_at is not None:
        kept = _linked_again(results[0], kept, dropped, [one.decision for one in known], border)
    made = () if decision is None else with_replaced(results[0], decision, rows_at, border)
    return put_decisions(state, *results, (*kept, *made))


def with_replaced(result: Result, decision: Decision, rows_at: Rows | None, border: int) -> tuple[Decision, ...]:
    """A decision, after those against the links over a border of a merged recording that it takes the place of."""
    base = result.sorted_recording.undecided
    return (*(() if rows_at is None else replaced(base, decision, range(border), border)), decision)


def _linked_again(
    result: Result, kept: Iterable[Decision], dropped: Sequence[Decision], known: Iterable[Decision], border: int
) -> tuple[Decision, ...]:
    """Without the refusals that came with pairs that are dropped (see `with_replaced`): what these had taken the place
    of holds again. Those of a person have figures, and stay; so do those that a pair among `known` still needs."""
    base, pairs = result.sorted_recording.undecided, {one.pair for one in dropped}
    gone, needed = (
        {cut.pair for one in some for cut in replaced(base, one, range(border), border)}
        for some in (dropped, [one for one in known if one.pair not in pairs])
    )
    return tuple(one for one in kept if one.same or one.pair not in gone - needed or not isnan(one.cost))


# ---------------------------------------------------------------- movements


def movement(state: State, first: Result, second: Result, segments: tuple[int, int]) -> float | None:
    """The shift (um, see `linking.Match`) that a person set between two segments, or None."""
    wanted = _movement(first, second, segments, 0.0)
    found = state.movements.get(_key(first, second), ())
    shift = next((one.shift for one in found if _ends(one) == _ends(wanted)), None)
    return None if shift is None else 0.0 - shift if _turned(first, second, segments) else shift


def put_movement(state: State, first: Result, second: Result, segments: tuple[int, int], shift: float | None) -> State:
    """A person sets the shift between two segments; None is the computed one again."""
    changed = _movement(first, second, segments, shift or 0.0)
    others = (one for one in state.movements.get(_key(first, second), ()) if _ends(one) != _ends(changed))
    kept = (*others, *([] if shift is None else [changed]))
    return put_movements(state, first, second, kept, turn=False)


def put_movements(
    state: State, first: Result, second: Result, movements: Iterable[Movement], turn: bool = True
) -> State:
    """Other movements between two results, first and second as given here, or inside one."""
    turned_round = turn and first.id > second.id
    found = tuple(one.turned if turned_round else one for one in movements)
    return replace(state, movements={**state.movements, _key(first, second): found})


def _turned(first: Result, second: Result, segments: tuple[int, int]) -> bool:
    """Whether they are kept the other way round: by the ids of the results, inside one by the segments."""
    return (first.id, segments[0]) > (second.id, segments[1])


def _movement(first: Result, second: Result, segments: tuple[int, int], shift: float) -> Movement:
    """As it is kept."""
    given = Movement(*segments, shift)
    return given.turned if _turned(first, second, segments) else given


def _ends(one: Movement) -> tuple[int, int]:
    return one.first, one.second


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


Save = tuple[Path, Path | None, tuple]


def decisions_to_save(before: State, after: State) -> Iterator[Save]:
    """What has to be written after a change: session folder, the other one's folder or None, and the decisions."""
    return _to_save(before, after, before.decisions, after.decisions)


def movements_to_save(before: State, after: State) -> Iterator[Save]:
    """The same of movements."""
    return _to_save(before, after, before.movements, after.movements)


def _to_save(before: State, after: State, known: Mapping[Key, tuple], wanted: Mapping[Key, tuple]) -> Iterator[Save]:
    same_folders = [item.folder for item in before.results.items] == [item.folder for item in after.results.items]
    if wanted is known and same_folders:
        return
    for key in dict.fromkeys((*known, *wanted)):
        pair = [after.results.get(one) for one in key]
        folders = [one and one.folder for one in pair]
        earlier = [one and one.folder for one in map(before.results.get, key)]
        rows = wanted.get(key, ())
        if all(folders) and not (known.get(key, ()) == rows and folders == earlier):
            yield folders[0], (None if key[0] == key[1] else folders[1]), rows
