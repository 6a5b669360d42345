"""What long recordings and large arrays need: measured here on one recording, the rest by arithmetic.

`python benchmarks/estimate.py` sorts a simulated recording inline, measures what a channel-second costs, and writes
both tables into docs/scale.md; `--quick` takes a small recording and prints them only.
"""

from __future__ import annotations

import argparse
import json
import math
import pickle
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from page import ROOT, circumstances, table
from recordings import Case
from run_sorter import peak_memory

from spikesift_core.messages import say
from spikesift_core.parameters import method_of, resolve
from spikesift_core.progress import run_to_end
from spikesift_core.recording import Recording
from spikesift_core.sorting import sort_by_segment
from spikesift_core.stages.filtering import make_filter
from spikesift_core.stages.minima import excess_between, stretches
from spikesift_core.warmup import warm_up

PAGE = ROOT / "docs" / "scale.md"
BEGIN, END = "<!-- estimate: written by benchmarks/estimate.py -->\n", "<!-- end of estimate -->"
FULL, QUICK = Case(384, 60, 150), Case(32, 30, 12)
RATE, BYTES = 30_000, 2  # Hz, and of a value
GB = 1e9


@dataclass(frozen=True)
class Need:
    """A recording and what it is sorted with; disk in GB/s, for all workers together."""

    channels: int
    hours: float
    cores: int
    disk: float


NEEDS = (
    Need(384, 24, 4, 0.5),
    Need(384, 24, 16, 2),
    Need(384, 24, 64, 5),
    Need(384, 24, 256, 20),
    Need(10_000, 1, 64, 5),
    Need(10_000, 1, 256, 20),
    Need(10_000, 24, 256, 20),
    Need(10_000, 24, 1024, 50),
)


@dataclass(frozen=True)
class Cost:
    """What was measured.

    Attributes
    ----------
    channels, seconds : of the recording.
    minima, segments : s of one core's time for each channel-second, first and second pass.
    serial : s for each channel-second that are not given to workers: boundaries, links.
    begin : s before the first segment: thresholds and shapes of spikes from the recording's start.
    base : MB of the process before it sorts. worker : MB more at the peak, for each channel.
    results : bytes for each channel-second that come back from the second pass. plan : bytes sent with each segment.
    """

    channels: int
    seconds: float
    minima: float
    segments: float
    serial: float
    begin: float
    base: float
    worker: float
    results: float
    troughs: float
    plan: float


class MeasuringExecutor:
    """Runs what is submitted at once, and adds up by function how long it took."""

    def __init__(self):
        self.seconds = Counter()
        self.results = self.troughs = self.plan = 0
        self.began = math.inf

    def submit(self, function, *arguments):
        """`function(*arguments)`, with its result at hand."""
        before = time.process_time()
        if function.__name__ not in ("minima_between", "learned"):  # those come first
            self.began = min(self.began, before)
        result = function(*arguments)
        self.seconds[function.__name__] += time.process_time() - before
        if function.__name__ == "sort_segment":
            self.results += len(pickle.dumps(result))
            self.plan = len(pickle.dumps(arguments))
        elif function.__name__ == "excess_between":
            self.troughs += len(pickle.dumps(result))
        return Done(result)


@dataclass(frozen=True)
class Done:
    """A future that is done."""

    value: object

    def result(self):
        """What the function returned."""
        return self.value

    def cancel(self):
        """Too late."""


