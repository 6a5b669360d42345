"""The window answers while it shows a session of many units: what is drawn again, and how long a slot runs.

Times depend on the machine, so their limit is generous; what is counted is exact.
"""

import time
from collections import Counter

import numpy as np
import pytest

from spikesift_gui import transitions as t
from spikesift_gui.layouts import LAYOUTS
from spikesift_gui.qt import pg
from spikesift_gui.views.base import View
from spikesift_gui.widgets.colored_paths import ColoredPaths
from tests.gui.helpers import drawn, followed_units, result

UNITS, SEGMENTS, LENGTH, CHANNELS = 120, 30, 60_000, 64
LONGEST = 1.0  # s of processor time; the figure wanted is 0.1 s on a machine that does nothing else
PROBE = np.array([[0, 20 * k] for k in range(CHANNELS)], np.float32)


@pytest.fixture(scope="module")
def many():
    """100,000 spikes of 120 units in 30 segments, all of them linked."""
    return followed_units(UNITS, SEGMENTS, LENGTH, 28, PROBE)


@pytest.fixture
def opened(window, qtbot, context, many):
    context.model.apply(t.put_result, result(1, "many", sorted_recording=many))
    context.run("page.inspect")
    drawn(qtbot, context)
    return window.pages["inspect"].docks


def views(docks):
    return [docks.view(name) for name in LAYOUTS[0].views]


def test_nothing_is_drawn_that_is_not_seen(opened, qtbot, context, monkeypatch):
    calls = Counter()
    for view in views(opened):
        real = view.draw
        monkeypatch.setattr(
            view, "draw", lambda before, after, view=view, real=real: (calls.update([view.id]), real(before, after))
        )
    for unit in (3, 77):
        context.run("units.select", units=[unit])
        drawn(qtbot, context)
    seen = {view.id for view in views(opened) if view.seen}
    assert len(seen) < len(views(opened)) and set(calls) <= seen
    assert all(count == 2 for count in calls.values()), calls


def test_another_unit_computes_nothing_of_all_units_again(opened, qtbot, context, monkeypatch):
    for layout in LAYOUTS:
        context.run(f"layout.{layout.id}")
        drawn(qtbot, context)
    counted = Counter()
    names = ("raster.row_order", "drift.unit_paths", "similarity.compared", "quality.concerns_of", "segments.counts_of")
    for name in names:
        monkeypatch.setattr(f"spikesift_gui.views.{name}", lambda *_arguments, name=name: counted.update([name]))
    for layout in LAYOUTS:
        context.run(f"layout.{layout.id}")
        context.run("units.select", units=[5])
        drawn(qtbot, context)
        context.run("units.select", units=[6])
        drawn(qtbot, context)
    assert not counted


def test_plots_that_stand_still_are_not_painted(opened, qtbot, context):
    context.run("layout.overview")
    drawn(qtbot, context)
    painted = Counter()
    for view in views(opened):
        for plot in view.findChildren(pg.PlotWidget):
            plot.scene().sigPrepareForPaint.connect(lambda name=view.id: painted.update([name]))

    def stands_still():
        painted.clear()
        qtbot.wait(300)
        return not painted

    qtbot.waitUntil(stands_still)


def test_lines_behind_the_chosen_ones_are_painted_once(opened, qtbot, context, monkeypatch):
    context.run("layout.drift")
    context.run("units.select", units=[1])
    drawn(qtbot, context)
    painted = Counter()
    real = ColoredPaths._paint
    monkeypatch.setattr(ColoredPaths, "_paint", lambda self, painter: (painted.update([id(self)]), real(self, painter)))
    drift = opened.view("drift")
    for unit in (2, 3, 4):
        context.run("units.select", units=[unit])
        drawn(qtbot, context)
    assert painted[id(drift._chosen)] >= 3 and painted[id(drift._others)] == 0


def test_no_step_takes_long(opened, qtbot, context, monkeypatch):
    took = Counter()
    for name in ("draw_now", "compute"):
        real = getattr(View, name)

        def timed(self, *arguments, real=real, name=name, **named):
            if name == "compute":  # what is done with the answer, in the window's thread
                shown = arguments[2]
                arguments = (*arguments[:2], lambda value: clocked(self, shown, value), *arguments[3:])
                return real(self, *arguments, **named)
            return clocked(self, real, self, *arguments)

        monkeypatch.setattr(View, name, timed)

    def clocked(view, function, *arguments):
        began = time.thread_time()
        function(*arguments)
        took[view.id] = max(took[view.id], time.thread_time() - began)

    for number, layout in enumerate(LAYOUTS):
        context.run(f"layout.{layout.id}")
        drawn(qtbot, context)
        context.run("units.select", units=[10 + number, 40])
        drawn(qtbot, context)
    assert len(took) >= 8 and max(took.values()) < LONGEST, took
