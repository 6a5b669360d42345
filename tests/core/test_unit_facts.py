import math

import numpy as np
import pytest

from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.tracks import tracks
from spikesift_core.unit_facts import (
    centres,
    depths,
    drift,
    nearby_channels,
    peak_channel,
    presence,
    presence_bins,
    rate,
    recorded_times,
    refractory_violations,
    unit_facts,
    violation_share,
)

COLUMN = np.array([[0, 0], [0, 20], [0, 40], [0, 400]], np.float32)


def test_violations_are_the_intervals_below_the_refractory_period():
    spikes = np.array([0, 59, 119, 179, 179])
    assert refractory_violations(spikes, 60) == 2  # 59 and 0; 60 is not shorter than 60
    assert violation_share(spikes, 60) == 0.5
    assert math.isnan(violation_share(spikes[:1], 60))


def test_presence_is_the_share_of_bins_with_a_spike():
    spikes = np.array([0, 1, 2, 500, 999, 1000])
    assert presence(spikes, 0, 1000, 10) == 0.3  # the last spike lies outside
    assert presence(np.zeros(0, np.int64), 0, 1000) == 0
    assert math.isnan(presence(spikes, 5, 5))


def test_what_lies_between_merged_recordings_does_not_count_as_missing():
    trains = [np.arange(start, start + 600_000, 3000) for start in (0, 6_000_000)]
    vector = np.array([[90, 20, 5, 1]], np.float32)
    segments = [SortedSegment(int(train[0]), 600_000, [train], vector) for train in trains]
    recording = SortedRecording(segments, [np.arange(1)], COLUMN)
    assert unit_facts(recording, tracks(recording)[0], 30_000).presence == 1
    spikes, length = recorded_times(recording, np.array([-5, 0, 599_999, 6_000_000, 6_599_999]))
    assert spikes.tolist() == [-5, 0, 599_999, 600_000, 1_199_999] and length == 1_200_000


def test_few_spikes_are_looked_for_in_few_bins():
    assert [presence_bins(9000, seconds) for seconds in (10, 60, 250, 499, 500, 3600)] == [10, 12, 50, 99, 100, 100]
    assert presence_bins(100, 3600) == 20 and presence_bins(9000, float("nan")) == 100
    assert [presence_bins(count) for count in (0, 50, 60, 250, 500, 9000)] == [10, 10, 12, 50, 100, 100]


def test_rate_is_per_second():
    assert rate(30, 60_000, 30_000) == 15
    assert math.isnan(rate(0, 0, 30_000))


def test_the_peak_channel_is_that_of_the_mean_vector():
    assert peak_channel(np.array([[5, 4, 0], [0, 4, 0]])) == 1
    assert peak_channel(np.array([5, 4, 0])) == 0


def test_the_centre_of_mass_is_weighted_by_squared_amplitude_near_the_peak():
    vector = np.array([1, 2, 1, 1.9])  # the last contact is far away
    assert centres(vector, COLUMN)[0].tolist() == [0, 20]
    vector = np.array([0, 2, 1, 0])
    assert centres(vector, COLUMN)[0][1] == pytest.approx((4 * 20 + 1 * 40) / 5)
    assert centres(np.zeros(4), COLUMN)[0].tolist() == [0, 0]
    assert nearby_channels(0, COLUMN).tolist() == [0, 1, 2]
    assert nearby_channels(2, COLUMN, most=2).tolist() == [1, 2]


def test_depth_and_drift_follow_the_vectors():
    vectors = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0]], float)
    assert depths(vectors, COLUMN).tolist() == [0, 40, 20]
    assert drift(depths(vectors, COLUMN)) == 40
    assert math.isnan(drift(np.array([3.0])))


def two_segments() -> SortedRecording:
    """Unit 0 in both segments (drifting 20 um), unit 1 in the first only."""
    first = SortedSegment(100, 1000, [np.array([110, 120, 500]), np.array([300])], [[9, 1, 1, 0], [0, 0, 4, 0]])
    second = SortedSegment(1100, 1000, [np.array([1200, 2000])], [[0, 7, 0, 0]])
    return SortedRecording([first, second], [np.array([0, -1])], COLUMN)


def test_the_facts_of_a_unit_are_of_all_its_spikes():
    recording = two_segments()
    both, lost = (unit_facts(recording, track, 1000.0, refractory_ms=15) for track in tracks(recording))
    assert (both.id, both.spikes, both.segments, both.followed) == (0, 5, 2, True)
    assert both.rate == 2.5 and both.peak_channel == 0 and both.amplitude == 4.5
    assert both.violations == 0.25 and both.presence == 0.4  # 110 and 120 lie in one of the ten bins of 200
    assert both.drift == pytest.approx(20 - 60 / 83)
    assert (lost.spikes, lost.segments, lost.followed) == (1, 1, False)
    assert lost.rate == 1.0 and lost.depth == 40  # over the one segment it was found in
    assert math.isnan(lost.violations) and math.isnan(lost.drift)


def test_what_needs_an_unknown_sampling_frequency_is_not_a_number():
    recording = two_segments()
    facts = unit_facts(recording, tracks(recording)[0], None)
    assert math.isnan(facts.rate) and math.isnan(facts.violations) and facts.spikes == 5
