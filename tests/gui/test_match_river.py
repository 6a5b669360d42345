"""The river by clicks, wheel and keys: what it shows, which link a click brings, how lanes are sorted."""

import numpy as np
import pytest

from spikesift_core.deciding import decide
from spikesift_core.decisions import Decision
from spikesift_core.river_words import linked_by_hand
from spikesift_core.rivers import Stretch, river
from spikesift_core.tracks import tracks
from spikesift_gui import rivers
from spikesift_gui import transitions as t
from spikesift_gui.palette import DARK, LIGHT
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets
from spikesift_gui.river_pixels import (
    BY_HAND,
    LEVELS,
    UNKNOWN,
    averaged,
    half_cells,
    lanes_of,
    levels,
    ribbons,
    running_sums,
)
from spikesift_gui.widgets.river_item import RiverItem, margin_colors
from tests.core.test_rivers import RATE, with_a_gap
from tests.gui.helpers import drawn, result, settle
from tests.gui.match_helpers import FIRST, LENGTH, SECOND, answered, open_results, sorted_at, view


def river_of(window, qtbot):
    found = view(window, "match_river")
    qtbot.waitUntil(lambda: found._shown is not None and not window.context.computer.busy)
    settle(qtbot)
    return found


@pytest.fixture
def gap(alone, qtbot):
    """One recording of four segments: unit 0 throughout, 1 missed in the second, 2 lost after the second."""
    found = with_a_gap()
    alone.context.model.apply(t.put_result, result(1, "day 3", sorted_recording=found))
    alone.context.run("page.match")
    alone.pages["match"].resize(1120, 900)
    answered(alone, qtbot)
    river_of(alone, qtbot)
    return alone


def point(found, lane, column, share=0.95):
    """Where a place is on the screen: `share` of a column in a lane."""
    at = QtCore.QPointF(found.item.lefts[column] + share, lane + 0.5)
    return found.plot.mapFromScene(found.box.mapViewToScene(at))


def click(qtbot, window, found, lane, column, share=0.95):
    qtbot.mouseClick(found.plot.viewport(), Qt.MouseButton.LeftButton, pos=point(found, lane, column, share))
    settle(qtbot)
    answered(window, qtbot)


def lane(found, stream):
    return found.item.lane_of(stream)


def compared(window):
    page = window.pages["match"]
    return page.source_segment.currentText()[0], page.target_segment.currentText()[0]


def test_two_recordings_are_one_river_of_all_their_segments(opened, qtbot):
    found = river_of(opened, qtbot)
    shown = found._shown[1]
    assert shown.columns.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]] and len(shown) == 4
    assert shown.units[:3].tolist() == [[0, 1], [1, 2], [2, 0]], "carried on as the pairs above say"
    ticks = found.plot.getAxis("top")._tickLevels[0]
    assert [words for _, words in ticks] == ["day 3, 2 segments", "day 4, 2 segments"]
    assert found.words.text().startswith("4 units: 3 through all 4 segments, 1 only begin later.")


def test_a_click_between_two_columns_brings_that_link(gap, qtbot):
    found = river_of(gap, qtbot)
    click(qtbot, gap, found, lane(found, 0), 2)
    assert gap.context.state.selection.units == (0,) and compared(gap) == ("3", "4")
    assert found.words.text() == "Unit 0. From segment 3 to segment 4: clear, differs by 0.10, margin 0.90."
    focused = view(gap, "match_table").table.currentIndex()
    assert view(gap, "match_table").model.index(focused.row(), 0).data() == "0"


def test_a_click_on_a_gap_brings_the_link_over_it(gap, qtbot):
    found = river_of(gap, qtbot)
    click(qtbot, gap, found, lane(found, 1), 1, 0.5)
    assert gap.context.state.selection.units == (1,) and compared(gap) == ("1", "3")
    assert "not found between, because cluster 0, the most alike" in found.words.text()


def test_a_click_behind_the_end_of_a_lost_unit_says_why(gap, qtbot):
    found = river_of(gap, qtbot)
    click(qtbot, gap, found, lane(found, 2), 3, 0.5)
    assert gap.context.state.selection.units == (2,) and compared(gap) == ("2", "3")
    assert found.words.text().startswith("Unit 2. Lost after segment 2, because cluster 1, the most alike, differs")


