"""Traces as pixels: the kernel against its twin."""

import numpy as np

from spikesift_core.kernels.painting import FINER, color_values, cover_pixels
from tests import naive


def covered_by(low, high, first, apart, scale, height):
    covered = np.full((height, len(low)), 99, np.uint8)
    cover_pixels(low, high, np.float32(first), np.float32(apart), np.float32(scale), covered)
    return covered


def test_every_part_that_a_line_crosses_is_counted():
    rng = np.random.default_rng(4)
    ends = rng.integers(-40, 40, (2, 9, 7)).astype(np.float32) / 4
    low, high = ends.min(axis=0), ends.max(axis=0)
    for height, apart in ((12, 3.5), (40, 8.0), (3, 0.25)):
        found = covered_by(low, high, 4.5, apart, 0.5, height)
        assert np.array_equal(found, naive.cover_pixels(low, high, 4.5, apart, 0.5, height))
        assert found.max() <= 2 * FINER


def test_numbers_that_are_none_or_far_too_large_stay_inside():
    low = np.array([[np.nan, -np.inf], [1e38, -1e38]], np.float32)
    found = covered_by(low, low, 4.0, 8.0, 1e3, 20)
    assert found.max() <= 2 * FINER and found[2, 0] == 2, "NaN is drawn as 0"


def test_the_value_farther_from_zero_gets_its_colour():
    ends = np.random.default_rng(5).integers(-40, 40, (2, 9, 7)).astype(np.float32) / 4
    low, high = ends.min(axis=0), ends.max(axis=0)
    indices = np.full((7, 9), 77, np.uint8)
    color_values(low, high, np.float32(1 / 16), np.float32(255), indices)
    assert np.array_equal(indices, naive.color_values(low, high, 1 / 16, 255))
    odd = np.array([[np.nan, -np.inf, 1e38]], np.float32)
    indices = np.empty((3, 1), np.uint8)
    color_values(odd, odd, np.float32(1), np.float32(255), indices)
    assert indices[:, 0].tolist() == [127, 0, 255]
