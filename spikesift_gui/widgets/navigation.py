"""The pages, at the left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from spikesift_gui.context import Context
from spikesift_gui.drawing import Drawn
from spikesift_gui.icons import icon
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import QSize, Qt, QtWidgets
from spikesift_gui.state import State
from spikesift_gui.widgets.labels import column, label, row
from spikesift_gui.widgets.marks import mark

WIDTH, HEIGHT = 160, 36  # px, of a button


class Navigation(Drawn):
    """One button for each row of the table of pages, with the mark of its state."""

    watches = ("page", "recording", "probe", "checked", "doubts", "results", "jobs")

    def __init__(self, context: Context, pages: Iterable[Any]):
        super().__init__(context)
        self.setObjectName("navigation")
        self._pages = tuple(pages)
        self._marks: dict[str, QtWidgets.QLabel] = {}
        self.buttons = {page.id: self._button(page) for page in self._pages}
        brand = label("SpikeSift")
        brand.setObjectName("brand")
        brand.setContentsMargins(SPACE, SPACE, 0, SPACE)
        self.setLayout(column(brand, SPACE // 2, *self.buttons.values(), None, gap=2, margin=SPACE))

    def draw(self, before: State | None, after: State) -> None:
        """Show which page it is and the marks."""
        palette = self.palette_now
        larger = max(1.0, after.appearance.scale)
        self.setFixedWidth(round(WIDTH * larger))
        for page in self._pages:
            chosen = page.id == after.page
            made = self.buttons[page.id]
            made.setFixedHeight(round(HEIGHT * larger))
            made.setChecked(chosen)
            made.setIcon(icon(page.icon, palette.accent if chosen else palette.muted))
            status = page.status(after)
            picture = self._marks[page.id]
            picture.setVisible(status is not None and status.kind != "todo")
            if status is not None:
                picture.setPixmap(mark(status.kind, palette, 14, self.devicePixelRatioF()))
                made.setToolTip(f"{page.help}\n{status.text}")

    def _button(self, page: Any) -> QtWidgets.QToolButton:
        made = QtWidgets.QToolButton()
        made.setText(f" {page.title}")
        made.setProperty("role", "navigation")
        made.setCheckable(True)
        made.setIconSize(QSize(18, 18))
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setToolTip(page.help)
        made.clicked.connect(lambda: self._go(page.id))
        picture = self._marks[page.id] = label()
        picture.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        picture.hide()
        made.setLayout(row(None, picture))
        made.layout().setContentsMargins(0, 0, 10, 0)
        return made

    def _go(self, page_id: str) -> None:
        self.context.run(f"page.{page_id}")
        self.buttons[page_id].setChecked(self.context.state.page == page_id)
