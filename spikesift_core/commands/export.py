"""`spikesift export`: the units of a session for another program."""

from __future__ import annotations

import argparse
from pathlib import Path

from spikesift_core.commands import Answer
from spikesift_core.commands.options import add_repair, open_results
from spikesift_core.messages import plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from spikesift_core.export import CLOCKS, EXPORTERS, UNIT_CHOICES

    parser.add_argument("session", type=Path, help="a session folder, also one that was cancelled")
    formats = "; ".join(f"{row.id}: {row.help}" for row in EXPORTERS)
    parser.add_argument("--format", choices=[row.id for row in EXPORTERS], required=True, help=formats)
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="file to write; it is replaced")
    add_repair(parser)
    choices = "; ".join(f"{name}: {words}" for name, words in UNIT_CHOICES.items()).replace("%", "%%")  # for argparse
    default = "default: kept where units were followed over gaps, else followed"
    parser.add_argument("--units", choices=list(UNIT_CHOICES), help=f"{choices} ({default})")
    clocks = "; ".join(f"{name}: {words}" for name, words in CLOCKS.items())
    parser.add_argument(
        "--clock",
        choices=list(CLOCKS),
        default="recorded",
        help=f"what times are counted on. {clocks} (default recorded)",
    )


def run(args: argparse.Namespace) -> Answer:
    """Write the file."""
    from spikesift_core.export import exporting
    from spikesift_core.terminal import run_with_bar

    session = open_results(args.session, args.repair)
    units = run_with_bar(exporting(session, args.output, args.format, args.units, args.clock))
    spikes = len(units.spikes[0])
    text = f"{plural(len(units), 'unit')}, {plural(spikes, 'spike')} written to {args.output}"
    if units.left_out:
        text += f"\n{plural(units.left_out, 'unit')} left out, not found in {units.where} (--units all takes them too)"
    if units.clock is not None:
        text += f"\nTimes are on the clock of the acquisition system{_gap_words(units)}"
    counts = {"units": len(units), "choice": units.choice, "spikes": spikes, "left_out": units.left_out}
    counts["clock"] = args.clock
    return Answer(text, {"file": str(args.output), "format": args.format, **counts})


def _gap_words(units) -> str:
    from spikesift_core.acquisition_clock import missing_words

    if not units.clock.gaps:
        return ", which has no gap."
    lost = missing_words(units.clock.missing, units.sampling_frequency)
    return f", which goes on in {plural(len(units.clock.gaps), 'gap')}, {lost} in all."
