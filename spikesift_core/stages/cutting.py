"""What the second look found, put into the result: clusters cut in two, and the links and units that go with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spikesift_core.links import ARRAYS, NOWHERE, OF_LOST, SegmentLinks
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.stages.second_look import Cut
from spikesift_core.tracks import Track


def with_cuts(
    recording: SortedRecording, cuts: Sequence[Cut], components: np.ndarray, noise: Sequence[np.ndarray]
) -> SortedRecording:
    """The recording with clusters cut.

    Parameters
    ----------
    recording : with followed units and links.
    cuts : at most one for each cluster, and one for each unit and segment, where the unit was not found.
    components : (components, samples) float32. noise : for each segment (channels,) float32.
    """
    segments = list(recording.sorted_segments)
    links = list(recording.links)
    members = {track.id: list(track.members) for track in recording.followed}
    for cut in sorted(cuts, key=lambda cut: (cut.segment, cut.cluster)):
        new = len(segments[cut.segment])
        _link(links, cut, members[cut.unit], new)
        segments[cut.segment] = _cut_segment(segments[cut.segment], cut, links, components, noise[cut.segment])
        members[cut.unit] = sorted([*members[cut.unit], (cut.segment, new)])
    followed = tuple(Track(unit, tuple(found)) for unit, found in members.items())
    chain = _chain(recording.assignment_chain, segments, members, cuts)
    kept = {"followed": followed, "links": links, "excluded": recording.excluded}
    return SortedRecording(segments, chain, recording.probe_geometry, **kept)


def _cut_segment(
    segment: SortedSegment, cut: Cut, links: list[SegmentLinks], components: np.ndarray, noise: np.ndarray
) -> SortedSegment:
    """With the cluster's remaining spikes in its place and those taken as the last cluster."""
    times, before = segment.spike_clusters[cut.cluster], links[cut.segment].moved[cut.cluster]
    taken = np.clip(times[cut.taken] - before + cut.moved, segment.start_time, segment.end_time - 1)
    trains = [*segment.spike_clusters, taken]
    trains[cut.cluster] = times[~cut.taken]
    share = cut.taken.mean()
    depths = -(cut.means @ components).min(axis=2)  # (2, k), in noise deviations
    whole = -((cut.means[0] * (1 - share) + cut.means[1] * share) @ components).min(axis=1)
    vectors = np.repeat(segment.amplitude_vectors[[cut.cluster]], 2, axis=0)
    vectors[:, cut.channels] += (depths - whole) * noise[cut.channels]
    vectors = np.maximum(vectors, 0)
    all_vectors = np.concatenate([segment.amplitude_vectors, vectors[1:]])
    all_vectors[cut.cluster] = vectors[0]
    return SortedSegment(segment.start_time, segment.duration, trains, all_vectors)


def _link(links: list[SegmentLinks], cut: Cut, members: list[tuple[int, int]], new: int) -> None:
    """Put the new cluster between its unit's clusters before and after it."""
    earlier = [member for member in members if member[0] < cut.segment]
    one = links[cut.segment]
    row = {name: NOWHERE if kind is np.int64 else np.nan for name, (kind, _) in ARRAYS.items() if name not in OF_LOST}
    row |= {"before": earlier[-1] if earlier else (NOWHERE, NOWHERE), "nearest": (NOWHERE, NOWHERE)}
    row |= {"costs": cut.difference if earlier else np.nan, "moved": cut.moved, "cut_from": cut.cluster}
    grown = {
        name: np.concatenate([getattr(one, name), np.array([value], ARRAYS[name][0])]) for name, value in row.items()
    }
    found = np.array([tuple(unit) not in set(earlier) for unit in one.lost.tolist()], bool)
    links[cut.segment] = replace(one, **grown, **{name: getattr(one, name)[found] for name in OF_LOST})
    later = sorted({segment for segment, _ in members if segment > cut.segment})
    if later:
        after = links[later[0]]
        rows = [k for k, unit in enumerate(after.before.tolist()) if tuple(unit) in set(earlier)]
        if rows:
            before = after.before.copy()
            before[rows[0]] = cut.segment, new
            links[later[0]] = replace(after, before=before)


def _chain(chain, segments, members, cuts: Sequence[Cut]) -> list[np.ndarray]:
    """Links between neighbouring segments, with those of the new clusters."""
    chain = [
        np.concatenate([link, np.full(len(segment) - len(link), -1, np.int64)])
        for link, segment in zip(chain, segments, strict=False)
    ]
    for unit, segment in sorted({(cut.unit, cut.segment) for cut in cuts}):
        for first in (segment - 1, segment):
            here, there = ([k for at, k in members[unit] if at == place] for place in (first, first + 1))
            free = [k for k in here if 0 <= first < len(chain) and chain[first][k] < 0]
            untaken = [k for k in there if 0 <= first < len(chain) and k not in chain[first]]
            if free and untaken:
                chain[first][free[0]] = untaken[0]
    return chain
