"""The drift map: every spike and every unit at its depth."""

from dataclasses import replace

import numpy as np
import pytest

from spikesift_core.links import first_links
from spikesift_core.results import SortedRecording
from spikesift_core.tracks import track_amplitudes
from spikesift_gui import transitions as t
from spikesift_gui.qt import Qt, QtWidgets
from spikesift_gui.views.drift import DriftView
from tests.gui.helpers import click_at, drawn
from tests.gui.unit_example import SEGMENT, UNITS


def test_a_click_on_a_line_selects_its_unit_and_ctrl_adds(show, qtbot, context):
    view = show(DriftView, units=())
    depth = {path.id: path.y for path in view._paths}
    click_at(qtbot, view._plot, 2.5, depth[1][4])
    qtbot.waitUntil(lambda: context.state.selection.units == (1,))
    qtbot.wait(QtWidgets.QApplication.doubleClickInterval())
    click_at(qtbot, view._plot, 0.5, depth[2][0], Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: context.state.selection.units == (1, 2))
    drawn(qtbot, context)
    assert len(view._chosen._paths) == 2 and len(view._others._paths) == 3, "all are drawn, the chosen ones again"
    qtbot.wait(QtWidgets.QApplication.doubleClickInterval())
    click_at(qtbot, view._plot, 3.5, 0.5 * (depth[0][-1] + depth[1][-1]))  # between two lines
    qtbot.wait(50)
    assert context.state.selection.units == (1, 2)


def test_the_drift_and_the_lost_units_are_shown(show):
    view = show(DriftView, units=())
    depth = {path.id: path.y for path in view._paths}
    assert 10 < np.ptp(depth[0]) < 25  # 18 um in truth
    assert view._caption.text() == "3 units, 1 lost before the last segment (×)   all 570 spikes"
    assert view._ends.data["x"].tolist() == [2.0]


def test_every_spike_lies_where_its_unit_is_in_truth(show, example):
    view = show(DriftView, units=())
    found = view._spikes
    assert len(found.times) == found.total == view._cloud.count == 570
    for unit, (_x, first, step, _amplitude, _interval, segments) in UNITS.items():
        in_truth = first + step * np.array(segments)
        mine = [(found.units == unit) & (found.times // SEGMENT == segment) for segment in segments]
        medians = np.array([np.nanmedian(found.depths[one]) for one in mine])
        assert (np.abs(medians - in_truth) < 9).all() and (np.diff(medians) > 1).all(), unit


def test_spikes_are_coloured_by_unit_or_by_amplitude_or_left_out(show, qtbot, context, example):
    view = show(DriftView, units=(1,))
    of_units = {pen.color().name() for pen, _opacity, _points in view._cloud._sets}
    assert len(of_units) == 3 and view._picked.count == 160, "the selected ones again, over the others"
    qtbot.keyClicks(view._kind, "By amplitude")
    drawn(qtbot, context)
    assert view.option("spikes") == "amplitudes" and view._cloud.count == 570
    assert not of_units & {pen.color().name() for pen, _opacity, _points in view._cloud._sets}
    words = view._caption.text()
    low, high = (float(part) for part in words.split("coloured from ")[1].removesuffix(" µV").split(" to "))
    largest = [0.5 * track_amplitudes(example.sorted_recording, track).max() for track in example.tracks]
    assert 0.5 * min(largest) < low < min(largest) and high == pytest.approx(max(largest), rel=0.2), words
    qtbot.keyClick(view._kind, Qt.Key.Key_End)  # the last choice
    drawn(qtbot, context)
    assert view._cloud.count == view._picked.count == 0 and "spikes" not in view._caption.text()


def test_the_shift_of_the_tissue_is_drawn_where_it_is_known(show, qtbot, context, example):
    view = show(DriftView, units=())
    assert not view._shift.isVisible(), "this result does not tell"
    old = example.sorted_recording
    links = [replace(first_links(len(one)), position=5.0 * place) for place, one in enumerate(old.sorted_segments)]
    moved = SortedRecording(old.sorted_segments, old.assignment_chain, old.probe_geometry, links=tuple(links))
    context.model.apply(t.put_result, replace(example, sorted_recording=moved))
    drawn(qtbot, context)
    x, y = view._shift.getData()
    assert view._shift.isVisible() and np.diff(y[::2]).tolist() == [5.0] * 3 and x.tolist() == [0, 1, 1, 2, 2, 3, 3, 4]
    assert "dashed: the tissue moved between 0 and 15 µm" in view._caption.text()


def test_without_the_recording_the_units_are_shown_and_why_no_spike(show, context, example):
    context.model.apply(t.put_result, replace(example, recording=None))
    view = show(DriftView, units=())
    assert view._cloud.count == 0 and len(view._others._paths) == 3
    assert "Single spikes need the recording, which is not there." in view._caption.text()
