"""What can be done with the chosen contacts, in fields: shank, shape, arrange, repeat."""

from __future__ import annotations

from spikesift_gui.context import Context
from spikesift_gui.palette import SPACE
from spikesift_gui.probe_edits import ARRANGEMENTS
from spikesift_gui.qt import QtCore, QtWidgets, QWidget
from spikesift_gui.state import ProbeDraft
from spikesift_gui.widgets.buttons import button
from spikesift_gui.widgets.fields import NumberField, WholeNumberField, choice_field
from spikesift_gui.widgets.labels import column, label, row

SHAPES = (("unknown", "unknown"), ("round", "round"), ("rectangle", "rectangle"))
FIRST_SIZE = 15.0  # um, offered when a shape is chosen and no size is known
MOST_COPIES = 200
WIDEST_SHAPE, NARROWEST = 118, 60  # px, of fields


class ChosenContacts(QWidget):
    """Shows the chosen contacts of a probe; what is changed runs commands. `step` is the step of the grid, um."""

    def __init__(self, context: Context):
        super().__init__()
        self._context, self.step = context, 0.0
        self.words = label("", "caption")
        self.shank = WholeNumberField(0, 999, tip="The shank of the chosen contacts, counted from 0.")
        self.shape = choice_field(SHAPES, self._shape)
        self.shape.setToolTip("The shape of the chosen contacts, as it is drawn and written to probe files")
        self.width = NumberField(0, 5000, decimals=2, tip="Width of the chosen contacts, or diameter, in µm.")
        self.height = NumberField(0, 5000, decimals=2, tip="Height of the chosen contacts, in µm.")
        self.shank.changed.connect(lambda value: context.run("probe.shank", shank=value))
        self.width.changed.connect(lambda value: self._size(value, self.height.value()))
        self.height.changed.connect(lambda value: self._size(self.width.value(), value))
        self.arrange = choice_field(((name, words) for name, (words, _) in ARRANGEMENTS.items()), self._arrange)
        self.arrange.setPlaceholderText("Arrange…")
        self.arrange.setToolTip("Mirror, turn, align, spread or snap the chosen contacts")
        self.exclude = button(context, "channels.toggle", text="Leave out")
        self.setLayout(column(self._fields(), row(self.arrange, self.exclude, None), self._repeat(), gap=SPACE))

    def _fields(self) -> QtWidgets.QGridLayout:
        parts = (("Shank", self.shank), ("Shape", self.shape), ("Width µm", self.width), ("Height µm", self.height))
        return _in_columns(parts)

    def _repeat(self) -> QtWidgets.QVBoxLayout:
        self.columns = WholeNumberField(1, MOST_COPIES, tip="How many columns there are in the end.")
        self.rows = WholeNumberField(1, MOST_COPIES, tip="How many rows there are in the end.")
        self.x = NumberField(-10_000, 10_000, decimals=2, tip="From one column to the next, in µm.")
        self.y = NumberField(-10_000, 10_000, decimals=2, tip="From one row to the next, in µm.")
        for field, value in ((self.columns, 2), (self.rows, 1), (self.x, 250), (self.y, 25)):
            field.show_value(value)
        self.new_shanks = QtWidgets.QCheckBox("Each column is a shank")
        self.repeat = QtWidgets.QPushButton("Repeat")
        self.repeat.setToolTip("Copy the chosen contacts beside and above themselves")
        self.repeat.clicked.connect(self._run_repeat)
        parts = (("Columns", self.columns), ("Rows", self.rows), ("x step µm", self.x), ("y step µm", self.y))
        return column(_in_columns(parts), row(self.new_shanks, None, self.repeat), gap=SPACE // 2)

    def show_probe(self, probe: ProbeDraft) -> None:
        """Show what the chosen contacts have in common, or the first of them has."""
        self.setEnabled(bool(probe.chosen))
        self.arrange.setCurrentIndex(-1)
        if not probe.chosen:
            return
        first = probe.chosen[0]
        width, height = map(float, probe.layout.sizes[first])
        self.shank.show_value(int(probe.shanks[first]))
        shape = "rectangle" if height else "round" if width else "unknown"
        with QtCore.QSignalBlocker(self.shape):
            self.shape.setCurrentIndex(self.shape.findData(shape))
        self.width.show_value(width)
        self.height.show_value(height)
        self.width.setEnabled(shape != "unknown")
        self.height.setEnabled(shape == "rectangle")

    def _shape(self, shape: str) -> None:
        width = self.width.value() or FIRST_SIZE
        sizes = {"unknown": (0.0, 0.0), "round": (width, 0.0), "rectangle": (width, self.height.value() or width)}
        self._size(*sizes[shape])

    def _size(self, width: float, height: float) -> None:
        self._context.run("probe.size", width=width, height=height)

    def _arrange(self, how: str) -> None:
        self._context.run("probe.arrange", how=how, step=self.step)

    def _run_repeat(self) -> None:
        self._context.run(
            "probe.repeat",
            columns=self.columns.value(),
            rows=self.rows.value(),
            x=self.x.value(),
            y=self.y.value(),
            new_shanks=self.new_shanks.isChecked(),
        )


def _in_columns(parts: tuple[tuple[str, QWidget], ...]) -> QtWidgets.QGridLayout:
    grid = QtWidgets.QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(SPACE // 2)
    grid.setVerticalSpacing(2)
    for place, (words, field) in enumerate(parts):
        name = label(words, "caption")
        name.setBuddy(field)
        field.setAccessibleName(words)
        choice = isinstance(field, QtWidgets.QComboBox)
        field.setMinimumWidth(WIDEST_SHAPE if choice else NARROWEST)
        grid.addWidget(name, 0, place)
        grid.addWidget(field, 1, place)
        grid.setColumnStretch(place, 0 if choice else 1)
    return grid
