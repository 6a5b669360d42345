"""Previews say what sorting does: the same thresholds, the same segments."""

from itertools import pairwise

import numpy as np
import pytest

from spikesift_core.detection_preview import preview_detection
from spikesift_core.parameters import resolve
from spikesift_core.progress import Progress, run_to_end
from spikesift_core.segment_preview import activity_changes, find_segments
from spikesift_core.simulate import simulate
from spikesift_core.sorting import perform_spike_sorting
from spikesift_core.traces import read_filtered
from tests.helpers import write


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    base = tmp_path_factory.mktemp("previews") / "sim"
    return simulate(base, channels=16, seconds=6, units=6, seed=2, drift=40, drift_kind="jumps").recording()


@pytest.mark.parametrize("preset", ["published", "default"])
@pytest.mark.parametrize("given", [{}, {"common_reference": "median", "detection_sensitivity": 9.0}])
def test_the_segments_are_those_that_sorting_makes(recording, preset, given):
    given = {"min_segment_length": 0.7, **given}
    events = []
    found = run_to_end(find_segments(recording, resolve(preset, given), preset), events.append)
    result = perform_spike_sorting(recording, preset=preset, verbose=False, **given)
    bounds = np.array(result.segment_boundaries()) / recording.sampling_frequency
    assert len(bounds) > 2
    np.testing.assert_allclose(found.bounds, bounds, atol=1e-9)
    assert all(isinstance(event, Progress) for event in events) and events[-1].fraction == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("preset", ["published", "default"])
def test_the_recording_is_cut_where_its_activity_changes_most(recording, preset):
    values = resolve(preset, {"min_segment_length": 0.7})
    starts = run_to_end(find_segments(recording, values, preset)).bounds[:, 0]
    found = run_to_end(activity_changes(recording, values, preset, starts))
    assert len(starts) > 2 and np.all(np.diff(found.times) > 0)
    exact = []
    for before, cut in pairwise(starts):
        looked_at = (found.times >= before + 0.69) & (found.times <= cut + 1e-6)
        near = np.abs(found.times - cut) < 0.06
        # The part before a cut is cut once more where it is long enough: then a little more lies beside it.
        assert found.values[near].max() >= 0.9 * found.values[looked_at].max()
        exact.append(np.abs(found.times - cut).min() < 2e-3)
    assert np.mean(exact) > 0.6
    none = run_to_end(activity_changes(recording, values, preset, starts[:1]))
    assert len(none.times) == 0


def test_a_short_recording_is_one_segment(tmp_path):
    data = np.random.default_rng(0).normal(0, 50, (2000, 4)).astype(np.int16)
    found = run_to_end(find_segments(write(tmp_path / "a.bin", data), resolve("default", {}), "default"))
    assert found.bounds.tolist() == [[0.0, 0.1]]
    tiny = run_to_end(find_segments(write(tmp_path / "b.bin", data[:5]), resolve("default", {}), "default"))
    assert len(tiny.bounds) == 1


def test_thresholds_are_medians_of_the_filtered_signal(recording):
    preview = preview_detection(recording, resolve("default", {}), "default")
    signal = read_filtered(recording, 0, recording.num_samples)
    expected = -8.0 * np.median(np.abs(signal), axis=0)
    np.testing.assert_allclose(preview.thresholds(8.0), expected, rtol=0.12)  # from the first sample of each block
    assert preview.peaks.rate(5) > preview.peaks.rate(10) > 0


def test_spikes_in_sight_are_below_the_threshold(recording):
    preview = preview_detection(recording, resolve("default", {}), "default")
    found = preview.spikes_between(30_000, 6000)
    inside = (found.samples >= 30_000) & (found.samples < 36_000) & (found.depths > 8)
    signal = read_filtered(recording, 0, recording.num_samples)
    level = preview.thresholds(8.0)
    assert inside.any()
    assert (signal[found.samples[inside], found.channels[inside]] < level[found.channels[inside]]).all()


def test_channels_left_out_have_no_threshold_and_no_spikes(recording):
    values = resolve("default", {"exclude_channels": (3, 5)})
    preview = preview_detection(recording, values, "default")
    assert np.flatnonzero(np.isnan(preview.thresholds(6.7))).tolist() == [3, 5]
    seen = preview.view.channel_numbers[preview.peaks.channels]
    assert not np.isin(seen, [3, 5]).any() and set(preview.excluded) == {3, 5}


def test_upward_spikes_have_levels_above_zero(recording):
    preview = preview_detection(recording, resolve("default", {"detection_polarity": 2.0}), "default")
    assert (preview.thresholds(6.7) > 0).all()
