"""Gaps: found beside the samples, kept with the recording and its session, told in words, and in exported times."""

from __future__ import annotations

import csv
import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spikesift_core as spikesift
from spikesift_core.acquisition_clock import AcquisitionClock, Gap, clock_described, gaps_within, gaps_words
from spikesift_core.cli import main
from spikesift_core.export import export
from spikesift_core.formats.clocks import MOST_GAPS, read_clock
from spikesift_core.formats.convert import convert
from spikesift_core.probe import read_probe
from spikesift_core.progress import run_to_end
from spikesift_core.recording_identity import describe
from spikesift_core.session import create_session, open_session
from spikesift_core.simulate import simulate
from tests.core.formats import files
from tests.core.session_parts import SETTINGS, events, open_recording, result

# ---------------------------------------------------------------- the clock itself

PACES = st.sampled_from([1.0, 1.0, 1.0 + 3e-5, 0.98])
JUMPS = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 9)), max_size=6)


def clock_of(jumps, start=0, pace=1.0):
    samples = np.cumsum([distance for distance, _ in jumps])
    gaps = tuple(Gap(int(at), missing) for at, (_, missing) in zip(samples, jumps, strict=True))
    return AcquisitionClock(start, gaps, pace)


def counted(clock, samples):
    """The number of each of so many samples, one after the other."""
    missing = {gap.sample: gap.missing for gap in clock.gaps}
    number, numbers = clock.start, []
    for sample in range(samples):
        number += missing.get(sample, 0)
        numbers.append(number + round(sample * clock.pace))
    return numbers


@given(JUMPS, st.integers(-50, 50), st.integers(-20, 20), PACES)
def test_numbers_are_those_that_one_counts(jumps, start, moved, pace):
    clock = clock_of(jumps, start, pace)
    assert clock.numbers(np.arange(200)).tolist() == counted(clock, 200)
    elsewhere = clock.counted_from(moved).numbers(np.arange(200) + moved)
    assert np.abs(elsewhere - counted(clock, 200)).max() <= (0 if pace == 1 else 1), "rounded once more"
    assert clock_described(json.loads(json.dumps(clock.described()))) == clock
    assert clock.missing == sum(missing for _, missing in jumps)


def test_gaps_within_a_part_and_clocks_that_are_none():
    gaps = (Gap(10, 1), Gap(20, 2), Gap(30, 3))
    assert gaps_within(gaps, 10, 20) == (Gap(10, 2),)
    assert gaps_within(gaps, 0, 31) == gaps
    assert clock_described(None) is None
    for wrong in ({}, {"start": 0, "gaps": [[1]]}, {"start": "x", "gaps": []}):
        with pytest.raises(ValueError, match="the clock of the acquisition system cannot be understood"):
            clock_described(wrong)


def test_many_gaps_are_one_sentence():
    assert gaps_words((), 100) == []
    (words,) = gaps_words([Gap(100 * k, 50) for k in range(1, 8)], 100)
    assert words.startswith("7 gaps, 3.500 s in all: 0.500 s (50 samples) after 1.000 s, 0.500 s")
    assert "and 3 more were not recorded. Times count recorded samples only" in words


@given(JUMPS, st.integers(-50, 50), st.integers(1, 200))
def test_a_clock_is_read_from_the_numbers_beside_the_samples(jumps, start, samples):
    clock = clock_of(jumps, start)
    numbers = counted(clock, samples)
    found, odd = read_clock(numbers.__getitem__, samples, 100.0)
    assert found == AcquisitionClock(start, tuple(gap for gap in clock.gaps if gap.sample < samples))
    assert odd == []


def test_a_clock_of_blocks_and_few_looks():
    looks, blocks = [], 1_000_000
    late = [(123_456, 77), (123_457, 5), (999_999, 1)]

    def number(block):
        looks.append(block)
        return 128 * block + sum(missing for at, missing in late if block >= at)

    found, _ = read_clock(number, blocks, 30000.0, samples_per_entry=128)
    assert found.gaps == tuple(Gap(128 * at, missing) for at, missing in late)
    assert len(looks) < 150


