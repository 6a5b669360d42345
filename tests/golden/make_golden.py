"""Sort the golden recordings with the published package and keep the results.

Run in an environment of its own that has the published package (`pip install spikesift==0.1.1`):

    python tests/golden/make_golden.py

Writes NAME.npz beside this file: segment bounds, spike times and clusters, amplitude vectors, links, and the hash of
the recording.
"""

from __future__ import annotations

import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import spikesift
from recordings import CASES, fingerprint, probe, signal

HERE = Path(__file__).resolve().parent


def sort_published(name, folder):
    """Result of the published package for one case."""
    channels, columns, rate, _, _, kind, arguments = CASES[name]
    file = Path(folder) / f"{name}.bin"
    signal(name).tofile(file)
    recording = spikesift.Recording(
        binary_file=str(file), data_type=kind, probe_geometry=probe(channels, columns), sampling_frequency=rate
    )
    return spikesift.perform_spike_sorting(recording, verbose=False, **arguments)


def arrays(result):
    """The result as arrays: one row per cluster, segment after segment, in the order they were found."""
    segments = result.sorted_segments
    clusters = [(number, spikes) for number, s in enumerate(segments) for spikes in s.spike_clusters]
    return {
        "starts": np.array([s.start_time for s in segments]),
        "durations": np.array([s.duration for s in segments]),
        "segment_of_cluster": np.array([number for number, _ in clusters]),
        "spikes_in_cluster": np.array([len(spikes) for _, spikes in clusters]),
        "times": np.concatenate([spikes for _, spikes in clusters]).astype(np.int32),
        "amplitude_vectors": np.concatenate([s.amplitude_vectors for s in segments]).astype(np.float32),
        "links": np.concatenate([*result.assignment_chain, np.empty(0)]).astype(np.int32),
        "cluster_ids": np.array(sorted(result.cluster_ids())),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for name in CASES:
            found = arrays(sort_published(name, folder))
            np.savez_compressed(
                HERE / f"{name}.npz", **found, recording=fingerprint(signal(name)), made_with=version("spikesift")
            )
            print(name, len(found["starts"]), "segments", len(found["spikes_in_cluster"]), "clusters")
