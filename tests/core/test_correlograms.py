import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesift_core.correlograms import (
    correlogram,
    correlogram_matrix,
    expected_pairs,
    interval_histogram,
    short_lags,
)
from spikesift_core.kernels.correlograms import count_lags
from tests import naive

trains = st.lists(st.integers(-50, 120), max_size=25).map(lambda times: np.array(sorted(times), np.int64))


@given(trains, trains, st.integers(1, 9), st.integers(0, 6))
def test_lags_are_counted_as_the_slow_twin_counts(times1, times2, width, half):
    counts = np.zeros(2 * half + 1, np.int64)
    count_lags(times1, times2, width, False, counts)
    assert counts.tolist() == naive.count_lags(times1, times2, width, False, half).tolist()
    counts[:] = 0
    count_lags(times1, times1, width, True, counts)
    assert counts.tolist() == naive.count_lags(times1, times1, width, True, half).tolist()


@given(trains, trains, st.integers(1, 9), st.integers(0, 6))
def test_a_correlogram_the_other_way_round_is_its_mirror_image(times1, times2, width, half):
    there = correlogram(times1, times2, width, half)
    back = correlogram(times2, times1, width, half)
    assert there.reversed().counts.tolist() == back.counts.tolist()
    own = correlogram(times1, times1, width, half).counts
    assert own.tolist() == own[::-1].tolist()


def test_a_spike_is_not_counted_with_itself_but_with_a_copy_of_its_train():
    train = np.array([10, 20, 30])
    assert correlogram(train, train, 10, 2).counts.tolist() == [1, 2, 0, 2, 1]
    assert correlogram(train, train.copy(), 10, 2).counts.tolist() == [1, 2, 3, 2, 1]


def test_edges_are_in_milliseconds():
    found = correlogram(np.array([0]), np.array([0]), 30, 1)
    assert found.edges(30_000).tolist() == [-1.5, -0.5, 0.5, 1.5]


def test_read_only_and_other_integer_types_are_counted_too():
    train = np.array([1, 2, 4], np.int32)
    train.setflags(write=False)
    assert correlogram(train, train, 1, 3).counts.tolist() == [1, 1, 1, 0, 1, 1, 1]


def test_a_matrix_holds_every_pair_once():
    found = correlogram_matrix([np.array([0, 5]), np.array([1]), np.array([2])], 1, 4)
    assert set(found) == {(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)}
    assert found[0, 1].counts.tolist() == [1, 0, 0, 0, 0, 1, 0, 0, 0]
    assert found[1, 1].counts.sum() == 0


@pytest.mark.parametrize(("width", "half"), [(0, 3), (3, -1)])
def test_bins_that_cannot_be_are_refused(width, half):
    with pytest.raises(ValueError, match="Bins must be 1 sample or more"):
        correlogram(np.array([1]), np.array([1]), width, half)


@given(trains, trains, st.integers(1, 20))
def test_short_lags_are_exact(times1, times2, refractory):
    wanted = sum(abs(int(a) - int(b)) < refractory for a in times1 for b in times2)
    assert short_lags(times1, times2, refractory) == wanted


def test_independent_trains_meet_as_often_as_expected():
    random = np.random.default_rng(1)
    first, second = (np.sort(random.integers(0, 3_000_000, count)) for count in (20_000, 30_000))
    expected = expected_pairs(20_000, 30_000, 2 * 60 - 1, 3_000_000)
    assert short_lags(first, second, 60) == pytest.approx(expected, rel=0.05)
    assert expected_pairs(5, 5, 3, 0) == 0.0


@given(trains, st.lists(st.integers(0, 60), min_size=2, max_size=8, unique=True).map(sorted))
def test_intervals_are_counted_one_by_one(times, edges):
    wanted = np.zeros(len(edges) - 1, int)
    for first, second in zip(times[:-1], times[1:], strict=True):
        for k in range(len(edges) - 1):
            wanted[k] += edges[k] <= second - first < edges[k + 1]
    assert interval_histogram(times, np.array(edges)).tolist() == wanted.tolist()
