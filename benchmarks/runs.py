"""What every benchmark needs: recordings made once, sorters run turn by turn in processes of their own, tables."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from published import WORK

from spikesift_core import __version__
from spikesift_core.messages import say
from spikesift_core.simulate import simulate

ROOT = Path(__file__).resolve().parent.parent
RUNNER = Path(__file__).resolve().parent / "run_sorter.py"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Case:
    """A simulated recording; 20 um of zigzag drift where `settings` (of `simulate`) do not say otherwise."""

    channels: int
    seconds: float
    units: int
    settings: dict = field(default_factory=dict)
    words: str = ""

    @property
    def name(self) -> str:
        """In words, for a table."""
        return f"{self.channels} channels, {self.seconds:g} s, {self.units} units" + (self.words and f", {self.words}")

    @property
    def file(self) -> str:
        """Of the recording, without suffix."""
        more = "".join(f"-{name}-{value}" for name, value in self.settings.items())
        return f"sim-{__version__}-{self.channels}-{self.seconds:g}-{self.units}{more}"


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
    base = WORK / case.file
    description = base.with_name(base.name + ".json")
    if not description.exists():
        say(f"Simulating {case.name} ...")
        settings = {"seed": 1, **case.settings}
        made = simulate(base, channels=case.channels, seconds=case.seconds, units=case.units, **settings)
        recording = made.recording()
        content = {
            "recording": {
                "binary_file": str(made.binary_file),
                "data_type": recording.data_type.name,
                "probe_geometry": recording.probe_geometry.tolist(),
                "sampling_frequency": recording.sampling_frequency,
            },
        }
        description.write_text(json.dumps(content), encoding="utf-8")
    return description


def measure(pythons: dict[str, Path], description: Path, repeats: int, preset: str) -> dict[str, Measured]:
    """Run the packages turn by turn, ours with `preset`; a first run of each is not counted (it fills caches)."""
    runs: dict[str, list[tuple]] = {package: [] for package in pythons}
    for turn in range(repeats + 1):
        for package, python in pythons.items():
            run = one_run(python, package, description, preset)
            if turn:
                runs[package].append(run)
                say(f"  {package:15s} {run[0]:7.2f} s  {run[2]:7.0f} MB")
    return {
        package: Measured(*([run[k] for run in found] for k in range(3)), found[-1][3])
        for package, found in runs.items()
    }


def one_run(python: Path, package: str, description: Path, preset: str) -> tuple[float, float, float, dict]:
    """Seconds of sorting, seconds of the whole process, MB, and the result of one process."""
    output = WORK / f"result-{package}.npz"
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT) if package == "spikesift_core" else ""}
    command = [str(python), str(RUNNER), package, str(description), str(output), preset]
    before = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8")
    whole = time.perf_counter() - before
    if done.returncode:
        raise SystemExit(f"{package} failed on {description.name}:\n{done.stderr}")
    with np.load(output) as file:
        result = {name: file[name] for name in file.files}
    return float(result["seconds"]), whole, float(result["megabytes"]), result


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
