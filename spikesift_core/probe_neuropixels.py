"""Neuropixels through probeinterface: probes by part number, and what SpikeGLX and Open Ephys say was recorded."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from spikesift_core.probe_contacts import Contacts
from spikesift_core.probe_json import contacts_of, probeinterface

PROBE_TAGS = ("NP_PROBE", "NEUROPIXELSV1E", "NEUROPIXELSV1F", "NEUROPIXELSV2E")  # in Open Ephys settings
TYPES_BY_ELECTRODES = {960: "0", 2496: "1020", 4416: "1030"}  # of 1.0 probes of all lengths
IN_BANKS = "simple bank"  # how probeinterface's table calls: channel c of bank b records electrode b * channels + c


@dataclass(frozen=True)
class PartNumber:
    """One row of the table of parts: name, what it is, shanks, all electrodes, how many are recorded at a time, and
    whether these are `banks` of neighbouring electrodes (0: they are chosen in another way).

    `imro` names the layout of its table of electrodes, `imro_type` is the number at its head ("": not known), `mapping`
    how electrodes go to channels, of which a bank of a shank has `bank_channels`;
    `shank_pitch`, `shank_width` and `left_edge`, from the edge of
    a shank to x = 0 of its electrodes, are in um; `low_band` is whether it records slow signals apart.
    """

    name: str
    words: str
    shanks: int
    electrodes: int
    channels: int
    banks: int
    imro: str
    imro_type: str
    mapping: str
    bank_channels: int
    shank_pitch: float
    shank_width: float
    left_edge: float
    low_band: bool

    @property
    def head(self) -> str:
        """What stands first in its table of electrodes: the type, or its name (SpikeGLX from 2026 on) where no type is
        known, or where that type's electrodes lie elsewhere, so that the table alone would give wrong positions."""
        return self.imro_type if _placed_as_type(self.name, self.imro_type) else self.name


@cache
def _placed_as_type(name: str, imro_type: str) -> bool:
    from probeinterface.neuropixels_tools import _load_np_probe_features, build_neuropixels_probe

    usual = _load_np_probe_features()["z_imro_format_type_to_part_number"].get(imro_type)
    if usual is None or usual == name:
        return usual is not None
    one, other = (build_neuropixels_probe(part).contact_positions for part in (name, usual))
    return one.shape == other.shape and bool((one == other).all())


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

    table = _load_np_probe_features()
    return tuple(_part(name, row, table) for name, row in table["neuropixels_probes"].items())


