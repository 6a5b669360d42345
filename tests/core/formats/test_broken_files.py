"""Broken, incomplete and odd files: each with the words that a person reads, in Python and in the terminal."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import spikesift_core as spikesift
from spikesift_core.cli import main
from tests.core.formats import files

# ---------------------------------------------------------------- makers: a folder to the path that is opened


def cut(path, bytes_less):
    os.truncate(path, path.stat().st_size - bytes_less)
    return path


def changed(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def glx(folder, **fields):
    return files.spikeglx(folder, saved=range(4), **fields)[0]


def meta(folder, old=None, new="", **fields):
    path = glx(folder, **fields).with_suffix(".meta")
    return changed(path, old, new) if old else path


def without(path, other):
    other.unlink()
    return path


def with_bytes(path, content):
    path.write_bytes(content)
    return path


def intan(folder, **given):
    files.intan(folder / "a.rhd", **given)
    return folder / "a.rhd"


def intan_folder(folder, **given):
    files.intan_folder(folder, **given)
    return folder


def open_ephys(folder):
    files.open_ephys(folder)
    return folder / "structure.oebin"


def open_ephys_data(folder):
    return open_ephys(folder).parent / "continuous" / "Probe-100.0"


def blackrock(folder, **given):
    files.blackrock(folder / "a.ns5", **given)
    return folder / "a.ns5"


def damaged_packet(folder):
    path = blackrock(folder)
    content = bytearray(path.read_bytes())
    second = 314 + 66 * 6 + 9 + 600 * 12
    content[second] = 77
    return with_bytes(path, bytes(content))


def neuralynx(folder):
    files.neuralynx(folder)
    return folder / "CSC1.ncs"


def all_cut(folder):
    neuralynx(folder)
    for path in folder.glob("*.ncs"):
        cut(path, 100)
    return folder


def plexon(folder, **given):
    files.plexon(folder / "a.plx", **given)
    return folder / "a.plx"


def damaged_block(folder):
    path = plexon(folder, samples=500)
    content = bytearray(path.read_bytes())
    content[7504 + 1020 + 296 + 5 * 296 + 16] = 99  # the block after the first, which is an event
    return with_bytes(path, bytes(content))


def npy(folder, array):
    np.save(folder / "a.npy", array, allow_pickle=True)
    return folder / "a.npy"


def saved(folder, **fields):
    files.binary_folder(folder / "saved", **fields)
    return folder / "saved"


def turned(path):
    content = path.read_bytes()
    return with_bytes(path, content[:4][::-1] + content[4:])


# What is opened, and the words a person reads. Nothing of it can be used.
BROKEN = {
    "glx: signal is missing": (lambda f: without(meta(f), f / "run_g0_t0.imec0.ap.bin"), "which is not beside it"),
    "glx: signal is empty": (lambda f: with_bytes(glx(f), b""), "is empty. Was the recording stopped at once"),
    "glx: compressed": (lambda f: glx(f).rename(f / "run_g0_t0.imec0.ap.cbin"), "compressed .mtscomp.: decompress it"),
    "glx: empty meta": (lambda f: with_bytes(meta(f), b""), "does not have the field nSavedChans: is it complete"),
    "glx: meta cut off": (lambda f: meta(f, nSavedChans=None), "does not have the field nSavedChans: is it complete"),
    "glx: meta of another file": (lambda f: meta(f, nSavedChans=9), "nSavedChans is 9, but snsSaveChanSubset names 5"),
    "glx: meta edited": (lambda f: meta(f, snsApLfSy="7,0,1"), "nSavedChans is 5, but the counts .* add up to 8"),
    "glx: no number": (lambda f: meta(f, imSampRate="fast"), "imSampRate must be a number above 0, not 'fast'"),
    "glx: subset": (lambda f: meta(f, snsSaveChanSubset="a:b"), "snsSaveChanSubset='a:b' cannot be understood"),
    "glx: meta overwritten": (
        lambda f: with_bytes(meta(f), b"nSavedChans\0\1\2" * 9),
        "should be text, but holds binary",
    ),
    "glx: sync only": (lambda f: meta(f, snsApLfSy="0,0,5"), "holds no neural channel"),
    "intan: empty": (lambda f: with_bytes(intan(f), b""), "a.rhd is empty: nothing was recorded"),
    "intan: ends in the header": (
        lambda f: with_bytes(intan(f), files.intan_header()[:300]),
        "ends inside its header .300",
    ),
    "intan: header only": (lambda f: with_bytes(intan(f), files.intan_header()), "holds no sample: .* of them header"),
    "intan: byte order": (lambda f: turned(intan(f)), "is not an Intan file: its bytes are in the wrong order"),
    "intan: another file": (
        lambda f: with_bytes(intan(f), b"RIFF" * 99),
        "is not an Intan file: it begins with 52 49 46 46",
    ),
    "intan: no amplifier": (lambda f: intan(f, amplifiers=0), "holds no amplifier channel"),
    "intan: no signal file": (
        lambda f: without(intan_folder(f), f / "amplifier.dat"),
        "neither amplifier.dat nor amp-A-000",
    ),
    "intan: a channel is missing": (
        lambda f: without(intan_folder(f, by_channel=True), f / "amp-A-002.dat"),
        "each in a file beside it; not there: amp-A-002.dat. Copy the",
    ),
    "intan: a channel is shorter": (
        lambda f: cut(intan_folder(f, by_channel=True) / "amp-A-002.dat", 4).parent,
        "amp-A-002.dat has 1996 bytes and .* 2000: one of them is not complete",
    ),
    "oe: damaged": (lambda f: changed(open_ephys(f), '"continuous":', '"continuous"'), "is damaged: .* in line 1"),
    "oe: no list": (lambda f: with_bytes(open_ephys(f), b"{}"), "has no list of continuous signals"),
    "oe: events only": (lambda f: with_bytes(open_ephys(f), b'{"continuous": []}'), "only events were recorded"),
    "oe: signal is missing": (
        lambda f: without(open_ephys(f), f / "continuous/Probe-100.0/continuous.dat"),
        "describes continuous/Probe-100.0/continuous.dat, which is not there",
    ),
    "oe: channels": (
        lambda f: changed(open_ephys(f), '"num_channels": 4', '"num_channels": 7'),
        "should have 7 channels .num_channels., but 4 are described",
    ),
    "blackrock: ends in the header": (
        lambda f: with_bytes(blackrock(f), blackrock(f).read_bytes()[:400]),
        "ends inside its",
    ),
    "blackrock: damaged": (damaged_packet, "is damaged at byte 7919: a data packet should begin there"),
    "blackrock: no sample": (lambda f: blackrock(f, parts=()), "holds no samples: recording was stopped before"),
    "neuralynx: another file": (lambda f: with_bytes(neuralynx(f), b"x" * 20000), "does not begin as a Neuralynx file"),
    "neuralynx: no sample": (lambda f: with_bytes(neuralynx(f), bytes(16384)), "its channel was not recorded"),
    "plexon: empty": (lambda f: with_bytes(plexon(f), b""), "is not a Plexon .plx file: it is empty. Copy it"),
    "plexon: byte order": (lambda f: turned(plexon(f)), "is not a Plexon .plx file: its bytes are in the wrong order"),
    "plexon: ends in the header": (
        lambda f: os.truncate(plexon(f), 3000) or f / "a.plx",
        "ends inside its header .3000",
    ),
    "plexon: ends in the channels": (
        lambda f: os.truncate(plexon(f), 9000) or f / "a.plx",
        "ends inside its header .9000 bytes.: the recording or a copy was broken off",
    ),
    "plexon: header only": (lambda f: plexon(f, samples=0), "a.plx holds no samples: recording was stopped before"),
    "plexon: spikes only": (lambda f: plexon(f, channels=0), "holds no continuous signal that is fast enough"),
    "plexon: damaged": (damaged_block, "is damaged at byte 10316: a block should begin there"),
    "npy: cut off": (lambda f: cut(npy(f, np.zeros((500, 4))), 99), "is not an array that can be read: it is damaged"),
    "npy: empty": (lambda f: with_bytes(npy(f, np.zeros(3)), b""), "is not an array that can be read: it is empty"),
    "npy: one axis": (lambda f: npy(f, np.zeros(500)), "must be an array .samples, channels.; it has the shape .500"),
    "npy: complex": (lambda f: npy(f, np.zeros((500, 4), complex)), "holds complex128; a recording must be one of"),
    "saved: signal is missing": (
        lambda f: without(saved(f), f / "saved/traces_cached_seg0.raw").parent / "saved",
        "names traces_cached_seg0.raw, which is not there",
    ),
    "saved: type": (
        lambda f: changed(saved(f) / "binary.json", '"<i2"', '"text"').parent,
        "dtype is 'text', must be one",
    ),
    "saved: gain": (
        lambda f: saved(f, gain_to_uV=[1, 2]),
        "gain_to_uV must be a number, or one for each of 4 channels",
    ),
    "glx: no range": (lambda f: meta(f, imAiRangeMax=None), "does not have the field imAiRangeMax: is it complete"),
    "intan: damaged": (lambda f: intan(f, rate=-1.0), "the header is damaged .a sampling rate of -1 Hz"),
    "oe: no rate": (
        lambda f: changed(open_ephys(f), '"sample_rate": 30000.0', '"sample_rate": null'),
        "does not have the field sample_rate: is it complete",
    ),
    "blackrock: analog only": (lambda f: blackrock(f, channels=0), "holds analog inputs only, no electrode"),
    "neuralynx: all empty": (
        lambda f: with_bytes(f / "CSC1.ncs", bytes(16384)).parent,
        "None of the .ncs files in .* holds a sample",
    ),
    "npy: objects": (lambda f: npy(f, np.array([[{}]] * 9)), "it is damaged, cut off, or holds Python objects"),
    "npy: no channel": (lambda f: npy(f, np.zeros((500, 0))), "must be an array .samples, channels.; it has the shape"),
    "saved: cut off": (
        lambda f: with_bytes(saved(f) / "binary.json", b'{"kwargs": {').parent,
        "binary.json is damaged: .* Copy it again from where it was recorded",
    ),
    "saved: nothing described": (
        lambda f: with_bytes(saved(f) / "binary.json", b"{}").parent,
        "does not describe a recording: it has no kwargs",
    ),
    "saved: no file": (lambda f: saved(f, file_paths=[]), "names no binary file"),
    "saved: no rate": (lambda f: saved(f, sampling_frequency=0), "sampling_frequency must be a number above 0, not 0"),
    "saved: clock": (
        lambda f: (
            changed(saved(f) / "binary.json", '"relative_paths"', '"clock": {"start": 1}, "relative_paths"').parent
        ),
        "the clock of the acquisition system cannot be understood: 'gaps'",
    ),
    "nwb: another file": (lambda f: with_bytes(f / "a.nwb", b"text"), "is not an HDF5 file, or is damaged"),
    "empty folder": (
        lambda f: f,
        "is a folder in which no recording was recognised, nor a session. Known are: SpikeGLX",
    ),
    "nothing there": (lambda f: f / "gone.bin", "gone.bin does not exist. It may have been moved"),
    "name too long": (
        lambda f: f / ("x" * 400 + ".bin"),
        "cannot be read: File name too long. Give it a shorter name|does not exist",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_told_in_words(tmp_path, capsys, case):
    make, words = BROKEN[case]
    path = make(tmp_path)
    with pytest.raises(ValueError, match=words) as caught:
        spikesift.read_streams(path)
    assert str(caught.value).endswith((".", "?"))
    assert main(["info", str(path)]) == 1
    out, err = capsys.readouterr()
    assert out == "" and str(caught.value) in err and "Traceback" not in err
    with pytest.raises(ValueError, match=words):
        spikesift.open_recording(path, probe_geometry=np.zeros((4, 2)), sampling_frequency=30000)


def nwb(folder, h5py, **options):
    files.nwb(h5py, folder / "a.nwb", files.signal(900, 4), **options)
    return folder / "a.nwb"


def without_series(folder, h5py):
    with h5py.File(nwb(folder, h5py), "a") as file:
        file["acquisition/ElectricalSeries"].attrs["neurodata_type"] = "TimeSeries"
    return folder / "a.nwb"


def without_times(folder, h5py):
    with h5py.File(nwb(folder, h5py), "a") as file:
        del file["acquisition/ElectricalSeries/starting_time"]
    return folder / "a.nwb"


def complex_values(folder, h5py):
    files.nwb(h5py, folder / "a.nwb", files.signal(900, 4).astype(complex))
    return folder / "a.nwb"


BROKEN_NWB = {
    "cut off": (lambda f, h5py: cut(nwb(f, h5py), 5000), "cannot be read: it is damaged or was cut off"),
    "no series": (without_series, "holds no ElectricalSeries .raw signal.: only what was made from one"),
    "no times": (without_times, "sampling frequency must be given .*a.nwb does not tell it"),
    "complex": (complex_values, "acquisition/ElectricalSeries holds complex128; a recording must be one of int8"),
    "in pieces": (
        lambda f, h5py: nwb(f, h5py, chunks=(100, 4)),
        "lies in pieces, so it cannot be read in place. Convert it, which writes a copy: spikesift convert",
    ),
}


@pytest.mark.parametrize("case", BROKEN_NWB)
def test_a_broken_nwb_file_is_told_in_words(tmp_path, case):
    make, words = BROKEN_NWB[case]
    path = make(tmp_path, pytest.importorskip("h5py"))
    with pytest.raises(ValueError, match=words) as caught:
        spikesift.open_recording(path, probe_geometry=files.column(4))
    assert "Traceback" not in str(caught.value) and str(caught.value).endswith((".", "?", ")."))


# Files that can be used in part, or with care: the words are among what is said of the recording.
ODD = {
    "glx: ends inside a sample": (lambda f: cut(glx(f), 3), "ends in the middle of a sample .7 bytes more", 2999),
    "glx: shorter than promised": (
        lambda f: cut(glx(f), 10),
        "is shorter than its .meta says .29990 bytes, not 30000",
        2999,
    ),
    "intan: ends inside a block": (lambda f: cut(intan(f), 9), "ends in the middle of a sample", 1152),
    "oe: ends inside a sample": (
        lambda f: cut(open_ephys_data(f) / "continuous.dat", 3).parent,
        "one of the two files",
        1999,
    ),
    "oe: clock is damaged": (
        lambda f: with_bytes(open_ephys_data(f) / "sample_numbers.npy", b"x").parent,
        "sample_numbers.npy is damaged: gaps in the recording cannot be seen",
        2000,
    ),
    "blackrock: last packet is cut off": (
        lambda f: cut(blackrock(f, parts=((0, 600),)), 30),
        "The last packet is not complete",
        597,
    ),
    "neuralynx: ends inside a record": (all_cut, "ends inside a record", 2560),
}


@pytest.mark.parametrize("case", ODD)
def test_what_is_whole_of_an_odd_file_is_used_and_it_is_said(tmp_path, capsys, case):
    make, words, samples = ODD[case]
    path = make(tmp_path)
    path = path / "continuous.dat" if (path / "continuous.dat").is_file() else path
    (stream,) = spikesift.read_streams(path)
    recording = spikesift.open_recording(
        path, probe_geometry=np.c_[np.zeros(stream.channels), np.arange(stream.channels)]
    )
    assert recording.num_samples == samples
    assert len(recording.read(samples - 1, 1)) == 1
    assert any(re.search(words, said) for said in recording.remarks()), recording.remarks()
    assert main(["info", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == list(recording.remarks())


def test_a_file_that_may_not_be_read_is_told_so(tmp_path, monkeypatch):
    path, opened = glx(tmp_path), Path.open

    def refuse(self, *args, **kwargs):
        if self == path:
            raise PermissionError(13, "Permission denied")
        return opened(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ValueError, match="imec0.ap.bin cannot be read: Permission denied. Ask its owner"):
        spikesift.read_streams(path)
    with pytest.raises(ValueError, match="Permission denied"):
        spikesift.read_streams(path.with_suffix(".meta"))


@pytest.mark.parametrize("name", ["día 3 – крыса №12 ☂", "with ' and \" and #", "a" * 120])
def test_unusual_and_very_long_paths_are_read(tmp_path, name):
    if os.name == "nt":
        name = name.replace('"', "")[:20]
    folder = tmp_path / name / name
    folder.mkdir(parents=True)
    try:
        path = glx(folder)
    except OSError as error:
        pytest.skip(f"this system does not take such a path: {error}")
    assert spikesift.open_recording(path).num_samples == 3000
    assert spikesift.open_recording(folder).binary_file == path
    files.intan(folder / f"{name}.rhd", samples=1280)
    assert len(spikesift.read_streams(folder / f"{name}.rhd")) == 1


def test_a_file_that_is_cut_off_while_it_is_sorted_is_told_in_words(tmp_path):
    recording = spikesift.open_recording(glx(tmp_path))
    cut(recording.binary_file, 1000)
    with pytest.raises(ValueError, match="has become shorter while it was read: samples from 2990 on"):
        recording.read(2990, 10)


def test_a_plain_file_among_others_and_a_folder_moved_in_part(tmp_path):
    path = glx(tmp_path)
    (tmp_path / "plain.bin").write_bytes(bytes(640))
    with pytest.raises(ValueError, match="plain.bin is a plain binary file, and others are not"):
        spikesift.read_streams([path, tmp_path / "plain.bin"])
    with pytest.raises(ValueError, match="the list is empty"):
        spikesift.read_streams([])
    shutil.move(path.with_suffix(".meta"), tmp_path / "elsewhere.meta")
    assert spikesift.read_streams(path) == []  # then it is a plain binary file
