"""What the tests of sessions are made of: a small recording and segments with chance content."""

from dataclasses import dataclass, field

import numpy as np

from spikesift_core.links import SegmentLinks
from spikesift_core.recording import Recording
from spikesift_core.results import SortedRecording, SortedSegment

GEOMETRY = np.array([[0, 0], [0, 25], [25, 0], [25, 25]])
CHANNELS = 4
SETTINGS = {"min_segment_length": 10.0, "merging_threshold": 0.4}


@dataclass
class Finished:
    """A finished segment, as sorting hands it over."""

    index: int
    segment: SortedSegment
    assignment: np.ndarray | None
    links: SegmentLinks | None = None
    excluded: dict = field(default_factory=dict)


def finished(index, clusters, before, seed=0):
    rng = np.random.default_rng([seed, index])
    spikes = [np.sort(rng.integers(1000 * index, 1000 * (index + 1), rng.integers(0, 30))) for _ in range(clusters)]
    vectors = rng.random((clusters, CHANNELS)).astype(np.float32)
    link = None if index == 0 else rng.permutation(np.r_[np.arange(clusters), [-1] * before])[:before]
    return Finished(index, SortedSegment(1000 * index, 1000, spikes, vectors), link)


def open_recording(path, **options):
    """3000 samples of the four channels in a file."""
    return Recording(
        binary_file=path,
        data_type="int16",
        probe_geometry=GEOMETRY,
        sampling_frequency=24414.0625,
        num_samples=3000,
        **options,
    )


def events(counts=(3, 0, 2, 5)):
    return [finished(i, count, counts[i - 1] if i else 0) for i, count in enumerate(counts)]


def result(found, recording):
    return SortedRecording([e.segment for e in found], [e.assignment for e in found[1:]], recording.probe_geometry)


def assert_same(sorted_recording, found):
    assert len(sorted_recording.sorted_segments) == len(found)
    for segment, event in zip(sorted_recording.sorted_segments, found, strict=True):
        assert (segment.start_time, segment.duration) == (event.segment.start_time, event.segment.duration)
        assert len(segment.spike_clusters) == len(event.segment.spike_clusters)
        for read, wrote in zip(segment.spike_clusters, event.segment.spike_clusters, strict=True):
            np.testing.assert_array_equal(read, wrote)
            assert read.dtype == np.int64
        np.testing.assert_array_equal(segment.amplitude_vectors, event.segment.amplitude_vectors)
    for link, event in zip(sorted_recording.assignment_chain, found[1:], strict=True):
        np.testing.assert_array_equal(link, event.assignment)
