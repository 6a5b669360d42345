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

from spikesift_core import (
    probe_json,
    probe_matlab,
    probe_neuropixels,
    probe_nwb,
    probe_prb,
    probe_system_files,
    probe_table,
)
from spikesift_core.messages import unreadable_words
from spikesift_core.probe_contacts import Contacts, ProbeLayout, layout
from spikesift_core.replacing import replacing

SAME_COLUMN = 0.5  # um; contacts whose x differs less stand in one column
FEWEST_DISTANCES, REGULAR_SHARE = 3, 0.6  # what makes a column regular, see `gaps`


@dataclass(frozen=True)
class ImportedProbe:
    """A probe as a recording needs it: one row for each channel, in the order of the channels.

    Attributes
    ----------
    layout : positions, shanks, sizes and part number.
    contact_ids : name of each contact in the probe file.
    channels : (channels,) int64, the channel number of each row, counted from 0.
    connected : (channels,) bool, False where the probe file says that the channel is in the file but not in use.
    notes : what was done and what looks odd, one sentence each.
    """

    layout: ProbeLayout
    contact_ids: tuple[str, ...]
    channels: np.ndarray
    connected: np.ndarray
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.layout)

    @property
    def positions(self) -> np.ndarray:
        """(channels, 2) float32, x and y in um."""
        return self.layout.positions

    @property
    def shanks(self) -> np.ndarray:
        """(channels,) int64, shank of each contact, counted from 0."""
        return self.layout.shanks

    @property
    def sizes(self) -> np.ndarray:
        """(channels, 2) float32, um, see `ProbeLayout`."""
        return self.layout.sizes


@dataclass(frozen=True)
class ProbeFormat:
    """One row of `FORMATS`: suffix, name in words, reader, writer.

    The files of `holds_more` hold settings or a recording besides the probe, so that one that is there is not replaced.
    """

    suffix: str
    name: str
    read: Callable[[Path], Contacts]
    write: Callable[[Path, ProbeLayout], None]
    holds_more: bool = False


FORMATS: tuple[ProbeFormat, ...] = (
    ProbeFormat(".csv", "table of x, y (comma, semicolon, tab or space)", probe_table.read_csv, probe_table.write_csv),
    ProbeFormat(".txt", "table of x, y (comma, semicolon, tab or space)", probe_table.read_csv, probe_table.write_csv),
    ProbeFormat(".tsv", "table of x, y (comma, semicolon, tab or space)", probe_table.read_csv, probe_table.write_csv),
    ProbeFormat(".npy", "NumPy array (channels, 2)", probe_table.read_npy, probe_table.write_npy),
    ProbeFormat(".json", "probeinterface", probe_json.read_json, probe_json.write_json),
    ProbeFormat(".prb", "PRB (klusta, phy, SpyKING CIRCUS)", probe_prb.read_prb, probe_prb.write_prb),
    ProbeFormat(".mat", "Kilosort channel map", probe_matlab.read_mat, probe_matlab.write_mat),
    ProbeFormat(".imro", "Neuropixels selection (IMRO)", probe_neuropixels.read_imro, probe_system_files.write_imro),
    ProbeFormat(".meta", "SpikeGLX metadata", probe_neuropixels.read_meta, probe_system_files.write_meta, True),
    ProbeFormat(
        ".xml", "Open Ephys settings.xml", probe_neuropixels.read_settings, probe_system_files.write_settings, True
    ),
    ProbeFormat(".nwb", "NWB, its table of electrodes", probe_nwb.read_nwb, probe_nwb.write_nwb, True),
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
        raise ValueError(unreadable_words(f"The probe file {path}", error)) from error
    try:
        return imported(contacts)
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


def write_probe(path, positions, shanks=None, sizes=None) -> None:
    """Write contacts in the format of the suffix, one of `FORMATS`.

    Parameters
    ----------
    path : file to write; an existing one is replaced only when the new one is complete, and never where such files
        hold more than a probe (.meta, .xml, .nwb).
    positions : (channels, 2), um, in the order of the recording's channels; or a ProbeLayout.
    shanks : (channels,) whole numbers, or None for one shank. Not kept in `.npy`.
    sizes : (channels, 2) um, see `ProbeLayout`, or None. Kept in `.json` and in tables.

    Raises
    ------
    ValueError
        For a suffix that is not known, positions that are not a geometry, or a probe that the format cannot hold:
        .imro, .meta and .xml describe Neuropixels probes only.
    """
    path = Path(os.fspath(path))
    probe_format = _format_of(path)
    contacts = layout(positions if isinstance(positions, ProbeLayout) else _checked(positions), shanks, sizes)
    _checked(contacts.positions)
    if probe_format.holds_more and path.exists():
        raise ValueError(f"{path} is there already and may hold more than a probe, so it is kept: choose another name.")
    try:
        with replacing(path) as temporary:
            probe_format.write(temporary, contacts)
    except OSError as error:
        raise ValueError(f"The probe file {path} cannot be written: {error.strerror or error}.") from error


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


def gaps(positions, shanks=None) -> list[tuple[int, int, int]]:
    """Places where a regular column of contacts has a hole: (lower row, upper row, contacts missing), sorted.

    A column (contacts of one shank with the same x, within 0.5 um) is regular where at least 60 % of its distances
    are the same, and there are at least three; a hole is a whole number of these distances.
    """
    positions = np.asarray(positions, dtype=np.float64).reshape(-1, 2)
    shanks = np.zeros(len(positions)) if shanks is None else np.asarray(shanks)
    columns = np.round(positions[:, 0] / SAME_COLUMN)
    found = []
    for shank, column in sorted(set(zip(shanks.tolist(), columns.tolist(), strict=True))):
        members = np.flatnonzero((shanks == shank) & (columns == column))
        found += _holes(members[np.argsort(positions[members, 1], kind="stable")], positions)
    return sorted(found)


def _holes(members: np.ndarray, positions: np.ndarray) -> list[tuple[int, int, int]]:
    distances = np.diff(positions[members, 1])
    usual = float(np.median(distances)) if len(distances) >= FEWEST_DISTANCES else 0.0
    if usual < SAME_COLUMN or (np.abs(distances - usual) < 0.1 * usual).mean() < REGULAR_SHARE:
        return []
    steps = distances / usual
    holes = np.flatnonzero((steps > 1.5) & (np.abs(steps - np.round(steps)) < 0.1))
    return [(int(members[k]), int(members[k + 1]), round(float(steps[k])) - 1) for k in holes]


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


def imported(contacts: Contacts) -> ImportedProbe:
    """What a reader found, as a recording needs it.

    Raises
    ------
    ValueError
        If it is not a probe, or two contacts are on one channel.
    """
    contacts = contacts.in_channel_order()
    shanks = _shank_numbers(contacts.shanks)
    made = layout(_checked(contacts.positions), shanks, contacts.sizes, contacts.part)
    for array in (contacts.channels, contacts.connected):
        array.setflags(write=False)
    return ImportedProbe(
        layout=made,
        contact_ids=tuple(contacts.ids),
        channels=contacts.channels,
        connected=contacts.connected,
        notes=tuple(contacts.notes + _oddities(made.positions, shanks, contacts.connected)),
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
