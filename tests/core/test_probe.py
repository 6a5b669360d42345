"""Probe geometry: every format read and written, the traps that users fell into, grids and clashes."""

import json
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesift_core.probe import FORMATS, clashes, import_probe, nearest_spacing, read_probe, write_probe
from spikesift_core.probe_adapters import adapter_channels, adapters
from spikesift_core.probe_families import grid

LINE = np.array([[0, 0], [0, 25], [16.5, 50]], dtype=np.float32)


def file(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "0,0\n0,25\n16.5,50\n",
        "x,y\n0,0\n0,25\n16.5,50\n",
        "0;0\n0;25\n16,5;50\n",
        "0\t0\n0\t25\n16,5\t50\n",
        "0 0\n0   25\n 16.5 50",
        "# made by hand\n\nX (um), Y (µm)\r\n0, 0\r\n0, 25\r\n16.5, 50\r\n",
        '\ufeff"x";"y"\n"0";"0"\n0;25\n16.5;5e1\n',
        "y,x\n0,0\n25,0\n50,16.5\n",
        "channel,y,x\n0,0,0\n1,25,0\n2,50,16.5\n",
        "2,16.5,50\n0,0,0\n1,0,25\n",
        "3 16.5 50\n1 0 0\n2 0 25\n",
        "ycoords,xcoords,chanMap\n50,16.5,3\n0,0,1\n25,0,2\n",
    ],
)
def test_csv_in_every_dress(tmp_path, text):
    positions = read_probe(file(tmp_path, "probe.csv", text))
    assert positions.dtype == np.float32
    np.testing.assert_array_equal(positions, LINE)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_csv_as_spreadsheets_save_it(tmp_path, encoding):
    path = tmp_path / "probe.csv"
    path.write_text("x µm;y µm\n0;0\n0;25\n16,5;50\n", encoding=encoding)
    np.testing.assert_array_equal(read_probe(path), LINE)


def test_csv_with_shanks_and_names(tmp_path):
    probe = import_probe(file(tmp_path, "p.csv", "site,x,y,shank,channel\nA,0,0,1,1\nB,0,25,1,0\nC,200,0,2,2\n"))
    assert probe.contact_ids == ("B", "A", "C")
    assert probe.shanks.tolist() == [0, 0, 1]
    assert probe.positions.tolist() == [[0, 25], [0, 0], [200, 0]]
    assert any("order" in note for note in probe.notes)
    assert "2 shanks." in probe.notes


def test_one_based_map_is_said(tmp_path):
    probe = import_probe(file(tmp_path, "p.csv", "channel,x,y\n1,0,0\n2,0,25\n3,16.5,50\n"))
    assert probe.notes == ("The channel map starts at 1; taken as 1-based.",)
    assert probe.channels.tolist() == [0, 1, 2]


def test_zero_based_map_in_order_needs_no_words(tmp_path):
    assert import_probe(file(tmp_path, "p.csv", "channel,x,y\n0,0,0\n1,0,25\n2,16.5,50\n")).notes == ()


def test_gaps_in_the_map_are_said(tmp_path):
    probe = import_probe(file(tmp_path, "p.csv", "channel,x,y\n0,0,0\n1,0,25\n7,16.5,50\n"))
    assert probe.channels.tolist() == [0, 1, 7]
    assert "numbered from 0 to 7" in probe.notes[0]