def _part(name: str, row: dict, table: dict) -> PartNumber:
    shanks, bank_channels = int(row["num_shanks"]), int(row["channels_per_bank"])
    # The table gives NXT probes with one shank as many channels as those with four; SpikeGLX records one bank of them.
    channels = min(int(row["num_readout_channels"]), shanks * bank_channels)
    electrodes = shanks * int(row["electrodes_per_shank"])
    banks = -(-electrodes // channels) if row["channel_mapping_type"] == IN_BANKS else 0
    return PartNumber(
        name,
        row["description"].strip(),
        shanks,
        electrodes,
        channels,
        banks,
        imro=row["imro_table_format_type"],
        imro_type=_imro_type(name, row["imro_table_format_type"], electrodes, table),
        mapping=row["channel_mapping_type"],
        bank_channels=bank_channels,
        shank_pitch=float(row["shank_pitch_um"]),
        shank_width=float(row["shank_width_um"]),
        left_edge=float(row["odd_row_horz_offset_left_edge_to_leftmost_electrode_center_um"]),
        low_band=float(row["lf_sample_frequency_hz"]) > 0,
    )


def _imro_type(name: str, imro: str, electrodes: int, table: dict) -> str:
    """The type of a part's IMRO table: in the library's table, by its length as SpikeGLX has it, or the only one."""
    named = {part: kind for kind, part in table["z_imro_format_type_to_part_number"].items()}
    if name in named:
        return named[name]
    if name.startswith(("NP10", "PRB_1_")):
        return TYPES_BY_ELECTRODES.get(electrodes, "")
    kinds = [kind for kind, written in table["z_imro_format_type_to_imro_format"].items() if written == imro]
    return kinds[0] if len(kinds) == 1 else ""


def electrodes_of(part: str, bank: int | None = None, numbers: np.ndarray | None = None) -> Contacts:
    """All electrodes of a part number, those of one bank, or those named.

    Parameters
    ----------
    bank : 0 is at the tip; the last one may be shorter, and then keeps the electrodes of the bank below for the other
        channels. Only for parts whose channels go by banks.
    numbers : (channels,) int64, the electrode of each channel, counted shank after shank.

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
        numbers = bank_electrodes(row, bank)
    probe = probe if numbers is None else probe.get_slice(numbers)
    contacts = contacts_of(Path(part), [probe])
    contacts.notes = []
    if numbers is None and row.electrodes > row.channels:
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
    """As `saved_contacts`, and says how many channels of the file have none."""
    contacts = saved_contacts(path)
    saved = int(_fields(path).get("nSavedChans", len(contacts.positions)))
    if saved > len(contacts.positions):
        more = saved - len(contacts.positions)
        contacts.notes.append(f"The file holds {saved} channels: the last {more} (sync) have no contact.")
    return contacts


def saved_contacts(path: Path) -> Contacts:
    """Contacts of the channels saved in a SpikeGLX recording, from `~imroTbl`, or else from `~snsGeomMap`.

    Raises
    ------
    ValueError
        If its .meta (`path`) tells of none; OSError if it cannot be read.
    """
    return _read(path, "a SpikeGLX .meta file with a probe", _meta)


def read_imro(path: Path) -> Contacts:
    """Contacts of the electrodes selected in an IMRO file."""
    probeinterface()
    return _read(path, "an IMRO file", lambda file: contacts_of(file, [probeinterface().read_imro(file)]))


def read_settings(path: Path, stream: str | None = None) -> Contacts:
    """Contacts of a Neuropixels probe in the settings.xml of Open Ephys: that of a stream, None: the first."""
    probeinterface()
    what = "a settings.xml of Open Ephys with a Neuropixels probe"
    return _read(path, what, lambda file: _settings(file, stream))


def meta_fields(text: str) -> dict[str, str]:
    """Fields of the text of a SpikeGLX .meta; tables lose their ~."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {name.strip().lstrip("~"): value.strip() for name, _, value in pairs}


def _read(path: Path, what: str, read: Callable[[Path], Contacts]) -> Contacts:
    path.open("rb").close()  # an unreadable file is an OSError, told apart from a wrong one
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            contacts = read(path)
    except Exception as error:  # whatever a wrong file makes the library raise
        raise ValueError(
            f"The probe file {path} is not {what} that can be read: {type(error).__name__}: {error}"
        ) from error
    contacts.notes = [note for note in contacts.notes if "does not say which channel" not in note]
    return contacts


def _version() -> str:
    return probeinterface().__version__


def _fields(path: Path) -> dict[str, str]:
    return meta_fields(path.read_text(encoding="utf-8", errors="replace"))


def _meta(path: Path) -> Contacts:
    meta = _fields(path)
    if "imroTbl" not in meta and "snsGeomMap" not in meta:
        raise ValueError("it has neither ~imroTbl nor ~snsGeomMap (is it the .meta of a NIDQ stream?)")
    return _selected(path, meta) or _geometry_map(meta)


def _selected(path: Path, meta: Mapping[str, str]) -> Contacts | None:
    """The electrodes in `~imroTbl` of the channels that were saved; None where it does not tell and a map may."""
    if "imroTbl" not in meta:
        return None
    try:
        slow = meta.get("snsApLfSy", "").startswith("0,")
        contacts = _low_band(path, meta) if slow else contacts_of(path, [probeinterface().read_spikeglx(path)])
    except Exception:  # of many kinds, for parts that the library does not know
        if "snsGeomMap" not in meta:
            raise
        return None
    return contacts if len(contacts.positions) else None


def _low_band(path: Path, meta: Mapping[str, str]) -> Contacts:
    """As the AP band has them: channels of the LF band are numbered on from those, which alone the library knows."""
    library = probeinterface()
    saved = library.neuropixels_tools.get_saved_channel_indices_from_spikeglx_meta(path)
    before = int(meta.get("acqApLfSy", "384,").partition(",")[0])
    subset = ",".join(str(number - before) for number in saved if number >= before)
    text = path.read_text(encoding="utf-8", errors="replace")
    with tempfile.TemporaryDirectory() as folder:
        same = Path(folder) / path.name
        same.write_text(re.sub(r"(?m)^snsSaveChanSubset=.*$", f"snsSaveChanSubset={subset}", text), encoding="utf-8")
        return contacts_of(path, [library.read_spikeglx(same)])


def _geometry_map(meta: Mapping[str, str]) -> Contacts:
    """A head (part, shanks, pitch, width), then (shank:x:z:used) for each channel."""
    text = meta.get("snsGeomMap", "")
    head = re.match(r"\(([^()]*)\)", text)
    entries = re.findall(r"\((\d+):([-\d.]+):([-\d.]+):\d+\)", text)
    if not head or not entries:
        raise ValueError("it has no channel in ~imroTbl that was saved, and ~snsGeomMap holds no contacts")
    part, *numbers = head.group(1).split(",")
    pitch = float(numbers[1]) if len(numbers) > 1 else 0.0
    shanks = [int(shank) for shank, _, _ in entries]
    positions = [(int(shank) * pitch + float(x), float(z)) for shank, x, z in entries]
    return Contacts(np.array(positions), shanks=shanks, part=meta.get("imDatPrb_pn", part))


def _settings(path: Path, stream: str | None) -> Contacts:
    library = probeinterface()
    if stream is not None:
        return contacts_of(path, [library.read_openephys_neuropixels(path, stream_name=stream)])
    found = [node for node in ElementTree.parse(path).iter() if node.tag in PROBE_TAGS]
    found = [node for node in found if node.get("isEnabled", "1") == "1"]
    serials = [node.get("probe_serial_number") or node.get("probeSerialNumber") for node in found]
    if len(found) < 2:
        return contacts_of(path, [library.read_openephys_neuropixels(path)])
    contacts = contacts_of(path, [library.read_openephys_neuropixels(path, serial_number=serials[0])])
    listed = ", ".join(map(str, serials))
    contacts.notes.append(f"The file describes {len(found)} probes ({listed}); this is the first.")
    return contacts
