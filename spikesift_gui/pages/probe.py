"""Where each channel was in the tissue: pick a probe, import it or draw it, and see whether it is wired like that."""

from __future__ import annotations

from pathlib import Path

from spikesift_gui.pages.base import Page
from spikesift_gui.palette import SPACE
from spikesift_gui.probe_words import probe_checks, probe_files
from spikesift_gui.qt import Qt, QtWidgets, QWidget
from spikesift_gui.state import State
from spikesift_gui.status import Status, probe_status
from spikesift_gui.views.probe_catalogue import ProbeCatalogue
from spikesift_gui.views.probe_editor import ProbeEditor
from spikesift_gui.views.probe_wiring import ProbeWiring
from spikesift_gui.widgets import CheckList, button, card, choice_buttons, column, label, row, scrolled
from spikesift_gui.widgets.probe_chosen import ChosenContacts
from spikesift_gui.widgets.probe_table import ContactsTable

RIGHT, LEAST_TABLE = 372, 110  # px
VIEWS = {  # as in the command probe.show: words, tip
    "catalogue": ("Catalogue", "Pick a probe by its name, or a family by its dimensions"),
    "draw": ("Draw", "The contacts, drawn and numbered by hand"),
    "wiring": ("Wiring", "Activity and noise on the contacts, beside the traces: is every wire where it should be?"),
}


class ProbePage(Page):
    """Catalogue, drawing or wiring with the checks on the left; files, chosen contacts and the table on the right."""

    id = "probe"
    title = "Probe"
    icon = "probe"
    help = "Where each channel was: pick, import or draw the probe, and check its wiring."
    watches = ("probe", "recording", "checked", "view", "settings")
    parts = (ProbeCatalogue, ProbeEditor, ProbeWiring, ContactsTable, ChosenContacts)

    def build(self) -> QWidget:
        """Make all of it."""
        self._nearby: tuple[Path, ...] = ()
        self._nearby_of: Path | None = None
        self.catalogue = self.context.made(ProbeCatalogue)
        self.editor = self.context.made(ProbeEditor)
        self.wiring = self.context.made(ProbeWiring)
        self.checks = CheckList(self.context)
        self.table = self.context.made(ContactsTable)
        self.chosen = self.context.made(ChosenContacts)
        self.view_buttons = choice_buttons(self, VIEWS, self._turn_to)
        for made in self.view_buttons.values():
            self.tools.addWidget(made)
        body = QWidget(self._stack)
        body.setLayout(row(self._left(), self._right(), gap=2 * SPACE))
        body.layout().setStretch(0, 1)
        return body

    def _left(self) -> QWidget:
        checks = card(column(scrolled(column(self.checks, None))), margin=SPACE)
        self._views = QtWidgets.QStackedWidget()
        for view in (self.catalogue, self.editor, self.wiring):
            self._views.addWidget(view)
        left = QtWidgets.QSplitter(Qt.Orientation.Vertical)
        left.setChildrenCollapsible(False)
        left.setHandleWidth(2 * SPACE)
        left.addWidget(self._views)
        left.addWidget(checks)
        left.setStretchFactor(0, 3)
        left.setStretchFactor(1, 1)
        left.setSizes([440, 170])
        return left

    def _right(self) -> QWidget:
        self.import_button = button(self.context, "probe.import", icon_name="open", text="Import…")
        self.import_first = button(self.context, "probe.import", icon_name="open", text="Import…", role="primary")
        self.save_button = button(self.context, "probe.save", icon_name="save", text="Save as…")
        self.keep_button = button(self.context, "probe.keep", text="Keep…")
        files = row(self.import_first, self.import_button, self.save_button, self.keep_button)
        self.chosen_card = card(column(label("Chosen contacts", "section"), self.chosen))
        copy = button(self.context, "probe.copy_table", text="Copy", role="quiet")
        paste = button(self.context, "probe.paste_table", text="Paste", role="quiet")
        clear = button(self.context, "probe.clear", text="Clear", role="quiet")
        contacts = card(column(row(label("Contacts", "section"), None, copy, paste, clear, gap=0), self.table))
        self.next_buttons = {
            page: button(self.context, f"page.{page}", text=words, role="primary", icon_name="next")
            for page, words in (("recording", "Continue to Recording"), ("sort", "Continue to Sort"))
        }
        self.table.setMinimumHeight(LEAST_TABLE)
        inside = column(self.chosen_card, contacts, gap=2 * SPACE)
        inside.setStretch(1, 1)
        right = QWidget()
        right.setLayout(column(files, scrolled(inside), *self.next_buttons.values(), gap=2 * SPACE))
        right.layout().setStretch(1, 1)
        self._column = right
        return right

    @classmethod
    def status(cls, state: State) -> Status:
        """Mark in the navigation."""
        return probe_status(state)

    def draw(self, before: State | None, after: State) -> None:
        """Show the view that was turned to, the contacts, and what there is to say about them."""
        shown = shown_view(after)
        self.view_buttons[shown].setChecked(True)
        self._turn_views(shown)
        self._column.setVisible(shown != "catalogue")
        self.chosen_card.setVisible(shown == "draw")
        self._column.setFixedWidth(round(RIGHT * (1 + after.appearance.scale) / 2))
        self.table.show_probe(after.probe)
        self.chosen.step = self.editor.option("snap", after)
        self.chosen.show_probe(after.probe)
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

    def take_focus(self) -> None:
        """The keys of the picture work at once, and a person can search at once."""
        shown = shown_view(self.context.state)
        if shown == "draw":
            self.editor.setFocus()
        elif shown == "catalogue":
            self.catalogue.take_focus()

    def _turn_views(self, shown: str) -> None:
        keys, left = QtWidgets.QApplication.focusWidget(), self._views.currentWidget()
        self._views.setCurrentIndex(list(VIEWS).index(shown))
        if shown == "draw" and keys is not None and left is not self.editor and left.isAncestorOf(keys):
            self.editor.setFocus()  # not its first button, which deletes

    def _turn_to(self, name: str) -> None:
        self.context.run("probe.show", view=name)
        if name == "catalogue":
            self.catalogue.take_focus()

    def _show_nearby(self, files: tuple[Path, ...]) -> None:
        self._nearby = files
        self._show_checks(self.context.state)

    def _show_checks(self, state: State) -> None:
        self.checks.show_checks(probe_checks(state, self._nearby))


def shown_view(state: State) -> str:
    """Which of `VIEWS` is shown; until a person says, the catalogue while there are no contacts."""
    return state.view.options.get("probe-page.shown") or ("draw" if len(state.probe) else "catalogue")
