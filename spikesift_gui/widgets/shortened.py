"""Words that take the room there is: names of files are shortened in the middle, sentences at their end."""

from __future__ import annotations

from spikesift_gui.qt import QSize, Qt, QtGui, QtWidgets

LEAST = 80  # px


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

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        place = self.contentsRect()
        words = self.fontMetrics().elidedText(self.text(), self._mode, place.width())
        painter.setFont(self.font())
        painter.setPen(self.palette().windowText().color())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
