"""The probe drawn by hand: add, drag, choose, delete, number, with the mouse and with keys."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from spikesift_core.number_words import number_words
from spikesift_core.probe_adapters import adapters
from spikesift_gui.asked import excluded
from spikesift_gui.palette import SPACE
from spikesift_gui.probe_edits import ORDERS
from spikesift_gui.qt import Qt, QWidget
from spikesift_gui.state import State
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, NumberField, choice_buttons, choice_field, column, label, row, tool_button
from spikesift_gui.widgets.local_keys import LocalKeys
from spikesift_gui.widgets.probe_canvas import ProbeCanvas
from spikesift_gui.widgets.shortened import ShortenedLabel

# name: words, tip
TOOLS = {
    "select": ("Select", "Click or frame contacts to choose them, drag to move them (V)"),
    "add": ("Add", "Click to add a contact on the next channel (A)"),
    "number": ("Number", "Click contacts in the order of their channels, or draw a path over them (N)"),
    "measure": ("Measure", "Drag from one contact to another to see how far they are from each other (M)"),
}
TOOL_KEYS = {"V": "select", "A": "add", "N": "number", "M": "measure"}
FARTHER = 10  # times the step, with Shift
FIELD_WIDTH = 128  # px
ZOOM, PAN = 1.2, 0.1  # with a key: factor, and share of what is shown


class ProbeEditor(View):
    """The contacts, with tools."""

    id = "probe-editor"
    title = "Contacts"
    says = ("probe",)
    help = (
        "Each shape is a contact with the number of its channel in the recording. Select: click a contact, or draw a "
        "frame around several (with Shift: more); drag to move them. Add: each click is one more contact. Number: "
        "click the contacts in the order of their channels, or draw a path over them. Measure: drag from one contact "
        "to another. Contacts closer than 1 µm clash and are red, a red dotted line is a gap in a regular column, and "
        "a cross is a channel left out of sorting.\n\n"
        "Keys in the picture: arrows move the chosen contacts by exactly one step (Shift: ten steps); Ctrl + arrow "
        "chooses the next contact in that direction (with Shift: in addition); Alt + arrow moves the picture; + and - "
        "zoom, F shows all. Insert adds a contact one step above the chosen one, Ctrl+D copies the chosen ones, "
        "Enter numbers them (with the tool Number), X leaves them out of sorting, Delete deletes them, Ctrl+A chooses "
        "all, Esc none. V, A, N and M take the tools. Ctrl+C copies the table of contacts, Ctrl+V pastes one. Ctrl+Z "
        "undoes.\n\nWheel: zoom. Right or middle button: move the picture."
    )
    watches = ("probe", "view", "settings")
    options = {"tool": "select", "snap": 5.0, "equal": None, "next": 0}

    def build(self) -> QWidget:
        """Tools, canvas, and the line below it."""
        self.canvas = ProbeCanvas()
        run = self.context.run
        self.canvas.chosen.connect(lambda contacts: run("probe.choose", contacts=contacts))
        self.canvas.moved_by.connect(self._moved)
        self.canvas.added.connect(lambda x, y: run("probe.add", x=x, y=y))
        self.canvas.numbered.connect(self._number)
        self.canvas.measured.connect(lambda x, y: self.words.setText(distance_words(x, y)))
        self.canvas.pointed.connect(lambda x, y: self.place.setText(place_words(x, y, ".0f")))
        self._build_tools()
        tip = "Distance of the grid, and one step of the arrow keys, in µm; 0: no grid, steps of 1 µm."
        self.snap = NumberField(0, 1000, step=1, unit="µm", decimals=2, tip=tip)
        self.snap.setPrefix("Grid ")
        self.snap.setAccessibleName("Grid and step")
        self.snap.changed.connect(lambda value: self.set_option("snap", value))
        self.order = choice_field((), lambda chosen: run(chosen[0], **chosen[1]))
        self.order.setPlaceholderText("Number all…")
        self.order.setToolTip("Number all contacts by where they are, or as an adapter wires the sites of the probe")
        self.words, self.place = ShortenedLabel("", "caption", at_end=True), label("", "caption")
        above = row(*self.tool_buttons.values(), None, self.place, gap=4)
        below = row(self.words, self.snap, self.order)
        below.setStretch(0, 1)
        for line in (above, below):
            line.setContentsMargins(SPACE, 4, SPACE, 4)
        body = QWidget()
        body.setLayout(column(above, self.canvas, below, gap=0))
        body.layout().setStretch(1, 1)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(self.canvas.plot)  # after a click on a tool the keys are still those of the picture
        self._bind_keys()
        return body

    def _build_tools(self) -> None:
        self.tool_buttons = choice_buttons(self, TOOLS, self._take)
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
            actions[f"Ctrl+{key}"] = partial(self.context.run, "probe.go", x=x, y=y)
            actions[f"Ctrl+Shift+{key}"] = partial(self.context.run, "probe.go", x=x, y=y, more=True)
            actions[f"Alt+{key}"] = partial(self.canvas.pan, PAN * x, PAN * y)
        actions |= {letter: partial(self._take, tool) for letter, tool in TOOL_KEYS.items()}
        actions |= {"F": self._fit, "+": partial(self.canvas.zoom, 1 / ZOOM), "-": partial(self.canvas.zoom, ZOOM)}
        actions |= {"Ins": self._add_above, "Ctrl+D": self._copy, "X": partial(self.context.run, "channels.toggle")}
        actions |= {"Return": self._number_chosen, "Enter": self._number_chosen}
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
        self.canvas.path.setData([], [])
        cross = tool in ("add", "measure")
        self.canvas.setCursor(Qt.CursorShape.CrossCursor if cross else Qt.CursorShape.ArrowCursor)
        self.snap.show_value(self.option("snap", after))
        for field in (self.snap, self.order):
            field.setFixedWidth(round(FIELD_WIDTH * after.appearance.scale))
        if before is None or len(before.probe) != len(after.probe):
            self._offer_orders(len(after.probe))
        self.order.setCurrentIndex(-1)
        self._show(after)
        if before is None or _another(before, after) or self.option("equal", before) != self.option("equal", after):
            self._fit()
        elif before.probe.positions is not after.probe.positions and not self.canvas.shows_chosen():
            self._fit()  # copies and moved contacts are never out of sight
        self.words.setText(self._said(after))
        self.words.setToolTip(self.words.text())

    def _offer_orders(self, contacts: int) -> None:
        self.order.clear()
        for by, words in ORDERS.items():
            self.order.addItem(words, ("probe.order", {"by": by}))
        for name in adapters(contacts):
            self.order.addItem(f"as wired by {name}", ("probe.wire", {"adapter": name}))
        offered = [self.order.itemText(place) for place in range(self.order.count())]
        widest = max(map(self.order.fontMetrics().horizontalAdvance, offered))
        self.order.view().setMinimumWidth(widest + 4 * SPACE)

    def _said(self, state: State) -> str:
        probe, tool = state.probe, self.option("tool", state)
        if tool == "number":
            following = self.option("next", state)
            words = f"Click the contact of channel {following}, or draw a path over the next ones"
            return words if following < len(probe) else "All are numbered"
        if not len(probe):
            return "Click to add the first contact" if tool == "add" else "No contacts yet"
        if len(probe.chosen) == 2:
            first, second = (probe.positions[contact].astype(float) for contact in probe.chosen)
            return f"2 chosen, {distance_words(*(second - first))}"
        chosen = f"{len(probe.chosen)} of {len(probe)} contacts" if probe.chosen else f"{len(probe)} contacts"
        return f"{chosen} · {probe.source}" if probe.source else chosen

    # What a person does

    def _fit(self) -> None:
        self.canvas.fit(equal=self.option("equal"))
        self.equal.setChecked(bool(self.canvas.plot.getPlotItem().getViewBox().state["aspectLocked"]))

    def _toggle_equal(self) -> None:
        self.set_option("equal", self.equal.isChecked())

    def _take(self, tool: str) -> None:
        self.set_option("next", 0)
        self.set_option("tool", tool)

    def _number(self, contacts: list[int]) -> None:
        following = self.option("next")
        if following < len(self.context.state.probe) and self.context.run(
            "probe.number", contacts=contacts, channel=following
        ):
            self.set_option("next", following + len(contacts))

    def _number_chosen(self) -> None:
        chosen = self.context.state.probe.chosen
        if self.option("tool") == "number" and chosen:
            self._number(list(chosen))

    def _add_above(self) -> None:
        probe = self.context.state.probe
        x, y = probe.positions[probe.chosen[-1]].astype(float) if probe.chosen else (0.0, 0.0)
        self.context.run("probe.add", x=x, y=y + (self._step_size() if probe.chosen else 0.0))

    def _copy(self) -> None:
        step = self._step_size()
        self.context.run("probe.repeat", columns=2, rows=1, x=step, y=0.0)

    def _step_size(self) -> float:
        return self.option("snap") or 1.0

    def _show(self, state: State) -> None:
        self.canvas.show_probe(state.probe.layout, state.probe.chosen, self.palette_now, excluded(state))

    def _step(self, x: int, y: int) -> None:
        step = self._step_size()
        self.context.run("probe.move", x=x * step, y=y * step)

    def _moved(self, x: float, y: float) -> None:
        if not self.context.run("probe.move", x=x, y=y):
            self._show(self.context.state)


def place_words(x: float, y: float, form: str = ".4g") -> str:
    """Such as "x −20, y 100"; um."""
    return f"x {number_words(x, form)}, y {number_words(y, form)}"


def distance_words(x: float, y: float) -> str:
    """How far one place is from another, in words: across, along and together."""
    return f"{math.hypot(x, y):.4g} µm apart ({place_words(x, y)})"


def _another(before: State, after: State) -> bool:
    """Whether this is another probe, not the same one with a contact moved or added."""
    if before.probe.positions is after.probe.positions:
        return False
    return before.probe.source != after.probe.source and abs(len(before.probe) - len(after.probe)) != 1
