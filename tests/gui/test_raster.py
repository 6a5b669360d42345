import numpy as np
import pytest

from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_gui import transitions as t
from spikesift_gui.qt import Qt, QtCore
from spikesift_gui.unit_colors import unit_color
from spikesift_gui.views.raster import (
    MOST_TICKS,
    RATE_COLUMNS,
    Picture,
    RasterView,
    Ticks,
    in_sight,
    rates_in_sight,
    rates_of,
    row_order,
)
from tests.gui.helpers import GEOMETRY, result, settle

RATE = 30_000.0


def busy_recording(spikes=15_000):
    """Two units of many spikes: unit 0 on the first 10 s only, unit 1 throughout 20 s."""
    segments = []
    for start in (0, 300_000):
        even = np.linspace(start + 5, start + 299_990, spikes).astype(np.int64)
        amplitudes = np.array([[50, 5, 5, 5], [5, 5, 5, 50]], np.float32)
        segments.append(SortedSegment(start, 300_000, [even if start == 0 else even[:5], even], amplitudes))
    return SortedRecording(segments, [np.arange(2)], GEOMETRY)


@pytest.fixture
def view(qtbot, context):
    made = RasterView(context)
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    context.model.apply(t.put_result, result(sampling_frequency=RATE))
    qtbot.waitUntil(lambda: made._ticks.isVisible() and bool(made._ticks._paths))
    return made


def click(qtbot, view, time, unit, modifier=Qt.KeyboardModifier.NoModifier):
    at = view._box.mapViewToScene(QtCore.QPointF(time, view.rows.index(unit)))
    qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.LeftButton, modifier, view.plot.mapFromScene(at))
    settle(qtbot)


def test_rows_are_sorted_by_depth_or_number(view, qtbot, context):
    assert view.rows == (0, 1, 2)
    view.order.setCurrentIndex(view.order.findData("id"))
    view.order.activated.emit(view.order.currentIndex())
    qtbot.waitUntil(lambda: view.rows == (2, 1, 0))
    assert context.state.view.options["raster.order"] == "id"


def test_a_click_selects_the_unit_and_goes_to_the_time(view, qtbot, context):
    click(qtbot, view, 1.2, 1)
    assert context.state.selection.units == (1,)
    middle = context.state.view.time_start + context.state.view.time_span / 2
    assert abs(middle - 1.2) < 0.02
    click(qtbot, view, 0.5, 2, Qt.KeyboardModifier.ControlModifier)
    assert context.state.selection.units == (1, 2)
    click(qtbot, view, 0.5, 1, Qt.KeyboardModifier.ControlModifier)
    assert context.state.selection.units == (2,)


def test_few_spikes_are_ticks_in_the_units_colour(view):
    shown = result(sampling_frequency=RATE)
    seen = in_sight(shown, (0, 1, 2), (1,), 0.0, 2.0, 500)
    assert isinstance(seen, Ticks)
    assert [color for color, *_ in seen.rows] == [unit_color(unit) for unit in (0, 1, 2)]
    assert [len(x) // 2 for *_, x, _y in seen.rows] == [600, 300, 200]
    assert seen.rows[1][1] == 1.0 > seen.rows[0][1]


def test_only_what_is_in_sight_is_drawn():
    seen = in_sight(result(sampling_frequency=RATE), (0, 1, 2), (), 0.0, 1.0, 500)
    assert [len(x) // 2 for *_, x, _y in seen.rows] == [300, 150, 100]


def test_many_spikes_are_an_image():
    shown = result(sorted_recording=busy_recording(), sampling_frequency=RATE)
    assert row_order(shown, "depth") == (0, 1)
    seen = in_sight(shown, (0, 1), (), 0.0, 20.0, 400)
    assert isinstance(seen, Picture) and seen.image.shape[1:] == (400, 4)
    lines = len(seen.image) // 2
    silent, busy = seen.image[0, 300, 3], seen.image[lines, 300, 3]
    assert silent == 0 and busy > 100 and seen.image[0, 100, 3] > 100
    assert isinstance(in_sight(shown, (0, 1), (), 0.0, 1.0, 400), Ticks), "fewer after a zoom"


def test_rates_are_spikes_per_second_of_every_part():
    shown = result(sorted_recording=busy_recording(), sampling_frequency=RATE)
    rates = rates_of(shown, (0, 1), 0.0, 20.0)
    assert rates.shape == (2, RATE_COLUMNS) and rates[0, 60:].max() < rates[1].min()
    assert rates[1] == pytest.approx(np.full(RATE_COLUMNS, 1500.0), rel=0.03), "15,000 in each 10 s"
    assert rates.sum(axis=1) * 20 / RATE_COLUMNS == pytest.approx([15_005, 30_000])
    seen = rates_in_sight(shown, (0, 1), (1,), 0.0, 20.0, 400)
    lines = len(seen.image) // 2
    filled = (seen.image[..., 3] > 0).reshape(2, lines, RATE_COLUMNS).sum(axis=1)
    assert (filled[1] >= lines - 3).all() and (filled[0, 55:] == 0).all() and (filled <= lines - 1).all()
    assert seen.image[0, 0, 3] < seen.image[lines, 0, 3], "the selected one is stronger"


def test_rates_are_shown_on_demand_and_read_with_the_mouse(view, qtbot, context):
    qtbot.keyClicks(view.kind, "Rates")
    qtbot.waitUntil(lambda: view._image.isVisible() and not view._ticks.isVisible())
    point = view.plot.mapFromScene(view._box.mapViewToScene(QtCore.QPointF(0.5, view.rows.index(1))))
    qtbot.mouseMove(view.plot.viewport(), point)
    qtbot.waitUntil(lambda: "highest" in view.plot.toolTip())
    assert view.plot.toolTip().startswith("Unit 1, 0.5") and view.plot.toolTip().endswith("highest 150 Hz")
    qtbot.keyClick(view.kind, Qt.Key.Key_Home)
    qtbot.waitUntil(view._ticks.isVisible)


def test_the_image_is_shown_above_the_limit(view, qtbot, context):
    busy = busy_recording()
    assert sum(len(spikes) for segment in busy.sorted_segments for spikes in segment.spike_clusters) > MOST_TICKS
    context.model.apply(t.put_result, result(2, sorted_recording=busy, sampling_frequency=RATE))
    qtbot.waitUntil(view._image.isVisible)
    assert view._image.image.shape[2] == 4 and not view._ticks.isVisible()
    view.plot.setXRange(0, 1, padding=0)
    qtbot.waitUntil(view._ticks.isVisible)


def test_without_a_sampling_frequency_it_says_so(view, qtbot, context):
    context.model.apply(t.put_result, result(3, sampling_frequency=None))
    settle(qtbot)
    assert view.shown_hint
