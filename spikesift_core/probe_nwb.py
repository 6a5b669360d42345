"""Probe geometry from the table of electrodes of an NWB file, read with h5py (imported when it is used)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikesift_core.probe_contacts import Contacts

TABLE = "general/extracellular_ephys/electrodes"
AXES = (("rel_x", "rel_y"), ("x", "y"))  # um, in the order they are looked for: on the probe, then in the brain


def read_nwb(path: Path) -> Contacts:
    """Contacts of all electrodes of an NWB 2 file, in the order of the table; each electrode group is a shank.

    Raises
    ------
    ValueError
        If h5py is not installed, the file is not NWB, or its electrodes have no positions.
    """
    path.open("rb").close()  # an unreadable file is an OSError, told apart from a wrong one
    try:
        import h5py
    except ImportError as error:
        raise ValueError(
            "NWB files need the package h5py, which is not installed. Install it (pip install h5py), or export the "
            "table of electrodes as CSV with the columns x and y."
        ) from error
    try:
        with h5py.File(path, "r") as file:
            return _electrodes(path, file)
    except OSError as error:
        raise ValueError(f"The probe file {path} is not an NWB file: {error}") from error


def _electrodes(path: Path, file) -> Contacts:
    table = file.get(TABLE)
    if table is None or "id" not in table:
        raise ValueError(f"The probe file {path} is not an NWB file with a table of electrodes ({TABLE}).")
    for names in AXES:
        if all(name in table for name in names):
            positions = np.column_stack([np.asarray(table[name], float) for name in names])
            if np.isfinite(positions).all():
                break
    else:
        raise ValueError(f"The probe file {path}: its electrodes have no positions (rel_x, rel_y or x, y).")
    notes = [f"Positions from the columns {names[0]} and {names[1]}; electrode i is taken as channel i."]
    groups = [_text(name) for name in table["group_name"]] if "group_name" in table else None
    ids = [_text(name) for name in table["channel_name" if "channel_name" in table else "id"]]
    return Contacts(positions, shanks=groups, ids=ids, notes=notes)


def _text(value) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)