def test_likely_millimetres_are_said(tmp_path):
    assert "mm" in import_probe(file(tmp_path, "p.csv", "0,0\n0,1.2\n")).notes[0]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("p.csv", "", "empty"),
        ("p.csv", "x,y\n", "no contacts"),
        ("p.csv", "0,0\n0,1,2\n", "line 2: 3 columns where the first line has 2"),
        ("p.csv", "x,y\n0,zero\n", "line 2: y should be a number, not 'zero'"),
        ("p.csv", "x,y\n0,nan\n", "line 2: y should be a number, not 'nan'"),
        ("p.csv", "5,6,7\n8,9,10\n", "3 columns without names"),
        ("p.csv", "a,b,c\n1,2,3\n", "the columns a, b, c"),
        ("p.csv", "channel,x,y\n0,0,0\n0,0,25\n", "wired to channel 0"),
        ("p.csv", "channel,x,y\n0.5,0,0\n", "whole numbers, but one is 0.5"),
        ("p.xyz", "0,0\n", "not a probe file this program knows"),
        ("p.json", "{}", "not a probe that probeinterface"),
        ("p.json", "nonsense", "not a probe that probeinterface"),
        ("p.prb", "x = 1\n", "sets no channel_groups"),
        ("p.prb", "channel_groups = (", "not a .prb file"),
        ("p.prb", "channel_groups = {0: {'channels': [0]}}", "has no geometry"),
        ("p.prb", "channel_groups = {0: {'channels': [0, 1], 'geometry': {0: (0, 0)}}}", "no position for channel 1"),
        ("p.prb", "import os\nos.system('true')\n", "line 2"),
        ("p.prb", "channel_groups = open('x')\n", "not run here, for safety"),
        ("p.prb", "x = [0]\nfor i in range(100):\n    x = x + x\n", "too long"),
        ("p.prb", "x = 9\nfor i in range(100):\n    x = x * x\n", "too large"),
        ("p.prb", "for i in range(100000000):\n    x = i\n", "line 1"),
        ("p.mat", "not matlab", "not a MATLAB file"),
        ("p.npy", "text", "not a NumPy array"),
    ],
)
def test_errors_in_words(tmp_path, name, text, words):
    with pytest.raises(ValueError, match="p\\.") as caught:
        read_probe(file(tmp_path, name, text))
    assert words in str(caught.value)


@pytest.mark.parametrize("suffix", [row.suffix for row in FORMATS])
def test_missing_file_and_folder(tmp_path, suffix):
    with pytest.raises(ValueError, match="cannot be read"):
        read_probe(tmp_path / f"none{suffix}")
    folder = tmp_path / f"folder{suffix}"
    folder.mkdir()
    with pytest.raises(ValueError, match="cannot be read"):
        read_probe(folder)


@pytest.mark.parametrize("suffix", [".csv", ".txt", ".tsv", ".npy", ".json", ".prb", ".mat"])
@pytest.mark.parametrize("shanks", [None, [0, 0, 1, 1]])
def test_what_is_written_is_read_again(tmp_path, suffix, shanks):
    positions = np.array([[0, 0], [1 / 3, 20.000002], [-200, 1e-3], [200.5, 123456.78]], dtype=np.float32)
    path = tmp_path / f"probe{suffix}"
    path.write_text("an older file", encoding="utf-8")
    write_probe(path, positions, shanks)
    probe = import_probe(path)
    np.testing.assert_array_equal(probe.positions, positions)
    if suffix != ".npy":
        assert probe.shanks.tolist() == (shanks or [0] * 4)
    assert [item.name for item in tmp_path.iterdir()] == [path.name], "no temporary file is left"


def test_a_failed_write_keeps_the_older_file(tmp_path):
    path = tmp_path / "probe.json"
    write_probe(path, LINE)
    before = path.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="refuses this geometry"):
        write_probe(path, np.zeros((2, 2)))
    assert path.read_text(encoding="utf-8") == before
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("name", "positions", "words"),
    [
        ("p.xyz", LINE, "not a probe file this program knows"),
        ("p.csv", [[0, np.nan]], "row 0"),
        ("p.csv", [1, 2], "shape"),
        ("p.csv", [["a", "b"]], "numbers"),
        ("none/p.csv", LINE, "cannot be written"),
    ],
)
def test_write_errors_in_words(tmp_path, name, positions, words):
    with pytest.raises(ValueError, match=words):
        write_probe(tmp_path / name, positions)


