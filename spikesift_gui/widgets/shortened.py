"""Words that take the room there is: names of files are shortened in the middle, sentences at their end."""

from __future__ import annotations

import re

from spikesift_gui.qt import QSize, Qt, QtGui, QtWidgets

LEAST = 80  # px
BETWEEN = re.compile(r"[ ·]+…$")  # two facts: the dot would be the last that is seen


class ShortenedLabel(QtWidgets.QLabel):
    """Words that are shortened where there is no room for them: in the middle, or at the end. `role`: see `label`."""

    def __init__(self, text: str = "", role: str = "", *, at_end: bool = False):
        super().__init__(text)
        self._mode = Qt.TextElideMode.ElideRight if at_end else Qt.TextElideMode.ElideMiddle
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setMinimumWidth(LEAST)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST, super().minimumSizeHint().height())

    def seen(self) -> str:
        """The words as they are shown in this room."""
        words = self.fontMetrics().elidedText(self.text(), self._mode, self.contentsRect().width())
        return words if words == self.text() else BETWEEN.sub("…", words)

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        place = self.contentsRect()
        painter.setFont(self.font())
        painter.setPen(self.palette().windowText().color())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.seen())
