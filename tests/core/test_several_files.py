"""A recording in several files: the same as if it were one; recordings far longer than memory."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spikesift_core as spikesift
from spikesift_core.cli import main
from spikesift_core.progress import run_to_end
from spikesift_core.recording_checks import sample_signal
from spikesift_core.recording_files import parts_of
from spikesift_core.recording_identity import describe
from spikesift_core.session import open_session
from spikesift_core.sort_to_session import sort_to_session
from spikesift_core.traces import read_filtered
from spikesift_core.waveforms import cut
from tests.golden.recordings import probe, signal
from tests.helpers import same, write

PROBE = [[0, 0], [0, 20], [20, 0]]
DATA = np.arange(300, dtype=np.int16).reshape(100, 3)


def in_files(folder, data, cuts, header=b""):
    """The files of (samples, channels) data, cut at these samples, each with a header."""
    paths = []
    for number, piece in enumerate(np.split(data, cuts)):
        paths.append(folder / f"part{number}.bin")
        paths[-1].write_bytes(header + piece.tobytes())
    return paths


def opened(paths, **fields):
    fields = {"data_type": "int16", "probe_geometry": PROBE, "sampling_frequency": 30000, **fields}
    return spikesift.Recording(binary_file=paths, **fields)


# ------------------------------------------------------------------ reading


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.data())
def test_parts_of_files_are_those_of_the_whole(samples, data):
    whole = [(file, sample) for file, count in enumerate(samples) for sample in range(count)]
    start = data.draw(st.integers(0, len(whole)))
    count = data.draw(st.integers(0, len(whole) - start))
    parts = list(parts_of(samples, start, count))
    found = [(file, first + k) for file, first, length in parts for k in range(length)]
    assert parts
    assert found == whole[start : start + count]


def test_samples_are_counted_on_from_file_to_file(tmp_path):
    paths = in_files(tmp_path, DATA, [30, 31, 80], header=b"seven b")
    recording = opened(paths, header=7)
    assert recording.num_samples == 100
    assert recording.binary_files == tuple(paths)
    assert recording.binary_file == paths[0]
    assert recording.file_size == sum(recording.file_sizes) == 600 + 4 * 7
    for start, count in ((0, 100), (29, 3), (30, 1), (31, 49), (31, 50), (79, 21), (99, 1), (100, 0), (0, 0), (31, 0)):
        np.testing.assert_array_equal(recording.read(start, count), DATA[start : start + count])
    assert "part0.bin, part1.bin, part2.bin, … (4 files)" in recording.summary()


def test_an_offset_may_reach_into_later_files_and_num_samples_end_before_the_last(tmp_path):
    recording = opened(tuple(map(str, in_files(tmp_path, DATA, [30, 80]))), sample_offset=35, num_samples=40)
    np.testing.assert_array_equal(recording.read(0, 40), DATA[35:75])
    with pytest.raises(ValueError, match="num_samples is 66, but .* holds 65 samples"):
        opened(recording.binary_files, sample_offset=35, num_samples=66)
    with pytest.raises(ValueError, match=r"leave no data: part0.bin, part1.bin, part2.bin \(3 files\) has 600 bytes"):
        opened(recording.binary_files, sample_offset=100)


def test_what_is_wrong_with_a_file_is_said_with_its_name(tmp_path):
    first, second, third = in_files(tmp_path, DATA, [30, 80])
    with pytest.raises(ValueError, match="gone.bin cannot be read: No such file"):
        opened([first, tmp_path / "gone.bin"])
    with pytest.raises(ValueError, match="the list is empty"):
        opened([])
    with pytest.raises(ValueError, match="binary_file must be a path, or a list of paths"):
        opened([first, 3])
    second.write_bytes(second.read_bytes()[:-1])
    words = "part1.bin does not hold .* samples: 299 bytes .* 49 samples .* 5 bytes more.*another file follows"
    for asked in (None, 50):
        with pytest.raises(ValueError, match=words):
            opened([first, second, third], num_samples=asked)
    with pytest.raises(ValueError, match="part1.bin does not hold .* give num_samples .at most 79."):
        opened([first, second])
    assert opened([first, second], num_samples=79).num_samples == 79
    third.write_bytes(b"")
    with pytest.raises(ValueError, match="part2.bin has 0 bytes: a header of 0 bytes leaves no data"):
        opened([first, third])


def test_a_file_before_the_last_that_became_shorter_is_noticed_and_one_that_grew_changes_nothing(tmp_path):
    paths = in_files(tmp_path, DATA, [30, 80])
    recording = opened(paths)
    paths[0].write_bytes(paths[0].read_bytes() + bytes(60))
    recording.validate()
    np.testing.assert_array_equal(recording.read(0, 100), DATA)
    os.truncate(paths[1], 240)
    with pytest.raises(ValueError, match="part1.bin has become shorter: it holds 40 samples, 50 when it was opened"):
        recording.validate()
    with pytest.raises(ValueError, match="part1.bin has become shorter while it was read"):
        recording.read(25, 75)


def test_the_same_file_twice_is_a_warning(tmp_path):
    path = tmp_path / "rec.bin"
    np.random.default_rng(0).normal(0, 50, (30000, 3)).astype(np.int16).tofile(path)
    recording = opened([path, tmp_path / "." / "rec.bin"])
    assert recording.num_samples == 60000
    assert [words for words in sample_signal(recording).checks if "rec.bin is named 2 times" in words]
    assert opened(path).remarks() == []


# ------------------------------------------------------------------ sorting


@pytest.mark.parametrize("preset", ["published", "default"])
def test_sorted_the_same_as_one_file(tmp_path, preset):
    data = signal("two_columns")[:90000]
    whole = write(tmp_path / "whole.bin", data, rate=30000.0)
    paths = in_files(tmp_path, data, [1, 30007, 30011, 60000])
    parts = opened(paths, probe_geometry=whole.probe_geometry)
    options = {"min_segment_length": 0.5, "verbose": False, "preset": preset}
    one = spikesift.perform_spike_sorting(whole, **options)
    assert len(one.sorted_segments) > 2
    same(one, spikesift.perform_spike_sorting(parts, **options))
    np.testing.assert_array_equal(read_filtered(whole, 29000, 3000), read_filtered(parts, 29000, 3000))
    times, channels = np.array([30000, 30010, 89990]), np.arange(4)
    np.testing.assert_array_equal(*(cut(recording, times, channels, 30, 75) for recording in (whole, parts)))


def test_from_the_terminal_and_back_from_the_session(tmp_path, capsys):
    data = signal("two_columns")[:90000]
    paths = in_files(tmp_path, data, [30007, 60000])
    np.save(tmp_path / "probe.npy", probe(16, 2))
    about = ["--probe", str(tmp_path / "probe.npy"), "--dtype", "int16", "--sampling-frequency", "30000"]
    files = [str(path) for path in paths]
    assert main(["sort", *files, *about, "--quiet", "--threads", "1", "--min-segment-length", "0.5"]) == 0
    folder = tmp_path / "part0.spikesift"
    session = open_session(folder)
    assert session.recording.binary_files == tuple(paths)
    np.testing.assert_array_equal(session.recording.read(0, 90000), data)
    capsys.readouterr()
    assert main(["info", str(folder)]) == 0
    assert ", ".join(files) in capsys.readouterr().out
    assert main(["info", *files, *about, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["num_samples"] == 90000
    assert main(["info", *files]) == 0
    assert "960000 bytes" not in capsys.readouterr().out  # channel counts that fit every file, of them all
    assert main(["info", str(folder), *files]) == 1
    assert "one session at a time" in capsys.readouterr().err
    assert main(["sort", files[0], files[0], *about, "--output", str(tmp_path / "twice.spikesift")]) == 0
    assert "is named 2 times" in capsys.readouterr().err
    os.truncate(paths[0], 960001)
    assert main(["sort", *files, *about, "--overwrite"]) == 1
    assert "another file follows, so this one must be whole. Numbers of channels" in capsys.readouterr().err


def test_files_that_were_moved_are_found_and_others_are_noticed(tmp_path):
    home, away = tmp_path / "home", tmp_path / "away"
    home.mkdir()
    away.mkdir()
    data = np.random.default_rng(0).normal(0, 9, (4000, 3)).astype(np.int16)
    paths = in_files(home, data, [1000, 3000])
    recording = opened(paths, recording_offset=-7)
    description = describe(recording, home / "part0.spikesift")
    assert [file["file_size"] for file in description["more_files"]] == [12000, 6000]
    assert "more_files" not in describe(opened(paths[0]))
    run_to_end(sort_to_session(recording, home / "part0.spikesift", preset="published"))
    shutil.move(home, away / "home")  # session and files together
    folder = away / "home" / "part0.spikesift"
    found = open_session(folder).recording
    assert (found.num_samples, found.recording_offset) == (4000, -7)
    np.testing.assert_array_equal(found.read(900, 2200), data[900:3100])
    other = tmp_path / "other"
    other.mkdir()
    for path in paths:
        shutil.move(away / "home" / path.name, other / path.name)
    assert "File 1 of 3 of the recording: The recording was not found" in open_session(folder).recording_problem
    assert open_session(folder, other / "part0.bin").recording.binary_files == tuple(other / p.name for p in paths)
    (other / "part2.bin").write_bytes(bytes(6000))
    session = open_session(folder, other / "part0.bin")
    assert session.recording is None
    assert re.search("File 3 of 3 of the recording: .*part2.bin .* other content", session.recording_problem)


# ------------------------------------------------------------------ longer than memory


def test_a_file_of_200_gb_opens_at_once_and_its_end_is_read(tmp_path):
    path, samples = tmp_path / "long.bin", 200_000_000_000 // (2 * 384)
    if not hasattr(os.stat(tmp_path), "st_blocks"):
        pytest.skip("this system does not tell how much of the disk a file takes")
    with path.open("wb") as file:
        try:
            file.truncate(samples * 768 - 768)
        except OSError as error:
            pytest.skip(f"this disk does not take a sparse file of 200 GB: {error}")
        file.seek(0, os.SEEK_END)
        file.write(np.arange(384, dtype=np.int16).tobytes())
    if os.stat(path).st_blocks * 512 > 1e9:
        pytest.skip("this file system has no sparse files")
    recording = long_recording(path)
    assert recording.num_samples == samples
    assert recording.duration > 8000
    np.testing.assert_array_equal(recording.read(samples - 2, 2), [np.zeros(384), np.arange(384)])
    three = long_recording([path, path, path])
    np.testing.assert_array_equal(three.read(2 * samples - 1, 2), [np.arange(384), np.zeros(384)])
    assert three.read(3 * samples - 1, 1)[0, 383] == 383


def long_recording(paths):
    return opened(paths, probe_geometry=np.c_[np.zeros(384), np.arange(384) * 20.0])


ROOT = Path(spikesift.__file__).parent.parent
PYTHONPATH = os.pathsep.join([str(ROOT), str(ROOT / "benchmarks")])
PEAK = """
import sys
import spikesift_core as spikesift
from run_sorter import peak_memory

