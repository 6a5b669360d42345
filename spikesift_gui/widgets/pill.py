"""A small rounded label with a mark: what state something is in."""

from __future__ import annotations

from spikesift_gui.palette import Palette
from spikesift_gui.qt import QtWidgets
from spikesift_gui.widgets.labels import label, row, set_kind
from spikesift_gui.widgets.marks import mark


class StatusPill(QtWidgets.QFrame):
    """Mark and words. `show_status` is called from the draw of the page or view around it."""

    def __init__(self, text: str = ""):
        super().__init__()
        self.setProperty("role", "pill")
        self._mark = label()
        self._text = label(text)
        layout = row(self._mark, self._text, gap=4)
        layout.setContentsMargins(8, 2, 10, 2)
        self.setLayout(layout)
        self.setMinimumHeight(24)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Fixed, QtWidgets.QSizePolicy.Policy.Fixed)

    def show_status(self, kind: str, text: str, palette: Palette, tip: str = "") -> None:
        """`kind`: "todo", "ok", "warning", "error", "busy" or "info"."""
        self._mark.setPixmap(mark(kind, palette, 14, self.devicePixelRatioF()))
        self._text.setText(text)
        self.setToolTip(tip)
        self.setAccessibleName(f"{text}: {kind}. {tip}")
        set_kind(self, kind)

    def text(self) -> str:
        """The words shown."""
        return self._text.text()
