"""Many lines in many colours as one item of a plot: quick where hundreds of curves would not be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from spikesift_gui.plots import pen
from spikesift_gui.qt import QtCore, QtGui, QtWidgets, pg
from spikesift_gui.widgets.kept_image import KeptImage, image_by

SMOOTH_POINTS = 20_000  # more are drawn without smoothing and 1 px wide: a wider line takes fifty times as long
Given = tuple[str, float, float, np.ndarray, np.ndarray, "np.ndarray | str"]


@dataclass(frozen=True, eq=False)
class _Points:
    """All paths one after the other.

    Attributes
    ----------
    x, y : (n,) float64; joined : (n,) bool, whether a line leads to the next point. firsts : (paths + 1,) int64.
    colors : (paths,) uint32, 0xAARRGGBB, premultiplied.
    """

    x: np.ndarray
    y: np.ndarray
    joined: np.ndarray
    firsts: np.ndarray
    colors: np.ndarray


class ColoredPaths(pg.GraphicsObject):
    """Lines in data coordinates; each path has a colour, a width in px and an opacity.

    Parameters
    ----------
    kept : what was painted is kept as an image while nothing moves: for lines behind others that change. Very many
        always are.
    """

    def __init__(self, kept: bool = False):
        super().__init__()
        self._kept, self._image = kept, KeptImage()
        self._given: list[Given] = []
        self._made: list[tuple[QtGui.QPen, float, QtGui.QPainterPath]] | None = None
        self._points: _Points | None = None
        self._bounds = QtCore.QRectF()
        self._smooth = True

    def show_paths(self, paths: Iterable[Given]) -> None:
        """Draw these (color, width, opacity, x (n,), y (n,), connect), `connect` in pyqtgraph's words or (n,) bool.

        Where x, y and such a `connect` are (paths, n), they are so many paths that look the same."""
        self.prepareGeometryChange()
        self._given = [path for path in paths if path[3].shape[-1] > 1]
        self._made = self._points = None
        self._image.forget()
        self._smooth = sum(path[3].size for path in self._given) <= SMOOTH_POINTS
        self._bounds = _bounds(self._given)
        self.update()

    def boundingRect(self) -> QtCore.QRectF:
        return self._bounds

    def paint(self, painter: QtGui.QPainter, _option: QtWidgets.QStyleOptionGraphicsItem, *_args) -> None:
        kept = self._kept or not self._smooth
        if not (kept and self._image.draw(painter, self._painted)):
            self._paint(painter)

    @property
    def _paths(self) -> list[tuple[QtGui.QPen, float, QtGui.QPainterPath]]:
        """Pen, opacity and line of each path."""
        if self._made is None:
            self._made = [
                (made, opacity, pg.functions.arrayToQPath(*one, connect=joined))
                for color, width, opacity, x, y, connect in self._given
                for made in [pen(color, width if self._smooth else 1.0)]
                for *one, joined in _one_by_one(x, y, connect)
            ]
        return self._made

    def _paint(self, painter: QtGui.QPainter) -> None:
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing, self._smooth)
        for made, opacity, path in self._paths:
            painter.setOpacity(opacity)
            painter.setPen(made)
            painter.drawPath(path)

    def _painted(self, place: QtGui.QTransform, size: QtCore.QSize, ratio: float) -> QtGui.QImage:
        """The lines as an image of `size` px."""
        from spikesift_core.kernels.painting import draw_lines  # the window opens before Numba is loaded

        if not self._smooth and draw_lines.signatures:  # else it is not compiled yet: this once it takes longer
            if self._points is None:
                self._points = _points(self._given)
            return _image_of(self._points, place, size, ratio)
        return image_by(self._paint)(place, size, ratio)


def _one_by_one(x: np.ndarray, y: np.ndarray, connect: np.ndarray | str) -> Iterable[tuple]:
    """x, y and connect of each path that they hold."""
    if x.ndim == 1:
        return [(x, y, connect)]
    return zip(x, y, connect if isinstance(connect, np.ndarray) else repeat(connect), strict=False)


def _end_to_end(given: list[Given]) -> Iterator[np.ndarray]:
    """x and y of all points, (n,) float64."""
    return (np.concatenate([np.asarray(path[place], float).ravel() for path in given]) for place in (3, 4))


def _bounds(given: list[Given]) -> QtCore.QRectF:
    if not given:
        return QtCore.QRectF()
    x, y = _end_to_end(given)
    known = np.isfinite(x) & np.isfinite(y)
    x, y = (x, y) if known.all() else (x[known], y[known])
    if not len(x):
        return QtCore.QRectF()
    left, top = x.min(), y.min()
    return QtCore.QRectF(left, top, x.max() - left, y.max() - top).adjusted(0, -1e-9, 1e-9, 1e-9)


def _points(given: list[Given]) -> _Points:
    x, y = _end_to_end(given)
    known = np.isfinite(x) & np.isfinite(y)
    joined = np.concatenate([_joined(path[5], path[3].shape) for path in given])
    joined[:-1] &= known[:-1] & known[1:]
    paths = [path[3].size // path[3].shape[-1] for path in given]
    lengths = np.repeat([path[3].shape[-1] for path in given], paths)
    colors = np.repeat(np.array([_premultiplied(path[0], path[2]) for path in given], np.uint32), paths)
    return _Points(x, y, joined, np.concatenate([[0], np.cumsum(lengths)]), colors)


def _joined(connect: np.ndarray | str, shape: tuple[int, ...]) -> np.ndarray:
    """Whether each point of a path, or of several, is joined with the next one, (points,) bool."""
    if not isinstance(connect, np.ndarray):
        connect = np.arange(shape[-1]) % 2 == 0 if connect == "pairs" else np.ones(shape[-1], bool)
    return np.broadcast_to(connect, shape).astype(bool).ravel()


def _premultiplied(color: str, opacity: float) -> int:
    red, green, blue = QtGui.QColor(color).getRgb()[:3]
    parts = (255 * opacity, opacity * red, opacity * green, opacity * blue)
    return sum(round(part) << shift for part, shift in zip(parts, (24, 16, 8, 0), strict=True))


def _image_of(points: _Points, place: QtGui.QTransform, size: QtCore.QSize, ratio: float) -> QtGui.QImage:
    from spikesift_core.kernels.painting import draw_lines

    x, y = (
        ratio * (scale * values + moved)
        for scale, values, moved in ((place.m11(), points.x, place.dx()), (place.m22(), points.y, place.dy()))
    )
    pixels, seen = np.zeros((size.height(), size.width()), np.uint32), np.zeros((size.height(), size.width()), np.int32)
    draw_lines(x, y, points.joined, points.firsts, points.colors, seen, pixels)
    kind = QtGui.QImage.Format.Format_ARGB32_Premultiplied
    image = QtGui.QImage(pixels.data, size.width(), size.height(), 4 * size.width(), kind).copy()
    image.setDevicePixelRatio(ratio)
    return image
