"""Quality metrics: each against a case worked out by hand, the kernels against their slow twins, the job as a whole."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesift_core.kernels.lanes import LANES
from spikesift_core.kernels.quality import add_moments, measure_peaks
from spikesift_core.progress import Progress, run_to_end
from spikesift_core.quality import (
    BY_NAME,
    LIMITS,
    METRICS,
    SIGNAL,
    Quality,
    difference_matrix,
    kept_or_measured,
    measure_quality,
    verdict_words,
)
from spikesift_core.quality.checks import judged
from spikesift_core.quality.likeness import nearest_units, relative_differences
from spikesift_core.quality.separation import Moments, Rows, Separations, rows_of, separation
from spikesift_core.quality.signal import noise_levels
from spikesift_core.quality.trains import amplitude_cutoff, amplitude_drift, close_pairs, contamination
from spikesift_core.recording import Recording
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.tracks import tracks
from tests import naive
from tests.core.quality_example import RATE, made

trains = st.lists(st.integers(0, 400), max_size=40).map(lambda times: np.array(sorted(times), np.int64))


# ---------------------------------------------------------------- spike trains


@given(trains, st.integers(0, 30))
def test_close_pairs_are_all_pairs_within(spikes, within):
    every = [(a, b) for a in range(len(spikes)) for b in range(a) if spikes[a] - spikes[b] <= within]
    assert close_pairs(spikes, within) == len(every)


def test_the_contamination_of_a_unit_with_too_few_spikes_is_not_known():
    """10 ms of pairs in 20 s: of 100 spikes half a pair would be there if all were foreign, of 200 two."""
    length, metric = 20 * 10_000, BY_NAME["contamination"]
    for count, known in ((100, False), (200, True)):
        spikes = np.linspace(0, length - 1, count).astype(np.int64)
        segment = SortedSegment(0, length, [spikes], np.ones((1, 2)))
        found = SortedRecording([segment], [], np.array([[0, 0], [0, 20]], np.float32))
        quality = run_to_end(measure_quality(found, tracks(found), 10_000.0))
        assert np.isfinite(quality.columns["contamination"][0]) == known
        verdict = judged(quality)
        assert (verdict.good[0], verdict.untold[0]) == (known, not known)
        assert ("1 more breaks none, but the contamination is not known." in verdict_words(quality)) != known
    assert "too few spikes" in metric.missing


def test_a_unit_that_fires_all_the_time_has_no_negative_contamination():
    assert 0 <= contamination(3, 60_000, 1_000_000, 60, 30) <= 1


def test_contamination_by_hand():
    # 100 spikes in 1e6 samples, 20 samples refractory: 1 pair -> 1 - sqrt(1 - 1e6 / (1e4 * 20)) is beyond 1
    assert contamination(1, 100, 1_000_000, 20) == 1.0
    assert contamination(0, 100, 1_000_000, 20) == 0.0
    assert contamination(2, 1000, 1_000_000, 20) == pytest.approx(1 - math.sqrt(1 - 2e6 / (1e6 * 20)))
    assert math.isnan(contamination(0, 1, 1000, 20))
    # a sorter that finds no spike within 10 samples sees half of the violations, and half of the time for them
    assert contamination(5, 1000, 1_000_000, 20, 10) > contamination(5, 1000, 1_000_000, 20)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3])
def test_contamination_finds_the_share_of_foreign_spikes(share):
    random, duration, refractory = np.random.default_rng(1), 300 * 30_000, 60
    own = np.cumsum(refractory + random.exponential(1500, 8000).astype(np.int64))
    own = own[own < duration]
    foreign = np.sort(random.integers(0, duration, round(len(own) * share / (1 - share))))
    spikes = np.sort(np.concatenate([own, foreign]))
    found = contamination(close_pairs(spikes, refractory), len(spikes), duration, refractory)
    assert found == pytest.approx(share, abs=0.02)


def test_amplitude_cutoff_is_the_missing_share():
    random = np.random.default_rng(2)
    whole = random.normal(1, 0.2, 40_000)
    assert amplitude_cutoff(whole) < 0.005
    kept = whole[whole > 0.8]  # 16 % of a normal distribution lie below mean - SD
    assert amplitude_cutoff(kept) == pytest.approx(0.16, abs=0.03)
    assert amplitude_cutoff(whole[whole > 1.05]) <= 0.5
    assert math.isnan(amplitude_cutoff(whole[:499]))
    assert amplitude_cutoff(np.append(kept, np.nan)) == amplitude_cutoff(kept), "what is not known is left out"


def test_amplitude_drift_leaves_out_segments_with_few_spikes():
    largest, counts = np.array([100.0, 80.0, 500.0, 120.0]), np.array([50, 50, 9, 10])
    assert amplitude_drift(largest, counts) == pytest.approx(0.4)
    assert math.isnan(amplitude_drift(largest[:1], counts[:1]))
    assert math.isnan(amplitude_drift(largest, np.zeros(4)))


# ---------------------------------------------------------------- likeness


def test_relative_differences_by_hand():
    vectors = np.array([[3, 4], [0, 4], [0, 0]], np.float32)
    expected = [[0, 3 / 5, 1], [3 / 5, 0, 1], [1, 1, 0]]
    np.testing.assert_allclose(relative_differences(vectors), expected, atol=1e-6)
    assert relative_differences(np.zeros((0, 4))).shape == (0, 0)


def test_units_are_compared_in_the_segments_they_share():
    """Both move from the first contact to the second; a third unit is there only when they are on the second."""
    segments = [
        SortedSegment(0, 100, [np.array([5]), np.array([7])], [[10, 0], [9, 0]]),
        SortedSegment(100, 100, [np.array([105]), np.array([107]), np.array([109])], [[0, 10], [0, 8], [5, 5]]),
    ]
    found = SortedRecording(segments, [np.array([0, 1])], [[0, 0], [0, 20]])
    matrix = difference_matrix(found, tracks(found))
    assert matrix[0, 1] == pytest.approx(np.sqrt(1 + 4) / np.sqrt(100 + 100), abs=1e-3)
    assert matrix[0, 2] == pytest.approx(np.hypot(5, 5) / 10, abs=1e-3)
    assert np.isnan(np.diag(matrix)).all() and np.array_equal(matrix, matrix.T, equal_nan=True)
    assert nearest_units(matrix, 1)[:, 0].tolist()[:2] == [1, 0]
    apart = SortedRecording(segments, [np.array([-1, 1])], [[0, 0], [0, 20]])
    lonely = difference_matrix(apart, tracks(apart))
    assert lonely[0, 2] == pytest.approx(np.hypot(10, 10) / 10), "never together: their mean vectors"


# ---------------------------------------------------------------- kernels


def in_lanes(signal):
    """(samples, channels) as the filter leaves it."""
    groups = -(-signal.shape[1] // LANES)
    lanes = np.full((groups, len(signal), LANES), np.nan, np.float32)
    for channel in range(signal.shape[1]):
        lanes[channel // LANES, :, channel % LANES] = signal[:, channel]
    return lanes


def test_moments_are_those_of_the_slow_twin():
    random = np.random.default_rng(4)
    signal = random.normal(0, 5, (200, 6)).astype(np.float32)
    times = np.sort(random.integers(10, 190, 40))
    units = random.integers(0, 3, 40)
    pairs = [(0, 0), (0, 2), (1, 1), (2, 0), (2, 2)]
    channels, offsets = np.array([[0, 1], [2, 3], [4, 5]]), np.array([-3, 0, 4])
    unit, space = np.array(pairs).T.copy()
    firsts = np.searchsorted(unit, np.arange(4))
    now = Moments.empty(len(pairs), 6)
    add_moments(in_lanes(signal), times, units, firsts, space, channels, offsets, now.counts, now.sums, now.products)
    wanted = naive.add_moments(signal, times, units, pairs, channels, offsets)
    for row, pair in enumerate(pairs):
        count, total, products = wanted[pair]
        assert now.counts[row] == count
        np.testing.assert_allclose(now.sums[row], total, rtol=1e-9)
        np.testing.assert_allclose(now.products[row], np.triu(products), rtol=1e-9, atol=1e-9)


def test_peaks_are_those_of_the_slow_twin():
    random = np.random.default_rng(5)
    signal = random.normal(0, 5, (200, 4)).astype(np.float32)
    times, units = np.sort(random.integers(10, 190, 30)), random.integers(0, 3, 30)
    channels, factors = np.array([3, 0, 1]), np.array([-1, 0.5, -0.1], np.float32)
    amplitudes, sums = np.empty(30, np.float32), np.zeros((3, 11))
    measure_peaks(in_lanes(signal), times, units, channels, factors, 2, 5, amplitudes, sums)
    wanted, wanted_sums = naive.measure_peaks(signal, times, units, channels, factors, 2, 5)
    np.testing.assert_allclose(amplitudes, wanted, rtol=1e-6)
    np.testing.assert_allclose(sums, wanted_sums, rtol=1e-5, atol=1e-5)


# ---------------------------------------------------------------- separation


def test_separation_is_the_distance_in_deviations():
    random = np.random.default_rng(6)
    true = 3.0
    cloud = random.normal(0, 1, (4000, 8))
    other = random.normal(0, 1, (5000, 8)) + true * np.eye(8)[2]
    found = separation(cloud.mean(0) - other.mean(0), np.cov(cloud.T), np.cov(other.T), 3999, 4999)
    assert found == pytest.approx(true, rel=0.05)
    assert math.isnan(separation(np.ones(8), np.eye(8), np.eye(8), 15, 1000)), "too few spikes"


def test_what_many_features_part_by_chance_is_taken_off():
    random = np.random.default_rng(7)
    values = []
    for _ in range(30):
        one, other = random.normal(0, 1, (2, 60, 20))
        values.append(separation(one.mean(0) - other.mean(0), np.cov(one.T), np.cov(other.T), 59, 59))
    assert np.mean(values) < 0.35, "two halves of one cloud"


def test_a_movement_common_to_both_does_not_blur_them():
    random = np.random.default_rng(8)
    rows = Rows(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([0, 2, 4]), np.zeros((2, 1), np.int64),
                np.arange(4))  # fmt: skip
    collected = Separations(rows)
    for moved in (0.0, 25.0, -10.0):
        for row, apart in enumerate((0.0, 0.0, 4.0, 4.0)):
            points = random.normal(0, 1, (500, 4)) + [moved + apart, 0, 0, 0]
            collected.now.counts[row] += 500
            collected.now.sums[row] += points.sum(axis=0)
            collected.now.products[row] += np.triu(points.T @ points)
        collected.end_segment()
    assert collected.found()[0][1] == pytest.approx(4, rel=0.08)
    assert collected.found()[1][0] == collected.found()[0][1]


def test_every_unit_has_a_space_of_its_own_and_those_of_its_neighbours():
    vectors = np.array([[9, 5, 1, 0, 0, 0, 0], [8, 6, 1, 0, 0, 0, 0], [0, 0, 0.1, 0.2, 1, 9, 2]], float)
    column = np.c_[np.zeros(7), np.arange(7) * 20.0]
    rows = rows_of(vectors, column, relative_differences(vectors) + np.diag([np.nan] * 3), 30)
    assert rows.firsts.tolist() == [0, 3, 6, 9] and rows.features == 20
    assert rows.channels[2].tolist() == [2, 3, 4, 5, 6] and rows.channels[0].tolist() == [0, 1, 2, 3, 4]


# ---------------------------------------------------------------- the job


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return made(tmp_path_factory.mktemp("quality"))


@pytest.fixture(scope="module")
def measured(example):
    recording, found = example
    events = []
    quality = run_to_end(measure_quality(found, tracks(found), RATE, recording), events.append)
    return quality, events


def test_every_metric_is_computed_on_all_spikes(example, measured):
    quality, events = measured
    _, found = example
    assert set(quality.columns) == set(BY_NAME) and quality.complete and not quality.unknown
    counts = [sum(len(s.spike_clusters[k]) for s in found.sorted_segments if k < len(s)) for k in range(3)]
    assert quality.columns["spikes"].tolist() == counts
    assert quality.columns["contamination"].max() == 0, "no two spikes of a unit are within 2 ms"
    part = next(event for event in events if isinstance(event, Quality))
    assert not part.complete and "contamination" in part.columns and "snr" not in part.columns
    progress = [event for event in events if isinstance(event, Progress)]
    assert {event.stage for event in progress} == {
        "Comparing the units", "Computing from the spikes", "Measuring the noise", "Measuring every spike"
    }  # fmt: skip


def test_signal_metrics_have_the_values_that_were_made(example, measured):
    recording, found = example
    quality, _ = measured
    noise = noise_levels(recording, "default")
    largest = found.sorted_segments[0].amplitude_vectors.argmax(axis=1)
    by_vectors = [found.sorted_segments[0].amplitude_vectors[k, c] / noise[c] for k, c in enumerate(largest)]
    # the mean of minima (the vectors) is a little above the minimum of the mean waveform (SNR)
    np.testing.assert_allclose(quality.columns["snr"][:2], by_vectors[:2], rtol=0.2)
    assert quality.columns["snr"].argsort().tolist() == [2, 1, 0]
    assert np.nanmax(quality.columns["amplitude_cutoff"]) < 0.05
    assert math.isnan(quality.columns["amplitude_cutoff"][2]), "fewer than 500 spikes"
    assert quality.columns["drift"][0] == pytest.approx(16, abs=4)
    assert quality.columns["nearest"].tolist()[:2] == [1, 0] and quality.columns["rival"].tolist()[:2] == [1, 0]
    assert quality.columns["isolation"][0] == quality.columns["isolation"][1] > 3


def test_two_halves_of_one_unit_are_not_isolated(example):
    recording, found = example
    random = np.random.default_rng(9)
    segments = []
    for one in found.sorted_segments:
        half = random.random(len(one.spike_clusters[0])) < 0.5
        times = [one.spike_clusters[0][half], one.spike_clusters[0][~half], *one.spike_clusters[1:]]
        segments.append(
            SortedSegment(one.start_time, one.duration, times, one.amplitude_vectors[[0, 0, *range(1, len(one))]])
        )
    split = SortedRecording(segments, [np.arange(4), np.array([0, 1, 2, -1])], found.probe_geometry)
    quality = run_to_end(measure_quality(split, tracks(split), RATE, recording))
    assert quality.columns["isolation"][0] < 1 and quality.columns["rival"][0] == 1
    assert quality.columns["isolation"][2] > 3


def test_without_the_recording_the_rest_is_there_and_the_reason_is_given(example):
    _, found = example
    quality = run_to_end(measure_quality(found, tracks(found), RATE, why_no_signal="its drive is gone"))
    assert quality.complete and quality.unknown["snr"] == "its drive is gone"
    assert {m.name for m in METRICS if m.needs == SIGNAL} == set(quality.unknown)
    no_rate = run_to_end(measure_quality(found, tracks(found), None))
    assert np.isnan(no_rate.columns["contamination"]).all() and np.isnan(no_rate.columns["rate"]).all()


def test_a_unit_whose_channel_has_no_noise_has_no_signal_to_noise_ratio(example, tmp_path):
    recording, found = example
    signal = recording.read(0, recording.num_samples).copy()
    quiet = {int(s.amplitude_vectors[0].argmax()) for s in found.sorted_segments}
    signal[:, list(quiet)] = 0
    signal.tofile(tmp_path / "quiet.bin")
    flat = Recording(
        binary_file=tmp_path / "quiet.bin", data_type="int16", probe_geometry=found.probe_geometry,
        sampling_frequency=RATE,
    )  # fmt: skip
    snr = run_to_end(measure_quality(found, tracks(found), RATE, flat)).columns["snr"]
    assert math.isnan(snr[0]), "not 0"
    assert snr[2] > 0


def test_the_piece_size_changes_nothing(example, measured, monkeypatch):
    recording, found = example
    monkeypatch.setattr("spikesift_core.quality.signal.VALUES_AT_ONCE", 8 * 4321)
    again = run_to_end(measure_quality(found, tracks(found), RATE, recording))
    for name, values in measured[0].columns.items():
        np.testing.assert_allclose(again.columns[name], values, rtol=1e-4, err_msg=name)


def test_a_recording_on_another_clock_and_its_very_ends(example):
    recording, found = example
    moved = Recording(
        binary_file=recording.binary_file, data_type="int16", probe_geometry=found.probe_geometry,
        sampling_frequency=RATE, recording_offset=7_000_000,
    )  # fmt: skip
    segments = [
        SortedSegment(
            s.start_time + 7_000_000, s.duration, [t + 7_000_000 for t in s.spike_clusters], s.amplitude_vectors
        )
        for s in found.sorted_segments
    ]
    segments[0].spike_clusters[0] = np.append(7_000_000, segments[0].spike_clusters[0])  # its waveform is cut off
    later = SortedRecording(segments, found.assignment_chain, found.probe_geometry)
    quality = run_to_end(measure_quality(later, tracks(later), RATE, moved))
    here = run_to_end(measure_quality(found, tracks(found), RATE, recording))
    np.testing.assert_allclose(quality.columns["snr"], here.columns["snr"], rtol=1e-4)


def test_no_units_and_one_unit():
    empty = SortedRecording([SortedSegment(0, 1000, [], np.zeros((0, 2)))], [], [[0, 0], [0, 20]])
    quality = run_to_end(measure_quality(empty, [], RATE))
    assert quality.units == () and verdict_words(quality) == "No unit was found."
    one = SortedRecording([SortedSegment(0, 1000, [np.array([5, 9])], [[1, 2]])], [], [[0, 0], [0, 20]])
    quality = run_to_end(measure_quality(one, tracks(one), RATE))
    assert math.isnan(quality.columns["nearest"][0]) and math.isnan(quality.columns["difference"][0])


# ---------------------------------------------------------------- the table, limits, keeping


def test_every_row_explains_itself():
    assert len(BY_NAME) == len(METRICS)
    for metric in METRICS:
        assert metric.name.isidentifier() and metric.title and metric.source and metric.definition.endswith(".")
        assert metric.missing or metric.name in ("segments", "channel", "depth", "spikes", "amplitude")
    assert {limit.metric for limit in LIMITS} <= set(BY_NAME)
    assert LIMITS[0].rule == "contamination <= 10%" and LIMITS[0].broken_rule == "contamination > 10%"


def quality_of(**columns):
    columns = {name: np.array(values, float) for name, values in columns.items()}
    return Quality(tuple(range(len(next(iter(columns.values()))))), columns)


def test_a_unit_is_good_when_it_keeps_every_limit_that_could_be_looked_at():
    quality = quality_of(contamination=[0.05, 0.2, np.nan, 0], presence=[1, 1, 1, 0.5], snr=[9, 9, 9, np.nan],
                         spikes=[60, 20, 10, 10])  # fmt: skip
    verdict = judged(quality)
    assert verdict.good.tolist() == [True, False, False, False], "without contamination nothing is sure"
    assert verdict.failed["presence"].tolist() == [False, False, False, True]
    words = verdict_words(quality)
    assert words.startswith("1 of 4 units keep every limit; they hold 60 % of the spikes.")
    assert "1 unit seems to hold spikes of other neurons" in words


def test_metrics_are_kept_with_the_session_and_measured_again_for_other_units(example, tmp_path):
    recording, found = example
    job = kept_or_measured(tmp_path, found, tracks(found), RATE, recording)
    first = run_to_end(job)
    events = []
    again = run_to_end(kept_or_measured(tmp_path, found, tracks(found), RATE), events.append)
    assert {event.stage for event in events} == {"Looking up what was measured"}
    assert again.units == first.units and again.complete, "also without the recording"
    for name, values in first.columns.items():
        np.testing.assert_allclose(again.columns[name], values)
    fewer = SortedRecording(found.sorted_segments[:2], found.assignment_chain[:1], found.probe_geometry)
    other = run_to_end(kept_or_measured(tmp_path, fewer, tracks(fewer), RATE))
    assert other.unknown and json.loads((tmp_path / "quality.json").read_text())["units"] == [0, 1, 2]
    for damaged in ("{", "[]", '{"format": 1}'):
        (tmp_path / "quality.json").write_text(damaged)
        assert run_to_end(kept_or_measured(tmp_path, found, tracks(found), RATE)).unknown
