"""Families of probes by their parameters: tetrodes, columns, several shanks, Utah and other grids.

Each is a row of `FAMILIES`: a form, the catalogue and the checks read it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from spikesift_core.probe_contacts import ProbeLayout, layout


@dataclass(frozen=True)
class Dimension:
    """One parameter of a family: name, its words, unit ("" is a whole number without one), default, limits, help."""

    name: str
    words: str
    unit: str
    default: float
    low: float
    high: float
    help: str


@dataclass(frozen=True)
class Family:
    """One row of `FAMILIES`: id, name, what it is in a sentence, parameters, and `build(**values)`."""

    id: str
    name: str
    help: str
    dimensions: tuple[Dimension, ...]
    build: Callable[..., ProbeLayout]


def _count(name: str, words: str, default: int, help_text: str, low: int = 1, high: int = 2000) -> Dimension:
    return Dimension(name, words, "", default, low, high, help_text)


def _distance(name: str, words: str, default: float, help_text: str, low: float = -10_000.0) -> Dimension:
    return Dimension(name, words, "um", default, low, 10_000.0, help_text)


SIZE = _distance("diameter", "Contact", 0, "Diameter of a contact, only for the picture; 0: not known.", 0)
PITCH = _distance("pitch", "Pitch", 25, "Distance from one contact to the next, in the same column.", 0)
SHANKS = _count("shanks", "Shanks", 1, "How many shanks side by side.")
SHANK_PITCH = _distance("shank_pitch", "Between shanks", 250, "Distance from one shank to the next.", 0)
ON_SHANKS = (SHANKS, SHANK_PITCH, SIZE)


def grid(rows: int, columns: int, pitch_x, pitch_y, stagger=0.0, shanks: int = 1, shank_pitch=250.0) -> np.ndarray:
    """Contacts in rows and columns, from the lowest row up, each row from left to right, shank after shank.

    Parameters
    ----------
    rows, columns : how many on each shank, 1 or more.
    pitch_x, pitch_y : distance between columns and between rows, um.
    stagger : every second row is moved to the right by this, um.
    shanks, shank_pitch : number of shanks and the distance from one to the next, um.

    Returns
    -------
    (shanks * rows * columns, 2) float32, um.
    """
    for name, value in (("rows", rows), ("columns", columns), ("shanks", shanks)):
        if isinstance(value, bool) or int(value) != value or value < 1:
            raise ValueError(f"{name} must be a whole number, 1 or more, not {value!r}.")
    for name, value in (("pitch_x", pitch_x), ("pitch_y", pitch_y), ("stagger", stagger), ("shank_pitch", shank_pitch)):
        if not np.isfinite(value):
            raise ValueError(f"{name} must be a number of um, not {value!r}.")
    shank, row, column = (index.ravel() for index in np.indices((int(shanks), int(rows), int(columns))))
    x = shank * shank_pitch + column * pitch_x + (row % 2) * stagger
    return np.column_stack([x, row * pitch_y]).astype(np.float32)


def on_shanks(one, shanks: int, shank_pitch: float, diameter: float = 0.0) -> ProbeLayout:
    """The contacts of one shank, (n, 2) um, on several shanks side by side; round ones of `diameter` um."""
    one = np.asarray(one, float)
    shank = np.repeat(np.arange(int(shanks)), len(one))
    positions = np.tile(one, (int(shanks), 1)) + np.column_stack([shank * shank_pitch, 0.0 * shank])
    return layout(positions, shank, np.tile([diameter, 0.0], (len(shank), 1)))


def _wires(wires: int) -> Callable[..., ProbeLayout]:
    def build(bundles: int, spacing: float, bundle_pitch: float, diameter: float) -> ProbeLayout:
        return on_shanks(grid(wires // 2, 2, spacing, spacing), bundles, bundle_pitch, diameter)

    return build


def _linear(contacts: int, pitch: float, shanks: int, shank_pitch: float, diameter: float) -> ProbeLayout:
    return on_shanks(grid(contacts, 1, 0, pitch), shanks, shank_pitch, diameter)


def _two_columns(rows, pitch, between, stagger, shanks, shank_pitch, diameter) -> ProbeLayout:
    left = np.column_stack([np.zeros(int(rows)), pitch * np.arange(int(rows))])
    return on_shanks(_upwards(left, left + [between, stagger]), shanks, shank_pitch, diameter)


def _three_columns(rows, middle, pitch, between, stagger, shanks, shank_pitch, diameter) -> ProbeLayout:
    side = np.column_stack([np.zeros(int(rows)), pitch * np.arange(int(rows))])
    centre = np.column_stack([np.full(int(middle), between), stagger + pitch * np.arange(int(middle))])
    return on_shanks(_upwards(side, centre, side + [2 * between, 0]), shanks, shank_pitch, diameter)


def _upwards(*columns: np.ndarray) -> np.ndarray:
    """All contacts in the order of their height, those of equal height from left to right; the lowest at 0."""
    contacts = np.concatenate(columns)
    contacts = contacts - [0.0, contacts[:, 1].min()]
    return contacts[np.lexsort((contacts[:, 0], contacts[:, 1]))]


def _rows_and_columns(rows, columns, pitch_x, pitch_y, stagger, shanks, shank_pitch, diameter) -> ProbeLayout:
    return on_shanks(grid(rows, columns, pitch_x, pitch_y, stagger), shanks, shank_pitch, diameter)


def _array(rows: int, columns: int, pitch: float, corners: int, diameter: float) -> ProbeLayout:
    contacts = grid(rows, columns, pitch, pitch)
    if not corners and min(rows, columns) > 2:
        outer = np.isin(contacts, [[0.0], [0.0]]) | (contacts == contacts.max(axis=0))
        contacts = contacts[~outer.all(axis=1)]
    return on_shanks(contacts, 1, 0.0, diameter)


def _bundles(name: str, words: str) -> tuple[Dimension, ...]:
    return (
        _count("bundles", words, 1, f"How many {name}. Units are found within each."),
        _distance("spacing", "Wire spacing", 25, "Distance from one wire to the next in a bundle.", 0),
        _distance("bundle_pitch", "Between bundles", 300, "So far apart that no spike is seen on two of them.", 0),
        SIZE,
    )


def _square(rows: int, pitch: float, corners: int, diameter: float) -> tuple[Dimension, ...]:
    return (
        _count("rows", "Rows", rows, "Contacts from bottom to top."),
        _count("columns", "Columns", rows, "Contacts from left to right."),
        _distance("pitch", "Pitch", pitch, "Distance from one contact to the next.", 0),
        _count("corners", "Corners", corners, "1: the four corners have a contact; 0: they have none.", 0, 1),
        Dimension(SIZE.name, SIZE.words, SIZE.unit, diameter, SIZE.low, SIZE.high, SIZE.help),
    )


FAMILIES: tuple[Family, ...] = (
    Family("tetrodes", "Tetrodes", "Bundles of four wires.", _bundles("tetrodes", "Tetrodes"), _wires(4)),
    Family("stereotrodes", "Stereotrodes", "Pairs of wires.", _bundles("stereotrodes", "Stereotrodes"), _wires(2)),
    Family(
        "linear",
        "Linear probe",
        "One column of contacts on each shank.",
        (_count("contacts", "Contacts", 16, "How many on each shank."), PITCH, *ON_SHANKS),
        _linear,
    ),
    Family(
        "two-columns",
        "Staggered polytrode, two columns",
        "Two columns, the right one moved up.",
        (
            _count("rows", "Contacts a column", 16, "How many in each of the two columns."),
            PITCH,
            _distance("between", "Between columns", 20, "Distance from one column to the other.", 0),
            _distance("stagger", "Stagger", 12.5, "How much higher the right column is."),
            *ON_SHANKS,
        ),
        _two_columns,
    ),
    Family(
        "three-columns",
        "Staggered polytrode, three columns",
        "Three columns, the middle one moved up (or down).",
        (
            _count("rows", "Outer columns", 10, "How many contacts in the left and in the right column."),
            _count("middle", "Middle column", 12, "How many contacts in the middle column."),
            PITCH,
            _distance("between", "Between columns", 20, "Distance from one column to the next.", 0),
            _distance("stagger", "Stagger", -12.5, "How much higher the middle column begins."),
            *ON_SHANKS,
        ),
        _three_columns,
    ),
    Family(
        "rows-columns",
        "Rows and columns, several shanks",
        "A grid of contacts on each shank, every second row moved.",
        (
            _count("rows", "Rows", 16, "Contacts along each shank."),
            _count("columns", "Columns", 2, "Contacts across each shank."),
            _distance("pitch_x", "Between columns", 20, "Distance from one column to the next.", 0),
            _distance("pitch_y", "Between rows", 20, "Distance from one row to the next.", 0),
            _distance("stagger", "Stagger", 0, "Every second row is moved to the right by this."),
            *ON_SHANKS,
        ),
        _rows_and_columns,
    ),
    Family("utah", "Utah array", "A square array of needles.", _square(10, 400, 0, 0), _array),
    Family("mea", "Multi-electrode array (MEA)", "A square grid on a dish or chip.", _square(8, 200, 0, 30), _array),
)


def family(name: str) -> Family:
    """The family with this id.

    Raises
    ------
    ValueError
        If there is none.
    """
    for row in FAMILIES:
        if row.id == name:
            return row
    raise ValueError(f"There is no family of probes {name!r}; known are {', '.join(row.id for row in FAMILIES)}.")


def build(name: str, values: Mapping[str, float] | None = None) -> ProbeLayout:
    """The contacts of a family; what `values` does not hold has its default.

    Raises
    ------
    ValueError
        For a family or a parameter that does not exist, or a value outside its limits; the sentence names it.
    """
    row, values = family(name), dict(values or {})
    known = {dimension.name: dimension for dimension in row.dimensions}
    if values.keys() - known.keys():
        unknown = sorted(values.keys() - known.keys())[0]
        raise ValueError(f"{row.name} has no parameter {unknown!r}; it has {', '.join(known)}.")
    given = {name: values.get(name, dimension.default) for name, dimension in known.items()}
    for name, dimension in known.items():
        value = given[name]
        if not (np.isfinite(value) and dimension.low <= value <= dimension.high):
            unit = f" {dimension.unit}" if dimension.unit else ""
            allowed = f"{dimension.low:g} to {dimension.high:g}{unit}"
            raise ValueError(f"{row.name}: {dimension.words} must be {allowed}, not {value!r}.")
        if not dimension.unit:
            given[name] = int(value)
    return row.build(**given)
