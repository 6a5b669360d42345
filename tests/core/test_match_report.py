"""How units were matched, as a file for a script and as a picture."""

import json
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from spikesift_core.decisions import Decision
from spikesift_core.links import first_links
from spikesift_core.match_picture import match_picture, write_picture
from spikesift_core.match_report import report_mapping, report_merge, write_report
from spikesift_core.merging import Part
from spikesift_core.probe_families import grid
from spikesift_core.results import SortedRecording, SortedSegment, merge_recordings
from spikesift_core.svg import Plot, apart, ticks
from spikesift_core.tracks import Track
from spikesift_core.version import VERSION
from tests.core.test_merged_rivers import days

PROBE = grid(16, 1, 0, 20)
TAG = "{http://www.w3.org/2000/svg}"


def vectors(depths, moved=0.0, heights=100.0):
    distance = PROBE[:, 1] - (np.asarray(depths, float)[:, None] + moved)
    return (np.asarray(heights) * np.exp(-((distance / 30) ** 2)).T).T.astype(np.float32)


def part(name, *segments, rate=1000.0, links=(), start=0, origin=None):
    """Segments of one second each, given as vectors; every cluster has five spikes."""
    made = [
        SortedSegment(start + 1000 * i, 1000, [start + 1000 * i + np.arange(5) for _ in one], one)
        for i, one in enumerate(segments)
    ]
    return Part(name, SortedRecording(made, [np.array(one) for one in links], PROBE), rate, origin or {})


@pytest.fixture
def report():
    origin = {"session": "/data/mon.spikesift", "preset": "default", "settings": {"max_drift": 30.0}, "version": "0.9"}
    origin["recording"] = {"binary_file": "/data/mon.bin", "more_files": [{"binary_file": "/data/mon2.bin"}]}
    monday = part("monday", vectors([60, 140, 240], 0), vectors([60, 140, 240, 280], 5),
                  links=[[0, 1, 2]], origin=origin)  # fmt: skip
    tuesday = part("tuesday <2>", vectors([240, 140, 60], 20), start=9000)
    return report_mapping(monday, tuesday, source_segment=-1, followed_only=False, refuse_above=0.3)


def test_every_pair_and_everything_left_over_is_told_with_numbers_and_reasons(report, tmp_path):
    write_report(report, tmp_path / "pairs.json")
    data = json.loads((tmp_path / "pairs.json").read_text(encoding="utf-8"))
    assert data["program"] == f"SpikeSift {VERSION}"
    assert data["settings"] == {"max_drift": 30, "refuse_above": 0.3, "units": "all", "shift_by_hand": None}
    one = data["comparisons"][0]
    assert (one["source"], one["source_segment"], one["target"], one["target_segment"]) == (
        "monday",
        1,
        "tuesday <2>",
        0,
    )
    assert (one["shift"], one["unit_movement"]) == (-15.0, 15.0)
    least = min(one["curve"], key=lambda point: point["total_cost"])
    assert least["shift"] == -15.0
    assert len(one["curve"]) == 13
    assert [(pair["source_unit"], pair["target_unit"]) for pair in one["pairs"]] == [(0, 2), (1, 1), (2, 0)]
    first = one["pairs"][0]
    assert first["verdict"] == "clear"
    assert first["relative_cost"] < 0.1 < 0.5 < first["margin"]
    assert first["target_depth"] - first["source_depth"] == pytest.approx(15, abs=4)
    assert [(left["side"], left["unit"]) for left in one["unmatched"]] == [("source", 3)]
    assert "went to unit" in one["unmatched"][0]["reason"]
    assert one["counts"] == {"clear": 3, "doubtful": 0, "forced": 0, "refused": 0, "unmatched": 1, "by hand": 0}


def test_a_report_says_what_it_was_made_from(report):
    monday, tuesday = report.data()["recordings"]
    assert monday["files"] == ["/data/mon.bin", "/data/mon2.bin"]
    assert (monday["session"], monday["preset"], monday["sorted_with"]) == ("/data/mon.spikesift", "default", "0.9")
    assert monday["sorting_settings"] == {"max_drift": 30.0}
    assert (monday["units"], monday["units_in_all_segments"], len(monday["segments"])) == (4, 3, 2)
    assert (tuesday["start"], tuesday["end"], tuesday["session"]) == (9.0, 10.0, None)


def test_units_are_told_through_all_recordings(report):
    streams = report.data()["streams"]
    assert [one["units"] for one in streams] == [[[0], [2]], [[1], [1]], [[2], [0]], [[3], []]]
    assert [one["segments"] for one in streams] == [3, 3, 3, 1]
    assert streams[0]["lost"] is None
    assert streams[3]["lost"].startswith("Lost after segment 2 of monday, because")


