"""The signal of a segment in cells, against slow twins, and that an answer never depends on what is kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesift_core.kernels import cells as kernels
from spikesift_core.kernels.filter import fill_cells
from spikesift_core.sorting import perform_spike_sorting
from spikesift_core.stages import held
from tests import naive
from tests.core.test_sorting_kernels import BLOCK, from_cells, in_cells, random_signal
from tests.golden.recordings import signal
from tests.helpers import same, write


def as_dict(cells, table):
    return {
        (c, b): cells[table[c, b]].copy() for c in range(len(table)) for b in range(table.shape[1]) if table[c, b] > 0
    }


def marked_in(table):
    return {(int(c), int(b)) for c, b in np.argwhere(table == kernels.MARKED)}


@pytest.mark.parametrize(("start", "width"), [(0, 10), (37, 3), (38, 25), (40, 20), (399, 1)])
def test_read_and_subtract_piece(start, width):
    trace, _, _ = random_signal(1)
    cells, table = in_cells(trace)
    slow = as_dict(cells, table)
    piece = np.empty(width, np.float32)
    kernels.read_piece(cells, table[4], start, piece)
    np.testing.assert_array_equal(piece, naive.read_piece(slow, 4, BLOCK, start, width))
    piece[:] = np.arange(width)
    kernels.subtract_piece(cells, table[4], start, piece)
    naive.subtract_piece(slow, 4, BLOCK, start, piece)
    np.testing.assert_array_equal(from_cells(cells, table)[4], np.concatenate([slow[4, b] for b in range(40)]))


def test_mark_troughs():
    _, minima, _ = random_signal(2)
    levels = np.outer([-2.5, -2.8], np.ones(len(minima))).astype(np.float32)
    near = np.array([np.roll(np.arange(len(minima)), -c) for c in range(len(minima))])
    around = np.array([2, 5]), np.array([0, 2]), np.array([1, 2])
    table = np.zeros(minima.shape, np.int32)
    table[3, 10] = 7
    kernels.mark_troughs(minima, 5, 38, levels, near, *around, table)
    expected = naive.mark_troughs(minima, 5, 38, levels, near, *around)
    assert 10 < len(expected) < table.size / 2
    assert marked_in(table) == expected - {(3, 10)} and table[3, 10] == 7


def test_mark_missing():
    rng = np.random.default_rng(3)
    table = rng.integers(0, 2, (6, 40)).astype(np.int32)
    kept = {(int(c), int(b)) for c, b in np.argwhere(table)}
    peaks, channels = np.array([60, 65, 71, 200]), np.array([0, 3, 5])
    missing = np.empty(200, np.int32)
    count = kernels.mark_missing(table, peaks, channels, 12, 21, BLOCK, missing)
    expected = naive.mark_missing(kept, peaks, channels, 12, 21, BLOCK)
    assert marked_in(table) == expected and sorted(missing[:count]) == sorted(b for _, b in expected)
    assert kernels.mark_missing(table, peaks, channels, 12, 21, BLOCK, missing) == 0


@settings(max_examples=60)
@given(st.lists(st.integers(0, 60), max_size=40), st.integers(1, 5), st.integers(1, 16))
def test_runs_of(missing, apart, most):
    firsts, lasts = kernels.runs_of(np.array(missing, np.int32), 61, apart, most)
    runs = naive.runs_of(missing, apart, most)
    assert list(zip(firsts.tolist(), lasts.tolist(), strict=True)) == runs


def test_store_marked():
    trace, _, _ = random_signal(4)
    lanes = np.zeros((2, 20 * BLOCK, 16), np.float32)
    for c in range(18):
        lanes[c // 16, :, c % 16] = trace[c, 100:300]  # blocks 10 to 29
    table = np.zeros((18, 40), np.int32)
    table[[0, 15, 16, 17, 17], [10, 29, 12, 20, 35]] = kernels.MARKED
    marked = marked_in(table)
    cells = np.zeros((9, BLOCK), np.float32)
    assert kernels.store_marked(lanes, 10, 10, 30, table, cells, 3) == 7
    stored = as_dict(cells, table)
    expected = naive.store_marked(trace, marked, BLOCK, 10, 30)
    assert stored.keys() == expected.keys() and marked_in(table) == {(17, 35)}
    for place, cell in expected.items():
        np.testing.assert_array_equal(stored[place], cell)


def test_store_group():
    trace, _, _ = random_signal(5)
    table = np.zeros((18, 40), np.int32)
    table[[1, 16, 17], [7, 7, 7]] = kernels.MARKED
    cells = np.zeros((4, BLOCK), np.float32)
    lanes = np.zeros((3 * BLOCK, 16), np.float32)
    lanes[:, :2] = trace[16:, 60:90].T
    assert kernels.store_group(lanes, BLOCK, 1, 7, table, cells, 2) == 4
    expected = naive.store_group(trace, {(16, 7), (17, 7)}, BLOCK, 7, 8)
    stored = as_dict(cells, table)
    assert stored.keys() == expected.keys() and marked_in(table) == {(1, 7)}
    for place, cell in expected.items():
        np.testing.assert_array_equal(stored[place], cell)


@pytest.mark.parametrize(("kind", "wrap"), [(np.int16, np.int32), (np.int64, np.int64)])
@pytest.mark.parametrize("channels", [4, 16, 37])
def test_fill_cells(channels, kind, wrap):
    block, wide, narrow = 30, 10, 2
    raw = np.random.default_rng(channels).integers(-900, 900, (12 * block + 8 * wide, channels)).astype(kind)
    table = np.zeros((channels, 12), np.int32)
    table[[0, channels - 1, channels // 2], [3, 4, 9]] = kernels.MARKED
    marked = marked_in(table)
    firsts, lasts = np.array([3, 9]), np.array([5, 10])
    pieces = [raw[a * block : z * block + 8 * wide] for a, z in zip(firsts, lasts, strict=True)]
    rows = np.array([0, len(pieces[0])])
    cells = np.zeros((9, block), np.float32)
    groups = np.arange(-(-channels // 16))
    given = np.concatenate(pieces), narrow, wide, -1.0, np.empty(1, wrap), rows, firsts, lasts, groups, groups * 16
    used = fill_cells(*given, table, cells, 1)
    stored, expected = as_dict(cells, table), naive.fill_cells(raw, narrow, wide, -1.0, marked, block)
    assert used == 4 and stored.keys() == expected.keys()
    for place, cell in expected.items():
        np.testing.assert_allclose(stored[place], cell, atol=0.02)


@pytest.fixture
def small_recordings(tmp_path):
    """A function that writes 6 s of 16 channels and 7 units in a data type."""
    data = signal("two_columns")
    return lambda kind: write(tmp_path / "r.bin", data.astype(kind) * (5 if kind == "int32" else 1), rate=30000.0)


@pytest.mark.parametrize("preset", ["published", "default"])
@pytest.mark.parametrize("kind", ["int16", "int32", "float32"])
def test_the_answer_does_not_depend_on_what_is_kept(small_recordings, preset, kind, monkeypatch):
    recording = small_recordings(kind)
    usual = perform_spike_sorting(recording, preset=preset, min_segment_length=1.0, verbose=False)
    monkeypatch.setattr(held, "LARGE", 0)  # less
    same(usual, perform_spike_sorting(recording, preset=preset, min_segment_length=1.0, verbose=False))
    monkeypatch.setattr(held, "LARGE", 10**12)
    monkeypatch.setattr(held, "KEPT", ((1e9, 1, 0, 0),))  # nothing: all is read again
    same(usual, perform_spike_sorting(recording, preset=preset, min_segment_length=1.0, verbose=False))
    monkeypatch.setattr(held, "KEPT", ((0.0, 99, 2, 2),))  # nearly everything
    same(usual, perform_spike_sorting(recording, preset=preset, min_segment_length=1.0, verbose=False))
    assert sum(map(len, usual.sorted_segments)) >= 4


@pytest.mark.parametrize("kind", ["int16", "float32"])
def test_the_answer_does_not_depend_on_whether_samples_are_copied(small_recordings, kind, monkeypatch):
    recording = small_recordings(kind)
    found, ways = [], []
    again, mapped = held.Held._again, held.mapped
    monkeypatch.setattr(held, "KEPT", ((1e9, 1, 0, 0),))
    monkeypatch.setattr(held.Held, "_again", lambda *given: ways.append("again") or again(*given))

    def mapped_or_not(*given):
        ways.append("not mapped" if (samples := mapped(*given)) is None else "mapped")
        return samples

    monkeypatch.setattr(held, "mapped", mapped_or_not)
    for wide in (0, 10**9):
        monkeypatch.setattr(held, "WIDE", wide)
        ways.clear()
        found.append(perform_spike_sorting(recording, min_segment_length=1.0, verbose=False))
        assert set(ways) == ({"again"} if wide else {"again", "mapped"})
    same(*found)
