"""A unit that was taken for another one in a segment is told from it by its template from other segments."""

import numpy as np
import pytest

from spikesift_core.links import chains_of, checked_links
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.stages.clouds import KEPT_AXES, Cloud
from spikesift_core.stages.cutting import with_cuts
from spikesift_core.stages.following import Follower
from spikesift_core.stages.second_look import APART, two_parts
from spikesift_core.unit_history import unit_history

LENGTH = 300_000
PROBE = np.column_stack([np.resize([0.0, 32.0], 16), np.arange(16) // 2 * 20.0]).astype(np.float32)
CHANNELS = np.arange(3, 13)
NOISE = np.full(16, 2.0, np.float32)
COMPONENTS = np.eye(3, 20, 5, dtype=np.float32) * -1


def template(place, shape):
    apart = np.linalg.norm(PROBE - place, axis=1)
    return (np.exp(-(apart**2) / (2 * 28.0**2))[:, None] * np.array(shape)).astype(np.float32)


A, B = template([10, 64], [40, 10, 0]), template([20, 80], [26, -12, 6])


def points(template, count, rng):
    """Features of spikes on `CHANNELS`, in noise deviations."""
    return (template[CHANNELS] / 2 + rng.normal(0, 1, (count, len(CHANNELS), 3))).astype(np.float32)


def test_a_cloud_keeps_the_points_but_for_the_noise_off_its_axes():
    rng = np.random.default_rng(0)
    features = np.concatenate([points(A, 60, rng), points(B, 30, rng)])
    cloud = Cloud.of(features, CHANNELS)
    assert cloud.places.shape == (90, KEPT_AXES)
    back = cloud.points()
    flat = features.reshape(90, -1)
    np.testing.assert_allclose(back.mean(axis=0), flat.mean(axis=0), atol=1e-2)
    assert ((back - flat) ** 2).mean() < 1
    np.testing.assert_allclose(cloud.axes @ cloud.axes.T, np.eye(KEPT_AXES), atol=1e-5)
    axis = (A - B)[CHANNELS].ravel() / np.linalg.norm(A - B)
    np.testing.assert_allclose(back @ axis, flat @ axis, atol=2.0)
    assert len(Cloud.of(features[:1], CHANNELS).points()) == 1


@pytest.mark.parametrize("seed", range(5))
def test_two_units_are_cut_and_one_is_not(seed):
    rng = np.random.default_rng(seed)
    both = np.concatenate([points(A, 80, rng), points(B, 30, rng)]).reshape(110, -1)
    templates = np.stack([A[CHANNELS].ravel(), B[CHANNELS].ravel()]) / 2
    taken, difference, means = two_parts(both, templates, 30)
    assert (taken == (np.arange(110) >= 80)).mean() > 0.98
    assert difference < 0.2
    np.testing.assert_allclose(means, templates, atol=1.2)
    assert two_parts(both[:80], templates, 30) is None
    assert two_parts(both, templates, 1000) is None  # it fires far more elsewhere
    near = np.stack([templates[0], templates[0] * 0.95])
    assert two_parts(both[:80], near, 30) is None  # halves of one cluster
    assert APART > 2.65


def linked():
    """Three segments: A and B, A with the spikes of B in it, and B and A. The result, the follower, and all clouds."""
    rng = np.random.default_rng(7)
    counts = [(80, 30), (110,), (40, 70)]
    templates = [[A, B], [(A * 80 + B * 30) / 110], [B, A]]
    clouds = [
        [Cloud.of(points(A, 80, rng), CHANNELS), Cloud.of(points(B, 30, rng), CHANNELS)],
        [Cloud.of(np.concatenate([points(A, 80, rng), points(B, 30, rng)]), CHANNELS)],
        [Cloud.of(points(B, 40, rng), CHANNELS), Cloud.of(points(A, 70, rng), CHANNELS)],
    ]
    segments = [
        SortedSegment(
            LENGTH * i,
            LENGTH,
            [LENGTH * i + np.sort(rng.integers(0, LENGTH, n)) for n in sizes],
            np.array([np.abs(one).max(axis=1) for one in found]),
        )
        for i, (sizes, found) in enumerate(zip(counts, templates, strict=True))
    ]
    follower = Follower(PROBE, 0)
    for found in templates:
        follower.add(np.array(found))
    assert chains_of(follower.links) == [[(0, 0), (1, 0), (2, 1)], [(0, 1), (2, 0)]]
    tracks, moves = follower.finish(segments)
    chain = [np.array([0, -1]), np.array([1])]
    whole = SortedRecording(segments, chain, PROBE, followed=tracks, links=follower.links)
    return whole, follower.second_look(tracks, moves, segments), clouds


def cuts(look, clouds):
    return [cut for i, one in enumerate(clouds) for cut in look.cuts(i, 0.0, LENGTH, NOISE, one)]


def test_a_missing_unit_is_found_in_the_cluster_of_its_neighbour():
    whole, look, clouds = linked()
    (cut,) = cuts(look, clouds)
    assert (cut.segment, cut.cluster, cut.unit, cut.moved) == (1, 0, 1, 0)
    assert cut.taken[80:].mean() > 0.95
    assert cut.taken[:80].mean() < 0.03
    result = with_cuts(whole, [cut], COMPONENTS, [NOISE] * 3)
    assert [track.members for track in result.followed] == [((0, 0), (1, 0), (2, 1)), ((0, 1), (1, 1), (2, 0))]
    assert result.cluster_ids() == {0, 1}
    before, after = whole.sorted_segments[1].spike_clusters[0], result.sorted_segments[1].spike_clusters
    np.testing.assert_array_equal(after[0], before[~cut.taken])
    np.testing.assert_array_equal(after[1], before[cut.taken])
    largest = [vector.argmax() for vector in result.sorted_segments[1].amplitude_vectors]
    assert largest == [np.abs(A).max(axis=1).argmax(), np.abs(B).max(axis=1).argmax()]
    checked_links(result.links, [2, 2, 2])
    assert result.links[1].cut_from.tolist() == [-1, 0]
    history = unit_history(result, 1)
    assert history.absences == ()
    assert [step.before for step in history.steps] == [None, 0, 1]
    assert history.steps[1].words == "found in a second look among the spikes of unit 0"
    assert whole.sorted_segments[1].spike_clusters[0] is before


def test_spikes_that_were_retimed_are_cut_by_their_own_time():
    whole, look, clouds = linked()
    (cut,) = cuts(look, clouds)
    moved = [np.zeros(2, int), np.array([6]), np.zeros(2, int)]
    links = [type(one)(**{**vars(one), "moved": move}) for one, move in zip(whole.links, moved, strict=True)]
    later = SortedRecording(whole.sorted_segments, whole.assignment_chain, PROBE, followed=whole.followed, links=links)
    result = with_cuts(later, [cut], COMPONENTS, [NOISE] * 3)
    times = whole.sorted_segments[1].spike_clusters[0][cut.taken]
    np.testing.assert_array_equal(result.sorted_segments[1].spike_clusters[1], np.maximum(times - 6, LENGTH))


def test_a_unit_known_from_too_few_segments_is_not_looked_for():
    _, look, clouds = linked()
    assert look.known == 1  # of three segments
    look.known = 3
    assert cuts(look, clouds) == []
