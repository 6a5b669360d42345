"""Words that take the room there is: names of files and their folders are shortened in the middle."""

from __future__ import annotations

from spikesift_gui.qt import QSize, Qt, QtGui, QtWidgets

LEAST = 80  # px


class ShortenedLabel(QtWidgets.QLabel):
    """Words that are shortened in the middle where there is no room for them. `role`: see `label`."""

    def __init__(self, text: str = "", role: str = ""):
        super().__init__(text)
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setMinimumWidth(LEAST)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST, super().minimumSizeHint().height())

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.width())
        painter.setFont(self.font())
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
