"""Home: open something new, something saved, something recent."""

from __future__ import annotations

from pathlib import Path

from spikesift_gui.pages.base import Page
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtWidgets, QWidget
from spikesift_gui.state import State
from spikesift_gui.widgets import button, card, column, label, row, section_header


class HomePage(Page):
    """The first page."""

    id = "home"
    title = "Home"
    icon = "home"
    help = "From a raw recording to units that can be trusted."
    watches = ("recent",)

    def build(self) -> QWidget:
        """Two cards: start, recent."""
        self._recent = column(gap=2)
        start = card(
            column(
                section_header("Start", help_text="Drop a recording, a session folder or a probe file on this window."),
                SPACE,
                button(self.context, "file.open", role="primary", icon_name="open"),
                button(self.context, "session.open", icon_name="session"),
                None,
            )
        )
        recent = card(column(section_header("Recent"), SPACE, self._recent, None))
        start.setMinimumWidth(320)
        body = QWidget()
        body.setLayout(row(start, recent, gap=2 * SPACE))
        body.layout().setStretch(0, 2)
        body.layout().setStretch(1, 3)
        return body

    def draw(self, before: State | None, after: State) -> None:
        """Show the recent files, latest first."""
        while self._recent.count():
            self._recent.takeAt(0).widget().deleteLater()
        for entry in after.recent:
            self._recent.addWidget(self._entry(entry.kind, entry.path))
        if not after.recent:
            self._recent.addWidget(label("Recordings and sessions you open will be listed here.", "muted", wrap=True))

    def _entry(self, kind: str, path: Path) -> QtWidgets.QPushButton:
        icon_name = "session" if kind == "session" else "recording"
        words = f"{path.name}   —   {path.parent}"
        made = button(self.context, "file.open", text=words, role="row", icon_name=icon_name, path=path)
        made.setToolTip(f"Open the {kind} {path}")
        made.setEnabled(path.exists())
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        made.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Fixed)
        return made
