"""The command that writes units for other programs."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

from spikesift_core.export import EXPORTERS, UNIT_CHOICES, exporting
from spikesift_core.session import open_session
from spikesift_core.tracks import chains, kept
from spikesift_gui.command import Command
from spikesift_gui.context import Context
from spikesift_gui.export_dialog import ExportChoice
from spikesift_gui.state import Result, State

REMEMBERED = "export"  # name in the preferences


def _export(
    context: Context,
    path: Path | None = None,
    format: str | None = None,
    units: str | None = None,
    clock: str = "recorded",
) -> None:
    """Without a format it is asked what to write, and without a path where."""
    result = context.state.results.current
    usual = "followed" if result.sorted_recording.followed is None else "kept"
    if format is None:
        first = ExportChoice(_remembered(context), units or usual, clock)
        choice = context.dialogs.ask_export(result.name, unit_counts(result), first, _no_clock(result))
        if choice is None:
            return
        context.preferences.set(REMEMBERED, choice.format)
    else:
        choice = ExportChoice(format, units or usual, clock)
    row = next(one for one in EXPORTERS if one.id == choice.format)
    if path is None:
        name = result.name if row.id == EXPORTERS[0].id else f"{result.name}_{row.id}"
        path = context.dialogs.save_file("Export units", f"{name}{row.suffix}", f"{row.name} (*{row.suffix})")
    if path is not None:
        job = _writing(result.folder, Path(path), choice)
        context.start_job("export", "Exporting", job, on_finished=context.say)


def _writing(folder: Path, path: Path, choice: ExportChoice) -> Generator[Any, None, str]:
    """Returns what to say."""
    units = yield from exporting(open_session(folder), path, choice.format, choice.units, choice.clock)
    more = f" {units.left_out} units are left out, not found in {units.where}." if units.left_out else ""
    return f"{len(units)} units, {len(units.spikes[0]):,} spikes written to {path}.{more}"


def unit_counts(result: Result) -> dict[str, int]:
    """How many units each row of `UNIT_CHOICES` is."""
    found = result.sorted_recording
    counts = {
        "followed": sum(track.followed_throughout(found) for track in chains(found)),
        "kept": len(kept(result.tracks, found.sorted_segments)),
        "all": len(result.tracks),
    }
    return {name: counts[name] for name in UNIT_CHOICES}


def _remembered(context: Context) -> str:
    known = context.preferences.get(REMEMBERED)
    return known if known in {row.id for row in EXPORTERS} else EXPORTERS[0].id


def _no_clock(result: Result) -> str:
    if result.merged:
        return "Several recordings are joined, and each has a clock of its own: export them one by one."
    if result.recording is not None and result.recording.clock is None:
        return "The recording does not tell it; a plain binary file never does."
    return ""


def _not_now(state: State) -> str | None:
    result = state.results.current
    if result is None:
        return "No sorted recording is open: sort one, or open a session."
    if state.job("sort") and state.sort_plan.result_id == result.id:
        return f"{result.name} is being sorted: wait until it is finished, or cancel it."
    if result.folder is None:
        return f"{result.name} is not saved yet: save it as a session first (page Match), then export it."
    return None


COMMANDS: tuple[Command, ...] = (
    Command(
        "result.export",
        "E&xport units…",
        _export,
        "Write the units for another program: spikes, amplitude vectors, units or quality metrics.",
        key="Ctrl+E",
        refuse=_not_now,
        menu="&File",
    ),
)
