"""Plots that look like the rest of the window: colours, fonts and quiet grids from the palette."""

from __future__ import annotations

from collections.abc import Iterable

from spikesift_gui.palette import palette_of
from spikesift_gui.qt import QtGui, QWidget, pg
from spikesift_gui.state import Appearance
from spikesift_gui.theme import font

BEHIND = -200  # the axis draws the grid, and the grid belongs behind the data (which pyqtgraph draws at -100)


class NumberAxis(pg.AxisItem):
    """Of numbers, with a true minus sign."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """pyqtgraph asks; the words of its numbers."""
        return [words.replace("-", "−") for words in super().tickStrings(values, scale, spacing)]


class CountAxis(NumberAxis):
    """Of what is counted: there is no half a spike."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        """pyqtgraph asks; the steps between its numbers, whole ones only."""
        return [step for step in super().tickSpacing(low, high, size) if step[0] >= 1] or [(1, 0)]


def make_plot(x: str, y: str, *, grid: bool = True, counts: bool = False) -> pg.PlotWidget:
    """An empty plot with named axes, such as make_plot("Time (s)", "Depth (µm)"); "" is an axis without a name.

    With `counts`, there are whole numbers only at the left.

    It is styled when the view around it draws for the first time, and again after each change of theme.
    """
    axes = {"left": (CountAxis if counts else NumberAxis)("left"), "bottom": NumberAxis("bottom")}
    plot = pg.PlotWidget(enableMenu=False, axisItems=axes)
    item = plot.getPlotItem()
    item.hideButtons()
    item.showGrid(x=grid, y=grid, alpha=1.0)
    for side, words in (("bottom", x), ("left", y)):
        axis = item.getAxis(side)
        axis.setStyle(hideOverlappingLabels=True)  # rather than cut off at the end of the plot
        axis.enableAutoSIPrefix(False)
        axis.setLabel(words) if words else axis.showLabel(False)
    return plot


def style_plots(widget: QWidget, appearance: Appearance) -> None:
    """Give every plot inside `widget` (or itself) the colours and fonts in use."""
    own = [widget] if isinstance(widget, pg.GraphicsView) else []
    for plot in own + widget.findChildren(pg.GraphicsView):
        plot.setBackground(palette_of(appearance).plot)
        for item in plot.scene().items():
            if isinstance(item, pg.AxisItem):
                _style_axis(item, appearance)


def prepare_plots(plots: Iterable[pg.PlotWidget]) -> None:
    """Put new ranges of plots to use now, and give their axes the width they need: while painting, all would be painted
    twice."""
    for plot in plots:
        if not plot.isVisible():
            continue
        item = plot.getPlotItem()
        plot.scene().prepareForPaint()
        axes = [part["item"] for part in item.axes.values() if part["item"].isVisible()]
        changed = [_drawn_anew(axis) for axis in axes]
        if any(changed):
            item.layout.activate()
            plot.scene().prepareForPaint()


def _drawn_anew(axis: pg.AxisItem) -> bool:
    """Draw an axis into its picture, as it would when it is painted; whether it takes another room now."""
    before = axis.minimumSize()
    if axis.picture is None:
        picture = QtGui.QPicture()
        painter = QtGui.QPainter(picture)
        painter.setFont(axis.style["tickFont"] or painter.font())
        specs = axis.generateDrawSpecs(painter)
        if specs is not None:
            axis.drawPicture(painter, *specs)
        painter.end()
        axis.picture = picture
    return axis.minimumSize() != before


def _style_axis(axis: pg.AxisItem, appearance: Appearance) -> None:
    palette = palette_of(appearance)
    small = font("caption", appearance)
    axis.setTickFont(small)
    axis.setPen(pg.mkPen(palette.grid))
    axis.setTextPen(pg.mkPen(palette.axis))
    axis.setTickPen(pg.mkPen(palette.grid, width=1))
    axis.labelStyle = {"color": palette.axis, "font-size": f"{small.pixelSize()}px"}
    axis.label.setFont(small)
    axis.label.setDefaultTextColor(QtGui.QColor(palette.axis))
    axis.setZValue(BEHIND)
    axis.setStyle(tickTextOffset=4, tickLength=-4)


def pen(color: str, width: float = 1.0) -> QtGui.QPen:
    """A line of the same width at every zoom."""
    return pg.mkPen(color, width=width, cosmetic=True)


def brush(color: str, opacity: float = 1.0) -> QtGui.QBrush:
    """A fill; `opacity` 0 to 1."""
    made = QtGui.QColor(color)
    made.setAlphaF(opacity)
    return pg.mkBrush(made)
