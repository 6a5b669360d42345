"""Streams of a river as ribbons in lanes, painted pixel by pixel: as fast for 500 lanes as for five."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from spikesift_core.rivers import River
from spikesift_core.verdicts import CLEAR_MARGIN
from spikesift_gui.palette import Palette
from spikesift_gui.plots import pen
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, Signal, pg
from spikesift_gui.river_pixels import LEVELS, LOWEST, Lanes, averaged, ribbons

RECORDING_GAP = 0.35  # columns, between two recordings
MOST_PIXELS = 1_500_000  # painted; on larger screens the picture is enlarged
THIN_LANE = 2.0  # px; narrower lanes are averaged
WORDS_LANE = 15.0  # px; from here there is room for why a unit was lost
MOST_MARKS = 4000
DASH = 5  # px


class RiverItem(pg.GraphicsObject):
    """Draws lanes; x are columns, with a little room between recordings, and y are lanes from the top.

    Attributes
    ----------
    lefts : (columns,) float64, x of the left border of each column; each is 1 wide.
    order : (lanes,) int64, the stream in each lane.
    """

    clicked = Signal(int, int)  # stream, and the column to the left of the border that is nearest

    def __init__(self, words_of: Callable[[int], str]):
        super().__init__()
        self._words_of = words_of
        self._river: River | None = None
        self._lanes: Lanes | None = None
        self.order = np.zeros(0, np.int64)
        self.lefts = np.zeros(0)
        self._borders: list[float] = []
        self._selected: tuple[int, ...] = ()
        self._palette: Palette | None = None
        self._picture: tuple[Any, QtGui.QImage] | None = None

    def show_river(self, shown: River, lanes: Lanes, palette: Palette, begins: Sequence[int] = ()) -> None:
        """Show these lanes of a river; `begins`: the columns with which a recording begins, but the first."""
        self.prepareGeometryChange()
        self._river, self._lanes, self.order, self._palette = shown, lanes, lanes.order, palette
        columns = np.arange(len(shown.columns))
        self.lefts = columns + RECORDING_GAP * np.searchsorted(np.array(begins, int), columns, side="right")
        self._borders = [float(self.lefts[column]) - RECORDING_GAP / 2 for column in begins]
        self._picture = None
        self.update()

    def select(self, streams: Sequence[int]) -> None:
        """These streams stand out."""
        if tuple(streams) != self._selected:
            self._selected = tuple(streams)
            self.update()

    @property
    def whole(self) -> QtCore.QRectF:
        """All there is."""
        width = self.lefts[-1] + 1 if len(self.lefts) else 1
        return QtCore.QRectF(0, 0, width, max(1, len(self.order)))

    def stream_at(self, point: QtCore.QPointF) -> tuple[int, int] | None:
        """The stream in the lane at a point, and the column left of the nearest border; None beside the lanes."""
        lane = int(np.floor(point.y()))
        if self._river is None or not 0 <= lane < len(self.order):
            return None
        column = int(np.searchsorted(self.lefts + 0.5, point.x())) - 1
        return int(self.order[lane]), min(max(column, 0), max(0, len(self.lefts) - 2))

    def lane_of(self, stream: int) -> int | None:
        """The lane a stream is in, or None while it is not shown."""
        found = np.flatnonzero(self.order == stream)
        return int(found[0]) if len(found) else None

    # What pyqtgraph and Qt ask for

    def boundingRect(self) -> QtCore.QRectF:
        view = self.getViewBox()
        return QtCore.QRectF() if view is None else view.viewRect()

    def viewRangeChanged(self, *_arguments: Any) -> None:
        self.prepareGeometryChange()

    def dataBounds(self, *_arguments: Any, **_named: Any) -> None:
        return None

    def mouseClickEvent(self, event: Any) -> None:
        at = self.stream_at(event.pos())
        if at is None or event.button() != Qt.MouseButton.LeftButton or event.double():
            event.ignore()
            return
        event.accept()
        self.clicked.emit(*at)

    def paint(self, painter: QtGui.QPainter, *_options: Any) -> None:
        if self._river is None:
            return
        seen = self.boundingRect()
        transform = painter.transform()
        target = transform.mapRect(seen)
        ratio = painter.device().devicePixelRatioF()
        painter.save()
        painter.resetTransform()
        self._paint_ground(painter, transform, target)
        pixels = target.toAlignedRect()  # whole pixels: an image that fits them is only copied
        covered = transform.inverted()[0].mapRect(QtCore.QRectF(pixels))
        painter.drawImage(pixels.topLeft(), self._image(covered, pixels.size(), ratio))
        self._paint_ends(painter, transform, seen, target)
        painter.restore()

    def _paint_ground(self, painter: QtGui.QPainter, transform: QtGui.QTransform, target: QtCore.QRectF) -> None:
        """Every second column shaded, lines between recordings, and the lanes of selected streams."""
        shade = QtGui.QColor(self._palette.segment)
        for left in self.lefts[1::2]:
            band = transform.mapRect(QtCore.QRectF(left, 0, 1, len(self.order)))
            painter.fillRect(band.intersected(target), shade)
        painter.setPen(pen(self._palette.muted, 1))
        for border in self._borders:
            x = transform.map(QtCore.QPointF(border, 0)).x()
            painter.drawLine(QtCore.QLineF(x, target.top(), x, target.bottom()))
        chosen = QtGui.QColor(self._palette.accent)
        chosen.setAlphaF(0.18)
        for stream in self._selected:
            lane = self.lane_of(stream)
            if lane is not None:
                band = transform.mapRect(QtCore.QRectF(self.whole.left(), lane, self.whole.width(), 1))
                band.setHeight(max(band.height(), 3.0))
                painter.fillRect(band.intersected(target), chosen)

    def _image(self, seen: QtCore.QRectF, size: QtCore.QSize, ratio: float) -> QtGui.QImage:
        """The ribbons in sight, drawn anew only when something else is in sight."""
        width, height = max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio))
        shrink = max(1.0, (width * height / MOST_PIXELS) ** 0.5)
        wanted = max(1, round(width / shrink)), max(1, round(height / shrink))
        key = (seen.getRect(), wanted)
        if self._picture is None or self._picture[0] != key:
            image = self._rendered(seen, *wanted, ratio)
            image.setDevicePixelRatio(ratio / shrink)
            self._picture = key, image
        return self._picture[1]

    def _rendered(self, seen: QtCore.QRectF, width: int, height: int, ratio: float) -> QtGui.QImage:
        """The ribbons in sight as an image of this size."""
        x = seen.left() + (np.arange(width) + 0.5) * seen.width() / width
        at, along, between, inside = self._cells_at(x)
        pixel = seen.height() / height  # lanes
        y = seen.top() + (np.arange(height) + 0.5) * pixel
        if pixel * THIN_LANE > 1:
            pixels = averaged(self._lanes.sums, y, pixel)[:, at]
        else:
            first, last = self._lanes_in(seen)
            cells = self._lanes.cells.of_lanes(slice(first, last))
            gone = (np.arange(width) // max(1, round(DASH * ratio))) % 2 == 0
            colors = self._lanes.colors[first:last, at]
            pixels = ribbons(cells.widths_at(at, along, gone, between), colors, y - first, pixel)
        pixels[:, ~inside] = 0
        return _as_image(pixels)

    def _lanes_in(self, seen: QtCore.QRectF) -> tuple[int, int]:
        """The first lane in sight, and the one after the last."""
        first = int(max(0, np.floor(seen.top())))
        return first, max(first, int(min(len(self.order), np.ceil(seen.bottom()))))

    def _cells_at(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """For each x the half column, how far along it (0 to 1), whether it is between two recordings, and whether it
        is anywhere. The room between two recordings belongs half to each of the columns beside it."""
        room = np.append(np.diff(self.lefts) - 1, 0.0)  # after each column
        borders = self.lefts + 1 + room / 2
        column = np.minimum(np.searchsorted(borders, x, side="right"), len(self.lefts) - 1)
        within = x - self.lefts[column]
        before, after = np.append(0.0, room[:-1])[column] / 2, room[column] / 2
        right = within >= 0.5
        along = np.where(right, (within - 0.5) / (0.5 + after), (within + before) / (0.5 + before))
        between = (within < 0) | (within > 1)
        inside = (x >= 0) & (x <= self.lefts[-1] + 1)
        return 2 * column + right, np.clip(along, 0, 1).astype(np.float32), between, inside

    def _paint_ends(
        self, painter: QtGui.QPainter, transform: QtGui.QTransform, seen: QtCore.QRectF, target: QtCore.QRectF
    ) -> None:
        """A bar where a stream is lost or begins later; where there is room, why it was lost."""
        shown, columns = self._river, len(self.lefts)
        first, last = self._lanes_in(seen)
        streams = self.order[first:last]
        px = transform.m22()
        begun, lost = shown.first[streams], shown.last[streams]
        for place, offset, ends, color, width in (
            (lost, 1.0, lost < columns - 1, self._palette.error, 2.0),
            (begun, 0.0, begun > 0, self._palette.muted, 1.0),
        ):
            at = np.flatnonzero(ends)[:MOST_MARKS]
            x = self.lefts[place[at]] + offset
            top = target.top() + (first + at + 0.12 - seen.top()) * px
            left = target.left() + (x - seen.left()) * transform.m11()
            tall = max(1.5, 0.76 * px)
            painter.setPen(pen(color, width))
            painter.drawLines([QtCore.QLineF(a, b, a, b + tall) for a, b in zip(left, top, strict=True)])
        if px >= WORDS_LANE:
            places = np.flatnonzero(lost < columns - 1)
            self._write_reasons(painter, transform, target, [(first + k, int(streams[k])) for k in places])

    def _write_reasons(
        self, painter: QtGui.QPainter, transform: QtGui.QTransform, target: QtCore.QRectF, lost: list[tuple[int, int]]
    ) -> None:
        small = QtWidgets.QApplication.font()
        small.setPixelSize(11)
        painter.setFont(small)
        painter.setPen(QtGui.QColor(self._palette.muted))
        measure = painter.fontMetrics()
        for lane, stream in lost:
            at = transform.map(QtCore.QPointF(self.lefts[self._river.last[stream]] + 1, lane))
            room = QtCore.QRectF(at.x() + 6, at.y(), target.right() - at.x() - 10, transform.m22())
            if room.width() > 60:
                words = measure.elidedText(self._words_of(stream), Qt.TextElideMode.ElideRight, int(room.width()))
                painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)


def margin_colors(palette: Palette) -> np.ndarray:
    """(LEVELS + 2,) uint32, 0x00rrggbb: the colours of margins from -0.5 (another one was nearer) over 0 (a tie) and
    0.2 (from here a link is called clear) to 1 (no doubt); then that of a link without a margin, and of one by hand."""
    pale = _mixed(palette.accent, palette.plot, 0.5)
    stops = {LOWEST: palette.error, 0.0: palette.warning, CLEAR_MARGIN / 2: palette.warning, CLEAR_MARGIN: pale}
    stops[1.0] = palette.accent
    rgb = np.array([QtGui.QColor(color).getRgb()[:3] for color in stops.values()], float)
    at = np.linspace(LOWEST, 1, LEVELS)
    mixed = np.stack([np.interp(at, list(stops), rgb[:, part]) for part in range(3)], axis=1)
    others = [QtGui.QColor(color).getRgb()[:3] for color in (palette.faint, palette.text)]
    parts = np.rint(np.vstack([mixed, others])).astype(np.uint32)
    return (parts[:, 0] << 16) | (parts[:, 1] << 8) | parts[:, 2]


def _mixed(color: str, other: str, share: float) -> str:
    parts = zip(QtGui.QColor(color).getRgb()[:3], QtGui.QColor(other).getRgb()[:3], strict=True)
    return QtGui.QColor(*(round(share * one + (1 - share) * two) for one, two in parts)).name()


def _as_image(pixels: np.ndarray) -> QtGui.QImage:
    pixels = np.ascontiguousarray(pixels, np.uint32)
    height, width = pixels.shape
    image = QtGui.QImage(pixels.data, width, height, 4 * width, QtGui.QImage.Format.Format_ARGB32)
    return image.copy()  # the array is gone soon
