"""Every unit that was followed, also those that were not found in the whole recording.

`SortedRecording.cluster_ids()` names only what a chain of links leads through every segment. A person must see the
rest too: where a unit begins, where it was missed, and where it was lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from spikesift_core.links import SegmentLinks, chains_of

if TYPE_CHECKING:
    from spikesift_core.results import SortedRecording, SortedSegment

KEPT_SHARE = 0.45  # of the segments: of 100 units 6 match no true one; at 0.34 there are 9, at 0.25 there are 12


@dataclass(frozen=True)
class Track:
    """Clusters of several segments that are one unit.

    Attributes
    ----------
    id : for a track that starts in the first segment its cluster index there (the published cluster id); later ones
        get the next free numbers in order of appearance.
    members : (segment, cluster) in time order. A chain (`chains`) has one in each of consecutive segments; a unit that
        was followed over gaps has none in some segments, and can have several in others.
    """

    id: int
    members: tuple[tuple[int, int], ...]

    @cached_property
    def segments(self) -> tuple[int, ...]:
        """The segments it was found in, each once."""
        return tuple(dict.fromkeys(segment for segment, _ in self.members))

    def __hash__(self) -> int:
        return hash((self.id, len(self.members), self.members[:1]))  # all members would take long, again and again

    def followed_throughout(self, recording: SortedRecording) -> bool:
        """Whether it was found in every segment."""
        return len(self.segments) == len(recording.sorted_segments)


def tracks(recording: SortedRecording) -> list[Track]:
    """All units in order of id, as they were followed over gaps, or else as chains of links.

    Every cluster of every segment belongs to exactly one.

    Raises
    ------
    ValueError
        For anything that is not a SortedRecording.
    """
    require_sorted("recording", recording)
    return chains(recording) if recording.followed is None else list(recording.followed)


def require_sorted(name: str, value) -> None:
    """Raise ValueError, with the name of the argument, for anything that is not a SortedRecording."""
    if not hasattr(value, "sorted_segments"):  # the class itself is made further up
        raise ValueError(f"{name} must be a SortedRecording, not {type(value).__name__}.")


def check_followed(followed: tuple[Track, ...], segments: Sequence[SortedSegment]) -> None:
    """Raise ValueError if `followed` does not hold every cluster of the segments exactly once."""
    ids = [track.id for track in followed]
    if ids != sorted(set(ids)) or min(ids, default=0) < 0:
        raise ValueError(f"followed must hold units in order of their ids, each id once and not negative; ids: {ids}.")
    sizes = np.array([len(segment) for segment in segments])
    flat = [np.fromiter(chain.from_iterable(track.members), np.int64).reshape(-1, 2) for track in followed]
    members = np.concatenate([np.zeros((0, 2), np.int64), *flat])
    place, cluster = members.T
    known = (place >= 0) & (place < len(sizes)) & (cluster >= 0)
    known[known] &= cluster[known] < sizes[place[known]]
    width = int(sizes.max(initial=0)) + 1
    found = np.unique(place[known] * width + cluster[known])
    in_order = all(len(one) and (np.diff(one[:, 0] * width + one[:, 1]) > 0).all() for one in flat)
    if not (len(found) == len(members) == sizes.sum() and in_order):
        raise ValueError(
            f"followed must hold every cluster of every segment in exactly one unit, in time order; there are "
            f"{sizes.sum()} clusters, and it holds {len(found)} of them in {len(members)} members."
        )


def owners_of(found: Sequence[Track]) -> dict[tuple[int, int], int]:
    """(segment, cluster) to the id of the unit it belongs to."""
    return {member: track.id for track in found for member in track.members}


def kept(found: Sequence[Track], segments: Sequence[SortedSegment], share: float = KEPT_SHARE) -> tuple[Track, ...]:
    """Those found in at least `share` of the segments."""
    return tuple(track for track in found if len(track.segments) >= share * len(segments))


def throughout(recording: SortedRecording) -> tuple[Track, ...]:
    """The units found in every segment: what a person is told. `cluster_ids()` are the chains that no gap was bridged
    in and nothing was joined to, as published; without followed units the two are the same."""
    return kept(tracks(recording), recording.sorted_segments, 1.0)


def chains(recording: SortedRecording) -> list[Track]:
    """The chains of links between neighbouring segments, in order of id; none bridges a gap."""
    paths: list[list[tuple[int, int]]] = [[(0, k)] for k in range(len(recording.sorted_segments[0]))]
    owner = list(range(len(paths)))
    for index, links in enumerate(recording.assignment_chain):
        following = recording.sorted_segments[index + 1]
        next_owner = [-1] * len(following)
        for cluster, partner in enumerate(links):
            if partner >= 0:
                next_owner[partner] = owner[cluster]
                paths[owner[cluster]].append((index + 1, int(partner)))
        for cluster, number in enumerate(next_owner):
            if number < 0:
                next_owner[cluster] = len(paths)
                paths.append([(index + 1, cluster)])
        owner = next_owner
    return [Track(number, tuple(members)) for number, members in enumerate(paths)]


def followed_so_far(links: Sequence[SegmentLinks] | None) -> tuple[Track, ...] | None:
    """Units that links over gaps lead through the segments; None where units were not followed over gaps."""
    if not links or not links[-1].over_gaps:
        return None
    return tuple(Track(number, tuple(members)) for number, members in enumerate(chains_of(links)))


def track_spikes(recording: SortedRecording, track: Track) -> np.ndarray:
    """All spike times of a track, (n,) int64, samples, sorted."""
    trains = [recording.sorted_segments[s].spike_clusters[k] for s, k in track.members]
    spikes = np.concatenate(trains).astype(np.int64)
    return spikes if len(trains) == len(track.segments) else np.sort(spikes)


def track_amplitudes(recording: SortedRecording, track: Track) -> np.ndarray:
    """Its amplitude vector in each of its segments, (segments, channels) float32.

    Where it has several clusters in one segment, their mean weighted by their spikes.
    """
    segments = recording.sorted_segments
    vectors = np.empty((len(track.segments), len(recording.probe_geometry)), np.float32)
    if len(track.members) == len(vectors):
        for row, (segment, cluster) in enumerate(track.members):
            vectors[row] = segments[segment].amplitude_vectors[cluster]
        return vectors
    clusters: dict[int, list[int]] = {}
    for segment, cluster in track.members:
        clusters.setdefault(segment, []).append(cluster)
    for row, (segment, found) in enumerate(clusters.items()):
        vectors[row] = _mean_vector(segments[segment], found)
    return vectors


def _mean_vector(segment: SortedSegment, clusters: list[int]) -> np.ndarray:
    if len(clusters) == 1:
        return segment.amplitude_vectors[clusters[0]]
    sizes = [max(1, len(segment.spike_clusters[cluster])) for cluster in clusters]
    return np.average(segment.amplitude_vectors[clusters], axis=0, weights=sizes).astype(np.float32)
