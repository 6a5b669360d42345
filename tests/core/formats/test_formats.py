"""Recordings of acquisition systems, written byte by byte: what is read, what is said, and neo as a witness."""

from __future__ import annotations

import os
import time
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import spikesift_core as spikesift
from spikesift_core import formats
from spikesift_core.acquisition_clock import AcquisitionClock, Gap
from spikesift_core.formats import FORMATS, recognise
from spikesift_core.formats.convert import convert
from spikesift_core.progress import run_to_end
from tests.core.formats import files
from tests.core.formats.files import column, read_all

# ---------------------------------------------------------------- the table


def test_every_file_of_formats_is_in_the_table():
    folder = Path(formats.__file__).parent
    helpers = {"clocks", "convert", "extras", "files", "intan_header", "probes", "stream"}
    modules = {path.stem for path in folder.glob("[a-z]*.py")} - helpers
    assert {row.find.__module__.split(".")[-1] for row in FORMATS} == modules
    assert all(import_module(f"spikesift_core.formats.{name}").NAME for name in modules)


def test_each_format_is_recognised_by_content_and_companions(tmp_path):
    made = {}
    for name in ("spikeglx", "open_ephys", "intan", "blackrock", "neuralynx", "plexon", "spikeinterface", "numpy"):
        made[name] = tmp_path / name
        made[name].mkdir()
    files.spikeglx(made["spikeglx"], samples=30)
    files.open_ephys(made["open_ephys"])
    files.intan_folder(made["intan"])
    files.blackrock(made["blackrock"] / "a.ns5")
    files.neuralynx(made["neuralynx"])
    files.plexon(made["plexon"] / "a.plx")
    files.binary_folder(made["spikeinterface"])
    for name, folder in made.items():
        if name != "numpy":
            assert recognise(folder).id == name
        for path in folder.rglob("*.*"):
            if path.is_file() and path.suffix not in (".npy",) and path.name != "time.dat":
                assert recognise(path).id == name, path
    np.save(made["numpy"] / "a.npy", np.zeros((50, 4), np.int16))
    assert recognise(made["numpy"] / "a.npy").id == "numpy"
    np.save(made["numpy"] / "probe.npy", np.zeros((384, 2)))
    assert recognise(made["numpy"] / "probe.npy") is None
    (tmp_path / "plain.bin").write_bytes(bytes(64))
    assert recognise(tmp_path / "plain.bin") is None
    assert spikesift.read_streams(tmp_path / "plain.bin") == []


# ---------------------------------------------------------------- SpikeGLX


def test_spikeglx_without_its_sync_channel_and_with_its_probe(tmp_path):
    path, data = files.spikeglx(tmp_path)
    recording = spikesift.open_recording(path)
    np.testing.assert_array_equal(recording.read(0, 3000), data[:, :384])
    stream = recording.stream
    assert (recording.recording_channels, recording.sampling_frequency) == (384, 30000)
    assert stream.one_gain == pytest.approx(0.6 / 512 / 500 * 1e6)
    assert stream.notes[0] == "Left out: 1 sync or auxiliary channel (SY0)."
    np.testing.assert_array_equal(recording.probe_geometry[:4], [[16, 0], [48, 0], [0, 20], [32, 20]])
    assert stream.channel_names[:2] == ("AP0", "AP1")
    for other in (path.with_suffix(".meta"), tmp_path):
        assert spikesift.open_recording(other).binary_files == (path,)


def test_spikeglx_with_some_channels_saved(tmp_path):
    path, data = files.spikeglx(tmp_path, saved=[3, 5, 100, 200])
    recording = spikesift.open_recording(path)
    np.testing.assert_array_equal(recording.read(0, 3000), data[:, :4])
    np.testing.assert_array_equal(recording.probe_geometry, [[32, 20], [48, 40], [16, 1000], [16, 2000]])
    assert recording.stream.channel_names == ("AP3", "AP5", "AP100", "AP200")


