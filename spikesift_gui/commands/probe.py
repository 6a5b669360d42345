"""Commands of the page Probe."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from spikesift_core.probe import FORMATS, import_probe
from spikesift_gui import transitions
from spikesift_gui.command import Command
from spikesift_gui.context import Context
from spikesift_gui.state import State

FILTERS = f"Probe files ({' '.join('*' + row.suffix for row in FORMATS)});;All files (*)"


def _import(context: Context, path: Path | None = None) -> None:
    path = path or context.dialogs.open_file("Import a probe", FILTERS)
    if path is None:
        return
    imported = import_probe(path)
    context.model.apply(transitions.set_probe, imported.positions, source=Path(path).name)
    context.model.apply(transitions.go_to_page, "probe")
    context.say(" ".join([f"{Path(path).name}: {len(imported)} contacts.", *imported.notes]))


def _set(context: Context, positions: Any, source: str | None = None, chosen: Iterable[int] = ()) -> None:
    context.model.apply(transitions.set_probe, positions, source=source, chosen=chosen)


def _choose(context: Context, contacts: Iterable[int]) -> None:
    context.model.apply(transitions.choose_contacts, contacts)


def _sorting(state: State) -> str | None:
    return (
        "The probe cannot be changed while a recording is sorted: cancel sorting first." if state.job("sort") else None
    )


COMMANDS: tuple[Command, ...] = (
    Command(
        "probe.import",
        "&Import probe…",
        _import,
        "Read the contacts from a probe file.",
        key="Ctrl+I",
        refuse=_sorting,
        menu="&File",
        undoes=("probe", "recording"),
    ),
    Command("probe.set", "Change probe", _set, "New contacts.", refuse=_sorting, undoes=("probe", "recording")),
    Command("probe.choose", "Choose contacts", _choose, "Choose contacts in the editor."),
)
