"""Links and what is said of them: through joining, merging, sessions, exports and a run that was cancelled."""

import csv
from argparse import Namespace
from dataclasses import replace

import numpy as np
import pytest

from spikesift_core.commands import info
from spikesift_core.deciding import decide
from spikesift_core.decisions import Decision
from spikesift_core.export import export
from spikesift_core.linking import match_clusters
from spikesift_core.links import ARRAYS, chains_of, checked_links, first_links, links_of_match
from spikesift_core.results import SortedRecording, SortedSegment, merge_recordings
from spikesift_core.session import create_session, open_session
from spikesift_core.sorting import SegmentSorted, recording_so_far
from spikesift_core.stages.following import REFUSED
from spikesift_core.tracks import Track, tracks
from spikesift_core.unit_history import history_words, owners, unit_histories, unit_history
from tests.core.session_parts import CHANNELS, GEOMETRY, SETTINGS, open_recording

NAN = np.nan


def linked(before, costs, margins=None, nearest=(), lost=(), position=0.0, limit=REFUSED):
    """Links of one segment; `nearest` {cluster: (segment, cluster, cost)}, `lost` [(segment, cluster, to, cost)]."""
    count = len(before)
    links = first_links(count, limit)
    near, near_costs = links.nearest.copy(), links.nearest_costs.copy()
    for cluster, (segment, other, cost) in dict(nearest).items():
        near[cluster], near_costs[cluster] = (segment, other), cost
    rows = np.array(lost, float).reshape(-1, 4)
    return replace(
        links,
        position=position,
        before=np.array([(-1, -1) if one is None else one for one in before], np.int64).reshape(-1, 2),
        costs=np.array(costs, float),
        margins=np.full(count, 0.5) if margins is None else np.array(margins, float),
        nearest=near,
        nearest_costs=near_costs,
        lost=rows[:, :2].astype(np.int64),
        lost_nearest=rows[:, 2].astype(np.int64),
        lost_costs=rows[:, 3],
    )


def segments(sizes, start=0):
    return [
        SortedSegment(start + 1000 * i, 1000, [[start + 1000 * i + k] for k in range(n)], np.ones((n, CHANNELS)) + i)
        for i, n in enumerate(sizes)
    ]


SIZES = [2, 2, 1, 3]
CHAIN = [np.array([1, -1]), np.array([-1, 0]), np.array([1])]
LINKS = [
    linked([None, None], [NAN, NAN]),
    linked([None, (0, 0)], [NAN, 0.2], nearest={0: (0, 0, 0.7)}, lost=[(0, 1, 0, 0.95)], position=5.0),
    linked([(1, 1)], [0.3], [0.1], lost=[(1, 0, 0, 0.6)], position=10.0),
    linked([None, (2, 0), (0, 1)], [NAN, 0.1, 0.4], [NAN, 0.5, -0.2], position=10.0),
]
UNITS = (Track(0, ((0, 0), (1, 1), (2, 0), (3, 1))), Track(1, ((0, 1), (3, 2))), Track(2, ((1, 0), (3, 0))))


@pytest.fixture
def recording():
    """Unit 1 is missing in two segments; unit 2 is one that begins late and is joined with a part found at the end."""
    return SortedRecording(segments(SIZES), CHAIN, GEOMETRY, followed=UNITS, links=LINKS)


