"""Where each channel was in the tissue: import it, build it from rows and columns, or draw it."""

from __future__ import annotations

from pathlib import Path

from spikesift_gui.pages.base import Page
from spikesift_gui.palette import SPACE
from spikesift_gui.probe_words import probe_checks, probe_files
from spikesift_gui.qt import Qt, QtWidgets, QWidget
from spikesift_gui.state import State
from spikesift_gui.status import Status, probe_status
from spikesift_gui.views.probe_editor import ProbeEditor
from spikesift_gui.widgets import CheckList, button, card, column, label, row, scrolled, section_header
from spikesift_gui.widgets.probe_builder import ProbeBuilder
from spikesift_gui.widgets.probe_table import ContactsTable

RIGHT = 360  # px


class ProbePage(Page):
    """The editor and the checks on the left; import, build and the table on the right."""

    id = "probe"
    title = "Probe"
    icon = "probe"
    help = "Where each channel was in the tissue: import it, build it from rows and columns, or draw it."
    watches = ("probe", "recording", "checked")

    def build(self) -> QWidget:
        """Make all of it."""
        self._nearby: tuple[Path, ...] = ()
        self._nearby_of: Path | None = None
        self.editor = ProbeEditor(self.context)
        self.checks = CheckList(self.context)
        self.table = ContactsTable(self.context)
        self.builder = ProbeBuilder(self.context)
        body = QWidget()
        body.setLayout(row(self._left(), self._right(), gap=2 * SPACE))
        body.layout().setStretch(0, 1)
        return body

    def _left(self) -> QWidget:
        checks = card(column(section_header("Checks"), scrolled(column(self.checks, None))))
        left = QtWidgets.QSplitter(Qt.Orientation.Vertical)
        left.setChildrenCollapsible(False)
        left.setHandleWidth(2 * SPACE)
        left.addWidget(self.editor)
        left.addWidget(checks)
        left.setStretchFactor(0, 3)
        left.setStretchFactor(1, 1)
        left.setSizes([440, 170])
        return left

    def _right(self) -> QWidget:
        self.import_button = button(self.context, "probe.import", icon_name="open")
        self.import_first = button(self.context, "probe.import", icon_name="open", role="primary")
        self.save_button = button(self.context, "probe.save", icon_name="save")
        files = row(self.import_first, self.import_button, self.save_button)
        build = card(column(label("Rows and columns", "section"), self.builder))
        clear = button(self.context, "probe.clear", text="Clear", role="quiet")
        contacts = card(column(row(label("Contacts", "section"), None, clear), self.table))
        self.next_buttons = {
            page: button(self.context, f"page.{page}", text=words, role="primary", icon_name="next")
            for page, words in (("recording", "Continue to Recording"), ("sort", "Continue to Sort"))
        }
        right = QWidget()
        right.setLayout(column(files, build, contacts, *self.next_buttons.values(), gap=2 * SPACE))
        right.layout().setStretch(2, 1)
        self._column = right
        return right

    @classmethod
    def status(cls, state: State) -> Status:
        """Mark in the navigation."""
        return probe_status(state)

    def draw(self, before: State | None, after: State) -> None:
        """Show the contacts and what there is to say about them."""
        self._column.setFixedWidth(round(RIGHT * (1 + after.appearance.scale) / 2))
        self.table.show_probe(after.probe)
        ready = after.checked.recording is not None
        empty = len(after.probe) == 0
        self.import_first.setVisible(empty)
        self.import_button.setHidden(empty)
        self.next_buttons["sort"].setVisible(ready)
        self.next_buttons["recording"].setVisible(not ready and not empty)
        path = after.recording.path
        if path != self._nearby_of:
            self._nearby, self._nearby_of = (), path
            self.compute("nearby", lambda: probe_files(path), self._show_nearby)
        self._show_checks(after)

    def _show_nearby(self, files: tuple[Path, ...]) -> None:
        self._nearby = files
        self._show_checks(self.context.state)

    def _show_checks(self, state: State) -> None:
        self.checks.show_checks(probe_checks(state, self._nearby))
