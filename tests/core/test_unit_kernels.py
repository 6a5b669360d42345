"""Kernels of the default method (unimodality, splitting, features, fitted subtraction), against slow twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spikesift_core.kernels import bimodal, features, ordering
from tests import naive_units as naive
from tests.core.test_sorting_kernels import from_cells, in_cells, random_signal

few = settings(max_examples=40)
RULE = 3.6, 0.4, 2.4, 0.2, 0.75  # least_distance, spatial, dip_distance, least_relative, least_dip


def split(data, rule=RULE):
    side = np.full(len(data), -1, np.int8)
    return bimodal.best_split(np.ascontiguousarray(data, np.float32), *rule, side), side


def groups(rng, centres, sizes, deviation=1.0):
    return np.concatenate([rng.normal(0, deviation, (n, len(c))) + c for c, n in zip(centres, sizes, strict=True)])


@few
@given(arrays(np.float64, st.integers(0, 200), elements=st.floats(-50, 50) | st.integers(-3, 3)))
def test_sort_values(values):
    slow = values.copy()
    ordering.sort_values(values)
    naive.sort_values(slow)
    np.testing.assert_array_equal(values, slow)


@few
@given(arrays(np.float64, st.integers(2, 30), elements=st.floats(-50, 50), unique=True))
def test_two_means(values):
    values = np.sort(values)
    cut, slow = bimodal.two_means(values), naive.two_means(values)
    inside = [values[:k].var() * k + values[k:].var() * (len(values) - k) for k in (cut, slow)]
    assert inside[0] == pytest.approx(inside[1], rel=1e-6, abs=1e-6)


@few
@given(seed=st.integers(0, 500), count=st.integers(16, 33), apart=st.floats(0, 8))
def test_unimodality(seed, count, apart):
    rng = np.random.default_rng(seed)
    values = np.sort(rng.normal(0, 1, count) + apart * (rng.random(count) < 0.4))
    dip, cut = bimodal.unimodality(values)
    assert dip == pytest.approx(naive.unimodality(values, max(int(np.sqrt(count) / 3), 1)), abs=1e-6)
    assert 0 < cut < count


def test_unimodality_of_many_values_uses_intervals_of_several():
    values = np.sort(np.random.default_rng(1).normal(0, 1, 500))
    assert bimodal.unimodality(values)[0] == pytest.approx(naive.unimodality(values, 10), abs=1e-6)


def test_one_mode_and_two_are_told_apart():
    rng = np.random.default_rng(0)
    one = [bimodal.unimodality(np.sort(rng.normal(0, 1, 400)))[0] for _ in range(50)]
    two = [bimodal.unimodality(np.sort(np.r_[rng.normal(0, 1, 300), rng.normal(6, 1, 100)])) for _ in range(50)]
    assert max(one) < 0.75
    assert min(dip for dip, _ in two) > 0.75
    assert np.median([abs(cut - 300) for _, cut in two]) <= 2


@pytest.mark.parametrize("few_are_high", [True, False])
def test_few_spikes_beside_many_show_when_only_the_nearest_of_the_many_are_looked_at(few_are_high):
    rng = np.random.default_rng(4)
    many, some = rng.normal(0, 1, 400), rng.normal(6, 0.8, 18)
    values = np.sort(np.r_[many, some] if few_are_high else -np.r_[many, some])
    cut = 400 if few_are_high else 18
    beside = naive.dip_beside(values, cut)
    assert len(beside) == 3 * 18 and bimodal.dip_beside(values, cut) == bimodal.unimodality(beside)[0]
    assert bimodal.unimodality(values)[0] < 0.75 < bimodal.dip_beside(values, cut)
    alone = [bimodal.dip_beside(np.sort(rng.normal(0, 1, 400)), cut) for _ in range(50)]
    assert max(alone) < 0.75


def test_too_few_values_say_nothing():
    assert bimodal.unimodality(np.arange(10.0))[0] == 0


def test_best_split_finds_two_groups_and_says_how_far_they_are_apart():
    data = groups(np.random.default_rng(2), [[9, 0, 0, 4], [2, 6, 0, 0]], [150, 60])
    (distance, relative, dip), side = split(data)
    assert (side[:150] == side[0]).mean() > 0.99 and (side[150:] == 1 - side[0]).mean() > 0.99
    assert (distance, relative) == pytest.approx(naive.compare_sides(data, side), rel=0.02)
    assert naive.best_split(data, RULE[0], RULE[1], side)
    assert dip > 0.75


@pytest.mark.parametrize("seed", range(10))
def test_best_split_leaves_one_group_alone(seed):
    rng = np.random.default_rng(seed)
    found, side = split(groups(rng, [[8, 3, 0, 0, 1]], [300]))
    assert found == (0, 0, 0)
    assert (side == 0).all()


def test_groups_of_one_shape_and_two_sizes_need_the_dip():
    """Size 1 and 0.7 of one profile differ by 0.3: below the spatial rule, but plainly two."""
    data = groups(np.random.default_rng(3), [[20, 10, 5], [14, 7, 3.5]], [200, 200])
    (distance, relative, dip), side = split(data)
    assert relative < 0.4 and dip > 0.75 and distance > 2.4
    assert (side[:200] == side[0]).mean() > 0.95
    assert split(data, (3.6, 0.4, 2.4, 0.2, 99.0))[0] == (0, 0, 0)


def test_equal_rows_and_tiny_groups_are_not_split():
    assert split(np.ones((20, 4)))[0] == (0, 0, 0)
    assert split(np.random.default_rng(0).normal(0, 1, (3, 4)))[0] == (0, 0, 0)


def test_project_spikes():
    signal, _, _ = random_signal(11)
    peaks, channels = np.array([40, 41, 200]), np.array([3, 17, 0])
    components = np.random.default_rng(0).normal(0, 1, (4, 13)).astype(np.float32)
    scale = np.array([1, 0.5, 2], np.float32)
    out = np.empty((3, 12), np.float32)
    features.project_spikes(*in_cells(signal), peaks, channels, 5, components, scale, out)
    np.testing.assert_allclose(out, naive.project_spikes(signal, peaks, channels, 5, components, scale), atol=1e-4)


def test_mean_waveform():
    signal, _, _ = random_signal(12)
    peaks, channels = np.array([40, 77, 200]), np.array([16, 2])
    out = np.empty((2, 21), np.float32)
    features.mean_waveform(*in_cells(signal), peaks, channels, 7, out)
    np.testing.assert_allclose(out, naive.mean_waveform(signal, peaks, channels, 7, 21), atol=1e-6)


@pytest.mark.parametrize("limits", [(0.6, 1.5, 0.7), (0.0, 9.0, 9.0)])
def test_subtract_fitted_also_where_spikes_overlap(limits):
    signal, _, _ = random_signal(13)
    t = np.arange(-10, 15)
    waveform = np.array([np.exp(-0.5 * (t / 2.0) ** 2), 0.4 * np.exp(-0.5 * ((t - 1) / 3.0) ** 2)], np.float32) * -20
    peaks, channels, weight = np.array([60, 72, 200, 300]), np.array([1, 16]), np.array([1, 0.5], np.float32)
    for peak, gain in zip(peaks, (1.0, 1.3, 3.0, 0.1), strict=True):
        signal[channels, peak - 10 : peak + 15] += gain * waveform
    cells, table = in_cells(signal)
    features.subtract_fitted(cells, table, peaks, channels, 10, waveform, weight, *limits)
    slow = naive.subtract_fitted(signal, peaks, channels, 10, waveform, weight, *limits)
    np.testing.assert_allclose(from_cells(cells, table), slow, atol=2e-3)
