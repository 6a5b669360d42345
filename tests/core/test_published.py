"""The preset "published" gives what the published package gives (golden files: tests/golden/make_golden.py)."""

from __future__ import annotations

import numpy as np
import pytest

import spikesift_core as spikesift
from tests.golden.recordings import CASES, fingerprint, probe, signal
from tests.helpers import GOLDEN


@pytest.fixture(scope="module", params=CASES)
def both(request, tmp_path_factory):
    """(expected arrays, our result) of one case."""
    channels, columns, rate, _, _, kind, arguments = CASES[request.param]
    data = signal(request.param)
    golden = np.load(GOLDEN / f"{request.param}.npz")
    assert fingerprint(data) == str(golden["recording"]), "the recording is not the one that was sorted"
    file = tmp_path_factory.mktemp("golden") / "recording.bin"
    data.tofile(file)
    recording = spikesift.Recording(
        binary_file=file, data_type=kind, probe_geometry=probe(channels, columns), sampling_frequency=rate
    )
    return golden, spikesift.perform_spike_sorting(recording, preset="published", verbose=False, **arguments)


def expected_clusters(golden):
    """For each segment a list of spike times, and the amplitude vectors."""
    trains = np.split(golden["times"], np.cumsum(golden["spikes_in_cluster"])[:-1])
    for number in range(len(golden["starts"])):
        here = golden["segment_of_cluster"] == number
        yield [trains[k] for k in np.flatnonzero(here)], golden["amplitude_vectors"][here]


def shared(train, other):
    """Share of spikes of the longer train that the other one has within 1 sample."""
    return (np.abs(train[:, None] - other[None]).min(axis=1) <= 1).sum() / max(len(train), len(other))


def test_same_segment_boundaries(both):
    golden, ours = both
    assert [s.start_time for s in ours.sorted_segments] == golden["starts"].tolist()
    assert [s.duration for s in ours.sorted_segments] == golden["durations"].tolist()
    assert len(ours.sorted_segments) > 1


def test_clusters_share_their_spikes(both):
    golden, ours = both
    agree = total = 0
    for (trains, _), segment in zip(expected_clusters(golden), ours.sorted_segments, strict=True):
        assert len(segment) == len(trains)
        total += len(trains)
        agree += sum(max(shared(train, mine) for mine in segment.spike_clusters) >= 0.99 for train in trains)
    assert total > 10
    assert agree >= 0.99 * total


def test_amplitude_vectors_are_equal(both):
    golden, ours = both
    for (_, vectors), segment in zip(expected_clusters(golden), ours.sorted_segments, strict=True):
        np.testing.assert_allclose(segment.amplitude_vectors, vectors, rtol=1e-3, atol=1e-3)


def test_same_assignments(both):
    golden, ours = both
    assert np.concatenate(ours.assignment_chain).tolist() == golden["links"].tolist()
    assert sorted(ours.cluster_ids()) == golden["cluster_ids"].tolist()
