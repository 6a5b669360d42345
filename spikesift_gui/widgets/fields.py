"""Fields for numbers and choices. `changed` is emitted for what a person did, never for `show_value`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from spikesift_core.number_words import number_words
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, QWidget, Signal
from spikesift_gui.widgets.labels import label, set_kind

HIGHEST = 2**31 - 1
SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
_TIME = re.compile(r"\s*(\d+\.?\d*)\s*(ms|s|h|m|mi|min|)\s*")  # also while it is typed


class NumberField(QtWidgets.QDoubleSpinBox):
    """A number with its unit behind it; shows as many decimals as it needs."""

    changed = Signal(float)

    def __init__(self, low: float, high: float, *, step: float = 1.0, unit: str = "", decimals: int = 6, tip: str = ""):
        super().__init__()
        _prepare(self, unit, tip)
        self.setDecimals(decimals)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.valueChanged.connect(self.changed)

    def show_value(self, value: float) -> None:
        """Show a value without telling anybody."""
        if value != self.value():
            with QtCore.QSignalBlocker(self):
                self.setValue(value)

    def textFromValue(self, value: float) -> str:
        """Qt asks how to write a value: without needless zeros behind the point."""
        text = number_words(value, f".{self.decimals()}f")
        return text.rstrip("0").rstrip(".") if "." in text else text

    def valueFromText(self, text: str) -> float:
        """Qt asks what was typed; either minus sign will do."""
        return super().valueFromText(text.replace("−", "-"))

    def validate(self, text: str, position: int) -> tuple[QtGui.QValidator.State, str, int]:
        """Qt asks whether this may be typed."""
        return super().validate(text.replace("−", "-"), position)[0], text, position

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        """Scrolling over a form must not change it: the wheel works in the field that has the focus only."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class SamplesField(NumberField):
    """A number of samples; a time can be typed too, "90 s" or "5 min". `rate`: samples a second."""

    def __init__(self, high: float, tip: str):
        super().__init__(0, high, decimals=0, unit="samples", tip=f"{tip} A time can be typed too: 90 s, 5 min, 1 h.")
        self.rate = 30_000.0

    def validate(self, text: str, position: int) -> tuple[QtGui.QValidator.State, str, int]:
        """Qt asks whether this may be typed."""
        found = _TIME.fullmatch(text.removesuffix(self.suffix()))
        if found is None or found[1].isdigit() and not found[2]:
            return super().validate(text, position)
        states = QtGui.QValidator.State
        return states.Acceptable if found[2] in SECONDS else states.Intermediate, text, position

    def valueFromText(self, text: str) -> float:
        """Qt asks what was typed."""
        found = _TIME.fullmatch(text.removesuffix(self.suffix()))
        if found is None or found[2] not in SECONDS:
            return super().valueFromText(text)
        return float(round(float(found[1]) * SECONDS[found[2]] * self.rate))


class WholeNumberField(QtWidgets.QSpinBox):
    """A whole number with its unit behind it. With `empty` (words such as "all"), it can hold None."""

    changed = Signal(object)  # int, or None

    def __init__(
        self, low: int = 0, high: int = HIGHEST, *, step: int = 1, unit: str = "", empty: str = "", tip: str = ""
    ):
        super().__init__()
        _prepare(self, unit, tip)
        self._empty = bool(empty)
        self._low = low
        self.setRange(low - 1 if empty else low, high)
        self.setSpecialValueText(empty)
        self.setSingleStep(step)
        self.valueChanged.connect(lambda _value: self.changed.emit(self.number()))

    def number(self) -> int | None:
        """What it holds; None when it shows the words for empty."""
        return None if self._empty and self.value() < self._low else self.value()

    def show_value(self, value: int | None) -> None:
        """Show a value without telling anybody."""
        wanted = self._low - 1 if value is None else value
        if wanted != self.value():
            with QtCore.QSignalBlocker(self):
                self.setValue(wanted)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        """Scrolling over a form must not change it: the wheel works in the field that has the focus only."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class ListField(QtWidgets.QLineEdit):
    """Whole numbers as text, such as "3, 7, 12-15". What cannot be read is marked, said in the tooltip and by `judged`,
    and is no change.

    Parameters
    ----------
    read : text to value; raises ValueError in words.
    write : value to text, "" for nothing.
    empty : shown where there is nothing.
    """

    changed = Signal(object)
    judged = Signal(str)  # why what was typed cannot be read; "" when it can

    def __init__(self, read: Callable[[str], Any], write: Callable[[Any], str], *, empty: str = ""):
        super().__init__()
        self._read, self._write = read, write
        self._tip: str | None = None
        self._value: Any = None
        self.setPlaceholderText(empty)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.editingFinished.connect(self._finish)

    def show_value(self, value: Any) -> None:
        """Show a value without telling anybody."""
        self._value = value
        self.setText(self._write(value))
        if self._tip is not None:
            self.setToolTip(self._tip)

    def _finish(self) -> None:
        self._tip = self.toolTip() if self._tip is None else self._tip
        try:
            value = self._read(self.text())
        except ValueError as error:
            set_kind(self, "error")
            self.setToolTip(str(error))
            self.judged.emit(str(error))
            return
        self.setToolTip(self._tip)
        self.judged.emit("")
        if value != self._value:
            self.changed.emit(value)
        else:
            self.setText(self._write(value))


def choice_field(choices: Iterable[tuple[Any, str]], on_choice: Callable[[Any], Any]) -> QtWidgets.QComboBox:
    """A drop-down of (value, words); `on_choice(value)` is called for what a person chose.

    Show a value with `field.setCurrentIndex(field.findData(value))`, which does not call `on_choice`.
    """
    made = QtWidgets.QComboBox()
    for value, words in choices:
        made.addItem(words, value)
    made.activated.connect(lambda index: on_choice(made.itemData(index)))
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.wheelEvent = lambda event: event.ignore()
    return made


def form_grid(*rows: tuple[str, QWidget | None] | tuple[str, QWidget, str]) -> QtWidgets.QGridLayout:
    """Labels on the left, fields on the right: rows of (words, field) or (words, field, sentence below it); a row
    without a field, (words, None), is a heading."""
    grid = QtWidgets.QGridLayout()
    grid.setHorizontalSpacing(2 * SPACE)
    grid.setVerticalSpacing(SPACE)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setColumnStretch(1, 1)
    for words, field, *below in rows:
        at = grid.rowCount()
        if field is None:
            heading = label(words, "caption")
            heading.setContentsMargins(0, SPACE, 0, 0)
            grid.addWidget(heading, at, 0, 1, 2)
            continue
        name = label(words, "muted")
        name.setBuddy(field)
        field.setAccessibleName(words)
        grid.addWidget(name, at, 0)
        grid.addWidget(field, at, 1)
        if below:
            grid.addWidget(label(below[0], "caption", wrap=True), at + 1, 1)
    return grid


def _prepare(field: QtWidgets.QAbstractSpinBox, unit: str, tip: str) -> None:
    field.setKeyboardTracking(False)
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    field.setAlignment(Qt.AlignmentFlag.AlignRight)
    field.setSuffix(f" {unit}" if unit else "")
    field.setGroupSeparatorShown(False)
    field.setToolTip(tip)
    field.setMinimumWidth(120)
