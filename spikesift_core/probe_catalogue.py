"""Probes to choose from, without network: Neuropixels by part number, families, common layouts, and a person's own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from spikesift_core import probe_neuropixels as neuropixels
from spikesift_core.probe import ImportedProbe, import_probe, imported
from spikesift_core.probe_contacts import Contacts
from spikesift_core.probe_families import FAMILIES, Dimension, build, family
from spikesift_core.probe_selection import CHANNELS, electrodes_from
from spikesift_core.resources import resource

OWN, FAMILY, LAYOUT, NEUROPIXELS = "own", "family", "layout", "neuropixels"
OWN_SUFFIX = ".json"
LONGEST_NAME = 80
HIGHEST = 20_000  # um, above any electrode
SAME_AS = "duplicate of "  # how the table of probeinterface says it


@dataclass(frozen=True)
class CatalogueEntry:
    """One probe, or family of probes, of the catalogue.

    Attributes
    ----------
    id : unique, such as "neuropixels:NP1000".
    kind : "own", "family", "layout" or "neuropixels".
    name, maker : as they are called; maker "" for families.
    words : what it is, in a sentence.
    contacts, shanks : how many; 0 where it depends on the dimensions.
    source : where the dimensions were read, or the file of a person's own.
    dimensions : what can be chosen.
    """

    id: str
    kind: str
    name: str
    maker: str
    words: str
    contacts: int
    shanks: int
    source: str
    dimensions: tuple[Dimension, ...] = ()


def catalogue(own: Iterable[Path] = ()) -> tuple[CatalogueEntry, ...]:
    """Every entry: a person's own (probe files) first, then families, common layouts and Neuropixels."""
    return (*map(_own_entry, own), *_built_in())


def search(entries: Iterable[CatalogueEntry], words: str) -> tuple[CatalogueEntry, ...]:
    """The entries in which every word is found, as (part of) a word of theirs; "64" also finds 64 contacts."""
    wanted = words.lower().split()
    return tuple(entry for entry in entries if all(word in _haystack(entry) for word in wanted))


def probe_of(entry: CatalogueEntry, values: Mapping[str, float] | None = None) -> ImportedProbe:
    """The contacts of an entry; `values` are for its dimensions, those not given have their default.

    Raises
    ------
    ValueError
        For values that are not allowed, or a file of a person's own that cannot be read.
    """
    if entry.kind == OWN:
        return import_probe(entry.source)
    if entry.kind == FAMILY:
        made = build(entry.id.split(":", 1)[1], values)
        return imported(Contacts(made.positions, shanks=made.shanks.tolist(), sizes=made.sizes))
    if entry.kind == LAYOUT:
        return imported(_layout(entry.id.split(":", 1)[1]))
    return imported(_electrodes(entry, dict(values or {})))


def file_name(name: str) -> str:
    """The file in which a person's own probe of this name is kept.

    Raises
    ------
    ValueError
        For a name that cannot be one.
    """
    cleaned = " ".join("".join(letter if letter.isalnum() or letter in "-_.,+() " else " " for letter in name).split())
    cleaned = cleaned.strip(". ")[:LONGEST_NAME]
    if not cleaned:
        raise ValueError(f"A probe needs a name with letters or digits, not {name!r}.")
    return cleaned + OWN_SUFFIX


def _own_entry(path: Path) -> CatalogueEntry:
    try:
        probe = import_probe(path)
        words, contacts, shanks = "Kept by you.", len(probe), int(probe.shanks.max()) + 1
    except ValueError:  # said by `probe_of` when it is looked at
        words, contacts, shanks = "Kept by you, but it cannot be read any more.", 0, 0
    return CatalogueEntry(f"own:{path.name}", OWN, path.stem, "yours", words, contacts, shanks, str(path))


@cache
def _built_in() -> tuple[CatalogueEntry, ...]:
    families = [
        CatalogueEntry(f"family:{row.id}", FAMILY, row.name, "", row.help, 0, 0, "yours", row.dimensions)
        for row in FAMILIES
    ]
    layouts = [_layout_entry(row) for row in _layouts().values()]
    try:
        parts = [_part_entry(part) for part in neuropixels.part_numbers()]
    except ValueError:  # probeinterface is not installed: everything else is there
        parts = []
    return (*families, *layouts, *parts)


