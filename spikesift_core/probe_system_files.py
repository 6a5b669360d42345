"""Neuropixels contacts as the acquisition systems write them: IMRO table, SpikeGLX .meta, Open Ephys settings.xml."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from spikesift_core.probe_contacts import ProbeLayout
from spikesift_core.probe_selection import GROUPS, SCRAMBLED, Selection, selection
from spikesift_core.probe_uhd import banks_of_groups

# What no probe file tells has the value that SpikeGLX starts with: external reference, AP gain 500, LF gain 250, filter
# on. Channel, then what stands behind it; `bank` is a bit of a mask where electrodes are scrambled.
ENTRIES = {
    "imro_np1000": "({channel} {bank} 0 500 250 1)",
    "imro_np2000": "({channel} {bank} 0 {electrode})",
    "imro_np2003": "({channel} {bank} 0 {electrode})",
    "imro_np2010": "({channel} {shank} {bank} 0 {electrode})",
    "imro_np2013": "({channel} {shank} {bank} 0 {electrode})",
    "imro_np2020": "({channel} {shank} {bank} 0 {electrode})",
    "imro_np3010": "({channel} {bank} 0 {electrode})",
    "imro_np3020": "({channel} {shank} {bank} 0 {electrode})",
}
SYNC_WORDS = {"imro_np2020": 4}  # of all others 1
OPEN_EPHYS_VERSION, PLUGIN_VERSION = "0.6.7", "0.6.0"  # whose form of settings.xml is written


def write_imro(path: Path, layout: ProbeLayout) -> None:
    """Write the electrodes as an IMRO table, which SpikeGLX and Open Ephys load.

    Raises
    ------
    ValueError
        As `selection`.
    """
    path.write_text(_table(selection(layout)) + "\n", encoding="utf-8")


def write_meta(path: Path, layout: ProbeLayout) -> None:
    """Write the lines of a SpikeGLX .meta that describe the probe and its channels.

    Raises
    ------
    ValueError
        As `selection`.
    """
    chosen = selection(layout)
    part, count = chosen.part, len(chosen.electrodes)
    slow, sync = count if part.low_band else 0, SYNC_WORDS.get(part.imro, 1)
    last = f"{count + slow}" if sync == 1 else f"{count + slow}:{count + slow + sync - 1}"
    names = "".join(f"(AP{channel};{channel}:{channel})" for channel in range(count))
    more = "".join(f"(SY{word};{count + slow + word}:{count + word})" for word in range(sync))
    lines = {
        "typeThis": "imec",
        "imDatPrb_pn": part.name,
        "imDatPrb_type": part.imro_type or part.name.removeprefix("NP"),
        "acqApLfSy": f"{count},{slow},{sync}",
        "nSavedChans": count + sync,
        "snsApLfSy": f"{count},0,{sync}",
        "snsSaveChanSubset": f"0:{count - 1},{last}",
        "~imroTbl": _table(chosen),
        "~snsChanMap": f"({count},0,{sync}){names}{more}",
        "~snsGeomMap": _geometry_map(chosen),
    }
    path.write_text("".join(f"{name}={value}\n" for name, value in lines.items()), encoding="utf-8")


def write_settings(path: Path, layout: ProbeLayout) -> None:
    """Write a settings.xml of Open Ephys with one NP_PROBE, and nothing else.

    Raises
    ------
    ValueError
        As `selection`.
    """
    chosen = selection(layout)
    root = ElementTree.Element("SETTINGS")
    ElementTree.SubElement(ElementTree.SubElement(root, "INFO"), "VERSION").text = OPEN_EPHYS_VERSION
    chain = ElementTree.SubElement(root, "SIGNALCHAIN")
    plugin = {"name": "Neuropix-PXI", "libraryVersion": PLUGIN_VERSION, "nodeId": "100"}
    processor = ElementTree.SubElement(chain, "PROCESSOR", plugin)
    for band in ("-AP", "-LFP") if chosen.part.low_band else ("",):
        ElementTree.SubElement(processor, "STREAM", {"name": f"ProbeA{band}"})
    probe = ElementTree.SubElement(
        ElementTree.SubElement(processor, "EDITOR"), "NP_PROBE", {"probe_part_number": chosen.part.name}
    )
    for name, values in _channel_values(chosen).items():
        ElementTree.SubElement(probe, name, {f"CH{channel}": value for channel, value in enumerate(values)})
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _table(chosen: Selection) -> str:
    part = chosen.part
    if part.mapping == GROUPS:
        columns, pairs = banks_of_groups(chosen.banks)
        entries = [f"({group} {first} {second})" for group, (first, second) in enumerate(pairs)]
        return f"({part.head},{columns},0,500,250,1){''.join(entries)}"
    rows = zip(chosen.shanks.tolist(), chosen.banks.tolist(), chosen.electrodes.tolist(), strict=True)
    entries = [
        ENTRIES[part.imro].format(
            channel=channel, shank=shank, bank=1 << bank if part.mapping == SCRAMBLED else bank, electrode=electrode
        )
        for channel, (shank, bank, electrode) in enumerate(rows)
    ]
    return f"({part.head},{len(entries)}){''.join(entries)}"


def _geometry_map(chosen: Selection) -> str:
    """x of each electrode from the edge of its shank, as SpikeGLX writes it."""
    part, pitch = chosen.part, chosen.part.shank_pitch
    rows = zip(chosen.shanks.tolist(), *chosen.positions.T.tolist(), strict=True)
    entries = [f"({shank}:{x - shank * pitch:g}:{y:g}:1)" for shank, x, y in rows]
    return f"({part.name},{part.shanks},{pitch:g},{part.shank_width:g}){''.join(entries)}"


def _channel_values(chosen: Selection) -> dict[str, list[str]]:
    """What stands in each element of NP_PROBE, for each channel."""
    several = chosen.part.shanks > 1
    banks = zip(chosen.banks.tolist(), chosen.shanks.tolist(), strict=True)
    numbers = chosen.shanks * (chosen.part.electrodes // chosen.part.shanks) + chosen.electrodes
    x, y = chosen.positions.T.tolist()
    return {
        "CHANNELS": [f"{bank}:{shank}" if several else str(bank) for bank, shank in banks],
        "ELECTRODE_XPOS": [f"{value:g}" for value in x],
        "ELECTRODE_YPOS": [f"{value:g}" for value in y],
        "SELECTED_ELECTRODES": list(map(str, numbers.tolist())),
    }
