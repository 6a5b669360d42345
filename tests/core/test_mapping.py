"""Units mapped from one recording to another, with the numbers to judge it; and recordings joined."""

import json

import numpy as np
import pytest

from spikesift_core.cli import main
from spikesift_core.decisions import Decision, Movement
from spikesift_core.mapping import map_units
from spikesift_core.merging import join_sessions, shifted
from spikesift_core.probe_families import grid
from spikesift_core.results import SortedRecording, SortedSegment, map_clusters
from spikesift_core.session import create_session, open_session
from spikesift_core.session_decisions import save_movements
from tests.core.session_parts import Finished

PROBE = grid(16, 1, 0, 20)


def vectors(depths, moved=0.0):
    """Amplitude vectors of units at these depths (um)."""
    distance = PROBE[:, 1] - (np.asarray(depths, float)[:, None] + moved)
    return (100 * np.exp(-((distance / 30) ** 2))).astype(np.float32)


def recording(depths, moves=(0.0,), links=(), start=0):
    segments = [
        SortedSegment(start + 1000 * i, 1000, [start + 1000 * i + np.arange(5) for _ in depths], vectors(depths, moved))
        for i, moved in enumerate(moves)
    ]
    return SortedRecording(segments, links, PROBE)


def test_with_the_defaults_it_is_map_clusters():
    source = recording([60, 100, 200, 240], [0, 0], [np.array([1, 0, -1, 3])])
    target = recording([240, 200, 100, 60], [0, 0], [np.array([0, 1, 2, -1])])
    mapping = map_units(source, target)
    assert dict(mapping.pairs) == map_clusters(source, target) == {1: 2, 3: 0}
    assert mapping.unmatched_source == (0,)
    assert mapping.unmatched_target == (1,)
    np.testing.assert_allclose(mapping.costs, 0, atol=1e-3)
    everything = map_units(source, target, followed_only=False)
    assert dict(everything.pairs) == {0: 3, 1: 2, 2: 1, 3: 0}
    assert len(everything.margins) == 4


def test_other_segments_use_the_ids_of_units():
    crossed = recording([60, 140, 220], [0, 0], [np.array([2, 1, 0])])
    single = recording([60, 140, 220])
    mapping = map_units(crossed, single, source_segment=-1, target_segment=0)
    assert mapping.source_segment == 1
    assert dict(mapping.pairs) == {0: 2, 1: 1, 2: 0}
    late = SortedRecording(crossed.sorted_segments, [np.array([2, -1, 0])], PROBE)
    assert dict(map_units(late, single, source_segment=1, followed_only=False).pairs) == {0: 2, 2: 0, 3: 1}


@pytest.mark.parametrize("moved", [-20.0, 20.0])
def test_the_movement_told_is_the_movement_made(tmp_path, capsys, moved):
    for name, result in (
        ("a", recording([100, 150, 180])),
        ("b", recording([100, 150, 180], [moved])),
    ):
        write(tmp_path / f"{name}.spikesift", result)
    capsys.readouterr()
    assert main(["map", str(tmp_path / "a.spikesift"), str(tmp_path / "b.spikesift")]) == 0
    out = capsys.readouterr().out
    assert f"units moved by {moved:+g} um" in out
    assert "3 pairs.\nWithout a partner in the source: none.\nWithout a partner in the target: none." in out


def test_the_terminal_says_which_units_had_no_partner_which_were_not_compared_and_who_set_the_movement(
    tmp_path, capsys
):
    late = recording([60, 140], [0, 0], [np.array([0, -1])])  # unit 1 is lost, and its cluster there is unit 2
    folders = [tmp_path / f"{name}.spikesift" for name in "ab"]
    for folder, result in zip(folders, (late, recording([60, 220])), strict=True):
        write(folder, result)
    save_movements(folders[0], [Movement(0, 0, -10.0)], folders[1])
    capsys.readouterr()
    assert main(["map", *map(str, folders), "--units", "all"]) == 0
    out = capsys.readouterr().out
    assert "units moved by +10 um along the probe (set by hand)" in out
    assert "Not compared: 1 unit (2) of the source (not found in the segment; --as-merged compares these too)." in out
    assert main(["map", *map(str, folders), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["shift_by_hand"] is True and found["left_out_source"] == [1, 2] and found["unmatched_target"] == [1]


def write(folder, result, rate=30000.0):
    fields = {"binary_file": None, "sampling_frequency": rate, "num_samples": 2000, "probe_geometry": PROBE}
    writer = create_session(folder, fields, {})
    for index, segment in enumerate(result.sorted_segments):
        writer.add(Finished(index, segment, result.assignment_chain[index - 1] if index else None))
    writer.finish(result)
    return open_session(folder)


def test_shifted_moves_every_time():
    moved = shifted(recording([60], [0, 0], [np.array([0])]), 500)
    assert moved.segment_boundaries() == [(500, 1500), (1500, 2500)]
    assert moved.spikes(0).tolist() == [500, 501, 502, 503, 504, 1500, 1501, 1502, 1503, 1504]


def test_sessions_are_joined_with_a_gap(tmp_path):
    sessions = [write(tmp_path / name, recording([60, 140])) for name in ("a", "b", "c")]
    joined = join_sessions(sessions, tmp_path / "m", gap=0.5)
    assert joined.segment_boundaries() == [(0, 1000), (16000, 17000), (32000, 33000)]
    session = open_session(tmp_path / "m")
    assert session.complete
    assert session.sorted_recording.cluster_ids() == {0, 1}
    assert [part["moved_by"] for part in session.recording_description["parts"]] == [0, 16000, 32000]


def test_joining_is_refused_in_words(tmp_path):
    first, second = (write(tmp_path / name, recording([60, 140])) for name in ("a", "b"))
    with pytest.raises(ValueError, match="At least two"):
        join_sessions([first], tmp_path / "m")
    with pytest.raises(ValueError, match="not overlap"):
        join_sessions([first, second], tmp_path / "m")
    slow = write(tmp_path / "slow", recording([60, 140], start=5000), rate=10000.0)
    with pytest.raises(ValueError, match="at 10000 Hz, .* at 30000 Hz"):
        join_sessions([first, slow], tmp_path / "m")
    fields = {"binary_file": None, "sampling_frequency": 30000.0, "num_samples": 2000, "probe_geometry": PROBE}
    empty = open_session(create_session(tmp_path / "e", fields, {}).folder)
    with pytest.raises(ValueError, match="no finished segment"):
        join_sessions([first, empty], tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_what_was_decided_by_hand_is_in_the_mapping_of_any_segments():
    source, target = recording([60, 140, 220], [0, 0], [np.arange(3)]), recording([60, 140, 220])
    decisions = [Decision((0, 0), (0, 2), True), Decision((1, 1), (0, 1), False)]
    for segment in (0, -1):
        mapping = map_units(source, target, source_segment=segment, decisions=decisions)
        assert mapping.pairs == ((0, 2),) and mapping.match.made == {(0, 2)}
        assert (mapping.unmatched_source, mapping.unmatched_target) == ((1, 2), (0, 1))
        assert mapping.relative_costs[0] > 1 and mapping.verdicts == ("by hand",)
