"""Traces keep to their lanes: what is beyond is cut, marked, and nothing else is changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesift_gui.widgets.trace_lanes import CLOSE, OWN, REACH, in_lanes


def slow_cuts(values, limits):
    """Stretches beyond the limits, one row and side after the other, those that are close together as one."""
    found = []
    for side in (-1, 1):
        for row in range(values.shape[1]):
            at = [column for column in range(len(values)) if side * values[column, row] > limits[row]]
            for column in at:
                if found and found[-1][:2] == [row, side] and column - found[-1][3] <= CLOSE:
                    found[-1][3] = column
                else:
                    found.append([row, side, column, column])
    return found


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 6), st.sampled_from([0.5, 2.0, 20.0]))
def test_what_is_beyond_is_cut_and_marked(seed, columns, rows, size):
    rng = np.random.default_rng(seed)
    values = (rng.standard_normal((columns, rows)) * size).astype(np.float32)
    found = in_lanes(values, values, 1.0)
    often = (np.abs(values) > 1.0).mean(axis=0) > 0.2
    assert found.wide.tolist() == np.flatnonzero(often).tolist()
    assert found.limits.tolist() == np.where(often, OWN, REACH).tolist()
    np.testing.assert_array_equal(found.low, np.clip(values, -found.limits, found.limits))
    assert found.high is found.low or np.array_equal(found.high, found.low)
    assert found.cuts.tolist() == slow_cuts(values, found.limits)
    assert found.cut.tolist() == np.unique(found.cuts[:, 0]).tolist()


def test_lowest_and_highest_values_are_cut_each_on_its_side():
    low, high = np.full((50, 3), -0.4, np.float32), np.full((50, 3), 0.4, np.float32)
    low[20, 1], high[30:33, 2] = -9, 7
    found = in_lanes(low, high, 1.0)
    assert found.wide.tolist() == [] and found.cuts.tolist() == [[1, -1, 20, 20], [2, 1, 30, 32]]
    assert found.low[20, 1] == -REACH and found.high[31, 2] == REACH and found.high[20, 1] == np.float32(0.4)


def test_where_very_many_are_cut_nothing_is_marked():
    found = in_lanes(np.full((9, 100), -50.0, np.float32), np.full((9, 100), 50.0, np.float32), 1.0)
    assert len(found.cut) == 100 and len(found.cuts) == 0 and found.high.max() == OWN


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_quiet_traces_are_handed_on_as_they_are_and_odd_numbers_do_no_harm(odd):
    quiet = np.zeros((40, 4), np.float32)
    assert in_lanes(quiet, quiet, 1.0).low is quiet
    quiet[7, 2] = odd
    found = in_lanes(quiet, quiet, 1.0)
    assert np.isnan(odd) == (len(found.cuts) == 0) and np.isnan(found.low[7, 2]) == np.isnan(odd)
    assert in_lanes(quiet[:0], quiet[:0], 1.0).cuts.shape == (0, 4)