def test_spikeglx_takes_the_map_in_the_file_for_a_probe_that_is_not_known(tmp_path):
    places = "".join(f"({k // 2}:{16 * (k % 2)}:{20 * k}:1)" for k in range(4))
    geometry = {"~snsGeomMap": f"(NP9999,4,250,70){places}", "imDatPrb_pn": "NP9999"}
    path, _ = files.spikeglx(tmp_path, saved=range(4), **geometry)
    found = spikesift.open_recording(path).probe_geometry
    np.testing.assert_array_equal(found, [[0, 0], [16, 20], [250, 40], [266, 60]])


@pytest.mark.parametrize(("kind", "number", "gain"), [("24", "NP2010", 80), ("2013", "NP2013", 100)])
def test_spikeglx_gain_of_probes_of_the_second_kind(tmp_path, kind, number, gain):
    changes = {"imDatPrb_type": kind, "imDatPrb_pn": number, "imMaxInt": 2048, "~imroTbl": "(24,4)"}
    path, _ = files.spikeglx(tmp_path, saved=range(4), **changes)
    (stream,) = spikesift.read_streams(path)
    assert stream.one_gain == pytest.approx(0.6 / 2048 / gain * 1e6)
    assert stream.probe is None and "bring a probe" in stream.notes[-1]


def test_a_run_of_spikeglx_has_streams_and_its_files_follow_each_other(tmp_path):
    _, first = files.spikeglx(tmp_path, saved=range(8), firstSample=100)
    _, second = files.spikeglx(
        tmp_path, name="run_g0_t1.imec0.ap", saved=range(8), samples=500, seed=1, firstSample=4100
    )
    files.spikeglx(tmp_path, name="run_g0_t0.imec0.lf", saved=range(8), samples=250)
    streams = spikesift.read_streams(tmp_path)
    assert [stream.name for stream in streams] == ["imec0.ap", "imec0.lf"]
    recording = spikesift.open_recording(tmp_path)
    np.testing.assert_array_equal(recording.read(0, 3500), np.vstack([first, second])[:, :8])
    assert "0.033 s (1000 samples) after 0.100 s were not recorded" in " ".join(recording.remarks())
    slow = spikesift.open_recording(tmp_path, stream="imec0.lf", probe_geometry=column(8))
    assert slow.sampling_frequency == 2500 and slow.stream.one_gain == pytest.approx(0.6 / 512 / 250 * 1e6)
    assert "LFP band" in " ".join(slow.remarks())
    with pytest.raises(ValueError, match="no stream 'imec1.ap'. There are: imec0.ap, imec0.lf"):
        spikesift.open_recording(tmp_path, stream="imec1.ap")


@pytest.mark.parametrize("saved", [range(384), [3, 10, 11, 200]])
def test_the_lf_band_has_the_contacts_of_its_channels(tmp_path, saved):
    files.spikeglx(tmp_path, saved=saved)
    files.spikeglx(tmp_path, name="run_g0_t0.imec0.lf", saved=saved, samples=250)
    fast, slow = spikesift.read_streams(tmp_path)
    assert (fast.channels, slow.channels) == (len(saved), len(saved))
    np.testing.assert_array_equal(fast.probe.positions, slow.probe.positions)
    assert fast.probe.part == slow.probe.part == "PRB_1_4_0480_1"


def test_the_lf_band_of_a_probe_that_is_not_known_has_the_contacts_of_the_map_in_the_file(tmp_path):
    places = "".join(f"({k // 2}:{16 * (k % 2)}:{20 * k}:1)" for k in range(4))
    geometry = {"~snsGeomMap": f"(NP9999,4,250,70){places}", "imDatPrb_pn": "NP9999"}
    files.spikeglx(tmp_path, name="run_g0_t0.imec0.lf", saved=range(4), **geometry)
    (slow,) = spikesift.read_streams(tmp_path)
    np.testing.assert_array_equal(slow.probe.positions, [[0, 0], [16, 20], [250, 40], [266, 60]])


