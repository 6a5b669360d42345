"""The benchmark's agreement counts what it says."""

import numpy as np
import pytest
from agreement import agreement

SPIKES = [np.arange(100, 200_000, 1000), np.arange(600, 200_000, 1500)]


def result(segments):
    """Arrays as `run_sorter.flat` writes them; a segment is (bounds, clusters, vectors, links or None)."""
    arrays = {"segments": np.array(len(segments))}
    for i, (bounds, clusters, vectors, links) in enumerate(segments):
        arrays[f"bounds{i}"] = np.array(bounds)
        arrays[f"sizes{i}"] = np.array([len(cluster) for cluster in clusters])
        arrays[f"times{i}"] = np.concatenate(clusters)
        arrays[f"vectors{i}"] = np.array(vectors, np.float32)
        if links is not None:
            arrays[f"links{i}"] = np.array(links)
    return arrays


def two_segments(**changes):
    later = [spikes + 200_000 for spikes in SPIKES]
    first = [(0, 200_000), SPIKES, [[10, 1], [1, 10]], [0, -1]]
    second = [changes.get("bounds", (200_000, 400_000)), later, [[10, 1], [1, 10]], None]
    first[2] = changes.get("vectors", first[2])
    first[1] = changes.get("clusters", first[1])
    first[3] = changes.get("links", first[3])
    return result([first, second])


def test_equal_results_agree_in_everything():
    same = agreement(two_segments(), two_segments())
    assert (same.segments, same.segments_equal, same.clusters, same.clusters_paired) == (2, 2, 4, 4)
    assert (same.links, same.links_equal) == (2, 2)
    assert same.vector_difference == 0


def test_clusters_in_another_order_are_the_same_and_so_are_their_links():
    swapped = two_segments(clusters=SPIKES[::-1], vectors=[[1, 10], [10, 1]], links=[-1, 0])
    same = agreement(two_segments(), swapped)
    assert (same.clusters_paired, same.links_equal, same.vector_difference) == (4, 2, 0)


def test_spikes_one_sample_apart_are_the_same_and_two_are_not():
    for apart, paired in ((1, 4), (2, 3)):
        moved = two_segments(clusters=[SPIKES[0] + apart, SPIKES[1]])
        assert agreement(two_segments(), moved).clusters_paired == paired


@pytest.mark.parametrize(("missing", "paired"), [(2, 4), (3, 3)])
def test_a_cluster_that_lacks_more_than_one_percent_is_another(missing, paired):
    fewer = two_segments(clusters=[SPIKES[0][missing:], SPIKES[1]])
    assert agreement(two_segments(), fewer).clusters_paired == paired


def test_other_links_vectors_and_bounds_are_noticed():
    assert agreement(two_segments(), two_segments(links=[1, -1])).links_equal == 1
    assert agreement(two_segments(), two_segments(links=[0, 1])).links_equal == 1
    changed = agreement(two_segments(), two_segments(vectors=[[10, 2], [1, 10]]))
    assert changed.vector_difference == pytest.approx(0.1)
    moved = agreement(two_segments(), two_segments(bounds=(200_000, 400_001)))
    assert (moved.segments_equal, moved.clusters_paired, moved.links_equal) == (1, 2, 0)
