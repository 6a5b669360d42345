"""Damaged sessions are named in words, and a program killed at any moment loses nothing that it announced."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from spikesift_core import session_files
from spikesift_core.session import create_session, open_session, read_journal, record_action, save_notes
from spikesift_core.session_damage import DamagedSession
from tests.core.session_parts import SETTINGS, assert_same, events, finished


def damage(path, how):
    data = path.read_bytes()
    if how == "missing":
        path.unlink()
    elif how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "flipped":
        path.write_bytes(data[:-3] + bytes([data[-3] ^ 255]) + data[-2:])
    elif how == "empty":
        path.write_bytes(b"")


@pytest.mark.parametrize("how", ["missing", "cut", "flipped", "empty"])
def test_a_damaged_segment_is_named_with_what_is_intact(written, how):
    damage(written / "segments" / "000002.npy", how)
    with pytest.raises(ValueError, match=r"000002\.npy is damaged: .*The 2 segments before it \(of 4\) are intact\."):
        open_session(written)
    session = open_session(written, repair=True)
    assert_same(session.sorted_recording, events()[:2])
    assert "000002.npy" in session.problems[0]


@pytest.mark.parametrize("how", ["missing", "cut", "empty"])
@pytest.mark.parametrize("name", ["session.json", "notes.json"])
def test_a_damaged_head_or_notes_have_a_version_before(written, name, how):
    save_notes(written, {"labels": {}})
    save_notes(written, {"labels": {"1": "good"}})
    damage(written / name, how)
    if (name, how) == ("notes.json", "missing"):
        assert open_session(written).notes == {}
        return
    with pytest.raises(ValueError, match=rf"{name} .*The version before it is kept as {name}\.previous"):
        open_session(written)
    session = open_session(written, repair=True)
    assert_same(session.sorted_recording, events())
    assert name in session.problems[0]


def test_damaged_notes_do_not_keep_the_units_away(written):
    save_notes(written, {"labels": {}})
    damage(written / "notes.json", "cut")
    with pytest.raises(
        DamagedSession, match=r"notes\.json is damaged: .* Repair \(repair=True, --repair\) leaves it out"
    ):
        open_session(written)
    session = open_session(written, repair=True)
    assert_same(session.sorted_recording, events())
    assert session.notes == {} and session.problems[0].endswith("Repair leaves it out.")


def test_where_repair_does_not_help_it_is_not_offered(written):
    damage(written / "segments" / "000000.npy", "cut")
    with pytest.raises(ValueError, match="No segment before it is saved") as found:
        open_session(written)
    assert not isinstance(found.value, DamagedSession)
    (written / "session.json.previous").unlink(missing_ok=True)
    damage(written / "session.json", "cut")
    with pytest.raises(ValueError, match="session.json is damaged") as found:
        open_session(written, repair=True)
    assert not isinstance(found.value, DamagedSession)


@pytest.mark.parametrize("how", ["missing", "cut", "empty"])
def test_a_damaged_geometry_is_named(written, how):
    damage(written / "probe_geometry.npy", how)
    with pytest.raises(ValueError, match=r"probe_geometry\.npy is damaged or missing"):
        open_session(written)


def test_a_lost_or_cut_journal_does_not_stop_reading(written):
    with (written / "journal.jsonl").open("ab") as file:
        file.write(b'{"time": "2026-01-0')
    assert_same(open_session(written).sorted_recording, events())
    record_action(written, "reopened")
    assert [action["action"] for action in read_journal(written)][-2:] == ["finished", "reopened"]
    (written / "journal.jsonl").unlink()
    assert_same(open_session(written).sorted_recording, events())


def test_without_the_journal_missing_segments_of_a_complete_session_are_noticed(written):
    (written / "journal.jsonl").unlink()
    (written / "segments" / "000003.npy").unlink()
    with pytest.raises(DamagedSession, match=r"000003\.npy is damaged: it was written, but it is missing\. The 3 seg"):
        open_session(written)
    assert_same(open_session(written, repair=True).sorted_recording, events()[:3])


def test_a_newer_session_is_refused_in_words(written):
    head = json.loads((written / "session.json").read_text(encoding="utf-8"))
    head |= {"format_version": 99, "program_version": "7.5"}
    (written / "session.json").write_text(json.dumps(head), encoding="utf-8")
    with pytest.raises(ValueError, match=r"newer program \(7\.5, format 99; this is"):
        open_session(written)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[]", "holds no object"),
        ("{}", "does not say"),
        ('{"format": "spikesift session", "format_version": 1}', "is damaged"),
    ],
)
def test_a_wrong_head_is_refused_in_words(written, content, words):
    (written / "session.json").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        open_session(written)


def test_a_description_without_its_file_is_refused_in_words(written):
    head = json.loads((written / "session.json").read_text(encoding="utf-8"))
    del head["recording"]["fingerprint"]
    (written / "session.json").write_text(json.dumps(head), encoding="utf-8")
    with pytest.raises(ValueError, match="fingerprint is missing or wrong"):
        open_session(written)


def test_what_is_no_session_is_said(tmp_path):
    with pytest.raises(ValueError, match="does not exist"):
        open_session(tmp_path / "none.spikesift")
    with pytest.raises(ValueError, match="is not a session"):
        open_session(tmp_path)
    with pytest.raises(ValueError, match="is not a session"):
        save_notes(tmp_path, {})


def test_segment_values_are_checked(written):
    path = written / "segments" / "000002.npy"
    array = np.load(path)
    for field, value, words in (("spike_clusters", 9, "do not belong together"),):
        changed = array.copy()
        changed[field] = value
        path.write_bytes(session_files.npy(changed))
        (written / "journal.jsonl").unlink(missing_ok=True)
        with pytest.raises(ValueError, match=words):
            open_session(written)
    array["start_time"] = 0
    path.write_bytes(session_files.npy(array))
    with pytest.raises(ValueError, match="segments do not fit together: .*not overlap"):
        open_session(written)
    path.write_bytes(session_files.npy(np.zeros(3)))
    with pytest.raises(ValueError, match="not a segment"):
        open_session(written)


# ---------------------------------------------------------------- scale and being killed


def test_thousands_of_segments_open_fast(tmp_path, recording):
    writer = create_session(tmp_path / "long.spikesift", recording, SETTINGS)
    for index in range(2000):  # written without the sync, which is not what is measured here
        event = finished(index, 4, 4 if index else 0)
        data = session_files.npy(
            session_files.packed(event.segment, np.zeros(0) if event.assignment is None else event.assignment)
        )
        (writer.folder / session_files.segment_file(index)).write_bytes(data)
    start = time.perf_counter()
    assert open_session(writer.folder).segments == 2000
    assert time.perf_counter() - start < 60


ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import sys
sys.path[:0] = sys.argv[4:]
from spikesift_core.session_damage import DamagedSession
from tests.core.session_parts import finished, open_recording, result
from spikesift_core.session import create_session, save_notes
folder, binary, overwrite = sys.argv[1], sys.argv[2], sys.argv[3] == "overwrite"
recording = open_recording(binary)
writer = create_session(folder, recording, {}, overwrite=overwrite)
print("created", flush=True)
found = []
for index in range(30):
    found.append(finished(index, 3 + index % 3, 3 + (index - 1) % 3 if index else 0))
    writer.add(found[-1])
    print("added", index, flush=True)
    save_notes(folder, {"seen": index})
    print("noted", index, flush=True)
writer.finish(result(found, recording))
print("finished", flush=True)
"""


