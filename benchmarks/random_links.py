"""Made-up links of made-up units, for sessions of very many."""

from __future__ import annotations

import numpy as np

from spikesift_core.links import SegmentLinks, first_links


def random_links(random, place: int, there: np.ndarray, before: np.ndarray, last: np.ndarray) -> SegmentLinks:
    """Links of the units that are `there` to where each was found `last`, with random costs and margins."""
    count = len(there)
    if not place:
        return first_links(count, 0.6)
    known = last[there, 0] >= 0
    costs = np.where(known, np.abs(random.normal(0.2, 0.1, count)), np.nan)
    margins = np.where(known, np.clip(random.normal(0.5, 0.3, count), -0.5, 1), np.nan)
    gone = np.flatnonzero(~np.isin(before, there))
    nobody, unknown = np.full((count, 2), -1), np.full(count, np.nan)
    nearest = random.integers(0, count, len(gone))
    return SegmentLinks(
        0.0, 0.0, 0.6, last[there].copy(), costs, margins, nobody, unknown,
        np.column_stack([np.full(len(gone), place - 1), gone]), nearest, np.full(len(gone), 0.8), np.zeros(count, int),
    )  # fmt: skip
