import numpy as np
import pytest

from spikesift_gui.palette import DARK, LIGHT
from spikesift_gui.qt import Qt, QtCore
from spikesift_gui.ramps import ramp, value_colors
from spikesift_gui.widgets.plot_labels import nice_number
from spikesift_gui.widgets.probe_plot import ProbePlot, contact_side
from spikesift_gui.widgets.wheel import next_in
from tests.gui.helpers import settle

GRID = np.array([[0, 0], [40, 0], [0, 40], [40, 40]], float)


@pytest.fixture
def plot(qtbot):
    made = ProbePlot()
    qtbot.addWidget(made)
    made.resize(300, 300)
    made.show_contacts(GRID, LIGHT, tips=["zero", "one", "two", "three"], highlight=[1])
    made.show()
    settle(qtbot)
    return made


def pixel_of(plot: ProbePlot, x: float, y: float) -> QtCore.QPoint:
    box = plot.plot.getPlotItem().getViewBox()
    return plot.plot.mapFromScene(box.mapViewToScene(QtCore.QPointF(x, y)))


def color_at(plot: ProbePlot, x: float, y: float) -> tuple:
    return plot.plot.grab().toImage().pixelColor(pixel_of(plot, x, y)).getRgb()[:3]


def test_a_click_on_a_contact_says_which(plot, qtbot):
    clicked = []
    plot.contacts.clicked.connect(clicked.append)
    qtbot.mouseClick(plot.plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel_of(plot, 42, 38))
    qtbot.mouseClick(plot.plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel_of(plot, 20, 20))
    qtbot.waitUntil(lambda: bool(clicked))
    assert clicked == [3]


def test_contacts_have_the_colours_of_their_values(plot, qtbot):
    table = ramp(LIGHT, "#2f6fde")
    colors = value_colors([0.0, 10.0, 6.5, np.nan], table, 0, 10)
    plot.show_contacts(GRID, LIGHT, colors=colors)
    settle(qtbot)
    assert color_at(plot, 0, 0) == tuple(table[0][:3])
    assert color_at(plot, 40, 0) == tuple(table[-1][:3])
    assert color_at(plot, 0, 40) == tuple(colors[2][:3])
    assert color_at(plot, 40, 40) == color_at(plot, 20, 20)  # nothing known: the background


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_more_is_further_from_the_background(palette):
    table = ramp(palette, "#2f6fde").astype(int)
    away = np.abs(table - table[0]).sum(axis=1)
    assert (np.diff(away) >= 0).all() and away[-1] > 300


def test_values_beyond_the_range_have_the_colours_of_its_ends():
    table = ramp(LIGHT, "#2f6fde")
    assert np.array_equal(value_colors([-5.0, 5.0], table, 0, 1), table[[0, -1]])
    assert np.array_equal(value_colors([3.0], table, 3, 3), table[[0]])


@pytest.mark.parametrize(
    ("positions", "side"),
    [
        (GRID, 30),
        (np.array([[0, 0], [16, 20], [0, 40]], float), 15),
        (np.array([[0, 0], [0, 0], [0, 20]], float), 15),  # two contacts at one place are an error of the probe
        (np.zeros((1, 2)), 15),
        (np.zeros((0, 2)), 15),
    ],
)
def test_contacts_do_not_touch(positions, side):
    assert contact_side(positions) == pytest.approx(side)


def test_an_empty_probe_can_be_shown(plot, qtbot):
    plot.show_contacts(np.zeros((0, 2)), DARK)
    settle(qtbot)
    assert plot.contacts.channel_at(QtCore.QPointF(0, 0)) is None


def test_numbers_of_scale_bars_are_round():
    found = [nice_number(value) for value in (0.5, 1, 3.9, 7, 49, 50, 99, 1234, 0)]
    assert found == [0.5, 1, 2, 5, 20, 50, 50, 1000, 1]


def test_the_wheel_takes_the_next_value_and_stops_at_the_ends():
    values = (1.0, 2.0, 5.0)
    assert [next_in(values, now, 1) for now in values] == [2.0, 5.0, 5.0]
    assert [next_in(values, now, -1) for now in values] == [1.0, 1.0, 2.0]
    assert next_in(values, 1.9, 1) == 5.0
