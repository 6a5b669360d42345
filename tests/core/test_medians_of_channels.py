"""The median |signal| of each channel, from which noise and thresholds follow, against NumPy's median."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from spikesift_core.stages.minima import medians_of

few = settings(max_examples=60)
ROWS = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=30)


@few
@given(arrays(np.float32, ROWS, elements=st.floats(0, 2000, width=32)))
def test_it_is_the_median(rows):
    expected = np.median(rows, axis=1)
    given_rows = rows.copy()
    medians = medians_of(rows)
    assert medians.dtype == np.float32 and medians.shape == (len(rows),)
    np.testing.assert_array_equal(medians, expected)
    np.testing.assert_array_equal(np.sort(rows, axis=1), np.sort(given_rows, axis=1))  # put out of order, at most


@pytest.mark.parametrize("count", [1, 2, 3, 4, 999, 1000])
def test_odd_and_even(count):
    rows = np.random.default_rng(count).exponential(10, (5, count)).astype(np.float32)
    np.testing.assert_array_equal(medians_of(rows.copy()), np.median(rows, axis=1))
    apart = np.asfortranarray(rows)
    np.testing.assert_array_equal(medians_of(apart), np.median(rows, axis=1))


@pytest.mark.parametrize("count", [1, 2, 7, 8])
@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_row_that_holds_no_number_somewhere_has_no_median(count):
    rows = np.random.default_rng(count).exponential(10, (6, count)).astype(np.float32)
    rows[2, 0] = rows[4, -1] = np.nan
    rows[5] = np.nan
    medians = medians_of(rows.copy())
    np.testing.assert_array_equal(np.isnan(medians), [False, False, True, False, True, True])
    np.testing.assert_array_equal(medians, np.median(rows, axis=1))
