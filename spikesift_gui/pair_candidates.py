"""Partners that a unit could be paired with by hand. Knows no Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_core.linking import Match, pair_figures
from spikesift_gui.matching import Question

MOST = 12


@dataclass(frozen=True)
class Candidate:
    """A partner that a unit could have: the pair of clusters, its relative cost, and names of units.

    `name` : of the candidate's unit; `taken_by` : the unit it is paired with now, or None.
    """

    source: int
    target: int
    cost: float
    name: int
    taken_by: int | None


def candidates(asked: Question, match: Match, pair: tuple[int | None, int | None]) -> list[Candidate]:
    """The nearest partners for the source of a pair, or for its target if there is no source; the nearest first."""
    cluster, turned_round = (pair[0], False) if pair[0] is not None else (pair[1], True)
    sides = [asked.source.units, asked.target.units]
    names, partner_names = sides[::-1] if turned_round else sides
    partners = {int(target): source for source, target in enumerate(match.assignment) if target >= 0}
    partners = {source: target for target, source in partners.items()} if turned_round else partners
    distances = match.measure[:, cluster] if turned_round else match.measure[cluster]
    found = []
    for other in np.argsort(distances, kind="stable")[:MOST].tolist():
        one = (other, cluster) if turned_round else (cluster, other)
        taken = partners.get(other)
        found.append(
            Candidate(*one, pair_figures(match, *one)[0], partner_names[other], None if taken is None else names[taken])
        )
    return found
