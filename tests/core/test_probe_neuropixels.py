"""What SpikeGLX and Open Ephys say about a Neuropixels probe, in files written here line by line, and NWB."""

import numpy as np
import pytest

from spikesift_core.probe import import_probe
from spikesift_core.probe_neuropixels import electrodes_of, part_numbers, read_imro

pytest.importorskip("probeinterface")


def np1(channel, bank):
    """Where channel c of a bank of Neuropixels 1.0 is: two staggered columns 32 um apart, rows 20 um apart."""
    electrode = 384 * bank + channel
    row, column = divmod(electrode, 2)
    return [32 * column + (0 if row % 2 else 16), 20 * row]


def imro(banks):
    return f"(0,{len(banks)})" + "".join(f"({channel} {bank} 0 500 250 1)" for channel, bank in enumerate(banks))


def meta(tmp_path, name="run_g0_t0.imec0.ap.meta", **changes):
    lines = {
        "imDatPrb_pn": "NP1000",
        "imDatPrb_type": "0",
        "nSavedChans": "385",
        "snsApLfSy": "384,0,1",
        "acqApLfSy": "384,384,1",
        "snsSaveChanSubset": "0:383,768",
        "~imroTbl": imro([0] * 384),
    }
    lines |= changes
    path = tmp_path / name
    path.write_text("".join(f"{key}={value}\n" for key, value in lines.items() if value is not None), encoding="utf-8")
    return path


def relative(positions):
    return positions - positions.min(axis=0)


def expected(banks):
    return relative(np.array([np1(channel, bank) for channel, bank in enumerate(banks)], float))


@pytest.mark.parametrize("banks", [[0] * 384, [1] * 384, [channel % 2 for channel in range(384)]])
def test_the_electrodes_that_were_recorded(tmp_path, banks):
    probe = import_probe(meta(tmp_path, **{"~imroTbl": imro(banks)}))
    np.testing.assert_allclose(relative(probe.positions), expected(banks))
    assert probe.sizes[0].tolist() == [12, 12]
    assert any("385 channels: the last 1 (sync)" in note for note in probe.notes)


def test_only_the_channels_that_were_saved(tmp_path):
    path = meta(tmp_path, nSavedChans="5", snsApLfSy="4,0,1", snsSaveChanSubset="10:12,20,768")
    probe = import_probe(path)
    np.testing.assert_allclose(relative(probe.positions), relative(expected([0] * 384)[[10, 11, 12, 20]]))


def test_geometry_map_without_imro(tmp_path):
    geometry = "(NP2014,4,250,70)(0:27:0:1)(0:59:0:1)(3:27:15:1)"
    probe = import_probe(meta(tmp_path, **{"~imroTbl": None, "~snsGeomMap": geometry, "nSavedChans": "4"}))
    assert probe.positions.tolist() == [[27, 0], [59, 0], [777, 15]]
    assert probe.shanks.tolist() == [0, 0, 1]


