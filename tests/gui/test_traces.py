from dataclasses import replace

import numpy as np
import pytest

from spikesift_core.parameters import PRESETS
from spikesift_core.recording import Recording
from spikesift_core.results import SortedRecording
from spikesift_core.traces import read_filtered, read_window
from spikesift_gui import transitions as t
from spikesift_gui.commands.inspect import origin_of
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets
from spikesift_gui.unit_colors import unit_color
from spikesift_gui.views.traces import TracesView, channels_shown, pieces, segments_in_sight, thresholds
from tests.gui.helpers import GEOMETRY, choose, drawn, result, settle

RATE = 30_000.0


@pytest.fixture
def recording(tmp_path):
    """Two seconds of four channels of noise, whose clock begins at sample 0."""
    path = tmp_path / "noise.bin"
    np.random.default_rng(1).normal(0, 40, (60_000, 4)).astype(np.int16).tofile(path)
    return Recording(binary_file=path, data_type="int16", probe_geometry=GEOMETRY, sampling_frequency=RATE)


@pytest.fixture
def view(qtbot, context, recording):
    made = TracesView(context)
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.show()
    context.model.apply(t.put_result, result(recording=recording))
    qtbot.waitUntil(lambda: made.traces.window is not None)
    return made


def wheel(view, steps, modifier=Qt.KeyboardModifier.NoModifier):
    viewport = view.traces.plot.viewport()
    at = QtCore.QPointF(viewport.rect().center())
    event = QtGui.QWheelEvent(
        at,
        viewport.mapToGlobal(at),
        QtCore.QPoint(),
        QtCore.QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QtWidgets.QApplication.sendEvent(viewport, event)


def slow_filter(recording, start, count):
    """The difference of four boxes in a row, by convolution, with the first and last value going on."""
    block = recording.samples_per_ms
    wide = max(1, int(block / 4.75))
    narrow = min(int(block / 9.5), wide - 1)

    def boxes(half):
        kernel = np.ones(1)
        for _ in range(4):
            kernel = np.convolve(kernel, np.ones(2 * half + 1) / (2 * half + 1))
        return np.pad(kernel, 4 * (wide - half))

    raw = recording.read(0, recording.num_samples).astype(float)
    raw = np.pad(raw, ((4 * wide, 4 * wide), (0, 0)), mode="edge")
    kernel = boxes(narrow) - boxes(wide)
    return np.stack([np.convolve(one, kernel, "valid") for one in raw.T], axis=1)[start : start + count]


@pytest.mark.parametrize(("start", "count"), [(0, 100), (1234, 700), (59_900, 100), (59_999, 1)])
def test_the_filtered_signal_is_that_of_the_sorter(recording, start, count):
    expected = slow_filter(recording, start, count)
    assert np.allclose(read_filtered(recording, start, count, method="published"), expected, atol=1e-3)
    assert np.allclose(read_filtered(recording, start, count, [2, 0], "published"), expected[:, [2, 0]], atol=1e-3)


def test_a_window_keeps_the_lowest_and_highest_values(recording):
    window = read_window(recording, 100, 1000, filtered=False, columns=300, channels=[3, 1])
    raw = recording.read(100, 1000)[:, [3, 1]].astype(np.float32)
    raw -= np.median(raw, axis=0)
    assert window.step == 4 and window.low.shape == (250, 2)
    assert np.array_equal(window.low, raw.reshape(250, 4, 2).min(axis=1))
    assert np.array_equal(window.high, raw.reshape(250, 4, 2).max(axis=1))
    assert np.allclose(window.noise, 40, rtol=0.1)


def test_a_window_ends_with_the_recording(recording):
    window = read_window(recording, 59_000, 5000, filtered=False)
    assert (window.start, window.num_samples) == (59_000, 1000)
    empty = read_window(recording, 70_000, 100)
    assert empty.num_samples == 0 and len(empty.low) == 0


def test_nan_counts_as_zero_for_the_eye(tmp_path):
    path = tmp_path / "nan.bin"
    data = np.zeros((3000, 4), np.float32)
    data[100, 2] = np.nan
    data.tofile(path)
    made = Recording(binary_file=path, data_type="float32", probe_geometry=GEOMETRY, sampling_frequency=RATE)
    assert np.array_equal(read_filtered(made, 0, 300), np.zeros((300, 4)))


def test_it_shows_the_channels_from_the_top_of_the_probe(view):
    assert view.traces.window.channels.tolist() == [3, 2, 1, 0]
    labels = view.traces.plot.getAxis("left")._tickLevels[0]
    assert [words for _place, words in labels] == ["3", "2", "1", "0"]


def test_the_channels_around_the_first_unit_are_shown(view, context):
    shown = context.state.results.current
    assert channels_shown(shown, (0,), 2).tolist() == [1, 0]
    assert channels_shown(shown, (2, 0), 1).tolist() == [2]
    assert channels_shown(shown, (), 2).tolist() == [3, 2]


def test_spikes_of_the_selected_units_are_coloured_on_their_channels(view, qtbot, context):
    context.run("units.select", units=[1])
    settle(qtbot)
    qtbot.waitUntil(lambda: any(curve.getData()[0] is not None for curve in view.traces._pieces))
    window = view.traces.window
    (piece,) = pieces(context.state.results.current, (1,), window)
    assert piece.color == unit_color(1)
    assert [window.channels[row] for row in piece.rows] == [1]
    inside = [spike for spike in range(10, 60_000, 200) if window.start <= spike < window.start + window.num_samples]
    assert piece.samples.tolist() == inside


def test_the_wheel_zooms_moves_and_scales(view, qtbot, context):
    context.run("time.go", time=1.0)
    span = context.state.view.time_span
    wheel(view, 1)
    assert context.state.view.time_span == pytest.approx(span / 1.25)
    start = context.state.view.time_start
    wheel(view, -1, Qt.KeyboardModifier.ShiftModifier)
    assert context.state.view.time_start > start
    wheel(view, 1, Qt.KeyboardModifier.ControlModifier)
    assert view.option("scale") == pytest.approx(1 / 1.25)
    for _ in range(60):
        wheel(view, -1)
    assert context.state.view.time_span == pytest.approx(2.0) and context.state.view.time_start == 0


def test_dragging_moves_in_time(view, qtbot, context):
    context.run("time.go", time=1.0)
    settle(qtbot)
    viewport, start = view.traces.plot.viewport(), context.state.view.time_start
    middle = viewport.rect().center()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(viewport, middle - QtCore.QPoint(200, 0))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=middle - QtCore.QPoint(200, 0))
    assert context.state.view.time_start > start


