"""The units as a table model: columns from one table, sorted and filtered by row numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikesift_gui.palette import Palette, selection_color
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets
from spikesift_gui.unit_colors import unit_palette

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
SWATCH = 11  # px
BAR = 3  # px, mark of the first and second selected unit
UNKNOWN = "–"


@dataclass(frozen=True)
class Column:
    """One column: name in `unit_columns`, header, what it is, how a value is written."""

    name: str
    title: str
    tip: str
    write: Callable[[float], str]


def _whole(value: float) -> str:
    return f"{value:.0f}"


def _three(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


COLUMNS: tuple[Column, ...] = (
    Column("id", "Unit", "Its number and colour; both stay the same everywhere", _whole),
    Column("segments", "Segments", "In how many it was found; ⚠ where not in all: select it to read why", _whole),
    Column("channel", "Ch", "Channel with its largest amplitude", _whole),
    Column("depth", "Depth (µm)", "y of its amplitude centre on the probe, mean of the segments", _whole),
    Column("spikes", "Spikes", "All its spikes", _whole),
    Column("rate", "Rate (Hz)", "Spikes per second of the segments it was found in", _three),
    Column(
        "amplitude",
        "Ampl.",
        "Mean peak amplitude on its channel, after the filter; in µV if the gain is known, else as in the file",
        _three,
    ),
    Column(
        "violations",
        "< 2 ms (%)",
        "Share of intervals between its spikes that are shorter than 2 ms, of all its spikes",
        _three,
    ),
    Column("presence", "Presence (%)", "Share of 100 equal parts of the recording with at least one spike", _whole),
    Column("drift", "Drift (µm)", "From its lowest to its highest amplitude centre, over the segments", _three),
)
NAMES = tuple(column.name for column in COLUMNS)


class UnitModel(QtCore.QAbstractTableModel):
    """Shows the units `order` picks out of `columns`."""

    def __init__(self):
        super().__init__()
        self._columns: Mapping[str, np.ndarray] = {}
        self._order = np.zeros(0, np.int64)
        self._total = 0
        self._amplitude_unit = ""
        self._palette: Palette | None = None
        self._selected: tuple[int, ...] = ()

    def show_units(
        self, columns: Mapping[str, np.ndarray], order: np.ndarray, total: int, amplitude_unit: str, palette: Palette
    ) -> None:
        """Show rows.

        Parameters
        ----------
        columns : see `spikesift_gui.units.unit_columns`.
        order : (rows,) int64, index into the columns of each row.
        total : segments in all.
        """
        self.beginResetModel()
        self._columns, self._order, self._total = columns, order, total
        self._amplitude_unit, self._palette = amplitude_unit, palette
        self.endResetModel()

    def mark_selected(self, units: tuple[int, ...]) -> None:
        """These ids are selected, best first: the first two get a coloured mark."""
        self._selected = units
        if len(self._order):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._order) - 1, 0))

    def unit(self, row: int) -> int:
        """Id of the unit in a row."""
        return int(self._columns["id"][self._order[row]])

    def units(self) -> list[int]:
        """Ids of all rows, from the top."""
        return [self.unit(row) for row in range(len(self._order))]

    def mark_of(self, row: int) -> str:
        """Colour of the mark of a row, "" for none."""
        unit = self.unit(row)
        return selection_color(self._palette, self._selected.index(unit)) if unit in self._selected else ""

    def color_of(self, row: int) -> str:
        """Colour of the unit in a row."""
        return unit_palette(self._selected)(self.unit(row))

    def rowCount(self, _parent: Any = None) -> int:
        return len(self._order)

    def columnCount(self, _parent: Any = None) -> int:
        return len(COLUMNS)

    def data(self, index: QtCore.QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(column, self._order[index.row()])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT
        if role == Qt.ItemDataRole.ForegroundRole and column.name == "segments":
            lost = self._columns["lost"][self._order[index.row()]]
            return QtGui.QColor(self._palette.warning) if lost else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip
        return None

    def headerData(self, section: int, orientation: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            unit = f" ({self._amplitude_unit})" if column.name == "amplitude" and self._amplitude_unit else ""
            return column.title + unit
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{column.tip}. In the filter: {column.name}"
        return RIGHT if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _words(self, column: Column, at: int) -> str:
        value = self._columns[column.name][at]
        if np.isnan(value):
            return UNKNOWN
        if column.name == "segments":
            lost = "⚠ " if self._columns["lost"][at] else ""
            return f"{lost}{value}/{self._total}"
        return column.write(float(value))


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
