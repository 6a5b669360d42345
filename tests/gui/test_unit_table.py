import numpy as np
import pytest

from spikesift_core.results import SortedRecording
from spikesift_core.unit_filter import Known, filter_units
from spikesift_gui import transitions as t
from spikesift_gui.palette import LIGHT
from spikesift_gui.qt import Qt
from spikesift_gui.views.unit_table import UnitTable
from spikesift_gui.widgets.unit_model import ordered
from tests.core.test_forced_links import recording as forced_recording
from tests.gui.helpers import GEOMETRY, result, settle, sorted_recording

RATE = 30_000.0


def with_a_lost_unit():
    """Unit 1 of three is lost after the first of two segments, and a new one appears in the second."""
    whole = sorted_recording(segments=2, units=3)
    return SortedRecording(whole.sorted_segments, [np.array([0, -1, 2])], GEOMETRY)


@pytest.fixture
def view(qtbot, context):
    made = UnitTable(context)
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.show()
    context.model.apply(t.put_result, result(sorted_recording=with_a_lost_unit(), sampling_frequency=RATE))
    qtbot.waitUntil(lambda: made.model.rowCount() == 4)
    return made


def cell(view, row, name):
    return view.model.data(view.model.index(row, view.model.section(name)))


def click_row(qtbot, view, row, modifier=Qt.KeyboardModifier.NoModifier):
    at = view.table.visualRect(view.model.index(row, 0)).center()
    qtbot.mouseClick(view.table.viewport(), Qt.MouseButton.LeftButton, modifier, at)
    settle(qtbot)


def click_header(qtbot, view, name):
    header = view.table.horizontalHeader()
    x = header.sectionViewportPosition(view.model.section(name)) + 10
    at = header.viewport().rect().center()
    at.setX(x)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    settle(qtbot)


def test_one_unit_is_counted_in_the_singular(view, qtbot, context):
    alone = sorted_recording(segments=1, units=1)
    context.model.apply(t.put_result, result(2, sorted_recording=alone, sampling_frequency=RATE))
    qtbot.waitUntil(lambda: view.model.rowCount() == 1)
    assert view.words.text() == "1 unit"


def test_every_figure_is_shown_and_lost_units_are_marked(view, qtbot):
    assert view.words.text() == "4 units, 2 in all segments, 2 partly"
    assert [cell(view, row, "segments") for row in range(4)] == ["2/2", "⚠ 1/2", "2/2", "⚠ 1/2"]
    assert cell(view, 0, "spikes") == "600" and cell(view, 0, "rate") == "300"
    assert cell(view, 0, "channel") == "0" and cell(view, 2, "channel") == "2"
    assert cell(view, 1, "drift") == "–" and cell(view, 0, "drift") == "0.00"
    view.context.run("units.columns", names=["violations", "amplitude"])
    settle(qtbot)
    assert cell(view, 0, "violations") == "0.00" and cell(view, 0, "amplitude") == "50.0"


def test_the_amplitude_is_in_microvolts_when_the_gain_is_known(view, qtbot, context):
    assert header(view, "amplitude") == "Ampl."
    context.model.apply(t.put_result, result(2, sorted_recording=with_a_lost_unit(), sampling_frequency=RATE, gain=0.5))
    qtbot.waitUntil(lambda: cell(view, 0, "amplitude") == "25.0")
    assert header(view, "amplitude") == "Ampl. (µV)"


def header(view, name):
    return view.model.headerData(view.model.section(name), Qt.Orientation.Horizontal)


def test_clicks_select_and_the_first_is_blue_the_second_red(view, qtbot, context):
    click_row(qtbot, view, 2)
    assert context.state.selection.units == (2,)
    click_row(qtbot, view, 0, Qt.KeyboardModifier.ControlModifier)
    assert context.state.selection.units == (2, 0)
    assert (view.model.mark_of(2), view.model.mark_of(0), view.model.mark_of(1)) == (LIGHT.first, LIGHT.second, "")


def test_why_a_unit_was_lost_is_read_below_the_table(view, qtbot, context):
    click_row(qtbot, view, 0)
    assert not view.story.isVisible(), "found in every segment"
    click_row(qtbot, view, 1)
    qtbot.waitUntil(lambda: view.story.text().startswith("Unit 1. Found in segment 1. Not in segment 2: "))
    assert view.story.isVisible()
    click_row(qtbot, view, 3)
    qtbot.waitUntil(lambda: view.story.text().startswith("Unit 3. Found in segment 2. It begins in segment 2: "))
    settle(qtbot)
    tallest, room = view.story.height(), view.table.height()
    click_row(qtbot, view, 2)
    assert view.story.text() == ""
    settle(qtbot)
    assert (view.story.height(), view.table.height()) == (tallest, room), "the table does not move with each unit"


def test_keys_go_up_and_down(view, qtbot, context):
    click_row(qtbot, view, 1)
    qtbot.keyClick(view.table, Qt.Key.Key_Down)
    assert context.state.selection.units == (2,)
    qtbot.keyClick(view.table, Qt.Key.Key_Up)
    qtbot.keyClick(view.table, Qt.Key.Key_Up)
    assert context.state.selection.units == (0,)


