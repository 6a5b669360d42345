"""The preview on the page Sort: the slider, the spikes it finds, segments, all by mouse and keys."""

import time

import numpy as np
import pytest

from spikesift_core.simulate import simulate
from spikesift_core.traces import read_filtered
from spikesift_gui import transitions
from spikesift_gui.qt import Qt, QtWidgets
from spikesift_gui.views.sort_preview import SLIDER, spikes_in_sight
from tests.gui.test_recording_page import wait

LEFT = Qt.MouseButton.LeftButton
LONGEST = 0.5  # s of processor time for a move of the slider; a hundredth is usual


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    base = tmp_path_factory.mktemp("preview") / "sim"
    return simulate(base, channels=16, seconds=6, units=6, seed=3, drift=40, drift_kind="jumps")


@pytest.fixture
def view(window, qtbot, context, simulated):
    run = context.run
    run("probe.import", path=simulated.probe_file)
    run("recording.open", path=simulated.binary_file)
    run("recording.set", channels=16, sampling_frequency=30000.0)
    run("settings.set", name="min_segment_length", value=0.7)
    run("page.sort")
    made = window.pages["sort"].preview
    finish(qtbot, context)
    return made


def finish(qtbot, context):
    wait(qtbot, context)
    qtbot.waitUntil(lambda: not context.state.jobs)
    wait(qtbot, context)


def marked(view):
    """Times and heights of the dots."""
    return view.traces._spikes.getData()


def test_thresholds_and_spikes_are_drawn_where_they_are(view, context, simulated):
    recording = simulated.recording()
    window = view.traces.window
    levels = view._preview.thresholds(6.7)[window.channels]
    lines = [line.value() for line in view.traces._lines]
    spacing = view.traces._spacing
    np.testing.assert_allclose(lines, -np.arange(len(levels)) + levels / spacing)
    times, heights = marked(view)
    assert len(times) > 0
    signal = read_filtered(recording, 0, recording.num_samples)
    for at, height in zip(times, heights, strict=True):
        row = [r for r, channel in enumerate(window.channels) if _close(signal, at, channel, height, r, spacing)]
        assert row, "a dot lies on the trace"
    view.set_option("scale", 20.0)
    view.draw_now()
    low, high = view.traces.plot.getPlotItem().getViewBox().viewRange()[1]
    assert len(marked(view)[0]) == len(times) and low < marked(view)[1].min() and marked(view)[1].max() < high


def test_thresholds_are_not_pressed_while_the_signal_is_not_filtered(view, qtbot, context):
    assert view.levels.isChecked() and len(view.traces._lines)
    qtbot.mouseClick(view.filtered, Qt.MouseButton.LeftButton)
    finish(qtbot, context)
    assert not view.levels.isChecked() and not view.levels.isEnabled() and not view.traces._lines
    qtbot.mouseClick(view.filtered, Qt.MouseButton.LeftButton)
    finish(qtbot, context)
    assert view.levels.isChecked() and len(view.traces._lines)


def _close(signal, at, channel, height, row, spacing):
    return abs(signal[round(at * 30000), channel] / spacing - row - height) < 1e-3


def drag_to(view, qtbot, sensitivity):
    view.slider.setSliderDown(True)
    view.slider.setValue(round(SLIDER * sensitivity))
    QtWidgets.QApplication.processEvents()


def test_while_the_slider_moves_rate_and_spikes_follow_and_nothing_is_changed_yet(view, qtbot, context):
    qtbot.wait(10)
    rates = []
    for sensitivity in (4.0, 6.0, 9.0, 15.0):
        drag_to(view, qtbot, sensitivity)
        view.draw_now()
        assert view.value.text() == f"{sensitivity:g} × median"
        rates.append(float(view.rate.text().split()[0]))
        found = spikes_in_sight(view._preview, view._spikes, view._window, sensitivity)
        assert len(marked(view)[0]) == len(found[0])
    assert rates == sorted(rates, reverse=True) and rates[0] > 2 * rates[-1]
    assert "detection_sensitivity" not in context.state.settings.given and view._asked is not None
    view.slider.setSliderDown(False)
    assert context.state.settings.given["detection_sensitivity"] == 15.0
    context.run("edit.undo")
    assert "detection_sensitivity" not in context.state.settings.given, "one step of undo for the whole drag"


