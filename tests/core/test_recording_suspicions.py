import numpy as np
import pytest

from spikesift_core.recording import Recording
from spikesift_core.recording_suspicions import Suspicion, looks_random, suspected_channels, suspected_type


def signal(channels=8, samples=6000, seed=0):
    """Slow waves and noise, in steps of a 16-bit converter; neighbouring channels are alike."""
    rng = np.random.default_rng(seed)
    slow = np.cumsum(rng.normal(0, 4, (samples, channels)), axis=0)
    slow -= slow.mean(axis=0)
    return (slow + rng.normal(0, 10, (samples, channels)) + 20 * np.arange(channels)).astype(np.int16)


def recording(path, values, data_type, channels=None):
    values.tofile(path)
    channels = channels or values.shape[1]
    whole = path.stat().st_size // (np.dtype(data_type).itemsize * channels)
    geometry = np.zeros((channels, 2))
    return Recording(
        binary_file=path, data_type=data_type, probe_geometry=geometry, sampling_frequency=30000, num_samples=whole
    )


@pytest.mark.parametrize("data_type", ["int16", "int32", "float32", "float64"])
def test_a_file_read_as_it_was_written_is_not_suspected(tmp_path, data_type):
    values = signal().astype(data_type) * (0.195 if data_type.startswith("float") else 1)
    assert suspected_type(recording(tmp_path / "a.bin", values.astype(data_type), data_type)) is None


@pytest.mark.parametrize("written", ["float32", "float64"])
def test_floats_read_as_integers_are_recognised(tmp_path, written):
    values = (signal() * 0.195).astype(written)
    assert suspected_type(recording(tmp_path / "a.bin", values, "int16")) == Suspicion(written)


@pytest.mark.parametrize("described", ["uint16", "int32", "float32", "int64", "float64"])
def test_int16_read_as_something_else_is_recognised(tmp_path, described):
    values = signal() - signal().mean(axis=0).astype(np.int16)
    assert suspected_type(recording(tmp_path / "a.bin", values, described)) == Suspicion("int16")


def test_swapped_bytes_are_recognised(tmp_path):
    assert suspected_type(recording(tmp_path / "a.bin", signal().byteswap(), "int16")) == Suspicion("int16", True)


def test_random_bits_are_no_signal_in_any_type(tmp_path):
    values = np.random.default_rng(0).integers(-(2**15), 2**15, (6000, 8)).astype(np.int16)
    assert looks_random(values) and not looks_random(signal())
    assert suspected_type(recording(tmp_path / "a.bin", values, "int16")) is None


@pytest.mark.parametrize("described", [1, 3, 8, 16])
def test_the_number_of_channels_is_seen_in_the_values(tmp_path, described):
    found = recording(tmp_path / "a.bin", signal(8, 12_000), "int16", described)
    assert suspected_channels(found, [1, 2, 3, 4, 6, 8, 12, 16, 24, 32]) == 8


def test_white_noise_does_not_tell_how_many_channels_it_has(tmp_path):
    values = np.random.default_rng(0).integers(-100, 100, (12_000, 8)).astype(np.int16)
    assert suspected_channels(recording(tmp_path / "a.bin", values, "int16"), [2, 4, 8, 16]) is None


def test_spikes_on_one_channel_are_not_taken_for_several_channels(tmp_path):
    values = np.random.default_rng(0).normal(0, 30, 60_000)
    for start in range(100, 59_900, 300):
        values[start : start + 31] -= 600 * np.exp(-(np.arange(-15, 16) ** 2) / 4)
    found = recording(tmp_path / "a.bin", np.rint(values).astype(np.int16).reshape(-1, 1), "int16")
    assert suspected_channels(found, [2, 3, 4, 6, 8, 16]) is None


def test_a_tiny_file_is_no_reason_to_fail(tmp_path):
    found = recording(tmp_path / "a.bin", signal(4, 3), "int16")
    assert suspected_type(found) is None and suspected_channels(found, [2, 4]) is None


def test_swapped_bytes_of_small_numbers_are_recognised_though_they_look_like_a_signal(tmp_path):
    small = np.random.default_rng(7).normal(0, 12, (9000, 8)).astype(np.int16)
    assert suspected_type(recording(tmp_path / "a.bin", small.byteswap(), "int16")) == Suspicion("int16", True)
    for written in (small, small * np.int16(16), small * np.int16(256), small // np.int16(256)):
        assert suspected_type(recording(tmp_path / "a.bin", written, "int16")) is None, "left-aligned or coarse numbers"


def test_a_channel_of_nan_does_not_make_the_type_suspect(tmp_path):
    values = signal().astype(np.float32)
    values[:, 2] = np.nan
    assert suspected_type(recording(tmp_path / "a.bin", values, "float32")) is None


def test_what_is_cut_off_at_the_limits_is_no_other_type(tmp_path):
    clipped = np.clip(signal().astype(int) * 2000, -32768, 32767).astype(np.int16)
    assert looks_random(clipped) and suspected_type(recording(tmp_path / "a.bin", clipped, "int16")) is None
