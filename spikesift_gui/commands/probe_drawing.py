"""Commands that change the contacts of the probe: move, copy, arrange, number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from spikesift_core.probe import imported
from spikesift_core.probe_adapters import adapter_channels
from spikesift_core.probe_contacts import ProbeLayout, layout
from spikesift_core.probe_table import read_table, table_text
from spikesift_gui import probe_edits, transitions
from spikesift_gui.command import Command, Refused
from spikesift_gui.context import Context
from spikesift_gui.qt import QtWidgets
from spikesift_gui.state import State

CHANGED = ", changed"
MOST_COPIES = 5000  # contacts; more are a mistake in typing
PARTS = ("probe", "recording")


def drawn(state: State, contacts: ProbeLayout, chosen: Iterable[int], source: str | None = None) -> State:
    """As `set_probe`, but an unknown number of channels does not follow: the drawing is not finished yet."""
    if source is None:
        source = state.probe.source or "drawn"
        source = source if source == "drawn" or source.endswith(CHANGED) else source + CHANGED
    made = transitions.set_probe(state, contacts, source=source, chosen=chosen)
    return replace(made, recording=state.recording)


def sorting(state: State) -> str | None:
    """Why the probe cannot be changed now, or None."""
    return (
        "The probe cannot be changed while a recording is sorted: cancel sorting first." if state.job("sort") else None
    )


def empty(state: State) -> str | None:
    """Why nothing can be done with the contacts, or None."""
    return None if len(state.probe) else "There are no contacts yet."


def _positions(context: Context, positions: np.ndarray, chosen: Iterable[int]) -> None:
    context.model.apply(drawn, replace(context.state.probe.layout, positions=positions), chosen)


def _chosen(context: Context) -> tuple[int, ...]:
    chosen = context.state.probe.chosen
    if not chosen:
        raise Refused("Choose contacts first: click them, or draw a frame around them.")
    return chosen


# Adding, moving, removing


def _add(context: Context, x: float, y: float) -> None:
    made = probe_edits.added(context.state.probe.layout, x, y)
    context.model.apply(drawn, made, [len(made) - 1])


def _move(context: Context, x: float = 0.0, y: float = 0.0) -> None:
    chosen = _chosen(context)
    _positions(context, probe_edits.moved(context.state.probe.positions, chosen, (x, y)), chosen)


def _place(context: Context, contact: int, x: float | None = None, y: float | None = None) -> None:
    for value in (x, y):
        if value is not None and not np.isfinite(value):
            raise ValueError(f"A coordinate must be a number of µm, not {value}.")
    probe = context.state.probe
    _positions(context, probe_edits.placed(probe.positions, contact, x, y), probe.chosen)


def _remove(context: Context) -> None:
    chosen = _chosen(context)
    context.model.apply(drawn, probe_edits.removed(context.state.probe.layout, chosen), ())
    context.say(f"{len(chosen)} contacts deleted; the channels after them moved up." if len(chosen) > 1 else "Deleted.")


def _clear(context: Context) -> None:
    context.model.apply(drawn, layout(np.zeros((0, 2))), (), "")


def _repeat(
    context: Context, columns: int = 2, rows: int = 1, x: float = 0.0, y: float = 0.0, new_shanks: bool = False
) -> None:
    chosen, old = _chosen(context), context.state.probe.layout
    if columns * rows < 2:
        raise Refused("Repeat needs at least 2 columns or 2 rows.")
    if len(old) + len(chosen) * (columns * rows - 1) > MOST_COPIES:
        raise Refused(f"That would be more than {MOST_COPIES} contacts.")
    made = probe_edits.repeated(old, chosen, columns, rows, (x, y), new_shanks)
    context.model.apply(drawn, made, range(len(old), len(made)))
    context.say(f"{len(made) - len(old)} contacts added, on the channels from {len(old)} on; they are chosen.")


def _arrange(context: Context, how: str, step: float = 0.0) -> None:
    chosen = _chosen(context)
    _positions(context, probe_edits.arranged(context.state.probe.positions, chosen, how, step), chosen)


def _scale(context: Context, factor: float) -> None:
    probe = context.state.probe
    made = replace(probe.layout, positions=probe.positions * np.float32(factor))
    context.model.apply(drawn, made, probe.chosen)


# Shanks and shapes


def _shank(context: Context, shank: int) -> None:
    chosen = _chosen(context)
    context.model.apply(drawn, probe_edits.on_shank(context.state.probe.layout, chosen, shank), chosen)


def _size(context: Context, width: float, height: float) -> None:
    chosen = _chosen(context)
    context.model.apply(drawn, probe_edits.sized(context.state.probe.layout, chosen, width, height), chosen)


# Numbering


def _reorder(context: Context, order: np.ndarray) -> None:
    probe = context.state.probe
    places = {int(contact): place for place, contact in enumerate(order)}
    context.model.apply(drawn, probe.layout.take(order), [places[contact] for contact in probe.chosen])


def _number(context: Context, contacts: Sequence[int], channel: int) -> None:
    count = len(context.state.probe)
    if not 0 <= channel < count:
        raise Refused(f"Channels go from 0 to {count - 1}: one for each contact.")
    _reorder(context, probe_edits.renumbered(count, contacts, channel))


def _order(context: Context, by: str) -> None:
    _reorder(context, probe_edits.reading_order(context.state.probe.layout, by))
    context.say(f"Contacts numbered {probe_edits.ORDERS[by]}. Make sure that this is how the probe is wired.")


def _wire(context: Context, adapter: str) -> None:
    channels = adapter_channels(adapter)
    count = len(context.state.probe)
    if len(channels) != count:
        raise Refused(f"{adapter} is for {len(channels)} contacts, the probe has {count}.")
    _reorder(context, probe_edits.mapped(channels))
    context.say(f"Numbered as {adapter} wires the sites, taking their order before as site 1, 2, 3 … of the probe.")


def _copy_table(context: Context) -> None:
    QtWidgets.QApplication.clipboard().setText(table_text(context.state.probe.layout, "\t"))
    context.say("The table of contacts was copied: paste it into a spreadsheet, change it, copy and paste it here.")


def _paste_table(context: Context, text: str | None = None) -> None:
    text = QtWidgets.QApplication.clipboard().text() if text is None else text
    cells = text.split()
    if not cells:
        raise Refused("The clipboard holds no text: copy cells of a spreadsheet first.")
    if all(len(line.split()) <= 1 and "," not in line for line in text.splitlines()):
        _map(context, cells)
        return
    probe = imported(read_table(text, Path("clipboard")))
    context.model.apply(drawn, probe.layout, (), "pasted")
    context.say(" ".join([f"{len(probe)} contacts pasted.", *probe.notes]))


def _map(context: Context, cells: Sequence[str]) -> None:
    """One column: the channel of each contact, in the order of the table; a heading is left out."""
    cells = cells if cells[0].lstrip("-").isdigit() else cells[1:]
    wrong = next((cell for cell in cells if not cell.lstrip("-").isdigit()), None)
    if wrong is not None:
        raise ValueError(f"One column is read as the channel of each contact: whole numbers, not {wrong!r}.")
    count = len(context.state.probe)
    if len(cells) != count:
        raise ValueError(f"{len(cells)} channel numbers were pasted for {count} contacts: each needs one, in order.")
    _reorder(context, probe_edits.mapped([int(cell) for cell in cells]))
    context.say(f"{count} contacts mapped to the channels that were pasted.")


def _change(command_id: str, text: str, do: Any, help_text: str, key: str = "") -> Command:
    """A command that changes contacts: refused while sorting, can be undone, its key works on this page."""
    pages = ("probe",) if key else ()
    return Command(command_id, text, do, help_text, key, refuse=sorting, undoes=PARTS, pages=pages)


COMMANDS: tuple[Command, ...] = (
    _change("probe.add", "Add contact", _add, "One more contact, on the next channel."),
    _change("probe.move", "Move contacts", _move, "Move the chosen contacts."),
    _change("probe.place", "Place contact", _place, "Give one contact other coordinates."),
    _change("probe.remove", "Delete contacts", _remove, "Delete the chosen contacts.", "Del; Backspace"),
    _change("probe.clear", "Clear probe", _clear, "Delete all contacts."),
    _change("probe.repeat", "Repeat contacts", _repeat, "Copy the chosen contacts, once or as an array."),
    _change("probe.arrange", "Arrange contacts", _arrange, "Mirror, turn, align, spread or snap the chosen contacts."),
    _change("probe.scale", "Scale probe", _scale, "Multiply all coordinates."),
    _change("probe.shank", "Put on shank", _shank, "Put the chosen contacts on a shank."),
    _change("probe.size", "Shape contacts", _size, "Give the chosen contacts a shape and size."),
    _change("probe.number", "Number contacts", _number, "Put contacts on channels, one after the other."),
    _change("probe.order", "Number all contacts", _order, "Number the contacts by where they are."),
    _change("probe.wire", "Number as an adapter wires", _wire, "Number the sites of a probe as an adapter wires them."),
    Command(
        "probe.copy_table",
        "Copy table of contacts",
        _copy_table,
        "Copy the contacts as a table for a spreadsheet.",
        "Ctrl+C",
        refuse=empty,
        pages=("probe",),
    ),
    _change(
        "probe.paste_table",
        "Paste table of contacts",
        _paste_table,
        "Paste from a spreadsheet: x and y, or one column with the channel of each contact.",
        "Ctrl+V",
    ),
)
