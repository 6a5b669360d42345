"""Spike sorting from a recording to linked clusters; reads like the paper.

Two passes and no state between segments, so that the answer is the same for any number of threads: the first pass
keeps only block minima and finds where to cut, the second sorts each segment on its own; then neighbours are linked.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from spikesift_core.executors import executor_for, in_order
from spikesift_core.linking import find_optimal_assignment
from spikesift_core.parameters import resolve
from spikesift_core.progress import Progress, run_to_end
from spikesift_core.recording import Recording, _whole_number
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.stages.filtering import Filter, make_filter
from spikesift_core.stages.minima import scan_minima, thresholds_from
from spikesift_core.stages.neighbours import nearest_channels
from spikesift_core.stages.room import release_room
from spikesift_core.stages.segment import load_signal, sort_signal
from spikesift_core.stages.segmentation import segment_bounds

FEWEST_BLOCKS = 10  # 10 ms: the least that can be sorted
FIRST_BLOCK = 1  # the filter needs the block before it


@dataclass(frozen=True)
class SegmentSorted:
    """A finished segment, as soon as it and all before it are finished.

    Attributes
    ----------
    index : its place, from 0.
    segment : the clusters.
    assignment : (clusters of the segment before,) int64, the link from that segment; None for the first.
    """

    index: int
    segment: SortedSegment
    assignment: np.ndarray | None


@dataclass(frozen=True)
class Plan:
    """What is the same for every segment: small, and sent along to whoever sorts one.

    Attributes
    ----------
    recording : the recording.
    filter : half-widths and polarity.
    thresholds : (channels,) float32.
    last_block : first block after the last one sorted.
    length : `min_segment_length` in blocks.
    fewest, merging_threshold, max_drift : sorting parameters.
    """

    recording: Recording
    filter: Filter
    thresholds: np.ndarray
    last_block: int
    length: int
    fewest: float
    merging_threshold: float
    max_drift: float


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
    values = resolve(preset, parameters)
    threads = _whole_number("threads", threads, 1)
    if executor is not None and not hasattr(executor, "submit"):
        raise ValueError(f"executor must offer submit(function, *arguments), not be {type(executor).__name__}.")
    recording.validate()
    if recording.num_samples < FEWEST_BLOCKS * recording.samples_per_ms:
        raise ValueError(
            f"recording must last at least 10 ms ({FEWEST_BLOCKS * recording.samples_per_ms} samples at "
            f"{recording.sampling_frequency:g} Hz); it has {recording.num_samples} samples."
        )
    return _sort(recording, values, threads, executor)


def recording_so_far(events: list[SegmentSorted], probe_geometry) -> SortedRecording:
    """The finished segments of a job that was cancelled, linked.

    Raises
    ------
    ValueError
        When no segment was finished.
    """
    if not events:
        raise ValueError("No segment was finished, so there is no result.")
    return SortedRecording(
        [event.segment for event in events], [event.assignment for event in events[1:]], probe_geometry
    )


def _sort(recording: Recording, values: dict[str, float], threads: int, executor):
    plan, minima = yield from make_plan(recording, values)
    found: list[SegmentSorted] = []
    try:
        with executor_for(threads, executor) as (workers, waiting):
            for segment in in_order(workers, waiting, sort_segment, _tasks(plan, minima)):
                found.append(SegmentSorted(len(found), segment, _link(found, segment, plan)))
                yield found[-1]
                done = (segment.end_time - recording.recording_offset) / recording.sampling_frequency
                yield Progress("Sorting segments", done, recording.duration, "s of recording")
    finally:
        release_room()
    return recording_so_far(found, recording.probe_geometry)


def make_plan(recording: Recording, values: dict[str, float]):
    """What is settled before the first segment, as a job; returns the plan and the minima seen on the way.

    The thresholds come from the start of the recording (ALGORITHM 3).
    """
    block = recording.samples_per_ms
    last_block = recording.num_samples // block - 1
    length = int(values["min_segment_length"] * 1000)
    filter_ = make_filter(block, values["detection_polarity"])
    stop = min(FIRST_BLOCK + 4 * length, last_block)
    firsts, minima = [], []
    for piece in scan_minima(recording, filter_, FIRST_BLOCK, stop):
        firsts.append(piece.firsts)
        minima.append(piece.minima)
        done = sum(part.shape[1] for part in firsts)
        yield Progress("Measuring the noise", done, stop - FIRST_BLOCK, "ms of recording")
    thresholds = thresholds_from(np.concatenate(firsts, axis=1), values["detection_sensitivity"])
    plan = Plan(
        recording, filter_, thresholds, last_block, length,
        values["min_spikes_per_cluster"], values["merging_threshold"], values["max_drift"],
    )  # fmt: skip
    return plan, minima


def _tasks(plan: Plan, minima: list[np.ndarray]) -> Iterator[tuple[Plan, int, int]]:
    """One task for each segment, as soon as its bounds are known; `minima` are those of the first blocks."""
    seen = FIRST_BLOCK + sum(piece.shape[1] for piece in minima)
    rest = (piece.minima for piece in scan_minima(plan.recording, plan.filter, seen, plan.last_block))
    pieces = chain(minima, rest)
    for first, last in segment_bounds(pieces, plan.thresholds, plan.length, FIRST_BLOCK, plan.last_block):
        yield plan, first, last


def sort_segment(plan: Plan, first_block: int, last_block: int) -> SortedSegment:
    """Read, filter and sort the blocks first_block to last_block (excluded); depends on nothing else."""
    recording, block = plan.recording, plan.recording.samples_per_ms
    longest = min(3 * plan.length, plan.last_block)  # blocks, of any segment
    signal = load_signal(recording, plan.filter, plan.thresholds, first_block, last_block, longest)
    nearest = nearest_channels(recording.probe_geometry)
    spikes, vectors = sort_signal(signal, nearest, plan.fewest, plan.merging_threshold)
    start = 0 if first_block == FIRST_BLOCK else first_block * block
    end = recording.num_samples if last_block == plan.last_block else last_block * block
    offset = recording.recording_offset
    times = [np.sort(cluster) + (first_block * block + offset) for cluster in spikes]
    return SortedSegment(start + offset, end - start, times, vectors)


def _link(found: list[SegmentSorted], segment: SortedSegment, plan: Plan) -> np.ndarray | None:
    if not found:
        return None
    return find_optimal_assignment(
        found[-1].segment.amplitude_vectors,
        segment.amplitude_vectors,
        plan.recording.probe_geometry,
        plan.max_drift,
    )
