"""Kernels that filter long stretches and keep the signal around troughs, against slow twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesift_core.kernels import keeping
from spikesift_core.kernels.cells import MARKED
from spikesift_core.kernels.filter import filter_integers
from spikesift_core.kernels.lanes import LANES
from tests import naive
from tests.core.test_cells import as_dict, marked_in
from tests.core.test_filter_kernels import all_groups, outputs
from tests.core.test_sorting_kernels import BLOCK, random_signal

few = settings(max_examples=30)
NARROW, WIDE = 2, 6
REACH = 2


def samples(seed, channels, blocks, block=BLOCK):
    return np.random.default_rng(seed).integers(-900, 900, (blocks * block + 8 * WIDE, channels)).astype(np.int16)


def around_of(channels, level):
    """levels, near, counts, before, after: two kinds of trough."""
    levels = np.outer([-level, -1.1 * level], np.ones(channels)).astype(np.float32)
    near = np.array([np.roll(np.arange(channels), -c) for c in range(channels)])
    counts = np.minimum([2, 5], channels)
    return levels, near, counts, np.array([1, 2]), np.array([0, 2])


def same_cells(cells, table, expected, tolerance):
    stored = as_dict(cells, table)
    assert stored.keys() == expected.keys()
    for place, cell in expected.items():
        np.testing.assert_allclose(stored[place], cell, atol=tolerance)


# ------------------------------------------------------------------ minima alone


@few
@given(seed=st.integers(0, 99), channels=st.integers(1, 34), blocks=st.integers(1, 40), step=st.integers(1, 45))
def test_filter_steps(seed, channels, blocks, step):
    raw, at = samples(seed, channels, blocks), 3
    _, *found = outputs(channels, blocks + 5, BLOCK)
    keeping.filter_steps(raw, NARROW, WIDE, -1.0, BLOCK, step, at, *found)
    signal, *whole = outputs(channels, blocks, BLOCK, keep=False)
    filter_integers(raw, NARROW, WIDE, -1.0, np.empty(1, np.int32), all_groups(raw), BLOCK, 0, signal, 0, *whole)
    for one, other, slow in zip(found, whole, naive.filter_steps(raw, NARROW, WIDE, -1.0, BLOCK), strict=True):
        np.testing.assert_array_equal(one[:, at : at + blocks], other)
        assert (np.isclose(one[:, at : at + blocks], slow, atol=0.05)).mean() > 0.99
    assert np.isnan(found[0][:, [0, 1, 2, -2, -1]]).all()  # nothing else is written


# ------------------------------------------------------------------ one step


@pytest.mark.parametrize("step", [1, 2, 3, 7, 40])
def test_keep_step_again_and_again(step):
    trace, minima, _ = random_signal(6)
    channels, blocks = minima.shape
    around = around_of(channels, 2.4)
    lanes = np.full((2, (REACH + step) * BLOCK, LANES), np.nan, np.float32)
    table, marked = np.zeros(minima.shape, np.int32), set()
    cells, used = np.zeros((channels * blocks + 1, BLOCK), np.float32), 1
    expected = {}
    for start in range(0, blocks, step):
        stop = min(start + step, blocks)
        for c in range(channels):
            piece = trace[c, start * BLOCK : stop * BLOCK]
            lanes[c // LANES, REACH * BLOCK : REACH * BLOCK + len(piece), c % LANES] = piece
        used = keeping.keep_step(lanes, start, stop, REACH, minima, *around, table, cells, used)
        stored, marked = naive.keep_step(trace, start, stop, REACH, minima, *around, marked - expected.keys(), BLOCK)
        expected |= stored
        same_cells(cells, table, expected, 0)
        assert marked_in(table) == marked - expected.keys() and used == len(expected) + 1
        tail = lanes[channels // LANES, : REACH * BLOCK, channels % LANES - 1]
        known = min(stop, REACH) * BLOCK
        np.testing.assert_array_equal(tail[-known:], trace[channels - 1, stop * BLOCK - known : stop * BLOCK])
    everything = naive.mark_troughs(minima, 0, blocks, *around)
    assert 20 < len(everything) < minima.size and expected.keys() == everything
    assert not (table == MARKED).any()


# ------------------------------------------------------------------ both


class Segment:
    """A segment that is filtered and kept by the kernel, in any number of calls."""

    def __init__(self, channels, blocks, step, rows):
        self.raw = samples(channels, channels, blocks)
        minima = naive.filter_steps(self.raw, NARROW, WIDE, -1.0, BLOCK)[0]
        self.around = around_of(channels, -np.quantile(minima, 0.05))
        signal, *self.found = outputs(channels, blocks, BLOCK)
        self.signal = np.full((len(signal), (REACH + step) * BLOCK, LANES), np.nan, np.float32)
        self.table = np.zeros((channels, blocks), np.int32)
        self.cells = np.zeros((rows, BLOCK), np.float32)
        self.used = 1

    def go_on(self, start, stop, at):
        """The block where it ended; the kernel is given the samples from block `at` on."""
        raw = self.raw[at * BLOCK : stop * BLOCK + 8 * WIDE].copy()
        end, self.used = keeping.filter_and_keep(
            raw, NARROW, WIDE, -1.0, at, start, stop, REACH, *self.found, self.signal, *self.around, self.table,
            self.cells, self.used,
        )  # fmt: skip
        return end

    def check(self, stop):
        """Everything as the twin has it after the blocks 0 to stop."""
        blocks = self.table.shape[1]
        *slow, cells = naive.filter_and_keep(self.raw, NARROW, WIDE, -1.0, BLOCK, stop, REACH, *self.around)
        for one, other in zip(self.found, slow, strict=True):
            assert np.isclose(one[:, :stop], other[:, :stop], atol=0.05).mean() > 0.99
        assert np.isnan(self.found[0][:, stop:]).all()
        same_cells(self.cells, self.table, cells, 0.05)
        assert self.used == len(cells) + 1 and (stop < blocks or 2 < len(cells) < self.table.size)


@pytest.mark.parametrize("channels", [1, 16, 21])
@pytest.mark.parametrize("step", [1, 2, 5, 50])
def test_filter_and_keep(channels, step):
    segment = Segment(channels, 40, step, channels * (40 + step + REACH) + 1)
    assert segment.go_on(0, 40, 0) == 40
    segment.check(40)


@pytest.mark.parametrize("step", [1, 3, 6])
def test_raw_may_begin_at_a_later_block(step):
    segment = Segment(18, 40, step, 18 * 60)
    assert segment.go_on(0, 13, 0) == 13
    segment.check(13)
    assert segment.go_on(13, 30, 13) == 30
    assert segment.go_on(30, 40, 25) == 40
    segment.check(40)


def test_cells_that_may_be_too_few_end_it_before_anything_is_lost():
    segment = Segment(18, 40, 4, 18 * (4 + REACH))  # one row too few for the first step
    assert segment.go_on(0, 40, 0) == 0 and segment.used == 1 and np.isnan(segment.found[0]).all()
    start, calls = 0, 0
    while start < 40:
        segment.cells = np.concatenate([segment.cells, np.zeros((1 + 2 * calls, BLOCK), np.float32)])
        end = segment.go_on(start, 40, 0)
        assert end == min(40, end // 4 * 4) and segment.used <= len(segment.cells)
        if start < end < 40:
            segment.check(end)
        start, calls = end, calls + 1
    segment.check(40)
    assert calls >= 5