def test_files_in_the_wrong_order_are_noticed_by_their_clock(tmp_path):
    one, _ = files.spikeglx(tmp_path, saved=range(4), firstSample=0)
    two, _ = files.spikeglx(tmp_path, name="run_g0_t1.imec0.ap", saved=range(4), firstSample=3000)
    assert spikesift.open_recording([one, two]).remarks() == []
    assert "not in the order of time" in " ".join(spikesift.open_recording([two, one]).remarks())
    three, _ = files.spikeglx(tmp_path, name="run_g0_t2.imec0.ap", saved=range(5))
    with pytest.raises(ValueError, match="t2.imec0.ap.bin cannot follow .*t0.imec0.ap.bin: another channels"):
        spikesift.open_recording([one, three])


@pytest.mark.parametrize(("one_box", "rate"), [(False, 25000), (True, 30000)])
def test_spikeglx_through_other_hardware(tmp_path, one_box, rate):
    path, data = files.nidq(tmp_path, one_box=one_box)
    recording, found = read_all(path)
    np.testing.assert_array_equal(found, data[:, :4])
    assert recording.sampling_frequency == rate
    assert recording.stream.one_gain == pytest.approx(5 / 32768 * 1e6)
    assert recording.stream.notes == ("Left out: 1 sync or auxiliary channel (XD0).",)


# ---------------------------------------------------------------- Intan


@pytest.mark.parametrize("version", [(1, 0), (1, 4), (2, 0), (3, 1)])
def test_intan_in_one_file(tmp_path, version):
    data = files.intan(tmp_path / "a.rhd", samples=1920, version=version, temperatures=1 if version > (1, 0) else 0)
    recording, found = read_all(tmp_path / "a.rhd")
    np.testing.assert_array_equal(found, data)
    assert (recording.sampling_frequency, recording.stream.one_gain) == (20000, 0.195)
    assert recording.stream.channel_names[0] == "my A-000"
    said = " ".join(recording.stream.notes)
    assert "3 accelerometer inputs" in said and "2 analog inputs" in said and "1 digital input" in said
    assert recording.remarks() == []


@pytest.mark.parametrize("dc", [False, True])
def test_intan_with_stimulation(tmp_path, dc):
    data = files.intan_rhs(tmp_path / "a.rhs", dc=dc)
    recording, found = read_all(tmp_path / "a.rhs")
    np.testing.assert_array_equal(found, data)
    assert recording.remarks() == []
    assert "Left out: 1 analog output (ANALOG-OUT-000)." in recording.stream.notes


def test_intan_gaps_are_kept(tmp_path):
    files.intan(tmp_path / "a.rhd", samples=1280, gap_at=4)
    (stream,) = spikesift.read_streams(tmp_path / "a.rhd")
    assert stream.clock == AcquisitionClock(0, (Gap(512, 1000),)) and stream.warnings == ()
    words = "A gap: 0.050 s (1000 samples) after 0.026 s were not recorded. Times count recorded samples only; "
    assert read_all(tmp_path / "a.rhd")[0].remarks()[0].startswith(words)


@pytest.mark.parametrize("by_channel", [False, True])
def test_intan_in_several_files(tmp_path, by_channel):
    data = files.intan_folder(tmp_path, by_channel=by_channel, missing=70)
    for path in (tmp_path, tmp_path / "info.rhd", tmp_path / ("amp-A-000.dat" if by_channel else "amplifier.dat")):
        recording, found = read_all(path)
        np.testing.assert_array_equal(found, data)
    assert len(recording.binary_files) == (4 if by_channel else 1)
    assert recording.gaps == (Gap(500, 70),)


def test_intan_files_that_follow_each_other(tmp_path):
    first = files.intan(tmp_path / "a.rhd", samples=640)
    second = files.intan(tmp_path / "b.rhd", samples=1280, seed=1)
    recording, found = read_all([tmp_path / "a.rhd", tmp_path / "b.rhd"])
    np.testing.assert_array_equal(found, np.vstack([first, second]))
    assert len(recording.binary_files) == 2


# ---------------------------------------------------------------- the others


