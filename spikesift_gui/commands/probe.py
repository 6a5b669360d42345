"""Commands of the page Probe that bring, keep and save a probe, and choose contacts. `probe_drawing` changes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spikesift_core.probe import FORMATS, ImportedProbe, import_probe, write_probe
from spikesift_core.probe_catalogue import CatalogueEntry, catalogue, file_name, probe_of
from spikesift_gui import probe_edits, transitions
from spikesift_gui.command import Command, Refused
from spikesift_gui.commands.probe_drawing import drawn, empty, sorting
from spikesift_gui.context import Context

FILTERS = f"Probe files ({' '.join('*' + row.suffix for row in FORMATS)});;All files (*)"
WRITTEN = ";;".join(f"{row.name.split(' (')[0]} (*{row.suffix})" for row in FORMATS)
SUFFIXES = tuple(row.suffix for row in FORMATS)
PARTS = ("probe", "recording")
SHOWN = ("catalogue", "draw", "wiring")


def _plain(source: str) -> str:
    """Where a probe came from, without the suffix if it was a file."""
    return Path(source).stem if source.endswith(SUFFIXES) else source


def _take(context: Context, probe: ImportedProbe, source: str) -> None:
    context.model.apply(
        transitions.set_probe,
        probe.layout,
        source=source,
        notes=probe.notes,
        unconnected=np.flatnonzero(~probe.connected).tolist(),
    )
    _show(context, "draw")


def _import(context: Context, path: Path | None = None) -> None:
    path = path or context.dialogs.open_file("Import a probe", FILTERS)
    if path is None:
        return
    probe = import_probe(path)
    _take(context, probe, Path(path).name)
    context.model.apply(transitions.go_to_page, "probe")
    context.say(" ".join([f"{Path(path).name}: {len(probe)} contacts.", *probe.notes]))


def _set(context: Context, positions: Any, source: str | None = None, chosen: Iterable[int] = ()) -> None:
    context.model.apply(transitions.set_probe, positions, source=source, chosen=chosen)


def _save(context: Context, path: Path | None = None) -> None:
    probe = context.state.probe
    name = _plain(probe.source) if probe.source.endswith(SUFFIXES) else "probe"
    path = path or context.dialogs.save_file("Save the probe", f"{name}.csv", WRITTEN)
    if path is None:
        return
    path = Path(path)
    path = path if path.suffix else path.with_suffix(".csv")
    write_probe(path, probe.layout)
    context.model.apply(drawn, probe.layout, probe.chosen, path.name)
    context.say(f"The probe was saved in {path}.")


# The catalogue


def _entry(context: Context, entry_id: str) -> CatalogueEntry:
    for entry in catalogue(context.preferences.own_probes()):
        if entry.id == entry_id:
            return entry
    raise Refused("This probe is not in the catalogue any more.")


def _from_catalogue(context: Context, entry: str, values: Mapping[str, float] | None = None) -> None:
    found = _entry(context, entry)
    probe = probe_of(found, values)
    _take(context, probe, found.name)
    context.say(" ".join([f"{found.name}: {len(probe)} contacts.", *probe.notes]))


def _keep(context: Context, name: str = "") -> None:
    probe = context.state.probe
    offered = _plain(probe.source) or "my probe"
    name = name or context.dialogs.ask_text("Keep in the catalogue", "Name of the probe", offered)
    if not name:
        return
    path = context.preferences.probes_folder / file_name(name)
    words = f"There is one of yours with the name {path.stem}."
    if path.exists() and not context.dialogs.confirm("Replace the probe?", words, "Replace"):
        return
    context.preferences.keep_probe(path, probe.layout)
    context.model.apply(transitions.set_option, "probe-catalogue", "kept", path.name)
    context.say(f"{path.stem} is in the catalogue from now on.")


def _forget(context: Context, entry: str) -> None:
    found = _entry(context, entry)
    words = f"{found.name} goes from the catalogue; probes in use and files elsewhere stay."
    if not context.dialogs.confirm("Remove from the catalogue?", words, "Remove"):
        return
    context.preferences.forget_probe(Path(found.source))
    context.model.apply(transitions.set_option, "probe-catalogue", "kept", f"without {found.name}")
    context.say(f"{found.name} was removed from the catalogue.")


def _show(context: Context, view: str) -> None:
    if view not in SHOWN:
        raise ValueError(f"The page Probe shows {', '.join(SHOWN)}, not {view!r}.")
    context.model.apply(transitions.set_option, "probe-page", "shown", view)


# Choosing


def _choose(context: Context, contacts: Iterable[int]) -> None:
    context.model.apply(transitions.choose_contacts, contacts)


def _choose_all(context: Context) -> None:
    context.model.apply(transitions.choose_contacts, range(len(context.state.probe)))


def _go(context: Context, x: int, y: int, more: bool = False) -> None:
    probe = context.state.probe
    if not len(probe):
        raise Refused("There are no contacts yet.")
    if not probe.chosen:
        context.model.apply(transitions.choose_contacts, [0])
        return
    found = probe_edits.neighbour(probe.positions, probe.chosen[-1], (x, y))
    others = [contact for contact in probe.chosen if contact != found] if more else []
    context.model.apply(transitions.choose_contacts, [*others, found])


COMMANDS: tuple[Command, ...] = (
    Command(
        "probe.import",
        "&Import probe…",
        _import,
        "Read the contacts from a probe file: probeinterface .json, .prb, .csv, .npy, Kilosort .mat, SpikeGLX .meta, "
        ".imro, Open Ephys settings.xml or .nwb.",
        key="Ctrl+I",
        refuse=sorting,
        menu="&File",
        undoes=PARTS,
    ),
    Command(
        "probe.save",
        "Save probe &as…",
        _save,
        "Write the contacts to a probe file: .csv, .json (probeinterface), .npy, .prb, .mat (Kilosort) or .nwb; of a "
        "Neuropixels probe of any kind also .imro, SpikeGLX .meta or Open Ephys settings.xml.",
        key="Ctrl+Shift+S",
        refuse=empty,
        menu="&File",
        pages=("probe",),
    ),
    Command("probe.set", "Change probe", _set, "New contacts.", refuse=sorting, undoes=PARTS),
    Command(
        "probe.take", "Take probe", _from_catalogue, "Take a probe of the catalogue.", refuse=sorting, undoes=PARTS
    ),
    Command("probe.keep", "Keep in catalogue…", _keep, "Keep this probe in your catalogue.", refuse=empty),
    Command("probe.forget", "Remove from catalogue…", _forget, "Remove one of your probes from the catalogue."),
    Command("probe.show", "Show on the page Probe", _show, "Show the catalogue, the drawing or the wiring."),
    Command("probe.choose", "Choose contacts", _choose, "Choose contacts in the editor."),
    Command("probe.go", "Choose a neighbour", _go, "Choose the next contact in a direction."),
    Command(
        "probe.choose_all", "Choose all contacts", _choose_all, "Choose all contacts.", key="Ctrl+A", pages=("probe",)
    ),
)
