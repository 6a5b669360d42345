"""Links made and refused by hand: the units that follow, in words, over a merge, and on the disk."""

import json
import shutil

import numpy as np
import pytest

from spikesift_core.deciding import decide, hand_made
from spikesift_core.decisions import Decision, Movement, between, decisions_of, moved, rows_of, turned, within, without
from spikesift_core.linking import match_clusters
from spikesift_core.links import chains_of, first_links, links_of_match
from spikesift_core.merged_parts import spans_of
from spikesift_core.merging import Part, join_recordings, join_sessions, save_joined, shifted
from spikesift_core.progress import run_to_end
from spikesift_core.results import SortedRecording, SortedSegment, merge_recordings
from spikesift_core.session import create_session, open_session, read_journal
from spikesift_core.session_decisions import (
    DECISIONS_FILE,
    decisions_between,
    movements_between,
    save_decisions,
    save_movements,
    shift_between,
)
from spikesift_core.sorting import SegmentSorted
from spikesift_core.tracks import Track, owners_of, track_spikes, tracks
from spikesift_core.unit_history import BY_HAND, history_words, unit_histories, unit_history

COLUMN = np.column_stack([np.zeros(8), 20.0 * np.arange(8)]).astype(np.float32)
LENGTH = 1000


def segment(place, depths, start=0):
    vectors = 100 * np.exp(-(((COLUMN[:, 1] - np.array(depths, float)[:, None]) / 25) ** 2)) + 1
    begin = start + place * LENGTH
    trains = [np.arange(begin + 7 * k, begin + LENGTH, 50) for k in range(len(depths))]
    return SortedSegment(begin, LENGTH, trains, vectors)


def recording(depths=((20, 60, 120), (20, 60, 120), (20, 60, 120), (20, 60, 120)), start=0, followed=True):
    """Segments whose clusters were linked by their amplitude vectors."""
    segments = [segment(place, one, start) for place, one in enumerate(depths)]
    chain, links = [], [first_links(len(segments[0]))]
    for place, (here, there) in enumerate(zip(segments, segments[1:], strict=False)):
        match = match_clusters(here.amplitude_vectors, there.amplitude_vectors, COLUMN)
        chain.append(match.assignment)
        links.append(links_of_match(match, place, 0.0))
    units = [Track(k, tuple(members)) for k, members in enumerate(chains_of(links))] if followed else None
    return SortedRecording(segments, chain, COLUMN, followed=units, links=links)


def members(result):
    return {track.id: track.members for track in tracks(result)}


def path(*clusters, start=0):
    return tuple((start + place, cluster) for place, cluster in enumerate(clusters))


def checked(result):
    """What `decide` leaves unchecked fits all the same."""
    kept = {"followed": result.followed, "links": result.links}
    SortedRecording(result.sorted_segments, result.assignment_chain, result.probe, **kept)
    owner = owners_of(tracks(result))
    for place, links in enumerate(result.assignment_chain):
        for cluster, partner in enumerate(links.tolist()):
            assert partner < 0 or owner[place, cluster] == owner[place + 1, partner], "a link leads out of the unit"
    return result


@pytest.mark.parametrize("followed", [True, False])
def test_a_refused_link_ends_the_unit_and_begins_another_one(followed):
    base = recording(followed=followed)
    result = checked(decide(base, [Decision((1, 0), (2, 0), False, 0.1, 0.9)]))
    assert members(result) == {0: path(0, 0), 1: path(1, 1, 1, 1), 2: path(2, 2, 2, 2), 3: path(0, 0, start=2)}
    assert result.cluster_ids() == {1, 2} and base.cluster_ids() == {0, 1, 2}
    assert result.assignment_chain[1].tolist() == [-1, 1, 2]
    assert result.links[2].before[0].tolist() == [-1, -1] and np.isnan(result.links[2].costs[0])
    assert result.links[2].nearest[0].tolist() == [1, 0], "what was cut is what is most alike"
    ended, begun = unit_history(result, 0), unit_history(result, 3)
    assert ended.absences[0].words == "its link with unit 3 was refused by hand"
    assert begun.began == "its link with unit 0 was refused by hand"
    assert "refused by hand" in history_words(ended)
    assert base.assignment_chain[1].tolist() == [0, 1, 2], "what was sorted is not changed"


