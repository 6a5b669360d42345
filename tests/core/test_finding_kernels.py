"""Kernels that isolate a unit and search a segment for the next one, against slow twins."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spikesift_core.kernels import finding, isolate
from spikesift_core.kernels.bimodal import best_split
from spikesift_core.kernels.cells import FINISHED, FOUND, MARKED, NOT_HELD
from spikesift_core.stages.segment import with_thresholds
from spikesift_core.stages.units import UnitFinder
from tests import naive_units as naive
from tests.core.test_sorting_kernels import from_cells
from tests.core.unit_signals import around, every, made

few = settings(max_examples=40)


def cut_by(spatial):
    """The rule of kernels/isolate.py as a function for `naive.one_unit`, from the kernel that cuts once."""

    def cut(points, times):
        for least, rest in (
            (isolate.LEAST_DISTANCE, lambda: points),
            (isolate.TREND_DISTANCE, lambda: naive.remove_trend(points, times)),
        ):
            if least == isolate.TREND_DISTANCE and len(points) < isolate.FEWEST_FOR_TREND:
                return None
            side = np.empty(len(points), np.int8)
            rule = least, spatial, isolate.DIP_DISTANCE, isolate.LEAST_RELATIVE, isolate.LEAST_DIP
            best_split(np.ascontiguousarray(rest(), np.float32), *rule, side)
            if 0 < side.sum() < len(side):
                return side
        return None

    return cut


def one_unit(points, times, spatial=0.4, fewest=5.0, template=()):
    rows = np.empty(len(points), np.int64)
    given_points = np.ascontiguousarray(points, np.float32)
    count = isolate.one_unit(given_points, times, spatial, fewest, np.array(template, np.float32), rows)
    np.testing.assert_array_equal(given_points, np.asarray(points, np.float32))
    return rows[:count]


# ------------------------------------------------------------------ the trend


@few
@given(st.data())
def test_remove_trend(data):
    count, width = data.draw(st.integers(1, 60)), data.draw(st.integers(1, 6))
    times = np.sort(data.draw(arrays(np.int64, count, elements=st.integers(0, 900_000))))
    rng = np.random.default_rng(count)
    points = (rng.normal(0, 5, (count, width)) + np.outer(times / 1e5, np.arange(width))).astype(np.float32)
    expected = naive.remove_trend(points, times)
    isolate.remove_trend(points, times)
    # where all but a few times are nearly the same, a curve through them is badly determined
    spaced = len(np.unique(times)) == 1 or np.diff(np.unique(times)).min() > 1e-3 * np.ptp(times)
    np.testing.assert_allclose(points.mean(axis=0), expected.mean(axis=0), atol=1e-4)
    if spaced:
        np.testing.assert_allclose(points, expected, atol=2e-3)


def test_the_trend_is_taken_out_and_the_mean_stays():
    rng = np.random.default_rng(7)
    times = np.sort(rng.integers(0, 10**6, 200))
    t = times / 10**6
    noise = rng.normal(0, 1, (200, 3)).astype(np.float32)
    data = (noise + np.c_[5 * t, 3 - 8 * t**2, np.zeros(200)]).astype(np.float32)
    left = data.copy()
    isolate.remove_trend(left, times)
    np.testing.assert_allclose(left.mean(axis=0), data.mean(axis=0), atol=1e-4)
    fitted = np.polynomial.polynomial.polyfit(t, left, 2)
    np.testing.assert_allclose(fitted[1:], 0, atol=1e-2)
    straight = np.polyfit(t, data.astype(float), 2)
    rest = data - np.array([np.polyval(line, t) for line in straight.T]).T
    np.testing.assert_allclose(left - left.mean(axis=0), rest, atol=1e-3)


# ------------------------------------------------------------------ one unit


@pytest.mark.parametrize("nearest", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_one_unit(seed, nearest):
    """Up to five units of many sizes, some drifting, some too small to count."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 90, rng.integers(1, 6))
    centres = rng.normal(0, 9, (len(sizes), 6))
    points = np.concatenate([rng.normal(0, 1, (n, 6)) + c for c, n in zip(centres, sizes, strict=True)])
    times = rng.permutation(len(points)) * 1000
    points = (points + np.outer(times / len(points) / 1000, rng.normal(0, 4, 6))).astype(np.float32)
    template = centres[-1].astype(np.float32) if nearest else None
    expected = naive.one_unit(points, times, cut_by(0.3), 20, template)
    found = one_unit(points, times, 0.3, 20.0, () if template is None else template)
    np.testing.assert_array_equal(found, expected)
    assert len(found) > 0 and (len(sizes) == 1 or len(found) < len(points))


