"""Sorters run turn by turn, each run in a process of its own."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from page import ROOT, NotMeasured
from published import WORK, published_python

from spikesift_core.messages import say

HERE = Path(__file__).resolve().parent
RUNNER = HERE / "run_sorter.py"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
OURS, THEIRS = "spikesift_core", "spikesift"


class RunFailed(NotMeasured):
    """A sorter did not finish; the message says which, on what and why."""


@dataclass(frozen=True)
class Program:
    """What is run.

    Attributes
    ----------
    words : for a table.
    package : module with `Recording` and `perform_spike_sorting`.
    arguments : of `perform_spike_sorting`.
    change : key of a row of `changes.CHANGES` that is made to our package first.
    variables : environment variables.
    """

    words: str
    package: str = OURS
    arguments: dict = field(default_factory=dict)
    change: str = ""
    variables: dict = field(default_factory=dict)


def ours(preset: str, threads: int = 1, **arguments) -> Program:
    """Our package with a preset."""
    words = f"preset `{preset}`, {threads} thread" + ("s" if threads > 1 else "")
    return Program(words, OURS, {"preset": preset, "threads": threads, **arguments})


def theirs(**arguments) -> Program:
    """The published package; it has no threads and no presets."""
    return Program("published package", THEIRS, arguments)


@dataclass(frozen=True)
class Run:
    """One run: seconds of sorting and of the whole process, MB at the peak, and the arrays that came out."""

    seconds: float
    whole: float
    megabytes: float
    result: dict[str, np.ndarray]


@dataclass(frozen=True)
class Measured:
    """The runs of one program on one recording."""

    runs: list[Run]

    @property
    def seconds(self) -> list[float]:
        """Of sorting, each run."""
        return [run.seconds for run in self.runs]

    @property
    def result(self) -> dict[str, np.ndarray]:
        """Of the last run."""
        return self.runs[-1].result

    def median(self, what: str) -> float:
        """Median over the runs of `seconds`, `whole` or `megabytes`."""
        return statistics.median(getattr(run, what) for run in self.runs)


def measure(programs: Sequence[Program], description: Path, repeats: int, uncounted: int = 1) -> list[Measured]:
    """Run the programs turn by turn; the first `uncounted` turns fill caches and do not count."""
    found: list[list[Run]] = [[] for _ in programs]
    for turn in range(repeats + uncounted):
        for program, runs in zip(programs, found, strict=True):
            run = one_run(program, description)
            if turn >= uncounted:
                runs.append(run)
                say(f"  {program.words:30s} {run.seconds:7.2f} s  {run.megabytes:7.0f} MB")
    return [Measured(runs) for runs in found]


def one_run(program: Program, description: Path, limit: float | None = None, runner: Path = RUNNER) -> Run:
    """Sort a recording in a new process by `runner`; stopped after `limit` seconds.

    Raises
    ------
    RunFailed
        When it fails or takes too long.
    """
    own = program.package == OURS
    python = Path(sys.executable) if own else published_python()
    output = WORK / f"result-{os.getpid()}-{time.monotonic_ns()}.npz"
    request = json.dumps({"arguments": program.arguments, "change": program.change})
    command = [str(python), str(runner), program.package, str(description), str(output), request]
    try:
        whole = finished(command, ONE_THREAD | program.variables, program.words, description.name, limit)
        with np.load(output) as file:
            result = {name: file[name] for name in file.files}
    finally:
        output.unlink(missing_ok=True)
    return Run(float(result["seconds"]), whole, float(result["megabytes"]), result)


def finished(command: list[str], variables: dict, words: str, name: str, limit: float | None = None) -> float:
    """Run a command to its end, with our packages where its Python can find them; seconds it took.

    Raises
    ------
    RunFailed
        When it fails or takes longer than `limit` seconds.
    """
    own = command[0] == sys.executable
    environment = {**os.environ, **variables, "PYTHONPATH": str(ROOT) if own else ""}
    before = time.perf_counter()
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=limit)
    except subprocess.TimeoutExpired:
        raise RunFailed(f"{words} was stopped on {name} after {limit:g} s") from None
    if done.returncode:
        raise RunFailed(f"{words} failed on {name}:\n{done.stderr.strip()}")
    return time.perf_counter() - before
