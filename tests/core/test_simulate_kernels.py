"""The simulator's kernels against their slow twins."""

from __future__ import annotations

import numpy as np
import pytest

from spikesift_core.kernels import simulate as kernels
from spikesift_core.kernels import truth as truth_kernels
from spikesift_core.simulation.layout import default_probe
from spikesift_core.simulation.settings import SimulationSettings
from spikesift_core.simulation.units import make_units
from tests import naive_simulation as naive

CONTACTS = default_probe(9)


@pytest.fixture(scope="module")
def units():
    return make_units(SimulationSettings(units=4, background_per_channel=1), CONTACTS, np.random.default_rng(0))


def test_contact_view_agrees_with_its_twin(units):
    rng = np.random.default_rng(1)
    for unit in units.footprints:
        for dx, dy in rng.uniform(-160, 160, (20, 2)):
            expected = naive.contact_view(unit, dx, dy)
            assert kernels.contact_view(unit, dx, dy) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_contact_view_ends_at_the_reach(units):
    unit = units.footprints[0]
    reach = unit[kernels.REACH]
    assert kernels.contact_view(unit, 0.0, reach) == (0.0, 0.0, 0.0)
    assert 0 < kernels.contact_view(unit, 0.0, reach - 0.1)[0] < 1e-3 * unit[kernels.SCALE]


def spikes(units, count, samples, rng):
    times = np.sort(rng.uniform(900, 1000 + samples, count))  # some begin before the stretch, some end after it
    who = rng.integers(0, len(units.footprints), count)
    sizes = rng.uniform(0.5, 1.2, count).astype(np.float32)
    moves = rng.uniform(-20, 20, count)
    return times, who, sizes, moves, units.footprints, units.shapes, units.neighbours, CONTACTS, units.trough


def test_add_spikes_agrees_with_its_twin(units):
    rng = np.random.default_rng(2)
    added = rng.normal(0, 5, (300, 9)).astype(np.float32)
    expected = added.astype(np.float64)
    given = spikes(units, 12, 300, rng)
    kernels.add_spikes(added, 1000, *given)
    naive.add_spikes(expected, 1000, *given)
    assert np.abs(added).max() > 50
    np.testing.assert_allclose(added, expected, atol=2e-3)


def test_colour_agrees_with_its_twin_and_goes_on_where_it_stopped():
    white = np.random.default_rng(3).standard_normal((400, 3)).astype(np.float32)
    forward, back = np.array([0.9, -1.2, 0.35], np.float32), np.array([-1.6, 0.64], np.float32)
    expected, once, twice = white.astype(np.float64), white.copy(), white.copy()
    naive.colour(expected, np.zeros((2, 3)), forward, back)
    kernels.colour(once, np.zeros((2, 3), np.float32), forward, back)
    np.testing.assert_allclose(once, expected, atol=1e-4)
    state = np.zeros((2, 3), np.float32)
    for part in (twice[:123], twice[123:]):
        kernels.colour(part, state, forward, back)
    np.testing.assert_array_equal(once, twice)


def trains(rng, units, count, length):
    times = np.sort(rng.integers(0, length, count))
    return times, rng.integers(0, units, count)


def test_count_coincidences_agrees_with_its_twin():
    rng = np.random.default_rng(4)
    given = (*trains(rng, 3, 80, 1000), *trains(rng, 5, 90, 1000), 6)
    counts, expected = np.zeros((3, 5), np.int64), np.zeros((3, 5), np.int64)
    truth_kernels.count_coincidences(*given, counts)
    naive.count_coincidences(*given, expected)
    assert expected.min() > 0
    np.testing.assert_array_equal(counts, expected)


@pytest.mark.parametrize("tolerance", [0, 1, 7])
def test_count_hits_is_the_largest_matching(tolerance):
    rng = np.random.default_rng(5)
    for _ in range(30):
        train1, train2 = (np.sort(rng.integers(0, 150, rng.integers(0, 25))) for _ in range(2))
        expected = naive.count_hits(train1, train2, tolerance)
        assert truth_kernels.count_hits(train1, train2, tolerance) == expected
