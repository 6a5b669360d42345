"""Traces as pixels: the kernel against its twin."""

import numpy as np

from spikesift_core.kernels.painting import FINER, color_values, cover_pixels, draw_lines
from tests import naive_painting as naive


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


def drawn_lines(x, y, joined, firsts, colors, height, width):
    seen, image = np.zeros((height, width), np.int32), np.zeros((height, width), np.uint32)
    draw_lines(x, y, joined, np.asarray(firsts, np.int64), np.asarray(colors, np.uint32), seen, image)
    return np.stack([(image >> shift) & 255 for shift in (24, 16, 8, 0)], axis=-1).astype(float)


def test_lines_cover_one_pixel_in_each_column_or_row_and_lie_over_each_other():
    rng = np.random.default_rng(6)
    x, y = rng.uniform(-8, 38, 300), rng.uniform(-8, 28, 300)  # some of them reach outside
    joined = rng.random(300) < 0.9
    firsts = [0, 40, 41, 120, 300]
    colors = [0x80400020, 0xFFFF0000, 0x2E001E2E, 0x4C4C4C00]
    found = drawn_lines(x, y, joined, firsts, colors, 20, 30)
    wanted = naive.draw_lines(x, y, joined, firsts, colors, 20, 30)
    assert np.array_equal(found > 0, wanted > 0) and np.abs(found - wanted).max() <= len(colors)


def test_lines_that_reach_far_outside_or_have_no_length_are_drawn():
    x, y = np.array([-1e9, 1e9, 5.2, 5.2, 3.0, 3.0]), np.array([4.5, 4.5, 7.7, 7.7, -1e300, 1e300])
    joined = np.array([True, False, True, False, True, False])
    found = drawn_lines(x, y, joined, [0, 6], [0xFFFFFFFF], 10, 12)[..., 0] > 0
    wanted = np.zeros((10, 12), bool)
    wanted[4], wanted[7, 5], wanted[:, 3] = True, True, True
    assert np.array_equal(found, wanted)


def test_a_path_that_crosses_itself_is_not_stronger_there():
    x, y = np.array([0.5, 9.5, 9.5, 5.5, 5.5]), np.array([2.5, 2.5, 6.5, 6.5, 0.5])
    found = drawn_lines(x, y, np.ones(5, bool), [0, 5], [0x80808080], 8, 10)
    assert set(np.unique(found).tolist()) == {0.0, 128.0}
