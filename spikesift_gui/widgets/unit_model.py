"""The units as a table model: columns from one table, sorted and filtered by row numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikesift_core.quality import LIMITS, METRICS, SHARES, Metric
from spikesift_gui.palette import Palette, selection_color
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets
from spikesift_gui.unit_colors import unit_palette
from spikesift_gui.widgets.swatches import SWATCH

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
BAR = 3  # px, mark of the first and second selected unit
ROLES = frozenset(  # Qt asks for twice as many when it paints
    (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.ForegroundRole,
        Qt.ItemDataRole.ToolTipRole,
    )
)
UNKNOWN, COMING = "–", "…"
UNTOLD = ", but its contamination is not known"


@dataclass(frozen=True)
class Column:
    """One column: name in `unit_columns`, header, what it is, how a value is written, why there may be none."""

    name: str
    title: str
    tip: str
    write: Callable[[float], str]
    missing: str = ""


def whole(value: float) -> str:
    """A whole number."""
    return f"{value:.0f}"


def three(value: float) -> str:
    """Three digits."""
    return f"{value:.0f}" if abs(value) >= 99.95 else f"{value:.1f}" if abs(value) >= 9.95 else f"{value:.2f}"


def percent(value: float) -> str:
    """A share as per cent, without the sign."""
    return three(100 * value)


WHOLE = {"segments", "channel", "spikes", "nearest", "rival", "depth"}


def _of_metric(metric: Metric) -> Column:
    write = percent if metric.unit == "%" else whole if metric.name in WHOLE else three
    unit = "" if metric.unit in ("", "d′") or metric.name == "amplitude" else f" ({metric.unit})"
    tip = f"{metric.definition}\nSource: {metric.source}."
    return Column(metric.name, f"{metric.title}{unit}", tip, write, metric.missing)


COLUMNS: tuple[Column, ...] = (
    Column("id", "Unit", "Its number and colour; both stay the same everywhere.", whole),
    Column(
        "failed",
        "Fails",
        f"How many limits it does not keep: {', '.join(limit.rule for limit in LIMITS)}.",
        whole,
        "contamination is not known yet",
    ),
    *map(_of_metric, METRICS),
)
BY_NAME = {column.name: column for column in COLUMNS}
NAMES = tuple(BY_NAME)
USUAL = (
    "id", "failed", "segments", "channel", "depth", "spikes", "rate", "amplitude", "snr", "presence", "contamination",
    "amplitude_cutoff", "drift", "isolation", "nearest",
)  # fmt: skip
LIMIT_OF = {limit.metric: limit for limit in LIMITS}


@dataclass(frozen=True, eq=False)
class Shown:
    """What the table shows.

    Attributes
    ----------
    columns : see `spikesift_gui.units.unit_columns`. order : (rows,) int64, index into the columns of each row.
    chosen : names of the columns, "id" first.
    unknown : name of a metric to the reason why no unit has it; waiting : whether the others that are not there are
        still to come.
    segments : in all. amplitude_unit : "µV", or "" where the gain is not known.
    """

    columns: Mapping[str, np.ndarray]
    order: np.ndarray
    chosen: tuple[str, ...]
    unknown: Mapping[str, str]
    waiting: bool
    segments: int
    amplitude_unit: str


NOTHING = Shown({}, np.zeros(0, np.int64), USUAL, {}, False, 0, "")


class UnitModel(QtCore.QAbstractTableModel):
    """Shows the units `order` picks out of `columns`."""

    def __init__(self):
        super().__init__()
        self._shown = NOTHING
        self._palette: Palette | None = None
        self._selected: tuple[int, ...] = ()
        self._units: list[int] = []

    def show_units(self, shown: Shown, palette: Palette) -> None:
        """Show these rows and columns."""
        self.beginResetModel()
        self._shown, self._palette = shown, palette
        self._units = shown.columns["id"][shown.order].tolist()
        self.endResetModel()

    def mark_selected(self, units: tuple[int, ...]) -> None:
        """These ids are selected, best first: the first two get a coloured mark. Paints nothing."""
        self._selected = units

    @property
    def selected(self) -> tuple[int, ...]:
        """The ids that are marked."""
        return self._selected

    def unit(self, row: int) -> int:
        """Id of the unit in a row."""
        return self._units[row]

    def units(self) -> list[int]:
        """Ids of all rows, from the top."""
        return self._units

    def section(self, name: str) -> int:
        """Place of a column, -1 when it is not shown."""
        return self._shown.chosen.index(name) if name in self._shown.chosen else -1

    def column(self, section: int) -> Column:
        """The column at a place."""
        return BY_NAME[self._shown.chosen[section]]

    def mark_of(self, row: int) -> str:
        """Colour of the mark of a row, "" for none."""
        unit = self.unit(row)
        return selection_color(self._palette, self._selected.index(unit)) if unit in self._selected else ""

    def color_of(self, row: int) -> str:
        """Colour of the unit in a row."""
        return unit_palette(self._selected)(self.unit(row))

    def rowCount(self, _parent: Any = None) -> int:
        return len(self._shown.order)

    def columnCount(self, _parent: Any = None) -> int:
        return len(self._shown.chosen)

    def data(self, index: QtCore.QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in ROLES:
            return None
        column, at = self.column(index.column()), self._shown.order[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(column, at)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT
        if role == Qt.ItemDataRole.ForegroundRole:
            return QtGui.QColor(self._palette.warning) if self._doubtful(column, at) else None
        return self._tip(column, at)

    def headerData(self, section: int, orientation: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.column(section)
        if role == Qt.ItemDataRole.DisplayRole:
            unit = self._shown.amplitude_unit if column.name == "amplitude" else ""
            return f"{column.title} ({unit})" if unit else column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            share = ", a share: 10% or 0.1" if column.name in SHARES else ""
            return f"{column.tip}\nIn the filter: {column.name}{share}. Right-click to choose columns."
        return RIGHT if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _value(self, column: Column, at: int) -> float | None:
        values = self._shown.columns.get(column.name)
        return None if values is None or np.isnan(values[at]) else float(values[at])

    def _words(self, column: Column, at: int) -> str:
        value = self._value(column, at)
        if value is None:
            return COMING if self._coming(column) else UNKNOWN
        if column.name == "segments":
            lost = "⚠ " if self._shown.columns["lost"][at] else ""
            return f"{lost}{value:.0f}/{self._shown.segments}"
        if column.name == "failed":
            return f"⚠ {value:.0f}" if value else "?" if self._untold(at) else "✓"
        return column.write(value)

    def _untold(self, at: int) -> bool:
        """Whether the contamination is not known, without which no unit is sure to be good."""
        values = self._shown.columns.get("contamination")
        return values is not None and bool(np.isnan(values[at]))

    def _coming(self, column: Column) -> bool:
        return self._shown.waiting and column.name not in self._shown.columns

    def _doubtful(self, column: Column, at: int) -> bool:
        if column.name == "segments":
            return bool(self._shown.columns["lost"][at])
        value = self._value(column, at)
        if value is None:
            return False
        limit = LIMIT_OF.get(column.name)
        return bool(value) if column.name == "failed" else limit is not None and bool(limit.failed(np.float64(value)))

    def _tip(self, column: Column, at: int) -> str:
        unit = int(self._shown.columns["id"][at])
        if self._coming(column):
            return "Being measured"
        if self._value(column, at) is None:
            why = self._shown.unknown.get(column.name, column.missing if column.name in self._shown.columns else "")
            return f"Not known of unit {unit}: {why}" if why else f"Not known of unit {unit}"
        if column.name == "failed":
            failed = [limit for limit in LIMITS if self._doubtful(BY_NAME[limit.metric], at)]
            words = "; ".join(f"{limit.words} ({limit.broken_rule})" for limit in failed)
            kept = f"Unit {unit} keeps every limit that could be looked at"
            return f"Unit {unit} {words}" if failed else kept + UNTOLD * self._untold(at)
        limit = LIMIT_OF.get(column.name)
        if limit is not None and self._doubtful(column, at):
            return f"Unit {unit} {limit.words}: {limit.broken_rule} ({limit.source})"
        return column.tip


class UnitDelegate(QtWidgets.QStyledItemDelegate):
    """Paints the unit's colour, and the mark of the first and second selected one, into the first column."""

    def paint(self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem, index: Any) -> None:
        super().paint(painter, option, index)
        model: UnitModel = index.model()
        box = option.rect
        swatch = QtCore.QRectF(box.left() + 8, box.center().y() - SWATCH / 2 + 0.5, SWATCH, SWATCH)
        painter.save()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(model.color_of(index.row())))
        painter.drawRoundedRect(swatch, 3, 3)
        mark = model.mark_of(index.row())
        if mark:
            painter.fillRect(QtCore.QRectF(box.left(), box.top(), BAR, box.height()), QtGui.QColor(mark))
        painter.restore()


def ordered(columns: Mapping[str, np.ndarray], wanted: np.ndarray, name: str, descending: bool) -> np.ndarray:
    """Indices (rows,) int64 of the `wanted` units (bool), sorted by a column; what is not known comes last."""
    values = np.asarray(columns[name], np.float64)
    keys = np.where(np.isnan(values), np.inf, -values if descending else values)
    order = np.lexsort((columns["id"], keys))
    return order[wanted[order]]
