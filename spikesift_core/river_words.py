"""What became of a stream of a `River`, in words: how sure a link is, why a unit was missed, lost, or began late."""

from __future__ import annotations

import math
import re
from functools import lru_cache

import numpy as np

from spikesift_core.deciding import hand_made
from spikesift_core.forced_links import nearer_words
from spikesift_core.linking import Match
from spikesift_core.number_words import number_words
from spikesift_core.rivers import NOWHERE, River, Stretch
from spikesift_core.unit_history import BY_HAND, UNKNOWN, UnitHistory, owners, unit_histories, why_missed
from spikesift_core.verdicts import JudgedPair, judge, verdict_of

KEPT = 8  # recordings
NOT_COMPARED = "the two recordings were not compared"
CUT_BY_HAND = "it was cut off by hand from the unit that was compared"


def link_words(river: River, stream: int, left: int, right: int) -> str:
    """How sure a link of `River.link_at` is; or why there is none, because the stream is lost or begins there.

    Segments are numbered from 1.
    """
    found = river.found[stream]
    if found[left] and found[right]:
        return f"{_span(river, left, right)}: {_linked(river, stream, left, right)}"
    if found[left]:
        return f"Lost after {place_words(river, left)}, because {_why_lost(river, stream, left)}"
    return f"Begins in {place_words(river, right)}: {_why_begun(river, stream, right)}"


def lost_words(river: River, stream: int) -> str:
    """Where a stream was lost, and why; "" where it was found to the end."""
    last = int(river.last[stream])
    return "" if last == len(river.columns) - 1 else link_words(river, stream, last, last + 1)


def lost_reason(river: River, stream: int) -> str:
    """Why a stream was lost; "" where it was found to the end."""
    last = int(river.last[stream])
    return "" if last == len(river.columns) - 1 else _why_lost(river, stream, last)


def stream_words(river: River, stream: int) -> str:
    """Where a stream is found: its unit in each recording, in how many segments, and why it was lost."""
    parts = []
    for place, index in enumerate(river.units[stream].tolist()):
        if index >= 0:
            stretch = river.stretches[place]
            track, total = stretch.units[index], len(stretch.recording.sorted_segments)
            parts.append(f"unit {track.id} of {stretch.name}, in {len(track.segments)} of {total} segments")
    words = "; ".join(parts)
    lost = lost_words(river, stream)
    return f"{words[:1].upper()}{words[1:]}. {lost}." if lost else f"{words[:1].upper()}{words[1:]}."


def place_words(river: River, column: int) -> str:
    """Such as "segment 5", or with several recordings "segment 5 of day 3", also inside a merged one."""
    sections = _sections(river)
    name, first, _end = next(one for one in sections if one[1] <= column < one[2])
    return f"segment {column - first + 1}{f' of {name}' if len(sections) > 1 else ''}"


def _span(river: River, left: int, right: int) -> str:
    return f"From {place_words(river, left)} to {place_words(river, right)}"


def _linked(river: River, stream: int, left: int, right: int) -> str:
    cost, margin = float(river.costs[stream, right]), float(river.margins[stream, right])
    missed = "" if right == left + 1 else f"; {_missed(river, left, right)}, because {_why_lost(river, stream, left)}"
    by_hand = linked_by_hand(river, stream, left, right)
    if math.isnan(cost):
        return f"{BY_HAND if by_hand else _unlinked(river, stream, right)}{missed}"
    sure = "no other candidate" if math.isnan(margin) else f"margin {number_words(margin, '.2f')}"
    verdict = f"{BY_HAND} ({verdict_of(cost, margin)} by the figures)" if by_hand else verdict_of(cost, margin)
    nearer = "" if by_hand else _nearer(river, stream, left, right)
    return f"{verdict}, differs by {cost:.2f}, {sure}{nearer}{missed}"


def _nearer(river: River, stream: int, left: int, right: int) -> str:
    """Who was nearer, where a link inside a recording was forced."""
    (here, _), (there, segment) = river.columns[[left, right]].tolist()
    if here != there:
        return ""
    recording = river.stretches[here].recording
    step = next(step for step in _history(river, stream, here).steps if step.segment == segment)
    words = _whose(river, here, nearer_words(recording, step, owners(recording)))
    return f": {words}" if words else ""