def start_writer(folder, binary, mode):
    """A process that writes a session and says on its output what is safe."""
    command = [sys.executable, "-c", WRITER, str(folder), str(binary), mode, str(ROOT)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("seed", range(6))
def test_killed_at_any_moment_nothing_announced_is_lost(tmp_path, recording, seed):
    folder = tmp_path / "rec.spikesift"
    rng = random.Random(seed)
    process = start_writer(folder, recording.binary_file, "new")
    said = [process.stdout.readline()]  # from here on the session is there
    time.sleep(rng.uniform(0, 0.25))
    process.kill()
    said += process.communicate()[0].splitlines()
    session = open_session(folder)
    added = sum(line.startswith("added") for line in said)
    noted = sum(line.startswith("noted") for line in said)
    assert added <= session.segments <= added + 1
    assert noted - 1 <= session.notes.get("seen", -1) <= noted
    found = [finished(i, 3 + i % 3, 3 + (i - 1) % 3 if i else 0) for i in range(session.segments)]
    if found:
        assert_same(session.sorted_recording, found)
    assert session.complete == any(line.startswith("finished") for line in said) or session.segments == 30
    create_session(folder, recording, {}, overwrite=True)  # and the place can be used again


@pytest.mark.parametrize("seed", range(4))
def test_killed_while_overwriting_the_previous_session_is_safe(tmp_path, written, recording, seed):
    process = start_writer(written, recording.binary_file, "overwrite")
    time.sleep(random.Random(seed).uniform(0.3, 1.2))
    process.kill()
    process.communicate()
    aside = tmp_path / "rec.previous.spikesift"
    assert_same(open_session(aside if aside.exists() else written).sorted_recording, events())
