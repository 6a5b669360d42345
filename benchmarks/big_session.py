"""A session of very many units: how long it takes to open, to go from unit to unit, and what that needs.

`python benchmarks/big_session.py FOLDER` makes the session alone, to be looked at in the window.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from page import Options, Section, spread, table
from random_links import random_links
from runs import HERE, ONE_THREAD, finished

from spikesift_core.links import SegmentLinks
from spikesift_core.messages import say
from spikesift_core.parameters import resolve
from spikesift_core.recording import Recording
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.session import create_session
from spikesift_core.sorting import SegmentSorted
from spikesift_core.tracks import followed_so_far

RUNNER = HERE / "run_big_session.py"
RATE, NOISE = 30_000, 8.0  # Hz, bits
FLOOR = 1.5 * NOISE  # mean amplitude where a unit cannot be seen
PIECES = 6  # stretches of signal in the file; between them it holds nothing
BEFORE, WIDTH = 20, 60  # samples of a waveform
REFRACTORY = 90  # samples
NEAR = 16  # channels on which a unit is written
MOST_RUNS = 3
WORDS = {
    "pages": "after the program's start: all pages made",
    "first picture": "the session opened: its table and raster are there",
    "every view": "the session opened: every view in sight is drawn",
    "another layout": "another layout of the views",
    "scrolling the signal": "the signal scrolled",
}
TITLES = ("what", "ms", "longest block, ms", "longest work, ms", "wanted, ms")
OF_BLOCK = {"first picture": "opening", "every view": "opening"}
WANTED = {"first picture": "under 2000", "selection": "under 100, block under 100", "another layout": "block under 100"}
WANTED |= dict.fromkeys(("pages", "scrolling the signal"), "block under 100")


@dataclass(frozen=True)
class Size:
    """Of a session: units, spikes in all, seconds, segments, channels, and seconds of each piece of signal."""

    units: int
    spikes: int
    seconds: int
    segments: int
    channels: int
    piece: float

    @property
    def length(self) -> int:
        """Samples of a segment."""
        return self.seconds * RATE // self.segments


FULL = Size(units=500, spikes=5_000_000, seconds=3600, segments=200, channels=384, piece=10.0)
QUICK = Size(units=40, spikes=20_000, seconds=60, segments=12, channels=64, piece=2.0)


def make_session(folder: Path, size: Size) -> Path:
    """Write the recording and its session; always the same. The session's folder."""
    random = np.random.default_rng(7)
    probe = np.column_stack([16.0 * (np.arange(size.channels) % 4), 20.0 * (np.arange(size.channels) // 2)])
    made, events = many_spikes(size, probe.astype(np.float32), random)
    binary = folder / "hour.bin"
    write_signal(binary, size, made, random)
    recording = Recording(
        binary_file=binary, data_type="int16", probe_geometry=made.probe_geometry, sampling_frequency=RATE
    )
    writer = create_session(folder / "hour.spikesift", recording, resolve(None, {}), preset="default")
    for event in events:
        writer.add(event)
    writer.finish(made)
    return writer.folder


def many_spikes(size: Size, probe: np.ndarray, random) -> tuple[SortedRecording, list[SegmentSorted]]:
    """Units along the probe that move with the tissue, are missed and lost; and the segments as a sorter hands them
    over. Their rates differ as rates do: a few units have most of the spikes."""
    centres = np.column_stack([random.uniform(0, 48, size.units), random.uniform(0, probe[:, 1].max(), size.units)])
    heights, rates = random.uniform(60, 400, size.units), random.lognormal(0, 1, size.units)
    means = rates / rates.sum() * size.spikes / size.segments
    alive, last, before = np.ones(size.units, bool), np.full((size.units, 2), -1), np.zeros(0, int)
    events: list[SegmentSorted] = []
    for place in range(size.segments):
        alive &= random.random(size.units) > 0.2 / size.segments
        there = np.flatnonzero(alive & (random.random(size.units) > 0.01))
        moved = [0.0, 15 * np.sin(place / 20)]
        away = np.hypot(*(probe[:, None] - (centres[there] + moved)).transpose(2, 0, 1)).T
        vectors = heights[there, None] * np.exp(-away / 25) + random.normal(FLOOR, 0.1, away.shape)
        begin = place * size.length
        trains = [_train(random, begin, size.length, means[unit]) for unit in there]
        links = random_links(random, place, there, before, last)
        chain = np.array([np.flatnonzero(there == unit)[0] if unit in there else -1 for unit in before], int)
        segment = SortedSegment(begin, size.length, trains, vectors)
        events.append(SegmentSorted(place, segment, chain if place else None, links))
        last[there] = np.column_stack([np.full(len(there), place), np.arange(len(there))])
        before = there
    kept: list[SegmentLinks] = [event.links for event in events]
    segments, chains = [event.segment for event in events], [event.assignment for event in events[1:]]
    return SortedRecording(segments, chains, probe, followed=followed_so_far(kept), links=kept), events


def _train(random, begin: int, length: int, mean: float) -> np.ndarray:
    """Spikes of a unit in a segment: a neuron that fires at random, and rests for REFRACTORY after each spike."""
    pauses = random.exponential(max(1.0, length / mean - REFRACTORY), round(1.2 * mean) + 20)
    times = np.cumsum(REFRACTORY + pauses).astype(np.int64)
    return begin + times[times < length - WIDTH]


def write_signal(binary: Path, size: Size, made: SortedRecording, random) -> None:
    """A file of the whole length, of which only pieces are written: noise, and the spikes of every unit in it."""
    noise = random.normal(0, NOISE, (RATE, size.channels)).astype(np.int16)
    at = (np.arange(WIDTH) - BEFORE) / RATE * 1000
    shape = 0.35 * np.exp(-(((at - 0.5) / 0.25) ** 2)) - np.exp(-((at / 0.12) ** 2))
    length = int(size.piece * RATE)
    with binary.open("wb") as file:
        file.truncate(size.seconds * RATE * size.channels * 2)
        for start in piece_starts(size):
            signal = np.tile(noise, (-(-length // RATE), 1))[:length]
            for segment in made.sorted_segments:
                if segment.start_time < start + length and segment.end_time > start:
                    _add_spikes(signal, start, segment, shape)
            file.seek(start * size.channels * 2)
            file.write(signal.tobytes())


def piece_starts(size: Size) -> list[int]:
    """First sample of each piece of signal."""
    return [round(number * size.seconds / PIECES) * RATE for number in range(PIECES)]


def _add_spikes(signal: np.ndarray, start: int, segment: SortedSegment, shape: np.ndarray) -> None:
    for train, vector in zip(segment.spike_clusters, segment.amplitude_vectors, strict=True):
        near = np.argsort(-vector)[:NEAR]
        waveform = (shape[:, None] * (vector[near] - FLOOR)).astype(np.int16)
        firsts = train - start - BEFORE
        for first in firsts[(firsts >= 0) & (firsts + WIDTH <= len(signal))]:
            signal[first : first + WIDTH, near] += waveform


def big_session_section(options: Options) -> str:
    """One row for each thing a person waits for."""
    size = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory(prefix="spikesift-session-") as name:
        folder = Path(name)
        session = make_session(folder, size)
        say(f"  {size.units} units, {size.spikes / 1e6:g} million spikes, {size.segments} segments")
        runs = [_run(folder, session, size) for _ in range(min(MOST_RUNS, options.repeats))]
    return _about(size) + table(TITLES, _rows(runs)) + _memory(runs)


def _run(folder: Path, session: Path, size: Size) -> dict:
    output = folder / "times.json"
    where = ",".join(f"{start / RATE:g}" for start in piece_starts(size))
    command = [sys.executable, str(RUNNER), str(session), where, str(output)]
    finished(command, ONE_THREAD, "opening", "a session of very many units")
    return json.loads(output.read_text(encoding="utf-8"))


def _about(size: Size) -> str:
    return (
        f"A simulated session of {size.units} units and {size.spikes / 1e6:g} million spikes in {size.segments} "
        f"segments, {size.seconds / 60:g} min of {size.channels} channels. At {PIECES} places its recording holds "
        f"{size.piece:g} s of noise with the spikes of all units; the rest of the file is a hole, so what a slow disk "
        "adds is not in these figures. The window is 1920 × 1080, drawn into memory. Selection: from the selection of "
        "one unit until every view in sight is drawn with it, one unit after the other; where the amplitudes of spikes "
        "are shown, with the first 104 of them: the others follow when a person stays. Longest block: the longest time "
        "in which the window did not answer (a timer of 5 ms), of all runs; what else the machine did is in it. "
        "Longest work: the processor time of the window's thread in one go, without what others did. While all this is "
        "done the units are measured in the background. Median, range in brackets.\n\n"
    )


def _rows(runs: list[dict]) -> list[tuple[str, ...]]:
    rows = []
    for name in runs[0]["times"]:
        took = [1000 * one for run in runs for one in run["times"][name]]
        wanted = WANTED.get(name, WANTED["selection"] if name.startswith("selection") else "")
        blocks = _blocks(runs, OF_BLOCK.get(name, name))
        rows.append((WORDS.get(name, name), spread(took, "{:.0f}"), *blocks, wanted))
    measuring = _blocks(runs, "measuring in the background")
    return [*rows, ("measuring in the background, nothing else", "", *measuring, "block under 100")]


def _blocks(runs: list[dict], name: str) -> list[str]:
    """The longest block and the longest work of all runs, ms."""
    return [f"{1000 * max(run[kind].get(name, 0.0) for run in runs):.0f}" for kind in ("longest", "worked")]


def _memory(runs: list[dict]) -> str:
    megabytes = spread([run["megabytes"] for run in runs], "{:.0f}")
    return f"\nMemory of the whole process at its peak: {megabytes} MB (wanted: under 1500).\n"


SECTION = Section("big-session", "A session of very many units", big_session_section)


if __name__ == "__main__":
    made = make_session(Path(sys.argv[1]), QUICK if "--quick" in sys.argv else FULL)
    say(f"{made}: open it in the window")