def test_a_move_of_the_slider_only_draws(view, context):
    view.slider.setSliderDown(True)
    took = []
    for value in range(40, 120, 4):
        began = time.thread_time()
        view.slider.setValue(value)
        view.draw_now()
        took.append(time.thread_time() - began)
    view.slider.setSliderDown(False)
    assert np.median(took) < LONGEST and not context.computer.busy, "nothing is read or measured anew"


def test_keys_on_the_slider_change_the_setting(view, qtbot, context):
    view.slider.setFocus()
    qtbot.keyClick(view.slider, Qt.Key.Key_Right)
    assert context.state.settings.given["detection_sensitivity"] == pytest.approx(6.8)
    wait(qtbot, context)
    assert view.value.text() == "6.8 × median"


def test_segments_are_those_of_the_settings_and_outdated_ones_are_not_shown(view, qtbot, context):
    found = context.state.seen.segments
    assert len(found.bounds) > 2 and f"{len(found.bounds)} segments" in view.segment_words.text()
    assert len(view.strip._bounds.getData()[0]) == 2 * (len(found.bounds) - 1)
    context.run("settings.set", name="min_segment_length", value=5.0)
    finish(qtbot, context)
    assert context.state.seen.segments is not found and "One segment" in view.segment_words.text()


def test_the_strip_shows_the_whole_recording_though_the_page_recording_was_not_shown_since(view, context):
    assert view.strip.overview is not None and view.strip.overview.done
    assert context.state.seen.recording is context.state.checked.recording


def test_a_long_recording_is_read_when_asked(view, qtbot, context, monkeypatch):
    monkeypatch.setattr("spikesift_gui.asked.FEW_VALUES", 10)
    context.run("settings.set", name="min_segment_length", value=1.0)
    finish(qtbot, context)
    assert view.find.isVisible() and "not looked for yet" in view.segment_words.text()
    qtbot.mouseClick(view.find, LEFT)
    finish(qtbot, context)
    assert not view.find.isVisible() and "segments of" in view.segment_words.text()


def test_raw_traces_and_other_times(view, qtbot, context):
    qtbot.mouseClick(view.filtered, LEFT)
    context.model.apply(transitions.set_view, time_start=2.0)
    wait(qtbot, context)
    assert view.traces.window.start == 60_000 and view.traces._lines == [] and not view.levels.isEnabled()
    view.traces.plot.setFocus()
    qtbot.keyClick(view.traces.plot, Qt.Key.Key_Right)
    assert context.state.view.time_start == pytest.approx(2.1)
    qtbot.keyClick(view.traces.plot, Qt.Key.Key_Home)
    assert context.state.view.time_start == 0


def test_channels_that_are_left_out_have_no_line(view, qtbot, context):
    channel = int(view.traces.window.channels[0])
    context.run("settings.set", name="exclude_channels", value=(channel,))
    finish(qtbot, context)
    assert channel not in view.traces.window.channels


def test_what_is_missing_is_said(window, qtbot, context, recording_file):
    context.run("recording.open", path=recording_file)
    context.run("page.sort")
    wait(qtbot, context)
    view = window.pages["sort"].preview
    assert view.shown_hint
    context.run("probe.set", positions=[[0, 20 * row] for row in range(4)])
    context.run("recording.set", channels=4)
    context.run("settings.set", name="common_reference", value="median")
    context.run("page.sort")
    wait(qtbot, context)
    assert view.shown_hint
    context.run("settings.set", name="common_reference", value="none")
    finish(qtbot, context)
    assert not view.shown_hint and "spikes/s" in view.rate.text()


def test_answers_that_come_after_the_recording_cannot_be_sorted_are_asked_for_again(view, qtbot, context):
    asked, preview, read, window = view._asked, view._preview, view._read, (view._window, view._spikes)
    context.run("recording.set", channels=15)  # the probe has 16
    assert view.hint(context.state) is not None
    view._show(read, window)
    view._keep(asked, preview)
    context.run("recording.set", channels=16)
    view._window = None
    finish(qtbot, context)
    assert view.hint(context.state) is None and view._preview is not None and view._window is not None
