"""Sorting from a file to linked clusters: known truth, determinism, cancelling, odd recordings, errors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import spikesift_core as spikesift
from spikesift_core.links import chains_of
from spikesift_core.progress import Progress, run_to_end
from spikesift_core.recording import DATA_TYPES
from spikesift_core.simulate import simulate
from spikesift_core.stages import filtering, minima
from spikesift_core.stages.neighbours import nearest_channels
from spikesift_core.truth import score_trains
from tests.golden.recordings import probe, signal
from tests.helpers import RATE, same, write

SHORT = {"min_segment_length": 0.5, "verbose": False, "preset": "published"}
both_presets = pytest.mark.parametrize("preset", ["published", "default"])


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """6 s, 16 channels, 7 units."""
    return write(tmp_path_factory.mktemp("sorting") / "r.bin", signal("two_columns"), rate=30000.0)


def spike_train(channels, seconds, rate, every_ms=20, height=400, noise=4, seed=0):
    """One loud unit on channel 0 in white noise: ((samples, channels) float64, spike samples)."""
    random = np.random.RandomState(seed)
    trace = random.normal(0, noise, (int(seconds * rate), channels))
    times = np.arange(int(0.01 * rate), len(trace) - int(0.01 * rate), int(every_ms * rate / 1000))
    t = np.arange(-int(0.001 * rate), int(0.0015 * rate) + 1) / rate * 1000
    shape = -np.exp(-0.5 * (t / 0.15) ** 2) + 0.4 * np.exp(-0.5 * ((t - 0.6) / 0.3) ** 2)
    for time in times:
        trace[time - int(0.001 * rate) :][: len(t)] += height * shape[:, None] * 0.6 ** np.arange(channels)
    return trace, times


# ------------------------------------------------------------------ the answer does not depend on how it is computed


@both_presets
@pytest.mark.parametrize("threads", [2, 3])
def test_any_number_of_threads_gives_the_same(recording, threads, preset):
    arguments = {**SHORT, "preset": preset}
    one = spikesift.perform_spike_sorting(recording, **arguments)
    assert len(one.sorted_segments) > 3
    same(one, spikesift.perform_spike_sorting(recording, threads=threads, **arguments))


@both_presets
def test_another_executor_gives_the_same(recording, preset):
    arguments = {**SHORT, "preset": preset}
    one = spikesift.perform_spike_sorting(recording, **arguments)
    with ThreadPoolExecutor(2) as pool:
        same(one, spikesift.perform_spike_sorting(recording, executor=pool, **arguments))


@both_presets
@pytest.mark.parametrize("kind", ["int16", "float32"])
def test_any_chunk_size_gives_the_same(tmp_path, monkeypatch, kind, preset):
    sorted_ = []
    small = write(tmp_path / "r.bin", signal("two_columns")[:60000].astype(kind), rate=30000.0)
    for size, blocks in ((1_000_000, 1000), (4_000, 13), (123_456, 77)):
        monkeypatch.setattr(filtering, "BYTES_AT_ONCE", size)
        monkeypatch.setattr(minima, "BLOCKS_AT_ONCE", blocks)
        sorted_.append(spikesift.perform_spike_sorting(small, **{**SHORT, "preset": preset}))
    assert len(sorted_[0]) > 2
    same(sorted_[0], sorted_[1])
    same(sorted_[0], sorted_[2])


# ------------------------------------------------------------------ progress and cancelling


def test_segments_come_in_order_and_progress_reaches_the_end(recording):
    events = list(spikesift.sort_by_segment(recording, preset="published", min_segment_length=0.5))
    found = [event for event in events if isinstance(event, spikesift.SegmentSorted)]
    assert [event.index for event in found] == list(range(len(found)))
    assert found[0].assignment is None
    starts = [event.segment.start_time for event in found]
    assert starts == sorted(starts)
    last = [event for event in events if isinstance(event, Progress)][-1]
    assert last.fraction == 1.0
    so_far = spikesift.recording_so_far(found, recording.probe_geometry)
    same(so_far, spikesift.perform_spike_sorting(recording, **SHORT))


@pytest.mark.parametrize("threads", [1, 2])
def test_cancelled_at_any_segment_what_is_done_stays(recording, threads):
    whole = spikesift.perform_spike_sorting(recording, **SHORT)
    job = spikesift.sort_by_segment(recording, preset="published", threads=threads, min_segment_length=0.5)
    found = []
    for event in job:
        if isinstance(event, spikesift.SegmentSorted):
            found.append(event)
        if len(found) == 2:
            break
    job.close()
    part = spikesift.recording_so_far(found, recording.probe_geometry)
    assert part.segment_boundaries() == whole.segment_boundaries()[:2]
    np.testing.assert_array_equal(part.assignment_chain[0], whole.assignment_chain[0])


@both_presets
def test_links_say_what_the_units_are(recording, preset):
    options = {"preset": preset, "min_segment_length": 0.5}
    events = [event for event in spikesift.sort_by_segment(recording, **options) if hasattr(event, "segment")]
    found = spikesift.recording_so_far(events, recording.probe_geometry)
    assert [list(track.members) for track in spikesift.tracks(found)] == chains_of(found.links)
    for index, assignment in enumerate(found.assignment_chain):
        before = found.links[index + 1].before
        neighbours = {unit[1]: cluster for cluster, unit in enumerate(before.tolist()) if unit[0] == index}
        assert neighbours == {one: other for one, other in enumerate(assignment.tolist()) if other >= 0}
    assert all(np.isfinite(links.costs[links.before[:, 0] >= 0]).all() for links in found.links)
    histories = spikesift.unit_histories(found)
    assert all(histories[track.id].steps[-1].segment == track.segments[-1] for track in spikesift.tracks(found))
    assert max(history.share for history in histories.values()) == 1


def test_nothing_finished_is_no_result(recording):
    with pytest.raises(ValueError, match="No segment was finished"):
        spikesift.recording_so_far([], recording.probe_geometry)


def test_the_bar_and_the_summary_go_to_standard_error(recording, capsys):
    spikesift.perform_spike_sorting(recording, **{**SHORT, "verbose": True})
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "segments" in captured.err


# ------------------------------------------------------------------ recordings of every kind


@both_presets
@pytest.mark.parametrize("rate", [10000.0, 15000.0, 24414.0625, 30000.0, 40000.0])
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6])
def test_a_loud_unit_is_found_at_every_rate_and_channel_count(tmp_path, rate, channels, preset):
    trace, times = spike_train(channels, 3.0, rate)
    recording = write(tmp_path / "r.bin", np.rint(trace).astype(np.int16), rate=rate)
    result = spikesift.perform_spike_sorting(recording, verbose=False, preset=preset)
    trains = result.all_spikes().values()
    assert max(np.isin(times, np.add.outer(train, [-1, 0, 1])).mean() for train in trains) > 0.97


@pytest.mark.parametrize("kind", DATA_TYPES)
def test_every_data_type_gives_the_same_units(tmp_path, kind):
    trace, _ = spike_train(4, 2.0, RATE, height=80, noise=2)
    data = (np.rint(trace).clip(-100, 100) + 100).astype(np.int64)
    offset = 100 if kind == "int8" else 0
    expected = spikesift.perform_spike_sorting(write(tmp_path / "a", data.astype(np.int16)), **SHORT)
    got = spikesift.perform_spike_sorting(write(tmp_path / "b", (data - offset).astype(kind)), **SHORT)
    assert len(expected) >= 1
    assert got.segment_boundaries() == expected.segment_boundaries()
    for cluster, spikes in expected.all_spikes().items():
        np.testing.assert_array_equal(got.spikes(cluster), spikes)


def test_upward_spikes_need_the_other_polarity(tmp_path):
    trace, times = spike_train(4, 2.0, RATE)
    recording = write(tmp_path / "r.bin", np.rint(-trace).astype(np.int16))
    result = spikesift.perform_spike_sorting(recording, detection_polarity=2.5, **SHORT)
    assert max(np.isin(times, np.add.outer(train, [-1, 0, 1])).mean() for train in result.all_spikes().values()) > 0.97


def test_header_offset_and_logical_start(tmp_path):
    trace, _ = spike_train(4, 2.0, RATE)
    data = np.rint(trace).astype(np.int16)
    plain = spikesift.perform_spike_sorting(write(tmp_path / "a", data), **SHORT)
    junk = np.full((37, 4), 99, np.int16)
    np.r_[np.zeros(8, np.int16), junk.ravel(), data.ravel()].tofile(tmp_path / "b")
    recording = spikesift.Recording(
        binary_file=tmp_path / "b", data_type="int16", probe_geometry=probe(4, 2), sampling_frequency=RATE,
        header=16, sample_offset=37, recording_offset=-500,
    )  # fmt: skip
    moved = spikesift.perform_spike_sorting(recording, **SHORT)
    assert moved.start_time() == -500
    assert moved.end_time() == len(data) - 500
    for cluster, spikes in plain.all_spikes().items():
        np.testing.assert_array_equal(moved.spikes(cluster), spikes - 500)


@both_presets
@pytest.mark.parametrize("rate", [1000.0, 2500.0, 4000.0])
def test_very_low_rates_are_sorted_without_complaint(tmp_path, rate, preset):
    noise = np.random.RandomState(0).normal(0, 10, (int(2 * rate), 4)).astype(np.int16)
    result = spikesift.perform_spike_sorting(write(tmp_path / "r", noise, rate=rate), verbose=False, preset=preset)
    assert result.end_time() == len(noise)


@both_presets
@pytest.mark.parametrize("samples", [200, 201, 219, 399, 1234])
def test_the_shortest_recordings_and_a_last_partial_millisecond(tmp_path, samples, preset):
    noise = np.random.RandomState(0).normal(0, 10, (samples, 4)).astype(np.int16)
    result = spikesift.perform_spike_sorting(write(tmp_path / "r.bin", noise), verbose=False, preset=preset)
    assert result.segment_boundaries() == [(0, samples)]


def test_under_10_ms_is_refused(tmp_path):
    with pytest.raises(ValueError, match="must last at least 10 ms .200 samples at 20000 Hz.; it has 199 samples"):
        spikesift.perform_spike_sorting(write(tmp_path / "r.bin", np.zeros((199, 4), np.int16)), verbose=False)


@both_presets
@pytest.mark.parametrize("kind", ["int16", "float32"])
@pytest.mark.parametrize("value", [0, 1000])
def test_a_silent_recording_has_no_units(tmp_path, kind, value, preset):
    recording = write(tmp_path / "r.bin", np.full((20000, 4), value, kind))
    result = spikesift.perform_spike_sorting(recording, **{**SHORT, "preset": preset})
    assert len(result) == 0
    assert result.end_time() == 20000


@both_presets
def test_constant_channels_do_not_hide_the_others(tmp_path, preset):
    trace, times = spike_train(6, 2.0, RATE)
    data = np.rint(trace).astype(np.int16)
    data[:, [1, 4]] = 77
    result = spikesift.perform_spike_sorting(write(tmp_path / "r.bin", data), **{**SHORT, "preset": preset})
    assert max(np.isin(times, np.add.outer(train, [-1, 0, 1])).mean() for train in result.all_spikes().values()) > 0.97


@pytest.mark.parametrize(("size", "said"), [(1e-38, "e-3"), (1e33, "e.3")])
def test_values_that_no_electrode_gives_are_refused(tmp_path, size, said):
    """As floats whose bytes are in another order look."""
    data = (np.random.default_rng(0).normal(0, 10, (30_000, 4)) * size).astype(np.float32)
    recording = write(tmp_path / "r.bin", data)
    for preset in ("published", "default"):
        with pytest.raises(ValueError, match=rf"noise is about \d{said}.*order of the bytes"):
            spikesift.perform_spike_sorting(recording, preset=preset, verbose=False)


def test_a_channel_that_begins_silent_is_refused_as_published_and_sorted_by_default(tmp_path):
    data = np.random.default_rng(0).normal(0, 10, (90_000, 4)).astype(np.int16)
    data[:70_000, 2] = 0
    data[:, 3] = 0  # always: a dead channel
    recording = write(tmp_path / "r.bin", data)
    with pytest.raises(ValueError, match=r"channel 2 for half of the first 4.* s, .*preset 'default'"):
        spikesift.perform_spike_sorting(recording, preset="published", verbose=False)
    assert len(spikesift.perform_spike_sorting(recording, preset="default", verbose=False).sorted_segments) == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_said_with_their_place(tmp_path, bad):
    data = np.random.RandomState(0).normal(0, 1, (40000, 4)).astype(np.float32)
    data[30000, 2] = bad
    recording = write(tmp_path / "r.bin", data)
    with pytest.raises(ValueError, match=r"holds -?(nan|inf) at sample 30000 \(1.5000 s\) on channel 2"):
        spikesift.perform_spike_sorting(recording, **SHORT)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_file_that_shrinks_while_it_is_sorted_is_an_error(tmp_path, threads):
    recording = write(tmp_path / "r.bin", np.random.RandomState(0).normal(0, 9, (200_000, 4)).astype(np.int16))
    job = spikesift.sort_by_segment(recording, threads=threads, preset="published", min_segment_length=0.5)
    next(event for event in job if isinstance(event, spikesift.SegmentSorted))
    with recording.binary_file.open("r+b") as file:
        file.truncate(80_000)
    with pytest.raises(ValueError, match="has become shorter while it was read"):
        run_to_end(job)


# ------------------------------------------------------------------ arguments


def test_what_cannot_be_sorted_is_said_before_anything_starts(recording):
    for arguments, words in [
        ({"threads": 0}, "threads must be a whole number, 1 or more"),
        ({"executor": object()}, "executor must offer submit"),
        ({"max_drift": -1}, "max_drift must be 0 or more"),
        ({"preset": "best"}, "preset must be one of"),
        ({"speed": 3}, "'speed' is not a sorting parameter"),
    ]:
        with pytest.raises(ValueError, match=words):
            spikesift.sort_by_segment(recording, **arguments)
    with pytest.raises(ValueError, match="recording must be a Recording, not str"):
        spikesift.perform_spike_sorting("file.bin")


def test_the_lower_level_gives_segments(recording):
    segments = spikesift.segment_and_sort_spikes(recording, preset="published", min_segment_length=0.5)
    assert all(isinstance(segment, spikesift.SortedSegment) for segment in segments)


def test_nearest_channels_start_with_the_channel_itself():
    geometry = probe(9, 3).astype(np.float32)
    geometry[5] = geometry[4]  # two contacts at one place
    nearest = nearest_channels(geometry)
    assert nearest.shape == (9, 5)
    assert nearest[:, 0].tolist() == list(range(9))
    for channel, others in enumerate(nearest):
        assert len(set(others)) == 5
        far = np.linalg.norm(geometry - geometry[channel], axis=1)
        assert far[others].max() <= np.delete(far, others).min()
    assert nearest_channels(geometry[:3]).shape == (3, 3)


# ------------------------------------------------------------------ known truth


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """24 channels, 40 s, 12 units, 15 um of drift."""
    base = tmp_path_factory.mktemp("truth") / "sim"
    return simulate(base, channels=24, seconds=40, units=12, drift=15, seed=3)


def test_the_default_finds_more_true_units_than_the_published_method(simulated):
    accuracy = {}
    for preset in ("published", "default"):
        result = spikesift.perform_spike_sorting(simulated.recording(), verbose=False, preset=preset)
        found = {track.id: spikesift.track_spikes(result, track) for track in spikesift.tracks(result)}
        accuracy[preset] = score_trains(simulated.truth.trains(), list(found.values()), 30000).mean_accuracy
    assert accuracy["published"] > 0.5
    assert accuracy["default"] > accuracy["published"]
    assert accuracy["default"] > 0.75