def test_a_link_made_by_hand_takes_the_partner_of_another_one():
    base = recording()
    result = checked(decide(base, [Decision((1, 0), (2, 1), True, 0.8, -0.5)]))
    assert members(result) == {0: ((0, 0), (1, 0), (2, 1), (3, 1)), 1: path(1, 1), 2: path(2, 2, 2, 2),
                               3: path(0, 0, start=2)}  # fmt: skip
    assert result.cluster_ids() == {0, 2}
    np.testing.assert_array_equal(result.spikes(0), track_spikes(result, tracks(result)[0]))
    links = result.links[2]
    assert links.before[:2].tolist() == [[-1, -1], [1, 0]]
    assert (links.costs[1], links.margins[1]) == (0.8, -0.5), "as they were computed for this pair"
    histories = unit_histories(result)
    step = histories[0].steps[2]
    assert (step.words, step.before, step.cost, step.margin) == (BY_HAND, 1, 0.8, -0.5)
    assert histories[1].absences[0].words == "unit 0, with which it went on, was linked otherwise by hand"
    assert histories[3].began == "unit 0, from which it came, was linked otherwise by hand"


def test_an_accepted_link_keeps_its_units_and_figures():
    base = recording()
    result = checked(decide(base, [Decision((1, 0), (2, 0), True, 0.3, 0.2)]))
    assert members(result) == members(base)
    assert result.links[2].costs[0] == base.links[2].costs[0] != 0.3, "those of the link that was there"
    assert unit_history(result, 0).steps[2].words == BY_HAND and list(hand_made(result)) == [(2, 0)]


def test_units_that_share_no_segment_are_joined_whole():
    base = recording(((20, 120), (120,), (120,), (20, 120)))
    assert members(base) == {0: ((0, 0),), 1: ((0, 1), (1, 0), (2, 0), (3, 1)), 2: ((3, 0),)}
    result = checked(decide(base, [Decision((0, 0), (3, 0), True, 0.1, 0.4)]))
    assert members(result)[0] == ((0, 0), (3, 0)) and 2 not in members(result)
    history = unit_history(result, 0)
    assert [(gap.first, gap.last) for gap in history.absences] == [(1, 2)] and history.steps[1].before == 0
    assert not result.valid_cluster_id(0), "a chain bridges no gap"


def test_later_decisions_come_on_top_and_taking_them_back_gives_what_was_sorted():
    base = recording()
    refused = Decision((1, 0), (2, 0), False)
    made = Decision((1, 0), (2, 0), True)
    again = checked(decide(decide(base, [refused]), [refused, made]))
    assert again.undecided is base and again.decisions == (refused, made)
    assert members(again) == members(base)
    assert decide(again, []) is base


def test_without_links_and_costs_the_words_are_there_all_the_same():
    base = recording()
    bare = SortedRecording(base.sorted_segments, base.assignment_chain, COLUMN)
    result = decide(bare, [Decision((1, 0), (2, 0), False)])
    assert "refused by hand" in unit_history(result, 0).absences[0].words
    assert "refused by hand" in unit_history(result, 3).began


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (Decision((1, 0), (2, 7), True), "cluster 7 of segment 2, which is not there"),
        (Decision((1, 0), (9, 0), True), "segment 9"),
        (Decision((2, 0), (2, 1), True), "an earlier and a later segment"),
    ],
)
def test_decisions_that_do_not_fit_are_refused_in_words(decision, words):
    with pytest.raises(ValueError, match=words):
        decide(recording(), [decision])


