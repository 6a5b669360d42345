"""Commands of the views of single units: the segment in focus, and how waveforms and amplitudes are drawn."""

from __future__ import annotations

from functools import partial

from spikesift_gui import transitions
from spikesift_gui.command import Command, Refused
from spikesift_gui.commands.inspect import nothing_sorted
from spikesift_gui.context import Context
from spikesift_gui.views.amplitudes import AmplitudeView
from spikesift_gui.views.base import View
from spikesift_gui.views.traces import SIGNALS, TracesView
from spikesift_gui.views.waveforms import WaveformView


def _show_segment(context: Context, segment: int | None = None) -> None:
    count = len(context.state.results.current.sorted_recording.sorted_segments)
    if segment is not None and not 0 <= segment < count:
        raise Refused(f"There is no segment {segment + 1}: the recording has {count}.")
    context.model.apply(transitions.set_view, segment=segment)


def _step_segment(context: Context, step: int) -> None:
    """Before the first and after the last one are all of them."""
    count, now = len(context.state.results.current.sorted_recording.sorted_segments), context.state.view.segment
    following = (0 if step > 0 else count - 1) if now is None else now + step
    _show_segment(context, following if 0 <= following < count else None)


def _turn(context: Context, view: type[View], name: str, values: tuple) -> None:
    """The next of `values` for an option of a view."""
    now = context.state.view.options.get(f"{view.id}.{name}", view.options[name])
    following = values[(values.index(now) + 1) % len(values)] if now in values else values[0]
    context.model.apply(transitions.set_option, view.id, name, following)


def _turning(id_: str, text: str, help_: str, key: str, view: type[View], name: str, values: tuple) -> Command:
    do = partial(_turn, view=view, name=name, values=values)
    return Command(id_, text, do, help_, key=key, refuse=nothing_sorted, menu="&Units", pages=("inspect",))


def _taking(id_: str, text: str, arrow: str, what: str) -> Command:
    def do(context: Context) -> None:
        context.wish(id_)

    help_ = f"In the traces, subtracted or residual: take off {what}."
    return Command(id_, text, do, help_, key=f"Alt+{arrow}", refuse=nothing_sorted, menu="&Units", pages=("inspect",))


COMMANDS: tuple[Command, ...] = (
    Command(
        "segment.show", "Show segment", _show_segment, "Look at one segment, or at all of them.", refuse=nothing_sorted
    ),
    Command(
        "segment.next",
        "Next segment",
        partial(_step_segment, step=1),
        "Look at the next segment.",
        key="Ctrl+Right",
        refuse=nothing_sorted,
        menu="&Units",
        pages=("inspect",),
    ),
    Command(
        "segment.previous",
        "Previous segment",
        partial(_step_segment, step=-1),
        "Look at the previous segment.",
        key="Ctrl+Left",
        refuse=nothing_sorted,
        menu="&Units",
        pages=("inspect",),
    ),
    _turning(
        "waveforms.kind", "Waveforms filtered or raw", "Waveforms as the sorter sees them, or as in the file.", "W",
        WaveformView, "kind", ("filtered", "raw"),
    ),
    _turning(
        "waveforms.mean", "Mean waveforms only", "Mean waveforms alone, or with single spikes behind them.", "M",
        WaveformView, "behind", ("samples", "nothing"),
    ),
    _turning(
        "waveforms.overlap", "Waveforms over each other", "Units over each other, or side by side.", "O",
        WaveformView, "overlap", (True, False),
    ),
    _turning(
        "traces.kind", "Traces filtered, raw, subtracted or residual",
        "The signal as the sorter sees it, as in the file, what the units explain of it, or what is left.", "R",
        TracesView, "kind", tuple(kind for kind, _words in SIGNALS),
    ),
    _taking("traces.more", "Take off the next unit", "Right", "the next unit, the largest first"),
    _taking("traces.fewer", "Take off one unit less", "Left", "one unit less"),
    _turning(
        "amplitudes.kind", "Amplitudes of spikes", "The amplitude of each spike, or of each segment only.", "A",
        AmplitudeView, "spikes", (True, False),
    ),
)  # fmt: skip
