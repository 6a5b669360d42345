"""The probe drawn by hand: add, drag, choose, delete, number, with the mouse and with keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from spikesift_gui.palette import SPACE
from spikesift_gui.probe_edits import ORDERS
from spikesift_gui.qt import Qt, QtWidgets, QWidget
from spikesift_gui.state import State
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, NumberField, choice_field, column, label, row, tool_button
from spikesift_gui.widgets.local_keys import LocalKeys
from spikesift_gui.widgets.probe_canvas import ProbeCanvas

# name: words, icon, tip
TOOLS = {
    "select": ("Select", "Click or frame contacts to choose them, drag to move them (V)"),
    "add": ("Add", "Click to add a contact on the next channel (A)"),
    "number": ("Number", "Click contacts in the order of their channels, from 0 (N)"),
}
FARTHER = 10  # times the step, with Shift


class ProbeEditor(View):
    """The contacts, with tools."""

    id = "probe-editor"
    title = "Contacts"
    help = (
        "Each square is a contact with the number of its channel in the recording. Select: click "
        "a contact, or draw a frame around several (with Shift: more); drag to move them. Add: each click is one more "
        "contact. Number: click the contacts in the order of their channels. Contacts closer than 1 µm clash and are "
        "red.\n\nArrow keys move the chosen contacts by exactly one step (Shift: ten), Delete deletes them, Ctrl+A "
        "chooses all, Ctrl+Z undoes. Wheel: zoom. Right or middle button: move the picture. F: show all of it."
    )
    watches = ("probe", "view")
    options = {"tool": "select", "snap": 5.0, "equal": None, "next": 0}

    def build(self) -> QWidget:
        """Tools, canvas, and the line below it."""
        self.canvas = ProbeCanvas()
        run = self.context.run
        self.canvas.chosen.connect(lambda contacts: run("probe.choose", contacts=contacts))
        self.canvas.moved_by.connect(self._moved)
        self.canvas.added.connect(lambda x, y: run("probe.add", x=x, y=y))
        self.canvas.numbered.connect(self._number)
        self.canvas.pointed.connect(lambda x, y: self.place.setText(f"x {x:.0f} µm, y {y:.0f} µm"))
        self._build_tools()
        self.snap = NumberField(0, 1000, step=1, unit="µm", decimals=2, tip="Distance of the grid, in µm; 0: no grid.")
        self.snap.changed.connect(lambda value: self.set_option("snap", value))
        self.order = choice_field(ORDERS.items(), lambda by: run("probe.order", by=by))
        self.order.setPlaceholderText("Number all…")
        self.order.setMaximumWidth(150)
        self.order.setToolTip("Number all contacts by where they are")
        self.words, self.place = label("", "caption"), label("", "caption")
        below = row(self.words, None, self.place, 4, label("Grid and step", "caption"), self.snap, self.order)
        below.setContentsMargins(SPACE + 4, 4, SPACE, SPACE)
        body = QWidget()
        body.setLayout(column(self.canvas, below, gap=0))
        body.layout().setStretch(0, 1)
        self._bind_keys()
        return body

    def _build_tools(self) -> None:
        self.tool_buttons: dict[str, QtWidgets.QPushButton] = {}
        group = QtWidgets.QButtonGroup(self)
        tools = row(gap=4)
        for name, (words, tip) in TOOLS.items():
            made = QtWidgets.QPushButton(words)
            made.setCheckable(True)
            made.setToolTip(tip)
            made.clicked.connect(partial(self._take, name))
            group.addButton(made)
            tools.addWidget(made)
            self.tool_buttons[name] = made
        self.tools.addLayout(tools)
        for icon, tip, action in (
            ("trash", "Delete the chosen contacts (Delete)", "probe.remove"),
            ("undo", "Undo (Ctrl+Z)", "edit.undo"),
            ("redo", "Redo (Ctrl+Y)", "edit.redo"),
            ("expand", "Show all of the probe (F)", self._fit),
        ):
            self.tools.addWidget(tool_button(self.context, icon, tip, action))
        tip = "The same scale for x and y; off lets a long thin probe fill the picture"
        self.equal = tool_button(self.context, "grid", tip, self._toggle_equal, checkable=True)
        self.tools.addWidget(self.equal)

    def _bind_keys(self) -> None:
        steps = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, 1), "Down": (0, -1)}
        actions: dict[str, Callable[[], object]] = {}
        for key, (x, y) in steps.items():
            actions[key] = partial(self._step, x, y)
            actions[f"Shift+{key}"] = partial(self._step, FARTHER * x, FARTHER * y)
        actions |= {"V": partial(self._take, "select"), "A": partial(self._take, "add")}
        actions |= {"N": partial(self._take, "number"), "F": self._fit}
        actions["Esc"] = lambda: self.context.run("probe.choose", contacts=[])
        LocalKeys(self.canvas.plot, actions)

    def hint(self, state: State) -> Hint | None:
        """There is always something to draw on."""
        return None

    def draw(self, before: State | None, after: State) -> None:
        """Show the contacts; another probe moves the picture to itself."""
        tool = self.option("tool", after)
        self.tool_buttons[tool].setChecked(True)
        self.canvas.tool, self.canvas.snap = tool, self.option("snap", after)
        self.canvas.setCursor(Qt.CursorShape.CrossCursor if tool == "add" else Qt.CursorShape.ArrowCursor)
        self.snap.show_value(self.option("snap", after))
        self.order.setCurrentIndex(-1)
        probe = after.probe
        self.canvas.show_probe(probe.positions, probe.chosen, self.palette_now)
        if before is None or _another(before, after) or self.option("equal", before) != self.option("equal", after):
            self._fit()
        self.words.setText(self._said(after))

    def _said(self, state: State) -> str:
        probe, tool = state.probe, self.option("tool", state)
        if tool == "number":
            following = self.option("next", state)
            return f"Click the contact of channel {following}" if following < len(probe) else "All are numbered"
        if not len(probe):
            return "Click to add the first contact" if tool == "add" else "No contacts yet"
        chosen = f"{len(probe.chosen)} chosen" if probe.chosen else "none chosen"
        return f"{len(probe)} contacts, {chosen}" + (f" · {probe.source}" if probe.source else "")

    # What a person does

    def _fit(self) -> None:
        self.canvas.fit(equal=self.option("equal"))
        self.equal.setChecked(bool(self.canvas.plot.getPlotItem().getViewBox().state["aspectLocked"]))

    def _toggle_equal(self) -> None:
        self.set_option("equal", self.equal.isChecked())

    def _take(self, tool: str) -> None:
        self.set_option("next", 0)
        self.set_option("tool", tool)

    def _number(self, contact: int) -> None:
        following = self.option("next")
        if following < len(self.context.state.probe) and self.context.run(
            "probe.number", contact=contact, channel=following
        ):
            self.set_option("next", following + 1)

    def _step(self, x: int, y: int) -> None:
        step = self.option("snap") or 1.0
        self.context.run("probe.move", x=x * step, y=y * step)

    def _moved(self, x: float, y: float) -> None:
        if not self.context.run("probe.move", x=x, y=y):
            probe = self.context.state.probe
            self.canvas.show_probe(probe.positions, probe.chosen, self.palette_now)


def _another(before: State, after: State) -> bool:
    """Whether this is another probe, not the same one with a contact moved or added."""
    if before.probe.positions is after.probe.positions:
        return False
    return before.probe.source != after.probe.source and abs(len(before.probe) - len(after.probe)) != 1
