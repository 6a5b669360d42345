"""What a lower detection threshold costs: our default preset beside the published package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from page import Options, Section, ratios, spread, table
from recordings import Case
from runs import Measured, measure, ours, theirs
from scores import scored

from spikesift_core.messages import say

CASES = (Case(32, 120, 20), Case(128, 90, 60))
QUICK = (Case(32, 30, 12),)
SENSITIVITIES = (10.0, 8.0, 6.0, 5.0)
PROGRAMS = ("published package", "preset `default`")


def thresholds_section(options: Options) -> str:
    """One row for each recording and program."""
    rows = []
    for case in options.chosen(CASES, QUICK):
        say(f"{case.name}:")
        description = case.prepared()
        settings = [{"detection_sensitivity": value} for value in SENSITIVITIES]
        programs = [theirs(**one) for one in settings] + [ours("default", **one) for one in settings]
        found = measure(programs, description, options.repeats)
        half = len(SENSITIVITIES)
        for words, runs in zip(PROGRAMS, (found[:half], found[half:]), strict=True):
            rows.append(row(case, words, runs, description))
    others = [f"× at {value:g}" for value in SENSITIVITIES[1:]]
    accuracies = "mean accuracy at " + ", ".join(f"{value:g}" for value in SENSITIVITIES)
    return (
        "Time of `detection_sensitivity` 8, 6 and 5 as multiples of the time at 10, one thread: medians over pairs of "
        f"{options.repeats} neighbouring runs, ranges in brackets. Wanted of the preset `default`: at most 1.5 at 6 "
        "and 2 at 5.\n\n" + table(("recording", "program", "s at 10", *others, accuracies), rows)
    )


def row(case: Case, words: str, runs: Sequence[Measured], description: Path) -> tuple[str, ...]:
    """One row; the first of the runs is that at 10."""
    times = [spread(ratios(runs[0].seconds, one.seconds)) for one in runs[1:]]
    accuracies = ", ".join(f"{scored(description, one.result).mean:.2f}" for one in runs)
    return (case.name, words, f"{runs[0].median('seconds'):.2f}", *times, accuracies)


SECTION = Section("thresholds", "Lower thresholds", thresholds_section)