def test_a_selection_made_elsewhere_is_shown(view, qtbot, context):
    context.run("units.select", units=[3, 1])
    settle(qtbot)
    rows = sorted(index.row() for index in view.table.selectionModel().selectedRows())
    assert rows == [1, 3] and context.state.selection.units == (3, 1)
    view.table.setFocus()
    context.run("units.select", units=[2])
    settle(qtbot)
    qtbot.keyClick(view.table, Qt.Key.Key_Down)
    assert context.state.selection.units == (3,)


def test_a_click_on_a_column_sorts_and_a_second_one_turns_it_round(view, qtbot, context):
    click_row(qtbot, view, 1)
    click_header(qtbot, view, "spikes")
    counts = [int(cell(view, row, "spikes")) for row in range(4)]
    assert counts == sorted(counts) and view.model.units() != [0, 1, 2, 3]
    click_header(qtbot, view, "spikes")
    assert view.model.units()[0] == 0 and context.state.selection.units == (1,)
    assert [index.row() for index in view.table.selectionModel().selectedRows()] == [view.model.units().index(1)]


def test_the_filter_is_typed_and_problems_are_said(view, qtbot, context):
    qtbot.keyClicks(view.filter, "lost")
    settle(qtbot)
    assert view.model.units() == [1, 3] and view.words.text().startswith("2 of 4 units")
    qtbot.keyClicks(view.filter, " and")
    settle(qtbot)
    assert "not understood" in view.words.text() and view.filter.property("kind") == "error"
    assert view.model.rowCount() == 4
    context.run("units.clear_filter")
    settle(qtbot)
    assert view.filter.text() == "" and view.model.rowCount() == 4 and view.filter.property("kind") == ""


def test_without_a_sampling_frequency_rates_are_not_known(qtbot, context, view):
    context.model.apply(t.put_result, result(3, sampling_frequency=None))
    qtbot.waitUntil(lambda: view.model.rowCount() == 3)
    assert cell(view, 0, "rate") == "–" and cell(view, 0, "spikes") == "600"


COLUMNS = {
    "id": np.array([0, 1, 2, 7]),
    "rate": np.array([1.0, 5.0, np.nan, 3.0]),
    "depth": np.array([10.0, 20.0, 30.0, 40.0]),
    "lost": np.array([True, False, False, True]),
    "presence": np.array([0.2, 1.0, 0.5, 0.9]),
}
KNOWN = Known(COLUMNS, {"presence"}, {"snr": "being measured"})


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", [0, 1, 2, 7]),
        ("7, 1", [1, 7]),
        ("rate > 2", [1, 7]),
        ("rate > 2 and depth < 30", [1]),
        ("not lost & depth >= 20", [1, 2]),
        ("lost or id == 2", [0, 2, 7]),
        ("10 < depth <= 30", [1, 2]),
        ("depth / 10 - 1 > 2", [7]),
        ("presence > 50%", [1, 7]),
        ("presence > 0.5 && not lost", [1]),
        ("rate != 3", [0, 1]),
        ("rate ≥ 3 | id == 0", [0, 1, 7]),
    ],
)
def test_filters(text, ids):
    assert COLUMNS["id"][filter_units(text, KNOWN)].tolist() == ids


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rate >", "not understood"),
        ("speed > 1", "no “speed”; there are: id, rate"),
        ("rate", "is a number"),
        ("rate and lost", "is a number"),
        ("lost > 1", "true or false"),
        ("rat > 1", "did you mean “rate”"),
        ("rate = 1", "two signs"),
        ("(rate > 1", "bracket"),
        ("presence > 90", "write 90% or 0.9"),
        ("snr > 4", "snr is not known: being measured"),
        ("(" * 90 + "1" + ")" * 90 + " + " * 60, "understood"),
        ("open('x')", "cannot be used"),
        ("id.real > 1", "cannot be used"),
    ],
)
def test_filters_that_are_wrong_say_so(text, words):
    with pytest.raises(ValueError, match=words):
        filter_units(text, KNOWN)


def test_unknown_values_come_last_in_both_orders():
    everything = np.ones(4, bool)
    assert COLUMNS["id"][ordered(COLUMNS, everything, "rate", False)].tolist() == [0, 7, 1, 2]
    assert COLUMNS["id"][ordered(COLUMNS, everything, "rate", True)].tolist() == [1, 7, 0, 2]


def test_a_link_that_was_forced_is_told_though_the_unit_is_in_every_segment(view, qtbot, context):
    forced = result(2, "forced", sorted_recording=forced_recording([60, 100], [98, 100]))
    context.model.apply(t.put_result, forced)
    qtbot.waitUntil(lambda: view.model.rowCount() == 2)
    click_row(qtbot, view, 0)
    qtbot.waitUntil(lambda: "was forced: unit 1 is nearer to it (differs by 0.07)" in view.story.text())
    click_row(qtbot, view, 1)
    assert view.story.text() == "", "it has its best one"
