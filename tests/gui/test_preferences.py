import json
import logging
from pathlib import Path

import pytest

from spikesift_gui.preferences import ENVIRONMENT, FILE, Preferences, start_log
from spikesift_gui.state import Recent, RecordingDraft
from tests.gui.helpers import stop_log


def test_values_are_there_the_next_time(tmp_path):
    Preferences(tmp_path).set("theme", "dark")
    again = Preferences(tmp_path)
    assert again.get("theme") == "dark" and again.get("other", 3) == 3
    again.forget("theme", "never there")
    assert Preferences(tmp_path).get("theme") is None
    assert [path.name for path in tmp_path.iterdir()] == [FILE], "no temporary file stays behind"


def test_the_environment_says_where(tmp_path, monkeypatch):
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "there"))
    preferences = Preferences()
    assert preferences.folder == preferences.log_folder == tmp_path / "there"
    assert Preferences(tmp_path / "here").folder == tmp_path / "here"


def test_nothing_is_written_before_something_is_remembered(tmp_path):
    Preferences(tmp_path / "new").get("theme")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "\x00\x01"])
def test_a_damaged_file_is_no_error(tmp_path, text):
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    preferences = Preferences(tmp_path)
    assert preferences.recent() == () and preferences.get("theme", "light") == "light"
    preferences.set("theme", "dark")
    assert json.loads((tmp_path / FILE).read_text(encoding="utf-8")) == {"theme": "dark"}


@pytest.mark.parametrize("recent", ["no list", {"kind": "x"}, [{"kind": "recording", "path": 5}, 7, {"path": "a"}]])
def test_entries_of_another_kind_are_forgotten(tmp_path, recent):
    (tmp_path / "preferences.json").write_text(json.dumps({"recent": recent, "descriptions": []}), encoding="utf-8")
    preferences = Preferences(tmp_path)
    assert preferences.recent() == () and preferences.description(tmp_path / "a.bin") is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    preferences = Preferences(tmp_path / "file" / "folder")
    preferences.set("theme", "dark")
    assert preferences.get("theme") == "dark" and "could not be written" in caplog.text
    assert start_log(tmp_path / "file" / "folder") is None


def test_recent_files_are_there_the_next_time(tmp_path):
    recent = (Recent("session", Path("b.spikesift")), Recent("recording", Path("a.bin")))
    Preferences(tmp_path).keep_recent(recent)
    assert Preferences(tmp_path).recent() == recent
    Preferences(tmp_path).set("recent", [{"kind": "recording"}, 3, {"kind": "recording", "path": "a"}])
    assert Preferences(tmp_path).recent() == (Recent("recording", Path("a")),)


def test_descriptions_by_path(tmp_path):
    draft = RecordingDraft(Path("α.bin"), "uint16", 8, 24414.0625, 44, gain=0.195)
    Preferences(tmp_path).describe(draft)
    assert Preferences(tmp_path).description(Path("α.bin")) == draft
    assert Preferences(tmp_path).description(Path("other.bin")) is None
    Preferences(tmp_path).describe(RecordingDraft())


def test_a_description_of_another_version_is_left_out(tmp_path):
    preferences = Preferences(tmp_path)
    preferences.set("descriptions", {"a": {"colour": 1}, "b": {"data_type": "int12"}, "c": None})
    assert [preferences.description(Path(name)) for name in "abc"] == [None, None, None]


def test_the_log_is_written_and_let_go(tmp_path):
    path = start_log(tmp_path / "log")
    logging.getLogger("spikesift_gui.test").error("It broke: µ", exc_info=ValueError("why"))
    stop_log(path)
    logging.getLogger("spikesift_gui.test").error("not here")
    text = path.read_text(encoding="utf-8")
    assert "It broke: µ" in text and "ValueError: why" in text and "not here" not in text