def test_a_link_between_recordings_is_brought_too(opened, qtbot):
    found = river_of(opened, qtbot)
    opened.context.run("match.first")
    answered(opened, qtbot)
    click(qtbot, opened, found, lane(found, 1), 1)
    page = opened.pages["match"]
    assert page.source.currentText() == "day 3" and page.target.currentText() == "day 4"
    assert compared(opened) == ("2", "1") and opened.context.state.results.current.name == "day 3"
    assert opened.context.state.selection.units == (1,)
    click(qtbot, opened, found, lane(found, 3), 2)
    assert opened.context.state.results.current.name == "day 4" and opened.context.state.selection.units == (3,)


def test_the_selected_unit_stands_out_and_its_story_is_told(gap, qtbot):
    found = river_of(gap, qtbot)
    before = found.plot.grab().toImage()
    gap.context.run("units.select", units=[2])
    settle(qtbot)
    assert found.item._selected == (2,) and found.plot.grab().toImage() != before
    assert found.words.text().startswith("Unit 2 of day 3, in 2 of 4 segments. Lost after segment 2, because")


def test_lanes_are_sorted_and_chosen(gap, qtbot):
    found = river_of(gap, qtbot)
    assert found.item.order.tolist() == [2, 1, 0], "the top of the probe at the top"
    for order, wanted in (("longest", [0, 1, 2]), ("number", [0, 1, 2])):
        found.set_option("order", order)
        drawn(qtbot, gap.context)
        assert found.item.order.tolist() == wanted and found.order.currentData() == order
    for shown, wanted in (("broken", [1, 2]), ("whole", [0]), ("all", [0, 1, 2])):
        found.which.setCurrentIndex(found.which.findData(shown))
        found.which.activated.emit(found.which.currentIndex())
        drawn(qtbot, gap.context)
        assert found.item.order.tolist() == wanted, shown


def test_the_wheel_zooms_lanes_and_with_ctrl_columns_and_a_double_click_shows_all(gap, qtbot):
    found = river_of(gap, qtbot)
    whole = found.box.viewRange()
    for modifier, axis in ((Qt.KeyboardModifier.NoModifier, 1), (Qt.KeyboardModifier.ControlModifier, 0)):
        turn(found, 120, modifier)
        low, high = found.box.viewRange()[axis]
        assert high - low < 0.9 * (whole[axis][1] - whole[axis][0])
        other = found.box.viewRange()[1 - axis]
        assert np.allclose(other, whole[1 - axis])
        qtbot.mouseDClick(found.plot.viewport(), Qt.MouseButton.LeftButton, pos=point(found, 1, 1))
        qtbot.mouseRelease(found.plot.viewport(), Qt.MouseButton.LeftButton, pos=point(found, 1, 1))
        settle(qtbot)
        assert np.allclose(found.box.viewRange(), whole)