def _missed(river: River, left: int, right: int) -> str:
    """That a stream was not found between two columns, or in a whole recording that lies there."""
    sections = _sections(river)
    names = [name for name, first, end in sections if left < first and end <= right]
    return f"not found in all of {', '.join(names)}" if names else "not found between"


def _sections(river: River) -> list[tuple[str, int, int]]:
    """The recordings, also those inside a merged one: name, first column, the one after the last."""
    found, at = [], 0
    for stretch in river.stretches:
        count = len(stretch.recording.sorted_segments)
        parts = stretch.parts or ((stretch.name, 0),)
        ends = [*(first for _, first in parts[1:]), count]
        found += [(name, at + first, at + end) for (name, first), end in zip(parts, ends, strict=True)]
        at += count
    return found


def linked_by_hand(river: River, stream: int, left: int, right: int) -> bool:
    """Whether a person made or accepted this link."""
    here, there = (int(river.columns[column, 0]) for column in (left, right))
    if here == there:
        segment = int(river.columns[right, 1])
        made = hand_made(river.stretches[here].recording)
        return any((segment, cluster) in made for cluster in _clusters(river, stream, here, segment))
    one = river.decided.get((here, there), {}).get(tuple(river.units[stream, [here, there]].tolist()))
    return one is not None and one.same


def links_by_hand(river: River) -> np.ndarray:
    """(streams, columns) bool, whether a person made or accepted the link that leads to each column."""
    made = np.zeros(river.found.shape, bool)
    places = river.columns[:, 0]
    come_from = np.where(river.before >= 0, places[river.before], NOWHERE)
    starts = np.searchsorted(places, np.arange(len(river.stretches)))
    for place, stretch in enumerate(river.stretches):
        by_hand = hand_made(stretch.recording)
        for unit, track in enumerate(stretch.units if by_hand else ()):
            columns = [starts[place] + segment for segment, cluster in track.members if (segment, cluster) in by_hand]
            stream = river.stream_of(place, unit)
            made[stream, columns] = come_from[stream, columns] == place
    for (here, there), those in river.decided.items():
        for (one, other), decision in those.items():
            stream = river.stream_of(there, other)
            column = np.flatnonzero(river.found[stream] & (places == there))[:1]
            if decision.same and river.units[stream, here] == one:
                made[stream, column] = come_from[stream, column] == here
    return made


def _unlinked(river: River, stream: int, column: int) -> str:
    """Why there is no figure for a link, though the stream was found before."""
    place, segment = river.columns[column].tolist()
    if river.stretches[place].recording.links is None:
        return UNKNOWN
    step = next(step for step in _history(river, stream, place).steps if step.segment == segment)
    return _whose(river, place, step.words)


def _why_lost(river: River, stream: int, column: int) -> str:
    place, segment = river.columns[column].tolist()
    recording, clusters = river.stretches[place].recording, _clusters(river, stream, place, segment)
    goes_on = column != river.last[stream]
    if segment < len(recording.sorted_segments) - 1:
        words = _whose(river, place, why_missed(recording, segment, clusters, owners(recording)))
        crossing = river.crossings[place] if place < len(river.crossings) else None
        if goes_on or crossing is None or not crossing.by_units:
            return words
        return f"{words}; nor in {river.stretches[place + 1].name}: {_ended(river, stream, place)}"
    if goes_on and river.units[stream, place + 1] >= 0:  # it is carried on, but not found at once
        return _whose(river, place + 1, _history(river, stream, place + 1).began)
    return _ended(river, stream, place)


def _ended(river: River, stream: int, place: int) -> str:
    """Why the unit of a recording is not carried on into the next, nor into those after it."""
    found = [one for one in _pairs(river, place) if _unit(river, place, one, 0) == stream]
    words = _not_carried_on(river, place, found)
    later = river.stretches[place + 2 :] if river.of_merge and river.last[stream] < _column_of(river, place + 1) else ()
    return f"{words}; nor is it like any unit of {', '.join(one.name for one in later)}" if later else words


