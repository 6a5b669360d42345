"""What is drawn in a plot stays inside it in an SVG: each plot has a clip path, which holds its contents, no more."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from spikesift_gui.qt import QtCore, QtWidgets, pg
from spikesift_gui.state import Appearance
from spikesift_gui.views.pictures import Picture, save_picture

CURVES = ("#aa0011", "#00aa22")
NAME = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def two_plots(qtbot):
    """Side by side, each with a curve that leaves it on all sides; and a table beside them."""
    holder = QtWidgets.QWidget()
    layout = QtWidgets.QHBoxLayout(holder)
    plots = [pg.PlotWidget() for _ in CURVES]
    for plot, color in zip(plots, CURVES, strict=True):
        layout.addWidget(plot)
        plot.plot(np.arange(-50, 50.0), np.arange(-50, 50.0) ** 3, pen=pg.mkPen(color))
        plot.setXRange(2, 4, padding=0)
        plot.setYRange(5, 20, padding=0)
    layout.addWidget(QtWidgets.QTableWidget(2, 2))
    holder.resize(700, 240)
    qtbot.addWidget(holder)
    holder.show()
    qtbot.waitExposed(holder)
    return holder, plots


def saved(holder, path):
    save_picture(Picture(holder, "words below", Appearance()), path, "Title")
    return ElementTree.parse(path).getroot()


def room_of(root, name):
    """The rectangle of a clip path in px of the picture."""
    (path,) = [one for one in root.iter(f"{NAME}clipPath") if one.get("id") == name]
    (rect,) = path
    a, b, c, d, e, f = map(float, re.findall(r"-?[\d.]+", rect.get("transform")))
    assert (a, b, c, d) == (1, 0, 0, 1)
    x, y, width, height = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
    return QtCore.QRectF(x + e, y + f, width, height)


def test_each_plot_holds_its_contents_and_nothing_else(two_plots, tmp_path):
    holder, plots = two_plots
    ranges = [plot.getViewBox().viewRange() for plot in plots]
    root = saved(holder, tmp_path / "two.svg")
    groups = [one for one in root.iter(f"{NAME}g") if one.get("clip-path")]
    assert len(groups) == len(plots)
    for group in groups:
        inside = {one.get("stroke") for one in group.iter() if one.get("stroke") in CURVES and len(one)}
        assert len(inside) == 1, "one curve each"
        plot = plots[CURVES.index(inside.pop())]
        box = plot.getViewBox()
        place = plot.mapTo(holder, plot.mapFromScene(box.mapToScene(QtCore.QPointF(0, 0))))
        room = room_of(root, re.fullmatch(r"url\(#(.*)\)", group.get("clip-path"))[1])
        assert abs(room.x() - place.x()) <= 1 and abs(room.y() - place.y()) <= 1
        assert (room.width(), room.height()) == pytest.approx((box.width(), box.height()), abs=1)
        assert not list(group.iter(f"{NAME}text")), "neither the numbers of the axes nor a mark"
    everywhere = [one.get("stroke") for one in root.iter() if one.get("stroke") in CURVES and len(one)]
    within = [one.get("stroke") for group in groups for one in group.iter() if one.get("stroke") in CURVES and len(one)]
    assert sorted(everywhere) == sorted(within)
    words = " ".join(one.text or "" for one in root.iter(f"{NAME}text"))
    assert "plot-" not in words and "words below" in words and "20" in words
    assert [plot.getViewBox().viewRange() for plot in plots] == ranges


def test_saving_leaves_no_mark_in_the_plots(two_plots, tmp_path):
    holder, plots = two_plots
    before = [len(plot.scene().items()) for plot in plots]
    saved(holder, tmp_path / "one.svg")
    saved(holder, tmp_path / "two.svg")
    assert [len(plot.scene().items()) for plot in plots] == before
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
