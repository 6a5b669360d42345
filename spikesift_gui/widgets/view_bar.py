"""The bar above a view: its title, its tools, its buttons; what there is no room for goes, the tools last."""

from __future__ import annotations

from collections.abc import Sequence

from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, QWidget
from spikesift_gui.widgets.labels import row
from spikesift_gui.widgets.shortened import ShortenedLabel

HEIGHT = 34  # px


class ViewBar(QWidget):
    """Where it is too narrow, `spare` buttons are hidden first (its menu has them), then `words` beside tools that can
    be done without; then the title is shortened."""

    def __init__(
        self,
        title: str,
        tools: QtWidgets.QLayout,
        spare: Sequence[QWidget],
        last: QWidget,
        words: Sequence[QWidget],
    ):
        super().__init__()
        self.setObjectName("view-bar")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.spare, self._words = spare, words
        self.title = ShortenedLabel(title, at_end=True)
        self.title.setObjectName("view-title")
        self.title.setToolTip(title)  # where it is shortened
        layout = row(self.title, None, tools, *spare, last, gap=2)
        layout.setContentsMargins(SPACE + SPACE // 2, 2, SPACE // 2, 2)
        self.setLayout(layout)
        self.setFixedHeight(HEIGHT)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Qt tells the new size."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QtCore.QEvent) -> bool:
        """Tools changed, or the size of text."""
        if event.type() == QtCore.QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        gap, whole = self.layout().spacing(), self.title.sizeHint().width()
        groups = (self.spare, self._words)
        rooms = [sum(one.sizeHint().width() + gap for one in group) for group in groups]
        needed = self.layout().sizeHint().width() - self.title.minimumWidth() + whole
        needed += sum(room for group, room in zip(groups, rooms, strict=True) if group and group[0].isHidden())
        for group, room in zip(groups, rooms, strict=True):
            fits = needed <= self.width()
            for one in group:
                one.setVisible(fits)
            needed -= 0 if fits else room
        self.title.setFixedWidth(min(whole, max(0, whole - needed + self.width())))
