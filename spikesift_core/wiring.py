"""Does each channel have the contact it was recorded from? Neighbours on a probe hear the same cells and noise.

The signals of a recording that is wired as described are more alike between contacts that are near each other than
between others. If another assignment of channels to contacts explains clearly better which are alike, the channel map
is probably wrong. An assignment is looked for in one half of the data and has to prove itself in both. Mistakes that
are often made are tried too, and rows the other way round: they move whole parts of the probe, inside which distances
stay, so that only pairs of channels whose distance changes are looked at. A probe that looks the same upside down, or
in a mirror, cannot tell which way round it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from spikesift_core.channel_health import channel_health, piece_starts
from spikesift_core.findings import Finding, listed
from spikesift_core.recording import Recording
from spikesift_core.recording_view import RecordingView
from spikesift_core.stages.neighbours import nearest_channels
from spikesift_core.traces import read_filtered
from spikesift_core.wiring_fit import climb, distance_groups, misfit, refined
from spikesift_core.wiring_rows import turned_rows

FEWEST = 6  # channels; fewer are all near each other
MOST = 1024
NEIGHBOURS = 4
LARGEST = 4.0  # SDs; what is larger (spikes) is cut off there, so that a few cells do not decide
FEWEST_FOR_MEAN = 16  # channels whose mean is taken off: what all have in common says nothing
SAME = 0.995  # correlation of two channels that hold the same signal
LEAST_LIKE = (
    0.1  # usual highest correlation of a channel, 0.18 and more on probes; noise alone, with 0.06, tells nothing
)
WEAK_SHARE = 0.3  # of the usual highest correlation: a channel with less says nothing
FAR_OFF = 0.3  # of how the likeness differs is left over: then assignments that are quite different are tried
# Of how the likeness of channels that would be moved differs: how much of it the better assignment must explain, how
# much more than the described one, and how many times as much that one must leave over. Rules are few, so that chance
# does not find them: they may explain little more, as of a map that is off by one most distances are the same.
LEAST_EXPLAINED, LEAST_MORE, LEAST_GAIN, LEAST_GAIN_OF_RULES = 0.6, 0.05, 1.5, 1.62
# The same for near pairs of channels whose distance changes. In sound recordings a usual mistake would have left over 5
# times as much of them, or more; where it had been made, undoing it left 1/4 or less (turned rows: 0.9 or less).
CHANGED_GAIN, CHANGED_EXPLAINED, TURNED_GAIN = 2.0, 0.5, 1.04
TURNED = 0.01  # less is left over by chance where all of it is upside down: then what moves fewer channels is preferred
SIMPLE_SHARE = 1.1  # of what the best leaves over: then a rule that can be said in words is preferred
MOST_WEIGHED = 64  # moved channels of which each exchange is weighed by itself
FEW_NAMED = 6  # moved channels that are named


@dataclass(frozen=True, eq=False)
class Wiring:
    """Another assignment of channels to contacts that fits the signals better.

    Attributes
    ----------
    order : (channels,) int64, the contact that each channel should have: channel c belongs at positions[order[c]].
    rule : in words, such as "as if the channel map counted from 1", or "".
    before, after : share of what is different in the likeness of the channels that are moved that the distance of the
        contacts explains, 0 to 1: now, and with `order`.
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
    looked_at = _look(recording)
    if looked_at is None:
        return []
    living, halves = looked_at
    same = same_signals(*halves)
    found = _better(recording, living, halves)
    return [*([_same_words(living, same)] if same else []), *([_wiring_words(found)] if found else [])]


def _same_words(living: np.ndarray, same: list[tuple[int, int]]) -> Finding:
    first, second = living[list(same[0])]
    more = f", and {len(same) - 1} more pairs," if len(same) > 1 else ""
    return Finding(
        f"Channels {first} and {second}{more} hold the same signal: are the wires or contacts shorted, or is one a "
        "copy of the other? It looks as if cells were near both; leave one of them out.",
        leave_out=tuple(sorted({int(living[pair[1]]) for pair in same})),
    )


