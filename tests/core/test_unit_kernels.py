"""Kernels of the default method (unimodality, splitting, features, fitted subtraction), against slow twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spikesift_core.kernels import bimodal, features
from spikesift_core.stages.isolation import SplitRule, spread, without_size, without_trend
from tests import naive_units as naive
from tests.core.test_sorting_kernels import from_cells, in_cells, random_signal

few = settings(max_examples=40, deadline=None)
RULE = 3.6, 0.4, 2.4, 0.2, 0.75  # least_distance, spatial, dip_distance, least_relative, least_dip


def split(data, rule=RULE):
    side = np.full(len(data), -1, np.int8)
    return bimodal.best_split(np.ascontiguousarray(data, np.float32), *rule, side), side


def groups(rng, centres, sizes, deviation=1.0):
    return np.concatenate([rng.normal(0, deviation, (n, len(c))) + c for c, n in zip(centres, sizes, strict=True)])


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


# ------------------------------------------------------------------ the rule around the kernel


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
    first, other = SplitRule(0.3).sides(data, times)
    upper = first if second[first].mean() > 0.5 else other
    assert second[upper].mean() > 0.95 and len(upper) == pytest.approx(second.sum(), abs=12)


def test_one_unit_that_drifts_is_left_whole():
    rng = np.random.default_rng(6)
    times = np.sort(rng.integers(0, 10**6, 300))
    data = rng.normal(0, 1, (300, 6))
    data[:, 0] += 12 + 10 * (times / 10**6 - 0.5)
    assert SplitRule(0.4).sides(data.astype(np.float32), times) is None


def test_the_trend_is_taken_out_and_the_mean_stays():
    rng = np.random.default_rng(7)
    times = np.sort(rng.integers(0, 10**6, 200))
    t = times / 10**6
    noise = rng.normal(0, 1, (200, 3)).astype(np.float32)
    data = (noise + np.c_[5 * t, 3 - 8 * t**2, np.zeros(200)]).astype(np.float32)
    left = without_trend(data, times)
    np.testing.assert_allclose(left.mean(axis=0), data.mean(axis=0), atol=1e-4)
    fitted = np.polynomial.polynomial.polyfit(t, left, 2)
    np.testing.assert_allclose(fitted[1:], 0, atol=1e-2)


def test_a_group_that_is_wider_than_noise_is_cut_and_one_that_only_changes_its_size_is_not():
    """Three units in a row, too close for three modes, beside one whose spikes differ in size."""
    rng = np.random.default_rng(8)
    times, slope = np.sort(rng.integers(0, 10**6, 90)), np.zeros((4, 4))
    place = np.repeat([-1.0, 0.0, 1.0], 30)[rng.permutation(90)]
    row = rng.normal(0, 1, (90, 8)) + [12, 0, 0, 0, 6, 0, 0, 0] + np.outer(3.4 * place, [0, 1, 0, 0, 0, 0, 0, 0])
    size = rng.normal(0, 1, (90, 8)) + np.outer(1 + 0.25 * rng.normal(0, 1, 90), [12, 0, 0, 0, 6, 0, 0, 0])
    wide, same = row.astype(np.float32), size.astype(np.float32)
    assert SplitRule(0.4, most_spread=99).sides(wide, times) is None
    first, second = SplitRule(0.4, slope).sides(wide, times)
    assert abs(place[first].mean() - place[second].mean()) > 1
    assert SplitRule(0.4, slope).sides(same, times) is None


def test_spread_is_that_of_most_of_the_spikes():
    rng = np.random.default_rng(9)
    data = (rng.normal(0, 1, (2000, 3)) * [1, 2, 0.5]).astype(np.float32)
    assert spread(data) == pytest.approx(2, rel=0.1)
    data[:100] = 0
    assert spread(data) == pytest.approx(2, rel=0.15)
    along = np.array([4.0, 0, 3], np.float32)
    moved = (np.outer(rng.normal(0, 5, 2000), along) + along + data).astype(np.float32)
    assert spread(moved) > 15 > 3 > spread(without_size(moved, np.zeros((3, 3))))
