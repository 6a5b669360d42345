"""How far a pair of a `Match` can be believed, in one word and in a sentence.

The limits were set on a simulated recording with known truth (64 channels, a jump of 10 um half-way, 307 pairs of
segments before and after it): all 218 pairs called clear were right, and half of those called forced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spikesift_core.linking import Match

CLEAR_COST = 0.4  # relative cost up to which two vectors are alike
CLEAR_MARGIN = 0.2  # margin from which no other candidate comes near
UNLIKE_COST = 0.7  # relative cost above which two vectors are unlike; where pairs are refused unless said otherwise
FLAT = 0.05  # shifts within this share of the least cost are as good

CLEAR, DOUBTFUL, FORCED, REFUSED, UNMATCHED = VERDICTS = ("clear", "doubtful", "forced", "refused", "unmatched")


@dataclass(frozen=True)
class JudgedPair:
    """One pair of a match, or one cluster that was left over.

    Attributes
    ----------
    source, target : index of the cluster in its segment; None on the side where there is no partner.
    relative_cost, margin : see `Match`; nan where there is none.
    verdict : "clear", "doubtful", "forced" (another one was nearer, or the two are unlike), "refused", "unmatched".
    reason : why, in words.
    """

    source: int | None
    target: int | None
    relative_cost: float
    margin: float
    verdict: str
    reason: str


def judge(
    match: Match,
    refuse_above: float = UNLIKE_COST,
    source_names: Sequence[object] | None = None,
    target_names: Sequence[object] | None = None,
) -> list[JudgedPair]:
    """Every pair in the order of the source, then what is left over of the target.

    Parameters
    ----------
    refuse_above : relative cost above which a pair is called refused; the assignment stays as it is.
    source_names, target_names : how the reasons call each cluster; the index if not given.
    """
    sources, targets = match.distances.shape
    names = range(sources) if source_names is None else source_names
    partner_names = range(targets) if target_names is None else target_names
    sides = (
        _Side(match, names, partner_names, "source", "target"),
        _Side(_turned(match), partner_names, names, "target", "source"),
    )
    pairs = [sides[0].judged(cluster, refuse_above) for cluster in range(sources)]
    left_over = np.setdiff1d(np.arange(targets), match.assignment)
    return pairs + [sides[1].left_over(int(cluster)) for cluster in left_over]


def flat_range(match: Match) -> tuple[float, float] | None:
    """The lowest and highest shift (um) around the chosen one whose total cost is within 5 % of the least.

    None when nothing was compared. A wide range means that the shift is not well known.
    """
    if not len(match.costs) or not match.distances.size:
        return None
    good = match.costs <= match.costs.min() * (1 + FLAT)
    chosen = int(match.costs.argmin())
    low = high = chosen
    while low > 0 and good[low - 1]:
        low -= 1
    while high < len(good) - 1 and good[high + 1]:
        high += 1
    return float(match.shifts[low]), float(match.shifts[high])


@dataclass(frozen=True)
class _Turned:
    assignment: np.ndarray
    distances: np.ndarray
    source_vectors: np.ndarray
    target_vectors: np.ndarray


def _turned(match: Match) -> _Turned:
    """The match seen from the target."""
    partners = np.full(match.distances.shape[1], -1, np.int64)
    paired = np.flatnonzero(match.assignment >= 0)
    partners[match.assignment[paired]] = paired
    return _Turned(partners, match.distances.T, match.target_vectors, match.source_vectors)


@dataclass(frozen=True)
class _Side:
    """A match with the names of its clusters, seen from one side."""

    match: Match | _Turned
    names: Sequence[object]
    partner_names: Sequence[object]
    side: str
    other: str

    def judged(self, cluster: int, refuse_above: float) -> JudgedPair:
        partner = int(self.match.assignment[cluster])
        if partner < 0:
            return self.left_over(cluster)
        cost, margin = float(self.match.relative_costs[cluster]), float(self.match.margins[cluster])
        verdict = verdict_of(cost, margin)
        if cost > refuse_above:
            reason = f"differs by {_percent(cost)} of its size, more than the limit of {_percent(refuse_above)}"
            return JudgedPair(cluster, partner, cost, margin, REFUSED, reason)
        reasons = [_likeness(cost), self._rival(cluster, partner, margin)]
        if margin < 0:
            reasons.reverse()
        return JudgedPair(cluster, partner, cost, margin, verdict, "; ".join(filter(None, reasons)))

    def _rival(self, cluster: int, partner: int, margin: float) -> str:
        """The next best candidate for either of the pair, in words."""
        if np.isnan(margin):
            return "there is no other candidate to compare with"
        for_cluster = _without(self.match.distances[cluster], partner)
        for_partner = _without(self.match.distances[:, partner], cluster)
        if for_cluster.min(initial=np.inf) <= for_partner.min(initial=np.inf):
            rival, whom = f"{self.other} unit {self.partner_names[int(for_cluster.argmin())]}", ""
        else:
            rival, whom = f"{self.side} unit {self.names[int(for_partner.argmin())]}", " to its partner"
        if margin < 0:
            return f"{rival} is nearer{whom}, but needed elsewhere"
        if margin < CLEAR_MARGIN:
            return f"{rival} is nearly as near{whom}"
        return f"next best: {rival}, {_times(margin)} as far"

    def left_over(self, cluster: int) -> JudgedPair:
        """A cluster without a partner."""
        here, there = self.match.distances.shape
        if there:
            nearest = int(self.match.distances[cluster].argmin())
            taken = self.names[self.match.assignment.tolist().index(nearest)]
            cost = _percent(_relative(self.match, cluster, nearest))
            reason = (
                f"left over: {here} units in the {self.side} for {there} in the {self.other}; the nearest, "
                f"{self.other} unit {self.partner_names[nearest]}, differs by {cost} and went to unit {taken}"
            )
        else:
            reason = f"there is no unit in the {self.other}"
        places = (cluster, None) if self.side == "source" else (None, cluster)
        return JudgedPair(*places, np.nan, np.nan, UNMATCHED, reason)


def verdict_of(cost: float, margin: float) -> str:
    """ "clear", "doubtful" or "forced", from the relative cost and the margin of a pair."""
    if cost > UNLIKE_COST or margin < 0:
        return FORCED
    return CLEAR if cost <= CLEAR_COST and margin >= CLEAR_MARGIN else DOUBTFUL


def _likeness(cost: float) -> str:
    """ "" for what is alike: that goes without saying."""
    if cost <= CLEAR_COST:
        return ""
    return f"{'unlike' if cost > UNLIKE_COST else 'only roughly alike'}: differs by {_percent(cost)}"


def _relative(match, cluster: int, partner: int) -> float:
    vectors = match.source_vectors[cluster], match.target_vectors[partner]
    norm = max(float(np.linalg.norm(vector)) for vector in vectors)
    return float(match.distances[cluster, partner]) / norm if norm else 0.0


def _without(distances: np.ndarray, place: int) -> np.ndarray:
    others = distances.copy()
    others[place] = np.inf
    return others


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _times(margin: float) -> str:
    return "more than 10 times" if margin > 0.9 else f"{1 / (1 - margin):.1f} times"
