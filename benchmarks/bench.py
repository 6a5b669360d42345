"""Our engine beside the published package: same file, same settings, one thread, turn by turn, each run a process.

`python scripts/project.py bench` (or `make bench`) sets everything up. `--quick` takes small recordings and writes no
page; without it the table goes into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psutil
from agreement import agreement
from published import VERSION as PUBLISHED_VERSION
from published import WORK, published_python

from spikesift_core import __version__
from spikesift_core.messages import say
from spikesift_core.simulate import simulate

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
RUNNER = Path(__file__).resolve().parent / "run_sorter.py"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Case:
    """A simulated recording: channels, seconds, units; 20 um of zigzag drift."""

    channels: int
    seconds: float
    units: int

    @property
    def name(self) -> str:
        """In words, for a table."""
        return f"{self.channels} channels, {self.seconds:g} s, {self.units} units"


FULL = (Case(32, 120, 20), Case(128, 90, 60), Case(384, 60, 150))
QUICK = (Case(32, 30, 12), Case(128, 25, 30))


@dataclass(frozen=True)
class Measured:
    """The runs of one package on one recording; seconds of sorting and of the whole process, MB at the peak."""

    seconds: list[float]
    whole: list[float]
    megabytes: list[float]
    result: dict[str, np.ndarray]


def prepared(case: Case) -> Path:
    """Simulate the recording of a case, if it is not there, and describe it for `run_sorter.py`."""
    WORK.mkdir(parents=True, exist_ok=True)
    base = WORK / f"sim-{__version__}-{case.channels}-{case.seconds:g}-{case.units}"
    description = base.with_name(base.name + ".json")
    if not description.exists():
        say(f"Simulating {case.name} ...")
        made = simulate(base, channels=case.channels, seconds=case.seconds, units=case.units, seed=1)
        recording = made.recording()
        content = {
            "recording": {
                "binary_file": str(made.binary_file),
                "data_type": recording.data_type.name,
                "probe_geometry": recording.probe_geometry.tolist(),
                "sampling_frequency": recording.sampling_frequency,
            },
            "options": {"spikesift": {}, "spikesift_core": {"preset": "published", "threads": 1}},
        }
        description.write_text(json.dumps(content), encoding="utf-8")
    return description


def measure(pythons: dict[str, Path], description: Path, repeats: int) -> dict[str, Measured]:
    """Run the packages turn by turn; one run of each beforehand is not counted (it compiles and fills caches)."""
    runs: dict[str, list[tuple]] = {package: [] for package in pythons}
    for turn in range(repeats + 1):
        for package, python in pythons.items():
            run = one_run(python, package, description)
            if turn:
                runs[package].append(run)
                say(f"  {package:15s} {run[0]:7.2f} s  {run[2]:7.0f} MB")
    return {
        package: Measured(*([run[k] for run in found] for k in range(3)), found[-1][3])
        for package, found in runs.items()
    }


def one_run(python: Path, package: str, description: Path) -> tuple[float, float, float, dict]:
    """Seconds of sorting, seconds of the whole process, MB, and the result of one process."""
    output = WORK / f"result-{package}.npz"
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT) if package == "spikesift_core" else ""}
    command = [str(python), str(RUNNER), package, str(description), str(output)]
    before = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8")
    whole = time.perf_counter() - before
    if done.returncode:
        raise SystemExit(f"{package} failed on {description.name}:\n{done.stderr}")
    with np.load(output) as file:
        result = {name: file[name] for name in file.files}
    return float(result["seconds"]), whole, float(result["megabytes"]), result


def speed_section(cases: tuple[Case, ...], repeats: int) -> str:
    """Time, memory and agreement, one row for each recording."""
    pythons = {"spikesift": published_python(), "spikesift_core": Path(sys.executable)}
    rows = []
    for case in cases:
        description = prepared(case)
        say(f"{case.name}, {repeats} runs each:")
        found = measure(pythons, description, repeats)
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


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


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


SECTIONS = (speed_section,)  # a later comparison is one more function of (cases, repeats) that returns Markdown


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
