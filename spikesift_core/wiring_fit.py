"""How well an assignment of channels to contacts explains which signals are alike: likeness falls with distance.

The model: the likeness of two channels is a function of the distance of their contacts that only falls, times how
strongly each of the two takes part in what its surroundings hear. Function and strengths are fitted to each assignment;
what is left over, its misfit, is smallest for the right one. In every sound recording that was tried (real noise of
Neuropixels, simulations on eleven layouts) each wrong assignment left more over, down to two exchanged neighbours.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import isotonic_regression

GROUP_UM = 2.0  # distances that differ by less are one
ROUNDS = 3  # of fitting the function and the strengths in turn
WEAKEST, STRONGEST = 0.2, 3.0
MOST_SWAPS = 200
REFINED = 4  # times that the function is fitted anew to the assignment that was found with it


def distance_groups(positions: np.ndarray) -> np.ndarray:
    """(contacts, contacts) int64: distances in steps of `GROUP_UM`, numbered from the smallest."""
    away = np.asarray(positions, float)[:, None] - np.asarray(positions, float)
    steps = np.round(np.hypot(away[..., 0], away[..., 1]) / GROUP_UM).astype(np.int64)
    return np.unique(steps, return_inverse=True)[1].reshape(steps.shape)


def misfit(alike: np.ndarray, groups: np.ndarray, order: np.ndarray | None = None) -> np.ndarray:
    """What is left over of the likeness of each pair of channels, (channels, channels) float64, squared.

    Parameters
    ----------
    alike : (channels, channels) float64, correlations, 0 on the diagonal.
    groups : see `distance_groups`.
    order : (channels,) int64, the contact of each channel; None is its own.
    """
    groups = groups if order is None else groups[np.ix_(order, order)]
    strength, falling = fitted(alike, groups)
    left = (alike - falling * strength * strength[:, None]) ** 2
    np.fill_diagonal(left, 0.0)
    return left


def fitted(alike: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strength of each channel (channels,), and the likeness at the distance of each pair (channels, channels)."""
    strength = np.ones(len(alike))
    for _ in range(ROUNDS):
        falling = _falling(alike, groups, strength)
        part = falling * strength
        strength = (alike * part).sum(axis=1) / np.maximum((part**2).sum(axis=1), 1e-12)
        strength = np.clip(strength, WEAKEST, STRONGEST)
    return strength, _falling(alike, groups, strength)


def _falling(alike: np.ndarray, groups: np.ndarray, strength: np.ndarray) -> np.ndarray:
    weights = strength * strength[:, None]
    np.fill_diagonal(weights, 0.0)
    total = np.bincount(groups.ravel(), (weights**2).ravel())
    there = total > 0
    mean = np.bincount(groups.ravel(), (weights * alike).ravel())[there] / total[there]
    found = np.zeros(len(total))
    found[there] = isotonic_regression(mean, weights=total[there], increasing=False).x
    made = found[groups]
    np.fill_diagonal(made, 0.0)
    return made


def refined(alike: np.ndarray, groups: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The assignment that is reached from `start` by exchanges of two channels, each of which lessens the misfit."""
    order = start
    for _ in range(REFINED):
        strength, falling = fitted(alike, groups[np.ix_(order, order)])
        contact_of = np.argsort(order)
        better = climb(alike * strength * strength[:, None], falling[np.ix_(contact_of, contact_of)], order)
        if np.array_equal(better, order):
            break
        order = better
    return order


def climb(alike: np.ndarray, near: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The best exchange of two channels, again and again, as long as near ones become more alike.

    Parameters
    ----------
    near : (contacts, contacts) float64, how much the likeness of channels at each pair of contacts counts.
    """
    order = start.copy()
    weights = ((near + near.T) / 2)[np.ix_(order, order)]
    mixed = alike @ weights
    for _ in range(MOST_SWAPS):
        have = (weights * alike).sum(axis=1)
        gain = mixed + mixed.T - have[:, None] - have + 2 * weights * alike
        one, other = np.unravel_index(int(np.argmax(gain)), gain.shape)
        if gain[one, other] < 1e-9:
            break
        there, back = [one, other], [other, one]
        order[there] = order[back]
        weights[:, there], mixed[:, there] = weights[:, back], mixed[:, back]
        mixed += np.outer(alike[:, one] - alike[:, other], weights[other] - weights[one])
        weights[there] = weights[back]
    return order
