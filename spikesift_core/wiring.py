"""Does each channel have the contact it was recorded from? Neighbours on a probe hear the same cells and noise.

The signals of a recording that is wired as described are more alike between contacts that are near each other than
between others. If another assignment of channels to contacts makes near ones clearly more alike, the channel map is
probably wrong. An assignment is looked for in one half of the data and has to prove itself in the other. A probe that
looks the same upside down cannot tell which way round it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from spikesift_core.channel_health import channel_health, piece_starts
from spikesift_core.findings import Finding, listed
from spikesift_core.recording import Recording
from spikesift_core.recording_view import RecordingView
from spikesift_core.stages.neighbours import nearest_channels
from spikesift_core.traces import read_filtered

FEWEST = 6  # channels; fewer are all near each other
MOST = 1024
NEIGHBOURS = 4
LARGEST = 4.0  # SDs; what is larger (spikes) is cut off there, so that a few cells do not decide
FEWEST_FOR_MEAN = 16  # channels whose mean is taken off: what all have in common says nothing
CLEAR_GAIN = 0.05  # correlation with its neighbours that a channel must gain to tell anything ...
CLEAR_SHARE = 0.85  # ... and what these had, less than this share of what they get, both above that of far ones
LEAST_GAINED = 0.2  # by all of these together: in well wired recordings no channel gains by any of the rules ...
MOST_LOST = 0.1  # ... and this share of it is all that the others may lose
SIMPLE_SHARE = 0.95  # of the best gain: then a rule that can be said in words is preferred
MOST_SWAPS = 200
FEW_NAMED = 6  # moved channels that are named


@dataclass(frozen=True, eq=False)
class Wiring:
    """Another assignment of channels to contacts that fits the signals better.

    Attributes
    ----------
    order : (channels,) int64, the contact that each channel should have: channel c belongs at positions[order[c]].
    rule : in words, such as "as if the channel map counted from 1", or "".
    before, after : mean correlation of the channels that show it with their neighbours, now and with `order`.
    """

    order: np.ndarray
    rule: str
    before: float
    after: float


def wiring_findings(recording: Recording) -> list[Finding]:
    """What is to be said about the wiring; nothing when it fits.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    found = better_wiring(recording)
    if found is None:
        return []
    moved = np.flatnonzero(found.order != np.arange(len(found.order)))
    alike = f"correlation {found.before:.2f}; {found.after:.2f} with another wiring"
    if found.rule:
        what = f"The channels fit the probe better {found.rule}"
    elif len(moved) <= FEW_NAMED:
        pairs = ", ".join(f"{channel} at the contact of {found.order[channel]}" for channel in moved)
        what = f"Some channels seem to be exchanged ({pairs})"
    else:
        what = f"{len(moved)} channels seem to be at other contacts ({listed(moved)})"
    words = (
        f"Neighbours on the probe are less alike than they should be. {what}: {alike}. Check the channel map; "
        "a probe that looks the same upside down cannot tell which end is up."
    )
    return [Finding(words, order=found.order)]