def test_decisions_at_random_never_lose_a_cluster_and_links_stay_in_their_units():
    random = np.random.default_rng(3)
    base = recording(tuple(tuple(random.permutation([20, 60, 100, 140])[:3]) for _ in range(6)))
    everything = sorted(place for found in members(base).values() for place in found)
    for _ in range(60):
        decisions = []
        for _ in range(random.integers(1, 8)):
            early, late = sorted(random.choice(6, 2, replace=False).tolist())
            pair = (early, int(random.integers(3))), (late, int(random.integers(3)))
            decisions.append(Decision(*pair, bool(random.integers(2))))
        result = checked(decide(base, decisions))
        assert sorted(place for found in members(result).values() for place in found) == everything
        last = decisions[-1]
        owner = owners_of(tracks(result))
        assert (owner[last.first] == owner[last.second]) == last.same
        unit_histories(result)


# ---------------------------------------------------------------- tables of decisions


def test_decisions_as_plain_data_and_back():
    decisions = (Decision((1, 0), (2, 1), True, 0.25, float("nan")), Decision((0, 2), (3, 1), False))
    assert repr(decisions_of(json.loads(json.dumps(rows_of(decisions))))) == repr(decisions)
    for rows in ([{"first": [0, 0]}], [3], [{"first": [0, -1], "second": [1, 0], "same": True}],
                 [{"first": [0, 1], "second": [1, 0], "same": 1}]):  # fmt: skip
        with pytest.raises(ValueError, match="decisions|segment|same"):
            decisions_of(rows)


def test_decisions_are_turned_moved_and_dropped():
    one = Decision((1, 0), (2, 3), True)
    assert turned([one])[0].pair == ((2, 3), (1, 0))
    assert moved([one], 5, 7)[0].pair == ((6, 0), (9, 3))
    assert without([one], [Decision((1, 0), (2, 3), False)]) == ()


def test_inside_a_recording_a_decision_is_about_its_two_segments_seen_from_either():
    one = Decision((1, 0), (2, 3), True)
    assert [(held.source, held.target) for held in within([one], 1, 2)] == [(0, 3)]
    assert [(held.source, held.target) for held in within([one], 2, 1)] == [(3, 0)]
    assert within([one], 1, 3) == ()


def test_between_recordings_a_decision_is_about_units_whichever_segments_are_compared():
    owners = {(0, 0): 4, (1, 2): 4, (1, 3): 4}, {(0, 1): 9, (1, 1): 9}
    one = Decision((0, 0), (1, 1), False)
    held = between([one], owners, (1, 0), ({4: (2, 3)}, {9: (1,)}))
    assert [(held.source, held.target, held.decision) for held in held] == [(2, 1, one)]
    exact = between([Decision((1, 3), (0, 1), True)], owners, (1, 0), ({4: (2, 3)}, {9: (1,)}))
    assert [(held.source, held.target) for held in exact] == [(3, 1)]
    assert between([one], owners, (1, 0), ({4: (2,)}, {})) == (), "the unit was not found there"


# ---------------------------------------------------------------- recordings together


def test_a_merge_carries_what_was_decided_inside_and_between_the_recordings():
    first = decide(recording(), [Decision((1, 0), (2, 0), False)])
    second = decide(recording(start=4 * LENGTH), [Decision((0, 1), (1, 2), True)])
    plain = merge_recordings([first.undecided, second.undecided])
    assert members(plain)[0] == path(*[0] * 8)
    merged = checked(merge_recordings([first, second]))
    owner = owners_of(tracks(merged))
    assert owner[1, 0] != owner[2, 0] == owner[7, 0] and owner[4, 1] == owner[5, 2]
    assert merged.undecided.decisions == () and members(merged.undecided) == members(plain)
    # Between the two: about units, so any of their clusters names them.
    crossed = {(0, 1): [Decision((0, 2), (2, 1), True, 0.9, 0.1), Decision((0, 0), (1, 0), False)]}
    merged = checked(merge_recordings([recording(), recording(start=4 * LENGTH)], decisions=crossed))
    assert members(merged)[2] == (*path(2, 2, 2, 2), *path(1, 1, 1, 1, start=4))
    assert members(merged)[0] == path(0, 0, 0, 0) and members(merged)[1] == path(1, 1, 1, 1)
    assert "was refused by hand" in unit_history(merged, 0).absences[0].words
    assert "was linked otherwise by hand" in unit_history(merged, 1).absences[0].words
    assert unit_history(merged, 2).steps[4].words == BY_HAND


