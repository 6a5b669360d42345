"""One-to-one pairs at the least total cost."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.assignment import cheapest_partners


def cheapest_pairs(costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of rows and columns at the least total cost, as many as there are of the fewer.

    The answer of `scipy.optimize.linear_sum_assignment`, or one of several that cost the same.

    Parameters
    ----------
    costs : (rows, columns), finite.

    Returns
    -------
    rows, columns : (pairs,) int64, the rows rising.

    Raises
    ------
    ValueError
        For costs that are not finite.
    """
    costs = np.asarray(costs, np.float64)
    if not np.isfinite(costs).all():
        raise ValueError("costs of pairs must be finite numbers; these hold NaN or infinity.")
    wide = costs.shape[0] <= costs.shape[1]
    partners = np.empty(min(costs.shape), np.int64)
    cheapest_partners(np.ascontiguousarray(costs if wide else costs.T), partners)
    if wide:
        return np.arange(len(partners)), partners
    order = np.argsort(partners)
    return partners[order], order
