import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesift_core.results import SortedRecording, SortedSegment, merge_recordings
from spikesift_core.tracks import Track, chains, throughout, track_amplitudes, track_spikes, tracks

GEOMETRY = np.array([[0, 0], [0, 20]], np.float32)


def made(counts, links):
    """Segments of 100 samples; cluster k of segment i fires at 100 i + k and has the amplitude 10 i + k."""
    segments = []
    for index, count in enumerate(counts):
        spikes = [np.array([100 * index + k, 100 * index + 50]) for k in range(count)]
        vectors = np.array([[10 * index + k, 1] for k in range(count)], np.float32)
        segments.append(SortedSegment(100 * index, 100, spikes, vectors))
    return SortedRecording(segments, links, GEOMETRY)


@st.composite
def recordings(draw):
    counts = draw(st.lists(st.integers(0, 4), min_size=1, max_size=5))
    links = []
    for here, there in zip(counts, counts[1:], strict=False):
        partners = draw(st.permutations([*range(there), *[-1] * here]))
        links.append(partners[:here])
    return made(counts, links)


def test_ids_of_the_first_segment_are_the_published_ones_and_later_ones_follow_in_order():
    recording = made([2, 3, 2], [[1, -1], [-1, 0, 1]])
    assert tracks(recording) == [
        Track(0, ((0, 0), (1, 1), (2, 0))),
        Track(1, ((0, 1),)),
        Track(2, ((1, 0),)),
        Track(3, ((1, 2), (2, 1))),
    ]
    assert [track.followed_throughout(recording) for track in tracks(recording)] == [True, False, False, False]
    assert tracks(recording)[3].segments == (1, 2)


def test_spikes_and_amplitudes_are_those_of_the_members_in_time_order():
    recording = made([2, 3, 2], [[1, -1], [-1, 0, 1]])
    found = tracks(recording)
    assert track_spikes(recording, found[0]).tolist() == [0, 50, 101, 150, 200, 250]
    assert track_spikes(recording, found[3]).dtype == np.int64
    np.testing.assert_array_equal(track_amplitudes(recording, found[3]), [[12, 1], [21, 1]])


@given(recordings())
def test_every_cluster_belongs_to_one_track_and_each_link_is_kept(recording):
    found = tracks(recording)
    assert [track.id for track in found] == list(range(len(found)))
    members = [member for track in found for member in track.members]
    everything = [(s, k) for s, segment in enumerate(recording.sorted_segments) for k in range(len(segment))]
    assert sorted(members) == everything
    for track in found:
        for (segment, cluster), following in zip(track.members, track.members[1:], strict=False):
            assert following == (segment + 1, recording.assignment_chain[segment][cluster])
    starts = [track.members[0] for track in found]
    assert starts == sorted(starts), "numbered in order of appearance"


@given(recordings())
def test_the_followed_ones_are_the_published_ids_with_the_same_spikes(recording):
    followed = {track.id: track for track in tracks(recording) if track.followed_throughout(recording)}
    assert set(followed) == recording.cluster_ids()
    for cluster_id, track in followed.items():
        np.testing.assert_array_equal(track_spikes(recording, track), recording.spikes(cluster_id))
        np.testing.assert_array_equal(track_amplitudes(recording, track), recording.amplitude_vectors(cluster_id))


# ---------------------------------------------------------------- units followed over gaps

FOLLOWED = (Track(0, ((0, 0), (2, 0))), Track(1, ((0, 1), (1, 0), (1, 1))), Track(4, ((2, 1),)))


def made_followed(followed=FOLLOWED):
    plain = made([2, 2, 2], [[1, -1], [-1, 0]])
    return SortedRecording(plain.sorted_segments, plain.assignment_chain, GEOMETRY, followed=followed)


def test_followed_units_are_the_tracks_and_the_published_ids_stay():
    plain, recording = made([2, 2, 2], [[1, -1], [-1, 0]]), made_followed()
    assert plain.followed is None
    assert tracks(recording) == list(FOLLOWED)
    assert chains(recording) == tracks(plain)
    assert recording.cluster_ids() == plain.cluster_ids() == {0}
    assert [track.followed_throughout(recording) for track in FOLLOWED] == [False, False, False]
    assert tracks(pickle.loads(pickle.dumps(recording))) == list(FOLLOWED)


def test_a_unit_joined_of_two_chains_counts_once_among_those_found_in_every_segment():
    """Both clusters of every segment are linked on: two published ids, but one unit, and one more that was lost."""
    both = [(segment, cluster) for segment in range(3) for cluster in range(2)]
    links = [[0, 1, 2], [0, 1, -1]]
    followed = Track(0, tuple(both)), Track(2, ((0, 2), (1, 2)))
    recording = SortedRecording(made([3, 3, 2], links).sorted_segments, links, GEOMETRY, followed=followed)
    assert recording.cluster_ids() == {0, 1}
    assert throughout(recording) == followed[:1]
    assert throughout(made([3, 3, 2], links)) == tuple(tracks(made([3, 3, 2], links))[:2])


def test_two_clusters_of_one_segment_count_as_one_unit():
    recording, track = made_followed(), FOLLOWED[1]
    assert track.segments == (0, 1)
    assert track_spikes(recording, track).tolist() == [1, 50, 100, 101, 150, 150]
    np.testing.assert_array_equal(track_amplitudes(recording, track), [[1, 1], [10.5, 1]])


@pytest.mark.parametrize(
    ("followed", "words"),
    [
        (FOLLOWED[:2], "holds 5 of them in 5"),
        ((*FOLLOWED, Track(5, ((2, 1),))), "holds 6 of them in 7"),
        ((*FOLLOWED[:2], Track(4, ((2, 2),))), "holds 5 of them in 6"),
        (FOLLOWED[::-1], "in order of their ids"),
        ((FOLLOWED[0], FOLLOWED[1], Track(1, ((2, 1),))), "each id once"),
        ((*FOLLOWED, Track(9, ())), "in time order"),
    ],
)
def test_followed_units_that_do_not_fit_are_refused(followed, words):
    with pytest.raises(ValueError, match=words):
        made_followed(followed)


def test_merging_carries_followed_units_on():
    first, second = made_followed(), made([1, 3], [[2]])
    for segment in second.sorted_segments:
        segment.start_time += 300
        segment.spike_clusters = [times + 300 for times in segment.spike_clusters]
    second.sorted_segments[0].amplitude_vectors[:] = first.sorted_segments[2].amplitude_vectors[1]
    merged = merge_recordings([first, second])
    assert merged.assignment_chain[2].tolist() == [-1, 0]
    assert tracks(merged) == [
        *FOLLOWED[:2],
        Track(4, ((2, 1), (3, 0), (4, 2))),
        Track(5, ((4, 0),)),
        Track(6, ((4, 1),)),
    ]
    assert merge_recordings([second]).followed is None
