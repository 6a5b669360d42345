"""What the probe editor does to contacts: pure functions of layouts or positions in um; rows in channel order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from spikesift_core.probe_contacts import ProbeLayout, layout

SAME_ROW = 0.5  # um; contacts that differ less in one coordinate stand in one row (or column)
ASIDE = 3.0  # a neighbour to the right is looked for in a cone: what lies aside counts so much more

# name: words for the choice
ORDERS = {
    "up": "upwards, row by row",
    "down": "downwards, row by row",
    "columns": "column by column, upwards",
    "shanks": "shank by shank, upwards",
}


# Adding and removing


def added(old: ProbeLayout, x: float, y: float) -> ProbeLayout:
    """With one more contact, on the next channel; shank and size are those of the contact nearest to it."""
    positions = np.vstack([old.positions, [[x, y]]])
    if len(old) == 0:
        return layout(positions)
    like = int(np.linalg.norm(old.positions - [x, y], axis=1).argmin())
    return layout(positions, [*old.shanks, old.shanks[like]], [*old.sizes, old.sizes[like]])


def removed(old: ProbeLayout, contacts: Iterable[int]) -> ProbeLayout:
    """Without these; the channels after them move up."""
    return old.take(np.delete(np.arange(len(old)), list(contacts)))


def repeated(
    old: ProbeLayout, contacts: Sequence[int], columns: int, rows: int, by: tuple[float, float], new_shanks: bool
) -> ProbeLayout:
    """With copies of these beside and above them, on the next channels.

    Parameters
    ----------
    columns, rows : how many times they are there in the end, across and along; 1 and 1 adds nothing.
    by : um from one column to the next, and from one row to the next.
    new_shanks : each further column is on a shank of its own.
    """
    one = old.take(list(contacts))
    positions, shanks, sizes = [old.positions], [old.shanks], [old.sizes]
    for row in range(rows):
        for column in range(columns):
            if row or column:
                positions.append(one.positions + np.multiply(by, (column, row)))
                shanks.append(one.shanks + (column * (one.shanks.max() - one.shanks.min() + 1) if new_shanks else 0))
                sizes.append(one.sizes)
    return layout(np.concatenate(positions), np.concatenate(shanks), np.concatenate(sizes))


# Moving


def moved(positions: np.ndarray, contacts: Iterable[int], by: tuple[float, float]) -> np.ndarray:
    """With these moved by (x, y) um."""
    result = np.array(positions)
    result[list(contacts)] += np.float32(by)
    return result


def placed(positions: np.ndarray, contact: int, x: float | None = None, y: float | None = None) -> np.ndarray:
    """With one contact at another x, or y, or both."""
    result = np.array(positions)
    for axis, value in enumerate((x, y)):
        if value is not None:
            result[contact, axis] = value
    return result


def _middle(chosen: np.ndarray) -> np.ndarray:
    return (chosen.min(axis=0) + chosen.max(axis=0)) / 2


def _mirror(axis: int) -> Callable[[np.ndarray, float], np.ndarray]:
    sign = np.array([-1.0, 1.0]) if axis == 0 else np.array([1.0, -1.0])
    return lambda chosen, _step: (chosen - _middle(chosen)) * sign + _middle(chosen)


def _turn(chosen: np.ndarray, _step: float) -> np.ndarray:
    away = chosen - _middle(chosen)
    return np.column_stack([-away[:, 1], away[:, 0]]) + _middle(chosen)


def _align(axis: int, where: Callable[[np.ndarray], float]) -> Callable[[np.ndarray, float], np.ndarray]:
    def align(chosen: np.ndarray, _step: float) -> np.ndarray:
        result = chosen.copy()
        result[:, axis] = where(chosen[:, axis])
        return result

    return align


def _spread(axis: int) -> Callable[[np.ndarray, float], np.ndarray]:
    def spread(chosen: np.ndarray, _step: float) -> np.ndarray:
        result = chosen.copy()
        order = np.argsort(chosen[:, axis], kind="stable")
        result[order, axis] = np.linspace(chosen[:, axis].min(), chosen[:, axis].max(), len(chosen))
        return result

    return spread


def _snap(chosen: np.ndarray, step: float) -> np.ndarray:
    return np.round(chosen / step) * step if step > 0 else chosen


def _halfway(values: np.ndarray) -> float:
    return float(values.min() + values.max()) / 2


# name: words for the choice, function of the chosen positions (n, 2) and the step of the grid
ARRANGEMENTS: dict[str, tuple[str, Callable[[np.ndarray, float], np.ndarray]]] = {
    "mirror-x": ("Mirror left and right", _mirror(0)),
    "mirror-y": ("Mirror up and down", _mirror(1)),
    "turn": ("Turn by 90°", _turn),
    "left": ("Align: left", _align(0, np.min)),
    "centre": ("Align: centre", _align(0, _halfway)),
    "right": ("Align: right", _align(0, np.max)),
    "bottom": ("Align: bottom", _align(1, np.min)),
    "middle": ("Align: middle", _align(1, _halfway)),
    "top": ("Align: top", _align(1, np.max)),
    "spread-x": ("Spread evenly across", _spread(0)),
    "spread-y": ("Spread evenly along", _spread(1)),
    "snap": ("Snap to the grid", _snap),
}


def arranged(positions: np.ndarray, contacts: Iterable[int], how: str, step: float) -> np.ndarray:
    """With these arranged in one of the ways of `ARRANGEMENTS`; `step` of the grid in um."""
    contacts = list(contacts)
    result = np.array(positions)
    result[contacts] = ARRANGEMENTS[how][1](result[contacts].astype(float), step)
    return result


# Shanks and shapes


def on_shank(old: ProbeLayout, contacts: Iterable[int], shank: int) -> ProbeLayout:
    """With these on a shank, counted from 0."""
    shanks = np.array(old.shanks)
    shanks[list(contacts)] = shank
    return replace(old, shanks=shanks)


def sized(old: ProbeLayout, contacts: Iterable[int], width: float, height: float) -> ProbeLayout:
    """With these of a width and height in um; height 0 is round, both 0 not known."""
    sizes = np.array(old.sizes)
    sizes[list(contacts)] = (width, height)
    return replace(old, sizes=sizes)


# Numbering


def reading_order(old: ProbeLayout, by: str) -> np.ndarray:
    """Contacts in the order of one of `ORDERS`: (contacts,) indices."""
    x, y = (_steps(old.positions[:, axis]) for axis in (0, 1))
    keys = {"up": (x, y), "down": (x, -y), "columns": (y, x), "shanks": (x, y, old.shanks)}
    return np.lexsort(keys[by])


def _steps(values: np.ndarray) -> np.ndarray:
    """Rank of each value; values that hardly differ get the same."""
    order = np.argsort(values, kind="stable")
    ranks = np.concatenate([[0], np.cumsum(np.diff(values[order]) > SAME_ROW)]) if len(values) else order
    result = np.empty(len(values), np.int64)
    result[order] = ranks
    return result


def renumbered(count: int, contacts: Sequence[int], first: int) -> np.ndarray:
    """Order (indices) in which `contacts` are on the channels from `first` on, and all others keep their sequence."""
    chosen = list(dict.fromkeys(contacts))
    others = [index for index in range(count) if index not in set(chosen)]
    return np.array([*others[:first], *chosen, *others[first:]], np.int64)


def mapped(channels: Sequence[int]) -> np.ndarray:
    """Order (indices) in which contact i is on channel channels[i], counted from 0 or from 1.

    Raises
    ------
    ValueError
        If they are not each channel once; the sentence says which is missing or there twice.
    """
    channels = np.asarray(channels, np.int64)
    count, first = len(channels), 1 if len(channels) and channels.min() == 1 else 0
    wanted = np.arange(first, first + count)
    twice = np.flatnonzero(np.bincount(np.clip(channels, 0, None)) > 1)
    if len(twice):
        raise ValueError(f"Channel {twice[0]} is there twice: each contact needs a channel of its own.")
    missing = np.setdiff1d(wanted, channels)
    if len(missing):
        raise ValueError(f"No contact is on channel {missing[0]}: {count} contacts need {wanted[0]} to {wanted[-1]}.")
    return np.argsort(channels)


# Looking


def neighbour(positions: np.ndarray, contact: int, direction: tuple[int, int]) -> int:
    """The nearest contact in a direction (x, y), such as (0, 1) for up; the same one where there is none."""
    away = positions - positions[contact]
    along, aside = away @ np.array(direction, float), np.abs(away @ np.array(direction[::-1], float))
    cost = np.where(along > 0, along + ASIDE * aside, np.inf)
    best = int(cost.argmin())
    return best if np.isfinite(cost[best]) else contact


def snapped(value: float, step: float) -> float:
    """The nearest multiple of `step`; a step of 0 changes nothing but needless decimals (0.1 um)."""
    return round(value / step) * step if step > 0 else round(value, 1)
