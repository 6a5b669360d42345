"""Every chain of linked clusters, also those that were not followed through the whole recording.

`SortedRecording.cluster_ids()` names only what was found in every segment. A person must see the rest too: where a
unit begins, and where it was lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_core.results import SortedRecording


@dataclass(frozen=True)
class Track:
    """One chain of linked clusters.

    Attributes
    ----------
    id : for a track that starts in the first segment its cluster index there (the published cluster id); later ones
        get the next free numbers in order of appearance.
    members : (segment, cluster) in time order.
    """

    id: int
    members: tuple[tuple[int, int], ...]

    @property
    def segments(self) -> tuple[int, ...]:
        """The segments it was found in."""
        return tuple(segment for segment, _ in self.members)

    def followed_throughout(self, recording: SortedRecording) -> bool:
        """Whether it was found in every segment."""
        return len(self.members) == len(recording.sorted_segments)


def tracks(recording: SortedRecording) -> list[Track]:
    """All tracks, in order of id; every cluster of every segment belongs to exactly one."""
    chains: list[list[tuple[int, int]]] = [[(0, k)] for k in range(len(recording.sorted_segments[0]))]
    owner = list(range(len(chains)))
    for index, links in enumerate(recording.assignment_chain):
        following = recording.sorted_segments[index + 1]
        next_owner = [-1] * len(following)
        for cluster, partner in enumerate(links):
            if partner >= 0:
                next_owner[partner] = owner[cluster]
                chains[owner[cluster]].append((index + 1, int(partner)))
        for cluster, number in enumerate(next_owner):
            if number < 0:
                next_owner[cluster] = len(chains)
                chains.append([(index + 1, cluster)])
        owner = next_owner
    return [Track(number, tuple(members)) for number, members in enumerate(chains)]


def track_spikes(recording: SortedRecording, track: Track) -> np.ndarray:
    """All spike times of a track, (n,) int64, samples, sorted."""
    return np.concatenate([recording.sorted_segments[s].spike_clusters[k] for s, k in track.members]).astype(np.int64)


def track_amplitudes(recording: SortedRecording, track: Track) -> np.ndarray:
    """Its amplitude vector in each segment it was found in, (members, channels) float32."""
    return np.stack([recording.sorted_segments[s].amplitude_vectors[k] for s, k in track.members])
