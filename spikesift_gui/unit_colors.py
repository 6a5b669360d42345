"""Colours of units: a unit's colour follows its id, on a light and on a dark background alike.

The colours are chosen one after the other, each as far as possible from those before it, as seen by normal eyes and
by eyes without the red or the green cones. Distances are in OKLab (Ottosson 2020); colour-blind sight is simulated
after Machado, Oliveira & Fernandes (2009), severity 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

COLORS = 256
ALIKE = 0.07  # weighted distance of two colours (see `_nearest`) below which they can be mistaken for each other
MOST_TOLD_APART = 12  # selected units; of more nobody can tell the colours apart
# Relative luminance between these has a contrast of at least 2.7 with both a white and a near-black background.
DARKEST, BRIGHTEST = 0.12, 0.33
FIRST = (0.20, 0.47, 0.90)  # the first unit is blue
# Normal eyes, and those without the red or the green cones: these have less to tell colours apart by, so their smaller
# distances count a little more leniently.
EYES = np.array([1.0, 1.6, 1.6])

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_PROTANOPIA = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
)
_DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)


def unit_color(unit_id: int) -> str:
    """The colour of a unit as "#rrggbb". Ids 256 apart share one."""
    return _table()[int(unit_id) % COLORS]


def unit_palette(selected: Sequence[int]) -> Callable[[int], str]:
    """The colour of each unit while these are selected, in this order: its own, but no two selected ones are alike.

    A picture of the selected units would otherwise show two in one colour now and then. The first of two keeps its own
    colour, the other gets the first of the table that is like none of those before it, in all views alike.
    """
    units = tuple(dict.fromkeys(int(unit) for unit in selected[:MOST_TOLD_APART]))
    changed = dict(zip(units, told_apart(units), strict=True))
    return lambda unit: changed.get(unit) or unit_color(unit)


@lru_cache(maxsize=64)
def told_apart(units: tuple[int, ...]) -> tuple[str, ...]:
    """A colour for each of `units`, which may have one number twice: its own, unless that is like one before it.

    Then the first of the table that is like none before it; if there is none any more, the one least like them.
    """
    colors, alike = _table(), _distances()
    nearest = np.full(COLORS, np.inf)
    found = []
    for unit in units:
        index = unit % COLORS
        if nearest[index] < ALIKE:
            index = int(np.argmax(nearest >= ALIKE)) if (nearest >= ALIKE).any() else int(nearest.argmax())
        found.append(colors[index])
        nearest = np.minimum(nearest, alike[index])
    return tuple(found)


@lru_cache(maxsize=1)
def _distances() -> np.ndarray:
    """Of every two colours of the table as the eyes see them, (COLORS, COLORS)."""
    rgb = np.array([[int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)] for color in _table()])
    lab = perceived(rgb)
    return np.stack([_nearest(lab, index, np.full(COLORS, np.inf)) for index in range(COLORS)])


def linear(rgb: np.ndarray) -> np.ndarray:
    """sRGB (…, 3) in 0 to 1 as linear light."""
    rgb = np.asarray(rgb, dtype=float)
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Relative luminance (WCAG 2) of sRGB (…, 3) in 0 to 1."""
    return linear(rgb) @ np.array([0.2126, 0.7152, 0.0722])


def perceived(rgb: np.ndarray) -> np.ndarray:
    """sRGB (n, 3) as (3, n, 3) OKLab: as seen by normal, protanopic and deuteranopic eyes."""
    light = linear(rgb)
    seen = [light, light @ _PROTANOPIA.T, light @ _DEUTERANOPIA.T]
    return np.stack([np.cbrt(np.clip(one, 0, 1) @ _TO_LMS.T) @ _TO_LAB.T for one in seen])


@lru_cache(maxsize=1)
def _table() -> tuple[str, ...]:
    candidates = _candidates()
    lab = perceived(candidates)
    nearest = np.full(len(candidates), np.inf)
    chosen: list[int] = []
    index = int(np.argmin(((candidates - FIRST) ** 2).sum(axis=1)))
    for _ in range(COLORS):
        chosen.append(index)
        nearest = _nearest(lab, index, nearest)
        index = int(nearest.argmax())
    bytes_ = np.rint(255 * candidates[chosen]).astype(int)
    return tuple(f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in bytes_)


def _nearest(lab: np.ndarray, index: int, nearest: np.ndarray) -> np.ndarray:
    """Distance of each colour from the nearest one chosen, (n,), when one more is chosen; `lab` as from `perceived`."""
    distances = np.sqrt(((lab - lab[:, index : index + 1]) ** 2).sum(axis=2))
    return np.minimum(nearest, (EYES[:, None] * distances).min(axis=0))


def _candidates() -> np.ndarray:
    steps = np.linspace(0.0, 1.0, 17)
    rgb = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    bright = luminance(rgb)
    colorfulness = rgb.max(axis=1) - rgb.min(axis=1)
    calm = (colorfulness > 0.3) & (colorfulness < 0.82)  # neither grey, which means "not a unit", nor glaring
    return rgb[(bright >= DARKEST) & (bright <= BRIGHTEST) & calm]
