"""What the page Match compares and found, in words. Knows no Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from spikesift_core.linking import Match
from spikesift_core.number_words import number_words
from spikesift_core.tracks import throughout
from spikesift_core.verdicts import VERDICTS, JudgedPair, flat_range
from spikesift_gui.matching import Question, Side, parts_of
from spikesift_gui.state import Result, State
from spikesift_gui.together import told_apart

UNITS, CONSECUTIVE, FIRST, NEIGHBOURS, OWN = "units", "consecutive", "first", "neighbours", "own"


def which(asked: Question) -> str:
    """Which of the usual choices of segments this is."""
    if asked.units:
        return UNITS
    last, first = asked.source.segments - 1, asked.target.segment
    same = asked.source.result is asked.target.result
    if same:
        return NEIGHBOURS if asked.target.segment == asked.source.segment + 1 else OWN
    if first == 0 and asked.source.segment == last:
        return CONSECUTIVE
    return FIRST if first == 0 and asked.source.segment == 0 else OWN


def which_words(asked: Question, before: Sequence[str] = ()) -> str:
    """What is compared, and when that is right, in a sentence. `before`: names of recordings made before the two."""
    if asked.units and asked.inside:
        return _border_words(asked)
    if asked.units:
        ends = ("last", "first") if asked.source_first else ("first", "last")
        more = f" A merge of all also looks here for units of {', '.join(before)} (River)." if before else ""
        return (
            f"Compares units as a merge of the two: as {ends[0]} seen in the source with as {ends[1]} seen in the "
            f"target, silent ones too.{more}"
        )
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


def _border_words(asked: Question) -> str:
    """What is compared inside a merged recording."""
    limit = asked.source.result.sorted_recording.links[asked.border].limit
    sides = (asked.source, asked.target)[:: 1 if asked.source_first else -1]
    before, after = (side_name(side, asked) for side in sides)
    return (
        f"Compares what the merge linked: units of {before} as last seen with those of {after} as first seen; it "
        f"refused pairs above {limit:g}."
    )


def side_name(side: Side, asked: Question) -> str:
    """The recording of a side; inside a merged one such as "day 3 to day 4" and "day 5"."""
    if not (asked.units and asked.inside):
        return told_apart(asked.results)[side.result.id]
    names, at = [span.name for span in side.result.spans], parts_of(side.result).index(asked.border)
    if side.border == asked.border:
        return names[at]
    return names[0] if at == 1 else f"{names[0]} to {names[at - 1]}"


def side_words(side: Side, asked: Question) -> str:
    """What is compared of a side: a segment, see `segment_words`, or such as "units as last seen"."""
    if not side.by_units:
        return segment_words(side.result, side.segment)
    return units_words((side is asked.source) == asked.source_first)


def units_words(at_end: bool) -> str:
    """How units are compared."""
    return f"units as {'last' if at_end else 'first'} seen"


def segment_words(result: Result, index: int) -> str:
    """Such as "5 of 5 · 48.1–60.0 s": on the clock that all recordings share, with their “Time of the first”; in a
    merged one "5 of day 4 · 48.1–60.0 s", from where that one begins."""
    segment = result.sorted_recording.sorted_segments[index]
    number, where, began = index + 1, len(result.sorted_recording.sorted_segments), 0
    for first, span in zip(parts_of(result), result.spans, strict=True):
        if first <= index:
            number, where, began = index - first + 1, span.name, span.start_time
    if result.sampling_frequency is None:
        return f"{number} of {where} · {len(segment)} units"
    start, end = ((time - began) / result.sampling_frequency for time in (segment.start_time, segment.end_time))
    return f"{number} of {where} · {start:.1f}–{end:.1f} s"


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
    return number_words(value, "+g") if value else "0"


def curve_words(match: Match) -> str:
    """How well the movement is known, from the cost curve."""
    reach = flat_range(match)
    if reach is None:
        return "One of the two has no unit."
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


def merged_words(state: State, result: Result) -> str:
    """How many units were followed through a merge and its parts."""
    parts = [state.results.get(part) for part in result.joined_from]
    recording = result.sorted_recording
    *most, last = [str(len(throughout(part.sorted_recording))) for part in parts if part] or [""]
    alone = f" ({', '.join(most)} and {last} in each alone)" if most else ""
    return (
        f"{len(throughout(recording))} of {len(result.tracks)} units were followed through all "
        f"{len(recording.sorted_segments)} segments{alone}."
    )
