"""A form made from the dimensions of a family of probes."""

from __future__ import annotations

from collections.abc import Iterable

from spikesift_core.probe_families import Dimension
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import QtWidgets, QWidget, Signal
from spikesift_gui.widgets.fields import NumberField, WholeNumberField
from spikesift_gui.widgets.labels import label

COLUMNS = 2


class DimensionForm(QWidget):
    """A field for each dimension; `changed` is emitted for what a person did. Attribute: fields (by name)."""

    changed = Signal()

    def __init__(self):
        super().__init__()
        self.fields: dict[str, NumberField | WholeNumberField] = {}
        self._shown: tuple[Dimension, ...] = ()
        self._grid = QtWidgets.QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE)
        self._grid.setVerticalSpacing(2)
        self.setLayout(self._grid)

    def show_dimensions(self, dimensions: Iterable[Dimension]) -> None:
        """Show these with their defaults; the same again keep what was typed in."""
        dimensions = tuple(dimensions)
        if dimensions == self._shown:
            return
        self._shown = dimensions
        self.fields = {}
        while self._grid.count():
            self._grid.takeAt(0).widget().deleteLater()
        for place, dimension in enumerate(dimensions):
            field = self.fields[dimension.name] = _field(dimension)
            field.changed.connect(lambda _value: self.changed.emit())
            name = label(dimension.words, "caption")
            name.setBuddy(field)
            line, at = divmod(place, COLUMNS)
            self._grid.setColumnStretch(at, 1)
            self._grid.addWidget(name, 2 * line, at)
            self._grid.addWidget(field, 2 * line + 1, at)
        self.setVisible(bool(dimensions))

    def values(self) -> dict[str, float]:
        """What the fields hold."""
        return {name: field.value() for name, field in self.fields.items()}


def _field(dimension: Dimension) -> NumberField | WholeNumberField:
    if dimension.unit:
        made = NumberField(dimension.low, dimension.high, unit="µm", decimals=2, tip=dimension.help)
    else:
        made = WholeNumberField(int(dimension.low), int(dimension.high), tip=dimension.help)
    made.show_value(dimension.default if dimension.unit else int(dimension.default))
    made.setAccessibleName(dimension.words)
    made.setMinimumWidth(80)
    return made