def test_the_match_that_was_looked_at_is_the_one_that_is_merged():
    parts = [Part("a", recording(), 1000.0), Part("b", recording(start=4 * LENGTH), 1000.0)]
    vectors = [part.sorted_recording.sorted_segments[0].amplitude_vectors for part in parts]
    match = match_clusters(*vectors, COLUMN)
    match.assignment[:] = [1, 0, -1]
    joined = join_recordings(parts, matches=[match]).sorted_recording
    assert joined.assignment_chain[3].tolist() == [1, 0, -1]


def test_moving_a_recording_in_time_keeps_what_was_decided():
    one = decide(recording(), [Decision((1, 0), (2, 0), False)])
    later = shifted(one, 500)
    assert later.start_time() == 500 and later.decisions == one.decisions and members(later) == members(one)


# ---------------------------------------------------------------- on the disk


def write(folder, result, start=0):
    head = {"probe_geometry": COLUMN, "binary_file": None, "sampling_frequency": 1000.0, "num_samples": 4 * LENGTH,
            "recording_offset": start}  # fmt: skip
    writer = create_session(folder, head, {})
    for index, (one, links) in enumerate(zip(result.sorted_segments, result.links, strict=True)):
        writer.add(SegmentSorted(index, one, result.assignment_chain[index - 1] if index else None, links))
    writer.finish(result)
    return folder


@pytest.fixture
def two(tmp_path):
    first = write(tmp_path / "a.spikesift", recording())
    second = write(tmp_path / "b.spikesift", recording(start=4 * LENGTH), 4 * LENGTH)
    head = json.loads((second / "session.json").read_text(encoding="utf-8"))
    (second / "session.json").write_text(json.dumps({**head, "created": "2999-01-01"}), encoding="utf-8")
    return first, second


def test_decisions_survive_in_the_session_and_sessions_without_any_open_as_before(two):
    first, _ = two
    assert open_session(first).sorted_recording.decisions == ()
    decisions = (Decision((1, 0), (2, 0), False, 0.25, float("nan")), Decision((0, 1), (1, 2), True, 0.5, -0.5))
    assert save_decisions(first, decisions)
    assert not save_decisions(first, decisions), "the same is there already"
    opened = open_session(first).sorted_recording
    assert repr(opened.decisions) == repr(decisions)
    assert members(opened) == members(decide(recording(), decisions))
    line = read_journal(first)[-1]
    assert line["action"] == "links decided by hand" and len(line["added"]) == 2 and line["dropped"] == []
    save_decisions(first, ())
    assert open_session(first).sorted_recording.decisions == ()


def test_decisions_between_two_sessions_are_kept_once_and_read_from_both_sides(two):
    first, second = two
    decisions = (Decision((3, 0), (0, 1), True, 0.5, 0.25),)
    assert decisions_between(first, second) == ()
    assert save_decisions(first, decisions, second)
    assert not (first / DECISIONS_FILE).exists() and (second / DECISIONS_FILE).exists(), "in the later one"
    assert decisions_between(first, second) == decisions and decisions_between(second, first) == turned(decisions)
    assert not save_decisions(second, turned(decisions), first)
    save_decisions(second, [Decision((0, 0), (1, 0), False)])
    assert decisions_between(first, second) == decisions, "what is inside is kept apart"
    save_decisions(first, (), second)
    assert decisions_between(first, second) == () and len(open_session(second).sorted_recording.decisions) == 1


