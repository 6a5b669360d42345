"""How the state changes on the page Match; see `transitions.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from spikesift_core.decisions import Decision, turned
from spikesift_core.linking import Match, Tried, pair_figures
from spikesift_gui import by_hand, transitions
from spikesift_gui.matching import Question, border_of, current, question, units_of
from spikesift_gui.state import State
from spikesift_gui.together import by_units


def choose(state: State, **changes: Any) -> State:
    """Change what is compared. Another recording brings what is usual for the two: units, or else segments.

    What was chosen by itself until now stays as it is, apart from the changes; one segment alone is compared with the
    usual one of the other.
    """
    asked = question(state)
    if asked is None:
        return transitions.set_match(state, **changes)
    now = {
        "source_id": asked.source.result.id,
        "target_id": asked.target.result.id,
        "source_segment": asked.source.segment,
        "target_segment": asked.target.segment,
    }
    segments = {"source_segment", "target_segment"} & changes.keys()
    if {"source_id", "target_id"} & changes.keys():
        changes = {"source_segment": None, "target_segment": None, **changes}
    elif segments and asked.units and not asked.inside:
        changes = {"source_segment": asked.source.border, "target_segment": asked.target.border, **changes}
    if len(segments) == 1 and changes[next(iter(segments))] is None:
        changes = {**changes, "source_segment": None, "target_segment": None}
    # An answer that is there already stays: it knows which question it belongs to.
    return replace(state, match=replace(state.match, **{**now, **changes}))


def swap(state: State) -> State:
    """Source and target change places."""
    asked = question(state)
    if asked is None:
        return state
    return transitions.set_match(
        state,
        source_id=asked.target.result.id,
        source_segment=asked.target.segment,
        target_id=asked.source.result.id,
        target_segment=asked.source.segment,
    )


def put_answer(state: State, asked: Question, tried: Tried | None, problem: str) -> State:
    """The answer to a question has come; a pair in focus belonged to another one."""
    return transitions.set_match(state, answered=asked, tried=tried, problem=problem, pair=None)


def set_shift(state: State, shift: float | None) -> State:
    """Another shift (um) for what is compared, the nearest one that was tried; None is the best one again."""
    found = current(state)
    if found is None:
        return state
    asked, tried = found[0], state.match.tried
    nearest = None if shift is None else float(tried.shifts[np.abs(tried.shifts - shift).argmin()])
    return by_hand.put_movement(state, *asked.results, asked.borders, nearest)


def step_shift(state: State, steps: int) -> State:
    """The shift so many steps from the one that is chosen now, among those tried."""
    found = current(state)
    if found is None:
        return state
    shifts = state.match.tried.shifts
    place = int(np.flatnonzero(shifts == found[1].shift)[0]) + steps
    return set_shift(state, float(shifts[min(max(place, 0), len(shifts) - 1)]))


def decide_pair(state: State, source: int | None, target: int | None, same: bool | None) -> State:
    """A person says that two clusters are one unit (`same`), or not, or takes back what was said of either (None)."""
    asked, match = current(state)
    decision = None if same is None else _decision(asked, match, source, target, same)
    return by_hand.decided(
        state, asked.results, asked.segments, (source, target), decision, asked.rows_at, asked.border
    )


def accept_pairs(state: State, pairs: Iterable[tuple[int, int]]) -> State:
    """A person says of each of these pairs, which hold now and about which nothing was said, that it is one unit."""
    asked, match = current(state)
    made = [_decision(asked, match, *pair, True) for pair in pairs]
    accepted = [by_hand.with_replaced(asked.results[0], one, asked.rows_at, asked.border) for one in made]
    known = by_hand.decisions_between(state, *asked.results)
    return by_hand.put_decisions(state, *asked.results, (*known, *chain.from_iterable(accepted)))


def _decision(asked: Question, match: Match, source: int, target: int, same: bool) -> Decision:
    first, second = asked.source.places[source], asked.target.places[target]
    made = Decision(first, second, same, *pair_figures(match, source, target))
    inside = asked.source.result is asked.target.result
    return turned([made])[0] if inside and first > second else made


def focus_pair(state: State, source: int | None, target: int | None) -> State:
    """Look at a pair of clusters, None where there is no partner: its units are selected everywhere."""
    asked = question(state)
    if asked is None:
        return state
    shown = {asked.source.result.id: source, asked.target.result.id: target}
    if shown.get(state.results.current_id) is None:
        side = asked.source if source is not None else asked.target
        state = transitions.show_result(state, side.result.id)
    state = transitions.select_units(state, units_of(state, asked, source, target))
    return replace(state, match=replace(state.match, pair=(source, target)))


def show_link(state: State, source: tuple[int, int], target: tuple[int, int], unit: tuple[int, int]) -> State:
    """Compare two segments, (result, segment) each, or the units of two results if they can be, and select a unit,
    (result, unit): the one whose link it is."""
    ends = source, target
    segments = (None, None) if by_units([state.results.get(one[0]) for one in ends]) else (source[1], target[1])
    if source[0] == target[0]:
        border = border_of(state.results.get(source[0]), *segments)
        segments = segments if border is None else (border - 1, border)
    chosen = {"source_id": source[0], "target_id": target[0]}
    chosen |= {"source_segment": segments[0], "target_segment": segments[1]}
    state = choose(state, **chosen, pair=None)
    return transitions.select_units(transitions.show_result(state, unit[0]), (unit[1],))


def choose_together(state: State, results: Iterable[int]) -> State:
    """Choose recordings in the list; ids of results that are not open are left out."""
    there = tuple(dict.fromkeys(one for one in results if state.results.get(one)))
    return replace(state, match=replace(state.match, together=there))


def began_at(state: State, result_id: int, began: datetime | None) -> State:
    """A recording began at another time."""
    return transitions.put_result(state, replace(state.results.get(result_id), began=began), show=False)


def saved_as(state: State, result_id: int, folder: Path) -> State:
    """A result has a session folder from now on; nothing happens if it was closed meanwhile."""
    result = state.results.get(result_id)
    return transitions.put_result(state, replace(result, folder=folder), show=False) if result else state
