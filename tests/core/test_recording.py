"""Recording: what it computes, what it reads, and every error in words."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from spikesift_core.recording import DATA_TYPES, Recording, mapped

PROBE = [[0, 0], [0, 20], [20, 0]]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "recording.bin"
    np.arange(300, dtype=np.int16).tofile(path)
    return path


def opened(file, **fields):
    fields = {"data_type": "int16", "probe_geometry": PROBE, "sampling_frequency": 30000, **fields}
    return Recording(binary_file=file, **fields)


def test_what_it_knows(file):
    recording = opened(file, sampling_frequency=24414.0625)
    assert recording.recording_channels == 3
    assert recording.samples_per_ms == 24
    assert recording.bytes_per_sample == 6
    assert recording.file_size == 600
    assert recording.num_samples == 100
    assert recording.probe_geometry.dtype == np.float32


def test_header_and_offset_are_skipped_and_reading_counts_after_them(file):
    recording = opened(file, header=6, sample_offset=2, num_samples=10)
    np.testing.assert_array_equal(recording.read(1, 2), [[12, 13, 14], [15, 16, 17]])


@pytest.mark.parametrize("kind", DATA_TYPES)
def test_every_data_type_is_read_as_it_is(tmp_path, kind):
    data = np.arange(30).astype(kind).reshape(10, 3)
    data.tofile(tmp_path / "f")
    got = opened(tmp_path / "f", data_type=kind).read(0, 10)
    assert got.dtype == np.dtype(kind)
    np.testing.assert_array_equal(got, data)


def test_room_that_is_given_is_used_where_it_is_enough_and_of_the_right_type(file):
    recording = opened(file)
    plain = recording.read(1, 4)
    room = np.zeros(20, np.int16)
    got = recording.read(1, 4, room)
    assert np.shares_memory(got, room) and got.flags.c_contiguous
    pieces = recording.read_pieces(np.array([7, 1]), np.array([1, 3]), np.zeros(12, np.int16))
    for other in (np.zeros(11, np.int16), np.zeros(20, np.int32)):
        fresh = recording.read(1, 4, other)
        assert not other.any()
        np.testing.assert_array_equal(fresh, plain)
    np.testing.assert_array_equal(got, plain)
    np.testing.assert_array_equal(pieces, np.concatenate([recording.read(7, 1), recording.read(1, 3)]))


def test_arguments_are_keyword_only(file):
    with pytest.raises(TypeError):
        Recording(file, "int16", PROBE, 30000)


def test_it_can_be_sent_to_another_process(file):
    copy = pickle.loads(pickle.dumps(opened(file, header=6)))
    np.testing.assert_array_equal(copy.read(0, 1), [[3, 4, 5]])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"data_type": "int12"}, "data_type must be one of int8.*not 'int12'"),
        ({"data_type": ">i2"}, "data_type must be one of .* --swap-bytes"),
        ({"data_type": None}, "data_type must be one of"),
        ({"probe_geometry": "probe"}, "probe_geometry must be an array of numbers"),
        ({"probe_geometry": [[0, 0, 0]]}, r"probe_geometry must have the shape \(channels, 2\)"),
        ({"probe_geometry": np.empty((0, 2))}, "at least one channel"),
        ({"probe_geometry": [[0, np.nan]]}, "finite numbers; row 0"),
        ({"sampling_frequency": 999}, "sampling_frequency must be at least 1000"),
        ({"sampling_frequency": "fast"}, "sampling_frequency must be a number"),
        ({"sampling_frequency": np.inf}, "sampling_frequency must be a number"),
        ({"num_samples": 0}, "num_samples must be a whole number, 1 or more, not 0"),
        ({"num_samples": 101}, r"num_samples is 101, but .* holds 100 samples, 0\.\d+ s, of 6 bytes each"),
        ({"num_samples": 1.5}, "num_samples must be a whole number"),
        ({"header": -1}, "header must be a whole number, 0 or more, not -1"),
        ({"header": True}, "header must be a whole number"),
        ({"header": 600}, "leave no data"),
        ({"sample_offset": 100}, "leave no data"),
        ({"sample_offset": -3}, "sample_offset must be a whole number"),
        ({"recording_offset": 0.5}, "recording_offset must be a whole number"),
        ({"recording_offset": -(2**70)}, "recording_offset must be between"),
    ],
)
def test_errors_name_the_argument_and_what_is_allowed(file, fields, words):
    with pytest.raises(ValueError, match=words):
        opened(file, **fields)


def test_a_size_that_does_not_fit_says_how_to_go_on(file):
    with pytest.raises(ValueError, match="not hold a whole number of samples.*give num_samples .at most 99."):
        opened(file, header=2)
    assert opened(file, header=2, num_samples=99).num_samples == 99


def test_missing_files_and_folders_are_said(tmp_path):
    with pytest.raises(ValueError, match="cannot be read: No such file or directory. It may have been moved"):
        opened(tmp_path / "nothing.bin")
    with pytest.raises(ValueError, match="is a folder"):
        opened(tmp_path)
    with pytest.raises(ValueError, match="binary_file must be a path"):
        opened(3.5)


@pytest.mark.parametrize(("start", "count"), [(-1, 2), (99, 2), (0, 101), (0, -1)])
def test_reading_outside_says_what_is_available(file, start, count):
    with pytest.raises(ValueError, match="samples 0 to 100 are available"):
        opened(file).read(start, count)


def test_mapped_samples_are_those_that_are_read_and_the_file_is_left_alone(tmp_path):
    path = tmp_path / "long.bin"
    data = np.random.default_rng(0).integers(-999, 999, 60_000).astype(np.int16)
    data.tofile(path)
    recording = opened(path, header=6, sample_offset=2)
    for start, count in ((0, 1), (11, 300), (11_000, recording.num_samples - 11_000)):
        found = mapped(recording, start, count)
        np.testing.assert_array_equal(found, recording.read(start, count))
        found[:] = 0  # in memory only
    np.testing.assert_array_equal(np.fromfile(path, np.int16), data)


def test_what_cannot_be_mapped_is_none(file, tmp_path):
    recording = opened(file)
    assert mapped(recording, 90, 11) is None  # longer than the file
    odd = tmp_path / "odd.bin"
    odd.write_bytes(b"abc" + file.read_bytes())
    assert mapped(opened(odd, header=3), 0, 5) is None  # numbers would begin at odd bytes
    assert mapped(opened([file, file]), 0, 5) is None
    file.unlink()
    assert mapped(recording, 0, 5) is None


def test_a_file_that_became_shorter_is_noticed(file):
    recording = opened(file)
    with file.open("r+b") as handle:
        handle.truncate(300)
    with pytest.raises(ValueError, match="has become shorter while it was read"):
        recording.read(20, 80)
    with pytest.raises(ValueError, match="holds 50 samples.*had 600 bytes when it was opened"):
        recording.validate()


def test_validate_can_say_a_summary(file, capsys):
    opened(file).validate(verbose=True)
    assert "3 channels, int16, 30000 Hz, 100 samples" in capsys.readouterr().err
