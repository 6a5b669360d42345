"""What sorting gives: clusters of segments, linked through time; and how recordings are joined and compared."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from copy import copy

import numpy as np

from spikesift_core.carrying_on import carry_on, comparable, excluded_of
from spikesift_core.deciding import decide, decisions_of_merged
from spikesift_core.decisions import Decision
from spikesift_core.linking import Match, Tried, try_shifts
from spikesift_core.links import SegmentLinks, checked_links
from spikesift_core.parameters import checked
from spikesift_core.probe_contacts import layout
from spikesift_core.sorted_segment import SortedSegment
from spikesift_core.tracks import Track, check_followed, require_sorted
from spikesift_core.unit_links import REFUSED


class SortedRecording:
    """Sorted segments in time order and the links between them. Immutable by convention.

    Parameters
    ----------
    sorted_segments : list of SortedSegment, at least one.
    assignment_chain : list of (clusters of segment i,) int arrays, the cluster of segment i + 1, or -1.
    probe_geometry : (channels, 2) float32, um; or a ProbeLayout, which also keeps shanks and sizes (`probe`).
    followed : units as they were followed over gaps (see `spikesift_core.tracks`), every cluster in exactly one; None
        where only the links between neighbouring segments are known. It has no influence on the methods below.
    excluded : number of each channel that was left out of the sorting, to the reason in words; None is none. Their
        amplitudes are 0.
    links : for each segment how its clusters were linked to earlier ones, with costs and margins (see
        `spikesift_core.unit_history` for the words); None where that was not kept.

    Its `decisions` are what a person decided about its links, () here; `spikesift_core.deciding` applies them.

    A cluster id is an index of the first segment whose chain of links reaches the last segment.

    Raises
    ------
    ValueError
        For segments that overlap or are not in time order, links that do not fit the segments or lead two clusters to
        one, amplitude vectors that do not fit the probe, and followed units that do not hold every cluster once.
    """

    def __init__(self, sorted_segments, assignment_chain, probe_geometry, *, followed=None, links=None, excluded=None):
        self.sorted_segments = _segments(sorted_segments)
        self.assignment_chain = _chain(assignment_chain)
        self.probe = layout(probe_geometry)
        self.probe_geometry = self.probe.positions
        if not self.sorted_segments:
            raise ValueError("sorted_segments must hold at least one segment.")
        if len(self.assignment_chain) != len(self.sorted_segments) - 1:
            raise ValueError(
                f"assignment_chain must have one entry between each two segments: {len(self.sorted_segments) - 1}, "
                f"not {len(self.assignment_chain)}."
            )
        for place, segment in enumerate(self.sorted_segments):
            _check_vectors(segment, place, len(self.probe_geometry))
        for place, link in enumerate(self.assignment_chain):
            _check_link(link, place, *self.sorted_segments[place : place + 2])
        self.followed: tuple[Track, ...] | None = None if followed is None else tuple(followed)
        if self.followed is not None:
            check_followed(self.followed, self.sorted_segments)
        self.excluded: dict[int, str] = dict(excluded or {})
        sizes = [len(segment) for segment in self.sorted_segments]
        self.links: tuple[SegmentLinks, ...] | None = None if links is None else checked_links(links, sizes)
        self.decisions: tuple[Decision, ...] = ()
        self._undecided: SortedRecording | None = None
        self._paths = self._followed_paths()

    @property
    def undecided(self) -> SortedRecording:
        """As it was sorted, before a person decided about links: itself where nobody did (see `deciding.decide`)."""
        return self if self._undecided is None else self._undecided

    def relinked(self, assignment_chain, followed, links, decisions) -> SortedRecording:
        """The same segments with other links, for `deciding.decide`: they are not checked again."""
        made = copy(self)
        made.assignment_chain, made.followed, made.links = list(assignment_chain), tuple(followed), links
        made.decisions, made._undecided = tuple(decisions), self.undecided
        made._paths = made._followed_paths()
        return made

    def __repr__(self) -> str:
        return f"SortedRecording({len(self.sorted_segments)} segments, {len(self)} units followed throughout)"

    def __len__(self) -> int:
        return len(self._paths)

    def _followed_paths(self) -> dict[int, list[int]]:
        """For each valid id its cluster index in every segment."""
        paths = {}
        for first in range(len(self.sorted_segments[0])):
            path = [first]
            for links in self.assignment_chain:
                if path[-1] >= 0:
                    path.append(int(links[path[-1]]))
            if path[-1] >= 0:
                paths[first] = path
        return paths

    def start_time(self) -> int:
        """First sample of the first segment."""
        return self.sorted_segments[0].start_time

    def end_time(self) -> int:
        """First sample after the last segment."""
        return self.sorted_segments[-1].end_time

    def segment_boundaries(self) -> list[tuple[int, int]]:
        """(start, end) of each segment, samples."""
        return [(segment.start_time, segment.end_time) for segment in self.sorted_segments]

    def valid_cluster_id(self, cluster_id) -> bool:
        """Whether it is an id followed through every segment; False for wrong types too."""
        if isinstance(cluster_id, (bool, np.bool_)):
            return False
        try:
            return operator.index(cluster_id) in self._paths
        except TypeError:
            return False

    def cluster_ids(self) -> set[int]:
        """The ids of the units followed through every segment."""
        return set(self._paths)

    def _path(self, cluster_id) -> list[int]:
        if not self.valid_cluster_id(cluster_id):
            raise ValueError(
                f"cluster_id {cluster_id!r} is not the id of a cluster followed through every segment; "
                f"cluster_ids() gives the {len(self)} valid ones."
            )
        return self._paths[operator.index(cluster_id)]

    def spikes(self, cluster_id) -> np.ndarray:
        """All spike times of a unit, samples, sorted.

        Raises
        ------
        ValueError
            For an id that is not in `cluster_ids()`.
        """
        members = zip(self.sorted_segments, self._path(cluster_id), strict=True)
        return np.concatenate([segment.spike_clusters[k] for segment, k in members])

    def amplitude_vectors(self, cluster_id) -> np.ndarray:
        """The unit's amplitude vector in each segment, (segments, channels) float32.

        Raises
        ------
        ValueError
            For an id that is not in `cluster_ids()`.
        """
        path = self._path(cluster_id)
        return np.stack([segment.amplitude_vectors[k] for segment, k in zip(self.sorted_segments, path, strict=True)])

    def all_spikes(self) -> dict[int, np.ndarray]:
        """Id to spike times, for every valid id."""
        return {cluster_id: self.spikes(cluster_id) for cluster_id in self._paths}

    def split_into_segments(self) -> list[SortedRecording]:
        """One SortedRecording for each segment."""
        probe, excluded = self.probe, self.excluded
        return [SortedRecording([segment], [], probe, excluded=excluded) for segment in self.sorted_segments]


def _segments(given) -> list[SortedSegment]:
    if not isinstance(given, Sequence) or any(not isinstance(one, SortedSegment) for one in given):
        raise ValueError(f"sorted_segments must be a list of SortedSegment, not {str(given)[:60]!r}.")
    return list(given)


def _chain(given) -> list[np.ndarray]:
    try:
        links = [np.asarray(one) for one in given]
    except (TypeError, ValueError):
        links = None
    if links is None or any(one.size and one.dtype.kind not in "iu" for one in links):
        raise ValueError(f"assignment_chain must be a list of arrays of whole numbers, not {str(given)[:60]!r}.")
    return [one.astype(np.int64, copy=False) for one in links]


def _check_vectors(segment: SortedSegment, place: int, channels: int) -> None:
    shape = segment.amplitude_vectors.shape
    if len(segment) and shape != (len(segment), channels):
        raise ValueError(
            f"amplitude_vectors of sorted_segments[{place}] must have the shape ({len(segment)}, {channels}), one "
            f"value for each contact of probe_geometry; they have {shape}."
        )


def _check_link(links: np.ndarray, place: int, segment: SortedSegment, following: SortedSegment) -> None:
    if following.start_time < segment.end_time:
        raise ValueError(
            f"sorted_segments must be in time order and not overlap: sorted_segments[{place}] ends at sample "
            f"{segment.end_time}, sorted_segments[{place + 1}] starts at sample {following.start_time}."
        )
    taken = links[links >= 0]
    fits = links.shape == (len(segment),) and np.all(links >= -1) and np.all(links < len(following))
    if not fits or len(np.unique(taken)) != len(taken):
        raise ValueError(
            f"assignment_chain[{place}] must hold {len(segment)} numbers, one for each cluster of "
            f"sorted_segments[{place}]: a cluster of the next segment (0 to {len(following) - 1}), each at most once, "
            f"or -1; it is {links.tolist()}."
        )


def merge_recordings(
    sorted_recordings, *, max_drift=30, matches=None, decisions=None, refuse_above=REFUSED, shifts=None
) -> SortedRecording:
    """One recording of several, sorted one after the other on the same probe.

    Every segment and link is kept. Between two recordings the last segment of one is linked with the first of the next,
    as published, and nothing is refused. Where units were followed over gaps, they are matched as units instead, and
    those that look like no other are not (see `spikesift_core.carrying_on`).

    Parameters
    ----------
    sorted_recordings : non-empty list of SortedRecording in time order, not overlapping.
    max_drift : um, 0 or more; rounded to a multiple of 5.
    matches : between each two the Match of the last segment with the first that is to be used, as it was before anyone
        decided by hand; None in the list, or in its place, for one made here.
    decisions : what a person decided between two of the recordings: their places in the list, the earlier one first, to
        Decisions (see `spikesift_core.decisions`); those inside each recording come with it.
    refuse_above : of units that are matched: relative cost above which no pair is made.
    shifts : between each two the shift that a person set (um, see `Match.shift`), or None for the best one.

    Raises
    ------
    ValueError
        Naming the recording by its place in the list.
    """
    recordings = _checked_list(sorted_recordings)
    checked("max_drift", max_drift)
    how = {"matches": matches, "refuse_above": refuse_above, "shifts": shifts}
    merged = carry_on(recordings, max_drift=max_drift, **how)
    kept = {"followed": merged.followed, "links": merged.links, "excluded": excluded_of(recordings)}
    made = SortedRecording(merged.segments, merged.chain, recordings[0].probe, **kept)
    return decide(made, decisions_of_merged(made, recordings, decisions or {}))


def _checked_list(sorted_recordings) -> list[SortedRecording]:
    if not isinstance(sorted_recordings, Sequence) or not sorted_recordings:
        raise ValueError("sorted_recordings must be a list with at least one SortedRecording.")
    for place, recording in enumerate(sorted_recordings):
        require_sorted(f"sorted_recordings[{place}]", recording)
        if place == 0:
            continue
        _require_same_probe(sorted_recordings[0], recording, "sorted_recordings[0]", f"sorted_recordings[{place}]")
        end, start = sorted_recordings[place - 1].end_time(), recording.start_time()
        if start < end:
            raise ValueError(
                f"sorted_recordings must be in time order and not overlap: sorted_recordings[{place - 1}] ends at "
                f"sample {end}, sorted_recordings[{place}] starts at sample {start}. Give recording_offset when the "
                "recordings are opened, or change their order."
            )
    return list(sorted_recordings)


def _require_same_probe(first: SortedRecording, second: SortedRecording, first_name: str, second_name: str) -> None:
    if np.array_equal(first.probe_geometry, second.probe_geometry):
        return
    here, there = len(second.probe_geometry), len(first.probe_geometry)
    how = f"{here} and {there} contacts" if here != there else f"the same {here} channels, but at other positions"
    raise ValueError(
        f"{second_name} has another probe than {first_name}: {how}. Clusters can only be matched on the same probe."
    )


def map_clusters(source, target, *, max_drift=30) -> dict[int, int]:
    """Which unit of `source` is which of `target`, from the first segment of each.

    Parameters
    ----------
    source, target : SortedRecording, same probe.
    max_drift : um, 0 or more; rounded to a multiple of 5.

    Returns
    -------
    Cluster id of source to cluster id of target, one-to-one, only ids valid on both sides.

    Raises
    ------
    ValueError
        For anything that is not a SortedRecording, and for different probes.
    """
    assignment = compare_recordings(source, target, max_drift=max_drift).assignment
    return {
        cluster: int(assignment[cluster])
        for cluster in sorted(source.cluster_ids())
        if target.valid_cluster_id(int(assignment[cluster]))
    }


def compare_recordings(source, target, *, max_drift=30, source_segment: int = 0, target_segment: int = 0) -> Match:
    """How the clusters of one segment of `source` match those of one segment of `target`, with costs and margins.

    What was decided by hand is not in it (see `linking.with_pairs`). The parameters are those of `try_recordings`.
    """
    tried = try_recordings(source, target, max_drift, source_segment, target_segment)
    return tried.match_at(tried.best)


def try_recordings(source, target, max_drift=30, source_segment: int = 0, target_segment: int = 0) -> Tried:
    """One segment of `source` compared with one segment of `target` at every shift up to `max_drift`.

    Parameters
    ----------
    source_segment, target_segment : which segments; -1 is the last one. For sessions that follow each other compare
        the last of one with the first of the next; `map_clusters` compares the first ones.
    """
    for name, recording in (("source", source), ("target", target)):
        require_sorted(name, recording)
    _require_same_probe(source, target, "source", "target")
    segments = [
        _segment(source, source_segment, "source_segment"),
        _segment(target, target_segment, "target_segment"),
    ]
    vectors = comparable(*segments, {**source.excluded, **target.excluded})
    return try_shifts(*vectors, source.probe_geometry, max_drift)


def _segment(recording: SortedRecording, index: int, name: str) -> SortedSegment:
    count = len(recording.sorted_segments)
    try:
        index = operator.index(index)
    except TypeError:
        raise ValueError(f"{name} must be a whole number, not {index!r}.") from None
    if not -count <= index < count:
        raise ValueError(f"{name} must be between {-count} and {count - 1}, not {index!r}.")
    return recording.sorted_segments[index]