def turn(found, angle, modifier):
    at = QtCore.QPointF(point(found, 1, 1))
    event = QtGui.QWheelEvent(
        at, found.plot.viewport().mapToGlobal(at), QtCore.QPoint(), QtCore.QPoint(0, angle),
        Qt.MouseButton.NoButton, modifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QtWidgets.QApplication.sendEvent(found.plot.viewport(), event)


def test_up_and_down_go_from_lane_to_lane(gap, qtbot):
    found = river_of(gap, qtbot)
    for key, wanted in ((Qt.Key.Key_Down, 2), (Qt.Key.Key_Down, 1), (Qt.Key.Key_Down, 0), (Qt.Key.Key_Up, 1)):
        qtbot.keyClick(found.plot, key)
        settle(qtbot)
        assert gap.context.state.selection.units == (wanted,)


def test_the_limit_breaks_links_between_recordings(alone, qtbot):
    taller = sorted_at(*SECOND, start=2 * LENGTH, heights=[160, 100, 100, 100])
    open_results(alone, qtbot, second=taller)
    found = river_of(alone, qtbot)
    assert len(found._shown[1]) == 4
    alone.context.run("match.limit", refuse_above=0.2)
    qtbot.waitUntil(lambda: found._shown[1].crossings[0].refuse_above == 0.2)
    assert len(found._shown[1]) == 5 and found._shown[1].lost.tolist() == [False, False, True, False, False]


def test_what_is_shown_is_a_merge_when_it_is_looked_at_else_all_on_one_probe(opened, qtbot):
    state = opened.context.state
    assert [one.name for one in rivers.question(state).results] == ["day 3", "day 4"]
    other = sorted_at([40], geometry=np.array([[0.0, 0], [0, 25]], np.float32), start=400_000)
    opened.context.model.apply(t.put_result, result(3, "another probe", sorted_recording=other))
    opened.context.model.apply(t.show_result, 1)
    state = opened.context.state
    assert [one.name for one in rivers.question(state).results] == ["day 3", "day 4"]
    assert rivers.left_out(state) == ("another probe",)
    merged = result(4, "both", sorted_recording=sorted_at(*FIRST, *SECOND), joined_from=(1, 2), merged=True)
    opened.context.model.apply(t.put_result, merged)
    assert [one.name for one in rivers.question(opened.context.state).results] == ["both"]


def test_recordings_whose_clocks_begin_at_0_stay_as_they_were_opened(alone):
    for number, name in ((1, "b"), (2, "a")):
        alone.context.model.apply(t.put_result, result(number, name, sorted_recording=sorted_at(*FIRST)))
    assert [one.name for one in rivers.question(alone.context.state).results] == ["b", "a"]
    later = sorted_at(*FIRST, start=-900_000)
    alone.context.model.apply(t.put_result, result(2, "a", sorted_recording=later))
    assert [one.name for one in rivers.question(alone.context.state).results] == ["a", "b"]


def test_units_of_other_recordings_are_named_with_theirs(opened, qtbot):
    shown = river_of(opened, qtbot)._shown[1]
    assert shown.short_name(0) == "0" and rivers.name_of(shown, 0) == "0 of day 3"
    assert shown.short_name(3) == "2:3" and rivers.name_of(shown, 3) == "3 of day 4"


# ---------------------------------------------------------------- what is painted


@pytest.fixture
def shown():
    found = with_a_gap()
    return river([Stretch("x", found, tuple(tracks(found)), RATE)])


def test_ribbons_are_wide_by_rate_coloured_by_margin_and_dashed_over_gaps(shown):
    cells = half_cells(shown, np.arange(3))
    assert (
        cells.dashed.tolist()[0] == [False] * 8 and cells.dashed[1].tolist() == [False] * 2 + [True] * 2 + [False] * 4
    )
    assert (cells.starts[2, 4:] == 0).all() and (cells.ends[2, 4:] == 0).all(), "lost after the second"
    widths = cells.starts[:, 0]
    assert widths[0] < widths[1] < widths[2], "10, 20 and 30 Hz"
    level = {margin: int(levels(np.array([margin]), np.array([0.1]))[0]) for margin in (0.9, 0.5, -0.2)}
    assert cells.codes[0, 1] == cells.codes[0, 2] == level[0.9]
    assert cells.codes[1, 1] == cells.codes[1, 2] == cells.codes[1, 4] == level[-0.2], "the link over the gap"
    assert cells.codes[1, 6] == LEVELS - 1, "no other candidate"
    assert cells.codes[2, 2] == level[0.5] == cells.codes[2, 3], "no link follows: as the one before"
    assert levels(np.array([np.nan]), np.array([np.nan]))[0] == UNKNOWN


def test_pixels_are_where_the_ribbons_are(shown):
    cells = half_cells(shown, np.arange(3))
    half = cells.starts[:, [0, 4]]
    colors = np.full((3, 2), 0x00112233, np.uint32)
    y = np.arange(300) / 100 + 0.005
    pixels = ribbons(half, colors, y, 0.01)
    covered = (pixels >> 24).astype(float).sum(axis=0) / 255 / 100  # lanes
    assert np.allclose(covered, 2 * half.sum(axis=0), atol=0.03)
    assert set((pixels[pixels >> 24 == 255] & 0xFFFFFF).tolist()) == {0x112233}
    assert (ribbons(half, colors, np.array([-1.0, 3.5]), 0.01) >> 24 == 0).all()


def test_lanes_thinner_than_a_pixel_are_averaged(shown):
    cells = half_cells(shown, np.arange(3))
    colors = np.array([[0xFF0000], [0x00FF00], [0x0000FF]], np.uint32).repeat(8, axis=1)
    pixels = averaged(running_sums(cells, colors), np.array([1.5, 9.0]), 3.0)
    red, green, blue = ((pixels[0] >> np.uint32(shift)) & 255 for shift in (16, 8, 0))
    assert (pixels[0] >> 24 > 0).all() and (pixels[1] >> 24 == 0).all()
    assert (red > 0).all() and blue[0] > green[0] > 0 and (blue[4:] == 0).all(), "the third is lost"


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_colours_of_margins_tell_forced_tied_and_clear_apart(palette):
    colors = margin_colors(palette)
    assert len(colors) == LEVELS + 2 and colors[BY_HAND] not in colors[:BY_HAND]
    picked = [
        QtGui.QColor(int(colors[int(levels(np.array([m]), np.array([0.1]))[0])])).name() for m in (-0.5, 0.0, 1.0)
    ]
    assert picked == [palette.error, palette.warning, palette.accent]


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_a_link_made_by_hand_has_a_colour_of_its_own_and_a_place_in_the_legend(gap, qtbot, choice):
    gap.context.model.apply(t.set_appearance, dark=choice == "dark")
    drawn(qtbot, gap.context)
    found = river_of(gap, qtbot)
    wide, color = found.legend.width(), int(margin_colors(found.palette_now)[BY_HAND])
    assert not (found.item._lanes.cells.codes == BY_HAND).any() and color not in colors_of(found.legend)
    made = decide(with_a_gap(), [Decision((1, 1), (2, 1), True, 0.9, 0.3)])
    gap.context.model.apply(t.put_result, result(1, "day 3", sorted_recording=made))
    qtbot.waitUntil(lambda: BY_HAND in found.item._lanes.cells.codes)
    settle(qtbot)
    stream = found.item._lanes.order[(found.item._lanes.cells.codes == BY_HAND).any(axis=1)]
    assert len(stream) == 1 and linked_by_hand(found._shown[1], int(stream[0]), 1, 2)
    assert color in colors_of(found.plot.viewport()) and color in colors_of(found.legend)
    assert found.legend.width() > wide


def colors_of(widget):
    """All colours in the picture of a widget, 0x00rrggbb."""
    image = widget.grab().toImage()
    return {image.pixel(x, y) & 0xFFFFFF for x in range(image.width()) for y in range(image.height())}


def test_a_point_is_the_lane_and_the_nearest_border(qapp, shown):
    item = RiverItem(lambda _stream: "")
    item.show_river(shown, lanes_of(shown, np.array([2, 0, 1]), margin_colors(LIGHT)), LIGHT)
    assert item.stream_at(QtCore.QPointF(0.9, 0.5)) == (2, 0) and item.stream_at(QtCore.QPointF(1.4, 1.5)) == (0, 0)
    assert item.stream_at(QtCore.QPointF(1.6, 2.5)) == (1, 1) and item.stream_at(QtCore.QPointF(9, 0.5)) == (2, 2)
    assert item.stream_at(QtCore.QPointF(1, -0.5)) is None and item.stream_at(QtCore.QPointF(1, 3.5)) is None


def test_open_results_again_is_followed(opened, qtbot):
    """A result that changes while it is sorted is drawn anew."""
    found = river_of(opened, qtbot)
    open_results(opened, qtbot, first=sorted_at([40, 100], [60, 120]))
    qtbot.waitUntil(lambda: found._shown[1].units[:, 0].max() == 1)


def test_numbers_of_lanes_do_not_touch_when_there_is_less_room(gap, qtbot):
    found = river_of(gap, qtbot)
    found.pop_out()

    def numbers_apart(count):
        (ticks,) = found.plot.getAxis("left")._tickLevels
        lane = found.box.height() / np.ptp(found.box.viewRange()[1])
        apart = all((b - a) * lane >= 14 for (a, _), (b, _) in zip(ticks, ticks[1:], strict=False))
        return apart and len(ticks) in count

    for height, count in ((500, (3,)), (165, (1, 2))):
        found.own_window.resize(600, height)
        qtbot.waitUntil(lambda count=count: numbers_apart(count))
    found.put_back()
