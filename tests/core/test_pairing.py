"""One-to-one pairs at the least cost and nearest places, against SciPy and a slow twin."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from spikesift_core.kernels import assignment
from spikesift_core.pairing import cheapest_pairs
from spikesift_core.stages.neighbours import nearest_to, pairs_within
from tests import naive

few = settings(max_examples=80)
SIDE = st.integers(0, 9)


@few
@given(st.data(), SIDE, SIDE)
def test_cheapest_pairs(data, rows, columns):
    values = st.integers(-3, 3).map(float) | st.floats(-100, 100)
    costs = data.draw(arrays(np.float64, (rows, columns), elements=values))
    pairs = cheapest_pairs(costs)
    assert pairs[0].tolist() == sorted(set(pairs[0])) and len(set(pairs[1])) == len(pairs[1]) == min(rows, columns)
    assert costs[pairs].sum() == pytest.approx(costs[linear_sum_assignment(costs)].sum(), abs=1e-9)


@pytest.mark.parametrize("shape", [(60, 60), (40, 90), (90, 40)])
def test_where_one_answer_is_the_best_it_is_that_of_scipy(shape):
    costs = np.random.default_rng(shape[0]).random(shape).astype(np.float32)
    np.testing.assert_array_equal(cheapest_pairs(costs), linear_sum_assignment(costs))


@pytest.mark.parametrize("seed", range(4))
def test_cheapest_partners(seed):
    costs = np.random.default_rng(seed).random((5, 7))
    partners = np.empty(5, np.int64)
    assignment.cheapest_partners(costs, partners)
    assert partners.tolist() == naive.cheapest_partners(costs)


def test_costs_that_are_no_numbers():
    with pytest.raises(ValueError, match="must be finite"):
        cheapest_pairs([[1.0, np.nan]])


@few
@given(st.data(), st.integers(1, 20), SIDE)
def test_nearest_places(data, places, goals):
    on_a_grid = st.integers(-4, 4).map(float)
    places = data.draw(arrays(np.float64, (places, 2), elements=on_a_grid))
    goals = data.draw(arrays(np.float64, (goals, 2), elements=on_a_grid | st.floats(-9, 9)))
    count = data.draw(st.integers(1, len(places)))
    expected = naive.nearest_places(places, goals, count)
    distances, found = np.empty((len(goals), count)), np.empty((len(goals), count), np.int64)
    assignment.nearest_places(places, goals, distances, found)
    np.testing.assert_array_equal(found, expected)
    again = nearest_to(goals, places, count)
    np.testing.assert_array_equal(again[0], distances)
    np.testing.assert_allclose(distances, np.hypot(*(places[found] - goals[:, None]).transpose(2, 0, 1)), atol=1e-12)
    np.testing.assert_array_equal(again[1], found)


@few
@given(st.data(), SIDE)
def test_pairs_within(data, count):
    places = data.draw(arrays(np.float64, (count, 2), elements=st.integers(-6, 6).map(float)))
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    expected = {(i, j) for i in range(count) for j in range(i + 1, count) if apart[i, j] <= 5}
    found = pairs_within(places, 5.0)
    assert len(found) == len(set(found)) and set(found) == expected


def test_sorting_does_without_the_slow_parts_of_scipy():
    """Their import takes a third of a second and 40 MB, of every start and every worker process."""
    script = (
        "import sys, spikesift_core, spikesift_core.sorting, spikesift_core.stages.units, spikesift_core.warmup\n"
        "print([name for name in ('scipy.optimize', 'scipy.spatial', 'scipy.linalg') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
