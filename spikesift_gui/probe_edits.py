"""What the probe editor does to contacts: pure functions of positions (contacts, 2) in um; rows in channel order."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

SAME_ROW = 0.5  # um; contacts that differ less in one coordinate stand in one row (or column)

# name: words for the choice
ORDERS = {
    "up": "upwards, row by row",
    "down": "downwards, row by row",
    "columns": "column by column, upwards",
}


def added(positions: np.ndarray, x: float, y: float) -> np.ndarray:
    """With one more contact, on the next channel."""
    return np.vstack([positions, [[x, y]]]).astype(np.float32)


def removed(positions: np.ndarray, contacts: Iterable[int]) -> np.ndarray:
    """Without these; the channels after them move up."""
    return np.delete(positions, list(contacts), axis=0)


def moved(positions: np.ndarray, contacts: Iterable[int], by: tuple[float, float]) -> np.ndarray:
    """With these moved by (x, y) um."""
    result = np.array(positions)
    result[list(contacts)] += np.asarray(by, np.float32)
    return result


def placed(positions: np.ndarray, contact: int, x: float | None = None, y: float | None = None) -> np.ndarray:
    """With one contact at another x, or y, or both."""
    result = np.array(positions)
    for axis, value in enumerate((x, y)):
        if value is not None:
            result[contact, axis] = value
    return result


def reading_order(positions: np.ndarray, by: str) -> np.ndarray:
    """Contacts in the order of one of `ORDERS`: (contacts,) indices."""
    x, y = (_steps(positions[:, axis]) for axis in (0, 1))
    keys = {"up": (x, y), "down": (x, -y), "columns": (y, x)}
    return np.lexsort(keys[by])


def _steps(values: np.ndarray) -> np.ndarray:
    """Rank of each value; values that hardly differ get the same."""
    order = np.argsort(values, kind="stable")
    ranks = np.concatenate([[0], np.cumsum(np.diff(values[order]) > SAME_ROW)]) if len(values) else order
    result = np.empty(len(values), np.int64)
    result[order] = ranks
    return result


def renumbered(count: int, contact: int, channel: int) -> np.ndarray:
    """Order (indices) in which `contact` is on `channel` and all others keep their sequence."""
    others = [index for index in range(count) if index != contact]
    others.insert(channel, contact)
    return np.array(others)


def snapped(value: float, step: float) -> float:
    """The nearest multiple of `step`; a step of 0 changes nothing but needless decimals (0.1 um)."""
    return round(value / step) * step if step > 0 else round(value, 1)
