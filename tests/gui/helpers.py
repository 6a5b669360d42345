"""Small sorted recordings, and waiting, for tests of the window."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import numpy as np

from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.tracks import tracks
from spikesift_gui.qt import Qt, QtCore, QtWidgets
from spikesift_gui.state import Result

GEOMETRY = np.array([[0, 0], [0, 20], [0, 40], [0, 60]], np.float32)


def sorted_recording(segments: int = 2, units: int = 3) -> SortedRecording:
    """`units` units followed through all segments of 30,000 samples; unit k fires every 100 (k + 1) samples."""
    made = [_segment(30_000 * index, units) for index in range(segments)]
    return SortedRecording(made, [np.arange(units)] * (segments - 1), GEOMETRY)


def followed_units(units: int, segments: int, length: int, spikes: int, probe: np.ndarray) -> SortedRecording:
    """Units at random depths of a column, followed through all segments of so many samples, `spikes` in each."""
    random = np.random.default_rng(1)
    depths = random.uniform(0, probe[:, 1].max() + 20, units)
    vectors = 200 * np.exp(-np.abs(probe[:, 1] - depths[:, None]) / 30) + 10
    made = []
    for place in range(segments):
        trains = [np.sort(random.integers(0, length, spikes)) + place * length for _ in range(units)]
        made.append(SortedSegment(place * length, length, trains, vectors))
    return SortedRecording(made, [np.arange(units)] * (segments - 1), probe)


def result(result_id: int = 1, name: str = "day 3", **changes: Any) -> Result:
    """A Result of `sorted_recording()`, at 30 kHz."""
    if changes.get("recording") is None:
        changes.setdefault("sampling_frequency", 30_000.0)
    found = changes.pop("sorted_recording", None)
    found = sorted_recording() if found is None else found  # one without a followed unit counts as false
    return Result(result_id, name, found, tuple(tracks(found)), **changes)


def _segment(start: int, units: int) -> SortedSegment:
    spikes = [np.arange(start + 10, start + 30_000, 100 * (k + 1), dtype=np.int64) for k in range(units)]
    amplitudes = np.full((units, 4), 5.0, np.float32)
    amplitudes[np.arange(units), np.arange(units) % 4] = 50
    return SortedSegment(start, 30_000, spikes, amplitudes)


def settle(qtbot) -> None:
    """Let Qt do what is due: coalesced drawing, layouts, answers of threads that are there already."""
    shown = QtWidgets.QApplication.topLevelWidgets()
    turns = {one.context.turn for one in shown if hasattr(one, "context")}
    for _ in range(5):
        qtbot.wait(1)
    qtbot.waitUntil(lambda: all(turn.idle for turn in turns))


def drawn(qtbot, context) -> None:
    """Wait until nothing is computed any more, by jobs or for views, and all of it is drawn."""
    settle(qtbot)
    for _ in range(2):  # what is drawn last may ask for more
        qtbot.waitUntil(lambda: not context.state.jobs and not context.computer.busy)
        settle(qtbot)
    assert not context.state.problems


def choose(qtbot, field, words: str) -> None:
    """Choose an entry of a field by keys, as a person does: open it, go to it, take it."""
    wanted = field.findText(words)
    assert wanted >= 0, f"{words!r} is not there: {[field.itemText(at) for at in range(field.count())]}"
    field.setFocus()
    for _ in range(abs(wanted - field.currentIndex())):
        qtbot.keyClick(field, Qt.Key.Key_Down if wanted > field.currentIndex() else Qt.Key.Key_Up)
    settle(qtbot)
    assert field.currentText() == words


def open_session_in(qtbot, context, folder: Path) -> None:
    """Open a saved session in the window, and wait until it is there."""
    context.run("session.open", path=folder)
    qtbot.waitUntil(lambda: not any(job.kind.startswith("open ") for job in context.state.jobs))
    settle(qtbot)


def stop_log(path: Path) -> None:
    """Stop writing this log and close its file."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, RotatingFileHandler) and Path(handler.baseFilename) == path.absolute():
            root.removeHandler(handler)
            handler.close()


def click_at(qtbot, plot, x: float, y: float, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    """Click at data coordinates of a plot."""
    point = plot.mapFromScene(plot.getPlotItem().getViewBox().mapViewToScene(QtCore.QPointF(x, y)))
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, modifier, point)
