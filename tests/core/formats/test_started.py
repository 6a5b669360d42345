"""When a recording began, as each acquisition system wrote it down."""

import struct
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from spikesift_core.acquisition_clock import AcquisitionClock, Gap
from spikesift_core.formats import neo_reader
from spikesift_core.recording import Recording
from spikesift_core.recording_identity import describe
from spikesift_core.recording_started import read_time, recording_started, started
from tests.core.formats import files

WHEN = datetime(2024, 5, 3, 14, 2, 30)


def test_spikeglx_tells_in_its_meta(tmp_path):
    binary, _ = files.spikeglx(tmp_path, samples=60_000, saved=range(4), fileCreateTime="2024-05-03T14:02:30")
    assert started(binary) == WHEN
    assert started(files.spikeglx(tmp_path, name="run_g0_t1.imec0.ap", saved=range(4))[0]) is None


def test_samples_that_are_skipped_make_it_later_and_it_is_kept_with_the_session(tmp_path):
    binary, _ = files.spikeglx(tmp_path, samples=60_000, saved=range(4), fileCreateTime="2024-05-03T14:02:30")
    plain = {"data_type": "int16", "probe_geometry": files.column(5), "sampling_frequency": 30_000}
    recording = Recording(binary_file=binary, sample_offset=45_000, **plain)
    assert recording_started(recording) == datetime(2024, 5, 3, 14, 2, 31, 500_000)
    assert describe(recording)["started"] == "2024-05-03T14:02:31.500000"
    recording.clock = AcquisitionClock(0, (Gap(10, 300_000),))
    assert recording_started(recording) == datetime(2024, 5, 3, 14, 2, 41, 500_000), "after a pause of 10 s"
    alone = tmp_path / "alone.bin"
    np.zeros((100, 5), np.int16).tofile(alone)
    assert "started" not in describe(Recording(binary_file=alone, **plain))


def test_open_ephys_tells_in_its_messages(tmp_path):
    files.open_ephys(tmp_path / "recording1")
    dat = tmp_path / "recording1" / "continuous" / "Probe-100.0" / "continuous.dat"
    assert started(dat) is None
    moment = WHEN.replace(tzinfo=UTC)
    (tmp_path / "recording1" / "sync_messages.txt").write_text(
        f"Software Time (milliseconds since midnight Jan 1st 1970 UTC): {int(moment.timestamp() * 1000)}\n"
        "Start Time for Neuropixels (100) - Probe-100.0 @ 30000 Hz: 7000\n",
        encoding="utf-8",
    )
    assert started(dat) == moment.astimezone().replace(tzinfo=None)


def test_intan_tells_in_its_name(tmp_path):
    files.intan(tmp_path / "rat_240503_140230.rhd")
    assert started(tmp_path / "rat_240503_140230.rhd") == WHEN
    files.intan(tmp_path / "rat.rhd")
    assert started(tmp_path / "rat.rhd") is None
    (tmp_path / "rat_240503_140230").mkdir()
    files.intan_folder(tmp_path / "rat_240503_140230", by_channel=False)
    assert started(tmp_path / "rat_240503_140230" / "amplifier.dat") == WHEN


def test_neuralynx_tells_in_its_header_newer_and_older(tmp_path):
    files.neuralynx(tmp_path, channels=1)
    path = tmp_path / "CSC1.ncs"
    assert started(path) == datetime(2016, 11, 2, 10, 0, 0)
    older = b"## Time Opened (m/d/y): 5/3/2024  (h:m:s.ms) 14:2:30.125\r\n"
    path.write_bytes(path.read_bytes().replace(b"-TimeCreated 2016/11/02 10:00:00\r\n", older))
    assert started(path) == WHEN


def test_blackrock_tells_in_its_header(tmp_path):
    path = tmp_path / "a.ns5"
    files.blackrock(path)
    assert started(path) is None, "all zeros are no time"
    data = bytearray(path.read_bytes())
    struct.pack_into("<8H", data, 8 + 2 + 4 + 16 + 256 + 8, 2024, 5, 5, 3, 14, 2, 30, 0)
    path.write_bytes(data)
    assert started(path) == WHEN.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)


def test_nwb_tells_the_time_of_the_place(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "a.nwb"
    files.nwb(h5py, path, files.signal(100, 4))
    assert started(path) is None
    with h5py.File(path, "a") as file:
        file["session_start_time"] = "2024-05-03T14:02:30+09:00"
    assert started(path) == WHEN


@pytest.mark.parametrize("name", ["a.bin", "a.rhd", "a.ncs", "a.ns5", "a.nwb", "continuous.dat", "gone.bin"])
def test_what_does_not_tell_or_is_damaged_is_not_known(tmp_path, name):
    if not name.startswith("gone"):
        (tmp_path / name).write_bytes(b"NEURALCD" + bytes(20))
        (tmp_path / name).with_suffix(".meta").write_text("fileCreateTime=long ago\n", encoding="utf-8")
    assert started(tmp_path / name) is None


def test_a_time_that_is_typed_in():
    assert read_time(" 2024-05-03 14:02:30 ") == read_time("2024-05-03T14:02:30") == WHEN
    assert read_time("2024-05-03 14:02") == datetime(2024, 5, 3, 14, 2)
    assert read_time("2024-05-03") == datetime(2024, 5, 3)
    with pytest.raises(ValueError, match="'3 May' is no time: give date and time as 2024-05-03 14:02"):
        read_time("3 May")


class NeoReader:
    """As much of a reader of neo as tells when a recording began."""

    def __init__(self, whole, *parts):
        segments = [{"rec_datetime": part} for part in parts] or [{}]
        self.raw_annotations = {"blocks": [{"rec_datetime": whole, "segments": segments}]}

    def get_signal_t_start(self, _block, _segment, _stream):
        return 1.5


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        (NeoReader(WHEN), WHEN + timedelta(seconds=1.5)),
        (NeoReader(WHEN, WHEN), WHEN + timedelta(seconds=1.5)),
        (NeoReader(None, WHEN), WHEN),
        (NeoReader(None), None),
        (NeoReader("yesterday"), None),
        (object(), None),
    ],
)
def test_what_neo_tells(reader, expected):
    assert neo_reader._began(reader, 0, 0, 0) == expected


def test_a_copy_of_a_file_that_tells_nothing_tells_nothing(tmp_path):
    (tmp_path / "binary.json").write_text("{}", encoding="utf-8")
    assert started(tmp_path / "traces.raw") is None
    (tmp_path / "binary.json").write_text('{"started": "soon"}', encoding="utf-8")
    assert started(tmp_path / "traces.raw") is None
