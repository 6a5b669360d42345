"""Commands of the page Probe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from spikesift_core.probe import FORMATS, grid, import_probe, write_probe
from spikesift_gui import probe_edits, transitions
from spikesift_gui.command import Command, Refused
from spikesift_gui.context import Context
from spikesift_gui.state import State

FILTERS = f"Probe files ({' '.join('*' + row.suffix for row in FORMATS)});;All files (*)"
WRITTEN = (
    "Table of x, y (*.csv);;probeinterface (*.json);;NumPy array (*.npy);;PRB (*.prb)"  # the usual ones of FORMATS
)
PARTS = ("probe", "recording")


def _import(context: Context, path: Path | None = None) -> None:
    path = path or context.dialogs.open_file("Import a probe", FILTERS)
    if path is None:
        return
    imported = import_probe(path)
    context.model.apply(transitions.set_probe, imported.positions, source=Path(path).name, notes=imported.notes)
    context.model.apply(transitions.go_to_page, "probe")
    context.say(" ".join([f"{Path(path).name}: {len(imported)} contacts.", *imported.notes]))


def _set(context: Context, positions: Any, source: str | None = None, chosen: Iterable[int] = ()) -> None:
    context.model.apply(transitions.set_probe, positions, source=source, chosen=chosen)


def _save(context: Context, path: Path | None = None) -> None:
    probe = context.state.probe
    name = Path(probe.source).stem if probe.source.endswith(tuple(row.suffix for row in FORMATS)) else "probe"
    path = path or context.dialogs.save_file("Save the probe", f"{name}.csv", WRITTEN)
    if path is None:
        return
    path = Path(path)
    path = path if path.suffix else path.with_suffix(".csv")
    write_probe(path, probe.positions)
    context.model.apply(_draw, probe.positions, probe.chosen, path.name)
    context.say(f"The probe was saved in {path}.")


def _build(
    context: Context, rows: int, columns: int, pitch_x: float = 20.0, pitch_y: float = 20.0, stagger: float = 0.0
) -> None:
    positions = grid(rows, columns, pitch_x, pitch_y, stagger)
    context.model.apply(transitions.set_probe, positions, source=f"{rows} × {columns} grid")
    context.say(f"Built {len(positions)} contacts: {rows} rows × {columns} columns.")


# Drawing


def _draw(state: State, positions: np.ndarray, chosen: Iterable[int], source: str | None = None) -> State:
    """As `set_probe`, but an unknown number of channels does not follow: the drawing is not finished yet."""
    if source is None:
        source = state.probe.source or "drawn"
        source = source if source == "drawn" or source.endswith(CHANGED) else source + CHANGED
    drawn = transitions.set_probe(state, positions, source=source, chosen=chosen)
    return replace(drawn, recording=state.recording)


CHANGED = ", changed"


def _add(context: Context, x: float, y: float) -> None:
    positions = probe_edits.added(context.state.probe.positions, x, y)
    context.model.apply(_draw, positions, [len(positions) - 1])


def _chosen(context: Context) -> tuple[int, ...]:
    chosen = context.state.probe.chosen
    if not chosen:
        raise Refused("Choose contacts first: click them, or draw a frame around them.")
    return chosen


def _move(context: Context, x: float = 0.0, y: float = 0.0) -> None:
    chosen = _chosen(context)
    context.model.apply(_draw, probe_edits.moved(context.state.probe.positions, chosen, (x, y)), chosen)


def _place(context: Context, contact: int, x: float | None = None, y: float | None = None) -> None:
    for value in (x, y):
        if value is not None and not np.isfinite(value):
            raise ValueError(f"A coordinate must be a number of µm, not {value}.")
    probe = context.state.probe
    context.model.apply(_draw, probe_edits.placed(probe.positions, contact, x, y), probe.chosen)


def _remove(context: Context) -> None:
    chosen = _chosen(context)
    context.model.apply(_draw, probe_edits.removed(context.state.probe.positions, chosen), ())
    context.say(f"{len(chosen)} contacts deleted; the channels after them moved up." if len(chosen) > 1 else "Deleted.")


def _clear(context: Context) -> None:
    context.model.apply(_draw, np.zeros((0, 2)), (), "")


def _reorder(context: Context, order: np.ndarray) -> None:
    probe = context.state.probe
    places = {int(contact): place for place, contact in enumerate(order)}
    context.model.apply(_draw, probe.positions[order], [places[contact] for contact in probe.chosen])


def _number(context: Context, contact: int, channel: int) -> None:
    count = len(context.state.probe)
    if not 0 <= channel < count:
        raise Refused(f"Channels go from 0 to {count - 1}: one for each contact.")
    _reorder(context, probe_edits.renumbered(count, contact, channel))


def _order(context: Context, by: str) -> None:
    _reorder(context, probe_edits.reading_order(context.state.probe.positions, by))
    context.say(f"Contacts numbered {probe_edits.ORDERS[by]}. Make sure that this is how the probe is wired.")


def _scale(context: Context, factor: float) -> None:
    probe = context.state.probe
    context.model.apply(_draw, probe.positions * np.float32(factor), probe.chosen)


# Choosing


def _choose(context: Context, contacts: Iterable[int]) -> None:
    context.model.apply(transitions.choose_contacts, contacts)


def _choose_all(context: Context) -> None:
    context.model.apply(transitions.choose_contacts, range(len(context.state.probe)))


def _sorting(state: State) -> str | None:
    return (
        "The probe cannot be changed while a recording is sorted: cancel sorting first." if state.job("sort") else None
    )


def _empty(state: State) -> str | None:
    return None if len(state.probe) else "There are no contacts yet."


def _change(command_id: str, text: str, do: Any, help_text: str, key: str = "") -> Command:
    """A command that changes contacts: refused while sorting, can be undone, its key works on this page."""
    pages = ("probe",) if key else ()
    return Command(command_id, text, do, help_text, key, refuse=_sorting, undoes=PARTS, pages=pages)


COMMANDS: tuple[Command, ...] = (
    Command(
        "probe.import",
        "&Import probe…",
        _import,
        "Read the contacts from a probe file: probeinterface .json, .prb, .csv, .npy or Kilosort .mat.",
        key="Ctrl+I",
        refuse=_sorting,
        menu="&File",
        undoes=PARTS,
    ),
    Command(
        "probe.save",
        "Save probe &as…",
        _save,
        "Write the contacts to a probe file: .csv, .json (probeinterface), .npy or .prb.",
        key="Ctrl+Shift+S",
        refuse=_empty,
        menu="&File",
        pages=("probe",),
    ),
    _change("probe.set", "Change probe", _set, "New contacts."),
    _change("probe.build", "Build probe", _build, "Make the contacts anew, in rows and columns."),
    _change("probe.add", "Add contact", _add, "One more contact, on the next channel."),
    _change("probe.move", "Move contacts", _move, "Move the chosen contacts."),
    _change("probe.place", "Place contact", _place, "Give one contact other coordinates."),
    _change("probe.remove", "Delete contacts", _remove, "Delete the chosen contacts.", "Del; Backspace"),
    _change("probe.clear", "Clear probe", _clear, "Delete all contacts."),
    _change("probe.number", "Number contact", _number, "Put one contact on another channel."),
    _change("probe.order", "Number all contacts", _order, "Number the contacts by where they are."),
    _change("probe.scale", "Scale probe", _scale, "Multiply all coordinates."),
    Command("probe.choose", "Choose contacts", _choose, "Choose contacts in the editor."),
    Command(
        "probe.choose_all", "Choose all contacts", _choose_all, "Choose all contacts.", key="Ctrl+A", pages=("probe",)
    ),
)