def better_wiring(recording: Recording) -> Wiring | None:
    """A clearly better assignment of channels to contacts, or None: the probe fits, or there is too little to tell.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    living = np.array([one.channel for one in channel_health(recording) if one.noise > 0], np.int64)
    positions = recording.probe_geometry[living]
    if not FEWEST <= len(living) <= MOST or len(np.unique(positions, axis=0)) < len(living):
        return None
    halves = likeness(RecordingView(recording, living))
    if halves is None:
        return None
    found = judge_wiring(*halves, positions)
    if found is None:
        return None
    order = np.arange(recording.recording_channels)
    order[living] = living[found.order]
    return Wiring(order, found.rule, found.before, found.after)


def likeness(recording: Recording | RecordingView) -> tuple[np.ndarray, np.ndarray] | None:
    """Correlations (channels, channels) float64 in the band of spikes, zero on the diagonal, of two halves of the data;
    None for less than two pieces."""
    starts, length = piece_starts(recording)
    if len(starts) < 2:
        return None
    sums = [np.zeros((recording.recording_channels,) * 2) for _ in range(2)]
    for place, start in enumerate(starts):
        signal = read_filtered(recording, start, length)
        size = np.median(np.abs(signal), axis=0) / 0.6745
        signal = np.clip(signal / np.where(size > 0, size, 1), -LARGEST, LARGEST)
        if signal.shape[1] >= FEWEST_FOR_MEAN:
            signal -= signal.mean(axis=1, keepdims=True)
        sums[place % 2] += signal.T @ signal
    return tuple(_correlation(one) for one in sums)


def judge_wiring(one: np.ndarray, other: np.ndarray, positions: np.ndarray) -> Wiring | None:
    """A clearly better assignment, from the correlations (channels, channels) of two halves of the data."""
    near = _nearness(positions)
    count = len(positions)
    plain = np.arange(count)
    named = [(rule, order) for rule, order in _rules(count)]
    scored = [(_near(one, near, order).mean(), rule, order) for rule, order in named]
    best_score, rule, best = max(scored, key=lambda row: row[0])
    climbed = max(
        (_climb(one, near, start) for start in (plain, best, _along(one, positions))),
        key=lambda order: _near(one, near, order).mean(),
    )
    now, most = _near(one, near, plain).mean(), _near(one, near, climbed).mean()
    if best_score - now < SIMPLE_SHARE * (most - now):
        rule, best = "", _without_weak_cycles(one, near, climbed)
    return _proven(one, other, near, best, rule)


def _proven(one: np.ndarray, other: np.ndarray, near: np.ndarray, order: np.ndarray, rule: str) -> Wiring | None:
    """The assignment, if the channels that gained by it in one half of the data gain clearly in the other half too.

    Most channels of a probe that is off by one contact have much the same neighbours as before: they tell nothing.
    """
    plain = np.arange(len(order))
    telling = _near(one, near, order) - _near(one, near, plain) > CLEAR_GAIN
    if not telling.any():
        return None
    had, gets = _near(other, near, plain), _near(other, near, order)
    before, after = had[telling].mean(), gets[telling].mean()
    far = other.sum() / (len(other) * (len(other) - 1))
    lost = (gets - had)[~telling].sum()
    gained = (gets - had)[telling].sum()
    unclear = after - before < CLEAR_GAIN or before - far > CLEAR_SHARE * (after - far)
    if unclear or gained < LEAST_GAINED or -lost > MOST_LOST * gained:
        return None
    return Wiring(order, rule, float(before), float(after))


def _correlation(products: np.ndarray) -> np.ndarray:
    size = np.sqrt(np.maximum(np.diag(products), 1e-12))
    made = products / size / size[:, None]
    np.fill_diagonal(made, 0.0)
    return made


def _nearness(positions: np.ndarray) -> np.ndarray:
    """(contacts, contacts) float64: rows sum to 1 over the nearest contacts of each."""
    nearest = nearest_channels(np.asarray(positions, np.float32), NEIGHBOURS + 1)[:, 1:]
    made = np.zeros((len(positions),) * 2)
    np.put_along_axis(made, nearest, 1.0 / nearest.shape[1], axis=1)
    return made


def _near(alike: np.ndarray, near: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Mean correlation of each channel with those at the nearest contacts, with channel c at contact order[c]."""
    return (near[np.ix_(order, order)] * alike).sum(axis=1)


def _rules(count: int) -> Iterator[tuple[str, np.ndarray]]:
    """Mistakes that are made: what they look like in words, and the contact that each channel should have then."""
    plain = np.arange(count)
    half = count // 2
    yield "", plain
    yield "if each is moved on by one, as if the channel map counted from 1", np.roll(plain, -1)
    yield "if each is moved back by one, as if the channel map counted from 0 where it counts from 1", np.roll(plain, 1)
    if count % 2 == 0:
        yield "with the two of each pair exchanged", plain ^ 1
        even_first = np.concatenate([plain[::2], plain[1::2]])
        yield "if the file holds all even contacts first, then all odd ones", even_first
        yield "if the file holds the two halves of the probe in turns", np.argsort(even_first)
        yield "with the halves exchanged", np.roll(plain, half)
    yield "with the first half reversed", np.concatenate([plain[:half][::-1], plain[half:]])
    yield "with the second half reversed", np.concatenate([plain[:half], plain[half:][::-1]])


def _along(alike: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Channels in a row by likeness (the second eigenvector of the Laplacian), put on the contacts by depth.

    Seriation after Atkins, Boman and Hendrickson, SIAM J. Comput. 28, 1998.
    """
    weights = np.maximum(alike, 0)
    laplacian = np.diag(weights.sum(axis=1)) - weights
    row = np.argsort(np.linalg.eigh(laplacian)[1][:, 1], kind="stable")
    places = np.lexsort((positions[:, 0], positions[:, 1]))
    order, flipped = np.empty(len(row), np.int64), np.empty(len(row), np.int64)
    order[row], flipped[row[::-1]] = places, places
    depth = positions[:, 1]
    upright = np.abs(depth[order] - depth).sum() <= np.abs(depth[flipped] - depth).sum()
    return order if upright else flipped


def _climb(alike: np.ndarray, near: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The best exchange of two channels, again and again, as long as near ones become more alike."""
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


def _without_weak_cycles(alike: np.ndarray, near: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The assignment without the exchanges that gain little: those may be chance."""
    kept = order.copy()
    gained = _near(alike, near, order) - _near(alike, near, np.arange(len(order)))
    seen = np.zeros(len(order), bool)
    for first in range(len(order)):
        cycle, channel = [], first
        while not seen[channel]:
            seen[channel] = True
            cycle.append(channel)
            channel = int(order[channel])
        if cycle and gained[cycle].mean() < CLEAR_GAIN:
            kept[cycle] = cycle
    return kept
