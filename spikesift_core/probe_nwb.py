"""Probe geometry in the table of electrodes of an NWB file, through h5py (imported when it is used)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from spikesift_core.probe_contacts import Contacts, ProbeLayout
from spikesift_core.version import VERSION

ECEPHYS = "general/extracellular_ephys"
TABLE = f"{ECEPHYS}/electrodes"
AXES = (("rel_x", "rel_y"), ("x", "y"))  # um, in the order they are looked for: on the probe, then in the brain
NWB_VERSION = "2.7.0"  # of the schema that `write_nwb` follows
COLUMNS = {  # of the table that is written: what each is
    "location": "the location of channel within the subject e.g. brain region",
    "group": "a reference to the ElectrodeGroup this electrode is a part of",
    "group_name": "the name of the ElectrodeGroup this electrode is a part of",
    "rel_x": "x on the probe, across it, in um",
    "rel_y": "y on the probe, along it, in um",
    "contact_width": "width of the contact in um (diameter where its height is 0), 0: not known",
    "contact_height": "height of the contact in um, 0: round, or not known",
}


def read_nwb(path: Path) -> Contacts:
    """Contacts of all electrodes of an NWB 2 file, in the order of the table; each electrode group is a shank.

    Raises
    ------
    ValueError
        If h5py is not installed, the file is not NWB, or its electrodes have no positions.
    """
    path.open("rb").close()  # an unreadable file is an OSError, told apart from a wrong one
    try:
        with _h5py().File(path, "r") as file:
            contacts = electrodes(path, file)
    except OSError as error:
        raise ValueError(f"The probe file {path} is not an NWB file: {error}") from error
    contacts.notes.append("Electrode i is taken as channel i.")
    return contacts


def electrodes(path: Path, file, rows=slice(None)) -> Contacts:
    """Contacts in the table of electrodes of an open NWB file (h5py); `rows` are those of a signal, in its order.

    Raises
    ------
    ValueError
        If there is no table, or it holds no positions; `path` is named.
    """
    table = file.get(TABLE)
    if table is None:
        raise ValueError(f"The probe file {path} is not an NWB file with a table of electrodes ({TABLE}).")
    for names in AXES:
        if all(name in table for name in names):
            positions = np.column_stack([_column(table, name, rows) for name in names]).astype(float)
            if np.isfinite(positions).all():
                break
    else:
        raise ValueError(f"The probe file {path}: its electrodes have no positions (rel_x, rel_y or x, y).")
    sizes = [_column(table, name, rows) for name in ("contact_width", "contact_height") if name in table]
    return Contacts(
        positions,
        shanks=_texts(table, "group_name", rows),
        ids=channel_names(file, rows) or _texts(table, "id", rows),
        sizes=np.column_stack(sizes) if len(sizes) == 2 else None,
        notes=[f"Positions from the columns {names[0]} and {names[1]}."],
    )


def channel_names(file, rows=slice(None)) -> list[str] | None:
    """Names in the table of electrodes; None where there are none."""
    return _texts(file[TABLE], "channel_name", rows) if TABLE in file else None


def write_nwb(path: Path, layout: ProbeLayout) -> None:
    """Write an NWB file with nothing but a table of electrodes, one group for each shank.

    The time of writing stands where NWB asks for a time of recording, and the description says so.

    Raises
    ------
    ValueError
        If h5py is not installed.
    """
    with _h5py().File(path, "w") as file:
        now = datetime.now(UTC).isoformat()
        _typed(file, "NWBFile", "core", nwb_version=NWB_VERSION)
        file["file_create_date"] = [now]
        file["identifier"] = str(uuid.uuid4())
        file["session_description"] = f"A probe without a recording; times are of writing (SpikeSift {VERSION})."
        file["session_start_time"] = file["timestamps_reference_time"] = now
        for name in ("acquisition", "analysis", "processing", "stimulus/presentation", "stimulus/templates"):
            file.create_group(name)
        device = file.create_group("general/devices/probe")
        _typed(device, "Device", "core", description=layout.part or "probe")
        groups = _groups(file, layout, device)
        _write_table(file, layout, groups)


def _groups(file, layout: ProbeLayout, device) -> dict[int, object]:
    groups = {}
    for shank in np.unique(layout.shanks).tolist():
        words = {"description": f"shank {shank}", "location": "unknown"}
        groups[shank] = _typed(file.create_group(f"{ECEPHYS}/shank{shank:04d}"), "ElectrodeGroup", "core", **words)
        groups[shank]["device"] = _h5py().SoftLink(device.name)
    return groups


def _write_table(file, layout: ProbeLayout, groups: dict) -> None:
    table = file.create_group(TABLE)
    words = "metadata about extracellular electrodes"
    _typed(table, "DynamicTable", "hdmf-common", description=words, colnames=list(COLUMNS))
    shanks = layout.shanks.tolist()
    values = {
        "location": ["unknown"] * len(layout),
        "group": np.array([groups[shank].ref for shank in shanks], dtype=_h5py().ref_dtype),
        "group_name": [f"shank{shank:04d}" for shank in shanks],
        "rel_x": layout.positions[:, 0],
        "rel_y": layout.positions[:, 1],
        "contact_width": layout.sizes[:, 0],
        "contact_height": layout.sizes[:, 1],
    }
    table["id"] = np.arange(len(layout))
    _typed(table["id"], "ElementIdentifiers", "hdmf-common")
    for name, description in COLUMNS.items():
        table[name] = values[name]
        _typed(table[name], "VectorData", "hdmf-common", description=description)


def _typed(item, kind: str, namespace: str, **attributes):
    """Give an object of the file its NWB type; returns it."""
    named = {"neurodata_type": kind, "namespace": namespace, "object_id": str(uuid.uuid4())}
    for name, value in {**named, **attributes}.items():
        item.attrs[name] = value
    return item


def _column(table, name: str, rows) -> np.ndarray:
    return np.asarray(table[name])[rows]


def _texts(table, name: str, rows) -> list[str] | None:
    """A column as text; None where there is none."""
    if name not in table:
        return None
    return [one.decode("utf-8") if isinstance(one, bytes) else str(one) for one in _column(table, name, rows)]


def _h5py():
    """The package.

    Raises
    ------
    ValueError
        If it is not installed.
    """
    try:
        import h5py
    except ImportError as error:
        raise ValueError(
            "NWB files need the package h5py, which is not installed. Install it (pip install h5py), or keep the "
            "table of electrodes as CSV with the columns x and y."
        ) from error
    return h5py
