"""What is measured in the signal of a merged recording is what is measured in each recording alone."""

from pathlib import Path

import numpy as np
import pytest

from spikesift_core.merged_signal import MergedSignal, signal_at
from spikesift_core.merging import join_sessions
from spikesift_core.preparing import as_sorted
from spikesift_core.progress import run_to_end
from spikesift_core.quality import session_quality
from spikesift_core.recording import Recording
from spikesift_core.residual import Explainer
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.session import create_session, open_session
from spikesift_core.spike_depths import spike_depths
from spikesift_core.traces import read_filtered, read_window
from spikesift_core.tracks import tracks
from spikesift_core.waveforms import spike_amplitudes, unit_waveforms
from tests.core.session_parts import Finished
from tests.core.test_residual import shape

RATE, LENGTH = 20_000, 60_000
POSITIONS = np.array([[0, 20 * k] for k in range(8)], np.float32)
DEPTHS, HEIGHTS = (30.0, 110.0), (400.0, 250.0)
KINDS = ("int16", "float32", "uint16")


def written(folder, number, **settings):
    """A session of one segment of two units; each recording has another type of numbers and another noise."""
    random = np.random.default_rng(number)
    signal = random.normal(0, 8.0 + 4 * number, (LENGTH, len(POSITIONS)))
    trains, vectors = [], []
    for depth, height in zip(DEPTHS, HEIGHTS, strict=True):
        trains.append(np.sort(random.choice(np.arange(40, LENGTH - 40, 31), 200, replace=False)))
        vectors.append(height * np.exp(-np.abs(POSITIONS[:, 1] - depth) / 15))
        for time in trains[-1]:
            signal[time - 15 : time + 35] -= shape()[:, None] * vectors[-1]
    path = folder / f"day{number}.bin"
    (signal + (20_000 if KINDS[number] == "uint16" else 0)).round().astype(KINDS[number]).tofile(path)
    recording = Recording(
        binary_file=path, data_type=KINDS[number], probe_geometry=POSITIONS, sampling_frequency=RATE, recording_offset=7
    )
    segment = SortedSegment(7, LENGTH, [train + 7 for train in trains], np.array(vectors))
    writer = create_session(folder / f"day{number}.spikesift", recording, settings, preset="default")
    writer.add(Finished(0, segment, None))
    writer.finish(SortedRecording([segment], [], POSITIONS))
    return writer.folder


@pytest.fixture
def days(tmp_path):
    """Three sessions; the first was sorted less a common reference."""
    return [written(tmp_path, number, common_reference="median" if number == 0 else "none") for number in range(3)]


def merged(days, gap=0.5):
    target = days[0].with_name("all.spikesift")
    join_sessions([open_session(day) for day in days], target, gap=gap)
    return open_session(target)


def alone(day):
    session = open_session(day)
    return as_sorted(session.recording, session.settings, {}), session.sorted_recording