def _column_of(river: River, place: int) -> int:
    """The first column of a recording."""
    return int(np.flatnonzero(river.columns[:, 0] == place)[0])


def _unit(river: River, place: int, pair: JudgedPair, side: int) -> int | None:
    """The stream of a unit of a pair: of its source (`side` 0), or of its target in the recording after `place`."""
    crossing, row = river.crossings[place], (pair.source, pair.target)[side]
    if row is None:
        return None
    return river.stream_of(place + 1, crossing.targets[row]) if side else river.stream_of(*crossing.sources[row])


def _why_begun(river: River, stream: int, column: int) -> str:
    place, segment = river.columns[column].tolist()
    if not place or (segment and not getattr(river.crossings[place - 1], "by_units", False)):
        return _whose(river, place, _history(river, stream, place).began)
    found = [one for one in _pairs(river, place - 1) if _unit(river, place - 1, one, 1) == stream]
    return _not_carried_on(river, place - 1, found)


def _clusters(river: River, stream: int, place: int, segment: int) -> list[int]:
    track = river.stretches[place].units[int(river.units[stream, place])]
    return [cluster for at, cluster in track.members if at == segment]


def _not_carried_on(river: River, place: int, pairs: list[JudgedPair]) -> str:
    """Why clusters are not carried on from recording `place` to the next."""
    if river.crossings[place] is None:
        return NOT_COMPARED
    if not pairs:  # a part of a unit that was cut by hand: what was compared was the other part
        return CUT_BY_HAND
    pair = min(pairs, key=lambda pair: (math.isnan(pair.relative_cost), pair.relative_cost))
    if pair.verdict == "unmatched":
        return _named(pair.reason)
    sources, targets = _names(river, place)
    words = f"the best pair, {sources[pair.source]} with {targets[pair.target]}"
    if pair.verdict == "refused":
        words += ", was" if pair.decided else ","
        return f"{words} {_named(pair.reason)}"
    return f"of {words}, one was paired more surely already"


def _whose(river: River, place: int, words: str) -> str:
    """What a recording says of its own units, which numbers alone do not name where there are several recordings."""
    name = river.stretches[place].name
    return words if len(river.stretches) < 2 else re.sub(r"\bunit \d+", lambda found: f"{found[0]} of {name}", words)


def _named(reason: str) -> str:
    """A reason without sides: its units are called by their recordings."""
    return re.sub("(source|target) unit", "unit", reason)


def _pairs(river: River, place: int) -> tuple[JudgedPair, ...]:
    """The pairs between recording `place` (or all up to it) and the next."""
    crossing = river.crossings[place]
    if crossing is None:
        return ()
    return _judged(crossing.match, crossing.refuse_above, *_names(river, place))


def _names(river: River, place: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """For each row and column of a comparison its unit, such as "12 of day 3"."""
    crossing = river.crossings[place]
    return (
        tuple(_name(river.stretches[at], unit) for at, unit in crossing.sources),
        tuple(_name(river.stretches[place + 1], unit) for unit in crossing.targets),
    )


def _name(stretch: Stretch, unit: int) -> str:
    return f"{stretch.units[unit].id} of {stretch.name}"


@lru_cache(KEPT)
def _judged(match: Match, refuse_above: float, sources: tuple, targets: tuple) -> tuple[JudgedPair, ...]:
    return tuple(judge(match, refuse_above, sources, targets))


def _history(river: River, stream: int, place: int) -> UnitHistory:
    stretch = river.stretches[place]
    track = stretch.units[int(river.units[stream, place])]
    return unit_histories(stretch.recording, [track], owners(stretch.recording))[track.id]


def longest_streams(river: River) -> np.ndarray:
    """(streams,) int64, the one found in the most columns first; of equal ones that whose weakest link is surer."""
    weakest = np.full(len(river), -np.inf)
    linked = ~np.isnan(river.costs)
    any_link = linked.any(axis=1)
    weakest[any_link] = -np.where(linked, river.costs, -np.inf)[any_link].max(axis=1)
    return np.lexsort((np.arange(len(river)), -weakest, -river.lengths))