@cache
def _layouts() -> dict[str, dict]:
    rows = json.loads(resource("probes.json").read_text(encoding="utf-8"))["probes"]
    return {row["id"]: row for row in rows}


def _layout_entry(row: dict) -> CatalogueEntry:
    shanks = len(set(row["shanks"].split()))
    contacts = len(row["contacts"].split(","))
    return CatalogueEntry(
        f"layout:{row['id']}", LAYOUT, row["name"], row["maker"], row["words"], contacts, shanks, row["source"]
    )


def _layout(name: str) -> Contacts:
    row = _layouts()[name]
    positions = np.array([[float(part) for part in contact.split()] for contact in row["contacts"].split(",")])
    shanks = [int(shank) for shank in row["shanks"].split()]
    notes = ["In the order of the sites of the source: number the contacts as your adapter and headstage wire them."]
    return Contacts(positions, shanks=shanks, sizes=np.tile(row["size"], (len(positions), 1)), notes=notes)


def _part_entry(part: neuropixels.PartNumber) -> CatalogueEntry:
    dimensions = ()
    if part.banks > 1:
        words = f"0 is at the tip, {part.banks - 1} is the highest; -1: all {part.electrodes} electrodes."
        dimensions = (Dimension("bank", "Bank", "", 0, -1, part.banks - 1, words),)
    elif _by_height(part):
        words = f"Of the lowest contact above the tip's; -1: all {part.electrodes} electrodes."
        dimensions = (Dimension("height", "From height", "µm", 0, -1, HIGHEST, words),)
        if part.shanks > 1 and part.channels == part.bank_channels:
            dimensions += (Dimension("shank", "Shank", "", -1, -1, part.shanks - 1, "-1: on all shanks."),)
    return CatalogueEntry(
        id=f"neuropixels:{part.name}",
        kind=NEUROPIXELS,
        name=part.name,
        maker="IMEC Neuropixels",
        words=f"{_part_words(part)}: {part.electrodes} electrodes, {part.channels} channels.",
        contacts=min(part.channels, part.electrodes) if dimensions or part.banks else part.electrodes,
        shanks=part.shanks,
        source="the table of probeinterface, from IMEC's specifications (ProbeTable)",
        dimensions=dimensions,
    )


def _electrodes(entry: CatalogueEntry, values: dict) -> Contacts:
    given = {dimension.name: values.get(dimension.name, dimension.default) for dimension in entry.dimensions}
    if given.get("height", -1) >= 0:
        part = next(part for part in neuropixels.part_numbers() if part.name == entry.name)
        shank = int(given.get("shank", -1))
        numbers = electrodes_from(part, given["height"], None if shank < 0 else shank)
        return neuropixels.electrodes_of(entry.name, numbers=numbers)
    bank = int(given.get("bank", -1))
    return neuropixels.electrodes_of(entry.name, None if bank < 0 else bank)


def _part_words(part: neuropixels.PartNumber) -> str:
    if not part.words.startswith(SAME_AS):
        return part.words
    same = part.words.removeprefix(SAME_AS)
    return next((f"{other.words} ({same})" for other in neuropixels.part_numbers() if other.name == same), part.words)


def _by_height(part: neuropixels.PartNumber) -> bool:
    return part.mapping in CHANNELS and part.electrodes > part.channels


def _haystack(entry: CatalogueEntry) -> str:
    kinds = {OWN: "own mine yours", FAMILY: "family", LAYOUT: "", NEUROPIXELS: "npx"}
    if entry.kind == FAMILY:
        counts = " ".join(dimension.words for dimension in family(entry.id.split(":", 1)[1]).dimensions)
    else:
        counts = f"{entry.contacts} contacts channels {entry.shanks} shanks"
    return " ".join([entry.name, entry.maker, entry.words, counts, kinds[entry.kind]]).lower()
