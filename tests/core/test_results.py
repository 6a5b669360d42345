import numpy as np
import pytest

from spikesift_core.linking import find_optimal_assignment
from spikesift_core.results import SortedRecording, SortedSegment, compare_recordings, map_clusters, merge_recordings

GEOMETRY = np.column_stack([np.zeros(8), 20 * np.arange(8)]).astype(np.float32)
LENGTH = 1000


def segment(start, depths, spikes=None):
    """A segment of 1000 samples whose cluster k lies at depth depths[k] and fires every 100 samples from start + k."""
    vectors = [100 * np.exp(-(((GEOMETRY[:, 1] - depth) / 20) ** 2)) for depth in depths]
    times = spikes or [np.arange(start + k, start + LENGTH, 100) for k in range(len(depths))]
    return SortedSegment(start, LENGTH, times, np.array(vectors).reshape(-1, len(GEOMETRY)))


def recording(*depths_of_segments, start=0, geometry=GEOMETRY, links=None):
    """Segments one after the other, linked by order unless `links` are given."""
    segments = [segment(start + LENGTH * place, depths) for place, depths in enumerate(depths_of_segments)]
    if links is None:
        pairs = zip(depths_of_segments, depths_of_segments[1:], strict=False)
        links = [[k if k < len(there) else -1 for k in range(len(here))] for here, there in pairs]
    return SortedRecording(segments, links, geometry)


@pytest.fixture
def crossing():
    """Three segments; clusters change places, one is lost on the way, one appears."""
    depths = [20, 60, 100], [100, 20, 140], [60, 20, 100]
    return recording(*depths, links=[[1, -1, 0], [2, 1, -1]])


# ---------------------------------------------------------------- a segment


def test_a_segment_keeps_what_it_is_given():
    made = SortedSegment(30, 60, [[31, 40], np.array([50], np.int32), []], [[1, 2], [3, 4], [5, 6]])
    assert (made.start_time, made.duration, made.end_time, len(made)) == (30, 60, 90, 3)
    assert [times.tolist() for times in made.spike_clusters] == [[31, 40], [50], []]
    assert {times.dtype for times in made.spike_clusters} == {np.dtype(np.int64)}, "an empty list too"
    assert made.amplitude_vectors.dtype == np.float32 and made.amplitude_vectors.shape == (3, 2)
    assert "3 clusters" in repr(made)


@pytest.mark.parametrize(
    ("spikes", "vectors", "words"),
    [
        ([[1], [2]], [[1, 2]], "spike_clusters and amplitude_vectors must have the same length, not 2 and 1"),
        ([[1], [2.5]], [[1, 2], [3, 4]], r"spike_clusters\[1\] must be a list of whole numbers"),
        ([[[1, 2]]], [[1, 2]], r"spike_clusters\[0\]"),
        ([[1]], "x", "amplitude_vectors must be an array of numbers"),
    ],
)
def test_a_segment_that_does_not_fit_together_is_refused(spikes, vectors, words):
    with pytest.raises(ValueError, match=words):
        SortedSegment(0, 10, spikes, vectors)


@pytest.mark.parametrize(
    ("start", "duration", "words"),
    [
        ("a", 10, "start_time must be a whole number of samples, not 'a'"),
        (0, 1.5, "duration must be a whole number of samples, not 1.5"),
        (0, -1, "duration must be 0 samples or more, not -1"),
    ],
)
def test_times_of_a_segment_are_whole_samples(start, duration, words):
    with pytest.raises(ValueError, match=words):
        SortedSegment(start, duration, [], np.zeros((0, 2)))


# ---------------------------------------------------------------- a recording


def test_times_and_boundaries():
    made = recording([20], [20], start=-500)
    assert (made.start_time(), made.end_time()) == (-500, 1500)
    assert made.segment_boundaries() == [(-500, 500), (500, 1500)]
    assert all(type(time) is int for pair in made.segment_boundaries() for time in pair)
    assert made.probe_geometry.dtype == np.float32 and len(made.assignment_chain) == 1


def test_an_id_is_valid_when_its_chain_reaches_the_last_segment(crossing):
    assert crossing.cluster_ids() == {0, 2} and len(crossing) == 2
    assert all(type(one) is int for one in crossing.cluster_ids())
    assert [crossing.valid_cluster_id(k) for k in (0, 1, 2, 3, -1)] == [True, False, True, False, False]
    assert "3 segments" in repr(crossing) and "2 units" in repr(crossing)


@pytest.mark.parametrize("wrong", ["0", 0.0, None, True, False, np.True_, [0], np.array([0]), (0,)])
def test_other_types_are_no_ids(crossing, wrong):
    assert crossing.valid_cluster_id(wrong) is False
    for method in (crossing.spikes, crossing.amplitude_vectors):
        with pytest.raises(ValueError, match="is not the id of a cluster followed through every segment"):
            method(wrong)