def test_next_and_previous_spike(view, qtbot, context):
    def middle():
        return round((context.state.view.time_start + context.state.view.time_span / 2) * RATE)

    assert not context.run("spike.next") and context.words[-1] == "Select a unit first."
    context.run("units.select", units=[1])
    context.run("time.go", time=0.5)
    context.run("spike.next")
    assert middle() == 15_010
    context.run("spike.next")
    context.run("spike.next")
    assert middle() == 15_410
    context.run("spike.previous")
    assert middle() == 15_210
    context.run("time.go", time=2.0)
    assert not context.run("spike.next") and "no spike after" in context.words[-1]


def test_next_violation(view, context):
    context.run("units.select", units=[0])
    assert not context.run("violation.next"), "100 samples are 3.3 ms: none is too short"
    assert "no interval under 2 ms" in context.words[-1]


def test_raw_and_thresholds_by_click(view, qtbot, context, recording):
    qtbot.mouseClick(view.levels, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(view.traces._lines) == 4)
    choose(qtbot, view.kind, "Raw")
    drawn(qtbot, context)
    assert view.option("kind") == "raw" and view.traces._lines == []
    assert not view.levels.isChecked() and not view.levels.isEnabled(), "they are not those of this signal"
    choose(qtbot, view.kind, "Filtered")
    qtbot.waitUntil(lambda: len(view.traces._lines) == 4)
    assert view.levels.isChecked()
    levels = thresholds(context.state.results.current)
    noise = np.median(np.abs(read_filtered(recording, 0, 60_000)), axis=0)
    assert np.allclose(levels, -PRESETS["default"]["detection_sensitivity"] * noise, rtol=0.15)


def test_thresholds_are_those_of_the_signal_that_was_sorted(view, context):
    shown = context.state.results.current
    usual = thresholds(shown)
    less = SortedRecording(shown.sorted_recording.sorted_segments, shown.sorted_recording.assignment_chain, GEOMETRY)
    less.excluded[2] = "dead"
    found = thresholds(replace(shown, sorted_recording=less))
    assert np.isnan(found[2]) and np.array_equal(np.delete(found, 2), np.delete(usual, 2))


def test_the_signal_of_a_result_is_less_its_common_reference(view, context):
    shown = context.state.results.current
    assert shown.signal is shown.recording
    referenced = replace(shown, settings={**shown.settings, "common_reference": "median"})
    raw = shown.recording.read(500, 100)
    assert np.array_equal(referenced.signal.read(500, 100), raw - np.sort(raw, axis=1)[:, 1:2])


def test_segments_are_shaded_in_turn(view, context):
    shown = context.state.results.current
    assert segments_in_sight(shown, view.traces.window) == [(0.0, 1.0)]
    late = read_window(shown.recording, 45_000, 300)
    assert segments_in_sight(shown, late) == [(0.0, 1.0), (1.0, 2.0)]


def test_times_follow_the_recordings_clock(recording, context):
    late = Recording(
        binary_file=recording.binary_file,
        data_type="int16",
        probe_geometry=GEOMETRY,
        sampling_frequency=RATE,
        recording_offset=1000,
    )
    assert origin_of(result(recording=late)) == 1000 and origin_of(result(sampling_frequency=RATE)) == 0


def test_without_its_file_it_says_so_and_offers_to_find_it(view, qtbot, context):
    lost = result(2, recording_problem="The recording was not found.", sampling_frequency=RATE)
    context.model.apply(t.put_result, lost)
    settle(qtbot)
    assert view.shown_hint and view._hint._text.text() == "The recording was not found."
