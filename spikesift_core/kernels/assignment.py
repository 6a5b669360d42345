"""One-to-one pairs at the least total cost, and nearest places.

SciPy has both; importing its `optimize` and `spatial` takes a third of a second of every start, and 40 MB.
"""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.compiling import kernel


@kernel("(float64[:, ::1], int64[::1])")
def cheapest_partners(costs, partners):
    """A partner for each row, each column given once, at the least total cost.

    Rows are given a partner one after the other along the cheapest chain of exchanges; prices of rows and columns keep
    every reduced cost at 0 or above, so that chains are found by Dijkstra's method (Jonker and Volgenant, Computing
    1987, doi 10.1007/BF02278710).

    Parameters
    ----------
    costs : (rows, columns) float64, finite, no more rows than columns.
    partners : (rows,) int64, written: the column of each.
    """
    rows, columns = costs.shape
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    owner, before = np.full(columns, -1), np.empty(columns, np.int64)
    length, settled = np.empty(columns), np.empty(columns, np.bool_)
    for start in range(rows):
        length[:] = np.inf
        settled[:] = False
        row, total, last = start, 0.0, -1
        while last < 0:
            best, column = np.inf, -1
            for c in range(columns):
                if settled[c]:
                    continue
                reached = total + costs[row, c] - row_price[row] - column_price[c]
                if reached < length[c]:
                    length[c], before[c] = reached, row
                if length[c] < best or (length[c] == best and owner[c] < 0 <= owner[column]):
                    best, column = length[c], c
            total = best
            settled[column] = True
            if owner[column] < 0:
                last = column
            row = owner[column]
        row_price[start] += total
        for c in range(columns):
            if settled[c] and owner[c] >= 0:
                row_price[owner[c]] += total - length[c]
                column_price[c] -= total - length[c]
        row, column = -1, last
        while row != start:
            row = before[column]
            following = partners[row]
            owner[column], partners[row] = row, column
            column = following


@kernel("(float64[:, ::1], float64[:, ::1], float64[:, ::1], int64[:, ::1])")
def nearest_places(places, goals, distances, found):
    """The nearest places of each goal, the nearest first; of equally near ones those with lower numbers.

    Parameters
    ----------
    places : (n, 2) float64. goals : (m, 2) float64.
    distances, found : (m, k) float64 and int64, written; k is at most n.
    """
    count = found.shape[1]
    for g in range(len(goals)):
        line, numbers = distances[g], found[g]
        line[:] = np.inf
        for p in range(len(places)):
            apart = (places[p, 0] - goals[g, 0]) ** 2 + (places[p, 1] - goals[g, 1]) ** 2
            if apart < line[count - 1]:
                k = count - 1
                while k > 0 and apart < line[k - 1]:
                    line[k], numbers[k] = line[k - 1], numbers[k - 1]
                    k -= 1
                line[k], numbers[k] = apart, p
        for k in range(count):
            line[k] = np.sqrt(line[k])