def test_open_ephys(tmp_path):
    data = files.open_ephys(tmp_path / "recording1", missing=5)
    recording, found = read_all(tmp_path)
    np.testing.assert_array_equal(found, data[:, :3])
    assert recording.stream.notes == ("Left out: 1 auxiliary channel (ADC1).",)
    assert recording.clock == AcquisitionClock(7000, (Gap(500, 5),))
    place = tmp_path / "recording1" / "continuous" / "Probe-100.0" / "continuous.dat"
    assert read_all(place)[0].binary_files == read_all(tmp_path / "recording1" / "structure.oebin")[0].binary_files
    files.open_ephys(tmp_path / "recording2")
    assert [one.name for one in spikesift.read_streams(tmp_path)] == [f"recording{k}: Probe-100.0" for k in (1, 2)]


@pytest.mark.parametrize("large", [False, True])
def test_blackrock(tmp_path, large):
    parts = files.blackrock(tmp_path / "a.ns5", large=large)
    recording, found = read_all(tmp_path / "a.ns5")
    np.testing.assert_array_equal(found, np.vstack(parts)[:, :5])
    assert recording.gaps == (Gap(600, 300),)
    assert recording.stream.one_gain == pytest.approx(0.25, rel=1e-3)
    assert recording.stream.notes == ("Left out: 1 analog input (ainp1).",)


def test_blackrock_with_a_time_for_each_sample(tmp_path):
    parts = files.blackrock(tmp_path / "a.ns6", timed=True)
    recording, found = read_all(tmp_path / "a.ns6")
    np.testing.assert_array_equal(found, np.vstack(parts)[:, :5])
    assert recording.clock == AcquisitionClock(0, (Gap(600, 300),))


def test_neuralynx(tmp_path):
    data = files.neuralynx(tmp_path, gap_at=3, inverted=True)
    for path in (tmp_path, tmp_path / "CSC2.ncs"):
        recording, found = read_all(path)
        np.testing.assert_array_equal(found, data)
    assert recording.stream.channel_names == ("CSC1", "CSC2", "CSC3")
    assert recording.stream.one_gain == pytest.approx(0.061037)
    said = " ".join(recording.remarks())
    assert recording.clock == AcquisitionClock(160_000, (Gap(1536, 16_000),)) and "detection polarity to 1" in said


@pytest.mark.parametrize("kind", ["int16", ">i2", "float32"])
def test_spikeinterface_folder(tmp_path, kind):
    data = files.binary_folder(tmp_path / "saved", kind=kind)
    recording, found = read_all(tmp_path / "saved")
    np.testing.assert_array_equal(found, data)
    assert (recording.sampling_frequency, recording.stream.one_gain) == (25000, 0.5)
    assert recording.stream.channel_names == ("c0", "c1", "c2", "c3")


@pytest.mark.parametrize("kind", ["int16", ">i2", "float64"])
def test_numpy_file(tmp_path, kind):
    data = files.signal(700, 5).astype(kind)
    np.save(tmp_path / "a.npy", data)
    recording, found = read_all(tmp_path / "a.npy", sampling_frequency=24000)
    np.testing.assert_array_equal(found, data)
    assert recording.sampling_frequency == 24000


@pytest.mark.parametrize("array", [files.signal(700, 5).T, np.asfortranarray(files.signal(700, 5))])
def test_a_numpy_file_channel_by_channel_is_converted_only_when_asked(tmp_path, array):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(ValueError, match="cannot be read in place. Convert it, which writes a copy"):
        read_all(tmp_path / "a.npy", sampling_frequency=24000)
    assert list(tmp_path.iterdir()) == [tmp_path / "a.npy"]
    stream = formats.with_rate(spikesift.read_streams(tmp_path / "a.npy")[0], 24000)
    folder = run_to_end(convert(stream, tmp_path / "copy"))
    recording, found = read_all(folder)
    np.testing.assert_array_equal(found, files.signal(700, 5))
    assert recording.sampling_frequency == 24000
    with pytest.raises(ValueError, match="exists already"):
        convert(stream, tmp_path / "copy")
    job = convert(stream, tmp_path / "half")
    next(job)
    job.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npy", "copy"]