@pytest.mark.parametrize("right", [2, np.int64(2), np.uint8(2), np.array(2)])
def test_whole_numbers_of_any_kind_are_ids(crossing, right):
    assert crossing.valid_cluster_id(right) is True
    np.testing.assert_array_equal(crossing.spikes(right), crossing.spikes(2))


def test_spikes_follow_the_chain(crossing):
    # cluster 0 is cluster 1 of the second segment and 1 of the third
    expected = [*range(0, 1000, 100), *range(1001, 2000, 100), *range(2001, 3000, 100)]
    assert crossing.spikes(0).tolist() == expected
    assert crossing.spikes(2).tolist()[10] == 1000, "cluster 2 is cluster 0 of the second segment"
    assert crossing.all_spikes().keys() == {0, 2}
    np.testing.assert_array_equal(crossing.all_spikes()[0], crossing.spikes(0))
    with pytest.raises(ValueError, match=r"1 is not the id .* cluster_ids\(\) gives the 2 valid ones"):
        crossing.spikes(1)


def test_amplitude_vectors_have_one_row_for_each_segment(crossing):
    vectors = crossing.amplitude_vectors(2)
    assert vectors.shape == (3, 8) and vectors.dtype == np.float32
    assert vectors.argmax(axis=1).tolist() == [5, 5, 5]
    assert crossing.amplitude_vectors(0).argmax(axis=1).tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="1 is not the id"):
        crossing.amplitude_vectors(1)


def test_split_gives_each_segment_alone_with_ids_of_its_own(crossing):
    parts = crossing.split_into_segments()
    assert [part.segment_boundaries() for part in parts] == [[pair] for pair in crossing.segment_boundaries()]
    assert parts[1].cluster_ids() == {0, 1, 2}
    np.testing.assert_array_equal(parts[1].spikes(1), crossing.sorted_segments[1].spike_clusters[1])


def test_a_recording_without_a_unit_is_fine():
    made = recording([], [20], links=[[]])
    assert len(made) == 0 and made.all_spikes() == {} and made.cluster_ids() == set()


