"""Whether time per second and memory depend on the length of a recording, and whether very many channels run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from page import Options, Section, arrow, table
from recordings import Case, read_through, repeated
from runs import Program, Run, RunFailed, measure, one_run, ours, theirs
from scores import scored

from spikesift_core.messages import say

PROGRAMS = (theirs(), ours("published"), ours("default"))
LONGEST_RUN = 600.0  # s
MOST_REPEATS = 3


@dataclass(frozen=True)
class Longer:
    """A recording, and the same one after itself so many times."""

    case: Case
    times: int

    @property
    def channels(self) -> int:
        """Of the recording."""
        return self.case.channels


# Whole periods of drift, so that the tissue does not jump where the recording begins anew.
STEADY = {"drift_period": 20.0}
LONGER = (Longer(Case(32, 60, 20, STEADY), 30), Longer(Case(384, 60, 150, STEADY), 4))
QUICK_LONGER = (Longer(Case(32, 20, 8, STEADY), 3),)
WIDE = (Case(1000, 10, 300), Case(4000, 6, 1000))
QUICK_WIDE = (Case(1000, 6, 300),)


def length_section(options: Options) -> str:
    """Two tables: long recordings, and wide ones."""
    chosen = options.chosen(LONGER + WIDE, QUICK_LONGER + QUICK_WIDE)
    long = [row for one in chosen if isinstance(one, Longer) for row in long_rows(one, options)]
    wide = [row for one in chosen if isinstance(one, Case) for row in wide_rows(one)]
    head = ("channels", "length", "program", "ms per second of recording", "ratio", "peak memory, MB")
    many = ("recording", "program", "sorting, s", "× real time", "peak memory, MB", "units found")
    return (
        "One thread; medians. Short → long; the long recording is the short one over and over, so that both hold the "
        "same spikes.\n\n"
        + table(head, long)
        + "\nMany channels (simulated probes of several shanks), one thread, one run:\n\n"
        + table(many, wide)
    )


def long_rows(longer: Longer, options: Options) -> list[tuple[str, ...]]:
    """A row for each program."""
    case, repeats = longer.case, min(options.repeats, MOST_REPEATS)
    seconds = (case.seconds, case.seconds * longer.times)
    say(f"{case.name}:")
    short = measure(PROGRAMS, case.prepared(), repeats)
    say(f"the same {longer.times} times:")
    with repeated(case, longer.times) as description:
        read_through(description)
        long = measure(PROGRAMS, description, repeats, uncounted=0)
    rows = []
    for program, pair in zip(PROGRAMS, zip(short, long, strict=True), strict=True):
        costs = [1000 * one.median("seconds") / length for one, length in zip(pair, seconds, strict=True)]
        memory = arrow([one.median("megabytes") for one in pair], "{:.0f}")
        lengths = arrow(seconds, "{:g}") + " s"
        ratio = f"{costs[1] / costs[0]:.2f}"
        rows.append((str(case.channels), lengths, program.words, arrow(costs, "{:.1f}"), ratio, memory))
    return rows


def wide_rows(case: Case) -> list[tuple[str, ...]]:
    """A row for each program, also for one that does not finish."""
    say(f"{case.name}:")
    description = case.prepared()
    read_through(description)
    rows: list[Sequence[str]] = []
    for program in PROGRAMS:
        run = finished_or_not(program, description)
        if isinstance(run, str):
            rows.append((case.name, program.words, run, "–", "–", "–"))
            continue
        say(f"  {program.words:30s} {run.seconds:7.2f} s  {run.megabytes:7.0f} MB")
        score = scored(description, run.result)
        speed, found = f"{case.seconds / run.seconds:.2f}", f"{score.found} of {len(score.accuracy)}"
        rows.append((case.name, program.words, f"{run.seconds:.1f}", speed, f"{run.megabytes:.0f}", found))
    return rows


def finished_or_not(program: Program, description) -> Run | str:
    """A run, or the reason in short why there is none."""
    try:
        return one_run(program, description, LONGEST_RUN)
    except RunFailed as failure:
        say(f"  {failure}")
        return f"not within {LONGEST_RUN / 60:g} min" if "was stopped" in str(failure) else "failed"


SECTION = Section("length", "Length and channels", length_section)
