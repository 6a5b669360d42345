"""Options of the signal, from the call to the result: what is left out, what is taken off, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import spikesift_core as spikesift
from spikesift_core import sorting
from spikesift_core.preparing import as_sorted, why_not
from spikesift_core.progress import run_to_end
from spikesift_core.recording_view import RecordingView
from spikesift_core.session import open_session
from spikesift_core.signal_options import checked_option, option_words
from spikesift_core.sort_to_session import sort_to_session
from spikesift_core.stages.minima import medians_of
from spikesift_core.traces import read_filtered
from tests.core.test_sorting import RATE, same, spike_train, write
from tests.golden.recordings import probe, signal

SHORT = {"min_segment_length": 0.5, "verbose": False}
both_presets = pytest.mark.parametrize("preset", ["published", "default"])


@pytest.fixture
def data():
    """4 s, 16 channels, int16."""
    return signal("two_columns")[:120_000].copy()


@pytest.mark.parametrize(
    ("given", "used"),
    [("3, 7,12-15", (3, 7, 12, 13, 14, 15)), ("", ()), ([5, 2, 2], (2, 5)), (np.array([4]), (4,)), ("9–10", (9, 10))],
)
def test_channel_lists(given, used):
    assert checked_option("exclude_channels", given) == used
    assert checked_option("exclude_channels", option_words(used).replace("none", "")) == used


@pytest.mark.parametrize("given", ["a", "5-3", [-1], [1.5], 7, "-3", "3-", None])
def test_what_is_no_list_of_channels(given):
    with pytest.raises(ValueError, match="exclude_channels must be channel numbers"):
        checked_option("exclude_channels", given)


def test_words_of_lists():
    assert [option_words(v) for v in ((), (3,), (3, 4), (3, 4, 5, 9), "median")] == [
        "none", "3", "3, 4", "3-5, 9", "median",
    ]  # fmt: skip


@both_presets
def test_an_excluded_channel_is_as_if_it_did_not_exist(tmp_path, data, preset):
    """The same as sorting a file without it; on the probe it stays, with amplitude 0."""
    excluded, left = [2, 9], np.delete(np.arange(16), [2, 9])
    geometry = probe(16, 2)
    whole = write(tmp_path / "whole.bin", data, 30000.0)
    less = write(tmp_path / "less.bin", np.ascontiguousarray(data[:, left]), 30000.0, geometry[left])
    found = spikesift.perform_spike_sorting(whole, **SHORT, preset=preset, exclude_channels=excluded)
    expected = spikesift.perform_spike_sorting(less, **SHORT, preset=preset)
    assert found.excluded == dict.fromkeys(excluded, "excluded by hand")
    assert len(found.sorted_segments) > 2 and len(found.sorted_segments[0]) > 0
    assert found.segment_boundaries() == expected.segment_boundaries()
    for one, other in zip(found.sorted_segments, expected.sorted_segments, strict=True):
        assert [s.tolist() for s in one.spike_clusters] == [s.tolist() for s in other.spike_clusters]
        np.testing.assert_array_equal(one.amplitude_vectors[:, left], other.amplitude_vectors)
        assert not one.amplitude_vectors[:, excluded].any()
    for one, other in zip(found.assignment_chain, expected.assignment_chain, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(found.probe_geometry, geometry)


@both_presets
def test_the_reference_is_exact_and_takes_away_what_is_common(tmp_path, data, preset):
    """Any common signal, however large, changes not one bit of the result."""
    common = (3000 * np.sin(np.arange(len(data)) / 7)).astype(np.int16)
    plain = write(tmp_path / "plain.bin", data, 30000.0)
    worse = write(tmp_path / "worse.bin", data + common[:, None], 30000.0)
    options = {**SHORT, "preset": preset, "common_reference": "median"}
    found = spikesift.perform_spike_sorting(plain, **options)
    same(found, spikesift.perform_spike_sorting(worse, **options))
    same(found, spikesift.perform_spike_sorting(worse, **options, threads=2))
    assert len(found.sorted_segments[0]) > 0


def test_dead_channels_are_left_out_by_the_default_preset_alone(tmp_path, data):
    data[:, 5] = 3
    recording = write(tmp_path / "r.bin", data, 30000.0)
    found = spikesift.perform_spike_sorting(recording, **SHORT)
    assert list(found.excluded) == [5] and found.excluded[5].startswith("dead: flat")
    assert not any(segment.amplitude_vectors[:, 5].any() for segment in found.sorted_segments)
    for options in ({"preset": "published"}, {"dead_channels": "keep"}):
        assert spikesift.perform_spike_sorting(recording, **SHORT, **options).excluded == {}
    same(found, spikesift.perform_spike_sorting(recording, **SHORT, dead_channels="keep", exclude_channels="5"))


def test_a_channel_without_numbers_does_not_stop_the_default_preset(tmp_path, data):
    floats = data.astype(np.float32)
    floats[:, 7] = np.nan
    recording = write(tmp_path / "r.bin", floats, 30000.0)
    assert list(spikesift.perform_spike_sorting(recording, **SHORT).excluded) == [7]
    floats[100, 11] = np.inf
    recording = write(tmp_path / "r.bin", floats, 30000.0)
    with pytest.raises(ValueError, match="holds inf at sample 100 .* on channel 11"):
        spikesift.perform_spike_sorting(recording, **SHORT, common_reference="none")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"exclude_channels": [3, 16]}, "names 16, but the recording has 16 channels, 0 to 15"),
        ({"exclude_channels": range(16)}, "names all 16 channels"),
        ({"common_reference": "median", "exclude_channels": [0]}, "needs at least 16 channels, there are 15"),
        ({"common_reference": "mean"}, "common_reference must be 'none' or 'median'"),
        ({"dead_channels": True}, "dead_channels must be 'keep' or 'exclude'"),
    ],
)
def test_what_cannot_be_sorted_is_refused_at_once(tmp_path, data, options, words):
    recording = write(tmp_path / "r.bin", data, 30000.0)
    with pytest.raises(ValueError, match=words):
        spikesift.sort_by_segment(recording, **options)


def test_a_tetrode_has_no_common_reference():
    values = {"common_reference": "median", "exclude_channels": ()}
    assert "holds much of every spike" in why_not(4, values) and why_not(16, values) == ""


def test_the_session_keeps_options_and_channels_left_out(tmp_path, data):
    data[:, 5] = 0
    recording = write(tmp_path / "r.bin", data, 30000.0)
    job = sort_to_session(recording, tmp_path / "r.spikesift", min_segment_length=0.5, exclude_channels=[1])
    for event in job:
        if isinstance(event, spikesift.SegmentSorted):
            break
    job.close()
    saved = open_session(tmp_path / "r.spikesift")
    assert saved.settings["exclude_channels"] == [1] and saved.settings["dead_channels"] == "exclude"
    assert list(saved.sorted_recording.excluded) == [1, 5] and saved.sorted_recording.excluded == event.excluded
    run_to_end(sort_to_session(recording, tmp_path / "s.spikesift", min_segment_length=0.5))
    assert list(open_session(tmp_path / "s.spikesift").sorted_recording.excluded) == [5]


def test_recordings_with_other_channels_left_out_are_compared_on_those_both_have(tmp_path, data):
    first = write(tmp_path / "r.bin", data, 30000.0)
    second = write(tmp_path / "r.bin", data, 30000.0, recording_offset=len(data))
    one = spikesift.perform_spike_sorting(first, **SHORT, exclude_channels=[3])
    two = spikesift.perform_spike_sorting(second, **SHORT, exclude_channels=[8])
    for recording, channel in ((one, 8), (two, 3)):  # what the other one has left out says nothing
        for cluster in recording.sorted_segments[0].amplitude_vectors:
            cluster[channel] = 1e6
    assert spikesift.compare_recordings(one, two).pair_costs.max() < 1e5
    merged = spikesift.merge_recordings([one, two])
    assert list(merged.excluded) == [3, 8] and list(merged.split_into_segments()[0].excluded) == [3, 8]


def test_what_is_shown_is_what_is_sorted(tmp_path, data):
    recording = write(tmp_path / "r.bin", data, 30000.0)
    settings = {"common_reference": "median"}
    shown = as_sorted(recording, settings, {4: "dead"})
    living = np.delete(np.arange(16), 4)
    assert shown.recording_channels == 16
    sorted_ = read_filtered(RecordingView(recording, living, living), 900, 600)
    np.testing.assert_array_equal(read_filtered(shown, 900, 600)[:, living], sorted_)
    assert np.abs(sorted_ - read_filtered(recording, 900, 600)[:, living]).max() > 0
    assert as_sorted(recording, {}, {4: "dead"}) is recording


def test_noise_that_doubles_half_way_makes_no_false_units(tmp_path, monkeypatch):
    """The default preset measures the noise of each segment; with that of the first one alone, noise becomes units."""
    trace, times = spike_train(8, 16, RATE, noise=12)
    trace[len(trace) // 2 :] += np.random.default_rng(1).normal(0, 12 * 3**0.5, (len(trace) // 2, 8))
    recording = write(tmp_path / "r.bin", np.rint(trace).astype(np.int16), RATE)
    found = spikesift.perform_spike_sorting(recording, min_segment_length=2.0, verbose=False)
    late = [segment for segment in found.sorted_segments if segment.start_time >= len(trace) // 2]
    assert [len(segment) for segment in late] == [1] * len(late) and len(late) >= 2
    (unit,) = spikesift.tracks(found)
    assert len(set(spikesift.track_spikes(found, unit).tolist()) & set(times.tolist())) > 0.98 * len(times)
    measured = []

    def only_the_first(firsts):  # of a recording's start, a channel at a time; then of all channels
        measured.extend(medians_of(firsts))
        return np.array(measured[: len(firsts)] if len(firsts) == 8 else measured[-1:])

    monkeypatch.setattr(sorting, "medians_of", only_the_first)
    found = spikesift.perform_spike_sorting(recording, min_segment_length=2.0, verbose=False)
    assert sum(map(len, found.sorted_segments[-len(late) :])) > 2 * len(late)
