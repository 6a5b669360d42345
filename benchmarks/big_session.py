"""A session of very many units: how long it takes to open, to go from unit to unit, and what that needs.

`python benchmarks/big_session.py FOLDER` makes the session alone, to be looked at in the window.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from random_links import random_links
from runs import HERE

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


if __name__ == "__main__":
    made = make_session(Path(sys.argv[1]), QUICK if "--quick" in sys.argv else FULL)
    say(f"{made}: open it in the window")
