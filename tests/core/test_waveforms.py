import numpy as np
import pytest

from spikesift_core.recording import Recording
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.sorting import perform_spike_sorting
from spikesift_core.traces import read_filtered
from spikesift_core.tracks import tracks
from spikesift_core.waveforms import (
    cut,
    evenly_spread,
    soon_read,
    spike_amplitudes,
    unit_waveforms,
    waveform_density,
)

RATE = 10_000  # 10 samples in a millisecond
COLUMN = np.array([[0, 0], [0, 20], [0, 40]], np.float32)


@pytest.fixture
def recording(tmp_path):
    """2 s of three channels of noise, whose logical clock starts at 500."""
    path = tmp_path / "noise.bin"
    np.random.default_rng(3).normal(0, 100, (20_000, 3)).astype(np.int16).tofile(path)
    return Recording(
        binary_file=path, data_type="int16", probe_geometry=COLUMN, sampling_frequency=RATE, recording_offset=500
    )


def a_unit(*trains) -> SortedRecording:
    """One unit with a train of spikes in each segment of 10,000 samples."""
    segments = [
        SortedSegment(500 + 10_000 * index, 10_000, [np.array(train, np.int64)], [[1.0, 3.0, 1.0]])
        for index, train in enumerate(trains)
    ]
    return SortedRecording(segments, [np.array([0])] * (len(trains) - 1), COLUMN)


def test_raw_waveforms_are_what_is_in_the_file(recording):
    spikes = np.array([600, 605, 9000, 20_400])
    found = cut(recording, spikes, np.array([2, 0]), 10, 25, filtered=False)
    assert found.shape == (4, 2, 25)
    for waveform, spike in zip(found, spikes, strict=True):
        there = recording.read(int(spike) - 500 - 10, 25)[:, [2, 0]].T
        assert np.array_equal(waveform, there)


def test_filtered_waveforms_are_those_of_the_whole_signal_filtered_at_once(recording):
    spikes = np.sort(np.random.default_rng(1).integers(600, 20_300, 60))
    found = cut(recording, spikes, np.array([1, 2]), 10, 25)
    whole = read_filtered(recording, 0, recording.num_samples, [1, 2])
    for waveform, spike in zip(found, spikes, strict=True):
        assert np.array_equal(waveform, whole[spike - 510 : spike - 485].T)


def test_nothing_is_made_up_outside_the_recording(recording):
    found = cut(recording, np.array([503, 20_495, 90_000]), np.array([0]), 10, 25, filtered=False)
    assert np.isnan(found[0, 0, :7]).all() and np.isfinite(found[0, 0, 7:]).all()
    assert np.isfinite(found[1, 0, :15]).all() and np.isnan(found[1, 0, 15:]).all()
    assert np.isnan(found[2]).all()


@pytest.mark.parametrize(("count", "most"), [(0, 5), (3, 5), (5, 5), (11, 5), (1000, 7)])
def test_a_sample_is_spread_evenly_and_always_the_same(count, most):
    chosen = evenly_spread(count, most)
    assert len(chosen) == min(count, most) and np.array_equal(chosen, evenly_spread(count, most))
    if len(chosen) > 1:
        assert chosen[0] >= 0 and chosen[-1] < count
        assert np.diff(chosen).min() >= 1 and np.ptp(np.diff(chosen)) <= 1


def test_a_sample_says_what_it_was_taken_from(recording):
    sorted_recording = a_unit(np.arange(600, 10_000, 50), np.arange(10_600, 20_000, 100))
    track = tracks(sorted_recording)[0]
    found = unit_waveforms(recording, sorted_recording, track, np.array([1]), most=40)
    assert found.total == 188 + 94 and found.samples.shape == (40, 1, 25)
    assert found.times_ms[0] == -1.0 and found.times_ms[10] == 0
    assert set(found.spikes) <= set(sorted_recording.spikes(0)) and found.sampled_segments() == [0, 1]
    assert np.array_equal(found.segments, (found.spikes >= 10_500).astype(int))
    assert np.allclose(found.mean(), found.samples.mean(axis=0), atol=1e-3)
    one = unit_waveforms(recording, sorted_recording, track, np.array([1]), most=40, segment=1)
    assert one.total == 94 and one.sampled_segments() == [1] and one.spikes.min() > 10_500
    assert np.allclose(found.mean(1), found.samples[found.segments == 1].mean(axis=0), atol=1e-3)