def _wiring_words(found: Wiring) -> Finding:
    moved = np.flatnonzero(found.order != np.arange(len(found.order)))
    alike = f"what distances on the probe leave unexplained falls from {1 - found.before:.1%} to {1 - found.after:.1%}"
    if found.rule:
        what = f"The channels fit the probe better {found.rule}"
    elif len(moved) <= FEW_NAMED:
        pairs = ", ".join(f"{channel} at the contact of {found.order[channel]}" for channel in moved)
        what = f"Some channels seem to be exchanged: {pairs}"
    else:
        what = f"{len(moved)} channels seem to be at other contacts: {listed(moved)}"
    check = "Check the channel map"
    if not found.rule and len(moved) > FEW_NAMED:
        check = (
            "The order that was found is the best guess from the signals, and parts of it may be wrong: look the "
            "wiring up in the papers of probe and headstage"
        )
    words = (
        f"Neighbours on the probe are less alike than they should be. {what} ({alike}). {check}; a probe that looks "
        "the same upside down or in a mirror cannot tell which way round it is."
    )
    return Finding(words, order=found.order)


def better_wiring(recording: Recording) -> Wiring | None:
    """A clearly better assignment of channels to contacts, or None: the probe fits, or there is too little to tell.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    looked_at = _look(recording)
    return _better(recording, *looked_at) if looked_at else None


def _look(recording: Recording) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]] | None:
    """Channels with a signal (k,) int64, and their likeness; None where it tells nothing."""
    living = np.array([one.channel for one in channel_health(recording) if one.noise > 0], np.int64)
    positions = recording.probe_geometry[living]
    if not FEWEST <= len(living) <= MOST or len(np.unique(positions, axis=0)) < len(living):
        return None
    halves = likeness(RecordingView(recording, living))
    return None if halves is None else (living, halves)


def _better(recording: Recording, living: np.ndarray, halves: tuple[np.ndarray, np.ndarray]) -> Wiring | None:
    found = judge_wiring(*halves, recording.probe_geometry[living])
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
    """A clearly better assignment, from the correlations (channels, channels) of two halves of the data.

    Looked for in the first half; it has to leave much less over in both (see `wiring_fit`).
    """
    telling = _telling(one, other)
    if len(telling) < FEWEST:
        return None
    halves = [half[np.ix_(telling, telling)] for half in (one, other)]
    places = positions[telling]
    groups = distance_groups(places)
    near = _near(places)
    found = [_searched(halves, places, groups), _often_made(halves, groups, near)]
    found.append(_turned(halves, places, groups, near))
    found = [wiring for wiring in found if wiring is not None]
    if not found:
        return None
    best = min(found, key=lambda wiring: sum(misfit(half, groups, wiring.order).sum() for half in halves))
    whole = np.arange(len(one))
    whole[telling] = telling[best.order]
    return replace(best, order=whole)


def _searched(halves: list[np.ndarray], positions: np.ndarray, groups: np.ndarray) -> Wiring | None:
    """The assignment that leaves least over, if it does so clearly where channels are moved."""
    order, rule = _best(halves[0], positions)
    moved = order != np.arange(len(order))
    if not moved.any():
        return None
    shares = np.array([_explained(half, groups, order, moved) for half in halves])
    now, then = shares.T
    more, gain = (0.0, LEAST_GAIN_OF_RULES) if rule else (LEAST_MORE, LEAST_GAIN)
    if not ((then >= LEAST_EXPLAINED) & (then - now >= more) & (1 - now >= gain * (1 - then))).all():
        return None
    return Wiring(order, rule, *map(float, shares[1]))


def _often_made(halves: list[np.ndarray], groups: np.ndarray, near: np.ndarray) -> Wiring | None:
    """The mistake that explains most of the pairs whose distance it changes, if it does so clearly."""
    best, most = None, CHANGED_GAIN
    for rule, order in _rules(len(groups)):
        shares = np.array([_explained_of_changed(half, groups, near, order) for half in halves])
        gain = float(np.min((1 - shares[:, 0]) / np.maximum(1 - shares[:, 1], 1e-12)))
        if rule and gain > most and (shares[:, 1] >= CHANGED_EXPLAINED).all():
            best, most = Wiring(order, rule, *map(float, shares[1])), gain
    return best


def _turned(halves: list[np.ndarray], positions: np.ndarray, groups: np.ndarray, near: np.ndarray) -> Wiring | None:
    """Rows of two contacts that are the other way round than the rest: the same ones in both halves."""
    order, again = (turned_rows(half, positions) for half in halves)
    count = np.count_nonzero(order != np.arange(len(order))) // 2
    if count == 0 or not np.array_equal(order, again):
        return None
    shares = np.array([_explained_of_changed(half, groups, near, order) for half in halves])
    if not (1 - shares[:, 0] >= TURNED_GAIN * (1 - shares[:, 1])).all():
        return None
    rule = f"with the two contacts of a row exchanged, in {count} of the rows" if count > FEW_NAMED // 2 else ""
    return Wiring(order, rule, *map(float, shares[1]))


def _explained_of_changed(alike, groups: np.ndarray, near: np.ndarray, order: np.ndarray) -> tuple[float, float]:
    """As `_explained`, of the pairs of channels that have another distance with `order` and are near in either."""
    changed = (groups != groups[np.ix_(order, order)]) & (near | near[np.ix_(order, order)])
    if not changed.any():
        return 0.0, 0.0
    others = ~np.eye(len(alike), dtype=bool)
    whole = ((alike - alike[others].mean()) ** 2)[changed].sum()
    now, then = (misfit(alike, groups, one)[changed].sum() for one in (None, order))
    return 1 - now / whole, 1 - then / whole


def _near(positions: np.ndarray) -> np.ndarray:
    """Pairs of contacts up to twice as far from each other as a contact from its second nearest, (n, n) bool."""
    away = np.hypot(*(positions[:, None] - positions).transpose(2, 0, 1))
    return (away <= 2 * np.median(np.sort(away, axis=1)[:, 2])) & ~np.eye(len(away), dtype=bool)


def same_signals(one: np.ndarray, other: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of channels that hold the same signal in both halves of the data."""
    return [tuple(pair) for pair in np.argwhere(np.triu(np.minimum(one, other) > SAME, 1)).tolist()]


