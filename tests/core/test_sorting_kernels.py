"""Kernels of one segment (minima, peaks, waveforms, splitting, subtraction), against slow twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spikesift_core.kernels import blocks, detect, distances, split, subtract
from tests import naive

BLOCK = 10
few = settings(max_examples=40)


def in_cells(signal, block=BLOCK):
    """(channels, samples) as cells and table, the rows in a random order; row 0 is no cell."""
    channels, blocks = signal.shape[0], signal.shape[1] // block
    rows = np.random.default_rng(0).permutation(channels * blocks)
    cells = np.full((len(rows) + 1, block), np.nan, np.float32)
    cells[rows + 1] = signal.reshape(-1, block)
    return cells, (rows + 1).reshape(channels, blocks).astype(np.int32)


def from_cells(cells, table):
    return cells[table].reshape(len(table), -1)


def random_signal(seed, channels=18, count=40):
    signal = np.random.default_rng(seed).normal(0, 1, (channels, count * BLOCK)).astype(np.float32)
    cut = signal.reshape(channels, count, BLOCK)
    return signal, cut.min(axis=2), cut.argmin(axis=2).astype(np.int16)


def test_excess_scores():
    _, minima, _ = random_signal(0)
    thresholds = np.linspace(-3, 0, len(minima)).astype(np.float32)
    scores = np.empty(len(minima))
    blocks.excess_scores(minima, thresholds, scores)
    np.testing.assert_allclose(scores, naive.excess_scores(minima, thresholds), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("first", "last"), [(0, 40), (3, 29), (5, 5)])
def test_below_thresholds(first, last):
    _, minima, _ = random_signal(1)
    thresholds = np.linspace(-3, 0, len(minima)).astype(np.float32)
    found = blocks.below_thresholds(minima, first, last, thresholds)
    assert [one.dtype for one in found] == [np.int32, np.int32, np.float32]
    for one, expected in zip(found, naive.below_thresholds(minima, first, last, thresholds), strict=True):
        np.testing.assert_array_equal(one, expected)


def test_retire_residue():
    _, minima, _ = random_signal(3)
    channels, peaks = np.array([0, 4, 17]), np.array([31, 35, 200, 388])
    deepest = np.array([-2.5, -1.5, -9.0], np.float32)
    retired = np.random.default_rng(3).random(minima.shape) < 0.5
    expected = retired.copy()
    changed = naive.retire_residue(minima, channels, peaks, BLOCK, 1, deepest)
    for place, shallow in changed.items():
        expected[place] = shallow
    blocks.retire_residue(minima, channels, peaks, BLOCK, 1, deepest, retired)
    np.testing.assert_array_equal(retired, expected)
    assert 0 < sum(changed.values()) < len(changed)


@pytest.mark.parametrize("length", [1, 7, 20])
def test_drift_heuristic(length):
    _, minima, _ = random_signal(1)
    excess = np.minimum(minima + 1.5, 0)
    excess[5] = 0
    channels, places = np.nonzero(excess)
    starts = np.searchsorted(channels, np.arange(len(excess) + 1))
    drift = np.full(minima.shape[1] + 1, -np.inf)
    blocks.drift_heuristic(starts, places, excess[channels, places], length, drift)
    slow = naive.drift_heuristic(excess.astype(float), length)
    assert set(np.flatnonzero(np.isfinite(drift))) == set(slow)
    np.testing.assert_allclose([drift[k] for k in slow], list(slow.values()), rtol=1e-5, atol=1e-5)


def test_refresh_minima():
    signal, minima, places = random_signal(2)
    thresholds = np.full(len(minima), -1.0, np.float32)
    scores = naive.excess_scores(minima, thresholds)
    channels, peaks = np.array([0, 3, 17]), np.array([55, 60, 210])
    changed = signal.copy()
    changed[np.ix_(channels, np.arange(40, 80))] *= 0.2
    changed[np.ix_(channels, np.arange(195, 230))] -= 1
    expected = naive.refresh_minima(changed, BLOCK, channels, peaks, 2, thresholds, minima, places, scores)
    cells, table = in_cells(changed)
    table[3, 30:] = 0  # not kept, so not changed and not looked at
    blocks.refresh_minima(cells, table, channels, peaks, 2, thresholds, minima, places, scores)
    np.testing.assert_array_equal(minima, expected[0])
    np.testing.assert_array_equal(places, expected[1])
    np.testing.assert_allclose(scores, expected[2], rtol=1e-4)


@few
@given(st.data())
def test_find_peaks(data):
    # few distinct values, so that ties are common
    count = data.draw(st.integers(5, 30))
    minima = data.draw(arrays(np.float32, count, elements=st.sampled_from([-3.0, -2.0, -1.0, 0.0])))
    places = data.draw(arrays(np.int16, count, elements=st.integers(0, BLOCK - 1)))
    threshold = data.draw(st.sampled_from([-2.0, -0.5, 0.0]))
    peaks = np.empty(count, np.int64)
    found = detect.find_peaks(minima, places, threshold, BLOCK, 2, peaks)
    np.testing.assert_array_equal(peaks[:found], naive.find_peaks(minima, places, threshold, BLOCK, 2))


def test_cut_waveforms():
    signal, _, _ = random_signal(3)
    peaks, channels = np.array([30, 31, 200]), np.array([17, 0, 5])
    waveforms = np.empty((3, 3, 2 * BLOCK), np.float32)
    detect.cut_waveforms(*in_cells(signal), peaks, channels, BLOCK, waveforms)
    np.testing.assert_array_equal(waveforms, naive.cut_waveforms(signal, peaks, channels, BLOCK, 2 * BLOCK))


def test_resembling_peaks():
    _, minima, _ = random_signal(4)
    peaks, channels = np.arange(25, 375, 10), np.array([2, 3, 4])
    template = np.array([-1.5, -1.0, -2.0], np.float32)
    floor, support = np.array([-0.5, -0.1, 0.0], np.float32), np.full(3, -1.9, np.float32)
    kept = peaks.copy()
    count = detect.resembling_peaks(minima, kept, BLOCK, channels, template, floor, support, 0.6)
    expected = naive.resembling_peaks(minima, peaks, BLOCK, channels, template, floor, support, 0.6)
    assert (
        expected.sum() < naive.resembling_peaks(minima, peaks, BLOCK, channels, template, floor, support + 9, 0.6).sum()
    )
    assert 0 < expected.sum() < len(peaks)
    np.testing.assert_array_equal(kept[:count], peaks[expected])


@pytest.mark.parametrize(("n", "m", "channels"), [(3, 4, 40), (1, 1, 1), (0, 2, 5), (5, 2, 3)])
def test_distances_between_amplitude_vectors(n, m, channels):
    rng = np.random.default_rng(n)
    first, second = (rng.normal(0, 50, (count, channels)).astype(np.float32) for count in (n, m))
    found = np.full((n, m), np.nan)
    distances.vector_distances(first, second, found)
    np.testing.assert_allclose(found, naive.vector_distances(first, second), rtol=1e-6)


def test_equal_vectors_have_no_distance():
    vectors = np.random.default_rng(3).normal(0, 50, (6, 33)).astype(np.float32)
    found = np.full((6, 6), np.nan)
    distances.vector_distances(vectors, vectors.copy(), found)
    assert np.array_equal(np.flatnonzero(found == 0), np.arange(0, 36, 7))


def test_mean_minima():
    _, minima, _ = random_signal(5)
    peaks = np.array([25, 120, 121, 333])
    means = np.empty(len(minima), np.float32)
    detect.mean_minima(minima, peaks, BLOCK, means)
    np.testing.assert_allclose(means, naive.mean_minima(minima, peaks, BLOCK), rtol=1e-6)


def test_subtract_mean_also_where_spikes_overlap():
    signal, _, _ = random_signal(6)
    peaks, channels = np.array([50, 58, 200, 300]), np.array([1, 16])
    cells, table = in_cells(signal)
    subtract.subtract_mean(cells, table, peaks, channels, 20)
    np.testing.assert_allclose(from_cells(cells, table), naive.subtract_mean(signal, peaks, channels, 20), atol=1e-5)


def test_mean_rows():
    rows = np.random.default_rng(7).normal(5, 1, (20, 6)).astype(np.float32)
    chosen, mean = np.array([1, 4, 19]), np.empty(6, np.float32)
    split.mean_rows(rows, chosen, mean)
    np.testing.assert_allclose(mean, naive.mean_rows(rows, chosen), rtol=1e-6)


@few
@given(seed=st.integers(0, 1000), count=st.integers(2, 60))
def test_principal_projection(seed, count):
    rng = np.random.default_rng(seed)
    rows = rng.normal(0, 1, (count + 5, 30)).astype(np.float32)
    rows[: count // 2] += 3 * rng.normal(0, 1, 30).astype(np.float32)
    chosen = rng.permutation(len(rows))[:count]
    mean, projection = np.empty(30, np.float32), np.empty(count, np.float32)
    split.mean_rows(rows, chosen, mean)
    split.principal_projection(rows, chosen, mean, projection)
    expected = naive.principal_projection(rows, chosen, mean)
    projection *= np.sign(projection @ expected)  # which of two equally long rows is first decides the sign
    np.testing.assert_allclose(projection, expected, atol=2e-3 * np.abs(expected).max())


def test_principal_projection_of_equal_rows_is_zero():
    rows = np.ones((4, 6), np.float32)
    projection = np.full(4, np.nan, np.float32)
    split.principal_projection(rows, np.arange(4), rows[0], projection)
    assert (projection == 0).all()


@few
@given(arrays(np.float32, st.integers(2, 25), elements=st.integers(-20, 20).map(float)))
def test_best_cut(values):
    values = np.sort(values)
    assert split.best_cut(values) == naive.best_cut(values)


def test_best_cut_of_two_groups():
    rng = np.random.default_rng(8)
    values = np.sort(np.r_[rng.normal(-4, 1, 300), rng.normal(4, 1, 100)]).astype(np.float32)
    assert abs(split.best_cut(values) - 300) <= 2


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
def test_spatial_vector(channels):
    waveform = np.random.default_rng(channels).normal(0, 1, (channels, 12)).astype(np.float32)
    expected = naive.spatial_vector(waveform)
    assert len(expected) == (20 if channels == 5 else channels * (channels + 1))
    vector = np.zeros(len(expected), np.float32)
    split.spatial_vector(waveform, vector)
    np.testing.assert_allclose(vector, expected, rtol=1e-6)
