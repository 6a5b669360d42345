"""Kilosort's channel maps: chanMap.mat of every version, and the probes that Kilosort 4 saves."""

import sys

import numpy as np
import pytest
from scipy.io import savemat

from spikesift_core.probe import import_probe, read_probe

LINE = np.array([[0, 0], [0, 25], [16.5, 50]], dtype=np.float32)


def kilosort_map(path, **changes):
    variables = {
        "xcoords": LINE[::-1, :1].astype(float),
        "ycoords": LINE[::-1, 1:].astype(float),
        "chanMap": np.array([[3.0], [2.0], [1.0]]),
        "connected": np.array([[True], [False], [True]]),
        "kcoords": np.ones((3, 1)),
    }
    variables |= changes
    savemat(path, {name: value for name, value in variables.items() if value is not None})
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"chanMap0ind": np.array([2.0, 1, 0])},
        {"chanMap": None, "chanMap0ind": np.array([2.0, 1, 0])},
        {"chanMap": np.array([2, 1, 0])},
    ],
)
def test_kilosort_map(tmp_path, changes):
    probe = import_probe(kilosort_map(tmp_path / "chanMap.mat", **changes))
    np.testing.assert_array_equal(probe.positions, LINE)
    assert probe.connected.tolist() == [True, False, True]
    assert any("not connected: channel 1" in note for note in probe.notes)


def test_kilosort_map_notes(tmp_path):
    notes = import_probe(kilosort_map(tmp_path / "a.mat")).notes
    assert "The channel map starts at 1; taken as 1-based." in notes
    notes = import_probe(kilosort_map(tmp_path / "b.mat", chanMap=np.array([2, 1, 0]))).notes
    assert any("holds a 0" in note for note in notes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"xcoords": None}, "without xcoords"),
        ({"ycoords": np.zeros(2)}, "3 xcoords but 2 ycoords"),
        ({"chanMap": np.array([1.0, 2])}, "3 positions but 2 channels"),
        ({"chanMap": np.array([1.0, 1.5, 2])}, "whole numbers"),
        ({"xcoords": np.array([0.0, np.nan, 1])}, "finite"),
        ({"xcoords": "abc"}, "should hold numbers"),
    ],
)
def test_kilosort_map_errors(tmp_path, changes, words):
    with pytest.raises(ValueError, match=words):
        read_probe(kilosort_map(tmp_path / "chanMap.mat", **changes))


def test_kilosort_map_of_version_7_3(tmp_path, monkeypatch):
    path = tmp_path / "chanMap.mat"
    path.write_bytes(b"MATLAB 7.3 MAT-file, Platform: GLNXA64")
    with monkeypatch.context() as missing:
        missing.setitem(sys.modules, "h5py", None)
        with pytest.raises(ValueError, match="version 7.3 .*pip install h5py"):
            read_probe(path)
    h5py = pytest.importorskip("h5py")
    with pytest.raises(ValueError, match="not a MATLAB file"):
        read_probe(path)
    with h5py.File(path, "w") as file:  # as MATLAB writes it: columns are rows
        file["xcoords"], file["ycoords"] = LINE[::-1, :1].T.astype(float), LINE[::-1, 1:].T.astype(float)
        file["chanMap"], file["connected"] = np.array([[3.0, 2, 1]]), np.array([[1, 1, 1]], np.uint8)
    np.testing.assert_array_equal(read_probe(path), LINE)


def test_kilosort_map_cut_short(tmp_path):
    path = kilosort_map(tmp_path / "chanMap.mat")
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(ValueError, match="not a MATLAB file"):
        read_probe(path)


def test_kilosort_4_probe(tmp_path):
    text = '{"xc": [16.5, 0, 0], "yc": [50, 0, 25], "chanMap": [2, 0, 1], "kcoords": [1, 0, 0], "n_chan": 3}'
    path = tmp_path / "p.json"
    path.write_text(text, encoding="utf-8")
    probe = import_probe(path)
    np.testing.assert_array_equal(probe.positions, LINE)
    assert probe.shanks.tolist() == [0, 0, 1]
    path.write_text('{"xc": ["a"], "yc": [1], "chanMap": [0]}', encoding="utf-8")
    with pytest.raises(ValueError, match="should be numbers"):
        read_probe(path)
