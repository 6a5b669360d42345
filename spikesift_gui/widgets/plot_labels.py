"""Many short words at places of a plot, as one item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spikesift_gui.qt import Qt, QtCore, QtGui, pg

LEFT, CENTRE, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight
BORDER = 2  # px of background on either side of words
ROOM = 200.0  # px, of the box each word is aligned in


class PlotLabels(pg.GraphicsObject):
    """Words in px size at data coordinates; they do not take part in the plot's automatic range."""

    def __init__(self):
        super().__init__()
        self._labels: Sequence[tuple[float, float, str]] = ()
        self._color, self._font, self._side = QtGui.QColor(), QtGui.QFont(), CENTRE
        self._fill: QtGui.QColor | None = None

    def show_labels(
        self,
        labels: Sequence[tuple[float, float, str]],
        color: str,
        font: QtGui.QFont,
        side: Qt.AlignmentFlag = CENTRE,
        fill: str = "",
    ) -> None:
        """Show (x, y, words), middle height at y; with `side` LEFT the words begin at x, with RIGHT they end there.
        With the colour `fill` behind them they can be read over a signal."""
        self.prepareGeometryChange()
        self._labels, self._color, self._font, self._side = labels, QtGui.QColor(color), font, side
        self._fill = QtGui.QColor(fill) if fill else None
        self.update()

    def boundingRect(self) -> QtCore.QRectF:
        box = self.getViewBox()
        return QtCore.QRectF() if box is None else box.viewRect()

    def dataBounds(self, *_arguments: Any, **_named: Any) -> None:
        return None

    def viewRangeChanged(self, *_arguments: Any) -> None:
        self.prepareGeometryChange()

    def paint(self, painter: QtGui.QPainter, *_options: Any) -> None:
        transform = painter.transform()
        painter.resetTransform()
        painter.setFont(self._font)
        painter.setPen(self._color)
        shift = {LEFT: 0.0, CENTRE: 0.5, RIGHT: 1.0}[self._side]
        for x, y, words in self._labels:
            at = transform.map(QtCore.QPointF(x, y))
            box = QtCore.QRectF(at.x() - shift * ROOM, at.y() - ROOM / 2, ROOM, ROOM)
            how = self._side | Qt.AlignmentFlag.AlignVCenter
            if self._fill is not None:
                painter.fillRect(painter.boundingRect(box, how, words).adjusted(-BORDER, 0, BORDER, 0), self._fill)
            painter.drawText(box, how, words)


def nice_number(largest: float) -> float:
    """The largest of 1, 2, 5, 10, 20, 50, … (and their tenths) that is not above `largest`."""
    if not largest > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(largest))
    return float(max(step * power for step in (1, 2, 5) if step * power <= largest * (1 + 1e-9)))
