"""Kernels that search a segment for the next cluster (published method), against slow twins."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from spikesift_core.kernels import clusters
from spikesift_core.kernels.cells import FINISHED, FOUND, MARKED, NOT_HELD
from spikesift_core.kernels.detect import EDGE
from spikesift_core.stages.neighbours import nearest_channels
from spikesift_core.stages.segment import _subtract_cluster, with_thresholds
from tests import naive_clusters as naive
from tests.core.test_sorting_kernels import from_cells
from tests.core.unit_signals import BLOCK, COLUMN, every, made

WIDTH = 12
PLACE = 5


def waveforms(seed, channels):
    """(n, channels, WIDTH) of up to four units of many sizes."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 50, rng.integers(1, 5))
    shape = -np.exp(-0.5 * (np.arange(WIDTH) - PLACE) ** 2 / 2)
    units = [
        rng.normal(0, 0.5, (n, channels, WIDTH)) + np.outer(rng.uniform(0, 9, channels), shape * rng.uniform(0.3, 1))
        for n in sizes
    ]
    return rng.permutation(np.concatenate(units)).astype(np.float32)


def isolate_enough(given, threshold, fewest):
    count, channels, _ = given.shape
    chosen, mean = np.full(count, -1, np.int64), np.empty(channels * WIDTH, np.float32)
    found = clusters.isolate_enough(given.reshape(count, -1), channels, PLACE, threshold, fewest, chosen, mean)
    return chosen[:found], mean.reshape(channels, WIDTH)


@pytest.mark.parametrize("channels", [1, 4, 5])
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("fewest", [2.0, 12.5, 40.0])
def test_isolate_enough(seed, channels, fewest):
    given = waveforms(seed, channels)
    expected = naive.isolate_enough(given, PLACE, 0.4, fewest)
    chosen, mean = isolate_enough(given, 0.4, fewest)
    np.testing.assert_array_equal(chosen, [] if expected is None else expected)
    if expected is not None:
        assert len(chosen) >= fewest
        np.testing.assert_allclose(mean, given[chosen].mean(axis=0), atol=1e-4)


def test_where_the_deeper_side_ends_with_too_few_the_other_one_is_tried():
    rng = np.random.default_rng(0)
    shape = -np.exp(-0.5 * (np.arange(WIDTH) - PLACE) ** 2 / 2)
    deep, shallow = np.outer([20, 5], shape), np.outer([4, 9], shape)
    given = np.concatenate([rng.normal(0, 0.3, (n, 2, WIDTH)) + unit for n, unit in ((7, deep), (30, shallow))])
    given = given.astype(np.float32)
    np.testing.assert_array_equal(isolate_enough(given, 0.4, 5.0)[0], np.arange(7))
    np.testing.assert_array_equal(isolate_enough(given, 0.4, 10.0)[0], np.arange(7, 37))
    assert len(isolate_enough(given, 0.4, 31.0)[0]) == 0
    assert len(isolate_enough(given, 9.0, 31.0)[0]) == 37  # never cut
    assert len(isolate_enough(given, 9.0, 38.0)[0]) == 0


