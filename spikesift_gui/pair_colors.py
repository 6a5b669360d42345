"""Colours of the units of two segments that are compared: a pair has one, and no others are alike. Knows no Qt."""

from __future__ import annotations

from functools import lru_cache

from spikesift_core.linking import Match, held_up_to
from spikesift_gui.matching import Question
from spikesift_gui.unit_colors import told_apart

KEPT = 8
Colors = tuple[tuple[str, ...], tuple[str, ...]]


def pair_colors(asked: Question, match: Match, refuse_above: float) -> Colors:
    """The colour of each cluster of the source, and of the target.

    A unit of the source has its own colour, a unit of the target that of its partner; one without a partner, or with
    one that is refused, its own. Where that would be like another one's, it gets the first colour that is not, as long
    as there is any.
    """
    return _colors(asked.source.units, asked.target.units, _held(match, refuse_above))


@lru_cache(KEPT)
def _held(match: Match, refuse_above: float) -> tuple[int, ...]:
    return tuple(held_up_to(match, refuse_above).assignment.tolist())


@lru_cache(KEPT)
def _colors(sources: tuple[int, ...], targets: tuple[int, ...], assignment: tuple[int, ...]) -> Colors:
    partner = {target: source for source, target in enumerate(assignment) if target >= 0}
    alone = [target for target in range(len(targets)) if target not in partner]
    wanted = [("source", unit) for unit in sources] + [("target", targets[target]) for target in alone]
    distinct = list(dict.fromkeys(wanted))  # several clusters of one unit are one
    found = dict(zip(distinct, told_apart(tuple(unit for _, unit in distinct)), strict=True))
    here = tuple(found["source", unit] for unit in sources)
    there = tuple(
        here[partner[target]] if target in partner else found["target", unit] for target, unit in enumerate(targets)
    )
    return here, there
