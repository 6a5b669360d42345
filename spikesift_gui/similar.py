"""Which units of a result are like one of them. Knows no Qt."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from spikesift_core.results import SortedRecording
from spikesift_core.tracks import Track
from spikesift_gui.state import Result

KEPT = 4  # results


def most_alike(result: Result, unit: int) -> list[int]:
    """Ids of all other units, the most alike first: by the difference of their mean amplitude vectors as a share of the
    larger one, which is what segments are linked by."""
    ids, vectors = _vectors(result.sorted_recording, result.tracks)
    here = vectors[ids.index(unit)]
    norms = np.maximum(np.linalg.norm(vectors, axis=1), np.linalg.norm(here))
    costs = np.linalg.norm(vectors - here, axis=1) / np.where(norms > 0, norms, 1)
    return [ids[place] for place in np.argsort(costs, kind="stable").tolist() if ids[place] != unit]


@lru_cache(KEPT)
def _vectors(recording: SortedRecording, tracks: tuple[Track, ...]) -> tuple[list[int], np.ndarray]:
    """Ids, and the mean amplitude vector of each, (units, channels) float32."""
    segments = recording.sorted_segments
    owners = [np.zeros(len(segment), np.int64) for segment in segments]
    for place, track in enumerate(tracks):
        for segment, cluster in track.members:
            owners[segment][cluster] = place
    sums = np.zeros((len(tracks), len(recording.probe_geometry)), np.float32)
    for segment, owner in zip(segments, owners, strict=True):
        if len(segment):
            np.add.at(sums, owner, segment.amplitude_vectors)
    counts = np.array([len(track.members) for track in tracks])
    return [track.id for track in tracks], sums / counts[:, None]