def test_a_unit_that_is_not_in_a_segment_has_no_waveforms_there(recording):
    sorted_recording = a_unit([700], [11_000])
    found = unit_waveforms(recording, sorted_recording, tracks(sorted_recording)[0], np.array([0, 1]), segment=5)
    assert found.total == 0 and np.isnan(found.mean()).all() and found.mean().shape == (2, 25)


def test_raw_waveforms_of_a_unit_are_without_their_median(recording):
    sorted_recording = a_unit([700, 900])
    found = unit_waveforms(recording, sorted_recording, tracks(sorted_recording)[0], np.array([0]), filtered=False)
    assert np.allclose(np.median(found.samples, axis=2), 0)


@pytest.mark.parametrize("polarity", [-1.0, 2.0])
def test_amplitudes_are_the_extremes_around_each_spike_on_its_own_channel(recording, polarity):
    spikes = np.array([600, 601, 5000, 19_000, 90_000])
    channels = np.array([0, 2, 2, 1, 0])
    found = spike_amplitudes(recording, spikes, channels, polarity)
    whole = read_filtered(recording, 0, recording.num_samples)
    for amplitude, spike, channel in zip(found[:4], spikes, channels, strict=False):
        around = whole[spike - 505 : spike - 494, channel] * polarity
        assert amplitude == pytest.approx(around.max())
    assert np.isnan(found[4])


def test_the_mean_waveform_is_as_deep_as_the_sorters_amplitude(tmp_path):
    """Two worlds agree: spikes sorted by the engine, cut from the file, and the engine's own amplitude vector."""
    random = np.random.default_rng(0)
    signal = random.normal(0, 5, (60_000, 3))
    shape = -300 * np.exp(-(((np.arange(-10, 11)) / 2.5) ** 2))
    for time in range(500, 59_000, 700):
        signal[time - 10 : time + 11] += shape[:, None] * [0.4, 1.0, 0.4]
    path = tmp_path / "unit.bin"
    signal.astype(np.int16).tofile(path)
    recording = Recording(binary_file=path, data_type="int16", probe_geometry=COLUMN, sampling_frequency=RATE)
    found = perform_spike_sorting(recording, verbose=False)
    track = tracks(found)[0]
    waveforms = unit_waveforms(recording, found, track, np.arange(3), most=10_000)
    assert waveforms.total > 70
    assert -waveforms.mean()[1].min() == pytest.approx(found.sorted_segments[0].amplitude_vectors[0, 1], rel=0.02)


def test_a_density_counts_every_waveform_once_at_every_moment():
    samples = np.random.default_rng(0).uniform(-1, 1, (50, 3, 8)).astype(np.float32)
    counts = waveform_density(samples, -1.0, 1.0, 20, between=4)
    assert counts.shape == (3, 20, 29) and (counts.sum(axis=1) == 50).all()
    for channel in range(3):  # at the samples themselves
        for at in range(8):
            wanted = np.histogram(samples[:, channel, at], 20, (-1, 1))[0]
            np.testing.assert_array_equal(counts[channel, :, 4 * at], wanted)


def test_a_density_lies_on_straight_lines_and_leaves_out_what_is_outside():
    line = np.array([[[0.0, 4.0, 0.0]]], np.float32)
    counts = waveform_density(line, 0.0, 5.0, 5, between=2)[0]
    assert np.argmax(counts, axis=0).tolist() == [0, 2, 4, 2, 0] and counts.sum() == 5
    assert waveform_density(line, 1.0, 3.0, 2, between=1).sum() == 0
    unknown = np.full((4, 2, 6), np.nan, np.float32)
    assert waveform_density(unknown, 0.0, 1.0, 3).sum() == 0
    assert waveform_density(np.zeros((0, 2, 6), np.float32), 0.0, 1.0, 3).shape == (2, 3, 21)


@pytest.mark.parametrize(("channels", "few", "more"), [(4, 200, 400), (128, 200, 312), (384, 104, 104), (4000, 50, 50)])
def test_of_many_channels_fewer_spikes_are_read_while_a_person_waits(tmp_path, channels, few, more):
    path = tmp_path / "empty.bin"
    path.write_bytes(bytes(2 * channels))
    probe = np.stack([np.zeros(channels), 20 * np.arange(channels)], axis=1)
    recording = Recording(binary_file=path, data_type="int16", probe_geometry=probe, sampling_frequency=30_000)
    assert (soon_read(recording, 200), soon_read(recording, 400)) == (few, more)