def assert_same_links(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert (one.shift, one.position, one.limit) == (other.shift, other.position, other.limit)
        for name, (kind, _) in ARRAYS.items():
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
            assert getattr(one, name).dtype == kind


def test_the_history_of_a_unit(recording):
    history = unit_history(recording, 0)
    assert history.share == 1
    assert history.absences == ()
    assert history.began == "the recording begins here"
    assert [(step.segment, step.clusters, step.before) for step in history.steps] == [
        (0, (0,), None), (1, (1,), 0), (2, (0,), 1), (3, (1,), 2),
    ]  # fmt: skip
    assert (history.weakest.segment, history.weakest.cost, history.weakest.margin) == (2, 0.3, 0.1)


def test_a_gap_is_told_with_its_reason(recording):
    history = unit_history(recording, 1)
    assert (history.share, [step.before for step in history.steps]) == (0.5, [None, 0])
    (gap,) = history.absences
    assert (gap.first, gap.last) == (1, 2)
    assert gap.words == "cluster 0, the most alike, differs by 0.95; 0.8 and above are refused"


def test_a_unit_that_begins_late_is_lost_and_joined(recording):
    history = unit_history(recording, 2)
    assert history.began == (
        "unit 0, the most alike, differs by 0.70 and was found in cluster 1, which differs by 0.20"
    )
    assert history.absences[0].words == (
        "cluster 0, the most alike, differs by 0.60 and was taken for unit 0, which differs by 0.30"
    )
    assert history.weakest is None
    assert history.steps[1].words == (
        "followed as another unit from here (no unit had been seen close enough to be compared) and joined at the "
        "end, because the two are alike"
    )


def test_histories_are_those_of_each_and_an_unknown_unit_is_refused(recording):
    every = unit_histories(recording)
    assert every == {track.id: unit_history(recording, track.id) for track in tracks(recording)}
    with pytest.raises(ValueError, match="There is no unit 7"):
        unit_history(recording, 7)


def test_without_links_the_history_still_says_where(recording):
    plain = SortedRecording(recording.sorted_segments, CHAIN, GEOMETRY, followed=UNITS)
    history = unit_history(plain, 1)
    assert [step.segment for step in history.steps] == [0, 3]
    assert history.weakest is None
    assert "not kept" in history.absences[0].words


def test_links_of_a_match_are_its_pairs_with_costs_and_what_was_left():
    vectors = np.eye(4, dtype=np.float32)[[0, 1, 2]] * 100
    target = np.array([[0, 90, 0, 0], [110, 0, 0, 0]], np.float32)
    match = match_clusters(vectors, target, GEOMETRY, 0)
    links = links_of_match(match, 4, 12.0)
    assert links.before.tolist() == [[4, 1], [4, 0]]
    np.testing.assert_allclose(links.costs, [0.1, 10 / 110])
    np.testing.assert_allclose(links.margins, match.margins[[1, 0]])
    assert links.lost.tolist() == [[4, 2]]
    assert links.lost_nearest.tolist() == [1 if match.distances[2, 1] / 110 < match.distances[2, 0] / 100 else 0]
    assert (links.position, links.over_gaps) == (12.0, False)
    back = links_of_match(match_clusters(target, vectors, GEOMETRY, 0), 0, 0.0)
    assert back.before.tolist() == [[0, 1], [0, 0], [-1, -1]]
    assert back.nearest[2].tolist() == [0, links.lost_nearest[0]]
    empty = links_of_match(match_clusters(target[:0], vectors, GEOMETRY, 0), 0, 0.0)
    assert (empty.before == -1).all()
    assert np.isnan(empty.nearest_costs).all()


def test_the_shift_of_a_match_is_the_movement_of_the_tissue():
    column = np.column_stack([np.zeros(20), np.arange(20) * 20.0])
    one, other = (100 * np.exp(-((column[:, 1] - y) ** 2) / 800)[None] for y in (150, 170))
    assert links_of_match(match_clusters(one, other, column, 30), 0, 5.0).shift == 20
    assert links_of_match(match_clusters(one, other, column, 30), 0, 5.0).position == 25


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda links: links[:3], "one entry for each segment: 4"),
        (lambda links: [*links[:3], replace(links[3], costs=np.zeros(2))], r"links\[3\].costs must have 3 rows"),
        (lambda links: [*links[:2], linked([(2, 0)], [0.1]), links[3]], r"links\[2\].before must name"),
        (lambda links: [*links[:2], linked([(1, 2)], [0.1]), links[3]], r"links\[2\].before must name"),
        (lambda links: [links[0], linked([(0, 0)] * 2, [0.1] * 2), *links[2:]], "two clusters to the same one"),
        (lambda links: [*links[:2], linked([None], [NAN], lost=[(1, 0, 5, 0.5)]), links[3]], "lost_nearest"),
    ],
)
def test_links_that_do_not_fit_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        checked_links(change(LINKS), SIZES)


