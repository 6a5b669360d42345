"""Long stretches for the eye: a part of each column is read, and it is what reading all of it would give."""

import numpy as np
import pytest

from spikesift_core.traces import read_filtered, read_window
from tests.helpers import write

RATE = 20000.0


@pytest.fixture(params=[np.int16, np.float32])
def recording(request, tmp_path):
    data = np.random.default_rng(0).normal(0, 60, (50_000, 5)) + np.arange(5) * 100
    return write(tmp_path / "a.bin", data.astype(request.param), RATE)


@pytest.mark.parametrize("filtered", [False, True])
def test_the_start_of_each_column_of_a_long_stretch_is_what_is_there(recording, filtered):
    start, count = 3000, 40_000
    window = read_window(recording, start, count, filtered=filtered, columns=50, channels=[4, 0, 2], most_values=60_000)
    assert window.looked_at < window.step and window.looked_at * len(window.low) * 5 <= 60_000
    assert window.step * len(window.low) == pytest.approx(count, abs=window.step)
    whole = read_filtered(recording, 0, 50_000) if filtered else recording.read(0, 50_000).astype(np.float32)
    whole = whole[:, [4, 0, 2]]
    for column, (low, high) in enumerate(zip(window.low, window.high, strict=True)):
        first = start + column * window.step
        piece = whole[first : first + window.looked_at]
        shift = 0 if filtered else low - piece.min(axis=0)  # the median of the raw signal is taken off
        np.testing.assert_allclose(low, piece.min(axis=0) + shift, atol=1e-2)
        np.testing.assert_allclose(high, piece.max(axis=0) + shift, atol=1e-2)
        assert filtered or np.abs(shift + [400, 0, 200]).max() < 8


def test_the_ends_of_the_recording_can_be_in_sight(recording):
    window = read_window(recording, 0, 50_000, filtered=True, columns=40, most_values=40_000)
    whole = read_filtered(recording, 0, 50_000)
    assert len(window.low) in (39, 40) and np.isfinite(window.low).all()
    np.testing.assert_allclose(window.low[3], whole[3 * window.step :][: window.looked_at].min(axis=0), atol=1e-2)


def test_a_stretch_that_can_be_read_is_read_whole(recording):
    window = read_window(recording, 100, 1000, filtered=True, columns=100)
    assert window.looked_at == window.step == 10
    whole = read_filtered(recording, 100, 1000)
    np.testing.assert_array_equal(window.low, whole.reshape(100, 10, 5).min(axis=1))
    np.testing.assert_array_equal(window.high, whole.reshape(100, 10, 5).max(axis=1))
    odd = read_window(recording, 100, 1003, filtered=False, columns=100)
    assert odd.step == 11 and len(odd.low) == 92, "the last column is shorter"