@pytest.mark.parametrize(
    ("segments", "links", "words"),
    [
        ([], [], "at least one segment"),
        ([segment(0, [20])], [[0]], "assignment_chain must have one entry between each two segments: 0, not 1"),
        ([segment(0, [20]), segment(1000, [20])], [], "1, not 0"),
        ([segment(0, [20]), segment(999, [20])], [[0]], "ends at sample 1000.* starts at sample 999"),
        ([segment(0, [20]), segment(1000, [20])], [[1]], r"assignment_chain\[0\]"),
        ([segment(0, [20]), segment(1000, [20])], [[-2]], r"assignment_chain\[0\]"),
        ([segment(0, [20]), segment(1000, [20])], [[0, 0]], "must hold 1 numbers"),
        ([segment(0, [20, 60]), segment(1000, [20])], [[0, 0]], "each at most once"),
        ([segment(0, [20]), segment(1000, [20])], [[0.5]], "assignment_chain must be a list of arrays of whole"),
        ([segment(0, [20])], None, "assignment_chain must be a list"),
        ([1, 2], [[0]], "sorted_segments must be a list of SortedSegment"),
        (None, [], "sorted_segments must be a list of SortedSegment"),
        ([SortedSegment(0, 10, [[1]], [[1, 2]])], [], r"sorted_segments\[0\] must have the shape \(1, 8\)"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(segments, links, words):
    with pytest.raises(ValueError, match=words):
        SortedRecording(segments, links, GEOMETRY)


# ---------------------------------------------------------------- merging


def test_merging_keeps_everything_and_links_last_with_first():
    first = recording([20, 80], [30, 90])
    second = recording([90, 30, 140], [90, 30, 140], start=5000)
    merged = merge_recordings([first, second])
    assert merged.segment_boundaries() == first.segment_boundaries() + second.segment_boundaries()
    assert all(
        one is other
        for one, other in zip(merged.sorted_segments, first.sorted_segments + second.sorted_segments, strict=True)
    )
    assert [links.tolist() for links in merged.assignment_chain] == [[0, 1], [1, 0], [0, 1, 2]]
    assert merged.cluster_ids() == {0, 1}
    np.testing.assert_array_equal(merged.spikes(0), np.r_[first.spikes(0), second.spikes(1)])


@pytest.mark.parametrize("max_drift", [0, 30])
def test_the_link_is_the_one_of_the_method(max_drift):
    first, second = recording([20, 60]), recording([85, 45], start=1000)
    merged = merge_recordings((first, second), max_drift=max_drift)
    vectors = [one.sorted_segments[0].amplitude_vectors for one in (first, second)]
    np.testing.assert_array_equal(merged.assignment_chain[0], find_optimal_assignment(*vectors, GEOMETRY, max_drift))


def test_one_recording_merged_is_itself_and_three_are_a_chain():
    parts = [recording([20, 80], start=LENGTH * place) for place in range(3)]
    alone = merge_recordings(parts[:1])
    assert alone.segment_boundaries() == parts[0].segment_boundaries() and len(alone) == 2
    assert [links.tolist() for links in merge_recordings(parts).assignment_chain] == [[0, 1], [0, 1]]


def test_splitting_and_merging_again_gives_the_same_units():
    whole = recording([20, 80, 120], [25, 85, 125], [30, 90, 130])
    again = merge_recordings(whole.split_into_segments())
    assert again.cluster_ids() == whole.cluster_ids()
    for one in whole.cluster_ids():
        np.testing.assert_array_equal(again.spikes(one), whole.spikes(one))


OTHER_PROBE = recording([20], start=9000, geometry=GEOMETRY + 1)


@pytest.mark.parametrize(
    ("recordings", "words"),
    [
        ([], "at least one SortedRecording"),
        (None, "must be a list"),
        (recording([20]), "must be a list"),
        ([recording([20]), "x"], r"sorted_recordings\[1\] must be a SortedRecording, not str"),
        ([recording([20]), recording([20], start=1000), OTHER_PROBE], r"sorted_recordings\[2\] has another probe"),
        ([recording([20]), recording([20], start=2000), recording([20], start=2500)],
         r"sorted_recordings\[1\] ends at sample 3000, sorted_recordings\[2\] starts at sample 2500"),
        ([recording([20], start=5000), recording([20])], "time order"),
    ],
)  # fmt: skip
def test_what_cannot_be_merged_is_named_by_its_place(recordings, words):
    with pytest.raises(ValueError, match=words):
        merge_recordings(recordings)


@pytest.mark.parametrize("wrong", [-1, "30", None, float("nan"), True])
def test_the_drift_is_checked_in_both_even_when_it_is_not_needed(wrong):
    with pytest.raises(ValueError, match="max_drift"):
        merge_recordings([recording([20])], max_drift=wrong)
    with pytest.raises(ValueError, match="max_drift"):
        map_clusters(recording([20]), recording([20]), max_drift=wrong)


# ---------------------------------------------------------------- mapping


def test_ids_are_mapped_by_the_first_segments_and_only_valid_ones():
    source = recording([20, 60, 100], [20, 60], links=[[0, -1, 1]])
    target = recording([140, 105, 65, 25], [105, 25], links=[[-1, 0, -1, 1]])
    mapping = map_clusters(source, target)
    assert mapping == {0: 3, 2: 1}, "1 is not followed in the source, its partner 2 not in the target"
    assert all(type(one) is int for pair in mapping.items() for one in pair)


def test_a_partner_that_is_not_followed_is_left_out():
    source = recording([20, 60])
    target = recording([60, 20], [60], links=[[0, -1]])
    assert map_clusters(source, target) == {1: 0}


def test_a_recording_mapped_to_itself_is_the_identity(crossing):
    assert map_clusters(crossing, crossing) == {0: 0, 2: 2}


def test_recordings_without_units_map_to_nothing():
    assert map_clusters(recording([]), recording([20])) == {}
    assert map_clusters(recording([20]), recording([])) == {}


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("x", recording([20]), "source must be a SortedRecording, not str"),
        (recording([20]), None, "target must be a SortedRecording, not NoneType"),
        (recording([20]), OTHER_PROBE, "target has another probe than source: the same 8 channels, but at other"),
    ],
)
def test_what_cannot_be_mapped_is_refused(source, target, words):
    with pytest.raises(ValueError, match=words):
        map_clusters(source, target)


def test_any_two_segments_can_be_compared():
    source = recording([20, 60], [60, 100])
    target = recording([100, 60], [20, 60])
    assert compare_recordings(source, target).assignment.tolist() != [0, 1]
    assert compare_recordings(source, target, source_segment=-1).assignment.tolist() == [1, 0]
    assert compare_recordings(source, target, source_segment=0, target_segment=1).assignment.tolist() == [0, 1]
    same = compare_recordings(source, source, source_segment=0, target_segment=np.int64(1))
    assert len(same.assignment) == 2 and len(same.shifts) == 13


@pytest.mark.parametrize(
    ("segments", "words"),
    [
        ({"source_segment": 1}, "source_segment must be between -1 and 0, not 1"),
        ({"target_segment": -3}, "target_segment must be between -2 and 1, not -3"),
        ({"target_segment": 0.5}, "target_segment must be a whole number, not 0.5"),
        ({"source_segment": "last"}, "source_segment must be a whole number"),
    ],
)
def test_a_segment_that_is_not_there_is_refused(segments, words):
    with pytest.raises(ValueError, match=words):
        compare_recordings(recording([20]), recording([20], [20]), **segments)