def test_npy_shapes(tmp_path):
    np.save(tmp_path / "p.npy", LINE.astype(int))
    np.testing.assert_array_equal(read_probe(tmp_path / "p.npy"), LINE.astype(int))
    np.save(tmp_path / "p.npy", LINE.T)
    with pytest.raises(ValueError, match="transpose"):
        read_probe(tmp_path / "p.npy")
    np.save(tmp_path / "p.npy", np.array([[1, None]], dtype=object))
    with pytest.raises(ValueError, match="not a NumPy array"):
        read_probe(tmp_path / "p.npy")


def test_probeinterface_with_wiring_and_unwired_contacts(tmp_path):
    probeinterface = pytest.importorskip("probeinterface")
    probe = probeinterface.generate_linear_probe(num_elec=5, ypitch=0.02)
    probe.si_units = "mm"
    probe.set_device_channel_indices([3, 1, -1, 0, 2])
    probeinterface.write_probeinterface(tmp_path / "p.json", probe)
    imported = import_probe(tmp_path / "p.json")
    np.testing.assert_allclose(imported.positions, [[0, 60], [0, 20], [0, 80], [0, 0]], atol=1e-4)
    assert any("1 contacts are not wired" in note for note in imported.notes)


def test_probeinterface_group_of_two_probes(tmp_path):
    probeinterface = pytest.importorskip("probeinterface")
    group = probeinterface.ProbeGroup()
    for index in range(2):
        probe = probeinterface.generate_multi_columns_probe(num_columns=2, num_contact_per_column=2)
        probe.move([1000 * index, 0])
        probe.set_device_channel_indices(np.arange(4)[::-1] + 4 * index)
        group.add_probe(probe)
    probeinterface.write_probeinterface(tmp_path / "p.json", group)
    imported = import_probe(tmp_path / "p.json")
    assert imported.shanks.tolist() == [0] * 4 + [1] * 4
    np.testing.assert_array_equal(imported.positions[:4], group.probes[0].contact_positions[::-1])


def test_probeinterface_contacts_in_a_plane_of_space(tmp_path):
    probeinterface = pytest.importorskip("probeinterface")
    probe = probeinterface.generate_linear_probe(num_elec=3, ypitch=20).to_3d(axes="xz")
    probeinterface.write_probeinterface(tmp_path / "p.json", probe)
    imported = import_probe(tmp_path / "p.json")
    np.testing.assert_allclose(imported.positions[:, 1], [0, 20, 40])
    assert "contact i is taken as channel i" in imported.notes[0]


def test_adapters_are_found_by_number_of_contacts():
    assert "H32>RHD2132" in adapters(32) and adapters(33) == ()
    assert sorted(adapter_channels("H32>RHD2132")) == list(range(32))
    with pytest.raises(ValueError, match="is not known; known are"):
        adapter_channels("none")


def test_probeinterface_missing_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "probeinterface", None)
    with pytest.raises(ValueError, match="pip install probeinterface"):
        read_probe(file(tmp_path, "p.json", "{}"))
    write_probe(tmp_path / "p.csv", LINE)
    np.testing.assert_array_equal(read_probe(tmp_path / "p.csv"), LINE)


PRB_PROGRAM = """
'''A probe as people write them.'''
import numpy as np
total_nb_channels = 6
radius = 100
pitch = 25.
channel_groups = {}
for shank in range(2):
    channel_groups[shank] = {}
    channel_groups[shank]['channels'] = list(range(shank * 3, shank * 3 + 3))
    channel_groups[shank]['graph'] = []
    channel_groups[shank]['geometry'] = {channel: [200 * shank, -pitch * (channel % 3)] for channel in
                                         channel_groups[shank]['channels']}
    print('shank', shank)
"""


