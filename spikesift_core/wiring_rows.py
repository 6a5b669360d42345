"""Probes of two columns look the same in a mirror, and so does each of their rows: which rows are the other way round?

The two contacts of a row are as far from each other whichever is which, so that only the rows around tell: channels of
one column are more alike than channels across. What each pair of rows says is small, and a search that exchanges two
channels at a time gets caught; but together they are a chain of which the best directions are soon found. In sound
recordings (simulated on seven layouts, real noise of Neuropixels) no row was turned; where some were, all were found.
"""

from __future__ import annotations

import numpy as np

FEWEST_ROWS = 6  # of fewer, as of a tetrode, single cells decide what is alike
REACH = 3  # rows above and below a row that are compared with it
SAME_UM = 0.1
MOST_TURNS = 1000


def rows_of(positions: np.ndarray) -> list[np.ndarray]:
    """Rows of two contacts, left and right, of each pair of neighbouring columns: (rows, 2) int64, from below; [] for
    probes that are not made of such rows."""
    places = np.round(np.asarray(positions, float) / SAME_UM).astype(np.int64)
    columns = np.unique(places[:, 0])
    if len(columns) % 2:
        return []
    found = []
    for left, right in columns.reshape(-1, 2):
        one, other = (np.flatnonzero(places[:, 0] == column) for column in (left, right))
        _, first, second = np.intersect1d(places[one, 1], places[other, 1], return_indices=True)
        if 2 * len(first) < max(len(one), len(other)):  # staggered
            return []
        if len(first) >= FEWEST_ROWS:
            found.append(np.column_stack([one[first], other[second]]))
    return found


def turned_rows(alike: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """The assignment, (channels,) int64, in which the channels of some rows are exchanged, the fewer of each two
    columns; each channel's own contact where none is.

    Parameters
    ----------
    alike : (channels, channels) float64, correlations.
    """
    order = np.arange(len(positions))
    for rows in rows_of(positions):
        directions = _directions(_straight(alike, rows))
        turned = rows[directions != (1 if directions.sum() >= 0 else -1)]
        order[turned] = turned[:, ::-1]
    return order


def _straight(alike: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """By how much each two rows near each other are more alike straight than crossed, (rows, rows) float64."""
    left, right = rows.T
    found = np.zeros((len(rows), len(rows)))
    for step in range(1, min(REACH, len(rows) - 1) + 1):
        low, high = np.arange(len(rows) - step), np.arange(step, len(rows))
        straight = alike[left[low], left[high]] + alike[right[low], right[high]]
        found[low, high] = straight - alike[left[low], right[high]] - alike[right[low], left[high]]
    return found + found.T


def _directions(straight: np.ndarray) -> np.ndarray:
    """1 or -1 for each row, so that rows of one direction are straight to each other: (rows,) float64."""
    directions = np.ones(len(straight))
    for row in range(1, len(straight)):
        directions[row] = 1.0 if straight[row, :row] @ directions[:row] >= 0 else -1.0
    for _ in range(MOST_TURNS):
        pull = straight * directions * directions[:, None]
        alone = -pull.sum(axis=1)  # gained by turning one row, and by turning all rows from one on
        from_here = np.array([-pull[:row, row:].sum() for row in range(len(pull))])
        row = int(np.argmax(np.maximum(alone, from_here)))
        if max(alone[row], from_here[row]) <= 1e-9:
            break
        if alone[row] >= from_here[row]:
            directions[row] *= -1
        else:
            directions[row:] *= -1
    return directions
