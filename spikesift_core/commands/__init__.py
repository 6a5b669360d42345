"""The commands of the terminal: one file each, one table.

A command declares its options and does its job; it prints nothing but progress and remarks (to standard error) and
hands its answer back, as text for a person and as data for a script.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What a command hands back.

    Attributes
    ----------
    text : for a person, on standard output.
    data : for a script (`--json`), plain JSON.
    status : exit status.
    """

    text: str
    data: dict[str, Any] = field(default_factory=dict)
    status: int = 0


@dataclass(frozen=True)
class Command:
    """One row of `COMMANDS`. Its module has `add_arguments(parser)` and `run(args) -> Answer`, imported when used."""

    name: str
    usage: str
    help: str
    examples: tuple[str, ...]

    @property
    def module(self):
        """The module that does it."""
        return import_module(f"spikesift_core.commands.{self.name}")

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""
        self.module.add_arguments(parser)

    @property
    def run(self) -> Callable[[argparse.Namespace], Answer]:
        """The function that does it."""
        return self.module.run


COMMANDS: tuple[Command, ...] = (
    Command(
        "sort",
        "RECORDING [RECORDING ...] [options]",
        "sort a recording; write the units to a session folder while it runs",
        (
            "spikesift sort run_g0_t0.imec0.ap.bin",
            "spikesift sort openephys_folder --stream Probe-100.0 --probe probe.csv --stop 600",
            "spikesift sort rec.bin --probe probe.csv --dtype int16 --sampling-frequency 30000",
            "spikesift sort rec.bin --probe probe.csv --dtype int16 --sampling-frequency 30000 "
            "--preset published --threads 1 --output rec.spikesift",
            "spikesift sort monday1.bin monday2.bin monday3.bin --probe probe.csv --dtype int16 "
            "--sampling-frequency 30000 --output monday.spikesift",
            "spikesift sort rec.bin --probe chanMap.mat --dtype int16 --sampling-frequency 24414.0625 "
            "--detection-sensitivity 8 --json",
        ),
    ),
    Command(
        "info",
        "PATH [options]",
        "tell what a recording or a session is, and what looks odd about it",
        (
            "spikesift info openephys_folder",
            "spikesift info rec.bin",
            "spikesift info rec.bin --probe probe.csv --dtype int16 --sampling-frequency 30000",
            "spikesift info rec.spikesift --json",
            "spikesift info rec.spikesift --quality",
        ),
    ),
    Command(
        "convert",
        "RECORDING --output FOLDER [options]",
        "write a copy of a recording that cannot be read in place (Plexon, compressed NWB, …)",
        (
            "spikesift convert rec.plx --output rec_converted",
            "spikesift convert rec.nwb --stream ElectricalSeries --output rec_converted",
        ),
    ),
    Command(
        "simulate",
        "--output BASE [options]",
        "write a simulated, drifting recording with known truth",
        (
            "spikesift simulate --channels 32 --seconds 60 --units 20 --drift 20 --seed 1 --output sim",
            "spikesift simulate --probe probe.json --seconds 300 --units 40 --drift-kind jumps --output sim",
        ),
    ),
    Command(
        "map",
        "SOURCE TARGET [options]",
        "find which units of one session are which of another",
        (
            "spikesift map monday.spikesift tuesday.spikesift",
            "spikesift map monday.spikesift tuesday.spikesift --consecutive --max-drift 60 --json",
            "spikesift map monday.spikesift tuesday.spikesift --as-merged --report pairs.json --picture pairs.svg",
        ),
    ),
    Command(
        "merge",
        "SESSION SESSION ... --output FOLDER [options]",
        "join the sessions of recordings made one after the other into one",
        (
            "spikesift merge part1.spikesift part2.spikesift --output both.spikesift",
            "spikesift merge part1.spikesift part2.spikesift --consecutive --output both.spikesift",
            "spikesift merge part1.spikesift part2.spikesift --output both.spikesift --report both.json "
            "--picture both.svg",
        ),
    ),
    Command(
        "export",
        "SESSION --format FORMAT --output FILE [options]",
        "write the units of a session to a file for another program",
        (
            "spikesift export rec.spikesift --format npz --output spikes.npz",
            "spikesift export rec.spikesift --format csv --units all --output spikes.csv",
            "spikesift export rec.spikesift --format csv --clock acquisition --output spikes.csv",
            "spikesift export rec.spikesift --format amplitudes --output amplitudes.csv",
            "spikesift export rec.spikesift --format quality --output quality.csv",
        ),
    ),
)
