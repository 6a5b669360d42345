"""A form made from a table of parameters: label, field with unit, help, limits, and a mark for what was changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from spikesift_core.messages import listed_numbers
from spikesift_core.parameters import Parameter, checked, value_words
from spikesift_core.signal_options import Option
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtWidgets, QWidget, Signal
from spikesift_gui.widgets import ListField, NumberField, choice_field, label, set_kind

FIELD_WIDTH = 128  # px
LONGEST_UNIT = 4  # letters; a longer unit stands beside the field


class ParameterForm(QWidget):
    """One row for each parameter; `changed(name, value)` is emitted for what a person did, never for `show_values`.

    Parameters
    ----------
    table : rows such as `spikesift_core.parameters.TABLE` and `spikesift_core.signal_options.OPTION_TABLE`.
    choices : for parameters that are chosen rather than typed, name to (value, words) pairs; options have theirs.
    """

    changed = Signal(str, object)

    def __init__(
        self,
        table: Iterable[Parameter | Option],
        choices: Mapping[str, tuple[tuple[float, str], ...]] | None = None,
    ):
        super().__init__()
        self.fields: dict[str, QWidget] = {}
        self._marks: dict[str, QtWidgets.QLabel] = {}
        self._units: dict[str, str] = {}  # those too long to stand in the field
        self._values: Mapping[str, Any] = {}
        self._base: Mapping[str, Any] = {}
        self._grid = QtWidgets.QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * SPACE)
        self._grid.setVerticalSpacing(SPACE // 2)
        self._grid.setColumnStretch(0, 1)
        for parameter in table:
            own = parameter.choices if isinstance(parameter, Option) else None
            self._add(parameter, own or (choices or {}).get(parameter.name))
        self.setLayout(self._grid)

    def show_values(self, values: Mapping[str, Any], base: Mapping[str, Any]) -> None:
        """Show these values; those that differ from `base` (the preset) are marked, with the preset's value."""
        self._values, self._base = values, base
        for name, field in self.fields.items():
            if isinstance(field, QtWidgets.QComboBox):
                field.setCurrentIndex(field.findData(values[name]))
            else:
                field.show_value(values[name])
            self._mark(name)

    def _mark(self, name: str) -> None:
        value, usual = self._values[name], self._base[name]
        set_kind(self.fields[name], "changed" if value != usual else "")
        words = [self._units[name], f"preset: {value_words(usual)}" if value != usual else ""]
        self._marks[name].setText("\n".join(word for word in words if word))

    def _judge(self, name: str, problem: str) -> None:
        """What was typed cannot be read: say beside it what is used instead. It can: mark it as usual."""
        if problem:
            self._marks[name].setText(f"not a list; {value_words(self._values[name])} is used")
        else:
            self._mark(name)

    def _add(self, parameter: Parameter | Option, choices: tuple[tuple[Any, str], ...] | None) -> None:
        at = self._grid.rowCount()
        field = self._field(parameter, choices)
        mark = label("", "caption", wrap=True)
        mark.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        mark.setMaximumWidth(FIELD_WIDTH)
        name = label(parameter.label)
        name.setBuddy(field)
        name.setToolTip(field.toolTip())
        field.setAccessibleName(parameter.label)
        help_text = label(parameter.help, "caption", wrap=True)
        field.setFixedWidth(FIELD_WIDTH)
        self._grid.addWidget(name, at, 0)
        self._grid.addWidget(field, at, 1)
        self._grid.addWidget(mark, at + 1, 1)
        self._grid.addWidget(help_text, at + 1, 0)
        self._grid.setRowMinimumHeight(at + 2, SPACE)
        self.fields[parameter.name], self._marks[parameter.name] = field, mark

    def _field(self, parameter: Parameter | Option, choices: tuple[tuple[Any, str], ...] | None) -> QWidget:
        tell = self._teller(parameter.name)
        self._units[parameter.name] = ""
        if choices:
            field: QWidget = choice_field(choices, tell)
        elif isinstance(parameter, Option):
            field = ListField(lambda text: checked(parameter.name, text), listed_numbers, empty="none")
            field.changed.connect(tell)
            field.judged.connect(lambda problem: self._judge(parameter.name, problem))
        else:
            low, high = limits(parameter)
            short = len(parameter.unit) <= LONGEST_UNIT
            self._units[parameter.name] = "" if short else parameter.unit
            field = NumberField(low, high, step=parameter.form_step, unit=parameter.unit if short else "")
            field.changed.connect(tell)
        field.setToolTip(explanation(parameter))
        return field

    def _teller(self, name: str) -> Callable[[Any], None]:
        return lambda value: self.changed.emit(name, value)


def limits(parameter: Parameter) -> tuple[float, float]:
    """The lowest and highest value a field of this parameter takes: what the form offers, inside what is allowed."""
    return parameter.soft_low, parameter.soft_high


def explanation(parameter: Parameter | Option) -> str:
    """What it does, what more and less of it do, what is allowed."""
    if isinstance(parameter, Option):
        return parameter.help
    unit = f" {parameter.unit}" if parameter.unit else ""
    offered = f"{parameter.soft_low:g} to {parameter.soft_high:g}{unit}"
    return f"{parameter.help}\n\n{parameter.more}\n{parameter.less}\n\nUsual: {parameter.default:g}. Here: {offered}."
