"""A small recording on disk with units whose spikes, sizes and drift are known, and its sorted recording."""

from __future__ import annotations

import numpy as np

from spikesift_core.recording import Recording
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.tracks import tracks
from spikesift_core.waveforms import cut

RATE = 10_000
SEGMENT = 30_000  # samples; there are three
COLUMN = np.array([[0, y] for y in range(0, 160, 20)], np.float32)
NOISE = 10.0
# depth (um), amplitude, mean interval (samples), segments
UNITS = ((40.0, 220.0, 100, (0, 1, 2)), (57.0, 170.0, 130, (0, 1, 2)), (120.0, 90.0, 300, (0, 1)))
AT = np.arange(30.0)
SHAPE = np.exp(-(((AT - 10) / 2) ** 2)) - 0.3 * np.exp(-(((AT - 17) / 4) ** 2))


def train(random, interval, index):
    """Spikes of one segment, at least 3 ms apart."""
    times = np.cumsum(30 + random.exponential(interval - 30, SEGMENT // interval).astype(np.int64))
    return times[times < SEGMENT - 60] + index * SEGMENT + 30


def made(folder, step=8.0, seed=3):
    """(Recording, SortedRecording): all units move up by `step` um from segment to segment."""
    random = np.random.default_rng(seed)
    signal = random.normal(0, NOISE, (3 * SEGMENT, len(COLUMN)))
    found = []
    for index in range(3):
        there = [unit for unit in UNITS if index in unit[3]]
        trains = [train(random, unit[2], index) for unit in there]
        for times, (depth, amplitude, *_) in zip(trains, there, strict=True):
            vector = amplitude * np.exp(-((COLUMN[:, 1] - depth - step * index) ** 2) / (2 * 20**2))
            sizes = random.normal(1, 0.08, len(times))
            for time, size in zip(times, sizes, strict=True):
                signal[time - 10 : time + 20] -= size * SHAPE[:, None] * vector
        found.append(trains)
    path = folder / "quality.bin"
    signal.round().astype(np.int16).tofile(path)
    recording = Recording(binary_file=path, data_type="int16", probe_geometry=COLUMN, sampling_frequency=RATE)
    every = np.arange(len(COLUMN))
    segments = [
        SortedSegment(
            i * SEGMENT, SEGMENT, trains, [-cut(recording, one, every, 5, 11).min(2).mean(0) for one in trains]
        )
        for i, trains in enumerate(found)
    ]
    return recording, SortedRecording(segments, [np.arange(3), np.array([0, 1, -1])], COLUMN)


def units_of(found):
    """Its tracks."""
    return tracks(found)
