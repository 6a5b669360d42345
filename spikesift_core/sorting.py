"""Spike sorting from a recording to linked clusters; reads like the paper.

Two passes and no state between segments, so that the answer is the same for any number of threads: the first pass
keeps only block minima and finds where to cut, the second sorts each segment on its own; then neighbours are linked.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from spikesift_core.executors import executor_for, in_order
from spikesift_core.linking import match_clusters
from spikesift_core.links import SegmentLinks, first_links, links_of_match
from spikesift_core.parameters import method_of, resolve
from spikesift_core.progress import Progress, run_to_end
from spikesift_core.recording import Recording, _whole_number
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.stages.components import learn_components
from spikesift_core.stages.cutting import with_cuts
from spikesift_core.stages.filtering import Filter, make_filter
from spikesift_core.stages.following import Follower
from spikesift_core.stages.minima import NOISE_UNIT, noise_of, scan_minima, thresholds_from
from spikesift_core.stages.neighbours import nearest_channels
from spikesift_core.stages.room import release_room
from spikesift_core.stages.second_look import SECOND_LOOK
from spikesift_core.stages.segment import load_signal, sort_signal, with_thresholds
from spikesift_core.stages.segmentation import segment_bounds
from spikesift_core.stages.units import Shapes, Surroundings, sort_units, surroundings
from spikesift_core.tracks import followed_so_far

FEWEST_BLOCKS = 10  # 10 ms: the least that can be sorted
LEARN_BLOCKS = 10_000  # about 10 s: where the shapes of spikes are learnt


@dataclass(frozen=True)
class SegmentSorted:
    """A finished segment, as soon as it and all before it are finished.

    Attributes
    ----------
    index : its place, from 0.
    segment : the clusters.
    assignment : (clusters of the segment before,) int64, the link from that segment; None for the first.
    links : how its clusters were linked to all earlier ones; None where that is not known.
    """

    index: int
    segment: SortedSegment
    assignment: np.ndarray | None
    links: SegmentLinks | None = None


@dataclass(frozen=True)
class Plan:
    """What is the same for every segment: small, and sent along to whoever sorts one.

    Attributes
    ----------
    recording : the recording.
    filter : half-widths and polarity.
    thresholds : (channels,) float32, from the start of the recording.
    first_block, last_block : blocks sorted, the last one excluded.
    values : sorting parameters by name.
    around : probe and temporal components for the default method; None sorts by the published one.
    """

    recording: Recording
    filter: Filter
    thresholds: np.ndarray
    first_block: int
    last_block: int
    values: dict[str, float]
    around: Surroundings | None

    @property
    def length(self) -> int:
        """`min_segment_length` in blocks."""
        return int(self.values["min_segment_length"] * 1000)


def perform_spike_sorting(
    recording,
    *,
    min_segment_length=None,
    detection_sensitivity=None,
    min_spikes_per_cluster=None,
    merging_threshold=None,
    max_drift=None,
    detection_polarity=None,
    verbose=True,
    preset=None,
    threads=1,
    executor=None,
) -> SortedRecording:
    """Sort a recording.

    Parameters
    ----------
    recording : Recording.
    min_segment_length, detection_sensitivity, min_spikes_per_cluster, merging_threshold, max_drift,
    detection_polarity : see `spikesift_core.parameters`; None takes the preset's value.
    verbose : show a progress bar and a summary on the terminal.
    preset : name of the values for everything not given, one of `spikesift_core.parameters.PRESETS`.
    threads : segments sorted at the same time; the answer does not depend on it.
    executor : anything with `submit` (such as `concurrent.futures.ProcessPoolExecutor`), used instead of threads.

    Raises
    ------
    ValueError
        For a parameter that is not allowed, a recording under 10 ms, NaN or infinity in the data, or a file that
        becomes shorter while it is read.
    """
    job = sort_by_segment(
        recording,
        preset=preset,
        threads=threads,
        executor=executor,
        min_segment_length=min_segment_length,
        detection_sensitivity=detection_sensitivity,
        min_spikes_per_cluster=min_spikes_per_cluster,
        merging_threshold=merging_threshold,
        max_drift=max_drift,
        detection_polarity=detection_polarity,
    )
    if not verbose:
        return run_to_end(job)
    from spikesift_core.terminal import sort_with_bar

    return sort_with_bar(recording, job)


def segment_and_sort_spikes(recording, **options) -> list[SortedSegment]:
    """Sorted segments without links; options as in `sort_by_segment`."""
    return run_to_end(sort_by_segment(recording, **options)).sorted_segments


def sort_by_segment(
    recording, *, preset=None, threads=1, executor=None, **parameters
) -> Generator[Progress | SegmentSorted, None, SortedRecording]:
    """Sort a recording as a job: yields `Progress` and each `SegmentSorted` in time order, returns the result.

    Close it to cancel; `recording_so_far` makes a result of the segments it yielded. Everything is checked in this
    call, before the job is started. Parameters as in `perform_spike_sorting`.
    """
    if not isinstance(recording, Recording):
        raise ValueError(f"recording must be a Recording, not {type(recording).__name__}.")
    values, method = resolve(preset, parameters), method_of(preset)
    threads = _whole_number("threads", threads, 1)
    if executor is not None and not hasattr(executor, "submit"):
        raise ValueError(f"executor must offer submit(function, *arguments), not be {type(executor).__name__}.")
    recording.validate()
    if recording.num_samples < FEWEST_BLOCKS * recording.samples_per_ms:
        raise ValueError(
            f"recording must last at least 10 ms ({FEWEST_BLOCKS * recording.samples_per_ms} samples at "
            f"{recording.sampling_frequency:g} Hz); it has {recording.num_samples} samples."
        )
    return _sort(recording, values, method, threads, executor)


def recording_so_far(events: list[SegmentSorted], probe_geometry) -> SortedRecording:
    """The finished segments of a job that was cancelled, linked.

    Units are followed over gaps as far as they were; parts of one are joined only when a job comes to its end.

    Raises
    ------
    ValueError
        When no segment was finished.
    """
    if not events:
        raise ValueError("No segment was finished, so there is no result.")
    segments, chain = [event.segment for event in events], [event.assignment for event in events[1:]]
    links = None if any(event.links is None for event in events) else [event.links for event in events]
    return SortedRecording(segments, chain, probe_geometry, followed=followed_so_far(links), links=links)


def _sort(recording: Recording, values: dict[str, float], method: str, threads: int, executor):
    plan, minima = yield from make_plan(recording, values, method)
    found: list[SegmentSorted] = []
    linker = _Linker(plan)
    try:
        with executor_for(threads, executor) as (workers, waiting):
            for segment, shapes in in_order(workers, waiting, sort_segment, _tasks(plan, minima)):
                assignment, links = linker.link(segment, shapes)
                found.append(SegmentSorted(len(found), retimed(segment, links.moved), assignment, links))
                yield found[-1]
                done = (segment.end_time - recording.recording_offset) / recording.sampling_frequency
                yield Progress("Sorting segments", done, recording.duration, "s of recording")
    finally:
        release_room()
    return linker.finish(found)


def make_plan(recording: Recording, values: dict[str, float], method: str):
    """What is settled before the first segment; returns the plan and the minima seen on the way.

    The thresholds come from the start of the recording (ALGORITHM 3).
    """
    block = recording.samples_per_ms
    filter_ = make_filter(block, values["detection_polarity"], method)
    first_block = max(1, -(-filter_.margin // block))  # the filter needs the blocks before
    last_block = recording.num_samples // block - first_block
    stop = min(first_block + int(4000 * values["min_segment_length"]), last_block)
    firsts, minima = [], []
    for piece in scan_minima(recording, filter_, first_block, stop):
        firsts.append(piece.firsts)
        minima.append(piece.minima)
        done = sum(part.shape[1] for part in firsts)
        yield Progress("Measuring the noise", done, stop - first_block, "ms of recording")
    firsts = np.concatenate(firsts, axis=1)
    thresholds = thresholds_from(firsts, values["detection_sensitivity"])
    plan = Plan(recording, filter_, thresholds, first_block, last_block, values, None)
    if method == "default":
        yield Progress("Learning the shapes of spikes", 0, 1, "")
        plan = replace(plan, around=_learn(plan))
    return plan, minima


def _learn(plan: Plan) -> Surroundings:
    """Temporal components from the start of the recording."""
    stop = min(plan.first_block + LEARN_BLOCKS, plan.last_block)
    signal, firsts = load_signal(plan.recording, plan.filter, plan.thresholds, plan.first_block, stop, 0)
    components = learn_components(signal, noise_of(firsts))
    return surroundings(plan.recording.probe_geometry, components, plan.filter.block)


def _tasks(plan: Plan, minima: list[np.ndarray]) -> Iterator[tuple[Plan, int, int]]:
    """One task for each segment, as soon as its bounds are known; `minima` are those of the first blocks."""
    seen = plan.first_block + sum(piece.shape[1] for piece in minima)
    rest = (piece.minima for piece in scan_minima(plan.recording, plan.filter, seen, plan.last_block))
    pieces = chain(minima, rest)
    for first, last in segment_bounds(pieces, plan.thresholds, plan.length, plan.first_block, plan.last_block):
        yield plan, first, last


def sort_segment(plan: Plan, first_block: int, last_block: int) -> tuple[SortedSegment, Shapes | None]:
    """Read, filter and sort the blocks first_block to last_block (excluded); depends on nothing else.

    Returns
    -------
    The segment, and the templates of its clusters, which the published method does without.
    """
    recording, block = plan.recording, plan.recording.samples_per_ms
    longest = min(3 * plan.length, plan.last_block)  # blocks, of any segment
    signal, firsts = load_signal(recording, plan.filter, plan.thresholds, first_block, last_block, longest)
    fewest, merging = plan.values["min_spikes_per_cluster"], plan.values["merging_threshold"]
    shapes = None
    if plan.around is None:
        spikes, vectors = sort_signal(signal, nearest_channels(recording.probe_geometry), fewest, merging)
    else:
        noise = noise_of(firsts)
        depth = -plan.values["detection_sensitivity"] * NOISE_UNIT
        signal = with_thresholds(signal, (depth * noise).astype(np.float32))
        spikes, vectors, shapes = sort_units(signal, noise, plan.around, fewest, merging)
    start = 0 if first_block == plan.first_block else first_block * block
    end = recording.num_samples if last_block == plan.last_block else last_block * block
    offset = recording.recording_offset
    times = [np.sort(cluster) + (first_block * block + offset) for cluster in spikes]
    return SortedSegment(start + offset, end - start, times, vectors), shapes


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


class _Linker:
    """Links each segment to the one before: neighbours only (published), or units followed over gaps."""

    def __init__(self, plan: Plan):
        self.geometry, self.reach = plan.recording.probe_geometry, plan.values["max_drift"]
        self.follower = None if plan.around is None else Follower(self.geometry, self.reach)
        self.last: SortedSegment | None = None
        self.last_units = np.empty(0, np.int64)
        self.links: list[SegmentLinks] = []
        self.components = None if plan.around is None else plan.around.components
        self.shapes: list[Shapes] = []  # of each segment, for the second look

    def link(self, segment: SortedSegment, shapes: Shapes | None) -> tuple[np.ndarray | None, SegmentLinks]:
        """(clusters of the segment before,) int64, the cluster of this one or -1, None for the first; and the links."""
        before, self.last = self.last, segment
        assignment, links = self._neighbours(before, segment) if shapes is None else self._follow(shapes)
        self.links.append(links)
        return None if before is None else assignment, links

    def _follow(self, shapes: Shapes) -> tuple[np.ndarray, SegmentLinks]:
        units = self.follower.add(shapes.templates, shapes.others, shapes.lags)
        self.shapes.append(replace(shapes, templates=None, others=None))
        place = {int(unit): cluster for cluster, unit in enumerate(units)}
        assignment = [place.get(int(unit), -1) for unit in self.last_units]
        self.last_units = units
        return np.array(assignment, np.int64), self.follower.links[-1]

    def _neighbours(self, before: SortedSegment | None, segment: SortedSegment) -> tuple[np.ndarray, SegmentLinks]:
        if before is None:
            return np.empty(0, np.int64), first_links(len(segment))
        match = match_clusters(before.amplitude_vectors, segment.amplitude_vectors, self.geometry, self.reach)
        return match.assignment, links_of_match(match, len(self.links) - 1, self.links[-1].position)

    def finish(self, found: list[SegmentSorted]) -> SortedRecording:
        """The whole result: units that are parts of one joined, and those that were missed looked for once more."""
        segments, links, followed = [event.segment for event in found], self.links, None
        assignments = [event.assignment for event in found[1:]]
        if self.follower is None:
            return SortedRecording(segments, assignments, self.geometry, links=links)
        followed, moves = self.follower.finish(segments)
        segments = [retimed(segment, move) for segment, move in zip(segments, moves, strict=True)]
        links = [replace(one, moved=one.moved + move) for one, move in zip(links, moves, strict=True)]
        result = SortedRecording(segments, assignments, self.geometry, followed=followed, links=links)
        return self._second_look(result, moves) if SECOND_LOOK else result

    def _second_look(self, result: SortedRecording, moves: list[np.ndarray]) -> SortedRecording:
        look = self.follower.second_look(result.followed, moves, result.sorted_segments)
        cuts = []
        for index, (segment, links, shapes) in enumerate(
            zip(result.sorted_segments, result.links, self.shapes, strict=True)
        ):
            cuts += look.cuts(index, links.position, segment.duration, shapes.noise, shapes.clouds)
        return with_cuts(result, cuts, self.components, [shapes.noise for shapes in self.shapes]) if cuts else result
