"""Sessions on disk: what is written is read again, nothing is overwritten silently, a moved recording is found."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from spikesift_core.recording_identity import CHUNK, fingerprint
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.session import (
    create_session,
    is_session,
    open_session,
    read_journal,
    record_action,
    refuse_if_taken,
    save_notes,
)
from spikesift_core.session_damage import SessionReplaced
from spikesift_core.sort_to_session import end_early
from spikesift_core.tracks import Track
from tests.core.session_parts import CHANNELS, SETTINGS, assert_same, events, result

ROOT = Path(__file__).resolve().parents[2]


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_complete_session_is_read_again(written, recording):
    session = open_session(written)
    assert session.complete
    assert session.state_words == "complete, 4 segments"
    assert session.settings == SETTINGS
    assert session.preset == "published"
    assert session.problems == ()
    assert_same(session.sorted_recording, events())
    for name in ("data_type", "sampling_frequency", "num_samples", "header", "sample_offset", "recording_offset"):
        assert getattr(session.recording, name) == getattr(recording, name)
        assert name in session.recording_description
    np.testing.assert_array_equal(session.recording_description["probe_geometry"], recording.probe_geometry)
    np.testing.assert_array_equal(session.recording.read(0, 3), recording.read(0, 3))


def test_what_is_corrected_at_the_end_counts_when_the_session_is_complete(tmp_path, recording):
    writer = create_session(tmp_path / "rec.spikesift", recording, SETTINGS)
    for event in events():
        writer.add(event)
    first = contents(writer.folder)
    corrected = events()
    spikes, vectors = corrected[2].segment.spike_clusters, corrected[2].segment.amplitude_vectors
    spikes.append(spikes[0][1::2])
    spikes[0] = spikes[0][::2]
    corrected[2].segment = SortedSegment(2000, 1000, spikes, np.concatenate([vectors, vectors[:1]]))
    corrected[3].assignment = np.append(corrected[3].assignment, -1)
    whole = result(corrected, recording)
    writer._write_corrected(whole)  # and killed
    assert_same(open_session(writer.folder).sorted_recording, events())
    writer.finish(whole)
    assert_same(open_session(writer.folder).sorted_recording, corrected)
    assert {path.name for path in (writer.folder / "segments").iterdir()} == {
        *(f"{i:06d}.npy" for i in range(4)), "000002.corrected.npy", "000003.corrected.npy",
    }  # fmt: skip
    assert all(contents(writer.folder)[path] == data for path, data in first.items() if "segments" in path.parts)
    journal = (writer.folder / "journal.jsonl").read_bytes()
    (writer.folder / "journal.jsonl").unlink()
    assert_same(open_session(writer.folder).sorted_recording, corrected)  # the files tell
    (writer.folder / "journal.jsonl").write_bytes(journal)
    (writer.folder / "segments" / "000002.corrected.npy").write_bytes(b"no")
    with pytest.raises(ValueError, match="000002.corrected.npy is damaged"):
        open_session(writer.folder)


@pytest.fixture
def followed(tmp_path, recording):
    """A complete session whose units were followed over gaps: three clusters, none, two, five."""
    places = [[(0, 0), (2, 1), (3, 0)], [(0, 1), (2, 0), (3, 1), (3, 2)], [(0, 2), (3, 4)], [(3, 3)]]
    units = tuple(Track(number, tuple(members)) for number, members in enumerate(places))
    writer = create_session(tmp_path / "followed.spikesift", recording, SETTINGS)
    for event in events():
        writer.add(event)
    plain = result(events(), recording)
    links, geometry = plain.assignment_chain, plain.probe_geometry
    writer.finish(SortedRecording(plain.sorted_segments, links, geometry, followed=units))
    return writer.folder, units


def test_units_followed_over_gaps_are_read_again(followed, written):
    folder, units = followed
    assert open_session(folder).sorted_recording.followed == units
    assert np.load(folder / "followed.npy")[:3].tolist() == [[0, 0, 0], [0, 2, 1], [0, 3, 0]]
    assert open_session(written).sorted_recording.followed is None
    (folder / "followed.npy").unlink()
    with pytest.raises(
        ValueError, match="followed.npy is damaged or does not belong.*: it cannot be read .No such file"
    ):
        open_session(folder)
    assert "followed.npy" in open_session(folder, repair=True).problems[0]
    assert not (written / "followed.npy").exists()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.zeros((2, 3), np.int64), "holds 1 of them in 2 members"),
        (np.zeros((2, 2), np.int64), r"holds int64 \(2, 2\)"),
        (None, "is damaged or does not belong"),
    ],
)
def test_damaged_units_are_told_and_can_be_left_out(followed, rows, words):
    path = followed[0] / "followed.npy"
    if rows is None:
        path.write_bytes(path.read_bytes()[:-3])
    else:
        np.save(path, rows)
    with pytest.raises(ValueError, match=words):
        open_session(followed[0])
    session = open_session(followed[0], repair=True)
    assert session.sorted_recording.followed is None
    assert len(session.problems) == 1
    assert_same(session.sorted_recording, events())


def test_reading_writes_nothing(written):
    before = contents(written)
    open_session(written, repair=True)
    assert contents(written) == before


def test_no_temporary_file_is_left(written, tmp_path):
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rec.bin", "rec.spikesift"]
    assert not [path for path in written.rglob("*") if ".tmp" in path.name or "building" in path.name]


def test_numpy_alone_reads_it(written):
    code = (
        "import json, sys, numpy as np\n"
        "a = np.load(sys.argv[1] + '/segments/000003.npy')\n"
        "assert 'spikesift_core' not in sys.modules\n"
        "print(json.dumps([int(a['start_time']), a['spike_times'].tolist(), a['spike_clusters'].tolist(),"
        " a['amplitude_vectors'].shape, a['link'].tolist()]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(written)], capture_output=True, text=True, check=True)
    start, times, clusters, shape, link = json.loads(done.stdout)
    event = events()[3]
    assert (start, shape, link) == (3000, [5, CHANNELS], event.assignment.tolist())
    for index, spikes in enumerate(event.segment.spike_clusters):
        assert [t for t, c in zip(times, clusters, strict=True) if c == index] == spikes.tolist()
    assert times == sorted(times)


def test_the_journal_tells_what_happened(written):
    record_action(written, "label set", unit=np.int64(3), label="good", path=Path("x"))
    actions = read_journal(written)
    expected = ["created", *["segment finished"] * 4, "finished", "label set"]
    assert [action["action"] for action in actions] == expected
    assert (actions[-1]["unit"], actions[-1]["label"], actions[-1]["path"]) == (3, "good", "x")
    assert actions[0]["time"].endswith("+00:00")


def test_a_cancelled_session_keeps_what_is_done(tmp_path, recording):
    writer = create_session(tmp_path / "rec.spikesift", recording, SETTINGS)
    for event in events()[:2]:
        writer.add(event)
    assert open_session(writer.folder).state == "sorting"
    writer.abandon("stopped by hand")
    session = open_session(writer.folder)
    assert not session.complete
    assert session.state_words == "cancelled; 2 segments, the first 0.1 of 0.1 s, kept"
    assert_same(session.sorted_recording, events()[:2])
    assert read_journal(writer.folder)[-1]["reason"] == "stopped by hand"
    head = json.loads((writer.folder / "session.json.previous").read_text(encoding="utf-8"))
    assert head["state"] == "sorting", "the version before is kept"


def test_a_session_without_a_segment(tmp_path, recording):
    session = open_session(create_session(tmp_path / "rec.spikesift", recording, SETTINGS).folder)
    assert session.sorted_recording is None
    assert session.segments == 0
    assert session.state_words == "not finished; no segment is there"


def test_segments_in_the_wrong_order_are_refused(tmp_path, recording):
    writer = create_session(tmp_path / "rec.spikesift", recording, SETTINGS)
    with pytest.raises(ValueError, match="Segment 1 .* where segment 0"):
        writer.add(events()[1])
    writer.add(events()[0])
    wrong = events()[1]
    wrong.assignment = np.array([-1])
    with pytest.raises(ValueError, match="links 1 clusters; the one before has 3"):
        writer.add(wrong)
    with pytest.raises(ValueError, match="4 segments, but 1 were written"):
        writer.finish(result(events(), recording))


def test_a_full_disk_is_said_and_loses_nothing(tmp_path, recording, monkeypatch):
    writer = create_session(tmp_path / "rec.spikesift", recording, SETTINGS)
    writer.add(events()[0])

    def refuse(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(OSError, match=r"No space left on device\. 1 segments are saved"):
            writer.add(events()[1])
    assert_same(open_session(writer.folder).sorted_recording, events()[:1])
    writer.add(events()[1])
    assert_same(open_session(writer.folder).sorted_recording, events()[:2])


# ---------------------------------------------------------------- what is in the way


def test_nothing_is_overwritten_silently(written, recording):
    before = contents(written)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"holds a session already.*kept as rec\.previous\.spikesift"):
            create_session(written, recording, SETTINGS)
    assert contents(written) == before


def test_overwriting_keeps_the_previous_sessions(written, recording, tmp_path):
    before = contents(written)
    for name in ("rec.previous.spikesift", "rec.previous2.spikesift"):
        refuse_if_taken(written, overwrite=True)
        create_session(written, recording, {"run": name}, overwrite=True)
        assert is_session(tmp_path / name)
    assert contents(tmp_path / "rec.previous.spikesift") == before
    assert open_session(tmp_path / "rec.previous2.spikesift").settings == {"run": "rec.previous.spikesift"}


def test_other_folders_and_files_are_never_replaced(tmp_path, recording):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "thesis.txt").write_text("x", encoding="utf-8")
    for target in (tmp_path / "work", tmp_path / "rec.bin"):
        with pytest.raises(ValueError, match="is not a session; choose another name"):
            create_session(target, recording, SETTINGS, overwrite=True)
    (tmp_path / "empty").mkdir()
    create_session(tmp_path / "empty", recording, SETTINGS)
    assert is_session(tmp_path / "empty")


def test_a_failed_start_leaves_nothing(tmp_path, recording):
    with pytest.raises(TypeError, match="cannot be kept in a session"):
        create_session(tmp_path / "rec.spikesift", recording, {"bad": object()})
    assert [path.name for path in tmp_path.iterdir()] == ["rec.bin"]


# ---------------------------------------------------------------- the recording's file


def test_recording_and_session_moved_together(tmp_path, written, recording):
    (tmp_path / "a" / "results").mkdir(parents=True)
    target = tmp_path / "a" / "results" / "rec.spikesift"
    shutil.move(written, target)
    shutil.move(recording.binary_file, tmp_path / "a" / "results" / "rec.bin")
    session = open_session(target)
    assert session.recording.binary_file == tmp_path / "a" / "results" / "rec.bin"
    assert session.recording_problem == ""


def test_the_way_from_session_to_recording_is_kept(tmp_path, recording):
    create_session(tmp_path / "day1" / "out" / "rec.spikesift", recording, SETTINGS)
    (tmp_path / "moved").mkdir()
    shutil.move(tmp_path / "day1", tmp_path / "moved" / "day1")
    shutil.move(recording.binary_file, tmp_path / "moved" / "rec.bin")
    session = open_session(tmp_path / "moved" / "day1" / "out" / "rec.spikesift")
    assert session.recording.binary_file == tmp_path / "moved" / "rec.bin"


def test_recording_elsewhere_must_be_given(tmp_path, written, recording):
    (tmp_path / "far").mkdir()
    shutil.move(recording.binary_file, tmp_path / "far" / "renamed.bin")
    session = open_session(written)
    assert session.recording is None
    assert "was not found" in session.recording_problem
    assert str(tmp_path / "rec.bin") in session.recording_problem
    assert_same(session.sorted_recording, events())
    assert open_session(written, tmp_path / "far" / "renamed.bin").recording.num_samples == 3000
    assert "is not there" not in open_session(written, tmp_path / "far" / "renamed.bin").recording_problem


@pytest.mark.parametrize(("change", "words"), [(slice(0, 1), "other content"), (None, "has 31992 bytes")])
def test_another_file_is_noticed(written, recording, change, words):
    data = bytearray(recording.binary_file.read_bytes())
    if change:
        data[change] = b"\x55"
    else:
        data = data[:-8]
    recording.binary_file.write_bytes(data)
    session = open_session(written)
    assert session.recording is None
    assert words in session.recording_problem
    assert session.sorted_recording is not None


def test_fingerprint_looks_at_start_middle_and_end(tmp_path):
    path = tmp_path / "big.bin"
    size = 10 * CHUNK
    with path.open("wb") as file:
        file.truncate(size)
    prints = {fingerprint(path)}
    for place in (5, size // 2, size - 5):
        with path.open("r+b") as file:
            file.seek(place)
            file.write(b"x")
        prints.add(fingerprint(path))
    assert len(prints) == 4
    with path.open("wb") as file:  # 100 GB without a byte on the disk
        file.truncate(100 << 30)
    start = time.perf_counter()
    fingerprint(path)
    assert time.perf_counter() - start < 30, "reading all of it takes minutes"


def test_joined_recordings_have_no_single_file(tmp_path, recording):
    fields = {
        "binary_file": None,
        "sampling_frequency": 30000.0,
        "num_samples": 100,
        "probe_geometry": np.zeros((4, 2)),
    }
    session = open_session(create_session(tmp_path / "m.spikesift", fields | {"parts": ["a", "b"]}, {}).folder)
    assert session.recording is None
    assert "joins several recordings" in session.recording_problem
    assert session.recording_description["parts"] == ["a", "b"]


# ---------------------------------------------------------------- notes


def test_notes_are_kept_with_the_version_before(written):
    assert open_session(written).notes == {}
    save_notes(written, {"labels": {"3": "good"}, "zoom": np.float32(0.5)})
    save_notes(written, {"labels": {"3": "mua"}, "äöü": [1, 2]})
    assert open_session(written).notes == {"labels": {"3": "mua"}, "äöü": [1, 2]}
    assert json.loads((written / "notes.json.previous").read_text(encoding="utf-8"))["zoom"] == 0.5


@pytest.mark.parametrize("finished", [0, 2])
def test_a_session_that_another_program_replaced_is_left_alone(tmp_path, recording, finished):
    writer = create_session(tmp_path / "rec.spikesift", recording, SETTINGS)
    for event in events()[:finished]:
        writer.add(event)
    time.sleep(0.002)  # sessions are told apart by when they were begun, in milliseconds
    other = create_session(writer.folder, recording, SETTINGS, overwrite=True)
    other.add(events()[0])
    before = contents(other.folder)
    with pytest.raises(SessionReplaced, match="was replaced, moved or removed by another program"):
        writer.add(events()[finished])
    end_early(writer, "stopped")
    assert contents(other.folder) == before, "neither marked as cancelled nor removed"
    assert open_session(tmp_path / "rec.previous.spikesift").segments == finished
