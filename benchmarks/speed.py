"""Time and memory of both presets on one and two threads beside the published package, and whether results agree."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from agreement import agreement
from page import Options, Section, ratios, spread, table
from recordings import Case
from runs import Measured, Program, measure, ours, theirs

from spikesift_core.messages import say

CASES = (Case(32, 120, 20), Case(128, 90, 60), Case(128, 90, 60, floats=True), Case(384, 60, 150))
QUICK = (Case(32, 30, 12), Case(128, 25, 30))
SAME = ours("published")  # whose results are those of the published package
PROGRAMS = (theirs(), SAME, ours("published", 2), ours("default"), ours("default", 2))


def speed_section(options: Options) -> str:
    """Two tables: time and memory of each program, and agreement of the preset `published` with the package."""
    times, agreements = [], []
    for case in options.chosen(CASES, QUICK):
        say(f"{case.name}:")
        found = measure(PROGRAMS, case.prepared(), options.repeats)
        times += time_rows(case, PROGRAMS, found)
        agreements.append(agreement_row(case, found[0], found[PROGRAMS.index(SAME)]))
    head = ("recording", "program", "sorting, s", "× real time", "times as fast as published", "whole process, s",
            "peak memory, MB")  # fmt: skip
    same = ("recording", "segments equal", "clusters equal", "amplitude vectors", "links equal")
    return (
        f"Medians of {options.repeats} runs, file in the system's memory, kernels compiled. How many times as fast: "
        "median over pairs of neighbouring runs, its range in brackets.\n\n"
        + table(head, times)
        + "\nDo the published package and the preset `published` give the same? Clusters are equal when at least 99 % "
        "of the spikes are, within 1 sample; amplitude vectors: the largest difference relative to the vector's "
        "largest value.\n\n" + table(same, agreements)
    )


def time_rows(case: Case, programs: Sequence[Program], found: Sequence[Measured]) -> list[tuple[str, ...]]:
    """One row for each program; the first one is what the others are compared with."""
    rows = []
    for program, one in zip(programs, found, strict=True):
        faster = spread(ratios(one.seconds, found[0].seconds)) if one is not found[0] else "1"
        rows.append((
            case.name, program.words, f"{one.median('seconds'):.2f}",
            f"{case.seconds / statistics.median(one.seconds):.0f}", faster,
            f"{one.median('whole'):.2f}", f"{one.median('megabytes'):.0f}",
        ))  # fmt: skip
    return rows


def agreement_row(case: Case, reference: Measured, other: Measured) -> tuple[str, ...]:
    """One row: what two results have in common."""
    same = agreement(reference.result, other.result)
    return (
        case.name,
        f"{same.segments_equal} of {same.segments}",
        f"{same.clusters_paired} of {same.clusters}",
        f"{same.vector_difference:.1e}",
        f"{same.links_equal} of {same.links}",
    )


SECTION = Section("speed", "Speed, memory and agreement", speed_section)
