"""Opening a recording from Python: a part of it, another probe, and what cannot be opened, in words."""

from __future__ import annotations

import numpy as np
import pytest

import spikesift_core as spikesift
from tests.core.formats import files
from tests.core.formats.files import column


def test_open_recording_takes_part_of_the_time_and_another_probe(tmp_path):
    path, data = files.spikeglx(tmp_path, saved=range(4))
    recording = spikesift.open_recording(path, start=0.02, stop=0.05, probe_geometry=column(4))
    assert (recording.num_samples, recording.recording_offset) == (900, 600)
    np.testing.assert_array_equal(recording.read(0, 900), data[600:1500, :4])
    np.testing.assert_array_equal(recording.probe_geometry, column(4))
    np.save(tmp_path / "probe.npy", column(4))
    again = spikesift.open_recording(path, probe_geometry=tmp_path / "probe.npy")
    np.testing.assert_array_equal(again.probe_geometry, column(4))
    with pytest.raises(ValueError, match=r"probe has 5 contacts, .* 4 channels to be sorted \(1 others are left out\)"):
        spikesift.open_recording(path, probe_geometry=column(5))
    with pytest.raises(ValueError, match="stop after it, not 2 and 1"):
        spikesift.open_recording(path, start=2, stop=1)
    with pytest.raises(ValueError, match="data_type cannot be given: .* was recognised"):
        spikesift.open_recording(path, data_type="int16")
    with pytest.raises(ValueError, match="positions of contacts must be rows of x and y in um, not '5'"):
        spikesift.open_recording(path, probe_geometry=5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"path": None}, "path must be that of a file or a folder, or a list of paths, not None"),
        ({"path": [5]}, "path must be that of a file or a folder, or a list of paths, not 5"),
        ({"sampling_frequency": "30000"}, "sampling_frequency must be a number of Hz, at least 1000, not '30000'"),
        ({"start": "1"}, "start must be a number of seconds, not '1'"),
        ({"stop": np.inf}, "stop must be a number of seconds, not inf"),
        ({"start": 0.03}, r"sample_offset \(900 samples, 0.03 s\) leave no data: .* bytes: 900 samples, 0.03 s"),
        ({"stop": 1}, "num_samples is 30000, but .* holds 900 samples, 0.03 s"),
        ({"start": 0.01, "sample_offset": 5}, "sample_offset does not go with start and stop"),
        ({"stop": 0.01, "num_samples": 5}, "num_samples does not go with start and stop"),
        ({"stream": "ap"}, "a plain binary file, which has one only"),
    ],
)
def test_what_cannot_be_opened_is_said_in_words(tmp_path, given, words):
    files.signal(900, 3).tofile(tmp_path / "a.bin")
    plain = {"data_type": "int16", "probe_geometry": column(3), "sampling_frequency": 30000}
    with pytest.raises(ValueError, match=words):
        spikesift.open_recording(**{"path": tmp_path / "a.bin", **plain, **given})


def test_open_recording_takes_plain_binary_with_its_description(tmp_path):
    data = files.signal(900, 3)
    data.tofile(tmp_path / "a.bin")
    given = {"data_type": "int16", "probe_geometry": column(3), "sampling_frequency": 30000}
    np.testing.assert_array_equal(
        spikesift.open_recording(tmp_path / "a.bin", **given, start=0.01).read(0, 600), data[300:]
    )
    with pytest.raises(ValueError, match="data_type and probe_geometry and sampling_frequency must be given"):
        spikesift.open_recording(tmp_path / "a.bin")
    with pytest.raises(ValueError, match="does not tell where its 3 contacts are: give probe_geometry, or --probe"):
        files.open_ephys(tmp_path / "oe")
        spikesift.open_recording(tmp_path / "oe")