# ---------------------------------------------------------------- opening


def test_nothing_in_the_folder_is_changed_by_opening_and_reading(tmp_path):
    files.spikeglx(tmp_path, saved=range(4))
    files.neuralynx(tmp_path)
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.iterdir()}
    spikesift.open_recording(tmp_path).read(0, 3000)
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.iterdir()} == before


def test_a_spikeglx_file_of_200_gb_opens_at_once(tmp_path):
    path, _ = files.spikeglx(tmp_path, samples=10)
    size = 200_000_000_000 // 770 * 770
    try:
        os.truncate(path, size)
    except OSError as error:
        pytest.skip(f"this disk does not take a sparse file of 200 GB: {error}")
    if getattr(path.stat(), "st_blocks", 1 << 40) * 512 > 1e9:
        pytest.skip("this file system has no sparse files")
    with path.open("r+b") as file:
        file.seek(size - 770)
        file.write(np.arange(385, dtype="<i2").tobytes())
    spikesift.open_recording(path)  # imports what it needs
    started = time.perf_counter()
    recording = spikesift.open_recording(path)
    np.testing.assert_array_equal(recording.read(recording.num_samples - 1, 1), [np.arange(384)])
    assert recording.num_samples == size // 770
    assert time.perf_counter() - started < 30, "reading all of it takes minutes"


# ---------------------------------------------------------------- extras


@pytest.mark.parametrize(("name", "library"), [("a.pl2", "neo"), ("a.nwb", "h5py")])
def test_a_library_that_is_not_there_is_named_with_the_command_that_brings_it(tmp_path, monkeypatch, name, library):
    def gone(wanted):
        raise ImportError(f"No module named {wanted!r}")

    monkeypatch.setattr("spikesift_core.formats.extras.import_module", gone)
    (tmp_path / name).write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(ValueError, match=rf"the library {library} is needed.*pip install \"spikesift-gui\[formats\]\""):
        spikesift.open_recording(tmp_path / name)


# ---------------------------------------------------------------- the terminal


def test_the_terminal_sorts_a_recognised_recording(tmp_path, capsys):
    from spikesift_core.cli import main
    from spikesift_core.session import open_session

    path, _ = files.spikeglx(tmp_path, samples=45000, saved=range(8))
    line = ["sort", str(path), "--start", "0.2", "--stop", "1.2", "--threads", "1"]
    assert main(line) == 0
    assert "Left out: 1 sync or auxiliary channel" in capsys.readouterr().err
    session = open_session(tmp_path / "run_g0_t0.imec0.ap.spikesift")
    assert (session.recording.sample_offset, session.recording.num_samples) == (6000, 30000)
    assert session.recording.layout.channels == 9
    assert session.notes == {"gain": pytest.approx(2.34375)}
    assert session.sorted_recording.start_time() == 6000
    assert main(["convert", str(path), "--output", str(tmp_path / "copy")]) == 1
    assert "is read in place: nothing has to be converted" in capsys.readouterr().err
    np.save(tmp_path / "turned.npy", files.signal(3000, 4).T)
    copy = ["convert", str(tmp_path / "turned.npy"), "--output", str(tmp_path / "copy")]
    assert main(copy) == 1
    assert "sampling frequency must be given" in capsys.readouterr().err
    assert main([*copy, "--sampling-frequency", "30000"]) == 0
    assert "Sort it: spikesift sort" in capsys.readouterr().out
    assert main(["info", str(tmp_path / "copy")]) == 0
    assert "does not tell where its contacts are (--probe)" in capsys.readouterr().out


@pytest.mark.parametrize("more", [["--header", "4"], ["--start", "1", "--num-samples", "10"]])
def test_options_that_do_not_go_with_a_recognised_recording_are_wrong_usage(tmp_path, capsys, more):
    from spikesift_core.cli import main

    path, _ = files.spikeglx(tmp_path, samples=30, saved=range(8))
    with pytest.raises(SystemExit) as caught:
        main(["sort", str(path), *more])
    assert caught.value.code == 2
    assert "error: --" in capsys.readouterr().err
