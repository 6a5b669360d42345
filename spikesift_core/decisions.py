"""What a person decided by hand: which clusters of two segments are one unit, and which are not.

A decision names clusters by segment and index, as the links do, so that it stays true when units are renumbered. It is
kept beside the results (`decisions.json` of a session) and never written into them: `deciding.decide` makes the units
that follow from both. Between two recordings a decision is about the two units that the clusters belong to, whichever
segments are compared later; inside one recording it is about the link between the two segments.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Place = tuple[int, int]  # segment, cluster


@dataclass(frozen=True)
class Decision:
    """One word of a person about two clusters.

    Attributes
    ----------
    first, second : (segment, cluster) each. Inside one recording `first` is the earlier one; between two recordings
        `first` is of the one and `second` of the other.
    same : True: they are one unit. False: they are not.
    cost, margin : as they were computed for this pair when it was decided (see `Match`); nan where there was none.
    """

    first: Place
    second: Place
    same: bool
    cost: float = math.nan
    margin: float = math.nan

    @property
    def pair(self) -> tuple[Place, Place]:
        """The two clusters."""
        return self.first, self.second


@dataclass(frozen=True)
class Movement:
    """How far the tissue moved between two segments, as a person set it.

    Attributes
    ----------
    first, second : segments. Between two recordings `first` is of the one and `second` of the other; the last one of a
        recording with the first one of the next stands for the two recordings.
    shift : um, see `linking.Match`: a unit at y in the first is at y - shift in the second.
    """

    first: int
    second: int
    shift: float

    @property
    def turned(self) -> Movement:
        """The same with first and second exchanged."""
        return Movement(self.second, self.first, 0.0 - self.shift)


@dataclass(frozen=True)
class Held:
    """A decision that concerns a pair of two segments: cluster of the source, cluster of the target, and which."""

    source: int
    target: int
    decision: Decision


def without(decisions: Iterable[Decision], dropped: Iterable[Decision]) -> tuple[Decision, ...]:
    """The decisions that are not about one of these pairs."""
    pairs = {one.pair for one in dropped}
    return tuple(one for one in decisions if one.pair not in pairs)


def turned(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """The same with first and second exchanged."""
    return tuple(replace(one, first=one.second, second=one.first) for one in decisions)


def moved(decisions: Iterable[Decision], first: int, second: int) -> tuple[Decision, ...]:
    """The same with so many segments put before those of the first and of the second."""
    return tuple(
        replace(one, first=(one.first[0] + first, one.first[1]), second=(one.second[0] + second, one.second[1]))
        for one in decisions
    )


def within(decisions: Iterable[Decision], source_segment: int, target_segment: int) -> tuple[Held, ...]:
    """The decisions of one recording about the link between two of its segments."""
    found = []
    for one in decisions:
        (segment, cluster), (other, partner) = one.pair
        if (segment, other) == (source_segment, target_segment):
            found.append(Held(cluster, partner, one))
        elif (segment, other) == (target_segment, source_segment):
            found.append(Held(partner, cluster, one))
    return tuple(found)


def between(
    decisions: Iterable[Decision],
    owners: Sequence[Mapping[Place, int]],
    segments: tuple[int, int],
    clusters: Sequence[Mapping[int, Sequence[int]]],
) -> tuple[Held, ...]:
    """The decisions between two recordings, as they concern one segment of each.

    Parameters
    ----------
    owners : of each recording (segment, cluster) to unit, see `unit_history.owners`.
    segments : of each recording the segment that is compared.
    clusters : of each recording unit to its clusters in that segment; units that were not found there are left out.

    Returns
    -------
    A decision about the very clusters keeps them; others hold for the first clusters of the two units.
    """
    found = []
    for one in decisions:
        places = []
        for (segment, cluster), owner, wanted, there in zip(one.pair, owners, segments, clusters, strict=True):
            mine = there.get(owner.get((segment, cluster), -1), ())
            places.append(cluster if segment == wanted and cluster in mine else next(iter(mine), None))
        if None not in places:
            found.append(Held(*places, one))
    return tuple(found)


# ---------------------------------------------------------------- as plain data


def rows_of(decisions: Iterable[Decision]) -> list[dict[str, Any]]:
    """Ready for JSON."""
    return [
        {
            "first": list(one.first),
            "second": list(one.second),
            "same": one.same,
            "cost": None if math.isnan(one.cost) else one.cost,
            "margin": None if math.isnan(one.margin) else one.margin,
        }
        for one in decisions
    ]


def decisions_of(rows: Any) -> tuple[Decision, ...]:
    """What `rows_of` made.

    Raises
    ------
    ValueError
        In words, where it is something else.
    """
    try:
        return tuple(
            Decision(_place(row["first"]), _place(row["second"]), _flag(row["same"]), *_figures(row)) for row in rows
        )
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"it does not hold decisions about pairs ({error!r})") from error


def movement_rows(movements: Iterable[Movement]) -> list[dict[str, Any]]:
    """Ready for JSON."""
    return [{"first": one.first, "second": one.second, "shift": one.shift} for one in movements]


def movements_of(rows: Any) -> tuple[Movement, ...]:
    """What `movement_rows` made.

    Raises
    ------
    ValueError
        In words, where it is something else.
    """
    try:
        return tuple(Movement(*_place((row["first"], row["second"])), _um(row["shift"])) for row in rows)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"it does not hold movements between segments ({error!r})") from error


def _place(value: Any) -> Place:
    segment, cluster = value
    if not all(isinstance(number, int) and number >= 0 for number in (segment, cluster)):
        raise ValueError(f"{value!r} is no segment and cluster")
    return segment, cluster


def _um(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"“shift” is {value!r} instead of a number of um")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"“same” is {value!r} instead of true or false")
    return value


def _figures(row: Mapping[str, Any]) -> tuple[float, float]:
    cost, margin = (math.nan if row.get(name) is None else float(row[name]) for name in ("cost", "margin"))
    return cost, margin