def test_links_are_kept_in_a_session(tmp_path, recording):
    np.zeros(16000, np.int16).tofile(tmp_path / "rec.bin")
    writer = create_session(tmp_path / "rec.spikesift", open_recording(tmp_path / "rec.bin"), SETTINGS)
    events = [SegmentSorted(i, *one) for i, one in enumerate(zip(segments(SIZES), [None, *CHAIN], LINKS, strict=True))]
    for event in events:
        writer.add(event)
    unfinished = open_session(writer.folder).sorted_recording
    assert_same_links(unfinished.links, LINKS)
    assert [list(track.members) for track in unfinished.followed] == chains_of(LINKS)
    writer.finish(recording)
    read = open_session(writer.folder).sorted_recording
    assert_same_links(read.links, LINKS)
    assert read.followed == UNITS
    lines = info.run(Namespace(recording=[writer.folder], repair=False, quality=False)).text.splitlines()
    assert next(line for line in lines if line.startswith("  links")) == (
        "  links: 4, median difference 0.25; weakest of a unit found in at least 45 % of the segments 0.40 (unit 1, "
        "into segment 3); 2 with gaps; the tissue moved between 0 and 10 um"
    )
    lost = lines[lines.index("  not followed through all segments (counted from 0):") + 1 :]
    assert [line.split(".")[0] for line in lost] == ["    unit 1, 2 spikes", "    unit 2, 2 spikes"]
    assert lost[0].endswith(history_words(unit_histories(recording)[1]))
    so_far = recording_so_far(events[:3], GEOMETRY)
    assert [list(track.members) for track in so_far.followed] == chains_of(LINKS[:3])


def test_published_links_are_no_units_over_gaps(recording):
    links = [linked([None], [NAN], limit=np.inf), linked([(0, 0)], [0.2], limit=np.inf)]
    first, second = segments([1, 1])
    events = [SegmentSorted(0, first, None, links[0]), SegmentSorted(1, second, np.array([0]), links[1])]
    assert recording_so_far(events, GEOMETRY).followed is None
    assert recording_so_far([replace(event, links=None) for event in events], GEOMETRY).links is None


def test_merged_recordings_keep_their_links(recording):
    later = SortedRecording(segments(SIZES, 5000), CHAIN, GEOMETRY, followed=UNITS, links=LINKS)
    merged = merge_recordings([recording, later])
    assert len(merged.links) == 8
    assert_same_links(merged.links[:4], LINKS)
    owner = owners(merged)
    goes_on = [
        (tuple(before), (segment, cluster))
        for segment, links in enumerate(merged.links)
        for cluster, before in enumerate(links.before.tolist())
        if before[0] >= 0
    ]
    assert all(owner[before] == owner[place] for before, place in goes_on)
    assert any(before[0] < 4 <= place[0] for before, place in goes_on)
    assert merged.links[6].before.tolist() == [[5, 1]]
    assert merged.links[6].position == merged.links[4].position + 10
    assert [len(track.members) for track in merged.followed] == [len(h.steps) for h in unit_histories(merged).values()]
    plain = SortedRecording(segments(SIZES, 5000), CHAIN, GEOMETRY)
    assert merge_recordings([recording, plain]).links is None


def test_what_became_of_a_unit_in_sentences(recording):
    """Unit 1 was lost and found again; unit 2 begins late and is lost for a while."""
    histories = unit_histories(recording)
    assert history_words(histories[0]) == "Found in segments 0-3."
    assert history_words(histories[1]) == (
        "Found in segments 0, 3. Not in segments 1, 2: cluster 0, the most alike, differs by 0.95; 0.8 and above are "
        "refused."
    )
    begins = f"It begins in segment 2: {histories[2].began}. Not in segment 3: {histories[2].absences[0].words}."
    assert history_words(histories[2], first=1) == f"Found in segments 2, 4. {begins}"


def test_units_as_a_table(tmp_path, recording):
    export(recording, tmp_path / "units.csv", format="units", units="all")
    with (tmp_path / "units.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["unit"] for row in rows] == ["0", "1", "2"]
    assert [row["found_in"] for row in rows] == ["0-3", "0 3", "1 3"]
    assert (rows[0]["largest_difference"], rows[0]["its_segment"], rows[0]["its_margin"]) == ("0.3000", "2", "0.1000")
    assert rows[1]["lost"].startswith("1-2: cluster 0, the most alike")
    assert rows[2]["largest_difference"] == ""
    assert rows[0]["spikes"] == "4" and rows[0]["linked_by_hand"] == ""
    by_hand = decide(recording, [Decision((0, 0), (1, 0), True)])
    export(by_hand, tmp_path / "units.csv", format="units", units="all")
    with (tmp_path / "units.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["linked_by_hand"] == "1"