def test_nothing_to_isolate():
    assert len(one_unit(np.empty((0, 4)), np.empty(0, np.int64))) == 0
    assert naive.one_unit(np.empty((0, 4)), np.empty(0), cut_by(0.4), 5) == []
    np.testing.assert_array_equal(one_unit(np.ones((3, 4)), np.arange(3)), [0, 1, 2])


def test_the_larger_unit_and_the_nearest_unit_are_kept():
    rng = np.random.default_rng(0)
    data = np.r_[rng.normal(0, 1, (90, 4)) + [12, 0, 0, 3], rng.normal(0, 1, (40, 4)) + [2, 9, 0, 0]].astype(np.float32)
    times = rng.permutation(130) * 1000
    assert set(one_unit(data, times)) == set(range(90))
    near = one_unit(data, times, template=[2, 9, 0, 0])
    assert set(near) == set(range(90, 130))


def test_a_side_of_too_few_spikes_is_left_wherever_it_lies():
    rng = np.random.default_rng(0)
    data = np.r_[rng.normal(0, 1, (90, 4)) + [12, 0, 0, 3], rng.normal(0, 1, (40, 4)) + [2, 9, 0, 0]].astype(np.float32)
    times = rng.permutation(130) * 1000
    assert set(one_unit(data, times, fewest=41.0, template=[2, 9, 0, 0])) == set(range(90))
    assert set(one_unit(data, times, fewest=91.0, template=[2, 9, 0, 0])) == set(range(90, 130))


def test_two_units_that_drift_together_are_told_apart():
    """Each is stretched along one line by drift, by more than the distance between them."""
    rng = np.random.default_rng(5)
    times = np.sort(rng.integers(0, 10**6, 400))
    second = rng.random(400) < 0.4
    drift = 12 * (times / 10**6 - 0.5)
    data = rng.normal(0, 1, (400, 6))
    data[:, 0] += 12 + 0.6 * drift + 4.5 * second
    data[:, 1] += 5 + 0.8 * drift
    data = data.astype(np.float32)
    first = one_unit(data, times, spatial=0.3)
    other = np.setdiff1d(np.arange(400), first)
    upper = first if second[first].mean() > 0.5 else other
    assert second[upper].mean() > 0.95 and len(upper) == pytest.approx(second.sum(), abs=12)


def test_one_unit_that_drifts_is_left_whole():
    rng = np.random.default_rng(6)
    times = np.sort(rng.integers(0, 10**6, 300))
    data = rng.normal(0, 1, (300, 6))
    data[:, 0] += 12 + 10 * (times / 10**6 - 0.5)
    np.testing.assert_array_equal(one_unit(data, times), np.arange(300))


# ------------------------------------------------------------------ candidates


@few
@given(st.data())
def test_find_candidates(data):
    count, block = data.draw(st.integers(5, 40)), 10
    minima = data.draw(arrays(np.float32, count, elements=st.sampled_from([-40.0, -12.0, -4.0, -1.5, -0.5, 0.0])))
    places = data.draw(arrays(np.int16, count, elements=st.integers(0, block - 1)))
    retired = data.draw(arrays(np.bool_, count))
    threshold = data.draw(st.sampled_from([-2.0, -0.7, 0.0]))
    peaks = np.empty(count, np.int64)
    found = finding.find_candidates(minima, places, threshold, block, retired, peaks)
    np.testing.assert_array_equal(
        peaks[:found], naive.find_candidates(minima, places, threshold, block, retired, finding)
    )


