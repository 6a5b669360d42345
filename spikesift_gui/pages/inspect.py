"""Look at the units: which are real, which are one, which are two."""

from __future__ import annotations

from spikesift_core.parameters import changed_from_preset, value_words
from spikesift_core.recording_files import named
from spikesift_gui.context import Context
from spikesift_gui.layouts import FIRST, LAYOUTS
from spikesift_gui.menus import bind_weak_keys
from spikesift_gui.pages.base import Page
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import QtWidgets, QWidget
from spikesift_gui.state import Result, State
from spikesift_gui.together import told_apart
from spikesift_gui.views import VIEWS
from spikesift_gui.widgets import Hint, column, label, row, tool_button
from spikesift_gui.widgets.dock_area import DockArea


class InspectPage(Page):
    """The page Inspect."""

    id = "inspect"
    title = "Inspect"
    icon = "inspect"
    help = "Look at the units: which are real, which are one, which are two."
    wide = True
    watches = ("results",)
    parts = tuple(view for view in VIEWS if view.id in FIRST.views)

    def build(self) -> QWidget:
        """Which result, what it came from, and the views."""
        self.which = QtWidgets.QComboBox()
        self.which.setAccessibleName("Sorted recording")
        self.which.setToolTip("The sorted recording that is looked at")
        self.which.setMinimumWidth(220)
        self.which.activated.connect(lambda at: self.context.run("result.show", result_id=self.which.itemData(at)))
        self._words = label("", "muted")
        self._words.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Preferred)
        self.docks = _dock_area(self.context)
        body = QWidget(self._stack)
        body.setLayout(column(row(self.which, self._words, self._layouts()), self.docks, gap=SPACE))
        body.layout().setStretch(1, 1)
        body.layout().itemAt(0).layout().setStretch(1, 1)
        own = ("Space", "Shift+Space", "Backspace", "Home", "End")  # a table would take them to go from cell to cell
        bind_weak_keys(self.docks.view("units").table, self.context, own)
        self.context.wished.connect(self._grant)
        return body

    def _layouts(self) -> QtWidgets.QToolButton:
        """The layouts, and every view to be shown or hidden."""
        made = tool_button(self.context, "layout", "Layout of the views", lambda: None)
        made.setPopupMode(made.ToolButtonPopupMode.InstantPopup)
        menu = QtWidgets.QMenu(made)
        for command in [*(f"layout.{one.id}" for one in LAYOUTS), "layout.mine", "layout.keep"]:
            entry = menu.addAction(self.context.commands[command].name)
            entry.triggered.connect(lambda _checked, command=command: self.context.run(command))
        menu.addSeparator()
        for view in VIEWS:
            if view.id in FIRST.views:
                menu.addAction(self.docks.dock(view.id).toggleViewAction())
        made.setMenu(menu)
        return made

    def _grant(self, wish: str) -> None:
        """What only this page can do: go through the table, and lay the views out."""
        table = self.docks.view("units")
        steps = {"next": table.next, "previous": table.previous, "first": table.first, "last": table.last}
        layouts = {one.id: one for one in LAYOUTS}
        kind, _, name = wish.replace(".", " ").partition(" ")
        if kind == "units":
            steps[name]()
        elif kind == "layout" and name in layouts:
            self.docks.arrange(layouts[name])
        elif kind == "layout" and name == "keep":
            self.docks.save_layout("mine")
            self.context.say("Kept: “Layout: my own” brings it back.")
        elif kind == "layout" and not self.docks.restore_layout("mine"):
            self.context.say("No layout was kept yet: arrange the views, then “Keep this layout”.")

    def hint(self, state: State) -> Hint | None:
        """What is missing first."""
        if state.results.current is None:
            words = "The units of a sorted recording will appear here, in linked views."
            return Hint("Nothing sorted yet", words, "page.sort", "Go to Sort", "inspect")
        return None

    def draw(self, before: State | None, after: State) -> None:
        """Show which result it is; the views draw themselves."""
        self.which.clear()
        for result_id, name in told_apart(after.results.items).items():
            self.which.addItem(name, result_id)
        self.which.setCurrentIndex(self.which.findData(after.results.current_id))
        words = result_words(after.results.current)
        self._words.setText(words)
        self._words.setToolTip(words.replace(" · ", "\n"))

    def take_focus(self) -> None:
        """Up and Down go from unit to unit at once."""
        self.docks.give_focus(self.docks.view("units").table)

    def save_layout(self) -> None:
        """The window closes."""
        self.docks.save_layout()

    def restore_layout(self) -> None:
        """The window opens."""
        self.docks.restore_layout()

    def reset_layout(self) -> None:
        """As it was at first."""
        self.docks.reset_layout()


def _dock_area(context: Context) -> DockArea:
    classes = {view.id: view for view in VIEWS}
    places = [(classes[view], place, beside) for view, place, beside in FIRST.places()]
    docks = DockArea("inspect", context, places)
    for sizes, vertical in FIRST.shares():
        docks.share(sizes, vertical=vertical)
    return docks


def result_words(result: Result) -> str:
    """Where a result came from: settings, version, file, folder."""
    words = ["complete" if result.complete else "not complete"]
    if result.preset:
        words.append(f"preset {result.preset}{_changed_words(result)}")
    if result.version:
        words.append(f"version {result.version}")
    there = "" if result.merged or result.recording is None else named(result.recording.binary_files)
    words.append("merged" if result.merged else there or "recording not there")
    words.append(f"saved in {result.folder}" if result.folder else "not saved")
    return " · ".join(words)


def _changed_words(result: Result) -> str:
    changed = changed_from_preset(result.settings, result.preset)
    words = [f"{name.replace('_', ' ')} {value_words(value)}" for name, (_, value) in changed.items()]
    return f" but {', '.join(words)}" if words else ""