def first_pass(recording: Recording) -> float:
    """Seconds for a channel-second of block minima, from the second half of the recording."""
    block = recording.samples_per_ms
    filter_ = make_filter(block, resolve(None, {})["detection_polarity"], method_of(None))
    last = recording.num_samples // block - 5
    thresholds = np.full(recording.recording_channels, -np.inf, np.float32)
    before = time.process_time()
    for stretch in stretches(last // 2, last):
        excess_between(recording, filter_, thresholds, *stretch)
    return (time.process_time() - before) / ((last - last // 2) / 1000 * recording.recording_channels)


def measured(description: Path) -> Cost:
    """Sort the recording of a description (see `recordings`) and measure; in a process of its own."""
    run_to_end(warm_up())
    fields = json.loads(description.read_text(encoding="utf-8"))["recording"]
    fields["probe_geometry"] = np.array(fields["probe_geometry"], np.float32)
    recording = Recording(**fields)
    base, executor, began = peak_memory(), MeasuringExecutor(), time.process_time()
    run_to_end(sort_by_segment(recording, executor=executor))
    ended = time.process_time()
    shared_out = executor.seconds["excess_between"] + executor.seconds["sort_segment"]
    amount = recording.recording_channels * recording.duration
    return Cost(
        channels=recording.recording_channels,
        seconds=recording.duration,
        minima=first_pass(recording),
        segments=executor.seconds["sort_segment"] / amount,
        serial=max(0.0, ended - executor.began - shared_out) / amount,
        begin=executor.began - began,
        base=base,
        worker=(peak_memory() - base) / recording.recording_channels,
        results=executor.results / amount,
        troughs=executor.troughs / amount,
        plan=executor.plan,
    )


def cost_table(cost: Cost) -> str:
    """The measured figures."""
    us = 1e6
    rows = [
        ("first pass (troughs)", f"{cost.minima * us:.1f} us of one core per channel-second"),
        ("second pass (segments)", f"{cost.segments * us:.1f} us of one core per channel-second"),
        ("not shared out (boundaries, links)", f"{cost.serial * us:.2f} us per channel-second"),
        ("before the first segment, once", f"{cost.begin:.1f} s with {cost.channels} channels"),
        ("memory", f"{cost.base:.0f} MB for the program, {cost.worker:.2f} MB per channel for each worker's thread"),
        ("travels to a worker", f"{cost.plan / 1000:.0f} kB with each segment"),
        ("travels back", f"{cost.troughs:.0f} bytes of troughs and {cost.results:.0f} of results per channel-second"),
    ]
    return table((f"{cost.channels} channels, {cost.seconds:g} s", "measured"), rows)


def estimate(cost: Cost, need: Need) -> tuple[str, ...]:
    """One row of the estimate."""
    amount = need.channels * need.hours * 3600
    file = amount * RATE * BYTES
    memory = (cost.base + cost.worker * need.channels) / 1000
    ways = {
        "cores": amount * (cost.minima + cost.segments) / need.cores,
        "reading": 2 * file / (need.disk * GB),
        "one place": amount * cost.serial,
    }
    slowest = max(ways, key=ways.__getitem__)
    taken = cost.begin * need.channels / cost.channels + ways[slowest]
    return (
        f"{need.channels:,} channels, {need.hours:g} h",
        f"{file / GB / 1000:.2f}",
        f"{need.cores}",
        f"{need.disk:g}",
        f"{hours_words(taken)} ({slowest})",
        f"{need.hours * 3600 / taken:.1f}",
        f"{memory:.1f} × {need.cores} = {memory * need.cores:,.0f}",
        f"{amount * cost.troughs / GB:,.1f} + {amount * cost.results / GB:.1f}",
    )


def hours_words(seconds: float) -> str:
    """ "3.2 h" or "12 min"."""
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"


def estimates(cost: Cost) -> str:
    """The table of estimates."""
    head = ("recording", "file, TB", "cores", "disk, GB/s", "time (limited by)", "× real time",
            "memory of the workers, GB", "travels back: troughs + results, GB")  # fmt: skip
    return table(head, [estimate(cost, need) for need in NEEDS])


def section(cost: Cost) -> str:
    """Both tables, with what they were made on."""
    return (
        f"{circumstances()}\n\nPreset `default`, one core.\n\n{cost_table(cost)}\n"
        f"By arithmetic from these figures, for {RATE / 1000:g} kHz and int16, every byte read twice, and as if the "
        "cost of a channel did not depend on how many "
        f"there are:\n\n{estimates(cost)}"
    )


def main() -> int:
    """Measure in a process of its own (for its peak memory), then calculate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small recording; print only")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(asdict(measured(args.measure))))
        return 0
    case = QUICK if args.quick else FULL
    command = [sys.executable, __file__, "--measure", str(case.prepared())]
    say(f"Sorting {case.name} ...")
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=ROOT)
    if done.returncode:
        raise SystemExit(done.stderr)
    text = section(Cost(**json.loads(done.stdout)))
    print(text)
    if not args.quick:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page[: page.index(BEGIN) + len(BEGIN)], page[page.index(END) :]
        PAGE.write_text(f"{before}{text}{after}", encoding="utf-8")
        say(f"Written to {PAGE}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
