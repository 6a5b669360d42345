"""A number set with a slider or typed in."""

from __future__ import annotations

from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtCore, QtWidgets, QWidget, Signal
from spikesift_gui.widgets.fields import NumberField
from spikesift_gui.widgets.labels import row

NARROWEST, WIDEST = 48, 110  # px, of the slider


class SlidingNumber(QWidget):
    """A slider and a field beside it; both change in steps from `low` to `high`.

    `changed` is emitted for what a person did, never for `show_value`.
    """

    changed = Signal(float)

    def __init__(self, name: str, low: float, high: float, *, step: float, unit: str = "", tip: str = ""):
        super().__init__()
        self._step = step
        self.slider = QtWidgets.QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(round(low / step), round(high / step))
        self.slider.setMinimumWidth(NARROWEST)
        self.slider.setMaximumWidth(WIDEST)
        self.field = NumberField(low, high, step=step, unit=unit)
        for part in (self.slider, self.field):
            part.setAccessibleName(name)
            part.setToolTip(tip)
        self.slider.valueChanged.connect(self._slid)
        self.field.changed.connect(self._typed)
        self.field.setMinimumWidth(0)  # as wide as its largest number
        self.field.setSizePolicy(QtWidgets.QSizePolicy.Policy.Fixed, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setLayout(row(self.slider, self.field, gap=SPACE))

    def show_value(self, value: float) -> None:
        """Show a value without telling anybody."""
        with QtCore.QSignalBlocker(self.slider):
            self.slider.setValue(round(value / self._step))
        self.field.show_value(value)

    def _slid(self, place: int) -> None:
        value = round(place * self._step, 6)
        self.field.show_value(value)
        self.changed.emit(value)

    def _typed(self, value: float) -> None:
        with QtCore.QSignalBlocker(self.slider):
            self.slider.setValue(round(value / self._step))
        self.changed.emit(value)
