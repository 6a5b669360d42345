"""The recordings that are measured: simulated here, made by tools beside the project, or stored there.

Each has a name in words and `prepared()`, which makes it if it is not there and returns the path of a description for
`run_sorter.py`: a JSON file with the arguments of `Recording` and, where it is elsewhere, the file of the truth.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from published import WORK

from spikesift_core import __version__
from spikesift_core.messages import say
from spikesift_core.simulate import simulate

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"  # not part of the project: it may be missing
PROBES = {
    "tetrode": [[0.0, 0.0], [25.0, 0.0], [0.0, 25.0], [25.0, 25.0]],
    "three wires": [[0.0, 0.0], [25.0, 0.0], [0.0, 25.0]],
    "stereotrode": [[0.0, 0.0], [25.0, 0.0]],
    "single wire": [[0.0, 0.0]],
}
BYTES_AT_ONCE = 2**24
UV_PER_BIT = 0.195  # of Intan's amplifiers


@dataclass(frozen=True)
class Case:
    """A simulated recording; 20 um of zigzag drift where `settings` (of `simulate`) do not say otherwise.

    `probe` is a name in `PROBES`; without one it is the simulator's own for so many channels. `called` is the name
    of its files, where the settings are too long for one. With `floats` the samples are in uV as float32.
    """

    channels: int
    seconds: float
    units: int
    settings: dict = field(default_factory=dict)
    words: str = ""
    probe: str = ""
    called: str = ""
    floats: bool = False

    @property
    def name(self) -> str:
        """In words, for a table."""
        what = self.probe or f"{self.channels} channels"
        more = (self.words and f", {self.words}") + (", float32" if self.floats else "")
        return f"{what}, {self.seconds:g} s, {self.units} units{more}"

    @property
    def file(self) -> str:
        """Of the recording, without suffix."""
        if self.called:
            return f"{self.called}-{__version__}"
        more = "".join(f"-{name}-{value}" for name, value in self.settings.items())
        probe = self.probe and f"-{self.probe}"
        return f"sim-{__version__}-{self.channels}-{self.seconds:g}-{self.units}{probe}{more}"

    def prepared(self) -> Path:
        """Simulate it, if it is not there."""
        if self.floats:
            return as_floats(replace(self, floats=False).prepared())
        WORK.mkdir(parents=True, exist_ok=True)
        base = WORK / self.file
        description = base.with_name(base.name + ".json")
        if not description.exists():
            say(f"Simulating {self.name} ...")
            settings = {"seed": 1, **self.settings, "seconds": self.seconds, "units": self.units}
            where = {"probe": PROBES[self.probe]} if self.probe else {"channels": self.channels}
            recording = simulate(base, **where, **settings).recording()
            described(description, recording.binary_file, recording.probe_geometry, recording.sampling_frequency)
        return description


@dataclass(frozen=True)
class Hybrid:
    """Measured waveforms in measured noise, by `../shared/tools/make_hybrid.py`; `options` are those of that tool."""

    channels: int
    seconds: float
    units: int
    options: tuple[tuple[str, float], ...]
    seed: int

    @property
    def name(self) -> str:
        """In words, for a table."""
        more = ", ".join(f"{name} {value:g}" for name, value in self.options)
        return f"hybrid, {self.channels} channels, {self.seconds:g} s, {self.units} units, {more}, seed {self.seed}"

    def prepared(self) -> Path:
        """Make it, if it is not there."""
        WORK.mkdir(parents=True, exist_ok=True)
        given = {"channels": self.channels, "seconds": self.seconds, "units": self.units, **dict(self.options)}
        given["seed"] = self.seed
        base = WORK / ("hybrid" + "".join(f"-{name}-{value:g}" for name, value in given.items()))
        description = base.with_name(base.name + ".json")
        if not description.exists():
            say(f"Making {self.name} ...")
            options = [word for name, value in given.items() for word in (f"--{name}", f"{value:g}")]
            command = [sys.executable, str(SHARED / "tools" / "make_hybrid.py"), str(base), *options]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            probe = np.loadtxt(f"{base}_probe.csv", delimiter=",", ndmin=2)
            described(description, Path(f"{base}.bin"), probe, 30_000.0)
        return description


@dataclass(frozen=True)
class Stored:
    """A folder in `../shared/data` with recording.bin (int16), probe.csv and truth.npz.

    `partial` says that the truth is not known for every unit, so that others are not false.
    """

    folder: str
    channels: int
    sampling_frequency: float
    partial: bool = False

    @property
    def name(self) -> str:
        """In words, for a table."""
        return self.folder + (" (the labelled unit)" if self.partial else "")

    def prepared(self) -> Path:
        """Describe it."""
        WORK.mkdir(parents=True, exist_ok=True)
        data, description = SHARED / "data" / self.folder, WORK / f"stored-{self.folder}.json"
        probe = np.loadtxt(data / "probe.csv", delimiter=",", ndmin=2)
        described(description, data / "recording.bin", probe, self.sampling_frequency, data / "truth.npz")
        return description


def described(description: Path, binary: Path, probe, sampling_frequency: float, truth: Path | None = None) -> None:
    """Write the description of an int16 recording."""
    content = {
        "recording": {
            "binary_file": str(binary),
            "data_type": "int16",
            "probe_geometry": np.asarray(probe, float).tolist(),
            "sampling_frequency": float(sampling_frequency),
        },
    }
    if truth is not None:
        content["truth"] = str(truth)
    description.write_text(json.dumps(content), encoding="utf-8")


def as_floats(description: Path) -> Path:
    """The description of the same recording in uV as float32, which is written if it is not there."""
    floats = description.with_name(f"{description.stem}-float32.json")
    if not floats.exists():
        content = json.loads(description.read_text(encoding="utf-8"))
        samples = np.memmap(content["recording"]["binary_file"], np.int16, "r")
        content["truth"] = str(description.with_name(description.stem + "_truth.npz"))
        content["recording"] |= {"binary_file": str(floats.with_suffix(".bin")), "data_type": "float32"}
        with open(floats.with_suffix(".bin"), "wb") as file:
            for start in range(0, len(samples), BYTES_AT_ONCE):
                (samples[start : start + BYTES_AT_ONCE] * np.float32(UV_PER_BIT)).tofile(file)
        floats.write_text(json.dumps(content), encoding="utf-8")
    return floats


def true_trains(description: Path) -> tuple[list[np.ndarray], float]:
    """Spike times of each true unit (samples), and the sampling frequency, Hz."""
    given = json.loads(description.read_text(encoding="utf-8"))
    path = given.get("truth", description.with_name(description.stem + "_truth.npz"))
    with np.load(path) as truth:
        times, labels = truth["times"], truth["labels"]
    return [np.sort(times[labels == unit]) for unit in np.unique(labels)], given["recording"]["sampling_frequency"]


def binary_file(description: Path) -> Path:
    """The recording's file."""
    return Path(json.loads(description.read_text(encoding="utf-8"))["recording"]["binary_file"])


def read_through(description: Path) -> None:
    """Read the file once, so that it is in the system's memory for every program."""
    buffer = bytearray(BYTES_AT_ONCE)
    with open(binary_file(description), "rb", buffering=0) as file:
        while file.readinto(buffer):
            pass


@contextmanager
def repeated(case: Case, times: int) -> Iterator[Path]:
    """A recording that is `case` so many times one after the other; it is removed afterwards."""
    source = case.prepared()
    description = WORK / f"long-{times}-{case.file}.json"
    binary = description.with_suffix(".bin")
    content = json.loads(source.read_text(encoding="utf-8"))
    try:
        with open(binary, "wb") as file:
            for _ in range(times):
                with open(binary_file(source), "rb") as part:
                    while piece := part.read(BYTES_AT_ONCE):
                        file.write(piece)
        content["recording"]["binary_file"] = str(binary)
        description.write_text(json.dumps(content), encoding="utf-8")
        yield description
    finally:
        binary.unlink(missing_ok=True)
        description.unlink(missing_ok=True)
