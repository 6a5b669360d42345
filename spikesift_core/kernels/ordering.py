"""Sorting of numbers: NumPy's takes a second to compile in every kernel that uses it."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.compiling import kernel

SHORT = 12  # values that are sorted by insertion


@kernel()
def sort_values(values):
    """Sort values (n,) float64 in place, none of them NaN: short runs by insertion, then runs merged in pairs."""
    n = len(values)
    for start in range(0, n, SHORT):
        for i in range(start + 1, min(start + SHORT, n)):
            value, at = values[i], i
            while at > start and values[at - 1] > value:
                values[at] = values[at - 1]
                at -= 1
            values[at] = value
    merged, length = np.empty(n), SHORT
    while length < n:
        for start in range(0, n, 2 * length):
            middle, end = min(start + length, n), min(start + 2 * length, n)
            lower, upper = start, middle
            for at in range(start, end):
                if lower < middle and (upper == end or values[lower] <= values[upper]):
                    merged[at] = values[lower]
                    lower += 1
                else:
                    merged[at] = values[upper]
                    upper += 1
        for at in range(n):
            values[at] = merged[at]
        length *= 2
