"""Text of 150 % on a screen of 1280 × 720: no word of a button or a field is cut, the rest is scrolled into sight."""

import pytest

from spikesift_gui import transitions as t
from spikesift_gui.qt import QtWidgets
from spikesift_gui.views.base import View
from spikesift_gui.widgets import StatusPill, label
from spikesift_gui.widgets.flow import Flow
from spikesift_gui.widgets.labels import row
from spikesift_gui.widgets.sliding_number import SlidingNumber
from tests.gui.helpers import drawn, result, settle
from tests.gui.match_helpers import LENGTH, SECOND, answered, merge, open_results, page_of, sorted_at, view


def cut(window, page):
    """The buttons, fields and pills that are in sight and smaller than their words."""
    inside = window.pages[page].findChildren(QtWidgets.QWidget)
    bars = [one.bar for one in inside if isinstance(one, View)]
    parts = [one for one in inside if isinstance(one, QtWidgets.QPushButton)]
    parts += [field for bar in bars for field in bar.findChildren(QtWidgets.QComboBox)]
    parts += [field for number in window.findChildren(SlidingNumber) for field in (number.slider, number.field)]
    parts += window.findChildren(StatusPill)
    seen = [one for one in parts if one.isVisible() and not one.visibleRegion().isEmpty()]
    assert len(seen) > 8
    wanted = [one.sizeHint() for one in seen]
    return [
        (type(one).__name__, one.accessibleName() or one.toolTip(), one.size(), size)
        for one, size in zip(seen, wanted, strict=True)
        if one.width() < min(size.width(), one.maximumWidth()) or one.height() < min(size.height(), 30)
    ]


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_no_words_are_cut_on_a_small_screen(window, qtbot, context, scale):
    open_results(window, qtbot)
    merge(window, qtbot)  # the list of recordings has its third button then
    context.model.apply(t.set_appearance, scale=scale)  # while all is shown
    for page in ("match", "inspect"):
        context.run(f"page.{page}")
        settle(qtbot)
        assert cut(window, page) == []


def test_what_large_text_leaves_no_room_for_is_scrolled_into_sight_and_drawn_then(window, qtbot, context):
    context.model.apply(t.set_appearance, scale=1.5)
    open_results(window, qtbot)
    shown, bar = view(window, "match_recordings"), page_of(window).scroll.verticalScrollBar()
    window.resize(1280, 600)
    settle(qtbot)
    assert bar.isVisible() and shown.visibleRegion().isEmpty()
    third = sorted_at(*SECOND, start=4 * LENGTH)
    context.model.apply(t.put_result, result(3, "day 5", sorted_recording=third))
    answered(window, qtbot)
    assert shown.model.rowCount() == 2, "not drawn where nobody sees it"
    bar.setValue(bar.maximum())
    settle(qtbot)
    assert shown.model.rowCount() == 3 and not shown.table.visibleRegion().isEmpty()
    context.model.apply(t.set_appearance, scale=1.0)
    drawn(qtbot, context)
    assert not bar.isVisible()


def test_a_flow_goes_on_in_the_next_row_and_parts_no_group(qtbot):
    box = QtWidgets.QWidget()
    qtbot.addWidget(box)
    words = [label("Compare"), label("Largest drift"), label("30"), label("Refuse above")]
    flow = Flow(words[0], row(words[1], words[2], gap=4), words[3], gap=10)
    box.setLayout(flow)
    box.show()
    whole = flow.sizeHint().width()
    for width, rows in (
        (whole, 1),
        (whole - 1, 2),
        (flow.minimumSize().width(), 3),
    ):
        box.resize(width, flow.heightForWidth(width))
        settle(qtbot)
        assert len({one.y() for one in words}) == rows
        assert words[1].y() == words[2].y() and all(one.width() >= one.sizeHint().width() for one in words)
    words[3].hide()
    settle(qtbot)
    assert flow.heightForWidth(whole) == max(one.sizeHint().height() for one in words)
