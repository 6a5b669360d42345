"""What looks odd about a recording is said, and nothing is said of a sound one."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesift_core.recording import Recording
from spikesift_core.recording_checks import fitting_channel_counts, sample_signal
from spikesift_core.stages.filtering import Minima, make_filter

RATE = 20000.0


def recording(tmp_path, data):
    path = tmp_path / "rec.bin"
    np.ascontiguousarray(data).tofile(path)
    positions = np.column_stack([np.zeros(data.shape[1]), 20 * np.arange(data.shape[1])])
    return Recording(binary_file=path, data_type=data.dtype, probe_geometry=positions, sampling_frequency=RATE)


def sound(samples=60000, channels=6, dtype=np.int16):
    return np.random.default_rng(3).normal(0, 60, (samples, channels)).astype(dtype)


def warnings_of(sample):
    return [finding.words for finding in sample.findings if finding.kind == "warning"]


def test_nothing_is_odd_about_a_sound_recording(tmp_path):
    sample = sample_signal(recording(tmp_path, sound()))
    assert warnings_of(sample) == []
    assert sample.checks == ("Only 3.0 s long: units under 1.7 spikes a second are too rare to be found.",)
    assert sample.seconds == 2.0
    assert np.all(np.abs(sample.baseline) < 3)


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.float32, np.int64])
def test_noise_is_that_of_the_sorters_filter(tmp_path, dtype):
    data = (np.random.default_rng(3).normal(0, 60, (60000, 2)) * [1, 4] + 1000).astype(dtype)
    found = recording(tmp_path, data)
    block = found.samples_per_ms
    spike_filter = make_filter(block, -1.0, "default")
    blocks = (len(data) - 2 * spike_filter.margin) // block
    minima = Minima.empty(2, blocks)
    raw = data[: blocks * block + 2 * spike_filter.margin]
    spike_filter.apply(raw, 0, minima, np.empty((0, 0, 8), np.float32))
    expected = np.median(minima.firsts, axis=1) / 0.6745
    np.testing.assert_allclose(sample_signal(found).noise, expected, rtol=0.06)


def change(channel, values):
    data = sound(dtype=np.float32 if isinstance(values, float) else np.int16)
    data[:, channel] = values if np.ndim(values) == 0 else values(data[:, channel])
    return data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (change(2, 7), "Constant: channel 2."),
        (change(2, float("nan")), "NaN or infinity throughout, as of a channel that is not connected: channel 2"),
        (change(2, float("-inf")), "NaN or infinity throughout, as of a channel that is not connected: channel 2"),
        (np.zeros((60000, 3), np.int16), "Every channel is constant"),
        (np.full((60000, 3), 2058, np.int16) + sound(channels=3) // 10, "2058 in the values of the file) on channels"),
        (np.clip(sound().astype(int) * 1000, -32768, 32767).astype(np.int16), "(clipped)"),
        (sound() * np.array([1, 1, 1, 10, 1, 1], np.int16), "Much noisier than those around: channel 3"),
        (np.rint(sound() * np.array([1, 1, 1, 0.1, 1, 1])).astype(np.int16), "Dead, hardly any signal: channel 3"),
        (np.rint(sound() * np.array([1, 1, 1, 0.3, 1, 1])).astype(np.int16), "quieter than those around: channel 3"),
        (sound(samples=400), "Only 20 ms long"),
    ],
)
def test_what_is_odd_is_said(tmp_path, data, words):
    assert words in " ".join(sample_signal(recording(tmp_path, data)).checks)


def test_common_noise_is_said_with_a_way_out(tmp_path):
    rng = np.random.default_rng(6)
    own = rng.normal(0, 60, (40_000, 20))
    common = rng.normal(0, 60, (40_000, 1))
    quiet = rng.normal(0, 15, (40_000, 1))
    words = " ".join(sample_signal(recording(tmp_path, (own + common).astype(np.int16))).checks)
    share = re.search(r"noise in common: it falls by (\d+)% .* common reference to median", words)
    assert 27 <= int(share[1]) <= 35  # 1 - sqrt(1 / 2) and what the median takes of each channel's own
    for data in (own, own + quiet, (own + common)[:, :15]):
        assert warnings_of(sample_signal(recording(tmp_path, data.astype(np.int16)))) == []


@pytest.mark.filterwarnings("error")
def test_wild_floats_give_words_and_no_warnings(tmp_path):
    bits = np.random.default_rng(2).integers(0, 2**32, (60000, 3), dtype=np.uint32).view(np.float32)
    assert sample_signal(recording(tmp_path, bits)).checks


def test_a_wrong_type_is_suspected(tmp_path):
    slow = np.cumsum(np.random.default_rng(1).normal(0, 3, (60000, 4)), axis=0).astype(np.int16)
    words = sample_signal(recording(tmp_path, slow.astype(">i2").view(np.int16))).checks
    assert any("other order" in check for check in words)
    assert sample_signal(recording(tmp_path, slow.astype(np.float32).view(np.int32))).checks[0].count("as float32") == 1
    assert not any("random bits" in check for check in sample_signal(recording(tmp_path, slow)).checks)


def test_a_recording_too_short_to_filter_is_no_error(tmp_path):
    assert np.isnan(sample_signal(recording(tmp_path, sound(samples=3))).noise).all()


@given(st.integers(0, 5000), st.sampled_from(["int8", "int16", "float32", "float64"]), st.integers(1, 300))
def test_counts_that_fit_against_the_slow_way(num_bytes, data_type, most):
    size = np.dtype(data_type).itemsize
    slow = [count for count in range(1, most + 1) if num_bytes and num_bytes % (count * size) == 0]
    assert fitting_channel_counts(num_bytes, data_type, most) == slow
