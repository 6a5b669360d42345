"""The window on a recording of an hour: how long it takes to open, to draw again, and to answer the slider."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from page import Options, Section, spread, table
from runs import HERE, ONE_THREAD, finished

from spikesift_core.messages import say
from spikesift_core.simulate import simulate

RUNNER, RIVER_RUNNER = HERE / "run_window.py", HERE / "run_river.py"
CHANNELS, SECONDS, RATE = 384, 3600, 30_000
PIECE_SECONDS, PIECES = 1.0, 10  # simulated once, and written at so many places; between them the file holds nothing
QUICK_CHANNELS, QUICK_SECONDS = 32, 60


def window_section(options: Options) -> str:
    """One row for each thing a person waits for."""
    channels, seconds = (QUICK_CHANNELS, QUICK_SECONDS) if options.quick else (CHANNELS, SECONDS)
    with tempfile.TemporaryDirectory(prefix="spikesift-hour-") as folder:
        binary, probe, places = long_recording(Path(folder), channels, seconds)
        size = binary.stat().st_size
        say(f"  {binary}: {size / 1e9:.1f} GB, most of it holes")
        output = Path(folder) / "times.json"
        where = ",".join(f"{place:g}" for place in places)
        command = [sys.executable, str(RUNNER), str(binary), str(probe), str(channels), where, str(output)]
        finished(command, ONE_THREAD, "drawing", "the window")
        times = json.loads(output.read_text(encoding="utf-8"))
        river = _river(Path(folder), options)
    rows = [
        ("the file is described and checked", milliseconds(times["opened"]), "", "", ""),
        ("the first picture of its traces", milliseconds(times["first picture"]), "", "", ""),
        *(_redraws(name, times) for name in ("raw lines", "filtered lines", "raw heat map", "filtered heat map")),
        ("the slider of the threshold moves", milliseconds(times["slider"]), "", "", "under 100 ms"),
        ("looked over from end to end, checks included", milliseconds(times["looked over"]), "", "", ""),
        *river,
    ]
    return (
        f"A file of {channels} channels, {seconds / 60:g} min at 30 kHz, {size / 1e9:.1f} GB. At {len(places)} places "
        f"it holds {PIECE_SECONDS:g} s of simulated signal; the rest is a hole in the file, so it fits on any disk. "
        "It is read from memory: what a slow disk adds is not in these figures. 200 ms of all channels are shown in a "
        "window of 1920 × 1080, drawn into memory; a redraw goes from the change of the time to the complete picture, "
        "filter included; processor: of all threads together, mean. Median, range in brackets.\n\n"
        + table(("what", "ms", "processor, ms", "redraws a second", "wanted"), rows)
    )


def _river(folder: Path, options: Options) -> list[tuple[str, str, str, str, str]]:
    """Rows of the river of very many units and segments; see `run_river.py`."""
    output = folder / "river.json"
    command = [sys.executable, str(RIVER_RUNNER), str(output), *(["--quick"] if options.quick else [])]
    finished(command, ONE_THREAD, "drawing", "the river")
    times = json.loads(output.read_text(encoding="utf-8"))
    size = f"{times['units'][0]} units, {times['segments'][0]} segments"
    first = ("the first picture of the river: " + size, milliseconds(times["first"]), "", "", "under 2 s")
    names = [name for name in times if name.endswith("lanes")]
    return [first, *(_river_row(name, times[name]) for name in names)]


def _river_row(name: str, took: list[float]) -> tuple[str, str, str, str, str]:
    rate = f"{1 / sorted(took)[len(took) // 2]:.0f}"
    return f"the river drawn again, moved and zoomed: {name} in sight", milliseconds(took), "", rate, "20 a second"


def _redraws(name: str, times: dict) -> tuple[str, str, str, str, str]:
    took = sorted(times[name])
    rate = f"{1 / took[len(took) // 2]:.0f}"
    shown = int(times[f"{name}, channels"][0])
    what = f"traces drawn again: {name}, {shown} channels in sight"
    return what, milliseconds(times[name]), milliseconds(times[f"{name}, processor"]), rate, "20 a second"


def milliseconds(seconds: list[float]) -> str:
    """Median and range, in ms."""
    return spread([1000 * one for one in seconds], "{:.0f}")


def long_recording(folder: Path, channels: int, seconds: float) -> tuple[Path, Path, list[float]]:
    """A long file that takes little room: the file, its probe's file, and where it holds signal, s."""
    made = simulate(folder / "piece", channels=channels, seconds=PIECE_SECONDS, units=channels // 3, seed=1)
    piece = made.binary_file.read_bytes()
    sample = 2 * channels
    places = [round(seconds * number / PIECES) for number in range(PIECES)]
    binary = folder / "hour.bin"
    with binary.open("wb") as file:
        file.truncate(int(seconds * RATE) * sample)
        for place in places:
            file.seek(place * RATE * sample)
            file.write(piece)
    return binary, made.probe_file, [float(place) for place in places]


SECTION = Section("window", "The window", window_section)