def test_pairs_above_the_limit_are_refused_with_the_reason():
    here, there = (part(name, vectors([100], heights=size)) for name, size in (("a", 100.0), ("b", 40.0)))
    one = report_mapping(here, there, refuse_above=0.3).data()["comparisons"][0]
    assert one["counts"]["refused"] == 1
    assert "more than the limit of 0.30" in one["pairs"][0]["reason"]


def test_only_followed_units_are_told_where_that_is_asked_for():
    here = part("a", vectors([60, 140, 240]), vectors([60, 140]), links=[[0, 1, -1]])
    there = part("b", vectors([60, 140, 240]), vectors([140, 240]), links=[[-1, 0, 1]])
    one = report_mapping(here, there).data()["comparisons"][0]
    assert [(pair["source_unit"], pair["target_unit"]) for pair in one["pairs"]] == [(1, 1)]
    left = {(one["side"], one["unit"]): one["reason"] for one in one["unmatched"]}
    assert left == {
        ("source", 0): "its partner, target unit 0, was not found in every segment of its recording",
        ("target", 2): "its partner, source unit 2, was not found in every segment of its recording",
    }


def test_a_merge_refuses_nothing_and_calls_it_forced():
    parts = [part("a", vectors([60])), part("b", vectors([260]), start=2000), part("c", vectors([260]), start=4000)]
    report = report_merge(parts, merge_recordings([one.sorted_recording for one in parts]))
    first, second = report.data()["comparisons"]
    assert (first["counts"]["forced"], second["counts"]["clear"], second["counts"]["doubtful"]) == (1, 0, 1)
    assert report.data()["settings"]["refuse_above"] is None
    assert [one["units"] for one in report.data()["streams"]] == [[[0], [0], [0]]]


def test_a_merge_of_units_followed_over_gaps_is_told_by_units():
    parts = []
    for name, start, *depths in (("a", 0, [60, 140], [140]), ("b", 9000, [140, 60, 260])):
        plain = part(name, *(vectors(one) for one in depths), links=[[-1, 0]] if len(depths) > 1 else [], start=start)
        found = plain.sorted_recording
        members = [((0, 0),), ((0, 1), (1, 0))] if name == "a" else [((0, k),) for k in range(3)]
        links = [first_links(len(one)) for one in found.sorted_segments]
        units = [Track(number, places) for number, places in enumerate(members)]
        made = SortedRecording(found.sorted_segments, found.assignment_chain, PROBE, followed=units, links=links)
        parts.append(Part(name, made, 1000.0))
    merged = merge_recordings([one.sorted_recording for one in parts])
    data = report_merge(parts, merged).data()
    one = data["comparisons"][0]
    assert [(pair["source_unit"], pair["target_unit"]) for pair in one["pairs"]] == [(0, 1), (1, 0)]
    assert one["pairs"][0]["source_depth"] == pytest.approx(60, abs=2)
    assert [(left["side"], left["unit"]) for left in one["unmatched"]] == [("target", 2)]
    assert data["settings"]["refuse_above"] == 0.6
    assert [one["units"] for one in data["streams"]] == [[[0], [1]], [[1], [0]], [[], [2]]]
    decisions = {(0, 1): [Decision((0, 0), (0, 1), False)]}
    one = report_merge(parts, merged, decisions=decisions).data()["comparisons"][0]
    assert one["pairs"][0]["reason"].startswith("refused by hand")


def test_a_merge_of_three_is_told_as_it_was_made():
    parts = [Part(f"{name}.spikesift", one, 1000.0) for name, one in zip("abc", days(), strict=True)]
    report = report_merge(parts, merge_recordings(days()))
    data = report.data()
    first, second = data["comparisons"]
    assert {pair["source_recording"] for pair in first["pairs"]} == {"a.spikesift"}
    pairs = [(one["source_recording"][0], one["source_unit"], one["target_unit"]) for one in second["pairs"]]
    assert sorted(pairs) == [("a", 1, 0), ("b", 0, 2), ("b", 1, 1)], "one that is silent in all of b goes on in c"
    assert [(one["side"], one["unit"]) for one in second["unmatched"]] == [("target", 3)], "the lost of a are told once"
    assert "nearer to target unit 2" in second["unmatched"][0]["reason"]
    streams = {tuple(map(tuple, one["units"])): one["lost"] for one in data["streams"]}
    assert set(streams) == {((0,), (1,), (1,)), ((1,), (), (0,)), ((2,), (), ()), ((), (0,), (2,)), ((), (), (3,))}
    assert streams[(2,), (), ()].endswith("nor is it like any unit of c")
    words = [one.text or "" for one in ElementTree.fromstring(match_picture(report)).iter(f"{TAG}text")]
    assert "1:1" in words and any(one.endswith("1:3 is unit 3 of the first recording, silent since") for one in words)


