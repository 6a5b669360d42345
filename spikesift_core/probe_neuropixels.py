"""Neuropixels through probeinterface: probes by part number, and what SpikeGLX and Open Ephys say was recorded."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from spikesift_core.probe_contacts import Contacts
from spikesift_core.probe_json import contacts_of, probeinterface

PROBE_TAGS = ("NP_PROBE", "NEUROPIXELSV1E", "NEUROPIXELSV1F", "NEUROPIXELSV2E")  # in Open Ephys settings
IN_BANKS = "simple bank"  # how probeinterface's table calls: channel c of bank b records electrode b * channels + c


@dataclass(frozen=True)
class PartNumber:
    """One row of the table of parts: name, what it is, shanks, all electrodes, how many are recorded at a time, and
    whether these are `banks` of neighbouring electrodes (0: they are chosen in another way)."""

    name: str
    words: str
    shanks: int
    electrodes: int
    channels: int
    banks: int


@cache
def part_numbers() -> tuple[PartNumber, ...]:
    """Every part number that probeinterface knows (without network), in its order.

    Raises
    ------
    ValueError
        If probeinterface is not installed.
    """
    probeinterface()
    from probeinterface.neuropixels_tools import _load_np_probe_features

    parts = _load_np_probe_features()["neuropixels_probes"]
    return tuple(_part(name, row) for name, row in parts.items())


def _part(name: str, row: dict) -> PartNumber:
    shanks, channels = int(row["num_shanks"]), int(row["num_readout_channels"])
    electrodes = shanks * int(row["electrodes_per_shank"])
    banks = -(-electrodes // channels) if row["channel_mapping_type"] == IN_BANKS else 0
    return PartNumber(name, row["description"].strip(), shanks, electrodes, channels, banks)


def electrodes_of(part: str, bank: int | None = None) -> Contacts:
    """All electrodes of a part number, or those of one bank.

    Parameters
    ----------
    bank : 0 is at the tip; the last one may be shorter, and then keeps the electrodes of the bank below for the other
        channels. Only for parts whose channels go by banks.

    Raises
    ------
    ValueError
        For a part number that is not known, or a bank it does not have.
    """
    row = next((known for known in part_numbers() if known.name == part), None)
    if row is None:
        raise ValueError(f"{part} is not a Neuropixels part number that probeinterface {_version()} knows.")
    from probeinterface.neuropixels_tools import build_neuropixels_probe

    probe = build_neuropixels_probe(part)
    if bank is not None:
        if not 0 <= bank < row.banks:
            there = f"the banks 0 to {row.banks - 1}" if row.banks else "no banks of neighbouring electrodes"
            raise ValueError(f"{part} has {there}; bank {bank} was asked for.")
        probe = probe.get_slice(bank_electrodes(row, bank))
    contacts = contacts_of(Path(part), [probe])
    contacts.notes = []
    if bank is None and row.electrodes > row.channels:
        contacts.notes.append(
            f"All {row.electrodes} electrodes; {row.channels} of them are recorded at a time. Import the .meta, .imro "
            "or settings.xml of your recording to get those that were."
        )
    return contacts


def bank_electrodes(part: PartNumber, bank: int) -> np.ndarray:
    """The electrode of each channel, (channels,) int64, in a bank of a part number."""
    electrodes = bank * part.channels + np.arange(min(part.channels, part.electrodes))
    return np.where(electrodes < part.electrodes, electrodes, electrodes - part.channels)


def read_meta(path: Path) -> Contacts:
    """Contacts of the channels saved in a SpikeGLX recording, from `~imroTbl`, or else from `~snsGeomMap`."""
    return _read(path, "a SpikeGLX .meta file with a probe", _meta)


def read_imro(path: Path) -> Contacts:
    """Contacts of the electrodes selected in an IMRO file."""
    return _read(path, "an IMRO file", _imro)


def read_settings(path: Path) -> Contacts:
    """Contacts of the (first) Neuropixels probe in the settings.xml of Open Ephys."""
    return _read(path, "a settings.xml of Open Ephys with a Neuropixels probe", _settings)


def _version() -> str:
    return probeinterface().__version__


def _read(path: Path, what: str, read: Callable[[Path, Any], Contacts]) -> Contacts:
    library = probeinterface()
    path.open("rb").close()  # an unreadable file is an OSError, told apart from a wrong one
    try:
        contacts = read(path, library)
    except Exception as error:  # whatever a wrong file makes the library raise
        raise ValueError(
            f"The probe file {path} is not {what} that probeinterface {library.__version__} can read: "
            f"{type(error).__name__}: {error}"
        ) from error
    contacts.notes = [note for note in contacts.notes if "does not say which channel" not in note]
    return contacts


def _imro(path: Path, library) -> Contacts:
    return contacts_of(path, [library.read_imro(path)])


def _meta(path: Path, library) -> Contacts:
    meta = library.parse_spikeglx_meta(path)
    if "imroTbl" not in meta and "snsGeomMap" not in meta:
        raise ValueError("it has neither ~imroTbl nor ~snsGeomMap (is it the .meta of a NIDQ stream?)")
    try:
        contacts = _selected(path, meta, library)
    except Exception:  # of many kinds, for parts it does not know; the map in the file may tell
        if "snsGeomMap" not in meta:
            raise
        _, _, pitch, shanks, x, y, _ = library.parse_spikeglx_snsGeomMap(meta)
        contacts = Contacts(np.column_stack([x + pitch * shanks, y]), shanks=shanks.tolist())
    saved = int(meta.get("nSavedChans", len(contacts.positions)))
    if saved > len(contacts.positions):
        more = saved - len(contacts.positions)
        contacts.notes.append(f"The file holds {saved} channels: the last {more} (sync) have no contact.")
    return contacts


def _selected(path: Path, meta: dict, library) -> Contacts:
    """The contacts selected in ~imroTbl of the channels that were saved."""
    if not meta.get("snsApLfSy", "").startswith("0,"):
        return contacts_of(path, [library.read_spikeglx(path)])
    # The channels of the LF band are numbered on from those of the AP band; the library knows those of the AP band.
    saved = library.neuropixels_tools.get_saved_channel_indices_from_spikeglx_meta(path)
    before = int(meta.get("acqApLfSy", "384,").partition(",")[0])
    with tempfile.TemporaryDirectory() as folder:
        same = Path(folder) / path.name
        subset = ",".join(str(number - before) for number in saved if number >= before)
        text = re.sub(r"(?m)^snsSaveChanSubset=.*$", f"snsSaveChanSubset={subset}", path.read_text(encoding="utf-8"))
        same.write_text(text, encoding="utf-8")
        return contacts_of(path, [library.read_spikeglx(same)])


def _settings(path: Path, library) -> Contacts:
    found = [node for node in ElementTree.parse(path).iter() if node.tag in PROBE_TAGS]
    found = [node for node in found if node.get("isEnabled", "1") == "1"]
    serials = [node.get("probe_serial_number") or node.get("probeSerialNumber") for node in found]
    if len(found) < 2:
        return contacts_of(path, [library.read_openephys_neuropixels(path)])
    contacts = contacts_of(path, [library.read_openephys_neuropixels(path, serial_number=serials[0])])
    listed = ", ".join(map(str, serials))
    contacts.notes.append(f"The file describes {len(found)} probes ({listed}); this is the first.")
    return contacts
