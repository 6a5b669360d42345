"""Probe geometry: where each contact is. Read and write it in the usual formats, make grids, find clashes.

A geometry is an array (channels, 2) of x, y in um whose rows are in the order of the recording's channels. Probe
files often list contacts in another order and count channels from 0 or from 1; `import_probe` puts the rows in
the order of the channels and says in words what it did.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikesift_core import probe_json, probe_matlab, probe_prb, probe_table
from spikesift_core.probe_contacts import Contacts
from spikesift_core.replacing import replacing


@dataclass(frozen=True)
class ImportedProbe:
    """A probe as a recording needs it: one row for each channel, in the order of the channels.

    Attributes
    ----------
    positions : (channels, 2) float32, x and y in um.
    shanks : (channels,) int64, shank of each contact, counted from 0.
    contact_ids : name of each contact in the probe file.
    channels : (channels,) int64, the channel number of each row, counted from 0.
    connected : (channels,) bool, False where the probe file says that the channel is in the file but not in use.
    notes : what was done and what looks odd, one sentence each.
    """

    positions: np.ndarray
    shanks: np.ndarray
    contact_ids: tuple[str, ...]
    channels: np.ndarray
    connected: np.ndarray
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.positions)


@dataclass(frozen=True)
class ProbeFormat:
    """One row of `FORMATS`: suffix, name in words, reader, and writer where the format can be written."""

    suffix: str
    name: str
    read: Callable[[Path], Contacts]
    write: Callable[[Path, np.ndarray, np.ndarray], None] | None = None


FORMATS: tuple[ProbeFormat, ...] = (
    ProbeFormat(".csv", "table of x, y (comma, semicolon, tab or space)", probe_table.read_csv, probe_table.write_csv),
    ProbeFormat(".txt", "table of x, y (comma, semicolon, tab or space)", probe_table.read_csv, probe_table.write_csv),
    ProbeFormat(".tsv", "table of x, y (comma, semicolon, tab or space)", probe_table.read_csv, probe_table.write_csv),
    ProbeFormat(".npy", "NumPy array (channels, 2)", probe_table.read_npy, probe_table.write_npy),
    ProbeFormat(".json", "probeinterface", probe_json.read_json, probe_json.write_json),
    ProbeFormat(".prb", "PRB (klusta, phy, SpyKING CIRCUS)", probe_prb.read_prb, probe_prb.write_prb),
    ProbeFormat(".mat", "Kilosort channel map", probe_matlab.read_mat),
)


def import_probe(path) -> ImportedProbe:
    """Read a probe file of any format in `FORMATS`, told apart by the suffix.

    Raises
    ------
    ValueError
        If the file cannot be read or does not hold a probe; the sentence names the file and what is wrong.
    """
    path = Path(os.fspath(path))
    reader = _format_of(path).read
    try:
        contacts = reader(path)
    except OSError as error:
        raise ValueError(f"The probe file {path} cannot be read: {error.strerror or error}.") from error
    try:
        return _imported(contacts)
    except ValueError as error:
        raise ValueError(f"The probe file {path}: {error}") from error


def read_probe(path) -> np.ndarray:
    """The positions in a probe file, (channels, 2) float32 in um, rows in the order of the recording's channels.

    Raises
    ------
    ValueError
        As `import_probe`, which also gives shanks, names and notes.
    """
    return import_probe(path).positions


def write_probe(path, positions, shanks=None) -> None:
    """Write positions in the format of the suffix: .csv, .txt, .tsv, .npy, .json or .prb.

    Parameters
    ----------
    path : file to write; an existing one is replaced only when the new one is complete.
    positions : (channels, 2), um, in the order of the recording's channels.
    shanks : (channels,) whole numbers, or None for one shank. Not kept in `.npy`.

    Raises
    ------
    ValueError
        For a suffix that cannot be written, or positions that are not a geometry.
    """
    path = Path(os.fspath(path))
    probe_format = _format_of(path)
    if probe_format.write is None:
        writable = ", ".join(row.suffix for row in FORMATS if row.write)
        raise ValueError(f"{path.name}: {probe_format.suffix} files can be read but not written; use {writable}.")
    positions = _checked(positions)
    shanks = np.zeros(len(positions), dtype=np.int64) if shanks is None else np.asarray(shanks, dtype=np.int64)
    if shanks.shape != (len(positions),):
        raise ValueError(f"shanks must be one whole number for each of {len(positions)} contacts, not {shanks.shape}.")
    try:
        with replacing(path) as temporary:
            probe_format.write(temporary, positions, shanks)
    except OSError as error:
        raise ValueError(f"The probe file {path} cannot be written: {error.strerror or error}.") from error


def grid(
    rows: int, columns: int, pitch_x: float, pitch_y: float, stagger: float = 0.0, shanks: int = 1, shank_pitch=250.0
) -> np.ndarray:
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


def clashes(positions, closer_than: float = 1.0) -> list[tuple[int, int]]:
    """Pairs of contacts closer to each other than `closer_than` um, each as (lower row, higher row), sorted."""
    from scipy.spatial import cKDTree

    positions = np.asarray(positions, dtype=np.float64).reshape(-1, 2)
    pairs = cKDTree(positions).query_pairs(closer_than, output_type="ndarray")
    distances = np.linalg.norm(positions[pairs[:, 0]] - positions[pairs[:, 1]], axis=1)
    return sorted(map(tuple, pairs[distances < closer_than].tolist()))


def nearest_spacing(positions) -> float:
    """Median over contacts of the distance to the nearest other contact, um; nan with fewer than two contacts."""
    from scipy.spatial import cKDTree

    positions = np.asarray(positions, dtype=np.float64).reshape(-1, 2)
    if len(positions) < 2:
        return float("nan")
    return float(np.median(cKDTree(positions).query(positions, k=2)[0][:, 1]))


def _format_of(path: Path) -> ProbeFormat:
    for row in FORMATS:
        if path.suffix.lower() == row.suffix:
            return row
    known = "; ".join(f"{row.suffix} ({row.name})" for row in FORMATS)
    raise ValueError(f"{path.name or path} is not a probe file this program knows, by its suffix. Known are: {known}.")


def _checked(positions) -> np.ndarray:
    try:
        positions = np.array(positions, dtype=np.float32)
    except (TypeError, ValueError):
        raise ValueError("positions must be numbers, one row x, y for each contact.") from None
    if positions.ndim != 2 or positions.shape[1] != 2 or len(positions) == 0:
        raise ValueError(f"positions must have the shape (contacts, 2), not {positions.shape}.")
    if not np.isfinite(positions).all():
        row = int(np.flatnonzero(~np.isfinite(positions).all(axis=1))[0])
        raise ValueError(f"positions must be finite numbers; row {row} is {positions[row].tolist()}.")
    return positions


def _imported(contacts: Contacts) -> ImportedProbe:
    contacts = contacts.in_channel_order()
    positions = _checked(contacts.positions)
    shanks = _shank_numbers(contacts.shanks)
    for array in (positions, shanks, contacts.channels, contacts.connected):
        array.setflags(write=False)
    return ImportedProbe(
        positions=positions,
        shanks=shanks,
        contact_ids=tuple(contacts.ids),
        channels=contacts.channels,
        connected=contacts.connected,
        notes=tuple(contacts.notes + _oddities(positions, shanks, contacts.connected)),
    )


def _shank_numbers(names) -> np.ndarray:
    """Shank names as numbers from 0, in the order of the names (as numbers where they are numbers)."""
    try:
        return np.unique(np.array(names, dtype=np.float64), return_inverse=True)[1].astype(np.int64)
    except ValueError:
        return np.unique(np.array(names, dtype=str), return_inverse=True)[1].astype(np.int64)


def _oddities(positions: np.ndarray, shanks: np.ndarray, connected: np.ndarray) -> list[str]:
    notes = []
    if shanks.max() > 0:
        notes.append(f"{shanks.max() + 1} shanks.")
    if not connected.all():
        off = np.flatnonzero(~connected)
        listed = ", ".join(map(str, off[:8])) + (", …" if len(off) > 8 else "")
        notes.append(f"Marked as not connected: channel {listed}. Kept, because the recording holds it.")
    pairs = clashes(positions)
    if pairs:
        first, second = pairs[0]
        notes.append(f"{len(pairs)} pairs of contacts are closer than 1 um, the first: channels {first} and {second}.")
    elif nearest_spacing(positions) < 2.0:
        notes.append("Neighbouring contacts are closer than 2 um: are the positions in um, and not in mm?")
    return notes
