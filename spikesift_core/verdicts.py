"""How far a pair of a `Match` can be believed, in one word and in a sentence.

The limits were set on a simulated recording with known truth (64 channels, a jump of 10 um half-way, 307 pairs of
segments before and after it): all 218 pairs called clear were right, and half of those called forced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from spikesift_core.linking import Match, pair_figures

CLEAR_COST = 0.4  # relative cost up to which two vectors are alike
CLEAR_MARGIN = 0.2  # margin from which no other candidate comes near
UNLIKE_COST = 0.7  # relative cost above which two vectors are unlike; where pairs are refused unless said otherwise
FLAT = 0.05  # shifts within this share of the least cost are as good

BY_HAND, CLEAR, DOUBTFUL, FORCED, REFUSED, UNMATCHED = VERDICTS = (
    "by hand", "clear", "doubtful", "forced", "refused", "unmatched",
)  # fmt: skip


@dataclass(frozen=True)
class JudgedPair:
    """One pair of a match, or one cluster that was left over.

    Attributes
    ----------
    source, target : index of the cluster in its segment; None on the side where there is no partner.
    relative_cost, margin : see `Match`; nan where there is none.
    verdict : "by hand", "clear", "doubtful", "forced" (another one was nearer, or the two are unlike), "refused",
        "unmatched".
    reason : why, in words.
    decided : "made" or "refused" where a person decided about the pair, else "".
    proposed : the target that was proposed for the source before, None for none or no source.
    """

    source: int | None
    target: int | None
    relative_cost: float
    margin: float
    verdict: str
    reason: str
    decided: str = ""
    proposed: int | None = None


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
    here = _Side(match, names, partner_names, "source", "target")
    there = _Side(_turned(match), partner_names, names, "target", "source")
    pairs = [here.judged(cluster, refuse_above) for cluster in range(sources)]
    shown = {pair.target for pair in pairs}
    return pairs + [there.left_over(cluster) for cluster in range(targets) if cluster not in shown]


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
    proposed: np.ndarray
    distances: np.ndarray
    source_vectors: np.ndarray
    target_vectors: np.ndarray
    mutual: bool
    measure: np.ndarray


def _turned(match: Match) -> _Turned:
    """The match seen from the target."""
    targets = match.distances.shape[1]
    sides = [_inverse(assignment, targets) for assignment in (match.assignment, match.proposed)]
    vectors = match.target_vectors, match.source_vectors
    return _Turned(*sides, match.distances.T, *vectors, match.mutual, match.measure.T)


def _inverse(assignment: np.ndarray, targets: int) -> np.ndarray:
    partners = np.full(targets, -1, np.int64)
    paired = np.flatnonzero(assignment >= 0)
    partners[assignment[paired]] = paired
    return partners


@dataclass(frozen=True)
class _Side:
    """A match with the names of its clusters, seen from one side."""

    match: Match | _Turned
    names: Sequence[object]
    partner_names: Sequence[object]
    side: str
    other: str

    def judged(self, cluster: int, refuse_above: float) -> JudgedPair:
        """A cluster of the source."""
        partner, proposed = int(self.match.assignment[cluster]), int(self.match.proposed[cluster])
        before = proposed if proposed >= 0 else None
        if partner < 0:
            return self._refused(cluster, proposed) or replace(self.left_over(cluster), proposed=before)
        cost, margin = float(self.match.relative_costs[cluster]), float(self.match.margins[cluster])
        made = (cluster, partner) in self.match.made
        if made:
            verdict, decided, reason = BY_HAND, "made", self._by_hand(partner, before, cost, margin)
        elif cost > refuse_above:
            nearer = f"; {self._rival(cluster, partner, margin)}" if margin < 0 else ""
            differs = f"differs by {_unlikeness(cost, refuse_above)}"
            reason = f"{differs}, more than the limit of {_unlikeness(refuse_above)}{nearer}"
            verdict, decided = REFUSED, ""
        else:
            reasons = [_likeness(cost), self._rival(cluster, partner, margin)]
            if margin < 0:
                reasons.reverse()
            verdict, decided, reason = verdict_of(cost, margin), "", "; ".join(filter(None, reasons))
        return JudgedPair(cluster, partner, cost, margin, verdict, reason, decided, before)

    def _by_hand(self, partner: int, proposed: int | None, cost: float, margin: float) -> str:
        """What the figures alone would say of a pair that was made by hand."""
        if proposed == partner:
            return f"accepted by hand; the figures alone say {verdict_of(cost, margin)}"
        was = "none" if proposed is None else f"{self.other} unit {self.partner_names[proposed]}"
        return f"paired by hand; proposed was {was}; the figures alone say {verdict_of(cost, margin)}"

    def _refused(self, cluster: int, proposed: int) -> JudgedPair | None:
        """The proposed pair, where it was refused by hand and neither of the two has another partner."""
        if (cluster, proposed) not in self.match.refused or proposed in self.match.assignment:
            return None
        cost, margin = pair_figures(self.match, cluster, proposed)
        reason = f"refused by hand; the figures alone say {verdict_of(cost, margin)}"
        return JudgedPair(cluster, proposed, cost, margin, REFUSED, reason, "refused", proposed)

    def _rival(self, cluster: int, partner: int, margin: float) -> str:
        """The next best candidate for either of the pair, in words."""
        if np.isnan(margin):
            return "there is no other candidate to compare with"
        (for_clusters, partners), (for_partners, clusters) = self.rivals
        if for_clusters[cluster] <= for_partners[partner]:
            pair, whom = (cluster, int(partners[cluster])), ""
            rival = f"{self.other} unit {self.partner_names[pair[1]]}"
        else:
            pair, whom = (int(clusters[partner]), partner), " to its partner"
            rival = f"{self.side} unit {self.names[pair[0]]}"
        if margin < 0:
            differs = _unlikeness(_relative(self.match, *pair))
            return f"{rival} is nearer{whom} ({differs}), but {self._went(*pair, partner)}"
        if margin < CLEAR_MARGIN:
            return f"{rival} is nearly as near{whom}"
        return f"next best: {rival}, {_times(margin)} as far"

    @cached_property
    def rivals(self) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        """How unlike the nearest one but its partner is, and which that is: for each cluster of this side, and for each
        of the other one."""
        others = self.match.measure.copy()
        paired = np.flatnonzero(self.match.assignment >= 0)
        others[paired, self.match.assignment[paired]] = np.inf
        return (others.min(axis=1), others.argmin(axis=1)), (others.min(axis=0), others.argmin(axis=0))

    def _went(self, cluster: int, other: int, partner: int) -> str:
        """Where the nearer one of a pair went: `other` of the other side, or `cluster` where `other` is the partner."""
        if other == partner:
            went = int(self.match.assignment[cluster])
            return f"went to {self.other} unit {self.partner_names[went]}" if went >= 0 else "has no partner now"
        taken = np.flatnonzero(self.match.assignment == other)
        return f"went to {self.side} unit {self.names[int(taken[0])]}" if len(taken) else "has no partner now"

    def left_over(self, cluster: int) -> JudgedPair:
        """A cluster without a partner."""
        places = (cluster, None) if self.side == "source" else (None, cluster)
        return JudgedPair(*places, np.nan, np.nan, UNMATCHED, self._why_alone(cluster))

    def _why_alone(self, cluster: int) -> str:
        here, there = self.match.distances.shape
        if not there:
            return f"there is no unit in the {self.other}"
        proposed = int(self.match.proposed[cluster])
        if proposed >= 0:
            mine = f"{self.other} unit {self.partner_names[proposed]}, which was proposed"
            taken = np.flatnonzero(self.match.assignment == proposed)
            if len(taken):
                return f"{mine}, was paired with unit {self.names[int(taken[0])]} by hand"
            return f"{mine}, was refused by hand"
        if self.match.mutual:
            return self._why_not_mutual(cluster)
        nearest = int(self.match.distances[cluster].argmin())
        cost = _unlikeness(_relative(self.match, cluster, nearest))
        taken = np.flatnonzero(self.match.assignment == nearest)
        went = f"went to unit {self.names[int(taken[0])]}" if len(taken) else "has no partner now either"
        return (
            f"left over: {here} units in the {self.side} for {there} in the {self.other}; the nearest, "
            f"{self.other} unit {self.partner_names[nearest]}, differs by {cost} and {went}"
        )

    def _why_not_mutual(self, cluster: int) -> str:
        """Why it is not paired, where only those that are each other's nearest are."""
        measure = self.match.measure
        nearest = int(measure[cluster].argmin())
        cost, rival = measure[cluster, nearest], int(measure[:, nearest].argmin())
        words = f"the nearest, {self.other} unit {self.partner_names[nearest]}, differs by {_unlikeness(cost)}"
        if rival == cluster:
            return f"{words}; with it others would have been paired worse"
        nearer = f"{self.side} unit {self.names[rival]} ({_unlikeness(measure[rival, nearest])})"
        return f"{words} and is nearer to {nearer}"


def verdict_of(cost: float, margin: float) -> str:
    """ "clear", "doubtful" or "forced", from the relative cost and the margin of a pair."""
    if cost > UNLIKE_COST or margin < 0:
        return FORCED
    return CLEAR if cost <= CLEAR_COST and margin >= CLEAR_MARGIN else DOUBTFUL


def _likeness(cost: float) -> str:
    """ "" for what is alike: that goes without saying."""
    if cost <= CLEAR_COST:
        return ""
    return f"{'unlike' if cost > UNLIKE_COST else 'only roughly alike'}: differs by {_unlikeness(cost)}"


def _relative(match, cluster: int, partner: int) -> float:
    vectors = match.source_vectors[cluster], match.target_vectors[partner]
    norm = max(float(np.linalg.norm(vector)) for vector in vectors)
    return float(match.distances[cluster, partner]) / norm if norm else 0.0


def _unlikeness(cost: float, limit: float | None = None) -> str:
    """With two decimals, unless it would look like the `limit` that it is above."""
    short = f"{cost:.2f}"
    return f"{cost:.3f}" if limit is not None and short == f"{limit:.2f}" else short


def _times(margin: float) -> str:
    return "more than 10 times" if margin > 0.9 else f"{1 / (1 - margin):.1f} times"
