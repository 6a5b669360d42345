"""One to three channels, which the published package refuses: true units found by our default preset."""

from __future__ import annotations

import numpy as np
from accuracy import STILL, simulated
from page import Options, Section, table
from runs import one_run, ours
from scores import scored

from spikesift_core.messages import say

SEEDS = (21, 22, 23, 24)
GROUPS = tuple(
    simulated("still", (channels, 60, units), STILL, SEEDS, probe)
    for channels, units, probe in (
        (4, 6, "tetrode"),
        (3, 4, "three wires"),
        (2, 3, "stereotrode"),
        (1, 2, "single wire"),
    )
)
QUICK = (simulated("still", (2, 20, 3), STILL, SEEDS[:1], "stereotrode"),)
HEAD = ("recordings", "n", "mean accuracy", "units found", "false units", "units split", "sorting, s")


def few_channels_section(options: Options) -> str:
    """One row for each number of channels; a tetrode to compare with."""
    rows = []
    for group in QUICK if options.quick else GROUPS:
        descriptions = [one.prepared() for one in options.chosen(group.recordings, group.recordings)]
        runs = [one_run(ours("default"), description) for description in descriptions]
        found = [scored(description, run.result) for description, run in zip(descriptions, runs, strict=True)]
        mean = np.mean([one.mean for one in found])
        say(f"  {group.words:40s} {mean:.2f}")
        true = sum(len(one.accuracy) for one in found)
        totals = [sum(getattr(one, what) for one in found) for what in ("found", "false", "split")]
        seconds = np.median([run.seconds for run in runs])
        rows.append((group.words, str(len(found)), f"{mean:.2f}", f"{totals[0]} of {true}", *map(str, totals[1:]),
                     f"{seconds:.2f}"))  # fmt: skip
    return (
        "The preset `default`; the published package asks for four channels at least. Fewer channels tell fewer units "
        "apart: those that look alike on all of them are one.\n\n" + table(HEAD, rows)
    )


SECTION = Section("few-channels", "One to three channels", few_channels_section)
