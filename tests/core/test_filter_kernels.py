"""The filter and the block minima, against slow twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesift_core.kernels.filter import TILE, filter_integers
from spikesift_core.kernels.lanes import LANES
from spikesift_core.recording import DATA_TYPES
from spikesift_core.stages.filtering import Filter, Minima
from tests import naive

CASES = [(30, 3, 6, 4), (24, 2, 5, 1), (15, 1, 3, 17), (10, 1, 2, 33), (40, 4, 8, 16)]  # block, narrow, wide, channels


def outputs(channels, blocks, block, keep=True):
    groups = -(-channels // LANES)
    return (
        np.full((groups, blocks * block if keep else 0, LANES), np.nan, np.float32),
        np.full((channels, blocks), np.nan, np.float32),
        np.full((channels, blocks), -1, np.int16),
        np.full((channels, blocks), np.nan, np.float32),
    )


def all_groups(raw):
    return np.arange(-(-raw.shape[1] // LANES))


def as_rows(filtered, channels):
    """(groups, samples, LANES) to (samples, channels)."""
    return filtered.transpose(1, 0, 2).reshape(filtered.shape[1], -1)[:, :channels]


def compare(result, expected, channels, places_too=True):
    filtered, minima, places, firsts = result
    slow, slow_minima, slow_places, slow_firsts = expected
    scale = np.abs(slow).max() + 1
    np.testing.assert_allclose(as_rows(filtered, channels), slow, atol=2e-5 * scale)
    np.testing.assert_allclose(minima, slow_minima, atol=2e-5 * scale)
    np.testing.assert_allclose(firsts, slow_firsts, atol=2e-5 * scale)
    if places_too:
        assert (places == slow_places).mean() > 0.99  # rounding may swap two samples that are all but equal


@pytest.mark.parametrize(("block", "narrow", "wide", "channels"), CASES)
@pytest.mark.parametrize(("kind", "wrap"), [(np.int16, np.int32), (np.int64, np.int64)])
def test_filter_integers(block, narrow, wide, channels, kind, wrap):
    rng = np.random.default_rng(block)
    blocks = 2 * TILE // block + 3
    raw = rng.integers(-2000, 3000, (blocks * block + 8 * wide, channels)).astype(kind)
    result = outputs(channels, blocks, block)
    filter_integers(raw, narrow, wide, -1.0, np.empty(1, wrap), all_groups(raw), block, 0, result[0], 0, *result[1:])
    compare(result, naive.filter_integers(raw, narrow, wide, -1.0, block), channels)


def test_whole_numbers_far_from_zero_are_filtered_as_those_near_it():
    near = np.random.default_rng(3).integers(-2000, 3000, (30 * 40 + 48, 3)).astype(np.int64)
    results = []
    for raw in (near, near + 2**40, near - 2**31):
        results.append(outputs(3, 40, 30))
        wrap, groups = np.empty(1, np.int64), all_groups(raw)
        filter_integers(raw, 3, 6, -1.0, wrap, groups, 30, 0, results[-1][0], 0, *results[-1][1:])
    for result in results[1:]:
        np.testing.assert_allclose(result[1], results[0][1], atol=0.01)
        assert (result[2] == results[0][2]).all()


@pytest.mark.parametrize("size", [1e-30, 1e-6, 30.0, 1e6, 1e30])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize(("block", "narrow", "wide", "channels"), CASES)
def test_fractions_are_filtered_as_exactly_whatever_their_unit(block, narrow, wide, channels, kind, size):
    rng = np.random.default_rng(block)
    raw = (rng.normal(3, 1, ((TILE // block + 2) * block + 8 * wide, channels)) * size).astype(kind)
    result = outputs(channels, TILE // block + 2, block)
    Filter(narrow, wide, 1.0, block).apply(raw, 0, Minima(*result[1:]), result[0])
    slow = naive.difference_of_gaussians(raw.astype(float), narrow, wide, -1.0)
    np.testing.assert_allclose(as_rows(result[0], channels), slow, rtol=1e-6, atol=1e-10 * size)


def test_silence_is_filtered_too():
    result = outputs(2, 10, 30)
    Filter(3, 6, -1.0, 30).apply(np.zeros((348, 2), np.float32), 0, Minima(*result[1:]), result[0])
    assert not result[1].any() and not result[2].any()


@settings(max_examples=25)
@given(cut=st.integers(1, 39), seed=st.integers(0, 99), largest=st.floats(1, 1e4))
def test_cutting_fractions_into_chunks_changes_no_bit(cut, seed, largest):
    """Though each chunk is counted in a unit that its largest sample decides."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(0, 10, (40 * 30 + 48, 5)).astype(np.float32)
    raw[rng.integers(len(raw)), 2] *= largest
    whole, parts = outputs(5, 40, 30), outputs(5, 40, 30)
    filter_ = Filter(3, 6, 1.0, 30)
    filter_.apply(raw, 0, Minima(*whole[1:]), whole[0])
    filter_.apply(raw[: cut * 30 + 48].copy(), 0, Minima(*parts[1:]), parts[0])
    filter_.apply(raw[cut * 30 :].copy(), cut, Minima(*parts[1:]), parts[0], cut)
    np.testing.assert_array_equal(as_rows(whole[0], 5), as_rows(parts[0], 5))
    for one, other in zip(whole[1:], parts[1:], strict=True):
        np.testing.assert_array_equal(one, other)


