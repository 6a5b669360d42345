"""The common median reference and channels left out: the kernel against its twin, exactness, types, errors."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import spikesift_core as spikesift
from spikesift_core.kernels.median import row_medians
from spikesift_core.recording import DATA_TYPES
from spikesift_core.recording_view import RecordingView, less_median
from tests import naive

values = st.one_of(st.integers(-40, 40), st.sampled_from([-32768, -32767, 32766, 32767]), st.integers(-32768, 32767))


def medians_of(rows):
    found = np.empty(len(rows), np.int16)
    row_medians(np.ascontiguousarray(rows), found)
    return found


@settings(max_examples=200)
@given(st.integers(1, 70).flatmap(lambda channels: arrays(np.int16, (3, channels), elements=values)))
def test_medians_of_any_rows(rows):
    np.testing.assert_array_equal(medians_of(rows), naive.row_medians(rows))


@pytest.mark.parametrize("channels", [1, 2, 16, 33, 384])
def test_medians_that_move_and_jump(channels):
    rng = np.random.default_rng(channels)
    common = np.r_[np.zeros(50), np.full(50, 30_000), np.cumsum(rng.normal(0, 300, 200)), [-32768, 32767] * 10]
    rows = np.clip(common[:, None] + rng.normal(0, 20, (len(common), channels)), -32768, 32767).astype(np.int16)
    np.testing.assert_array_equal(medians_of(rows), naive.row_medians(rows))


@pytest.mark.parametrize("kind", DATA_TYPES)
def test_every_type_loses_its_median_exactly(kind):
    rng = np.random.default_rng(5)
    limits = np.iinfo(kind) if np.dtype(kind).kind in "iu" else None
    low, high = (max(limits.min, -200), min(limits.max, 200)) if limits else (-200, 200)
    raw = rng.integers(low, high, (40, 17)).astype(kind)
    channels = np.array([0, 3, 4, 9, 16, 2])
    expected = raw.astype(object) - naive.row_medians(raw[:, channels]).astype(object)[:, None]
    found = less_median(raw, channels)
    assert found.dtype == {"int16": np.int16, "float32": np.float32, "float64": np.float64}.get(kind, np.int64)
    np.testing.assert_array_equal(found.astype(float), expected.astype(float))


@pytest.mark.parametrize("kind", ["int16", "uint64", "int64"])
def test_differences_that_do_not_fit_are_right_all_the_same(kind):
    limits = np.iinfo(kind)
    raw = np.array([[limits.min, limits.max, limits.max], [5, 6, 7]], kind)
    found = less_median(raw, np.arange(3))
    if kind == "int16":
        assert found.dtype == np.int64 and found.tolist() == [[-65535, 0, 0], [-1, 0, 1]]
    else:
        assert found.dtype == np.float64 and found.tolist() == [[-(2.0**64), 0, 0], [-1, 0, 1]]


def test_large_values_with_small_differences_stay_exact():
    raw = np.array([[2**64 - 1, 2**64 - 3, 2**64 - 8], [2**63 - 1, 2**63, 2**63 + 1]], np.uint64)
    found = less_median(raw[:1], np.arange(3))
    assert found.dtype == np.int64 and found.tolist() == [[2, 0, -5]]
    assert less_median(raw[1:], np.arange(3)).tolist() == [[-1, 0, 1]]


def test_what_is_common_is_gone():
    rng = np.random.default_rng(1)
    own = rng.integers(-50, 50, (500, 33))
    common = rng.integers(-3000, 3000, 500)
    np.testing.assert_array_equal(
        less_median((own + common[:, None]).astype(np.int16), np.arange(33)),
        less_median(own.astype(np.int16), np.arange(33)),
    )


@pytest.fixture
def recording(tmp_path):
    data = np.random.default_rng(2).integers(-100, 100, (3000, 20)).astype(np.int16)
    data.tofile(tmp_path / "r.bin")
    positions = np.c_[np.zeros(20), 20 * np.arange(20)]
    return spikesift.Recording(
        binary_file=tmp_path / "r.bin", data_type="int16", probe_geometry=positions, sampling_frequency=20000.0
    )


def test_a_view_reads_its_channels_whatever_the_pieces(recording):
    living = np.delete(np.arange(20), [3, 19])
    view = pickle.loads(pickle.dumps(RecordingView(recording, living, living)))
    whole = recording.read(0, 3000)
    expected = (whole - naive.row_medians(whole[:, living])[:, None])[:, living]
    np.testing.assert_array_equal(view.read(0, 3000), expected)
    np.testing.assert_array_equal(np.concatenate([view.read(0, 7), view.read(7, 2993)]), expected)
    np.testing.assert_array_equal(view.read(0, 3000, np.empty(60_000, np.int16)), expected)
    assert view.recording_channels == 18 and np.array_equal(view.probe_geometry, recording.probe_geometry[living])
    np.testing.assert_array_equal(RecordingView(recording, living).read(5, 10), whole[5:15, living])
