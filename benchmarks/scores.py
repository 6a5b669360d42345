"""How well what a program found matches the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from recordings import true_trains

from spikesift_core.truth import score_trains

# A sorted unit beside the one given to a true unit is a second half of it when this share of its spikes belongs to
# that unit, and it holds this share of the unit's spikes.
HALF_PRECISION, HALF_RECALL = 0.5, 0.1


@dataclass(frozen=True)
class Found:
    """Figures of one run on one recording; `accuracy` has one value for each true unit.

    `split` counts true units of which a second sorted unit holds a part (see HALF_PRECISION).
    """

    accuracy: np.ndarray
    found: int
    false: int
    split: int
    sorted: int

    @property
    def mean(self) -> float:
        """Mean accuracy over all true units."""
        return float(self.accuracy.mean())

    def same(self, other: Found) -> bool:
        """Whether all figures are equal."""
        counts = (self.false, self.split, self.sorted) == (other.false, other.split, other.sorted)
        return counts and np.array_equal(self.accuracy, other.accuracy)


def scored(description: Path, result: dict[str, np.ndarray]) -> Found:
    """The units that `run_sorter.units` wrote against the truth of a recording."""
    truth, frequency = true_trains(description)
    labels, times = result["unit_labels"], result["unit_times"]
    return score_units(truth, [times[labels == unit] for unit in np.unique(labels)], frequency)


def score_units(truth: Sequence[np.ndarray], trains: Sequence[np.ndarray], frequency: float) -> Found:
    """Score trains (samples) against true ones; `frequency` in Hz."""
    score = score_trains(truth, trains, frequency)
    split = set()
    for number, train in enumerate(trains):
        if number in score.partner:
            continue
        alone = score_trains(truth, [train], frequency)  # pairs it with the true unit it resembles most
        split |= set(np.flatnonzero((alone.precision >= HALF_PRECISION) & (alone.recall >= HALF_RECALL)).tolist())
    return Found(score.accuracy, score.found, score.false_units, len(split), score.sorted_units)
