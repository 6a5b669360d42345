"""Colours of units as small squares, in lists and tables; as they are in selected rows too, which Qt would tint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets

SWATCH = 11  # px
GAP = 2  # px


def swatches(colors: Sequence[str], room: int = 1) -> QtGui.QIcon:
    """The colours ("#rrggbb") side by side; there is `room` for at least so many, so that texts beside them align."""
    count = max(room, len(colors))
    picture = QtGui.QPixmap(count * SWATCH + (count - 1) * GAP, SWATCH)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(picture)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for place, color in enumerate(colors):
        painter.setBrush(QtGui.QColor(color))
        painter.drawRoundedRect(QtCore.QRectF(place * (SWATCH + GAP), 0, SWATCH, SWATCH), 3, 3)
    painter.end()
    made = QtGui.QIcon(picture)
    made.addPixmap(picture, QtGui.QIcon.Mode.Selected)
    return made


class SwatchDelegate(QtWidgets.QStyledItemDelegate):
    """Draws the colour that a model gives as decoration as a square."""

    def initStyleOption(self, option: QtWidgets.QStyleOptionViewItem, index: Any) -> None:
        """Qt asks how an item looks."""
        super().initStyleOption(option, index)
        color = index.data(Qt.ItemDataRole.DecorationRole)
        if color is not None:
            option.icon = swatches((color.name(),))
            option.decorationSize = QtCore.QSize(SWATCH, SWATCH)
