"""Where single spikes are: beside the obvious way of one spike after the other."""

import numpy as np
import pytest

from spikesift_core.progress import run_to_end
from spikesift_core.recording import Recording
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.spike_depths import spike_depths
from spikesift_core.traces import read_filtered
from spikesift_core.tracks import tracks

RATE, START = 10_000, 700
PROBE = np.array([[x, y] for y in range(0, 300, 30) for x in (0, 20)], np.float32)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """4 s of noise whose logical clock starts at 700."""
    path = tmp_path_factory.mktemp("depths") / "noise.bin"
    np.random.default_rng(8).normal(0, 100, (40_000, len(PROBE))).astype(np.int16).tofile(path)
    return Recording(
        binary_file=path, data_type="int16", probe_geometry=PROBE, sampling_frequency=RATE, recording_offset=START
    )


def measured(*arguments):
    return run_to_end(spike_depths(*arguments))


def sorted_units(excluded=()) -> SortedRecording:
    random = np.random.default_rng(1)
    segments = []
    for index in range(2):
        trains = [np.sort(random.integers(20_000 * index, 20_000 * (index + 1), 40)) + START for _ in range(2)]
        vectors = np.zeros((2, len(PROBE)), np.float32)
        vectors[0, 3 + 4 * index] = vectors[1, 15] = 5
        segments.append(SortedSegment(START + 20_000 * index, 20_000, trains, vectors))
    words = dict.fromkeys(excluded, "dead")
    return SortedRecording(segments, [np.arange(2)], PROBE, excluded=words)


@pytest.mark.parametrize("excluded", [(), (3, 4)])
def test_depths_are_the_centre_of_mass_of_each_spike(recording, excluded):
    found = sorted_units(excluded)
    units = tracks(found)
    result = measured(recording, found, units, 1000)
    assert result.total == len(result.times) == 160 and (np.diff(result.times) >= 0).all()
    signal = -read_filtered(recording, 0, recording.num_samples)
    largest = {(0, 0): 3, (0, 1): 7, (1, 0): 15, (1, 1): 15}  # unit and segment
    for time, unit, depth, amplitude in zip(result.times, result.units, result.depths, result.amplitudes, strict=True):
        at, peak = time - START, largest[int(unit), int(time - START >= 20_000)]
        if not 2 <= at < 40_000 - 2:
            assert np.isnan(amplitude)
            continue
        sizes = signal[at - 2 : at + 3].max(axis=0)
        near = np.hypot(*(PROBE - PROBE[peak]).T) <= 100
        near[list(excluded)] = False
        weights = np.where(near, np.maximum(sizes, 0), 0) ** 2
        assert amplitude == pytest.approx(sizes[peak], rel=1e-4)
        assert depth == pytest.approx((weights * PROBE[:, 1]).sum() / weights.sum(), abs=0.01)


def test_of_many_spikes_some_are_measured_evenly_over_time(recording):
    found = sorted_units()
    result = measured(recording, found, tracks(found), 16)
    every = measured(recording, found, tracks(found), 1000)
    assert len(result.times) == 16 and result.total == 160
    assert np.array_equal(result.times, every.times[5::10]) and np.array_equal(result.units, every.units[5::10])
    np.testing.assert_allclose(result.depths, every.depths[5::10], rtol=1e-5)


def test_of_no_unit_there_is_no_spike(recording):
    empty = SortedRecording([SortedSegment(START, 40_000, [], np.zeros((0, len(PROBE))))], [], PROBE)
    result = measured(recording, empty, tracks(empty), 100)
    assert result.total == 0 and result.depths.shape == result.amplitudes.shape == (0,)