def test_prb_programs_are_worked_out(tmp_path):
    probe = import_probe(file(tmp_path, "p.prb", PRB_PROGRAM))
    assert probe.positions.tolist() == [[0, 0], [0, -25], [0, -50], [200, 0], [200, -25], [200, -50]]
    assert probe.shanks.tolist() == [0, 0, 0, 1, 1, 1]


def test_prb_lists_augmented_assignment_and_append(tmp_path):
    text = (
        "y = 0\npositions = []\nfor i in range(3):\n    positions.append((0, y))\n    y += 20\n"
        "channel_groups = {1: {'channels': [2, 0, 1], 'geometry': positions}}\ntotal_nb_channels = 4\n"
    )
    probe = import_probe(file(tmp_path, "p.prb", text))
    assert probe.positions.tolist() == [[0, 20], [0, 40], [0, 0]]
    assert any("total_nb_channels = 4" in note for note in probe.notes)


def test_prb_as_probeinterface_writes_it(tmp_path):
    probeinterface = pytest.importorskip("probeinterface")
    probe = probeinterface.generate_linear_probe(num_elec=4, ypitch=30)
    probe.set_device_channel_indices([1, 0, 3, 2])
    group = probeinterface.ProbeGroup()
    group.add_probe(probe)
    probeinterface.write_prb(tmp_path / "p.prb", group)
    np.testing.assert_array_equal(read_probe(tmp_path / "p.prb")[:, 1], [30, 0, 90, 60])


def test_prb_is_never_run(tmp_path):
    target = tmp_path / "harm"
    text = f"channel_groups = [].__class__.__base__.__subclasses__()\nopen({str(target)!r}, 'w')\n"
    with pytest.raises(ValueError, match="for safety"):
        read_probe(file(tmp_path, "p.prb", text))
    assert not target.exists()


def test_imported_arrays_are_read_only(tmp_path):
    probe = import_probe(file(tmp_path, "p.csv", "0,0\n0,25\n"))
    with pytest.raises(ValueError, match="read-only"):
        probe.positions[0, 0] = 1
    assert len(probe) == 2


def test_grid():
    expected = [[0, 0], [32, 0], [16, 20], [48, 20], [0, 40], [32, 40]]
    assert grid(3, 2, 32, 20, stagger=16).tolist() == expected
    two = grid(1, 2, 10, 20, shanks=2, shank_pitch=250)
    assert two.tolist() == [[0, 0], [10, 0], [250, 0], [260, 0]]
    assert two.dtype == np.float32
    for bad in ({"rows": 0}, {"columns": 1.5}, {"pitch_x": np.nan}, {"shanks": True}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            grid(**({"rows": 2, "columns": 2, "pitch_x": 1, "pitch_y": 1} | bad))


def slow_clashes(positions, closer_than):
    return [
        (first, second)
        for first in range(len(positions))
        for second in range(first + 1, len(positions))
        if np.hypot(*(positions[first] - positions[second])) < closer_than
    ]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(-6, 6), st.integers(-6, 6)), max_size=20), st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0])
)
def test_clashes_against_the_slow_way(points, closer_than):
    positions = np.array(points, dtype=float).reshape(-1, 2)
    assert clashes(positions, closer_than) == slow_clashes(positions, closer_than)


def test_clashes_of_many_contacts_are_fast():
    positions = grid(100, 50, 20, 20)
    positions[4321] = positions[17] + 0.25
    start = time.perf_counter()
    assert clashes(positions) == [(17, 4321)]
    assert time.perf_counter() - start < 10


def test_nearest_spacing():
    assert nearest_spacing(grid(10, 2, 32, 20)) == 20
    assert np.isnan(nearest_spacing([[0, 0]]))


def test_json_is_plain_probeinterface(tmp_path):
    write_probe(tmp_path / "p.json", LINE)
    content = json.loads((tmp_path / "p.json").read_text(encoding="utf-8"))
    assert content["specification"] == "probeinterface"
    assert content["probes"][0]["device_channel_indices"] == [0, 1, 2]