def test_a_side_lobe_of_a_larger_spike_is_no_candidate():
    minima = np.array([0, 0, -30, -9, 0, -30, 0, -9, 0, 0, -30, -12, 0, 0], np.float32)
    places = np.zeros(len(minima), np.int16)
    peaks = np.empty(len(minima), np.int64)
    found = finding.find_candidates(minima, places, -2.0, 10, np.zeros(len(minima), bool), peaks)
    assert peaks[:found].tolist() == [20, 50, 70, 100, 110]  # 30 is one; 70 is too far away, 110 too deep
    found = finding.find_candidates(minima, places, -2.0, 10, minima < -20, peaks)
    assert peaks[:found].tolist() == [70, 110]


# ------------------------------------------------------------------ the next unit


class Search:
    """One segment searched by the kernel and by its twin."""

    def __init__(self, signal, noise, fewest=8.0, spatial=0.3):
        self.finder = UnitFinder(signal, noise, around(signal, noise), fewest, spatial)
        self.signal = signal
        self.peaks = np.empty(signal.minima.shape[1], np.int64)
        self.missing = np.empty(self.finder.nearest.shape[1] * len(self.peaks), np.int32)
        width = self.finder.rounding.shape[1]
        self.begun = np.array([-1, 0, 0]), np.empty_like(self.peaks), np.empty(width, np.float32)

    def kernel(self):
        finder, signal = self.finder, self.signal
        return finding.next_unit(
            signal.held.cells, signal.held.table, signal.minima, signal.places, signal.thresholds, signal.scores,
            finder.finished, finder.retired, finder.noise, finder.floor, finder.nearest, finder.rounding,
            finder.around.components, finder.around.before, finder.fewest, finder.spatial, *self.begun, self.peaks,
            self.missing,
        )  # fmt: skip

    def twins_view(self, held=None):
        """What a twin is called with: (signal, held, features, cut, before, after)."""
        finder, signal = self.finder, self.signal
        seen = SimpleNamespace(
            **{name: getattr(signal, name) for name in ("minima", "places", "thresholds", "scores", "block")},
            **{name: getattr(finder, name) for name in ("noise", "floor", "nearest")},
            **{name: getattr(finder, name).copy() for name in ("finished", "retired")},
            around=finder.around.nearest,
        )
        components, before = finder.around.components, finder.around.before
        trace = from_cells(signal.held.cells, self.whole_table if held is not None else signal.held.table)

        def features(peaks, channel):
            channels = finder.nearest[channel]
            plain = naive.project_spikes(trace, peaks, channels, before, components, 1 / finder.noise[channels])
            return (plain @ finder.rounding[channel]).astype(np.float32)

        if held is None:
            held = {(c, b) for c in range(len(trace)) for b in range(signal.minima.shape[1])}
        return seen, held, features, cut_by(finder.spatial), before, components.shape[1] - before

    def twin(self, held=None):
        """Its answer, and (finished, retired) after it; `signal` is not changed."""
        seen, *others = self.twins_view(held)
        return naive.next_unit(seen, *others, self.finder.fewest, finding), seen

    def both(self):
        """The kernel's answer, which is its twin's; the arrays it changes are, too."""
        (words, spikes, expected), seen = self.twin()
        state, count, channel = self.kernel()
        assert (state, channel) == ({"found": FOUND, "finished": FINISHED}[words], expected)
        np.testing.assert_array_equal(self.finder.finished, seen.finished)
        np.testing.assert_array_equal(self.finder.retired, seen.retired)
        if state == FOUND:
            np.testing.assert_array_equal(self.peaks[:count], spikes)
        return state, self.peaks[:count].copy(), channel

    def forget(self, share, seed):
        """Some cells are not held any more, and read as NaN, until `fill`."""
        held = self.signal.held
        self.whole_table = held.table.copy()
        held.table[np.random.default_rng(seed).random(held.table.shape) < share] = 0

    def fill(self):
        table = self.signal.held.table
        table[table == MARKED] = self.whole_table[table == MARKED]


