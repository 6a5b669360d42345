"""Our engine beside the published package: same file, same settings, one thread, turn by turn, each run a process.

`python scripts/project.py bench` (or `make bench`) sets everything up. `--quick` takes small recordings and writes no
page; without it the table goes into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

import psutil
from accuracy import accuracy_section
from agreement import agreement
from published import VERSION as PUBLISHED_VERSION
from published import published_python
from runs import Case, Measured, measure, prepared, table

from spikesift_core import __version__
from spikesift_core.messages import say

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
FULL = (Case(32, 120, 20), Case(128, 90, 60), Case(384, 60, 150))
QUICK = (Case(32, 30, 12), Case(128, 25, 30))


def speed_section(cases: tuple[Case, ...], repeats: int) -> str:
    """Time, memory and agreement, one row for each recording."""
    pythons = {"spikesift": published_python(), "spikesift_core": Path(sys.executable)}
    rows = []
    for case in cases:
        description = prepared(case)
        say(f"{case.name}, {repeats} runs each:")
        found = measure(pythons, description, repeats, "published")
        rows.append(speed_row(case, found["spikesift"], found["spikesift_core"]))
    head = ("recording", "sorting, s", "speed, × real time", "time: ours / published", "whole process, s",
            "peak memory, MB", "segments equal", "clusters equal", "amplitude vectors", "links equal")  # fmt: skip
    return (
        "## Speed, memory and agreement, one thread\n\n"
        "Two figures in a cell are published → ours, medians of the runs. The ratio of times is the median over pairs "
        "of neighbouring runs, its range in brackets.\nClusters are equal when at least 99 % of the spikes are, within "
        "1 sample; amplitude vectors: the largest difference relative to the vector's largest value.\n\n"
        + table(head, rows)
    )


def speed_row(case: Case, theirs: Measured, ours: Measured) -> tuple[str, ...]:
    """One row of the table."""
    same = agreement(theirs.result, ours.result)
    ratios = [b / a for a, b in zip(theirs.seconds, ours.seconds, strict=True)]

    def pair(values, form, scale=lambda x: x):
        return " → ".join(form.format(scale(statistics.median(getattr(m, values)))) for m in (theirs, ours))

    return (
        case.name,
        pair("seconds", "{:.2f}"),
        pair("seconds", "{:.0f}", lambda seconds: case.seconds / seconds),
        f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
        pair("whole", "{:.2f}"),
        pair("megabytes", "{:.0f}"),
        f"{same.segments_equal} of {same.segments}",
        f"{same.clusters_paired} of {same.clusters}",
        f"{same.vector_difference:.1e}",
        f"{same.links_equal} of {same.links}",
    )


def machine() -> str:
    """What it was measured on, in words."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text("utf-8").splitlines() if "model name" in line]
        cpu = names[0] if names else cpu
    memory = psutil.virtual_memory().total / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "scipy"))
    return (
        f"Measured on {date.today().isoformat()} by `make bench`: {cpu}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, {libraries}; "
        f"spikesift-gui {__version__} beside spikesift {PUBLISHED_VERSION}."
    )


SECTIONS = (speed_section, accuracy_section)  # functions of (cases, repeats) that return Markdown


def main() -> int:
    """Run all sections; print them, and write the page unless it was a quick run."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="small recordings, no page written")
    parser.add_argument("--repeats", type=int, default=None, help="runs of each package (default 5, quick 2)")
    parser.add_argument("--channels", type=int, help="only the recordings with this many channels")
    options = parser.parse_args()
    cases = tuple(c for c in (QUICK if options.quick else FULL) if options.channels in (None, c.channels))
    if not cases:
        parser.error(f"no recording has {options.channels} channels")
    repeats = options.repeats or (2 if options.quick else 5)
    text = "\n".join(section(cases, repeats) for section in SECTIONS)
    sys.stdout.write(f"\n{text}\n{machine()}\n")
    if not options.quick and options.channels is None:
        PAGE.write_text(f"# Benchmarks\n\n{machine()}\n\n{text}", encoding="utf-8")
        say(f"Written to {PAGE}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