def test_imro_file(tmp_path):
    path = tmp_path / "half.imro"
    path.write_text(imro([channel // 192 for channel in range(384)]), encoding="utf-8")
    probe = import_probe(path)
    np.testing.assert_allclose(relative(probe.positions), expected([channel // 192 for channel in range(384)]))
    assert len(read_imro(path).positions) == 384


SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<SETTINGS>
  <INFO><VERSION>0.6.7</VERSION></INFO>
  <SIGNALCHAIN>
    <PROCESSOR name="Neuropix-PXI" libraryVersion="0.6.0" nodeId="100">
      {streams}
      <EDITOR>{probes}</EDITOR>
    </PROCESSOR>
  </SIGNALCHAIN>
</SETTINGS>
"""


def settings(tmp_path, serials, electrodes):
    names = [f"Probe{letter}-{band}" for letter in "AB"[: len(serials)] for band in ("AP", "LFP")]
    streams = "".join(f'<STREAM name="{name}"/>' for name in names)
    chosen = " ".join(f'E{place}="{electrode}"' for place, electrode in enumerate(electrodes))
    probes = "".join(
        f'<NP_PROBE slot="2" port="{port}" dock="1" probe_part_number="NP1000" probe_serial_number="{serial}" '
        f'isEnabled="1"><CHANNELS/><SELECTED_ELECTRODES {chosen}/></NP_PROBE>'
        for port, serial in enumerate(serials, start=1)
    )
    path = tmp_path / "settings.xml"
    path.write_text(SETTINGS.format(streams=streams, probes=probes), encoding="utf-8")
    return path


@pytest.mark.parametrize("serials", [["1111"], ["1111", "2222"]])
def test_open_ephys_settings(tmp_path, serials):
    probe = import_probe(settings(tmp_path, serials, range(384, 768)))
    np.testing.assert_allclose(relative(probe.positions), expected([1] * 384))
    assert any("2 probes (1111, 2222); this is the first" in note for note in probe.notes) == (len(serials) == 2)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.meta", "typeThis=nidq\n", "neither ~imroTbl nor ~snsGeomMap"),
        ("a.meta", "imDatPrb_pn=NP1000\n~imroTbl=(0,2)(0 0", "not a SpikeGLX .meta"),
        ("a.imro", "nothing", "not an IMRO file"),
        ("settings.xml", "<SETTINGS/>", "No Neuropixels probe"),
        ("settings.xml", "no xml", "not a settings.xml"),
    ],
)
def test_wrong_files_in_words(tmp_path, name, text, words):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=name.replace(".", r"\.")) as caught:
        import_probe(path)
    assert words in str(caught.value)


def test_banks_of_a_part_number():
    parts = {part.name: part for part in part_numbers()}
    assert len(parts) >= 58 and parts["NP1000"].banks == 3 and parts["NP2014"].banks == 0
    tip = electrodes_of("NP1000", 0).positions
    np.testing.assert_allclose(relative(tip), expected([0] * 384))
    last = electrodes_of("NP1000", 2).positions
    np.testing.assert_allclose(relative(last), expected([2] * 192 + [1] * 192), err_msg="bank 2 ends at electrode 959")
    assert len(electrodes_of("NP1000").positions) == 960
    for part, bank, words in (("NP1000", 3, "banks 0 to 2"), ("NP2014", 0, "no banks"), ("NP0", None, "part number")):
        with pytest.raises(ValueError, match=words):
            electrodes_of(part, bank)


def nwb(path, **columns):
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        table = file.create_group("general/extracellular_ephys/electrodes")
        for name, values in columns.items():
            table[name] = values
    return path


def test_nwb_electrodes(tmp_path):
    groups = [b"left", b"left", b"right"]
    path = nwb(tmp_path / "a.nwb", id=[0, 1, 2], rel_x=[0.0, 0, 250], rel_y=[0.0, 20, 0], group_name=groups)
    probe = import_probe(path)
    assert probe.positions.tolist() == [[0, 0], [0, 20], [250, 0]] and probe.shanks.tolist() == [0, 0, 1]
    assert "rel_x and rel_y" in probe.notes[0]
    nan = nwb(tmp_path / "b.nwb", id=[0, 1], rel_x=[np.nan] * 2, rel_y=[np.nan] * 2, x=[1.0, 2], y=[3.0, 4])
    assert import_probe(nan).positions.tolist() == [[1, 3], [2, 4]]
    (tmp_path / "d.nwb").write_bytes(path.read_bytes().replace(b"electrodes", b"elsewhere_"))
    for bad, words in ((nwb(tmp_path / "c.nwb", id=[0]), "no positions"), (tmp_path / "d.nwb", "table of elect")):
        with pytest.raises(ValueError, match=words):
            import_probe(bad)


def test_nwb_without_h5py_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    (tmp_path / "a.nwb").write_bytes(b"anything")
    with pytest.raises(ValueError, match="pip install h5py"):
        import_probe(tmp_path / "a.nwb")
