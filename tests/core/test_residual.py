"""What the units explain of the signal, where it is known what is in it."""

import numpy as np
import pytest

from spikesift_core.recording import Recording
from spikesift_core.residual import Explainer
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.traces import read_filtered
from spikesift_core.tracks import tracks

RATE, SEGMENT, NOISE = 20_000, 40_000, 10.0
POSITIONS = np.array([[0, 20 * k] for k in range(10)], np.float32)
DEPTHS, HEIGHTS = (30.0, 70.0, 150.0), (400.0, 250.0, 180.0)


def shape():
    at = np.arange(50.0) - 15
    return np.exp(-((at / 4) ** 2)) - 0.3 * np.exp(-(((at - 12) / 7) ** 2))


@pytest.fixture(scope="module")
def sorted_truth(tmp_path_factory):
    """Two segments of three units whose spikes differ in size; the second is 20 um further up. All of it is known."""
    random = np.random.default_rng(2)
    signal = random.normal(0, NOISE, (2 * SEGMENT, len(POSITIONS)))
    segments = []
    for place in range(2):
        trains, vectors = [], []
        for depth, height in zip(DEPTHS, HEIGHTS, strict=True):
            times = np.sort(random.choice(np.arange(100, SEGMENT - 100, 7), 250, replace=False)) + place * SEGMENT
            vectors.append(height * np.exp(-np.abs(POSITIONS[:, 1] - depth - 20 * place) / 15))
            for time in times:
                size = random.uniform(0.8, 1.2)
                signal[time - 15 : time + 35] -= size * shape()[:, None] * vectors[-1]
            trains.append(times)
        segments.append(SortedSegment(place * SEGMENT, SEGMENT, trains, np.array(vectors)))
    path = tmp_path_factory.mktemp("residual") / "truth.bin"
    np.rint(signal).astype(np.int16).tofile(path)
    recording = Recording(binary_file=path, data_type="int16", probe_geometry=POSITIONS, sampling_frequency=RATE)
    return recording, SortedRecording(segments, [np.arange(3)], POSITIONS)


def explainer(sorted_truth, recording=None, **how):
    signal, truth = sorted_truth
    truth = recording or truth
    return Explainer(signal, truth, tracks(truth), polarity=-1.0, **how)


def energy(values):
    return float(np.square(values, dtype=np.float64).mean())


def test_of_a_perfect_sorting_noise_is_left(sorted_truth):
    made = explainer(sorted_truth)
    found = made.explain(10_000, 4000, range(10))
    noise = energy(made.noise_at(0))
    assert found.units == (0, 1, 2) and found.taken == 3
    assert energy(found.signal) > 10 * noise
    assert energy(found.left) < 1.4 * noise
    assert np.array_equal(found.signal, read_filtered(sorted_truth[0], 10_000, 4000))


def test_of_a_wrong_sorting_much_is_left(sorted_truth):
    truth, random = sorted_truth[1], np.random.default_rng(4)
    elsewhere = [
        SortedSegment(
            one.start_time,
            one.duration,
            [np.sort(random.integers(100, SEGMENT - 100, len(train))) + one.start_time for train in one.spike_clusters],
            one.amplitude_vectors,
        )
        for one in truth.sorted_segments
    ]
    wrong = SortedRecording(elsewhere, truth.assignment_chain, POSITIONS)
    right, found = (explainer(sorted_truth, one).explain(10_000, 4000, range(10)) for one in (None, wrong))
    assert energy(found.left) > 5 * energy(right.left)


def test_units_are_taken_off_one_after_the_other(sorted_truth):
    made = explainer(sorted_truth)
    steps = [made.explain(5000, 2000, range(10), most) for most in range(5)]
    assert [step.taken for step in steps] == [0, 1, 2, 3, 3]
    assert np.array_equal(steps[0].left, steps[0].signal)
    left = [energy(step.left) for step in steps[:4]]
    assert left == sorted(left, reverse=True) and left[0] > 2 * left[1]


def test_where_no_unit_fires_nothing_changes(sorted_truth):
    truth = sorted_truth[1]
    times = np.sort(np.concatenate(truth.sorted_segments[0].spike_clusters))
    far = 2 * 2 * 20  # samples that a waveform reaches, twice
    at = int(np.flatnonzero(np.diff(times) > 2 * far)[0])
    found = explainer(sorted_truth).explain(times[at] + far, times[at + 1] - times[at] - 2 * far, range(10))
    assert found.model.any(axis=1).sum() == 0 and np.array_equal(found.left, found.signal)


def test_a_stretch_in_parts_is_the_same_as_in_one(sorted_truth):
    """Over a boundary of segments too, and whichever channels are asked for."""
    made = explainer(sorted_truth)
    whole = made.explain(SEGMENT - 600, 1200, range(10)).model
    parts = [made.explain(SEGMENT - 600 + 400 * k, 400, [7, 2]).model for k in range(3)]
    assert np.allclose(np.concatenate(parts), whole[:, [7, 2]], atol=0.15 * NOISE)
    assert np.abs(whole).max() > 10 * NOISE


def test_spikes_are_counted_and_far_units_are_left_alone(sorted_truth):
    made, truth = explainer(sorted_truth), sorted_truth[1]
    found = made.explain(2000, 3000, [0])
    assert found.units == (0, 1), "unit 2 is 150 um away and reaches no further than 120 um"
    for unit in found.units:
        train = truth.sorted_segments[0].spike_clusters[unit]
        assert found.spikes[unit] == np.count_nonzero((train >= 2000) & (train < 5000))


def test_the_ends_of_the_recording(sorted_truth):
    made = explainer(sorted_truth)
    for start in (-500, 2 * SEGMENT - 500):
        found = made.explain(start, 1000, range(10))
        assert found.signal.shape == (500, 10) and energy(found.left) < 1.6 * energy(made.noise_at(0))
    assert made.explain(3 * SEGMENT, 100, range(10)).signal.shape == (0, 10)


def test_the_published_method_takes_off_the_mean_as_it_is(sorted_truth):
    """The same at every spike, where the default method fits the size."""
    times = sorted_truth[1].sorted_segments[0].spike_clusters[0]
    alone = times[1:-1][(np.diff(times)[1:] > 160) & (np.diff(times)[:-1] > 160)][:20]
    for method, spread in (("published", (0, 1e-3)), ("default", (0.05, 0.2))):
        made = explainer(sorted_truth, method=method)
        depths = np.array([made.explain(time - 20, 40, range(10), 1).model.min() for time in alone])
        low, high = spread
        assert low <= depths.std() / -depths.mean() < high


def test_channels_left_out_of_the_sorting_explain_nothing(sorted_truth):
    truth = sorted_truth[1]
    segments = []
    for one in truth.sorted_segments:
        vectors = one.amplitude_vectors.copy()
        vectors[:, 1] = 0
        segments.append(SortedSegment(one.start_time, one.duration, one.spike_clusters, vectors))
    less = SortedRecording(segments, truth.assignment_chain, POSITIONS, excluded={1: "dead"})
    found = explainer(sorted_truth, less).explain(10_000, 1000, range(10))
    assert not found.model[:, 1].any() and found.model[:, 2].any()
