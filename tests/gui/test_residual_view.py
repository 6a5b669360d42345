"""Traces: what the units explain of the signal, what is left, and unit by unit."""

import re

import numpy as np
import pytest

from spikesift_core.traces import window_of
from spikesift_core.tracks import track_spikes
from spikesift_gui import transitions as t
from spikesift_gui.qt import Qt, QtWidgets
from spikesift_gui.views.traces import TracesView
from tests.gui.helpers import choose, drawn
from tests.gui.unit_example import RATE, SEGMENT

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(qtbot, context, example):
    made = TracesView(context)
    qtbot.addWidget(made)
    made.resize(900, 420)
    made.show()
    context.run("time.go", time=0.5)
    drawn(qtbot, context)
    return made


def energy(values):
    return float(np.square(values, dtype=float).mean())


def deviations(view):
    """Before, after, and of the noise, as the strip says them."""
    return [float(one) for one in re.search(r"sight (\S+) → (\S+) µV; noise alone (\S+)\.", words(view)).groups()]


def words(view):
    return view.strip.words.text()


def test_what_is_subtracted_and_what_is_left(view, qtbot, context):
    assert not view.strip.isVisible()
    signal = view.traces.window
    choose(qtbot, view.kind, "Subtracted")
    drawn(qtbot, context)
    model, found = view.traces.window, view._taken.explained
    assert np.array_equal(model.low, window_of(found.model, 4000, found.channels, len(model.low)).low)
    choose(qtbot, view.kind, "Residual")
    drawn(qtbot, context)
    left, found = view.traces.window, view._taken.explained
    assert np.array_equal(left.low, window_of(found.left, 4000, found.channels, len(left.low)).low)
    assert left.low.min() > 0.3 * signal.low.min() and model.low.min() < 0.7 * signal.low.min()
    assert energy(found.left) < 1.2 * view._taken.noise**2 < 0.5 * energy(found.signal)
    assert view.strip.isVisible() and words(view).startswith("All 3 units that fire here are taken off: ")
    before, after, noise = deviations(view)
    assert before > 1.5 * noise and after < 1.1 * noise
    assert view.traces._behind.getData()[0] is not None
    choose(qtbot, view.kind, "Filtered")
    drawn(qtbot, context)
    assert not view.strip.isVisible() and len(view.traces._behind.getData()[0]) == 0


def test_unit_by_unit_by_click_and_by_key(view, qtbot, context):
    choose(qtbot, view.kind, "Residual")
    drawn(qtbot, context)
    units = view._taken.explained.units
    assert units[0] == 0 and set(units) == {0, 1, 2}, "the largest first"
    left = [energy(view._taken.explained.left)]
    said = []
    for _ in range(4):
        qtbot.mouseClick(view.strip.on, LEFT)
        drawn(qtbot, context)
        said.append(words(view))
        left.append(energy(view._taken.explained.left))
    assert said[0] == "Nothing is taken off yet: the next step takes off the largest unit."
    assert said[1].startswith("1 of 3 units taken off, the last is unit 0: ") and f"unit {units[1]}: " in said[2]
    assert left[1] > left[2] > left[3] > left[4] and left[4] == left[0]
    spikes = track_spikes(context.state.results.current.sorted_recording, context.state.results.current.tracks[0])
    window = view.traces.window
    there = (spikes >= window.start) & (spikes < window.start + window.num_samples)
    assert f"unit 0: {np.count_nonzero(there)} spikes" in said[1]
    qtbot.mouseClick(view.strip.back, LEFT)
    drawn(qtbot, context)
    assert view.option("taken") == 2 and words(view) == said[2]
    context.run("traces.fewer")
    drawn(qtbot, context)
    assert words(view) == said[1]


def test_the_keys(window, qtbot, context, example):
    context.run("page.inspect")
    drawn(qtbot, context)
    view = window.pages["inspect"].docks.view("traces")
    qtbot.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert window.said() == "Choose Subtracted or Residual in the bar of the traces first (r)."
    kinds = []
    for _ in range(4):
        qtbot.keyClick(window, Qt.Key.Key_R)
        drawn(qtbot, context)
        kinds.append(view.kind.currentText())
    assert kinds == ["Raw", "Subtracted", "Residual", "Filtered"]
    for _ in range(3):
        qtbot.keyClick(window, Qt.Key.Key_R)
    drawn(qtbot, context)
    qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    drawn(qtbot, context)
    assert view.option("taken") == len(view._taken.explained.units) - 1
    qtbot.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    drawn(qtbot, context)
    assert view.option("taken") is None


def test_a_long_time_shows_the_filtered_signal_and_says_so(view, qtbot, context):
    choose(qtbot, view.kind, "Residual")
    context.model.apply(t.set_view, time_start=0.0, time_span=3.5)
    drawn(qtbot, context)
    assert words(view).startswith("Filtered signal: zoom in to 3 s or less")
    assert view.traces.window.num_samples == 3.5 * RATE and view._taken is None


def test_the_caption_tells_which_signal(view, qtbot, context):
    choose(qtbot, view.kind, "Residual")
    drawn(qtbot, context)
    assert "what is left when the units are taken off" in view.caption


def test_nothing_of_it_is_computed_while_it_is_not_asked_for(view, qtbot, context):
    context.run("units.select", units=[1])
    drawn(qtbot, context)
    assert view._explainer is None


def test_next_and_previous_violation_across_segments_by_key_and_by_click(window, qtbot, context, example):
    context.run("page.inspect")
    context.run("units.select", units=[0])
    drawn(qtbot, context)
    spikes = track_spikes(example.sorted_recording, example.tracks[0])
    short = spikes[1:][np.diff(spikes) < 0.002 * RATE]
    assert len({spike // SEGMENT for spike in short}) == 4, "in every segment"
    context.run("time.go", time=0.0)
    context.model.apply(t.set_view, time_span=0.05, time_start=0.0)
    keys = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
    later = short[short > 0.025 * RATE]
    for wanted in later:
        qtbot.keyClick(window, Qt.Key.Key_PageDown, keys)
        assert context.state.view.options["traces.spike"] == wanted
    middle = context.state.view.time_start + context.state.view.time_span / 2
    assert middle == pytest.approx(later[-1] / RATE, abs=0.03)
    qtbot.keyClick(window, Qt.Key.Key_PageDown, keys)
    assert "no interval under 2 ms after this one" in window.said()
    view = window.pages["inspect"].docks.view("traces")
    names = {button.accessibleName(): button for button in view.findChildren(QtWidgets.QToolButton)}
    for wanted in later[-2::-1]:
        qtbot.mouseClick(names["Previous interval under 2 ms"], LEFT)
        assert context.state.view.options["traces.spike"] == wanted
    qtbot.mouseClick(names["Next spike (Alt+PgDown)"], LEFT)
    following = spikes[spikes > later[0]][0]
    assert context.state.view.options["traces.spike"] == following
    drawn(qtbot, context)
    window_ = view.traces.window
    assert window_.start <= following < window_.start + window_.num_samples
