"""Kilosort's channel map: `chanMap.mat` with xcoords, ycoords, chanMap (from 1) or chanMap0ind (from 0)."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np

from spikesift_core.probe_contacts import Contacts, ProbeLayout

ANOTHER = "Copy it again, or choose another file: a map of channels has xcoords, ycoords and chanMap."


def read_mat(path: Path) -> Contacts:
    """Contacts from a Kilosort channel map.

    Raises
    ------
    ValueError
        For a file without xcoords and ycoords, or one of version 7.3 when h5py is not installed.
    """
    variables = _load(path)
    missing = [name for name in ("xcoords", "ycoords") if name not in variables]
    if missing:
        names = ", ".join(sorted(name for name in variables if not name.startswith("__"))) or "nothing"
        raise ValueError(
            f"The probe file {path} is not a Kilosort channel map: without {' and '.join(missing)}; it holds {names}."
        )
    x, y = _numbers(path, variables, "xcoords"), _numbers(path, variables, "ycoords")
    if len(x) != len(y):
        raise ValueError(f"The probe file {path} has {len(x)} xcoords but {len(y)} ycoords.")
    channels, first_channel, notes = _channel_map(path, variables)
    shanks = next((_numbers(path, variables, name) for name in ("kcoords", "shankInd") if name in variables), None)
    connected = _numbers(path, variables, "connected") != 0 if "connected" in variables else None
    return Contacts(np.column_stack([x, y]), channels, first_channel, shanks, connected=connected, notes=notes)


def write_mat(path: Path, layout: ProbeLayout) -> None:
    """Write a channel map that Kilosort 2 to 4 read: columns (channels, 1), chanMap and kcoords counted from 1."""
    from scipy.io import savemat

    count = len(layout)
    columns = {
        "chanMap": np.arange(1.0, count + 1),
        "chanMap0ind": np.arange(count, dtype=float),
        "connected": np.ones(count, bool),
        "xcoords": layout.positions[:, 0].astype(float),
        "ycoords": layout.positions[:, 1].astype(float),
        "kcoords": layout.shanks + 1.0,
    }
    with path.open("wb") as file:  # given a name, savemat would add a suffix of its own
        savemat(file, {name: values[:, None] for name, values in columns.items()})


def _load(path: Path) -> dict:
    from scipy.io import loadmat

    data = path.read_bytes()
    if data.startswith((b"MATLAB 7.3", b"\x89HDF")):
        return _load_hdf5(path)
    try:
        return loadmat(BytesIO(data))
    except Exception as error:  # whatever a damaged file makes the library raise
        raise ValueError(f"The probe file {path} is not a MATLAB file, or is damaged ({error}). {ANOTHER}") from error


def _load_hdf5(path: Path) -> dict:
    """The variables of a MATLAB file of version 7.3, as `loadmat` gives them."""
    try:
        import h5py
    except ImportError as error:
        raise ValueError(
            f"The probe file {path} is a MATLAB file of version 7.3 (HDF5), which needs the package h5py. Install it "
            "(pip install h5py), or save the file again in MATLAB with  save(file, '-struct', 'map', '-v7')  after  "
            "map = load(file)."
        ) from error
    try:
        with h5py.File(path, "r") as file:
            return {name: np.asarray(values).T for name, values in file.items() if isinstance(values, h5py.Dataset)}
    except OSError as error:
        raise ValueError(f"The probe file {path} is not a MATLAB file, or is damaged ({error}). {ANOTHER}") from error


def _numbers(path: Path, variables: dict, name: str) -> np.ndarray:
    values = np.asarray(variables[name])
    if values.dtype.kind not in "biuf":
        raise ValueError(f"The probe file {path}: {name} should hold numbers, it holds {values.dtype}.")
    return values.ravel().astype(np.float64)


def _channel_map(path: Path, variables: dict) -> tuple[np.ndarray | None, int | None, list[str]]:
    for name, first_channel in (("chanMap0ind", 0), ("chanMap", 1)):
        if name in variables:
            values = _numbers(path, variables, name)
            if not np.array_equal(values, np.round(values)):
                raise ValueError(f"The probe file {path}: {name} should hold whole numbers.")
            return values.astype(np.int64), first_channel, []
    return None, None, ["The file has no chanMap: contact i is taken as channel i."]
