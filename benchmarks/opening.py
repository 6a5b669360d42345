"""Opening a recording: how long it takes for each format, from Python, in the terminal, and to the first picture."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from page import ROOT, Options, Section, spread, table
from runs import HERE, ONE_THREAD, finished

from spikesift_core.messages import say

sys.path.append(str(ROOT))  # the files are written by what the tests write theirs with
from tests.core.formats import files

RUNNER = HERE / "run_opening.py"
CHANNELS, SAMPLES = 64, 256_000
QUICK_CHANNELS, QUICK_SAMPLES = 8, 7680
LARGE_BYTES = 120_000_000_000
MOST_INFO = 3  # runs of the terminal


@dataclass(frozen=True)
class Kind:
    """A format: in words, what writes a file of (folder, samples, channels) and gives what to open; the library it
    needs, and what is asked of it besides a probe."""

    words: str
    make: Callable[[Path, int, int], Path]
    library: str = ""
    rate: float | None = None


def _open_ephys(folder: Path, samples: int, channels: int) -> Path:
    files.open_ephys(folder / "recording1", samples, [f"CH{k + 1}" for k in range(channels)], missing=1000)
    return folder / "recording1"


def _blackrock(folder: Path, samples: int, channels: int) -> Path:
    parts = [(2 * k * samples // 8, samples // 8) for k in range(8)]
    files.blackrock(folder / "a.ns5", parts, channels)
    return folder / "a.ns5"


def _intan(folder: Path, samples: int, channels: int) -> Path:
    files.intan(folder / "a.rhd", samples, channels, gap_at=20)
    return folder / "a.rhd"


def _intan_folder(folder: Path, samples: int, channels: int) -> Path:
    files.intan_folder(folder, samples, channels, by_channel=True, missing=1000)
    return folder


def _neuralynx(folder: Path, samples: int, channels: int) -> Path:
    files.neuralynx(folder, channels, samples // 512, gap_at=5)
    return folder


def _nwb(folder: Path, samples: int, channels: int) -> Path:
    import h5py

    files.nwb(h5py, folder / "a.nwb", files.signal(samples, channels))
    return folder / "a.nwb"


def _saved(folder: Path, samples: int, channels: int) -> Path:
    files.binary_folder(folder / "saved", samples, channels)
    return folder / "saved"


def _npy(folder: Path, samples: int, channels: int) -> Path:
    np.save(folder / "a.npy", files.signal(samples, channels))
    return folder / "a.npy"


def _large(folder: Path, samples: int, channels: int) -> Path:
    path = files.spikeglx(folder, samples)[0]
    os.truncate(path, LARGE_BYTES // 770 * 770)
    return path


KINDS = (
    Kind("SpikeGLX", lambda folder, samples, channels: files.spikeglx(folder, samples, saved=range(channels))[0]),
    Kind("Open Ephys binary", _open_ephys),
    Kind("Intan, one file", _intan),
    Kind("Intan, a file for each channel", _intan_folder),
    Kind("Blackrock, paused 7 times", _blackrock),
    Kind("Neuralynx, a file for each channel", _neuralynx),
    Kind("NWB, in one piece", _nwb, "h5py"),
    Kind("SpikeInterface folder", _saved),
    Kind("NumPy", _npy, rate=30_000.0),
    Kind(f"SpikeGLX, 384 channels, {LARGE_BYTES / 1e9:.0f} GB", _large),
)


def opening_section(options: Options) -> str:
    """One row for each format."""
    channels, samples = (QUICK_CHANNELS, QUICK_SAMPLES) if options.quick else (CHANNELS, SAMPLES)
    rows = [_row(kind, samples, channels, options.repeats) for kind in KINDS if not kind.library or _there(kind)]
    return (
        f"Files of {channels} channels and {samples} samples with gaps where the format tells of them, written by what "
        "the tests write theirs with, and one of 120 GB, of which all but the start is a hole. The files are in "
        "memory: what a slow disk adds is not in these figures. `open_recording`: the first time in a process and "
        "again, imports not counted; `spikesift info`: the whole process, with all checks; first picture: "
        "from opening in a window that is there to the traces drawn, into memory. Median, range in brackets.\n\n"
        + table(("format", "open_recording, ms", "again, ms", "spikesift info, s", "first picture, ms"), rows)
    )


def _there(kind: Kind) -> bool:
    there = find_spec(kind.library) is not None
    if not there:
        say(f"  {kind.words} is left out: {kind.library} is not installed")
    return there


def _row(kind: Kind, samples: int, channels: int, repeats: int) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory(prefix="spikesift-opening-") as folder:
        path = kind.make(Path(folder), samples, channels)
        probe, output = Path(folder) / "probe.csv", Path(folder) / "times.json"
        count = 384 if path.is_file() and path.stat().st_size > LARGE_BYTES / 2 else channels
        np.savetxt(probe, files.column(count), delimiter=",")
        rate = [] if kind.rate is None else [f"{kind.rate:g}"]
        finished(
            [sys.executable, str(RUNNER), str(path), str(probe), str(output), *rate], ONE_THREAD, "opening", kind.words
        )
        times = json.loads(output.read_text(encoding="utf-8"))
        info = [sys.executable, "-m", "spikesift_core.cli", "info", str(path), "--probe", str(probe)]
        info += ["--sampling-frequency", *rate] if rate else []
        took = [finished(info, ONE_THREAD, "info", kind.words) for _ in range(min(MOST_INFO, repeats))]
    say(f"  {kind.words}: {1000 * times['first'][0]:.0f} ms")
    first, again, picture = (
        spread([1000 * one for one in times[name]], "{:.1f}") for name in ("first", "again", "picture")
    )
    return kind.words, first, again, spread(took), picture


SECTION = Section("opening", "Opening a recording", opening_section)