def _telling(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Channels whose likeness tells where they are: not those that are like none, nor those that are the same."""
    both = np.minimum(one, other)
    most = both.max(axis=1)
    if np.median(most) < LEAST_LIKE:
        return np.zeros(0, np.int64)
    return np.flatnonzero((most > WEAK_SHARE * np.median(most)) & (most < SAME))


def _best(alike: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, str]:
    """The assignment that leaves least over, and the rule in words if it is one."""
    groups, near = distance_groups(positions), _nearness(positions)
    plain = np.arange(len(alike))

    def left(order: np.ndarray) -> float:
        return float(misfit(alike, groups, order).sum())

    ruled = [(left(order), number, rule, order) for number, (rule, order) in enumerate(_rules(len(alike)))]
    least, _, rule, simple = min(ruled)
    tried = [refined(alike, groups, start) for start in ((plain, simple) if rule else (plain,))]
    pairs = ~np.eye(len(alike), dtype=bool)
    if left(plain) > FAR_OFF * ((alike - alike[pairs].mean())[pairs] ** 2).sum():
        other = min(_along(alike, positions), climb(alike, near, plain), key=left)
        tried.append(refined(alike, groups, other))
    found = min(tried, key=lambda order: left(order) * (1 + TURNED * np.mean(order != plain)))
    simpler = rule and least <= SIMPLE_SHARE * left(found)
    return (simple, rule) if simpler else (_without_weak_cycles(alike, groups, found), "")


def _without_weak_cycles(alike: np.ndarray, groups: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The assignment without the exchanges that explain little: those may be chance."""
    if np.count_nonzero(order != np.arange(len(order))) > MOST_WEIGHED:
        return order
    kept, seen = order.copy(), np.zeros(len(order), bool)
    for first in np.flatnonzero(order != np.arange(len(order))):
        cycle, channel = [], int(first)
        while not seen[channel]:
            seen[channel] = True
            cycle.append(channel)
            channel = int(order[channel])
        if not cycle:
            continue
        back = kept.copy()
        back[cycle] = cycle
        without, then = (misfit(alike, groups, one)[cycle].sum() for one in (back, kept))
        if without < LEAST_GAIN * then:
            kept = back
    return kept


def _explained(alike: np.ndarray, groups: np.ndarray, order: np.ndarray, moved: np.ndarray) -> tuple[float, float]:
    """Share of what is different in the likeness of the channels that are moved that distance explains: as they are
    described, and with `order`."""
    others = ~np.eye(len(alike), dtype=bool)
    whole = ((alike - alike[others].mean()) ** 2 * others)[moved].sum()
    now, then = (misfit(alike, groups, one)[moved].sum() for one in (None, order))
    return 1 - now / whole, 1 - then / whole


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
