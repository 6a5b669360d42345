"""Each trace in its lane: a channel that swings far keeps to its neighbourhood, and where it is cut is marked.

A spike may reach over its neighbours, which is how its height is seen. A channel that is beyond its neighbours most of
the time (saturated, loose, in a storm of artefacts) would cover them: it is kept inside its own lane.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

OFTEN = 0.2  # of the columns beyond the next lane: then it is the channel and not what it records
REACH, OWN = 6.0, 0.5  # lanes on either side that a trace may cross, and a channel that is often beyond
CLOSE = 4  # columns between two cuts that are marked as one
MOST_MARKED = 64  # rows: where more are cut the traces are simply high, and marks would be all there is to see


@dataclass(frozen=True, eq=False)
class Lanes:
    """Traces that keep to their lanes.

    Attributes
    ----------
    low, high : (columns, rows) float32, lowest and highest value, cut at `limits`; nan is left as it is.
    limits : (rows,) float32, as far as each may go from zero, in the units of the values.
    wide : (k,) int64, rows that are kept in their own lane.
    cut : (c,) int64, rows that are cut somewhere.
    cuts : (m, 4) int64, where, to be marked: row, side (-1 below, 1 above), first column, last column; none where very
        many rows are cut.
    """

    low: np.ndarray
    high: np.ndarray
    limits: np.ndarray
    wide: np.ndarray
    cut: np.ndarray
    cuts: np.ndarray


def in_lanes(low: np.ndarray, high: np.ndarray, spacing: float) -> Lanes:
    """Cut traces where they leave their neighbourhood.

    Parameters
    ----------
    low, high : (columns, rows) float32, lowest and highest value in each column.
    spacing : between two traces, in the units of the values.
    """
    rows = low.shape[1]
    limits = np.full(rows, REACH * spacing, np.float32)
    with np.errstate(invalid="ignore"):
        top, bottom = np.fmax.reduce(high, axis=0, initial=0), np.fmin.reduce(low, axis=0, initial=0)  # nan left out
        far = np.flatnonzero((top > spacing) | (bottom < -spacing))
        beyond = (high[:, far] > spacing) | (low[:, far] < -spacing)
        wide = far[beyond.mean(axis=0) > OFTEN] if len(far) else far
        limits[wide] = OWN * spacing
        cut = np.flatnonzero((top > limits) | (bottom < -limits))
        if len(cut) == 0:
            return Lanes(low, high, limits, wide, cut, np.zeros((0, 4), np.int64))
        marked = cut if len(cut) <= MOST_MARKED else cut[:0]
        sides = [(side, marked, part > limits[marked]) for side, part in ((-1, -low[:, marked]), (1, high[:, marked]))]
        kept = np.clip(low, -limits, limits)
        kept = kept, kept if high is low else np.clip(high, -limits, limits)
    return Lanes(*kept, limits, wide, cut, np.concatenate([_runs(*one) for one in sides]))


def _runs(side: int, rows: np.ndarray, over: np.ndarray) -> np.ndarray:
    """Stretches of columns in which `over` (columns, rows) is true, those that are close together as one."""
    columns = len(over)
    place = np.flatnonzero(np.concatenate([over, np.zeros((CLOSE + 1, len(rows)), bool)]).T)
    if len(place) == 0:
        return np.zeros((0, 4), np.int64)
    new = np.flatnonzero(np.diff(place) > CLOSE) + 1
    first, last = place[np.concatenate([[0], new])], place[np.concatenate([new - 1, [len(place) - 1]])]
    row, start = np.divmod(first, columns + CLOSE + 1)
    return np.column_stack([rows[row], np.full(len(row), side), start, last - row * (columns + CLOSE + 1)])
