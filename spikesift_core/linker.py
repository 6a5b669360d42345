"""From sorted segments to units: each segment is linked to those before it, as soon as it is sorted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from spikesift_core.linking import match_clusters
from spikesift_core.links import SegmentLinks, first_links, links_of_match
from spikesift_core.probe_contacts import ProbeLayout
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.stages.following import Follower
from spikesift_core.stages.units import Shapes

if TYPE_CHECKING:
    from spikesift_core.sorting import Plan, SegmentSorted


def retimed(segment: SortedSegment, moved: np.ndarray) -> SortedSegment:
    """The segment with the spikes of each cluster moved by so many samples, but not out of it."""
    if not moved.any():
        return segment
    last = segment.end_time - 1
    trains = [
        np.clip(times + samples, segment.start_time, last)
        for times, samples in zip(segment.spike_clusters, moved.tolist(), strict=True)
    ]
    return SortedSegment(segment.start_time, segment.duration, trains, segment.amplitude_vectors)


class Linker:
    """Links each segment to the one before: neighbours only (published), or units followed over gaps."""

    def __init__(self, plan: Plan):
        self.plan, self.geometry, self.reach = plan, plan.recording.probe_geometry, plan.values["max_drift"]
        self.living = plan.recording.channel_numbers
        self.follower = None if plan.around is None else Follower(self.geometry, self.reach)
        self.last: SortedSegment | None = None
        self.last_units = np.empty(0, np.int64)
        self.links: list[SegmentLinks] = []

    def link(self, segment: SortedSegment, shapes: Shapes | None) -> tuple[np.ndarray | None, SegmentLinks]:
        """(clusters of the segment before,) int64, the cluster of this one or -1, None for the first; and the links."""
        before, self.last = self.last, segment
        assignment, links = self._neighbours(before, segment) if shapes is None else self._follow(shapes)
        self.links.append(links)
        return None if before is None else assignment, links

    def _follow(self, shapes: Shapes) -> tuple[np.ndarray, SegmentLinks]:
        units = self.follower.add(shapes.templates, shapes.others, shapes.lags)
        place = {int(unit): cluster for cluster, unit in enumerate(units)}
        assignment = [place.get(int(unit), -1) for unit in self.last_units]
        self.last_units = units
        return np.array(assignment, np.int64), self.follower.links[-1]

    def _neighbours(self, before: SortedSegment | None, segment: SortedSegment) -> tuple[np.ndarray, SegmentLinks]:
        if before is None:
            return np.empty(0, np.int64), first_links(len(segment))
        vectors = [np.ascontiguousarray(one.amplitude_vectors[:, self.living]) for one in (before, segment)]
        match = match_clusters(*vectors, self.geometry, self.reach)
        return match.assignment, links_of_match(match, len(self.links) - 1, self.links[-1].position)

    def finish(self, found: list[SegmentSorted], probe: ProbeLayout) -> SortedRecording:
        """The whole result, of the whole probe: units that are parts of one joined."""
        segments, links, followed = [event.segment for event in found], self.links, None
        assignments = [event.assignment for event in found[1:]]
        kept = {"excluded": self.plan.excluded}
        if self.follower is None:
            return SortedRecording(segments, assignments, probe, links=links, **kept)
        followed, moves = self.follower.finish(segments)
        segments = [retimed(segment, move) for segment, move in zip(segments, moves, strict=True)]
        links = [replace(one, moved=one.moved + move) for one, move in zip(links, moves, strict=True)]
        return SortedRecording(segments, assignments, probe, followed=followed, links=links, **kept)
