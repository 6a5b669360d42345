"""The form that builds a probe from rows and columns."""

from __future__ import annotations

from spikesift_gui.context import Context
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import QtWidgets, QWidget
from spikesift_gui.widgets.fields import NumberField, WholeNumberField
from spikesift_gui.widgets.labels import label

MOST = 2000  # rows or columns


class ProbeBuilder(QWidget):
    """Rows, columns, distances, stagger; the button runs "probe.build"."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self.rows = WholeNumberField(1, MOST, tip="Contacts along the probe.")
        self.columns = WholeNumberField(1, MOST, tip="Contacts across the probe.")
        self.pitch_x = NumberField(0, 10_000, unit="µm", tip="Distance from one column to the next, in µm.")
        self.pitch_y = NumberField(0, 10_000, unit="µm", tip="Distance from one row to the next, in µm.")
        self.stagger = NumberField(
            -10_000, 10_000, unit="µm", tip="Every second row is moved to the right by this, in µm."
        )
        for field, value in ((self.rows, 16), (self.columns, 2), (self.pitch_x, 20), (self.pitch_y, 20)):
            field.show_value(value)
        self.build = QtWidgets.QPushButton("Build")
        self.build.setToolTip("Make the contacts anew like this (can be undone)")
        self.build.clicked.connect(self._build)
        grid = QtWidgets.QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(2)
        cells = (
            (("Rows", self.rows), ("Columns", self.columns), ("Stagger", self.stagger)),
            (("Between rows", self.pitch_y), ("Between columns", self.pitch_x), ("", self.build)),
        )
        for line, parts in enumerate(cells):
            for place, (words, part) in enumerate(parts):
                name = label(words, "caption")
                name.setBuddy(part)
                part.setAccessibleName(words or "Build")
                part.setMinimumWidth(80)
                grid.addWidget(name, 2 * line, place)
                grid.addWidget(part, 2 * line + 1, place)
                grid.setColumnStretch(place, 1)
        self.setLayout(grid)

    def _build(self) -> None:
        self._context.run(
            "probe.build",
            rows=self.rows.value(),
            columns=self.columns.value(),
            pitch_x=self.pitch_x.value(),
            pitch_y=self.pitch_y.value(),
            stagger=self.stagger.value(),
        )