def test_largest_int16_values_do_not_overflow_the_sums():
    raw = np.full((30 * 40 + 48, 2), 32767, np.int16)
    raw[::2, 1] = -32768
    raw[600:, 0] = -32768
    result = outputs(2, 40, 30)
    filter_integers(raw, 3, 6, -1.0, np.empty(1, np.int32), all_groups(raw), 30, 0, result[0], 0, *result[1:])
    compare(result, naive.filter_integers(raw, 3, 6, -1.0, 30), 2, places_too=False)


@settings(max_examples=25)
@given(cut=st.integers(1, 39), channels=st.integers(1, 20), seed=st.integers(0, 99))
def test_cutting_into_chunks_changes_no_bit(cut, channels, seed):
    raw = np.random.default_rng(seed).integers(-500, 500, (40 * 30 + 48, channels)).astype(np.int16)
    whole, parts = outputs(channels, 40, 30), outputs(channels, 40, 30)
    wrap = np.empty(1, np.int32)
    filter_integers(raw, 3, 6, -1.0, wrap, all_groups(raw), 30, 0, whole[0], 0, *whole[1:])
    filter_integers(raw[: cut * 30 + 48].copy(), 3, 6, -1.0, wrap, all_groups(raw), 30, 0, parts[0], 0, *parts[1:])
    filter_integers(raw[cut * 30 :].copy(), 3, 6, -1.0, wrap, all_groups(raw), 30, cut, parts[0], cut, *parts[1:])
    np.testing.assert_array_equal(as_rows(whole[0], channels), as_rows(parts[0], channels))
    for one, other in zip(whole[1:], parts[1:], strict=True):
        np.testing.assert_array_equal(one, other)


def test_some_groups_into_another_place():
    raw = np.random.default_rng(0).integers(-500, 500, (10 * 30 + 48, 40)).astype(np.int16)
    whole, some = outputs(40, 10, 30), outputs(40, 10, 30)
    elsewhere = np.zeros((3, 12 * 30, LANES), np.float32)
    wrap = np.empty(1, np.int32)
    filter_integers(raw, 3, 6, -1.0, wrap, all_groups(raw), 30, 0, whole[0], 0, *whole[1:])
    filter_integers(raw, 3, 6, -1.0, wrap, np.array([2]), 30, 0, elsewhere, 2, *some[1:])
    np.testing.assert_array_equal(elsewhere[2, 60:], whole[0][2])
    assert not elsewhere[:2].any() and not elsewhere[2, :60].any()
    np.testing.assert_array_equal(some[1][32:], whole[1][32:])
    assert np.isnan(some[1][:32]).all()


def test_minima_alone_are_the_same():
    raw = np.random.default_rng(0).integers(-500, 500, (40 * 30 + 48, 18)).astype(np.int16)
    kept, alone = outputs(18, 40, 30), outputs(18, 40, 30, keep=False)
    for result in (kept, alone):
        filter_integers(raw, 3, 6, -1.0, np.empty(1, np.int32), all_groups(raw), 30, 0, result[0], 0, *result[1:])
    for one, other in zip(kept[1:], alone[1:], strict=True):
        np.testing.assert_array_equal(one, other)


def test_first_of_equal_minima_is_taken():
    raw = np.zeros((4 * 30 + 48, 3), np.int16)
    result = outputs(3, 4, 30)
    filter_integers(raw, 3, 6, -1.0, np.empty(1, np.int32), all_groups(raw), 30, 0, result[0], 0, *result[1:])
    assert (result[2] == 0).all()
    assert (result[1] == 0).all()


@pytest.mark.parametrize("kind", DATA_TYPES)
def test_every_data_type_gives_the_same_signal(kind):
    rng = np.random.default_rng(3)
    small = rng.integers(0, 100, (10 * 30 + 48, 5))
    reference, result = outputs(5, 10, 30), outputs(5, 10, 30)
    filter_ = Filter(3, 6, -1.0, 30)
    filter_.apply(small.astype(np.int16), 0, Minima(*reference[1:]), reference[0])
    filter_.apply(small.astype(kind), 0, Minima(*result[1:]), result[0])
    np.testing.assert_allclose(result[0][..., :5], reference[0][..., :5], atol=1e-4)


@pytest.mark.parametrize(
    ("kind", "size"),
    [("int16", 30_000), ("uint16", 65_000), ("int64", 10**12), ("int64", 2**62), ("uint64", 2**63)],
)
def test_large_values_are_filtered_without_overflow(kind, size):
    """At 40 kHz the boxes are wider, and 32-bit sums would overflow."""
    rng = np.random.default_rng(4)
    raw = (rng.random((10 * 40 + 64, 3)) * size).astype(kind)
    result = outputs(3, 10, 40)
    Filter(4, 8, -1.0, 40).apply(raw, 0, Minima(*result[1:]), result[0])
    slow = naive.difference_of_gaussians(raw, 4, 8, 1.0)
    np.testing.assert_allclose(as_rows(result[0], 3), slow, atol=1e-5 * size)
