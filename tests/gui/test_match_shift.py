"""The shift by hand, and the limits: by drags, keys and fields, with everything that follows."""

from itertools import pairwise

import numpy as np
import pytest

from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets
from spikesift_gui.rivers import answer as river_answer
from spikesift_gui.rivers import question as river_question
from tests.gui.helpers import drawn, settle
from tests.gui.match_helpers import (
    answered,
    click,
    current_of,
    page_of,
    rows,
    view,
)


def match_of(window):
    return current_of(window)[1]


def line_at(window, movement):
    """Where a movement is in the picture of the curve."""
    plot = view(window, "match_curve").plot
    box = plot.getViewBox()
    middle = box.viewRect().center().y()
    return plot.mapFromScene(box.mapViewToScene(QtCore.QPointF(movement, middle)))


def drag(qtbot, window, start, *stops):
    viewport = view(window, "match_curve").plot.viewport()
    first, *ends = (line_at(window, at) for at in (start, *stops))
    qtbot.mouseMove(viewport, first)
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=first)
    shares = [(leg, share) for leg in pairwise([first, *ends]) for share in (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)]
    for (begin, end), share in shares:
        at = QtCore.QPointF(begin) + share * (QtCore.QPointF(end) - QtCore.QPointF(begin))
        event = QtCore.QEvent.Type.MouseMove

        moved = QtGui.QMouseEvent(
            event, at, viewport.mapToGlobal(at), Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QtWidgets.QApplication.sendEvent(viewport, moved)
        settle(qtbot)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=ends[-1])
    settle(qtbot)


@pytest.fixture
def moved(opened, qtbot):
    """First with first: the units moved by 20 um."""
    click(qtbot, page_of(opened).first)
    answered(opened, qtbot)
    return opened


def test_the_line_is_dragged_and_everything_follows_at_once(moved, qtbot):
    best = match_of(moved)
    assert best.shift == -20 and not view(moved, "match_curve").best.isVisible()
    costs = [row[2] for row in rows(moved)]
    drag(qtbot, moved, 20, -10)
    match, curve = match_of(moved), view(moved, "match_curve")
    assert match.shift == 10 and match is not best
    assert page_of(moved).found.text() == "Moved −10 µm along the probe (by hand)"
    assert curve.words.text().startswith("By hand: −10 µm; the total cost is")
    assert "more than at the best, +20 µm" in curve.words.text()
    assert curve.movement.value() == -10 and curve.line.value() == -10, "on a shift that was tried"
    assert [float(one[0]) for one in curve._chosen.getData()] == [-10, match.costs[match.shifts == 10][0]]
    assert [row[2] for row in rows(moved)] != costs
    np.testing.assert_allclose([float(row[2]) for row in rows(moved)[:3]], match.relative_costs, atol=0.006)
    line = view(moved, "match_pairs").pairs._lines[0]
    assert abs(line.target.y - line.source.y) > 20, "moved the wrong way"
    click(qtbot, curve.best)
    assert match_of(moved).shift == best.shift and page_of(moved).found.text() == "Moved +20 µm along the probe"
    assert not curve.best.isVisible() and "By hand" not in curve.words.text()


def test_a_line_that_is_dragged_back_to_where_it_was_leaves_nothing_to_undo(moved, qtbot):
    def steps():
        return [step.text for step in moved.context.state.history.done]

    before = steps()
    drag(qtbot, moved, 20, -10, 20)
    assert steps() == before and match_of(moved).shift == -20
    assert not view(moved, "match_curve").best.isVisible(), "it is the computed one again, not one by hand"
    drag(qtbot, moved, 20, -10)
    assert steps() == [*before, "Choose the movement"]
    drag(qtbot, moved, -10, 15, -10)
    assert steps() == [*before, "Choose the movement"] and match_of(moved).shift == 10
    assert view(moved, "match_curve").best.isVisible()
    moved.context.run("edit.undo")
    settle(qtbot)
    assert steps() == before and match_of(moved).shift == -20


