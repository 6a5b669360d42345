"""Gaps in a recording, marked where time is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from spikesift_core.acquisition_clock import AcquisitionClock, Gap
from spikesift_core.recording import Recording
from spikesift_gui import transitions as t
from spikesift_gui.palette import palette_of
from spikesift_gui.plots import make_plot
from spikesift_gui.qt import QtWidgets
from spikesift_gui.state import Appearance
from spikesift_gui.views.traces import TracesView
from spikesift_gui.widgets.gap_marks import GapMarks
from tests.core.formats import files
from tests.gui.helpers import GEOMETRY, result, settle

RATE = 30_000.0


@pytest.fixture
def page(window, qtbot, context, tmp_path):
    """The page Recording with two seconds of Open Ephys, of which 0.3 s are missing after the first 0.5 s."""
    files.open_ephys(tmp_path / "day5", samples=60_000, names=[f"CH{k + 1}" for k in range(16)], missing=9000)
    context.run("probe.set", positions=files.column(16))
    context.run("file.open", path=tmp_path / "day5")
    window.resize(1280, 900)
    made = window.pages["recording"]
    qtbot.waitUntil(lambda: made.traces.traces.window is not None and not context.state.jobs)
    return made


def test_traces_and_strip_mark_a_gap_and_the_checks_say_it(page, qtbot, context):
    assert context.state.checked.recording.gaps == (Gap(15_000, 9000),)
    strip = page.traces.strip.gap_marks
    assert (strip.lines, strip.words) == ([0.5], ["gap 300 ms"])
    traces = page.traces.traces.gap_marks
    assert traces.lines == [], "not in sight at the start"
    context.model.apply(t.set_view, time_start=0.45, time_span=0.1)
    qtbot.waitUntil(lambda: traces.lines == [0.5])
    assert traces.words == ["gap 300 ms"]
    x, y = traces._curve.getData()
    assert x.tolist() == [0.5, 0.5] and y[0] < -14 < 0 < y[1], "from the bottom to the top"
    qtbot.waitUntil(lambda: page._found is not None and page._found.sample is not None)
    settle(qtbot)
    said = [made.text() for made in page.checks.findChildren(QtWidgets.QLabel)]
    assert any("A gap: 0.300 s (9000 samples) after 0.500 s were not recorded" in words for words in said)


def test_the_traces_of_units_mark_gaps(qtbot, context, tmp_path):
    path = tmp_path / "noise.bin"
    np.random.default_rng(1).normal(0, 40, (60_000, 4)).astype(np.int16).tofile(path)
    clock = AcquisitionClock(0, (Gap(300, 20), Gap(3000, 2_700_000), Gap(50_000, 30_000)))
    given = {"data_type": "int16", "probe_geometry": GEOMETRY, "sampling_frequency": RATE}
    recording = Recording(binary_file=path, clock=clock, **given)
    view = TracesView(context)
    qtbot.addWidget(view)
    view.resize(900, 400)
    view.show()
    context.model.apply(t.put_result, result(recording=recording))
    marks = view.traces.gap_marks
    qtbot.waitUntil(lambda: marks.lines == [0.01, 0.1])
    assert marks.words == ["gap 20 samples", "gap 1 min 30 s"]


def test_words_stand_where_there_is_room_and_lines_are_not_more_than_can_be_seen(qtbot):
    plot = make_plot("", "")
    qtbot.addWidget(plot)
    plot.resize(1000, 300)
    plot.setRange(xRange=(0, 100), yRange=(0, 1), padding=0)
    marks, palette = GapMarks(plot), palette_of(Appearance())
    marks.show([Gap(at, 100) for at in (10, 11, 50, 500)], 1.0, palette)
    assert marks.lines == [10, 11, 50] and marks.words == ["gap 1 min 40 s"] * 2
    marks.show([Gap(at, 1) for at in range(1, 100_000)], 1000.0, palette)
    assert 1900 < len(marks.lines) <= 2001
    marks.show([], 1.0, palette)
    assert marks.lines == [] and marks.words == []
