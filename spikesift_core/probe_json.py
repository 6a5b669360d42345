"""Probe geometry in JSON: probeinterface's, through probeinterface (imported when it is used), and Kilosort 4's."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from spikesift_core.probe_contacts import Contacts, ProbeLayout

UM_PER_UNIT = {"um": 1.0, "mm": 1e3, "m": 1e6}
UNKNOWN_DIAMETER = 10.0  # um; probeinterface asks for some shape
SIZE_KNOWN = "size_known"  # annotation of contacts, where the size of some is not


def read_json(path: Path) -> Contacts:
    """Contacts of all probes of a probeinterface file, or of a probe saved by Kilosort 4.

    Raises
    ------
    ValueError
        If the file is neither, or probeinterface is not installed.
    """
    kilosort = _kilosort(path)
    if kilosort is not None:
        return kilosort
    library = probeinterface()
    try:
        probes = library.read_probeinterface(path).probes
    except Exception as error:  # whatever a wrong file makes the library raise
        raise ValueError(
            f"The probe file {path} is not a probe that probeinterface {library.__version__} can read: "
            f"{type(error).__name__}: {error}"
        ) from error
    if not probes:
        raise ValueError(f"The probe file {path} holds no probe.")
    return contacts_of(path, probes)


def _kilosort(path: Path) -> Contacts | None:
    """A probe as Kilosort 4 saves it (xc, yc, chanMap from 0, kcoords), or None for any other file."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:  # not JSON: probeinterface says so
        return None
    if not isinstance(values, dict) or not {"xc", "yc", "chanMap"} <= values.keys():
        return None
    try:
        positions = np.column_stack([np.asarray(values[name], float).ravel() for name in ("xc", "yc")])
        channels = np.asarray(values["chanMap"], np.int64).ravel()
    except (TypeError, ValueError) as error:
        raise ValueError(f"The probe file {path}: xc, yc and chanMap should be numbers: {error}") from error
    return Contacts(positions, channels, first_channel=0, shanks=values.get("kcoords"))


def write_json(path: Path, layout: ProbeLayout) -> None:
    """Write one probe, contact i on channel i; contacts of unknown size as circles of 10 um, and marked as such."""
    library = probeinterface()
    named = {"model_name": layout.part, "manufacturer": "imec"} if layout.part else {}
    probe = library.Probe(ndim=2, si_units="um", **named)
    names = [str(shank) for shank in layout.shanks] if layout.shanks.max() > 0 else None
    shapes = [_shape(width, height) for width, height in layout.sizes.tolist()]
    try:
        probe.set_contacts(
            layout.positions.astype(float),
            shapes=[name for name, _ in shapes],
            shape_params=[parameters for _, parameters in shapes],
            shank_ids=names,
        )
    except ValueError as error:
        raise ValueError(f"probeinterface refuses this geometry: {error}") from error
    known = layout.sizes[:, 0] > 0
    if not known.all():
        probe.annotate_contacts(**{SIZE_KNOWN: known})
    probe.set_device_channel_indices(np.arange(len(layout)))
    library.write_probeinterface(path, probe)


def _shape(width: float, height: float) -> tuple[str, dict]:
    if height > 0:
        return "rect", {"width": width, "height": height}
    return "circle", {"radius": (width or UNKNOWN_DIAMETER) / 2}


def probeinterface():
    """The package, imported when it is first used.

    Raises
    ------
    ValueError
        If it is not installed; the sentence says how to do without or to install it.
    """
    try:
        import probeinterface as library
    except ImportError as error:
        raise ValueError(
            "This needs the package probeinterface, which is not installed. "
            "Install it (pip install probeinterface) or use a probe as CSV."
        ) from error
    return library


def contacts_of(path: Path, probes) -> Contacts:
    """The contacts of probeinterface's probes, one after the other; `path` is named in errors."""
    wired = [probe.device_channel_indices is not None for probe in probes]
    notes = []
    if len(probes) > 1:
        notes.append(f"{len(probes)} probes in one file; each shank of each probe is a shank here.")
    if any(wired) and not all(wired):
        raise ValueError(f"The probe file {path}: only some of its probes are wired (device_channel_indices).")
    if not any(wired):
        notes.append("The file does not say which channel each contact is wired to: contact i is taken as channel i.")
    return Contacts(
        positions=np.concatenate([_planar(path, probe) for probe in probes]),
        channels=np.concatenate([probe.device_channel_indices for probe in probes]) if all(wired) else None,
        first_channel=0,
        shanks=[f"{index:04d} {name}" for index, probe in enumerate(probes) for name in _shanks(probe)],
        ids=[name for probe in probes for name in _ids(probe)],
        sizes=np.concatenate([_sizes(probe) for probe in probes]),
        notes=notes,
        part=_part(probes),
    )


def _part(probes) -> str:
    """The part number, which only Neuropixels have."""
    makers = [str(probe.manufacturer).lower() for probe in probes]
    return str(probes[0].model_name or "") if makers == ["imec"] else ""


def _shanks(probe) -> list[str]:
    if probe.shank_ids is None:
        return [""] * probe.get_contact_count()
    return [str(name).zfill(6) for name in probe.shank_ids]


def _ids(probe) -> list[str]:
    if probe.contact_ids is None:
        return [str(index) for index in range(probe.get_contact_count())]
    return [str(name) for name in probe.contact_ids]


def _sizes(probe) -> np.ndarray:
    """(contacts, 2) um, see `ProbeLayout`."""
    unit = UM_PER_UNIT.get(probe.si_units, 1.0)
    made = []
    for shape, parameters in zip(probe.contact_shapes, probe.contact_shape_params, strict=True):
        width = 2 * parameters["radius"] if shape == "circle" else parameters["width"]
        height = {"circle": 0, "square": width}.get(str(shape), parameters.get("height", 0))
        made.append((width * unit, height * unit))
    sizes = np.array(made, float).reshape(-1, 2)
    known = np.asarray(probe.contact_annotations.get(SIZE_KNOWN, True), bool)  # as `write_json` marks it
    return np.where(np.broadcast_to(known, len(sizes))[:, None], sizes, 0.0)


def _planar(path: Path, probe) -> np.ndarray:
    """Positions in um in the plane of the contacts; of three axes the one that does not vary is left out."""
    positions = np.asarray(probe.contact_positions, dtype=np.float64)
    if positions.shape[1] == 3:
        flat = np.flatnonzero(np.ptp(positions, axis=0) == 0)
        if len(flat) == 0:
            raise ValueError(f"The probe file {path} has contacts in three dimensions; they must lie in a plane.")
        positions = np.delete(positions, flat[-1], axis=1)
    if probe.si_units not in UM_PER_UNIT:
        known = ", ".join(UM_PER_UNIT)
        raise ValueError(f"The probe file {path} has positions in {probe.si_units!r}; known are {known}.")
    return positions * UM_PER_UNIT[probe.si_units]
