"""A recording is called what a person recognises, although its system gives all files the same names."""

import pytest

from spikesift_core.recording_names import in_file_name, recording_name
from spikesift_core.sort_to_session import session_folder


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("day3.bin", "day3"),
        ("run_g0_t0.imec0.ap.bin", "run_g0_t0.imec0.ap"),
        ("rat12/Record Node 101/experiment1/recording2/structure.oebin", "rat12 experiment1 recording2"),
        (
            "rat12/Record Node 101/experiment1/recording2/continuous/Probe-100.0/continuous.dat",
            "rat12 experiment1 recording2 Probe-100.0",
        ),
        ("rat12/structure.oebin", "rat12"),
        ("rat12_230501/info.rhd", "rat12_230501"),
        ("rat12_230501/amp-A-000.dat", "rat12_230501"),
        ("saved/binary.json", "saved"),
        ("saved/traces_cached_seg0.raw", "saved"),
        ("monkey/CSC12.ncs", "monkey"),
    ],
)
def test_names_that_say_nothing_are_those_of_the_folder_above(tmp_path, path, name):
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"1")
    assert recording_name(file) == name
    assert session_folder(file) == file.parent / f"{name}.spikesift"


def test_folders_keep_all_of_their_name_and_say_which_of_several(tmp_path):
    folder = tmp_path / "2026.05.01_rat" / "Record Node 101" / "experiment2"
    folder.mkdir(parents=True)
    assert recording_name(folder) == "2026.05.01_rat experiment2"
    assert recording_name(tmp_path / "2026.05.01_rat") == "2026.05.01_rat"
    words = "rec1: Probe/A <AP>"
    assert session_folder(folder, tmp_path, words).name == "2026.05.01_rat experiment2 rec1- Probe-A -AP.spikesift"
    assert in_file_name("imec0.ap") == "imec0.ap"
