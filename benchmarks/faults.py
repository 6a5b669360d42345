"""What the options for a faulty signal are worth: a recording with a common disturbance and dead channels, and the same
one without them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from page import Options, Section, table
from published import WORK
from recordings import Case, binary_file, described
from runs import Program, one_run, ours, theirs
from scores import scored

from spikesift_core.messages import say

DEAD = 0.1  # of the channels
SHARED_NOISE = 2.0  # standard deviation of what all channels have in common, in that of a channel
HUM = 10.0  # amplitude of the mains hum, in the same
MAINS = 50.0  # Hz


@dataclass(frozen=True)
class Spoilt:
    """A simulated recording with noise that all channels share, mains hum, and dead channels."""

    case: Case

    @property
    def channels(self) -> int:
        """Of the recording."""
        return self.case.channels

    @property
    def name(self) -> str:
        """In words, for a table."""
        return f"{self.case.name}, with hum, shared noise and dead channels"

    def prepared(self) -> Path:
        """Make it, if it is not there; the truth is that of the recording without faults."""
        source = self.case.prepared()
        description = WORK / f"spoilt-{self.case.file}.json"
        if not description.exists():
            say(f"Spoiling {self.case.name} ...")
            given = json.loads(source.read_text(encoding="utf-8"))["recording"]
            binary = description.with_suffix(".bin")
            samples = np.fromfile(binary_file(source), np.int16).reshape(-1, self.channels)
            spoilt(samples, given["sampling_frequency"], np.random.default_rng(7)).tofile(binary)
            truth = source.with_name(source.stem + "_truth.npz")
            described(description, binary, given["probe_geometry"], given["sampling_frequency"], truth)
        return description


def spoilt(samples: np.ndarray, frequency: float, rng: np.random.Generator) -> np.ndarray:
    """Samples (n, channels) int16 with the faults in them; `frequency` in Hz."""
    n, channels = samples.shape
    level = np.median(np.abs(samples[: int(10 * frequency)])) / 0.6745
    hum = HUM * level * np.sin(2 * np.pi * MAINS * np.arange(n) / frequency)
    shared = (hum + SHARED_NOISE * level * rng.standard_normal(n)).round().astype(np.int16)
    faulty = samples + shared[:, None]
    dead = rng.choice(channels, max(1, round(DEAD * channels)), replace=False)
    faulty[:, dead] = rng.integers(-1, 2, (n, len(dead)))
    return faulty


SIMULATED = Case(32, 120, 25, {"seed": 12}, "20 um zigzag")
RECORDINGS = (SIMULATED, Spoilt(SIMULATED))
SMALL = Case(32, 30, 12, {"seed": 11}, "20 um zigzag")
QUICK = (SMALL, Spoilt(SMALL))
REFERENCE, DEAD_OUT = {"common_reference": "median"}, {"dead_channels": "exclude"}
PROGRAMS: tuple[tuple[str, Program], ...] = (
    ("published package", theirs()),
    ("preset `default`", ours("default")),
    ("with common median reference", ours("default", **REFERENCE)),
    ("without dead channels", ours("default", **DEAD_OUT)),
    ("with both", ours("default", **REFERENCE, **DEAD_OUT)),
)


def faults_section(options: Options) -> str:
    """One row for each program on each recording."""
    rows = []
    for recording in options.chosen(RECORDINGS, QUICK):
        description = recording.prepared()
        for words, program in PROGRAMS:
            run = one_run(program, description)
            found = scored(description, run.result)
            say(f"  {words:30s} {found.mean:.3f}")
            units = f"{found.found} of {len(found.accuracy)}"
            rows.append((recording.name, words, f"{found.mean:.3f}", units, str(found.false), f"{run.seconds:.1f}"))
    return (
        f"Shared noise has {SHARED_NOISE:g} times the standard deviation of a channel, the hum ({MAINS:g} Hz) "
        f"{HUM:g} times; {DEAD:.0%} of the channels are dead, so that units beside them are harder or lost. One run "
        "each.\n\n" + table(("recording", "program", "mean accuracy", "units found", "false units", "sorting, s"), rows)
    )


SECTION = Section("faults", "Faulty signals", faults_section)
