"""Plexon .plx, written byte by byte: streams, clock, conversion; neo as a witness is in test_witnesses.py."""

from __future__ import annotations

import os
from datetime import datetime

import numpy as np
import pytest

import spikesift_core as spikesift
from spikesift_core.acquisition_clock import AcquisitionClock, Gap
from spikesift_core.formats.convert import convert
from spikesift_core.progress import run_to_end
from spikesift_core.recording_started import started
from tests.core.formats import files
from tests.core.formats.files import read_all


def test_plexon(tmp_path, monkeypatch):
    data = files.plexon(tmp_path / "a.plx", samples=2750, pause_at=3)
    (stream,) = spikesift.read_streams(tmp_path / "a.plx")  # FP001 is too slow for spikes
    assert (stream.name, stream.channels, stream.sampling_frequency) == ("WB", 4, 40_000)
    assert stream.channel_names == ("WB001", "WB002", "WB003", "WB004")
    assert stream.one_gain == pytest.approx(5e6 / 2**15 / 20 / 50)
    assert stream.clock == AcquisitionClock(0, (Gap(1500, 8000),))
    with pytest.raises(ValueError, match="channels, spikes and events lie mixed: it cannot be read in place. Convert"):
        read_all(tmp_path / "a.plx")
    for at_once in (1, 499, 500, 501, 10_000):
        monkeypatch.setattr("spikesift_core.formats.plexon.SAMPLES_AT_ONCE", at_once)
        np.testing.assert_array_equal(np.concatenate(list(stream.chunks())), data)
    assert stream.began == datetime(2024, 5, 17, 10, 30)
    recording, found = read_all(run_to_end(convert(stream, tmp_path / "copy")))
    assert started(recording.binary_file) == stream.began, "the copy keeps it"
    np.testing.assert_array_equal(found, data)
    assert recording.clock == stream.clock and recording.stream.one_gain == pytest.approx(stream.one_gain)


def test_a_plexon_file_that_was_cut_off_is_used_as_far_as_all_channels_go(tmp_path):
    data = files.plexon(tmp_path / "a.plx")
    os.truncate(tmp_path / "a.plx", (tmp_path / "a.plx").stat().st_size - 800)  # inside the last wide-band block
    stream = spikesift.read_streams(tmp_path / "a.plx")[0]
    said = " ".join(stream.warnings)
    assert "a.plx ends inside a block" in said and f"the first {stream.num_samples} of each are used" in said
    assert 2500 < stream.num_samples < 3000
    np.testing.assert_array_equal(np.concatenate(list(stream.chunks())), data[: stream.num_samples])
