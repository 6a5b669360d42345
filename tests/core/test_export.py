"""Exports are read back by NumPy and the standard library, and hold what the results hold."""

import csv
import json

import numpy as np
import pytest

from spikesift_core.export import EXPORTERS, UNIT_CHOICES, export
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.session import create_session, open_session
from spikesift_core.tracks import Track
from tests.core.session_parts import SETTINGS, Finished, open_recording, result


@pytest.fixture
def found():
    """Three segments: unit 0 in all, unit 1 lost after the second, unit 2 begins in the second, unit 3 in the third."""
    vectors = np.arange(8, dtype=np.float32).reshape(2, 4) + 0.25
    spikes = [
        [[5, 900], [7]],
        [[1500], [1001, 1100, 1900], [1500]],
        [[2001, 2500], [2001], [2999]],
    ]
    links = [None, np.array([1, 0]), np.array([-1, 1, 0])]
    return [
        Finished(
            i, SortedSegment(1000 * i, 1000, list(map(np.array, s)), np.resize(vectors + i, (len(s), 4))), links[i]
        )
        for i, s in enumerate(spikes)
    ]


@pytest.fixture
def session(tmp_path, found):
    np.zeros(16000, np.int16).tofile(tmp_path / "rec.bin")
    recording = open_recording(tmp_path / "rec.bin")
    writer = create_session(tmp_path / "rec.spikesift", recording, SETTINGS, preset="published")
    for event in found:
        writer.add(event)
    writer.finish(result(found, recording))
    return open_session(writer.folder)


def trains(times, labels):
    return {int(unit): times[labels == unit].tolist() for unit in np.unique(labels)}


FOLLOWED = {0: [5, 900, 1001, 1100, 1900, 2001]}
ALL = FOLLOWED | {1: [7, 1500], 2: [1500, 2001, 2500], 3: [2999]}


@pytest.mark.parametrize(("choice", "expected"), [("followed", FOLLOWED), ("all", ALL)])
def test_npz(session, tmp_path, choice, expected):
    units = export(session, tmp_path / "spikes.npz", format="npz", units=choice)
    assert len(units) == len(expected)
    with np.load(tmp_path / "spikes.npz", allow_pickle=False) as file:
        times, labels = file["times"], file["labels"]
        assert (times.dtype, labels.dtype) == (np.int64, np.int64)
        assert np.all(np.diff(times) >= 0)
        assert trains(times, labels) == expected
        assert file["unit_ids"].tolist() == sorted(expected)
        assert file["unit_followed"].tolist() == [unit == 0 for unit in sorted(expected)]
        assert file["segment_starts"].tolist() == [0, 1000, 2000]
        assert file["segment_ends"].tolist() == [1000, 2000, 3000]
        assert file["sampling_frequency"] == 24414.0625
        source = json.loads(str(file["source"]))
        assert source["settings"] == SETTINGS
        assert source["recording"]["file_size"] == 32000
        for unit, segment, vector in zip(
            file["amplitude_units"], file["amplitude_segments"], file["amplitude_vectors"], strict=True
        ):
            if unit == 0:
                own = session.sorted_recording.amplitude_vectors(0)[segment]
                np.testing.assert_array_equal(vector, own)
        assert file["amplitude_segments"][file["amplitude_units"] == 0].tolist() == [0, 1, 2]


@pytest.mark.parametrize(("choice", "expected"), [("followed", FOLLOWED), ("all", ALL)])
def test_csv_of_spikes(session, tmp_path, choice, expected):
    export(session, tmp_path / "spikes.csv", format="csv", units=choice)
    with (tmp_path / "spikes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["time_samples", "time_s", "unit"]
    times = np.array([int(row["time_samples"]) for row in rows])
    assert np.all(np.diff(times) >= 0)
    assert trains(times, np.array([int(row["unit"]) for row in rows])) == expected
    seconds = np.array([float(row["time_s"]) for row in rows])
    np.testing.assert_allclose(seconds, times / 24414.0625, atol=1e-7)


def test_csv_of_amplitudes(session, tmp_path):
    export(session, tmp_path / "a.csv", format="amplitudes", units="all")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["unit"], row["segment"], row["spikes"]) for row in rows] == [
        ("0", "0", "2"), ("0", "1", "3"), ("0", "2", "1"), ("1", "0", "1"), ("1", "1", "1"), ("2", "1", "1"),
        ("2", "2", "2"), ("3", "2", "1"),
    ]  # fmt: skip
    vector = [float(rows[1][f"ch{channel}"]) for channel in range(4)]
    assert vector == session.sorted_recording.sorted_segments[1].amplitude_vectors[1].tolist()
    assert (rows[1]["start_samples"], rows[1]["end_samples"]) == ("1000", "2000")