def several(seed):
    rng = np.random.default_rng(seed)
    units = []
    for step in rng.integers(170, 700, 5):
        away = (np.arange(6) - rng.uniform(0, 5)) / rng.uniform(0.5, 1.5)
        footprint = rng.uniform(7, 25) * np.exp(-0.5 * away**2)
        units.append((every(step, rng.integers(100, 200), 400), footprint))
    return made(units, blocks=400, seed=seed)


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 8, 11])  # the last two depend on how many minima were looked at
def test_next_unit_until_none_is_left(seed):
    search = Search(*several(seed))
    found = []
    retired_before = 0
    retired_in_vain = False
    while True:
        state, spikes, channel = search.both()
        retired_in_vain |= search.finder.retired.sum() > retired_before
        if state == FINISHED:
            break
        found.append(channel)
        search.finder._take(channel, spikes)
        retired_before = search.finder.retired.sum()
    assert 4 <= len(found) <= 12 and len(set(found)) >= 2
    assert retired_in_vain
    assert search.finder.finished[search.signal.scores < 0].all()


def test_noise_gives_no_unit_and_its_candidates_are_retired_in_vain():
    signal, noise = made([], blocks=2000)
    search = Search(with_thresholds(signal, -3.3 * noise), noise)
    assert search.both()[0] == FINISHED
    assert search.finder.retired.any() and search.finder.finished[search.signal.scores < 0].all()


def test_a_channel_with_too_few_candidates_is_finished_and_the_next_one_is_looked_at():
    peaks = every(200, 100, 400)
    signal, noise = made([(peaks[:6], [90, 0, 0, 0, 0, 0]), (peaks + 60, [0, 0, 0, 0, 4, 12])], blocks=400, seed=1)
    signal.scores[0] = -1e6
    search = Search(signal, noise)
    state, spikes, channel = search.both()
    assert (state, channel) == (FOUND, 5) and len(spikes) > 0.9 * len(peaks)
    assert np.isin(spikes, np.add.outer(peaks + 60, [-1, 0, 1])).all()
    assert search.finder.finished[0] and not search.finder.retired.any()


@pytest.mark.parametrize("share", [0.02, 0.4, 1.0])
def test_cells_that_are_not_held_are_named_and_after_filling_the_answer_is_the_same(share):
    (_, expected, home), seen = Search(*several(1)).twin()
    search = Search(*several(1))
    search.forget(share, 3)
    calls = 0
    while True:
        held = {(int(c), int(b)) for c, b in np.argwhere(search.signal.held.table > 0)}
        (words, gone, place), _ = search.twin(held)
        state, count, channel = search.kernel()
        if state != NOT_HELD:
            break
        calls += 1
        assert (words, place) == ("not held", channel)
        assert {(int(c), int(b)) for c, b in np.argwhere(search.signal.held.table == MARKED)} == gone
        assert sorted(search.missing[:count]) == sorted(b for _, b in gone)
        search.fill()
    assert 0 < calls <= 20
    assert (state, channel) == (FOUND, home)
    np.testing.assert_array_equal(search.peaks[:count], expected)
    np.testing.assert_array_equal(search.finder.retired, seen.retired)
    np.testing.assert_array_equal(search.finder.finished, seen.finished)


def test_what_is_not_held_is_never_read():
    search = Search(*several(2))
    plain = copy.deepcopy(search)
    search.forget(0.5, 4)
    search.signal.held.cells[search.whole_table[search.signal.held.table == 0]] = np.nan  # read now, they would show
    kept = plain.signal.held.cells
    while True:
        state, count, channel = search.kernel()
        if state != NOT_HELD:
            break
        table = search.signal.held.table
        rows = search.whole_table[table == MARKED]
        search.signal.held.cells[rows] = kept[rows]
        search.fill()
    _, expected, home = plain.both()
    assert (state, channel) == (FOUND, home)
    np.testing.assert_array_equal(search.peaks[:count], expected)
