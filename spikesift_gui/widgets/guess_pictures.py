"""Likely ways in which a plain binary file was written, each with a small picture, to take one of by a click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from spikesift_core.recording_guesses import Guess
from spikesift_gui.palette import Palette
from spikesift_gui.qt import QSize, Qt, QtCore, QtGui, QtWidgets, QWidget
from spikesift_gui.widgets.labels import column, label

PICTURE = QSize(144, 64)  # px
COLUMNS = 2


class GuessPictures(QWidget):
    """Words and a button with a picture for each guess; hidden while there is none. `on_choice(guess)` for a click."""

    def __init__(self, on_choice: Callable[[Guess], Any]):
        super().__init__()
        self._on_choice = on_choice
        self._shown: tuple = ()
        self.buttons: list[QtWidgets.QToolButton] = []
        self._grid = QtWidgets.QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        words = label("The values look like one of these, the likeliest first. Take one by a click:", "caption")
        words.setWordWrap(True)
        self.setLayout(column(words, self._grid, gap=4))
        self.hide()

    def show_guesses(self, guesses: Sequence[Guess], palette: Palette) -> None:
        """Offer these; called from the draw of the page."""
        wanted = (*guesses, palette)
        if wanted == self._shown:
            return
        self._shown = wanted
        for old in self.buttons:
            self._grid.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.buttons = [self._button(guess, palette) for guess in guesses]
        for place, made in enumerate(self.buttons):
            self._grid.addWidget(made, place // COLUMNS, place % COLUMNS)
        self.setVisible(bool(guesses))

    def _button(self, guess: Guess, palette: Palette) -> QtWidgets.QToolButton:
        made = QtWidgets.QToolButton()
        made.setObjectName("guess")
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        made.setText(f"{guess.data_type}{' ⇄' if guess.swapped else ''} · {guess.channels} ch")
        made.setIconSize(PICTURE)
        made.setIcon(QtGui.QIcon(picture_of(guess.picture, palette, self.devicePixelRatioF())))
        made.setToolTip(f"Take {guess.words}. The picture shows the first channels, a few milliseconds of them.")
        made.setAccessibleName(f"Take {guess.words}")
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(lambda: self._on_choice(guess))
        return made


def picture_of(values: np.ndarray, palette: Palette, ratio: float = 1.0) -> QtGui.QPixmap:
    """Channels of (samples, rows) one below the other, all on one scale."""
    made = QtGui.QPixmap(PICTURE * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    with np.errstate(all="ignore"):
        level = values - np.median(values, axis=0)
        span = 2.5 * float(np.nan_to_num(np.percentile(np.abs(level), 98))) or 1.0
    rows = values.shape[1]
    height = PICTURE.height() / rows
    x = np.linspace(0, PICTURE.width(), len(values))
    painter = QtGui.QPainter(made)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.setPen(QtGui.QPen(QtGui.QColor(palette.text), 0.8))
    for row in range(rows):
        y = height * (row + 0.5) - np.clip(np.nan_to_num(level[:, row] / span), -1, 1) * height / 2
        painter.drawPolyline(QtGui.QPolygonF([QtCore.QPointF(*point) for point in zip(x, y, strict=True)]))
    painter.end()
    return made