def test_units_followed_over_gaps_are_the_default_where_there_are(session, tmp_path):
    plain = session.sorted_recording
    places = [[(0, 0), (1, 1), (2, 1)], [(0, 1), (2, 0), (2, 2)], [(1, 0)], [(1, 2)]]
    units = [Track(number, tuple(members)) for number, members in enumerate(places)]
    links, geometry = plain.assignment_chain, plain.probe_geometry
    over_gaps = SortedRecording(plain.sorted_segments, links, geometry, followed=units)
    found = {choice: export(over_gaps, tmp_path / "s.npz", "npz", choice) for choice in [None, *UNIT_CHOICES]}
    assert [(units.choice, len(units), units.left_out) for units in found.values()] == [
        ("kept", 2, 2), ("followed", 1, 3), ("kept", 2, 2), ("all", 4, 0),
    ]  # fmt: skip
    assert trains(*found[None].spikes) == FOLLOWED | {1: [7, 2001, 2500, 2999]}
    ids, segments, spikes, vectors = found[None].rows
    assert (ids.tolist(), segments.tolist(), spikes.tolist()) == ([0, 0, 0, 1, 1], [0, 1, 2, 0, 2], [2, 3, 1, 1, 3])
    first, second = (over_gaps.sorted_segments[2].amplitude_vectors[cluster] for cluster in (0, 2))
    np.testing.assert_allclose(vectors[4], (2 * first + second) / 3, rtol=1e-6)
    assert export(plain, tmp_path / "s.npz", "npz").choice == "followed"


def test_results_without_a_session_have_no_seconds(session, tmp_path):
    export(session.sorted_recording, tmp_path / "spikes.csv", format="csv")
    lines = (tmp_path / "spikes.csv").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["time_samples,unit", "5,0"]
    export(session.sorted_recording, tmp_path / "spikes.npz", format="npz")
    with np.load(tmp_path / "spikes.npz") as file:
        assert np.isnan(file["sampling_frequency"])


def test_many_spikes_in_pieces(tmp_path):
    times = np.arange(250_001)
    recording = SortedRecording([SortedSegment(0, 300_000, [times], np.ones((1, 2)))], [], np.zeros((2, 2)))
    export(recording, tmp_path / "s.csv", format="csv")
    read = np.loadtxt(tmp_path / "s.csv", delimiter=",", skiprows=1, dtype=np.int64)
    np.testing.assert_array_equal(read[:, 0], times)


@pytest.mark.parametrize("row", EXPORTERS, ids=lambda row: row.id)
@pytest.mark.parametrize("choice", UNIT_CHOICES)
def test_every_format_takes_results_without_units(tmp_path, row, choice):
    empty = SortedRecording([SortedSegment(0, 100, [], np.zeros((0, 3)))], [], np.zeros((3, 2)))
    assert len(export(empty, tmp_path / f"s{row.suffix}", row.id, choice)) == 0
    assert (tmp_path / f"s{row.suffix}").stat().st_size > 0


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("s.npz", {"format": "xyz"}, "format must be one of npz, csv"),
        ("rec.bin", {"format": "npz"}, "ends with .npz, not 'rec.bin'"),
        ("s.npz", {"format": "npz", "units": "good"}, "units must be one of followed, kept, all"),
    ],
)
def test_errors_in_words(session, tmp_path, name, options, words):
    before = (tmp_path / "rec.bin").read_bytes()
    with pytest.raises(ValueError, match=words):
        export(session, tmp_path / name, **options)
    assert (tmp_path / "rec.bin").read_bytes() == before


def test_nothing_to_export_is_said(tmp_path, session):
    writer = create_session(tmp_path / "empty.spikesift", session.recording, SETTINGS)
    with pytest.raises(ValueError, match="no finished segment"):
        export(open_session(writer.folder), tmp_path / "s.npz", format="npz")
    with pytest.raises(ValueError, match="must be a Session or a SortedRecording, not str"):
        export("rec.spikesift", tmp_path / "s.npz", format="npz")
    assert not (tmp_path / "s.npz").exists()