paths = sys.argv[1].split(",")
recording = spikesift.Recording(
    binary_file=paths, data_type="int16", probe_geometry=[[0, 20 * k] for k in range(8)], sampling_frequency=20000
)
how = {"min_segment_length": 1, "preset": "published", "threads": 2, "verbose": False}
result = spikesift.perform_spike_sorting(recording, **how)
print(recording.duration, len(result.sorted_segments), peak_memory())
"""


def started(paths):
    command = [sys.executable, "-c", PEAK, ",".join(map(str, paths))]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": PYTHONPATH})


def test_peak_memory_does_not_depend_on_the_length(tmp_path):
    noise = np.random.default_rng(1).normal(0, 8, (20000 * 10, 8)).astype(np.int16)
    noise.tofile(tmp_path / "ten.bin")
    started([tmp_path / "ten.bin"]).communicate()  # whoever compiles the engine needs more
    running = [started([tmp_path / "ten.bin"] * files) for files in (1, 8)]
    (short, few, low), (long, many, high) = [[float(word) for word in one.communicate()[0].split()] for one in running]
    assert (short, long) == (10, 80)
    assert many > 3 * few
    assert high - low < 0.5 * 7 * noise.nbytes / 1e6  # MB: of the 22 MB that are more to read; 2 MB are chance
