"""Small things that several test files need."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikesift_core.links import ARRAYS
from spikesift_core.recording import Recording
from tests.golden.recordings import probe

GOLDEN = Path(__file__).resolve().parent / "golden"
RATE = 20000.0


def write(path, data, rate=RATE, geometry=None, **fields):
    """A recording of data (samples, channels) in a file."""
    data.tofile(path)
    geometry = probe(data.shape[1], 2) if geometry is None else geometry
    return Recording(binary_file=path, data_type=data.dtype, probe_geometry=geometry, sampling_frequency=rate, **fields)


def same(one, other):
    """Two sorted recordings are the same bit for bit, units followed over gaps too."""
    assert one.segment_boundaries() == other.segment_boundaries()
    for a, b in zip(one.assignment_chain, other.assignment_chain, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(one.sorted_segments, other.sorted_segments, strict=True):
        np.testing.assert_array_equal(a.amplitude_vectors, b.amplitude_vectors)
        assert len(a) == len(b)
        for spikes, others in zip(a.spike_clusters, b.spike_clusters, strict=True):
            np.testing.assert_array_equal(spikes, others)
    assert one.followed == other.followed
    for a, b in zip(one.links, other.links, strict=True):
        for name in (*ARRAYS, "shift", "position"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