def test_the_picture_shows_each_shift_pair_and_unit(report):
    root = ElementTree.fromstring(match_picture(report))
    words = [one.text for one in root.iter(f"{TAG}text")]
    assert words[0] == "Units matched: monday → tuesday <2>"
    assert "units moved 15 µm along the probe; 3 clear, 1 unmatched" in words
    assert "3 of 4 units in all 3 segments; dashed: not found there; red bar: lost" in words
    lanes = [(one.text, float(one.get("y"))) for one in root.iter(f"{TAG}text") if one.get("font-size") == "8"]
    assert [name for name, _ in sorted(lanes, key=lambda one: -one[1])] == ["0", "1", "2", "3"], "the deepest above"
    assert words.count("clear") == 2 and "forced" not in words, "the colours of the links are named"
    assert len(root.findall(f"{TAG}circle")) == 13 + 1  # each shift, and a unit found once
    titles = [one.text for one in root.iter(f"{TAG}title")]
    assert sum(one == "unit 0" for one in titles) == 2
    assert any(one.startswith("Lost after segment 2 of monday") for one in titles)


def test_a_picture_of_very_little_is_drawn_too():
    nothing, one = part("a", np.empty((0, 16))), part("b", vectors([60]))
    ElementTree.fromstring(match_picture(report_mapping(nothing, one)))
    report = report_mapping(nothing, nothing, max_drift=0)
    assert "no unit" in match_picture(report)
    ElementTree.fromstring(match_picture(report))


def test_units_followed_over_gaps_are_dashed():
    segments = [vectors([60]), np.empty((0, 16), np.float32), vectors([60])]
    bare = part("a", *segments, links=[[-1], []])
    followed = [Track(0, ((0, 0), (2, 0)))]
    recording = SortedRecording(bare.sorted_recording.sorted_segments, bare.sorted_recording.assignment_chain, PROBE,
                                followed=followed)  # fmt: skip
    parts = [Part("a", recording, 1000.0), part("b", vectors([60]), start=5000)]
    report = report_merge(parts, merge_recordings([one.sorted_recording for one in parts]))
    dashed = [one for one in ElementTree.fromstring(match_picture(report)).iter(f"{TAG}line")
              if one.get("stroke-dasharray") == "3 3"]  # fmt: skip
    assert len(dashed) == 1


def test_other_pictures_are_refused_in_words(report, tmp_path):
    with pytest.raises(
        ValueError, match=r"ends with \.svg, not 'pairs\.png'.*As PNG, save the views of the page Match"
    ):
        write_picture(report, tmp_path / "pairs.png")
    assert list(tmp_path.iterdir()) == []


def test_a_plot_puts_values_where_they_belong():
    plot = Plot(10, 20, 100, 50, (0.0, 10.0), (-1.0, 1.0))
    assert plot.at(0, 1) == (10, 20)
    assert plot.at(10, -1) == (110, 70)
    assert plot.at(5, 0) == (60, 45)
    assert ticks(0.0, 10.0) == [0, 2, 4, 6, 8, 10]
    assert ticks(-30.0, 30.0) == [-20, 0, 20]
    assert ticks(3.0, 3.0) == [3.0]
    assert apart([30.0, 10.0, 12.0, 19.0], 10.0, 0.0, 100.0) == [32.75, 2.75, 12.75, 22.75], "as little as possible"
    assert apart([30.0, 10.0, 12.0, 19.0], 10.0, 0.0, 30.0) == [30.0, 0.0, 10.0, 20.0]
    assert apart([50.0, 10.0], 10.0, 0.0, 100.0) == [50.0, 10.0] and apart([], 10.0, 0.0, 1.0) == []


def test_a_number_that_was_moved_away_is_tied_to_its_unit():
    """Three units at nearly one depth: each number ends the line that begins at its unit."""
    near = part("a", vectors([100, 104, 108, 240]))
    root = ElementTree.fromstring(match_picture(report_mapping(near, near)))
    numbers = [
        one for one in root.iter(f"{TAG}text") if one.get("font-size") == "9" and one.get("text-anchor") == "end"
    ]
    places = {hint.findtext(f"{TAG}title"): hint.find(f"{TAG}circle") for hint in root.iter(f"{TAG}g")}
    ties = {
        float(one.get("y2")): float(one.get("y1"))
        for one in root.iter(f"{TAG}line")
        if one.get("stroke-width") == "0.5"
    }
    assert len(numbers) == 4
    heights = {one.text: float(one.get("y")) - 3 for one in numbers}
    assert min(np.diff(sorted(heights.values()))) >= 9.9, "none overlaps another"
    for name, height in heights.items():
        tied = next(start for end, start in ties.items() if abs(end - height) < 0.02)
        assert tied == pytest.approx(float(places[f"unit {name}"].get("cy")), abs=0.02)
