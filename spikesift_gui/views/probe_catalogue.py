"""The catalogue of probes: search, picture, dimensions, and "use this one"."""

from __future__ import annotations

import numpy as np

from spikesift_core.probe import ImportedProbe
from spikesift_core.probe_catalogue import OWN, CatalogueEntry, catalogue, probe_of, search
from spikesift_core.probe_contacts import layout
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, QWidget
from spikesift_gui.state import State
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, button, column, label, row
from spikesift_gui.widgets.dimension_form import DimensionForm
from spikesift_gui.widgets.local_keys import LocalKeys
from spikesift_gui.widgets.probe_canvas import ProbeCanvas
from spikesift_gui.widgets.thumbnails import SIDE, thumbnail

LIST_WIDTH, FORM_WIDTH = 320, 240  # px
ENTRY = Qt.ItemDataRole.UserRole
FOUND_NOTHING = (
    "Try fewer words: a maker (Cambridge), a part number (NP1000), a number of contacts (64). Any other probe can be "
    "imported from a file, or drawn."
)


class ProbeCatalogue(View):
    """The list on the left; picture, dimensions and source of the entry on the right."""

    id = "probe-catalogue"
    title = "Catalogue"
    says = ()
    help = (
        "Probes to start from, all without network: your own, families by their dimensions, common layouts with the "
        "source of their dimensions, and Neuropixels by part number. Type any words to search: a maker, a name, a "
        "part number, a number of contacts. The picture shows the contacts with their channel numbers; the order in "
        "which they are wired depends on adapter and headstage, so check it in the view Wiring."
    )
    watches = ("view",)
    options = {"search": "", "entry": "", "kept": ""}

    def build(self) -> QWidget:
        """Search and list; picture and form."""
        self._entries: tuple[CatalogueEntry, ...] = ()
        self._kept: str | None = None
        self._shown: tuple | None = None
        self._pictures: dict[str, np.ndarray] = {}
        self.search = QtWidgets.QLineEdit()
        self.search.setPlaceholderText("Search: maker, name, part number, 64 …")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search the catalogue")
        self.search.textChanged.connect(lambda text: self.set_option("search", text))
        self.list = QtWidgets.QListWidget()
        self.list.setIconSize(QtCore.QSize(SIDE, SIDE))
        self.list.setAccessibleName("Probes")
        self.list.setUniformItemSizes(True)
        self.list.currentItemChanged.connect(self._chosen)
        self.list.itemActivated.connect(lambda _item: self._use())
        self.found = label("", "caption")
        left = QWidget()
        left.setLayout(column(self.search, self.list, self.found, gap=SPACE // 2, margin=SPACE))
        left.setFixedWidth(LIST_WIDTH)
        self.tools.addWidget(button(self.context, "probe.import", text="Import a file…", icon_name="open"))
        body = QWidget()
        body.setLayout(row(left, self._right(), gap=0))
        body.layout().setStretch(1, 1)
        LocalKeys(self.search, {"Down": self._to_list, "Return": self._use_found, "Enter": self._use_found})
        return body

    def _right(self) -> QWidget:
        self.name = label("", "section")
        self.words = label("", "muted", wrap=True)
        self.source = label("", "caption", wrap=True, selectable=True)
        self.picture = ProbeCanvas()
        self.form = DimensionForm()
        self.form.changed.connect(self._show_picture)
        self.problem = label("", "error", wrap=True)
        self.use = QtWidgets.QPushButton("Use this probe")
        self.use.setProperty("role", "primary")
        self.use.setToolTip("Take these contacts (Enter); the probe you have now can be put back with Ctrl+Z")
        self.use.clicked.connect(self._use)
        self.remove = QtWidgets.QPushButton("Remove…")
        self.remove.setToolTip("Remove this probe of yours from the catalogue")
        self.remove.hide()
        self.remove.clicked.connect(lambda: self.context.run("probe.forget", entry=self.option("entry")))
        self._side = QWidget()
        self._side.setLayout(column(self.form, self.problem, None))
        self._side.setFixedWidth(FORM_WIDTH)
        middle = row(self._side, self.picture, gap=2 * SPACE)
        middle.setStretch(1, 1)
        below = row(self.source, self.remove, self.use)
        below.setStretch(0, 1)
        right = QWidget()
        right.setLayout(column(self.name, self.words, middle, below, margin=SPACE))
        right.layout().setStretch(2, 1)
        return right

    def hint(self, state: State) -> Hint | None:
        """There is always a catalogue."""
        return None

    def take_focus(self) -> None:
        """A person can type at once."""
        self.search.setFocus()

    def draw(self, before: State | None, after: State) -> None:
        """Show what is found, and the entry chosen."""
        kept = self.option("kept", after)
        if kept != self._kept:
            self._kept = kept
            own = self.context.preferences.own_probes()
            self.compute("entries", lambda: catalogue(own), self._fill)
        if self.search.text() != self.option("search", after):
            self.search.setText(self.option("search", after))
        if before is None:
            self._shown = None
            self._paint_icons()
        self._filter(after)
        self._show_entry(after)

    # The list

    def _fill(self, entries: tuple[CatalogueEntry, ...]) -> None:
        self._entries = entries
        with QtCore.QSignalBlocker(self.list):
            self.list.clear()
            for entry in entries:
                self.list.addItem(_item(entry))
        self._filter(self.context.state)
        self._show_entry(self.context.state)
        self.compute("pictures", lambda: _pictures(entries), self._keep_pictures)

    def _keep_pictures(self, pictures: dict[str, np.ndarray]) -> None:
        self._pictures = pictures
        self._paint_icons()

    def _paint_icons(self) -> None:
        for place, entry in enumerate(self._entries):
            if entry.id in self._pictures:
                self.list.item(place).setIcon(thumbnail(self._pictures[entry.id], self.palette_now))

    def _filter(self, state: State) -> None:
        found = {entry.id for entry in search(self._entries, self.option("search", state))}
        for place in range(self.list.count()):
            item = self.list.item(place)
            item.setHidden(item.data(ENTRY) not in found)
        self.found.setText(f"{len(found)} of {len(self._entries)}" if found else "Nothing found")
        current = self.list.currentItem()
        if found and (current is None or current.isHidden()) and self._entries:
            first = next(place for place, entry in enumerate(self._entries) if entry.id in found)
            self.list.setCurrentRow(first)

    def _chosen(self, item: QtWidgets.QListWidgetItem | None) -> None:
        if item is not None:
            self.set_option("entry", item.data(ENTRY))

    def _in_sight(self) -> bool:
        """Whether an entry is chosen that the search finds."""
        current = self.list.currentItem()
        return current is not None and not current.isHidden()

    def _to_list(self) -> None:
        self.list.setFocus()

    # The entry

    def _entry(self, state: State) -> CatalogueEntry | None:
        wanted = self.option("entry", state)
        return next((entry for entry in self._entries if entry.id == wanted), None)

    def _show_entry(self, state: State) -> None:
        entry = self._entry(state)
        found = entry is not None and self._in_sight()
        self.use.setEnabled(found and not self.problem.text())
        for part in (self.picture, self.source, self.use):
            part.setVisible(found or not self._entries)
        if not found:
            self._show_nothing()
            return
        self.name.setText(f"{entry.name} · {entry.maker}" if entry.maker else entry.name)
        self.words.setText(entry.words)
        self.source.setText(f"{'File' if entry.kind == OWN else 'Dimensions'}: {entry.source}")
        self.remove.setVisible(entry.kind == OWN)
        self.form.show_dimensions(entry.dimensions)
        if self._shown is None or self._shown[0] != entry.id:
            self._show_picture()

    def _show_nothing(self) -> None:
        self.remove.hide()
        if self._entries:
            self._shown = None
            self._side.hide()
            self.name.setText("Nothing found")
            self.words.setText(FOUND_NOTHING)

    def _show_picture(self) -> None:
        entry = self._entry(self.context.state)
        values = self.form.values()
        self._shown = (entry.id, values)
        self.compute("probe", lambda: _probe_or_problem(entry, values), self._paint)

    def _paint(self, probe: ImportedProbe | str) -> None:
        bad = isinstance(probe, str)
        self.problem.setText(probe if bad else "")
        self._side.setVisible(bad or bool(self.form.fields))
        self.use.setEnabled(not bad and self._in_sight())
        contacts = layout(np.zeros((0, 2))) if bad else probe.layout
        self.picture.show_probe(contacts, (), self.palette_now)
        self.picture.fit()
        self.use.setText("Use this probe" if bad else f"Use this probe: {len(probe)} contacts")

    def _use_found(self) -> None:
        """Enter in the search: what was typed may not be drawn yet."""
        self._filter(self.context.state)
        if not self._in_sight():
            self.context.say(FOUND_NOTHING)
            return
        self._chosen(self.list.currentItem())
        self._show_entry(self.context.state)
        self._use()

    def _use(self) -> None:
        if self._entry(self.context.state) is not None:
            self.context.run("probe.take", entry=self.option("entry"), values=self.form.values())


def _item(entry: CatalogueEntry) -> QtWidgets.QListWidgetItem:
    unknown = "cannot be read" if entry.kind == OWN else "your dimensions"
    facts = [entry.maker, f"{entry.contacts} contacts" if entry.contacts else unknown]
    facts += [f"{entry.shanks} shanks"] if entry.shanks > 1 else []
    made = QtWidgets.QListWidgetItem(f"{entry.name}\n{' · '.join(fact for fact in facts if fact)}")
    made.setData(ENTRY, entry.id)
    made.setToolTip(entry.words)
    empty = QtGui.QPixmap(SIDE, SIDE)
    empty.fill(Qt.GlobalColor.transparent)
    made.setIcon(QtGui.QIcon(empty))
    return made


def _pictures(entries: tuple[CatalogueEntry, ...]) -> dict[str, np.ndarray]:
    """Positions of each entry that can be read."""
    found = {entry.id: _probe_or_problem(entry, {}) for entry in entries}
    return {name: probe.positions for name, probe in found.items() if not isinstance(probe, str)}


def _probe_or_problem(entry: CatalogueEntry, values: dict) -> ImportedProbe | str:
    try:
        return probe_of(entry, values)
    except ValueError as error:
        return str(error)
