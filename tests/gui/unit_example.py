"""A small recording on disk with units whose spikes, shapes and drift are known, as a Result; always the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikesift_core.recording import Recording
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.tracks import tracks
from spikesift_core.waveforms import cut
from spikesift_gui.state import Result

RATE = 10_000
SEGMENT = 10_000  # samples; there are four, 1 s each
POSITIONS = np.array([[x, y] for y in range(0, 160, 20) for x in (0, 30)], np.float32)  # 16 contacts in two columns
# id: (x, first depth, um per segment, amplitude, mean interval in samples, segments)
UNITS = {
    0: (5.0, 30.0, 6.0, 300.0, 120, (0, 1, 2, 3)),
    1: (25.0, 110.0, 6.0, 200.0, 250, (0, 1, 2, 3)),
    2: (0.0, 80.0, 6.0, 150.0, 400, (0, 1)),
}


def example_result(folder: Path, **changes) -> Result:
    """The result, its recording in `folder`. Unit 0 fires again 1 ms after each twentieth spike; unit 2 is lost."""
    random = np.random.default_rng(5)
    signal = random.normal(0, 8, (4 * SEGMENT, len(POSITIONS)))
    trains = []
    for index in range(4):
        there = {unit: values for unit, values in UNITS.items() if index in values[5]}
        trains.append([_train(random, unit, index) for unit in there])
        for train, values in zip(trains[-1], there.values(), strict=True):
            for time in train:
                signal[time - 10 : time + 20] -= _shape()[:, None] * _vector(values, index)
    path = folder / "example.bin"
    signal.astype(np.int16).tofile(path)
    recording = Recording(binary_file=path, data_type="int16", probe_geometry=POSITIONS, sampling_frequency=RATE)
    segments = [
        SortedSegment(index * SEGMENT, SEGMENT, found, [_measured(recording, train) for train in found])
        for index, found in enumerate(trains)
    ]
    links = [np.arange(3), np.array([0, 1, -1]), np.arange(2)]
    found = SortedRecording(segments, links, POSITIONS)
    fields = {"recording": recording, "gain": 0.5, "settings": {"detection_polarity": -1.0}, **changes}
    return Result(1, "example", found, tuple(tracks(found)), **fields)


def _measured(recording: Recording, train: np.ndarray) -> np.ndarray:
    """Amplitude vector as the sorter measures it: the mean of the lowest filtered values."""
    return -cut(recording, train, np.arange(len(POSITIONS)), 5, 11).min(axis=2).mean(axis=0)


def _shape() -> np.ndarray:
    """A trough of 1 at sample 10 of 30, and a hump after it."""
    at = np.arange(30.0)
    return np.exp(-(((at - 10) / 2) ** 2)) - 0.3 * np.exp(-(((at - 17) / 4) ** 2))


def _vector(values: tuple, index: int) -> np.ndarray:
    x, depth, moved, amplitude, *_ = values
    away = np.hypot(*(POSITIONS - [x, depth + moved * index]).T)
    return amplitude * np.exp(-away / 20)


def _train(random: np.random.Generator, unit: int, index: int) -> np.ndarray:
    intervals = 30 + random.exponential(UNITS[unit][4] - 30, SEGMENT).astype(np.int64)
    times = np.cumsum(intervals)
    times = times[times < SEGMENT - 100] + index * SEGMENT + 40
    doubled = times[::20] + 10 if unit == 0 else times[:0]
    return np.unique(np.concatenate([times, doubled]))