def test_each_part_is_read_from_its_own_files(days):
    session = merged(days)
    signal = session.recording
    assert session.recording_problem == "" and [part.name for part in signal.parts] == ["day0", "day1", "day2"]
    pause = RATE // 2
    assert (signal.recording_offset, signal.num_samples) == (7, 3 * LENGTH + 2 * pause)
    for number, day in enumerate(days):
        mine = open_session(day).recording
        start = number * (LENGTH + pause)
        np.testing.assert_array_equal(signal.read(start + 100, 1000), mine.read(100, 1000))
        assert signal_at(signal, start + 100).binary_files == mine.binary_files
        assert signal.there(np.array([start, start + LENGTH - 1, start + LENGTH])).tolist() == [True, True, False]
    assert signal.there(np.array([-1, signal.num_samples])).tolist() == [False, False]
    pieces = signal.read_pieces(np.array([LENGTH - 2, 5]), np.array([pause + 5, 2]))
    first, second = (open_session(day).recording for day in days[:2])
    ends = first.read(LENGTH - 2, 2), second.read(0, 3)
    np.testing.assert_array_equal(pieces[:2], ends[0])
    np.testing.assert_array_equal(pieces[2 : 2 + pause // 2], np.repeat(ends[0][-1:], pause // 2, axis=0))
    np.testing.assert_array_equal(pieces[2 + pause // 2 : 2 + pause], np.repeat(ends[1][:1], pause // 2, axis=0))
    np.testing.assert_array_equal(pieces[2 + pause : -2], ends[1])
    np.testing.assert_array_equal(pieces[-2:], first.read(5, 2))


@pytest.mark.parametrize("filtered", [True, False])
def test_waveforms_of_a_segment_are_those_of_its_recording(days, filtered):
    session = merged(days)
    signal = as_sorted(session.recording, session.settings, {})
    channels, how = np.arange(8), {"most": 1000, "filtered": filtered}
    for number, day in enumerate(days):
        mine, units = alone(day)
        for track in tracks(session.sorted_recording):
            found = unit_waveforms(signal, session.sorted_recording, track, channels, segment=number, **how)
            (at,) = [cluster for segment, cluster in track.members if segment == number]
            expected = unit_waveforms(mine, units, tracks(units)[at], channels, **how)
            np.testing.assert_array_equal(found.samples, expected.samples)
            assert np.isfinite(expected.samples).any() and found.total == expected.total == 200


def test_amplitudes_and_depths_are_those_of_the_recordings(days):
    session = merged(days)
    signal, found = as_sorted(session.recording, session.settings, {}), session.sorted_recording
    spikes = run_to_end(spike_depths(signal, found, tracks(found), 10_000))
    for number, day in enumerate(days):
        mine, units = alone(day)
        times = units.sorted_segments[0].spike_clusters[0]
        by = number * (LENGTH + RATE // 2)
        channels = np.ones(len(times), np.int64)
        expected = spike_amplitudes(mine, times, channels)
        np.testing.assert_array_equal(spike_amplitudes(signal, times + by, channels), expected)
        own = run_to_end(spike_depths(mine, units, tracks(units), 10_000))
        here = (spikes.times >= 7 + by) & (spikes.times < 7 + by + LENGTH)
        np.testing.assert_array_equal(spikes.times[here] - by, own.times)
        np.testing.assert_allclose(spikes.depths[here], own.depths, rtol=1e-5)


def test_traces_and_what_units_explain_are_those_of_the_recording_and_none_in_a_pause(days):
    session = merged(days)
    signal, found = as_sorted(session.recording, session.settings, {}), session.sorted_recording
    mine, units = alone(days[1])
    by = LENGTH + RATE // 2
    shown, expected = read_window(signal, by + 5000, 2000), read_window(mine, 5000, 2000)
    np.testing.assert_array_equal(shown.low, expected.low)
    np.testing.assert_array_equal(shown.noise, expected.noise)
    explained = Explainer(signal, found, tracks(found), polarity=-1).explain(by + 5000, 2000, range(8))
    own = Explainer(mine, units, tracks(units), polarity=-1).explain(5000, 2000, range(8))
    assert explained.taken == 2
    np.testing.assert_array_equal(explained.left, own.left)
    for filtered, columns in ((True, 10_000), (False, 10_000), (True, 100), (False, 100)):
        edge = read_window(signal, LENGTH - 1000, 3000, filtered=filtered, columns=columns)
        heard = np.isfinite(edge.low).all(axis=1)
        assert heard[: len(heard) // 3 - 1].all() and not np.isfinite(edge.low[len(heard) // 3 + 1 :]).any()
        own = read_window(alone(days[0])[0], LENGTH - 1000, 1000, filtered=filtered)
        np.testing.assert_allclose(edge.noise, own.noise, rtol=1e-5, err_msg="the pause is not taken for noise")
    far = read_window(signal, 0, signal.num_samples, columns=50, most_values=200_000)
    assert 0 < np.isnan(far.low).all(axis=1).sum() < 10 and (far.noise > 1).all()


def test_without_a_pause_only_the_filter_sees_the_other_recording(days):
    session = merged(days, gap=0)
    mine = open_session(days[1]).recording
    read = read_filtered(session.recording, LENGTH + 200, 1000)
    np.testing.assert_array_equal(read, read_filtered(mine, 200, 1000))
    assert session.recording.there(np.arange(3 * LENGTH)).all()


def test_quality_is_measured_on_all_parts(days):
    quality = run_to_end(session_quality(merged(days)))
    assert quality.complete and not quality.unknown
    each = [run_to_end(session_quality(open_session(day))).columns["snr"] for day in days]
    snr = quality.columns["snr"]
    assert (np.min(each, axis=0) <= snr).all() and (snr <= np.max(each, axis=0)).all()
    assert np.min(each[0] / each[2]) > 1.3, "though the noise of the recordings differs"


def test_a_missing_file_is_told_of_its_part_and_the_rest_is_there(days):
    merged(days)
    (days[1].parent / "day1.bin").unlink()
    session = open_session(days[0].with_name("all.spikesift"))
    signal, found = session.recording, session.sorted_recording
    assert session.recording_problem.startswith("day1: The recording was not found (looked for ")
    assert [part.name for part in signal.missing] == ["day1"]
    by = LENGTH + RATE // 2
    assert not signal.there(np.arange(by, by + LENGTH)).any()
    track = tracks(found)[0]
    whole = unit_waveforms(signal, found, track, np.arange(8), most=1000)
    assert whole.total == 600 and whole.sampled_segments() == [0, 2] and len(whole.samples) == 400
    spikes = run_to_end(spike_depths(signal, found, tracks(found), 10_000))
    lost = (spikes.times >= 7 + by) & (spikes.times < 7 + by + LENGTH)
    assert np.isnan(spikes.depths[lost]).all() and np.isfinite(spikes.depths[~lost]).mean() > 0.99
    explainer = Explainer(signal, found, tracks(found), polarity=-1)
    assert explainer.explain(by + 5000, 2000, range(8)).signal.any() == np.False_
    assert explainer.explain(2 * by + 5000, 2000, range(8)).taken == 2
    quality = run_to_end(session_quality(session))
    assert quality.unknown["snr"] == session.recording_problem and "contamination" in quality.columns


def test_files_are_found_beside_either_session_and_where_a_person_says(days, tmp_path):
    merged(days)
    for place in ("with", "else"):
        (tmp_path / place).mkdir()
    days[0].with_name("all.spikesift").rename(tmp_path / "with" / "all.spikesift")
    (tmp_path / "day0.bin").rename(tmp_path / "with" / "day0.bin")
    (tmp_path / "day2.bin").rename(tmp_path / "else" / "day2.bin")
    folder = tmp_path / "with" / "all.spikesift"
    assert [part.name for part in open_session(folder).recording.missing] == ["day2"]
    given = open_session(folder, tmp_path / "else" / "day2.bin")
    assert given.recording_problem == "" and not given.recording.missing
    for path in [*Path(tmp_path).rglob("day*.bin")]:
        path.unlink()
    gone = open_session(folder)
    assert gone.recording is None
    assert [f"day{number}: The recording was not found" in gone.recording_problem for number in range(3)] == [True] * 3


def test_what_was_merged_is_merged_again(days, tmp_path):
    join_sessions([open_session(day) for day in days[:2]], tmp_path / "two.spikesift", gap=0.5)
    join_sessions([open_session(folder) for folder in (tmp_path / "two.spikesift", days[2])], tmp_path / "again", gap=1)
    signal = open_session(tmp_path / "again").recording
    assert isinstance(signal, MergedSignal) and [part.name for part in signal.parts] == ["day0", "day1", "day2"]
    pauses = np.array([0, 0.5, 1.5]) * RATE
    for number, (day, pause) in enumerate(zip(days, pauses.astype(int).tolist(), strict=True)):
        mine = open_session(day).recording
        np.testing.assert_array_equal(signal.read(number * LENGTH + pause, 50), mine.read(0, 50))
