"""Several recordings wait to be sorted one after the other; what fails does not stop the others."""

import shutil
import time

import numpy as np
import pytest

from spikesift_core.progress import Progress
from spikesift_core.session import open_session
from spikesift_core.simulate import simulate
from spikesift_gui.qt import Qt, QtCore, QtGui
from spikesift_gui.queue_state import CANCELLED, DONE, FAILED, SORTING, WAITING
from spikesift_gui.sorting_job import SortingJob
from spikesift_gui.widgets.queue_panel import QueuePanel, facts_words, queue_words
from tests.gui.helpers import settle


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("queue") / "day1", channels=8, seconds=4, units=4, seed=1)


@pytest.fixture
def files(simulated, tmp_path):
    """Three copies of a recording and one whose size does not fit."""
    names = ["day1.bin", "day2.bin", "day10.bin"]
    for name in names:
        shutil.copy(simulated.binary_file, tmp_path / name)
    (tmp_path / "odd.bin").write_bytes(simulated.binary_file.read_bytes()[:-1])
    return [tmp_path / name for name in [*names, "odd.bin"]]


@pytest.fixture
def panel(qtbot, context, simulated, files):
    """The queue alone, in front of the first recording, set up."""
    context.run("probe.import", path=simulated.probe_file)
    context.run("recording.open", path=files[0])
    context.run("recording.set", channels=8, sampling_frequency=30_000.0)
    context.run("settings.set", name="min_segment_length", value=1)
    made = QueuePanel(context)
    made.resize(700, 400)
    qtbot.addWidget(made)
    context.model.changed.connect(lambda before, after: made.show_state(after))
    made.show_state(context.state)
    with qtbot.waitExposed(made):
        made.show()
    return made


def click(qtbot, widget):
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)
    settle(qtbot)


def drop(panel, files):
    data = QtCore.QMimeData()
    data.setUrls([QtCore.QUrl.fromLocalFile(str(path)) for path in files])
    place, button, held = QtCore.QPointF(50, 50), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QtGui.QDragEnterEvent(place.toPoint(), Qt.DropAction.CopyAction, data, button, held)
    panel.dragEnterEvent(enter)
    assert enter.isAccepted()
    panel.dropEvent(QtGui.QDropEvent(place, Qt.DropAction.CopyAction, data, button, held))


def stages(context):
    return [(item.draft.name, item.stage) for item in context.state.queue.items]


def over(qtbot, context):
    qtbot.waitUntil(lambda: not context.state.queue.running and not context.state.jobs)
    settle(qtbot)


def test_dropped_files_wait_in_natural_order_each_as_it_was_set_up(qtbot, context, panel, files):
    assert "drop several files here" in panel._words.text()
    click(qtbot, panel.add)
    context.run("settings.set", name="detection_sensitivity", value=7)
    drop(panel, [files[2], files[1]])
    settle(qtbot)
    assert stages(context) == [("day1.bin", WAITING), ("day2.bin", WAITING), ("day10.bin", WAITING)]
    first, second, _ = context.state.queue.items
    assert "detection_sensitivity" not in first.settings.given and second.settings.given["detection_sensitivity"] == 7
    assert facts_words(second).endswith("preset Default, 2 changed") and "8 ch · 30 kHz" in facts_words(second)
    click(qtbot, panel.add)
    assert "day1.bin is in the queue already" in context.words[-1]
    click(qtbot, panel.rows[second.id].remove)
    assert stages(context) == [("day1.bin", WAITING), ("day10.bin", WAITING)]


def test_what_fails_does_not_stop_the_others_and_all_are_matched_and_merged(qtbot, context, panel, files):
    drop(panel, [files[0], files[3], files[1]])
    panel.then.setCurrentIndex(2)
    panel.then.activated.emit(2)
    assert context.state.queue.then == "merge"
    click(qtbot, panel.start)
    over(qtbot, context)
    qtbot.waitUntil(lambda: len(context.state.results.items) == 3)
    assert stages(context) == [("day1.bin", DONE), ("day2.bin", DONE), ("odd.bin", FAILED)]
    assert "whole number of samples" in panel.rows[3].words.text()
    for name in ("day1", "day2"):
        assert open_session(files[0].with_name(f"{name}.spikesift")).complete
    assert context.state.page == "match" and context.state.match.together == (1, 2)
    joined = context.state.results.current
    assert joined.name == "day1 + day2" and joined.sorted_recording.end_time() == 2 * 4 * 30_000
    assert context.dialogs.asked == [], "nobody may be there to answer"
    assert queue_words(context.state.queue).startswith("2 sorted, 1 failed.")
    click(qtbot, panel.clear)
    assert context.state.queue.items == ()


def endless(_job):
    """Stands in for sorting a long recording."""
    while True:
        yield Progress("Sorting", 0, 1)
        time.sleep(0.005)


def test_one_is_cancelled_and_the_next_goes_on_until_all_are_stopped(qtbot, context, panel, files, monkeypatch):
    monkeypatch.setattr(SortingJob, "run", endless)
    drop(panel, files[:3])
    click(qtbot, panel.start)
    click(qtbot, panel.rows[1].remove)
    qtbot.waitUntil(lambda: context.state.queue.items[1].stage == SORTING)
    settle(qtbot)
    click(qtbot, panel.stop)
    over(qtbot, context)
    assert stages(context) == [("day1.bin", CANCELLED), ("day2.bin", CANCELLED), ("day10.bin", WAITING)]
    assert not context.run("queue.stop") and "not being sorted" in context.words[-1]


def test_what_cannot_be_added_says_why(qtbot, context, panel, files, tmp_path):
    context.run("recording.close")
    assert not context.run("queue.add") and "No recording yet" in context.words[-1]
    assert not context.run("queue.start") and "No recording waits" in context.words[-1]
    (tmp_path / "plain.dat").write_bytes(b"12345678")
    context.dialogs.files = (tmp_path / "plain.dat",)
    click(qtbot, panel.add_files)
    assert "plain.dat was not added: it is a plain binary file." in context.state.problems[-1].words
    np.save(tmp_path / "plain.npy", np.zeros((400, 8), np.int16))
    context.dialogs.files = (tmp_path / "plain.npy",)
    click(qtbot, panel.add_files)
    assert "plain.npy was not added: it does not say its sampling frequency" in context.state.problems[-1].words
    assert context.state.queue.items == ()
