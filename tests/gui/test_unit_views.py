"""The views of the selected units: what they say and draw, and what mouse, wheel and keys change."""

import re

import numpy as np
import pytest

from spikesift_core.correlograms import correlogram
from spikesift_core.results import SortedRecording
from spikesift_core.tracks import track_spikes
from spikesift_gui import transitions as t
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets
from spikesift_gui.views.amplitudes import AmplitudeView, Measured, density
from spikesift_gui.views.correlograms import CorrelogramView
from spikesift_gui.views.drift import DriftView
from spikesift_gui.views.isi import IsiView
from spikesift_gui.views.vectors import VectorView
from spikesift_gui.views.waveforms import WaveformView
from tests.gui.helpers import click_at, drawn
from tests.gui.unit_example import RATE, SEGMENT

VIEWS = (WaveformView, VectorView, AmplitudeView, CorrelogramView, IsiView, DriftView)


def wheel(widget, notches: int, ctrl: bool = False) -> None:
    middle = QtCore.QPointF(widget.rect().center())
    modifiers = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
    event = QtGui.QWheelEvent(
        middle, widget.mapToGlobal(middle), QtCore.QPoint(), QtCore.QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QtWidgets.QApplication.sendEvent(widget, event)


# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize("view_class", VIEWS)
def test_every_view_explains_itself(view_class):
    assert len(view_class.help) > 300 and view_class.title and view_class.id


@pytest.mark.parametrize("view_class", [view for view in VIEWS if view is not DriftView])
def test_without_a_unit_there_is_a_hint(show, view_class):
    view = show(view_class, units=())
    assert view.shown_hint and view.hint(view.context.state).title == "No unit selected"


@pytest.mark.parametrize("view_class", [CorrelogramView, IsiView, AmplitudeView, DriftView])
def test_without_a_sampling_frequency_there_is_a_hint(show, context, example, view_class):
    from dataclasses import replace

    unknown = replace(example, recording=None, sampling_frequency=None)
    context.model.apply(t.put_result, unknown)
    assert show(view_class).hint(context.state).title == "Sampling frequency not known"


@pytest.mark.parametrize("view_class", VIEWS)
def test_the_tools_fit_into_a_small_dock(show, view_class):
    view = show(view_class, size=(380, 240))
    assert view.minimumSizeHint().width() <= 380


@pytest.mark.parametrize("view_class", VIEWS)
def test_moving_the_time_window_does_not_draw_anew(show, context, qtbot, view_class, monkeypatch):
    view = show(view_class)
    asked = []
    monkeypatch.setattr(view, "compute", lambda *arguments: asked.append(arguments))
    for method in ("_redraw", "_color", "_show"):
        if hasattr(view, method):
            monkeypatch.setattr(view, method, lambda *arguments: asked.append(arguments))
    context.model.apply(t.set_view, time_start=1.5)
    drawn(qtbot, context)
    assert asked == []


# ---------------------------------------------------------------- waveforms


def test_waveforms_say_how_many_spikes_of_how_many(show):
    view = show(WaveformView)
    assert view._caption.text() == "0: mean of 200 of 360 spikes, 50 drawn   1: mean of all 160 spikes, 54 drawn"


def test_of_a_wide_recording_fewer_waveforms_are_cut_and_it_is_said(show, monkeypatch):
    monkeypatch.setattr("spikesift_core.waveforms.BYTES_IN_A_MOMENT", 1)
    assert "mean of 50 of 360 spikes" in show(WaveformView)._caption.text()


def test_the_words_of_the_scale_bars_are_in_one_line_however_low_the_view_is(show):
    (_x, _y, words), *others = show(WaveformView)._plot._bar_words._labels
    assert not others and re.fullmatch(r"\s*[0-9.]+ \S.*, 1 ms", words)


def test_waveforms_of_a_segment_are_of_its_spikes_only(show, context, qtbot, example):
    view = show(WaveformView, units=(0, 2))
    context.run("segment.show", segment=3)
    drawn(qtbot, context)
    count = len(example.sorted_recording.sorted_segments[3].spike_clusters[0])
    drawn_lines = -(-count // -(-count // 60))
    shown = f", {drawn_lines} drawn" if drawn_lines < count else ""
    assert view._caption.text() == f"0: mean of all {count} spikes of segment 4{shown}   2: not found in segment 4"


def test_the_mean_waveform_lies_at_the_place_of_its_channel(show, example):
    view = show(WaveformView, units=(0,))
    found, near = view._cuts[0].waveforms, view._cuts[0].near
    lowest = found.channels[np.nanargmin(np.nanmin(found.mean(), axis=1))]
    assert lowest == 4 and lowest in found.channels[near]  # (0, 40) um: the unit moves from 30 to 48 um
    path = view._plot._means._paths[0][2]
    bounds = path.boundingRect()
    assert bounds.left() > -30 and bounds.right() < 60


def test_the_density_of_waveforms_lies_around_their_mean(show, qtbot, context):
    view = show(WaveformView, units=(0, 1))
    assert len(view._plot._density) == 0
    view._behind.setFocus()
    qtbot.keyClicks(view._behind, "Density")  # as a person chooses it from the keyboard
    drawn(qtbot, context)
    assert view.option("behind") == "density" and view._plot._behind._paths == []
    assert view._caption.text() == "0: mean and density of all 360 spikes   1: mean and density of all 160 spikes"
    found = view._cuts[0]
    assert len(view._plot._density) == sum(len(cut.near) for cut in view._cuts)
    means = found.waveforms.mean()[found.near] * 0.5  # the gain of the example
    low, high, opacity = found.density.low, found.density.high, found.density.opacity
    strongest = low + (opacity[:, :, ::4].argmax(axis=1) + 0.5) * (high - low) / opacity.shape[1]
    assert np.abs(strongest - means).mean() < 0.04 * (high - low)
    context.run("waveforms.overlap")
    drawn(qtbot, context)
    places = [place for _image, place in view._plot._density._images]
    assert places[0].width() == pytest.approx(places[-1].width()) and places[0].width() < 30 * 0.9


def test_units_far_apart_do_not_become_tiny(show, qtbot, context, example):
    """Unit 0 is at the lower end and unit 1 at the upper one; with a probe three times as long they are far apart."""
    from dataclasses import replace

    stretched = example.sorted_recording.probe_geometry * [1, 5]
    recording = SortedRecording(
        example.sorted_recording.sorted_segments, example.sorted_recording.assignment_chain, stretched
    )
    context.model.apply(t.put_result, replace(example, sorted_recording=recording))
    view = show(WaveformView, units=(0, 1))
    low, high = view._plot.plot.viewRange()[1]
    assert low < 200 < high < 500, "the first unit fills the plot"
    assert "1 lies elsewhere: zoom out to see it." in view._caption.text()
    context.run("units.select", units=[0])
    drawn(qtbot, context)
    assert "elsewhere" not in view._caption.text()


def test_ctrl_and_wheel_scale_and_do_not_zoom(show, qtbot, context):
    view = show(WaveformView)
    before = view._plot.plot.viewRange()
    height = view._plot._means.boundingRect().height()
    wheel(view._plot.plot.viewport(), 2, ctrl=True)
    drawn(qtbot, context)
    assert view.option("scale") == pytest.approx(1.2**2)
    assert view._plot._means.boundingRect().height() > height
    assert view._plot.plot.viewRange() == before


def test_keys_change_how_waveforms_are_drawn(show, qtbot, context):
    view = show(WaveformView)
    context.run("waveforms.kind")
    context.run("waveforms.mean")
    context.run("waveforms.overlap")
    drawn(qtbot, context)
    assert [view.option(name) for name in ("kind", "behind", "overlap")] == ["raw", "nothing", False]
    assert view._kind.currentText() == "Raw" and view._behind.currentText() == "Mean only"
    assert view._plot._behind._paths == []
    left, right = (path.boundingRect() for _, _, path in view._plot._means._paths)
    assert left.left() < right.left() and left.right() < right.right()
    context.run("waveforms.kind")
    assert view.option("kind") == "filtered"


def test_without_its_recording_there_are_no_waveforms_but_a_way_to_find_it(show, context, example, tmp_path):
    from dataclasses import replace

    lost = replace(example, recording=None, recording_problem="It was moved.", sampling_frequency=RATE, folder=tmp_path)
    context.model.apply(t.put_result, lost)
    view = show(WaveformView)
    hint = view.hint(context.state)
    assert "It was moved." in hint.text and hint.command == "session.find_recording"


# ---------------------------------------------------------------- correlograms and intervals


def test_the_matrix_holds_the_counts_of_every_two_units(show, example):
    view = show(CorrelogramView, units=(0, 1, 2))
    trains = [track_spikes(example.sorted_recording, track) for track in example.tracks]
    assert set(view._grid._panels) == {(row, column) for row in range(3) for column in range(3)}
    for (row, column), panel in view._grid._panels.items():
        assert panel.counts.tolist() == correlogram(trains[row], trains[column], 10, 50).counts.tolist()
    assert view._grid._panels[0, 0].words == "0: 5.3 %"
    assert view._grid._panels[0, 0].tip == "Unit 0: 19 of 359 intervals are under 2 ms."


def test_the_expected_pairs_are_those_of_the_segments_with_both_units(show, example):
    view = show(CorrelogramView, units=(0, 2))
    recording = example.sorted_recording
    spikes0 = sum(len(recording.sorted_segments[index].spike_clusters[0]) for index in (0, 1))
    spikes2 = sum(len(recording.sorted_segments[index].spike_clusters[2]) for index in (0, 1))
    assert view._grid._panels[0, 1].expected == pytest.approx(spikes0 * spikes2 * 10 / (2 * SEGMENT))


def test_wheel_changes_window_and_bin(show, qtbot, context):
    view = show(CorrelogramView)
    wheel(view._grid, -1)
    wheel(view._grid, 1, ctrl=True)
    drawn(qtbot, context)
    assert (view.option("window_ms"), view.option("bin_ms")) == (100.0, 0.5)
    panel = view._grid._panels[0, 0]
    assert panel.edges[-1] == pytest.approx(100, abs=1) and np.diff(panel.edges) == pytest.approx(0.5)
    assert view._window.currentText() == "±100" and view._bin.currentText() == "0.5 ms"


def test_the_mouse_rests_on_a_panel(show):
    view = show(CorrelogramView)
    inside = view._grid._cell((1, 0)).center()
    assert view._grid.panel_at(inside).words.startswith("1 → 0")
    assert view._grid.panel_at(QtCore.QPointF(1, 1)) is None


def test_negative_lags_have_a_true_minus_sign(show, context, tmp_path):
    context.dialogs.saved = tmp_path / "lags.svg"
    context.run("view.save", view=show(CorrelogramView))
    texts = re.findall(r">([^<>]*\d)\s*</text>", (tmp_path / "lags.svg").read_text(encoding="utf-8"))
    assert "−25" in texts and "-25" not in texts and "25" in texts


def test_many_units_are_limited_and_said(show, context):
    view = show(CorrelogramView)
    from spikesift_gui.selected import left_out

    assert left_out(context.state, 1) == "The first 1 of 2 selected units are shown."
    assert view._caption.text() == "" and not view._caption.isVisible()


def test_intervals_are_counted_on_all_spikes(show, example):
    view = show(IsiView)
    assert view._caption.text() == "0: 19 of 359 under 2 ms (5.3 %)   1: 0 of 159 under 2 ms (0 %)"


def numbers(plot, side: str) -> list[float]:
    """The numbers an axis may write."""
    axis = plot.getPlotItem().getAxis(side)
    size = axis.width() if side in ("bottom", "top") else axis.height()
    return [value for _step, values in axis.tickValues(*axis.range, size) for value in values]


def test_few_intervals_are_counted_in_whole_numbers(show):
    view = show(IsiView, units=(1,), size=(600, 500))
    view._plot.setYRange(0, 3, padding=0)
    assert sorted(numbers(view._plot, "left")) == [0, 1, 2, 3]


def test_intervals_follow_wheel_and_choice(show, qtbot, context):
    view = show(IsiView)
    wheel(view._plot.viewport(), 1)
    wheel(view._plot.viewport(), 1, ctrl=True)
    drawn(qtbot, context)
    assert (view.option("window_ms"), view.option("bins")) == (20.0, 200)
    assert view._plot.viewRange()[0] == pytest.approx([0, 20])
    view._axis.activated.emit(view._axis.findText("logarithmic"))
    drawn(qtbot, context)
    assert view.option("log") and view._axis.currentText() == "logarithmic"
    assert view._plot.viewRange()[0] == pytest.approx([-0.5, 4.5])


# ---------------------------------------------------------------- amplitudes


def test_every_spike_is_measured_near_the_level_of_its_segment(show, example):
    view = show(AmplitudeView, units=(0,))
    measured = view._known[0]
    assert measured.total == len(measured.times) == 360
    for index, segment in enumerate(example.sorted_recording.sorted_segments):
        inside = (measured.times >= index) & (measured.times < index + 1)
        level = segment.amplitude_vectors[0].max() * example.gain
        assert np.median(measured.amplitudes[inside]) == pytest.approx(level, rel=0.1)
    assert view._caption.text() == "0: 360 of 360 spikes"


def test_a_click_goes_to_that_time(show, qtbot, context):
    view = show(AmplitudeView)
    click_at(qtbot, view._plot, 2.5, 10)
    qtbot.waitUntil(lambda: context.state.view.time_start > 0)
    middle = context.state.view.time_start + context.state.view.time_span / 2
    assert middle == pytest.approx(2.5, abs=0.05)


def test_segments_only_and_back(show, qtbot, context):
    view = show(AmplitudeView)
    context.run("amplitudes.kind")
    drawn(qtbot, context)
    assert view._caption.text() == "The mean of each segment." and view._points.count == 0
    context.run("amplitudes.kind")
    drawn(qtbot, context)
    assert view._points.count == 360 + 160


def test_without_the_recording_the_segments_are_shown(show, context, example):
    from dataclasses import replace

    context.model.apply(t.put_result, replace(example, recording=None, sampling_frequency=RATE))
    view = show(AmplitudeView)
    assert "single spikes need the recording" in view._caption.text()
    assert len(view._levels._paths) == 2


def test_very_many_spikes_become_a_picture(show, monkeypatch):
    monkeypatch.setattr("spikesift_gui.views.amplitudes.MOST_POINTS", 100)
    view = show(AmplitudeView)
    assert view._picture.isVisible() and view._points.count == 0


def test_the_picture_of_a_density_has_the_colours_of_the_units_where_they_are():
    first = Measured(np.array([0.1, 0.1, 0.9]), np.array([1.0, 1.0, np.nan]), 3)
    second = Measured(np.array([0.1, 0.8]), np.array([1.0, 3.0]), 2)
    picture = density([("#ff0000", first), ("#0000ff", second)], (0.0, 1.0), (0.0, 4.0))
    filled = {tuple(map(int, place)): tuple(map(int, picture[tuple(place)])) for place in np.argwhere(picture[..., 3])}
    assert set(filled) == {(60, 50), (480, 150)}  # 600 × 200 cells
    assert filled[60, 50][:3] == (255, 0, 0) and filled[480, 150][:3] == (0, 0, 255)


# ---------------------------------------------------------------- vectors


def test_the_slider_and_the_columns_set_the_segment_for_all_views(show, qtbot, context):
    view = show(VectorView, units=(0,))
    assert view._words.text() == "all 4 segments"
    view._slider.setValue(3)
    drawn(qtbot, context)
    assert context.state.view.segment == 2 and view._words.text() == "segment 3 of 4, 2.0 – 3.0 s"
    click_at(qtbot, view._panels[0].image_plot, 1.0, 4)
    qtbot.waitUntil(lambda: context.state.view.segment == 0)
    drawn(qtbot, context)
    assert view._slider.value() == 1
    view._slider.setValue(0)
    assert context.state.view.segment is None


def test_one_panel_for_each_of_the_first_two_units(show, context, qtbot):
    view = show(VectorView, units=(1,))
    assert [panel.isVisible() for panel in view._panels] == [True, False]
    context.run("units.select", units=[0, 2, 1])
    drawn(qtbot, context)
    assert [panel.isVisible() for panel in view._panels] == [True, True]
    assert view._panels[1].words.text().startswith("Unit 2:")
    assert view._rest.isVisible() and view._rest.text() == "The first 2 of 3 selected units are shown."


def test_a_unit_that_is_not_in_a_segment_is_said_and_not_painted(show, context, qtbot):
    view = show(VectorView, units=(2,))
    context.run("segment.show", segment=3)
    drawn(qtbot, context)
    panel = view._panels[0]
    assert panel.words.text() == "Unit 2: not found in segment 4"
    assert (panel._image.image[2:, :, 3] == 0).all() and (panel._image.image[:2, :, 3] == 255).all()


def test_the_image_has_the_channels_by_depth(show, example):
    view = show(VectorView, units=(0,))
    panel = view._panels[0]
    depth = example.sorted_recording.probe_geometry[panel._order, 1]
    assert (np.diff(depth) >= 0).all() and panel._image.image.shape == (4, 16, 4)


def test_keys_step_through_the_segments(context, example):
    assert context.run("segment.next") and context.state.view.segment == 0
    assert context.run("segment.next") and context.state.view.segment == 1
    assert context.run("segment.previous") and context.state.view.segment == 0
    assert context.run("segment.previous") and context.state.view.segment is None, "before the first: all of them"
    assert context.run("segment.previous") and context.state.view.segment == 3
    assert context.run("segment.next") and context.state.view.segment is None, "so after the last"
    assert not context.run("segment.show", segment=4)
    assert context.words[-1] == "There is no segment 5: the recording has 4."
