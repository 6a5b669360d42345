"""The probe of a session: shanks, sizes and part number, from the recording to the reopened session."""

import numpy as np
import pytest

from spikesift_core.merging import join_sessions
from spikesift_core.probe_contacts import layout
from spikesift_core.recording import Recording
from spikesift_core.results import SortedRecording
from spikesift_core.session import SUFFIX, create_session, open_session
from tests.core.session_parts import GEOMETRY, SETTINGS, events, open_recording

PROBE = layout(GEOMETRY, [0, 0, 1, 1], [[12, 0], [12, 0], [10, 15], [10, 15]], "NP2013")


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "recording.bin"
    np.random.default_rng(0).integers(-99, 99, (3000, 4)).astype(np.int16).tofile(made)
    return made


@pytest.fixture
def recording(path):
    return Recording(binary_file=path, data_type="int16", probe_geometry=PROBE, sampling_frequency=30000.0)


def sorted_session(tmp_path, recording, name="a"):
    found, writer = events(), create_session(tmp_path / f"{name}{SUFFIX}", recording, SETTINGS)
    for event in found:
        writer.add(event)
    writer.finish(SortedRecording([e.segment for e in found], [e.assignment for e in found[1:]], recording.probe))
    return writer.folder


def same_probe(found):
    assert found.positions.tolist() == GEOMETRY.tolist() and found.part == "NP2013"
    assert found.shanks.tolist() == [0, 0, 1, 1] and found.sizes.tolist() == PROBE.sizes.tolist()


def test_shanks_sizes_and_part_of_the_probe_are_kept(tmp_path, recording):
    folder = sorted_session(tmp_path, recording)
    session = open_session(folder)
    same_probe(session.recording.probe)
    same_probe(session.sorted_recording.probe)
    assert np.load(folder / "probe_shanks.npy").tolist() == [0, 0, 1, 1]
    assert "probe_shanks" not in session.recording_description, "it is about the file"


def test_a_session_of_before_shanks_were_kept_has_one(tmp_path, path):
    written = sorted_session(tmp_path, open_recording(path))
    assert not (written / "probe_shanks.npy").exists() and not (written / "probe_sizes.npy").exists()
    probe = open_session(written).recording.probe
    assert probe.shanks.tolist() == [0] * 4 and not probe.sizes.any() and probe.part == ""


@pytest.mark.parametrize(
    ("name", "content"),
    [("probe_shanks.npy", b"damaged"), ("probe_shanks.npy", [0, 1]), ("probe_sizes.npy", [[1, -1]] * 4)],
)
def test_damaged_shanks_and_sizes_are_told_and_can_be_left_out(tmp_path, recording, name, content):
    path = sorted_session(tmp_path, recording) / name
    path.write_bytes(content) if isinstance(content, bytes) else np.save(path, content)
    with pytest.raises(ValueError, match=f"{name} is damaged: .* Repair"):
        open_session(path.parent)
    session = open_session(path.parent, repair=True)
    assert name in session.problems[0] and "left out" in session.problems[0]
    probe = session.recording.probe
    kept = probe.sizes.any() if "shanks" in name else probe.shanks.any()
    lost = probe.shanks.any() if "shanks" in name else probe.sizes.any()
    assert kept and not lost


def test_joined_sessions_keep_the_shanks(tmp_path, recording):
    first, second = (open_session(sorted_session(tmp_path, recording, name)) for name in ("a", "b"))
    join_sessions([first, second], tmp_path / f"both{SUFFIX}", gap=1.0)
    same_probe(open_session(tmp_path / f"both{SUFFIX}").sorted_recording.probe)
