"""Widgets side by side that go on in the next row where there is no room: nothing is cut where text is large."""

from __future__ import annotations

from spikesift_gui.palette import SPACE
from spikesift_gui.qt import QSize, Qt, QtCore, QtWidgets, QWidget


class Flow(QtWidgets.QLayout):
    """A layout of widgets and of rows (layouts), each as wide as it wants to be; a row is never parted."""

    def __init__(self, *items: QWidget | QtWidgets.QLayout, gap: int = SPACE):
        super().__init__()
        self._items: list[QtWidgets.QLayoutItem] = []
        self.setSpacing(gap)
        self.setContentsMargins(0, 0, 0, 0)
        for item in items:
            if isinstance(item, QtWidgets.QLayout):
                self.addChildLayout(item)
                self.addItem(item)
            else:
                self.addWidget(item)

    def addItem(self, item: QtWidgets.QLayoutItem) -> None:
        """Qt gives a widget or a row."""
        self._items.append(item)

    def count(self) -> int:
        """How many items."""
        return len(self._items)

    def itemAt(self, index: int) -> QtWidgets.QLayoutItem | None:
        """One of them, or None."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QtWidgets.QLayoutItem | None:
        """One of them, which goes, or None."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """It wants no more room than it needs."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """The narrower, the more rows."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Of all rows, px."""
        heights = [height for height, _ in self._rows(width)]
        return sum(heights) + self.spacing() * max(0, len(heights) - 1)

    def sizeHint(self) -> QSize:
        """All in one row."""
        sizes = [item.sizeHint() for item in self._shown()]
        width = sum(size.width() for size in sizes) + self.spacing() * max(0, len(sizes) - 1)
        return QSize(width, max((size.height() for size in sizes), default=0))

    def minimumSize(self) -> QSize:
        """One item in a row."""
        sizes = [item.minimumSize() for item in self._shown()]
        return QSize(max((one.width() for one in sizes), default=0), max((one.height() for one in sizes), default=0))

    def setGeometry(self, rect: QtCore.QRect) -> None:
        """Put the items there, row by row."""
        super().setGeometry(rect)
        top = rect.top()
        for height, items in self._rows(rect.width()):
            left = rect.left()
            for item, width in items:
                own = min(height, item.sizeHint().height())
                item.setGeometry(QtCore.QRect(left, top + (height - own) // 2, width, own))
                left += width + self.spacing()
            top += height + self.spacing()

    def _shown(self) -> list[QtWidgets.QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _rows(self, room: int) -> list[tuple[int, list[tuple[QtWidgets.QLayoutItem, int]]]]:
        """Height and (item, width) of each row, in a width of `room` px."""
        rows: list[tuple[int, list]] = []
        left = 0
        for item in self._shown():
            size = item.sizeHint()
            width = min(size.width(), room)
            if not rows or left + width > room:
                rows.append((0, []))
                left = 0
            height, items = rows[-1]
            rows[-1] = (max(height, size.height()), [*items, (item, width)])
            left += width + self.spacing()
        return rows
