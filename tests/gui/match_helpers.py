"""Results to be compared, and what a person does on the page Match."""

from __future__ import annotations

import numpy as np

from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_gui import transitions as t
from spikesift_gui.matching import current, question
from spikesift_gui.pages.match import MatchPage
from spikesift_gui.qt import Qt, QtCore, QtWidgets
from tests.gui.helpers import result, settle

LENGTH = 30_000
PROBE = np.column_stack([np.zeros(12), 20 * np.arange(12)]).astype(np.float32)


def sorted_at(*depths_of_segments, start=0, geometry=PROBE, heights=None):
    """Segments of 1 s at 30 kHz; the units of each at these depths (um), linked by order."""
    segments = []
    for place, depths in enumerate(depths_of_segments):
        tall = np.full(len(depths), 100.0) if heights is None else np.array(heights)
        away = geometry[:, 1] - np.array(depths, float)[:, None]
        vectors = tall[:, None] * np.exp(-((away / 30) ** 2)) + 1
        begin = start + LENGTH * place
        spikes = [np.arange(begin + 10 * k, begin + LENGTH, 300) for k in range(len(depths))]
        segments.append(SortedSegment(begin, LENGTH, spikes, vectors))
    pairs = zip(depths_of_segments, depths_of_segments[1:], strict=False)
    links = [[k if k < len(there) else -1 for k in range(len(here))] for here, there in pairs]
    return SortedRecording(segments, links, geometry)


FIRST = ([40, 100, 180], [60, 120, 200])  # units move up by 20 um
SECOND = ([200, 60, 120, 10], [210, 70, 130, 20])  # the same three in another order, and a fourth


def open_results(window, qtbot, first=None, second=None, **changes):
    """Two results, ids 1 and 2, and the page Match."""
    first = sorted_at(*FIRST) if first is None else first
    both = first, sorted_at(*SECOND, start=2 * LENGTH) if second is None else second
    for number, (found, name) in enumerate(zip(both, ("day 3", "day 4"), strict=True), start=1):
        window.context.model.apply(t.put_result, result(number, name, sorted_recording=found, **changes))
    window.context.run("page.match")
    answered(window, qtbot)


def answered(window, qtbot):
    """Wait until what is asked is answered and drawn."""
    state = window.context.model
    settle(qtbot)
    qtbot.waitUntil(lambda: (question(state.state) or Never()).same_as(state.state.match.answered))
    settle(qtbot)


class Never:
    def same_as(self, _other):
        return False


def page_of(window):
    return window.pages["match"]


def view(window, name):
    return page_of(window).docks.view(name)


def rows(window):
    """The words in the table, row by row, as they are sorted."""
    model = view(window, "match_table").model
    return [[model.index(r, c).data() for c in range(model.columnCount())] for r in range(model.rowCount())]


def click(qtbot, widget):
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)
    settle(qtbot)


def click_row(qtbot, window, place):
    table = view(window, "match_table").table
    rect = table.visualRect(table.model().index(place, 1))
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    settle(qtbot)


def place_of(window, x, y):
    """Where a point of the pairs plot (um) is on the screen."""
    plot = view(window, "match_pairs").plot
    return plot.mapFromScene(plot.getViewBox().mapViewToScene(QtCore.QPointF(x, y)))


def click_plot(qtbot, window, x, y):
    plot = view(window, "match_pairs").plot
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place_of(window, x, y))
    settle(qtbot)


def current_of(window):
    return current(window.context.state)


def merge_button(window):
    return next(
        one for one in page_of(window).findChildren(QtWidgets.QPushButton) if one.text().strip() == "Merge the two"
    )


def merge(window, qtbot):
    click(qtbot, merge_button(window))
    qtbot.waitUntil(lambda: window.context.state.job("merge") is None)
    settle(qtbot)


class Alone:
    """The page without a window around it, which is made in a tenth of the time."""

    def __init__(self, context):
        self.context, self.pages = context, {"match": MatchPage(context)}

    def said(self):
        return self.context.words[-1]
