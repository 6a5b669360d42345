import os
import time

import pytest

from spikesift_core import examples
from spikesift_core.progress import Progress
from spikesift_gui import transitions
from spikesift_gui.commands import home
from spikesift_gui.qt import Qt, QtWidgets
from spikesift_gui.state import Recent
from spikesift_gui.widgets.recent_list import date_words
from tests.gui.helpers import settle

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(window, qtbot, context, tmp_path, monkeypatch):
    monkeypatch.setattr(examples, "SETTINGS", {"channels": 4, "seconds": 1.0, "units": 2, "drift": 5.0, "seed": 1})
    context.preferences.set(home.FOLDER, str(tmp_path / "examples"))
    settle(qtbot)
    return window.pages["home"]


def rows(page):
    return [b for b in page.recent.findChildren(QtWidgets.QPushButton) if b.isVisible()]


def wait(qtbot, context):
    settle(qtbot)
    qtbot.waitUntil(lambda: not context.computer.busy and not context.state.jobs)
    settle(qtbot)


def press(qtbot, page, text):
    found = [b for b in page.findChildren(QtWidgets.QPushButton) if b.text().strip() == text and b.isVisible()]
    assert len(found) == 1, f"{len(found)} buttons {text!r}"
    qtbot.mouseClick(found[0], LEFT)


def test_the_first_day_says_what_it_is_and_how_it_goes(page):
    words = " ".join(part.text() for part in page.findChildren(QtWidgets.QLabel) if part.isVisible())
    assert "finds the neurons" in words and "How it goes" in words
    assert all(title in words for title in ("Recording", "Probe", "Sort", "Inspect", "Match"))
    primary = [b for b in page.findChildren(QtWidgets.QPushButton) if b.property("role") == "primary"]
    assert [b.text() for b in primary if b.isVisible()] == ["Open recording…"]


def test_a_recording_and_a_session_are_opened_by_click(page, qtbot, context, recording_file, tmp_path):
    context.dialogs.file = recording_file
    press(qtbot, page, "Open recording…")
    assert context.state.recording.path == recording_file and context.state.page == "recording"
    context.run("page.home")
    context.dialogs.folder = tmp_path
    press(qtbot, page, "Open session…")
    qtbot.waitUntil(lambda: context.state.problems != ())
    assert context.state.problems[-1].title == f"Opening {tmp_path.name} did not work"


def test_try_it_makes_a_recording_ready_to_be_sorted(page, qtbot, context, tmp_path):
    press(qtbot, page, "Simulate and open")
    assert context.state.job("simulate")
    settle(qtbot)
    wait(qtbot, context)
    state = context.state
    assert state.page == "recording" and state.recording.path.parent == tmp_path / "examples"
    assert state.checked.recording is not None and len(state.probe) == 4 and state.recording.gain == 0.195
    assert "spikes are known" in context.words[-1]
    context.run("page.home")
    context.run("recording.close")
    press(qtbot, page, "Simulate and open")
    wait(qtbot, context)
    assert context.state.checked.recording is not None, "the same file again, without waiting"
    context.run("page.home")
    wait(qtbot, context)
    assert len(rows(page)) == 1 and "kB" in rows(page)[0].accessibleName()


def test_trying_shows_how_far_it_is_and_can_be_cancelled(page, qtbot, context, tmp_path, monkeypatch):
    def endless(folder):
        while True:
            yield Progress("Simulating", 5000, 10_000, "s of recording")
            time.sleep(0.002)

    monkeypatch.setattr(home, "example_events", endless)
    press(qtbot, page, "Simulate and open")
    qtbot.waitUntil(lambda: page.progress.isVisible() and "%" in page.progress.words())
    assert not page.try_button.isVisible()
    qtbot.mouseClick(page.progress.cancel_button, LEFT)
    wait(qtbot, context)
    assert page.try_button.isVisible() and not page.progress.isVisible() and context.state.recording.path is None


def test_the_folder_of_the_example_is_chosen(page, qtbot, context, tmp_path):
    context.dialogs.folder = tmp_path / "elsewhere"
    press(qtbot, page, "Where…")
    wait(qtbot, context)
    assert context.state.recording.path.parent == tmp_path / "elsewhere"
    assert context.preferences.get(home.FOLDER) == str(tmp_path / "elsewhere")


def test_a_folder_that_cannot_be_written_is_said(page, qtbot, context, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    context.preferences.set(home.FOLDER, str(tmp_path / "file" / "inside"))
    press(qtbot, page, "Simulate and open")
    wait(qtbot, context)
    assert "Choose another" in context.state.problems[-1].words


def test_a_simulation_that_ends_elsewhere_does_not_pull_the_person_back(page, qtbot, context):
    press(qtbot, page, "Simulate and open")
    context.run("page.match")
    wait(qtbot, context)
    assert context.state.page == "match" and context.state.checked.recording is not None


def test_recent_files_say_where_when_and_whether_they_are_there(page, qtbot, context, recording_file, tmp_path):
    os.utime(recording_file, (1.0e9, 1.0e9))
    recent = (Recent("session", tmp_path / "gone" / "day2.spikesift"), Recent("recording", recording_file))
    context.model.apply(transitions.set_recent, recent)
    wait(qtbot, context)
    gone, there = (made.accessibleName() for made in rows(page))
    assert "day2.spikesift" in gone and "not found" in gone
    assert "Sep 2001" in there and "24 kB" in there
    shown = [part.text() for part in page.recent.findChildren(QtWidgets.QLabel)]
    assert str(tmp_path) in shown and str(tmp_path / "gone") in shown
    qtbot.mouseClick(rows(page)[0], LEFT)
    assert "does not exist" in context.state.problems[-1].words
    remove = [b for b in page.recent.findChildren(QtWidgets.QToolButton) if "day2" in b.toolTip() and b.isVisible()]
    qtbot.mouseClick(remove[0], LEFT)
    wait(qtbot, context)
    assert context.state.recent == (Recent("recording", recording_file),) and len(rows(page)) == 1
    press(qtbot, page, "Forget all")
    wait(qtbot, context)
    assert rows(page) == [] and page._recent_title.text() == "How it goes"


def test_dates_in_words():
    now = time.mktime((2026, 11, 22, 18, 0, 0, 0, 0, -1))
    assert date_words(now - 3600, now) == "today 17:00"
    assert date_words(now - 30 * 3600, now) == "yesterday 12:00"
    assert date_words(now - 300 * 86400, now).endswith("2026") and ":" not in date_words(now - 300 * 86400, now)