@pytest.mark.parametrize("drift", [-1e-4, 0.0, 3e-5])
def test_gaps_are_found_where_the_clock_is_another_one(drift):
    """An hour of records of 512 samples, with times rounded to us by a clock that is a little fast or slow."""
    records, rate = 225_000, 32_000.0
    samples = 512 * np.arange(records)
    for at, missing in ((1000, 300), (150_000, 20), (224_000, 40_000)):
        samples[at:] += missing
    times = np.round(samples * (1 + drift) / rate * 1e6)
    found, odd = read_clock(
        lambda k: times[k] * rate / 1e6, records, rate, samples_per_entry=512, tolerance=5.0, measured=True
    )
    assert [gap.sample // 512 for gap in found.gaps] == [1000, 150_000, 224_000] and odd == []
    assert [gap.missing for gap in found.gaps] == pytest.approx([300, 20, 40_000], abs=6)
    recorded = 512 * np.array([0, 999, 1000, 120_000, 223_999, records - 1])
    np.testing.assert_allclose(found.numbers(recorded), times[recorded // 512] * rate / 1e6, atol=8)


def test_a_clock_that_wanders_does_not_lose_its_way():
    """Quartzes warm up: the difference of the two clocks is not the same all the time."""
    records, rate = 100_000, 30_000.0
    samples = 512.0 * np.arange(records)
    wander = 2e-5 + 1e-5 * np.cos(np.arange(records) / 20_000)
    numbers = np.cumsum(np.concatenate([[0], 512 * (1 + wander[:-1])]))
    found, odd = read_clock(numbers.__getitem__, records, rate, samples_per_entry=512, tolerance=5.0, measured=True)
    assert found.gaps == () and odd == []
    assert np.abs(found.numbers(samples) - numbers).max() < 350, "12 ms of half an hour, 870 samples when not measured"
    assert abs(found.numbers(samples[-1:])[0] - numbers[-1]) <= 1


def test_another_sampling_frequency_than_the_file_says_is_doubted():
    found, odd = read_clock(lambda k: 512 * k * 1.02, 1000, 32000.0, samples_per_entry=512, measured=True)
    assert found.pace == pytest.approx(1.02) and "the sampling frequency is 31372.5 Hz, not 32000" in odd[0]


def test_a_clock_that_runs_backwards_or_has_too_many_gaps_is_said():
    numbers = [0, 1, 2, 3, 1, 2, 9]
    clock, odd = read_clock(numbers.__getitem__, 7, 1.0)
    assert clock.gaps == (Gap(6, 6),)
    assert odd == ["The clock of the file runs backwards after 4.000 s: was it put together?"]
    clock, odd = read_clock(lambda k: 3 * k, 2 * MOST_GAPS, 1.0)
    assert len(clock.gaps) == MOST_GAPS and "more than 10000 gaps: those after 10000.000 s are not known" in odd[0]
    assert read_clock(numbers.__getitem__, 0, 1.0) == (None, [])
    assert read_clock(numbers.__getitem__, 1, 1.0, measured=True) == (AcquisitionClock(0), [])


# ---------------------------------------------------------------- recordings


@pytest.fixture
def folder(tmp_path):
    """An Open Ephys recording of 2000 samples from number 7000 on, of which 40 are missing after the 500th."""
    files.open_ephys(tmp_path / "recording1", names=("CH1", "CH2", "CH3", "CH4"), missing=40)
    return tmp_path / "recording1"


def opened(path, **given):
    return spikesift.open_recording(path, probe_geometry=files.column(4), **given)


def test_a_recording_knows_its_gaps_also_where_a_part_of_it_is_used(folder):
    clock = AcquisitionClock(7000, (Gap(500, 40),))
    whole, late = opened(folder), opened(folder, start=0.01, stop=0.05)
    assert whole.clock == late.clock == clock
    assert (whole.gaps, late.gaps) == ((Gap(500, 40),), (Gap(200, 40),))
    assert opened(folder, start=0.02).gaps == ()
    assert opened(folder, start=0.02).remarks() == []
    assert "A gap: 0.001 s (40 samples) after 0.007 s were not recorded" in late.remarks()[0]
    np.testing.assert_array_equal(whole.read(490, 20), files.signal(2000, 4)[490:510])


def test_gaps_between_files_and_inside_them_are_counted_once(tmp_path):
    for name, first, missing in (("a", 0, 30), ("b", 2100, 0), ("c", 4200, 7)):
        files.open_ephys(tmp_path / name, names=("CH1", "CH2", "CH3", "CH4"), missing=missing)
        place = next((tmp_path / name).rglob("sample_numbers.npy"))
        np.save(place, np.load(place) + first)
    recording = opened([tmp_path / name for name in "abc"])
    assert recording.clock == AcquisitionClock(7000, (Gap(500, 30), Gap(2000, 70), Gap(4000, 100), Gap(4500, 7)))
    numbers = np.concatenate([np.load(next((tmp_path / name).rglob("sample_numbers.npy"))) for name in "abc"])
    np.testing.assert_array_equal(recording.clock.numbers(np.arange(6000)), numbers)
    assert "not in the order of time" in " ".join(opened([tmp_path / "b", tmp_path / "a"]).remarks())


def test_converting_keeps_the_clock(tmp_path):
    h5py = pytest.importorskip("h5py")
    data = files.signal(900, 4)
    times = np.arange(900) / 25000.0
    times[300:] += 0.5
    with h5py.File(tmp_path / "a.nwb", "w") as file:
        series = file.create_group("acquisition/ElectricalSeries")
        series.attrs["neurodata_type"] = "ElectricalSeries"
        series.create_dataset("data", data=data, chunks=(100, 4))
        series["timestamps"] = times + 2.0
    (stream,) = spikesift.read_streams(tmp_path / "a.nwb")
    assert stream.clock == AcquisitionClock(50_000, (Gap(300, 12_500),))
    recording = opened(run_to_end(convert(stream, tmp_path / "copy")))
    assert recording.clock == stream.clock


# ---------------------------------------------------------------- sessions and exports


def sorted_session(described, path, recording=None):
    """A session with chance content in the first 4000 samples of a recording."""
    found = events()
    writer = create_session(path, described, SETTINGS)
    for event in found:
        writer.add(event)
    writer.finish(result(found, recording or described))
    return open_session(path)


@pytest.fixture
def session(tmp_path):
    """6000 samples from number 100 000 on, gaps after 700, 2500 and 2501 of them; sorted from the 300th on."""
    np.zeros((6000, 4), np.int16).tofile(tmp_path / "rec.bin")
    clock = AcquisitionClock(100_000, (Gap(700, 50), Gap(2500, 1), Gap(2501, 900)))
    recording = open_recording(tmp_path / "rec.bin", clock=clock, sample_offset=300)
    return sorted_session(recording, tmp_path / "rec.spikesift")


def test_a_session_remembers_the_gaps_also_without_its_recording(session, capsys):
    assert session.recording.clock.start == 100_000
    assert session.recording.gaps == (Gap(400, 50), Gap(2200, 1), Gap(2201, 900))
    assert describe(session.recording)["clock"] == {"start": 100_000, "gaps": [[700, 50], [2500, 1], [2501, 900]]}
    session.recording.binary_file.unlink()
    assert main(["info", str(session.folder)]) == 0
    out = capsys.readouterr().out
    assert "gaps: 3, 0.039 s (951 samples) not recorded in all" in out and "0.002 s (50 samples) after 0.016 s" in out
    assert main(["info", str(session.folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["gaps"]
    assert [(gap["sample"], gap["missing_samples"]) for gap in told] == [(400, 50), (2200, 1), (2201, 900)]


def test_a_clock_in_a_session_that_cannot_be_understood_is_said(session, capsys):
    path = session.folder / "session.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["recording"]["clock"] = {"start": 0}
    path.write_text(json.dumps(content), encoding="utf-8")
    again = open_session(session.folder)
    assert "cannot be opened: the clock of the acquisition system cannot be understood" in again.recording_problem
    assert main(["info", str(session.folder)]) == 0
    assert again.recording_problem in capsys.readouterr().out


def test_exported_times_can_be_those_of_the_acquisition_system(session, tmp_path):
    recorded = export(session, tmp_path / "a.npz", "npz", "all")
    other = export(session, tmp_path / "b.npz", "npz", "all", clock="acquisition")
    numbers = np.array(counted(session.recording.clock, 6000))[300:]
    times, labels = recorded.spikes
    np.testing.assert_array_equal(other.spikes[0], numbers[times])
    np.testing.assert_array_equal(other.spikes[1], labels)
    with np.load(tmp_path / "b.npz") as written:
        np.testing.assert_array_equal(written["times"], numbers[times])
        assert written["segment_starts"].tolist() == numbers[[0, 1000, 2000, 3000]].tolist()
        assert written["segment_ends"].tolist() == (numbers[[999, 1999, 2999, 3999]] + 1).tolist()
        assert "numbers of the acquisition system" in json.loads(str(written["source"]))["clock"]
    export(session, tmp_path / "b.csv", "csv", "all", clock="acquisition")
    with (tmp_path / "b.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["time_samples"]) for row in rows] == numbers[times].tolist()
    assert float(rows[0]["time_s"]) == pytest.approx(numbers[times][0] / 24414.0625, abs=1e-6)


def test_the_terminal_says_on_which_clock_times_are(session, tmp_path, capsys):
    line = ["export", str(session.folder), "--format", "csv", "--units", "all", "--output", str(tmp_path / "a.csv")]
    assert main([*line, "--clock", "acquisition"]) == 0
    assert "on the clock of the acquisition system, which goes on in 3 gaps, 0.039 s" in capsys.readouterr().out
    assert main(line) == 0
    assert "clock" not in capsys.readouterr().out


def test_a_clock_that_is_not_known_is_refused_in_words(tmp_path):
    np.zeros((6000, 4), np.int16).tofile(tmp_path / "rec.bin")
    session = sorted_session(open_recording(tmp_path / "rec.bin"), tmp_path / "rec.spikesift")
    for results in (session, session.sorted_recording):
        with pytest.raises(ValueError, match="The clock of the acquisition system is not known"):
            export(results, tmp_path / "a.csv", "csv", clock="acquisition")
    with pytest.raises(ValueError, match="clock must be one of recorded, acquisition, not 'mine'"):
        export(session, tmp_path / "a.csv", "csv", clock="mine")
    given = {"binary_file": None, "sampling_frequency": 24414.0625, "num_samples": 3000, "recording_offset": 0}
    joined = sorted_session(
        {**given, "probe_geometry": session.recording.probe_geometry}, tmp_path / "both.spikesift", session.recording
    )
    with pytest.raises(ValueError, match="both.spikesift joins several recordings, and each has a clock of its own"):
        export(joined, tmp_path / "a.csv", "csv", clock="acquisition")


def test_sorting_is_not_disturbed_by_gaps(tmp_path):
    """The same samples with and without gaps on their clock give the same segments and spikes."""
    made = simulate(tmp_path / "sim", channels=4, seconds=3.0, units=2, seed=3)
    given = {"data_type": "int16", "probe_geometry": read_probe(made.probe_file), "sampling_frequency": 30000}
    clock = AcquisitionClock(9, tuple(Gap(k, 100_000) for k in range(5000, 90_000, 20_000)))
    plain = spikesift.Recording(binary_file=made.binary_file, **given)
    other = spikesift.Recording(binary_file=made.binary_file, clock=clock, **given)
    assert len(other.gaps) == 5
    one, two = (spikesift.perform_spike_sorting(recording) for recording in (plain, other))
    assert one.segment_boundaries() == two.segment_boundaries()
    for first, second in zip(one.sorted_segments, two.sorted_segments, strict=True):
        for a, b in zip(first.spike_clusters, second.spike_clusters, strict=True):
            np.testing.assert_array_equal(a, b)


# ---------------------------------------------------------------- pauses inside a file


def test_a_paused_blackrock_file_is_one_recording_with_gaps(tmp_path):
    parts = ((0, 600), (900, 200), (1100, 50), (5000, 30))
    whole = np.vstack(files.blackrock(tmp_path / "a.ns5", parts=parts))[:, :5]
    (stream,) = spikesift.read_streams(tmp_path / "a.ns5")
    assert stream.clock == AcquisitionClock(0, (Gap(600, 300), Gap(850, 3850)))
    recording, found = files.read_all(tmp_path / "a.ns5")
    np.testing.assert_array_equal(found, whole)
    edges = [0, 1, 599, 600, 601, 799, 800, 849, 850, 851, 879, 880]
    for start, stop in pairwise(edges):
        np.testing.assert_array_equal(recording.read(start, stop - start), whole[start:stop])
    np.testing.assert_array_equal(recording.read(590, 280), whole[590:870])
    part = files.read_all(tmp_path / "a.ns5", start=610 / 30000)[0]
    np.testing.assert_array_equal(part.read(0, part.num_samples), whole[610:])
    assert "2 gaps, 0.138 s in all: 0.010 s (300 samples) after 0.020 s" in " ".join(recording.remarks())


def test_paused_blackrock_files_follow_each_other_and_are_found_again_by_their_session(tmp_path):
    first = np.vstack(files.blackrock(tmp_path / "a.ns5"))
    second = np.vstack(files.blackrock(tmp_path / "b.ns5", parts=((2000, 100), (3000, 70), (3100, 5))))
    recording, found = files.read_all([tmp_path / "a.ns5", tmp_path / "b.ns5"])
    np.testing.assert_array_equal(found, np.vstack([first, second])[:, :5])
    gaps = (Gap(600, 300), Gap(800, 900), Gap(900, 900), Gap(970, 30))
    assert recording.clock == AcquisitionClock(0, gaps)
    create_session(tmp_path / "a.spikesift", recording, SETTINGS)
    again = open_session(tmp_path / "a.spikesift").recording
    assert again.clock == recording.clock
    np.testing.assert_array_equal(again.read(0, 975), found)


def test_a_blackrock_clock_that_begins_anew_makes_streams(tmp_path):
    parts = files.blackrock(tmp_path / "a.ns5", parts=((1000, 50), (0, 300), (400, 100)))
    streams = spikesift.read_streams(tmp_path / "a.ns5")
    assert [stream.name for stream in streams] == ["a.ns5, part 2 of 2", "a.ns5, part 1 of 2"]
    assert streams[0].clock == AcquisitionClock(0, (Gap(300, 100),)) and "began anew" in streams[0].warnings[0]
    np.testing.assert_array_equal(files.read_all(tmp_path / "a.ns5")[1], np.vstack(parts[1:])[:, :5])
    np.testing.assert_array_equal(files.read_all(tmp_path / "a.ns5", stream=streams[1].name)[1], parts[0][:, :5])


def test_records_of_neuralynx_that_are_not_full_before_a_pause_are_said(tmp_path):
    files.neuralynx(tmp_path, gap_at=3, before_gap=300)
    said = " ".join(files.read_all(tmp_path)[0].remarks())
    assert "212 values before 0.048 s are no signal" in said
