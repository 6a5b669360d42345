"""Commands that measure the units, and choose what the table of units shows of that."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import replace
from typing import Any

from spikesift_core.quality import kept_or_measured
from spikesift_gui import transitions
from spikesift_gui.command import Command
from spikesift_gui.commands.inspect import nothing_sorted
from spikesift_gui.context import Context
from spikesift_gui.jobs import politely
from spikesift_gui.state import Result
from spikesift_gui.unit_figures import Figures, question
from spikesift_gui.widgets.unit_model import NAMES


def _measure(context: Context) -> None:
    """Measure the units that are looked at; what is measured of others is given up first."""
    asked = question(context.state)
    if asked is None or asked == context.state.figures.asked:
        return
    if context.state.job("quality"):
        context.cancel_job("quality")
        return  # started again when it has stopped

    def show(**found: Any) -> None:
        if context.state.figures.asked == asked:
            context.model.apply(transitions.set_figures, **found)

    def again(*_ended: Any) -> None:
        context.run("quality.measure")

    def given_up() -> None:
        context.say("")  # nobody asked for it
        if question(context.state) == asked:
            show(problem="it was cancelled")
        again()

    result = context.state.results.current
    before = context.state.figures
    same = before.quality is not None and before.asked[0] is asked[0]
    kept = replace(before.quality, unknown={}) if same else None
    context.model.apply(transitions.put_figures, Figures(asked, kept))
    context.start_job(
        "quality",
        "Measuring the units",
        politely(_job(result, asked), context.computer.let_pass),
        on_event=lambda quality: show(quality=quality),
        on_finished=lambda quality: (show(quality=quality), again()),
        on_failed=lambda error: (show(problem=str(error)), again()),
        on_cancelled=given_up,
    )


def _job(result: Result, asked: tuple[Any, ...]) -> Generator:
    recording, units, file, sorting = asked
    missing = "sorting is not finished" if sorting else result.recording_problem or "the recording is not there"
    return kept_or_measured(
        None if sorting else result.folder,
        recording,
        units,
        result.sampling_frequency,
        None if file is None else result.signal,
        **result.how_measured,
        why_no_signal=missing,
    )


def _columns(context: Context, names: Iterable[str]) -> None:
    """The columns of the table of units, remembered; their order is always the same, and the unit is always there."""
    wanted = {"id", *names}
    chosen = tuple(name for name in NAMES if name in wanted)
    context.model.apply(transitions.set_option, "units", "columns", chosen)
    context.preferences.set("unit_columns", list(chosen))


COMMANDS: tuple[Command, ...] = (
    Command(
        "quality.measure", "Measure the units", _measure, "Compute the quality metrics of every unit.",
        refuse=nothing_sorted,
    ),
    Command("units.columns", "Choose columns", _columns, "Choose what the table of units shows."),
)  # fmt: skip