@pytest.mark.parametrize("channels", [1, 4, 5])
@pytest.mark.parametrize("seed", range(10))
def test_isolate_nearest(seed, channels):
    given = waveforms(seed, channels)
    template = given[: len(given) // 3].mean(axis=0)
    expected = naive.isolate_nearest(given, 0.4, template)
    chosen, mean = np.full(len(given), -1, np.int64), np.empty(channels * WIDTH, np.float32)
    flat = given.reshape(len(given), -1)
    count = clusters.isolate_nearest(flat, channels, 0.4, template.ravel(), chosen, mean)
    np.testing.assert_array_equal(chosen[:count], expected)
    np.testing.assert_allclose(mean, flat[expected].mean(axis=0), atol=1e-4)


def test_waveforms_that_are_alike_are_left_whole():
    same = np.ones((6, 2, WIDTH), np.float32)
    assert len(isolate_enough(same, 0.4, 3.0)[0]) == len(naive.isolate_enough(same, PLACE, 0.4, 3)) == 6
    nothing = np.zeros((6, 2, WIDTH), np.float32)
    assert len(isolate_enough(nothing, 0.4, 3.0)[0]) == len(naive.isolate_enough(nothing, PLACE, 0.4, 3)) == 6


# ------------------------------------------------------------------ the next cluster


class Search:
    """One segment searched by the kernel and by its twin."""

    def __init__(self, units, fewest=6.0, merging=0.4, seed=0):
        signal, noise = made(units, blocks=300, seed=seed)
        self.signal = with_thresholds(signal, -5.0 * noise)
        self.nearest = np.ascontiguousarray(nearest_channels(COLUMN, 5))
        self.failed = np.zeros(len(noise), bool)
        self.fewest, self.merging = fewest, merging
        self.peaks = np.empty(self.signal.minima.shape[1], np.int64)
        self.missing = np.empty(self.nearest.shape[1] * len(self.peaks), np.int32)
        self.begun, self.template = np.array([-1]), np.empty(self.nearest.shape[1] * 2 * BLOCK, np.float32)
        self.whole_table = self.signal.held.table.copy()

    def kernel(self):
        signal = self.signal
        return clusters.next_cluster(
            signal.held.cells, signal.held.table, signal.minima, signal.places, signal.thresholds, signal.scores,
            self.failed, self.nearest, self.fewest, self.merging, self.begun, self.template, self.peaks, self.missing,
        )  # fmt: skip

    def twin(self):
        """Its answer, and `failed` after it."""
        signal = self.signal
        trace = from_cells(signal.held.cells, self.whole_table)
        seen = SimpleNamespace(
            **{name: getattr(signal, name) for name in ("minima", "places", "thresholds", "scores", "block")},
            nearest=self.nearest,
            failed=self.failed.copy(),
        )

        def cut(peaks, channels):
            return np.array([trace[channels, peak - BLOCK : peak + BLOCK] for peak in peaks])

        held = {(int(c), int(b)) for c, b in np.argwhere(signal.held.table > 0)}
        return naive.next_cluster(seen, held, cut, self.fewest, self.merging, EDGE, clusters.SHARE), seen.failed

    def both(self):
        """The kernel's answer, which is its twin's."""
        (words, expected, place), failed = self.twin()
        state, count, channel = self.kernel()
        assert (state, channel) == ({"found": FOUND, "finished": FINISHED, "not held": NOT_HELD}[words], place)
        if state == FOUND:
            np.testing.assert_array_equal(self.peaks[:count], expected)
        if state == NOT_HELD:
            table = self.signal.held.table
            assert {(int(c), int(b)) for c, b in np.argwhere(table == MARKED)} == expected
            assert sorted(self.missing[:count]) == sorted(b for _, b in expected)
            table[table == MARKED] = self.whole_table[table == MARKED]
        np.testing.assert_array_equal(self.failed, failed)
        return state, self.peaks[:count].copy(), channel


def several(seed):
    rng = np.random.default_rng(seed)
    units = []
    for step in rng.integers(170, 600, 4):
        away = (np.arange(6) - rng.uniform(0, 5)) / rng.uniform(0.5, 1.5)
        units.append((every(step, rng.integers(100, 200), 300), rng.uniform(8, 25) * np.exp(-0.5 * away**2)))
    return units


@pytest.mark.parametrize("seed", range(3))
def test_next_cluster_until_none_is_left(seed):
    search, found = Search(several(seed), seed=seed), 0
    while True:
        state, spikes, _ = search.both()
        if state == FINISHED:
            break
        found += 1
        _subtract_cluster(search.signal, spikes)
    assert 2 <= found <= 12
    assert search.failed.all()


def test_too_few_peaks_and_nothing_deep_fail_a_channel():
    search = Search([(every(900, 100, 300), [30, 0, 0, 0, 0, 0]), (every(200, 150, 300), [0, 0, 0, 0, 4, 15])], 12.0)
    search.signal.scores[0] = -1e9  # looked at first
    state, spikes, channel = search.both()
    assert (state, channel) == (FOUND, 5) and len(spikes) >= 30
    assert search.failed.tolist() == [True, False, False, False, False, False]
    assert Search([], 3.0).both()[0] == FINISHED


@pytest.mark.parametrize("share", [0.02, 0.5, 1.0])
def test_cells_that_are_not_held_are_named_and_after_filling_the_answer_is_the_same(share):
    (_, expected, home), _ = Search(several(1)).twin()
    search = Search(several(1))
    table = search.signal.held.table
    table[np.random.default_rng(3).random(table.shape) < share] = 0
    for _ in range(12):
        state, spikes, channel = search.both()
        if state != NOT_HELD:
            break
    assert (state, channel) == (FOUND, home)
    np.testing.assert_array_equal(spikes, expected)