def test_movements_set_by_hand_are_kept_beside_and_turn_round_with_the_two(two):
    first, second = two
    border, inside = Movement(3, 0, -15.0), Movement(0, 2, 5.0)
    assert shift_between(first, second, 4) is None
    assert save_movements(first, [border, Movement(0, 0, 20.0)], second)
    assert not save_movements(second, [border.turned, Movement(0, 0, -20.0)], first), "the same is there already"
    assert shift_between(first, second, 4) == -15 and movements_between(second, first)[0] == border.turned
    assert read_journal(second)[-1]["action"] == "movement set by hand"
    save_movements(second, [inside])
    assert movements_between(second) == (inside,) and movements_between(first) == ()
    save_decisions(first, [Decision((3, 0), (0, 1), True)], second)
    assert movements_between(first, second)[0] == border, "decisions and movements are kept apart"
    save_movements(first, (), second)
    assert movements_between(first, second) == () and len(decisions_between(first, second)) == 1
    for row in ('"second": "x", "shift": 1', '"second": 1, "shift": "far"', '"second": 1, "shift": NaN'):
        (second / DECISIONS_FILE).write_text(f'{{"movements": [{{"first": 0, {row}}}]}}', encoding="utf-8")
        with pytest.raises(ValueError, match=r"decisions.json is damaged: .* (is no segment|instead of a number)"):
            movements_between(second)


def test_a_merge_uses_the_movement_set_by_hand_and_keeps_that_it_was(two, tmp_path):
    first, second = two
    save_movements(first, [Movement(3, 0, -20.0)], second)
    sessions = [open_session(folder) for folder in two]
    joined = join_sessions(sessions, tmp_path / "m.spikesift")
    assert joined.links[4].shift == 20
    merged = open_session(tmp_path / "m.spikesift").recording_description["parts"]
    assert [part.get("shift_by_hand") for part in merged] == [None, -20]
    assert [(one.name, one.start_time) for one in spans_of(merged)] == [("a", 0), ("b", 4 * LENGTH)]


def test_a_copy_of_a_session_is_another_one(two, tmp_path):
    first, _ = two
    copied = tmp_path / "copy.spikesift"
    shutil.copytree(first, copied)
    decisions = (Decision((3, 0), (0, 1), True, 0.5, 0.25),)
    assert save_decisions(first, decisions, copied)
    assert decisions_between(first, copied) == decisions and decisions_between(copied, first) == turned(decisions)


def test_sessions_are_merged_with_what_was_decided_and_the_merge_keeps_it(two, tmp_path):
    first, second = two
    save_decisions(first, [Decision((1, 2), (2, 2), False)])
    save_decisions(first, [Decision((3, 0), (0, 1), True, 0.5, 0.25)], second)
    sessions = [open_session(folder) for folder in two]
    joined = join_sessions(sessions, tmp_path / "both.spikesift")
    assert members(joined)[0] == (*path(0, 0, 0, 0), *path(1, 1, 1, 1, start=4))
    again = open_session(tmp_path / "both.spikesift").sorted_recording
    assert members(again) == members(joined) and again.decisions == joined.decisions
    replaced = [Decision((3, 1), (4, 1), False), Decision((3, 0), (4, 0), False)]
    assert list(again.decisions[1:-1]) == replaced, "the links in whose place the one by hand is"
    assert members(again.undecided) == members(merge_recordings([one.sorted_recording.undecided for one in sessions]))
    parts = [Part("a", again, 1000.0), Part("c", recording(start=8 * LENGTH), 1000.0)]
    run_to_end(save_joined(join_recordings(parts), tmp_path / "three.spikesift"))
    assert open_session(tmp_path / "three.spikesift").sorted_recording.decisions == again.decisions


@pytest.mark.parametrize("content", ['{"links": [{"first": [0, 0]}]}', '{"links": 3}', "{", '[1]',
                                     '{"links": [{"first": [0, 0], "second": [1, 99], "same": true}]}'])  # fmt: skip
def test_a_damaged_file_is_named_and_repair_leaves_it_out(two, content):
    first, _ = two
    (first / DECISIONS_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="decisions.json"):
        open_session(first)
    opened = open_session(first, repair=True)
    assert opened.sorted_recording.decisions == () and "by hand" in opened.problems[0]
