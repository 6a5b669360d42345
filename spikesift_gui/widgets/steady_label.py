"""Words of changing length below something that must not move with each of them."""

from __future__ import annotations

from typing import Any

from spikesift_gui.qt import QtCore, QtWidgets, QWidget
from spikesift_gui.widgets.labels import label


class SteadyLabel(QWidget):
    """A caption whose words change often. Only when they need another height, the layouts around it are asked: Qt would
    ask all of them, up to the window's, for every word.

    Parameters
    ----------
    margins : left, top, right, bottom, px.
    keeps : the room it once needed is kept, and without a word until now it takes none. A table above it would be
        painted again as a whole whenever it changed its height. Its words can be marked and copied.
    """

    def __init__(self, margins: tuple[int, int, int, int] = (0, 0, 0, 0), *, keeps: bool = False):
        super().__init__()
        policy = QtWidgets.QSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._label = label("", "caption", wrap=True, selectable=keeps)
        self._label.setParent(self)  # and in no layout: see above
        self.setContentsMargins(*margins)
        self._keeps, self._kept = keeps, 0
        if keeps:
            self.hide()

    def text(self) -> str:
        """The words."""
        return self._label.text()

    def setText(self, words: str) -> None:
        """Show these words."""
        self._label.setText(words)
        if self._keeps:
            self.show()
        self._fit()

    def clear(self) -> None:
        """No words any more; where it keeps its room, it stays empty."""
        self._label.clear()

    def free_room(self) -> None:
        """Of one that keeps its room: take no more than the words now need."""
        self._kept = 0
        self.setVisible(bool(self.text()))
        self._fit()

    def heightForWidth(self, width: int) -> int:
        self._label.ensurePolished()  # the height depends on the font
        margins = self.contentsMargins()
        inside = self._label.heightForWidth(max(0, width - margins.left() - margins.right()))
        line = 0 if self._keeps else self._label.fontMetrics().height()  # of words that are still to come
        return max(self._kept, max(inside, line) + margins.top() + margins.bottom())

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(self.width(), self.heightForWidth(self.width()))

    def changeEvent(self, event: Any) -> None:
        super().changeEvent(event)
        if event.type() == QtCore.QEvent.Type.StyleChange:  # perhaps another font
            self.updateGeometry()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._label.setGeometry(self.contentsRect())
        if self._keeps and event.size().width() != event.oldSize().width():
            self.free_room()

    def _fit(self) -> None:
        wanted = self.heightForWidth(self.width())
        self._kept = wanted if self._keeps else 0
        if wanted != self.height() or not self.isVisible():
            self.updateGeometry()