def test_the_shift_goes_in_steps_with_the_arrow_keys_and_home_is_the_best(moved, qtbot):
    plot = view(moved, "match_curve").plot
    click(qtbot, plot.viewport())
    plot.setFocus()
    for _ in range(2):
        qtbot.keyClick(plot, Qt.Key.Key_Right)
        settle(qtbot)
    assert match_of(moved).shift == -30 and view(moved, "match_curve").movement.value() == 30
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    settle(qtbot)
    assert match_of(moved).shift == -30, "no further was tried"
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    settle(qtbot)
    assert match_of(moved).shift == -25
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    settle(qtbot)
    assert match_of(moved).shift == -20 and moved.context.state.movements[1, 2] == ()


def test_the_shift_is_typed_and_the_nearest_that_was_tried_is_taken(moved, qtbot):
    field = view(moved, "match_curve").movement
    for _ in range(2):  # the second time nothing changes but what stands in the field
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, "12")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        settle(qtbot)
        assert match_of(moved).shift == -10 and field.value() == 10
    assert moved.context.run("match.best")
    settle(qtbot)
    assert field.value() == 20


def test_a_shift_by_hand_stays_with_its_two_segments(moved, qtbot):
    moved.context.run("match.shift", shift=5)
    click(qtbot, page_of(moved).consecutive)
    answered(moved, qtbot)
    assert match_of(moved).shift == 0 and "(by hand)" not in page_of(moved).found.text()
    click(qtbot, page_of(moved).first)
    answered(moved, qtbot)
    assert match_of(moved).shift == 5


def test_the_river_is_linked_at_the_shift_chosen_by_hand(opened, qtbot):
    opened.context.run("match.shift", shift=25)
    state = opened.context.state
    assert river_question(state).shifts == (25,)
    costs = river_answer(river_question(state)).costs[:, 2]
    expected = match_of(opened).relative_costs
    np.testing.assert_allclose(np.sort(costs[~np.isnan(costs)]), np.sort(expected[expected <= 0.7]), rtol=1e-5)


def test_drift_and_limit_have_a_slider_and_a_field(moved, qtbot):
    page = page_of(moved)
    page.drift.slider.setFocus()
    for _ in range(4):
        qtbot.keyClick(page.drift.slider, Qt.Key.Key_Left)
    answered(moved, qtbot)
    assert moved.context.state.match.max_drift == 10 and page.drift.field.value() == 10
    assert match_of(moved).shift == -10
    page.limit.field.setFocus()
    page.limit.field.selectAll()
    qtbot.keyClicks(page.limit.field, "0.1")
    qtbot.keyClick(page.limit.field, Qt.Key.Key_Return)
    settle(qtbot)
    assert moved.context.state.match.refuse_above == 0.1 and page.limit.slider.value() == 2
    assert "refused" in [row[4] for row in rows(moved)]


def test_the_river_follows_when_a_dragged_shift_rests_and_is_drawn_only_then(opened, qtbot, monkeypatch):
    drawn(qtbot, opened.context)
    river, followed, shown = view(opened, "match_river"), [], []
    real = river.item.show_river
    monkeypatch.setattr("spikesift_gui.views.match_river.RESTS", 3_600_000)  # ms
    monkeypatch.setattr(
        "spikesift_gui.rivers.answer", lambda asked: followed.append(asked.shifts) or river_answer(asked)
    )
    monkeypatch.setattr(river.item, "show_river", lambda *river: shown.append(river[0]) or real(*river))
    for shift in (5, 10, 15):
        opened.context.run("match.shift", shift=shift)
        settle(qtbot)
    assert river_question(opened.context.state).shifts == (15,) and followed == shown == []
    river._later.start(0)  # it has rested
    qtbot.waitUntil(lambda: river._shown[0].shifts == (15,))
    assert followed == [(15,)] and shown == [river._shown[1]]
    opened.context.run("units.select", units=[1])
    settle(qtbot)
    assert len(shown) == 1, "another unit changes nothing of the lanes"
