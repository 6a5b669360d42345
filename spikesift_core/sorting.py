"""Spike sorting from a recording to linked clusters; reads like the paper.

Two passes and no state between segments, so that the answer is the same for any number of threads: the first pass
keeps only troughs below threshold and finds where to cut, the second sorts each segment on its own; then neighbours
are linked.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from typing import Any

import numpy as np

from spikesift_core.executors import SERIAL, executor_for, in_order, one_at_a_time, threads_of
from spikesift_core.findings import listed
from spikesift_core.linker import Linker, retimed
from spikesift_core.links import SegmentLinks
from spikesift_core.parameters import method_of, resolve
from spikesift_core.preparing import on_probe, prepared, why_not
from spikesift_core.progress import Progress, run_to_end
from spikesift_core.recording import Recording, _whole_number
from spikesift_core.recording_view import RecordingView
from spikesift_core.results import SortedRecording, SortedSegment
from spikesift_core.stages.components import learn_components
from spikesift_core.stages.filtering import Filter, make_filter
from spikesift_core.stages.minima import (
    NOISE_UNIT,
    Excess,
    excess_between,
    excess_of,
    medians_of,
    minima_between,
    stretches,
)
from spikesift_core.stages.neighbours import nearest_channels
from spikesift_core.stages.rooms import apart, release_rooms
from spikesift_core.stages.segment import load_signal, sort_signal, with_thresholds
from spikesift_core.stages.segmentation import segment_bounds
from spikesift_core.stages.units import Shapes, Surroundings, sort_units, surroundings
from spikesift_core.tracks import followed_so_far

FEWEST_BLOCKS = 10  # 10 ms: the least that can be sorted
PIECES_AHEAD = 4  # for each segment that is asked for ahead
PARTS = 8  # of the channels, whose medians threads look for
LEAST_NOISE, MOST_NOISE = 1e-15, 1e15  # in the units of the file
SILENCE = 1e-6  # of the largest value of a channel; a median below it is no noise
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
    excluded : number of each channel that was left out, to the reason in words; the same in every segment.
    """

    index: int
    segment: SortedSegment
    assignment: np.ndarray | None
    links: SegmentLinks | None = None
    excluded: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What is the same for every segment: small, and sent along to whoever sorts one.

    Attributes
    ----------
    recording : the recording as it is sorted: without the channels left out, less the common reference.
    filter : half-widths and polarity.
    medians : (channels,) float32, median |signal| at the start of the recording.
    first_block, last_block : blocks sorted, the last one excluded.
    values : sorting parameters by name.
    around : probe and temporal components for the default method; None sorts by the published one.
    excluded : number of each channel that is left out, to the reason in words.
    """

    recording: Recording | RecordingView
    filter: Filter
    medians: np.ndarray
    first_block: int
    last_block: int
    values: dict[str, Any]
    around: Surroundings | None
    excluded: Mapping[int, str] = field(default_factory=dict)

    @property
    def thresholds(self) -> np.ndarray:
        """Thresholds of each channel (channels,) float32 that follow from the start of the recording (ALGORITHM 3)."""
        return (-self.values["detection_sensitivity"] * self.medians).astype(np.float32)

    @property
    def length(self) -> int:
        """`min_segment_length` in blocks."""
        return int(self.values["min_segment_length"] * 1000)

    def on_probe(self, values: np.ndarray, empty: float) -> np.ndarray:
        """Values (..., sorted channels) in their places among all channels of the probe."""
        living = self.recording.channel_numbers
        return on_probe(values, living, len(living) + len(self.excluded), empty)


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
    common_reference=None,
    dead_channels=None,
    exclude_channels=None,
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
    executor : anything with `submit` (such as `concurrent.futures.ProcessPoolExecutor` or a `distributed.Client`),
        used instead of threads; see docs/scale.md.
    common_reference, dead_channels, exclude_channels : see `spikesift_core.signal_options`; None takes the preset's
        value. Channels that were left out are in `SortedRecording.excluded`; their amplitudes are 0.

    Raises
    ------
    ValueError
        For a parameter that is not allowed, a recording under 10 ms, NaN or infinity in the data, or a file that
        becomes shorter while it is read.
    OSError
        If an executor loses its processes, its workers or its scheduler.
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
        common_reference=common_reference,
        dead_channels=dead_channels,
        exclude_channels=exclude_channels,
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
    if problem := why_not(recording.recording_channels, values):
        raise ValueError(problem)
    if recording.num_samples < FEWEST_BLOCKS * recording.samples_per_ms:
        raise ValueError(
            f"recording must last at least 10 ms ({FEWEST_BLOCKS * recording.samples_per_ms} samples at "
            f"{recording.sampling_frequency:g} Hz); it has {recording.num_samples} samples."
        )
    return _sort(recording, values, method, threads, executor)


def recording_so_far(events: list[SegmentSorted], probe_geometry) -> SortedRecording:
    """The finished segments of a job that was cancelled, linked; `probe_geometry` as in `SortedRecording`.

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
    kept = {"followed": followed_so_far(links), "links": links, "excluded": events[0].excluded}
    return SortedRecording(segments, chain, probe_geometry, **kept)


def _sort(recording: Recording, values: dict[str, float], method: str, threads: int, executor):
    found: list[SegmentSorted] = []
    try:
        with executor_for(threads, executor) as (workers, ahead):
            plan, seen = yield from make_plan(recording, values, method, workers, ahead)
            if method == "default":
                yield Progress("Learning the shapes of spikes", 0, 1, "")
            learning = iter([plan]) if method == "published" else in_order(workers, ahead, learned, [(plan,)])
            pieces = _all_excess(plan, seen, workers, ahead)  # looked at meanwhile
            plan = next(learning)
            linker = Linker(plan)
            for segment, shapes in in_order(workers, ahead, sort_segment, _tasks(plan, pieces)):
                assignment, links = linker.link(segment, shapes)
                segment = retimed(segment, links.moved)
                found.append(SegmentSorted(len(found), segment, assignment, links, plan.excluded))
                yield found[-1]
                done = (segment.end_time - recording.recording_offset) / recording.sampling_frequency
                yield Progress("Sorting segments", done, recording.duration, "s of recording")
    finally:
        release_rooms()
    return linker.finish(found, recording.probe)


def make_plan(
    recording: Recording,
    values: dict[str, float],
    method: str,
    executor=SERIAL,
    ahead: Callable[[], int] = one_at_a_time,
):
    """What is settled before the first segment; returns the plan and the excess of the blocks seen on the way.

    The thresholds come from the start of the recording (ALGORITHM 3), the shapes of spikes from `learned`.
    `executor` and `ahead` as in `in_order`.
    """
    if values["dead_channels"] == "exclude":
        yield Progress("Looking for dead channels", 0, 1, "")
    recording, excluded = prepared(recording, values)
    block = recording.samples_per_ms
    filter_ = make_filter(block, values["detection_polarity"], method)
    first_block = max(1, -(-filter_.margin // block))  # the filter needs the blocks before
    last_block = recording.num_samples // block - first_block
    stop = min(first_block + int(4000 * values["min_segment_length"]), last_block)
    # One large array of each, apart: many small ones would leave holes in memory that the system does not get back.
    minima, firsts = (apart((recording.recording_channels, stop - first_block), np.float32) for _ in range(2))
    ends = [0]
    tasks = ((recording, filter_, *stretch) for stretch in stretches(first_block, stop))
    for piece, first_samples in in_order(executor, ahead, minima_between, tasks):
        here = slice(ends[-1], ends[-1] + piece.shape[1])
        minima[:, here], firsts[:, here] = piece, first_samples
        ends.append(here.stop)
        yield Progress("Measuring the noise", here.stop, stop - first_block, "ms of recording")
    parts = np.array_split(firsts, PARTS)
    medians = np.concatenate(list(in_order(threads_of(executor), ahead, medians_of, ((part,) for part in parts))))
    _require_measurable(recording, float(medians.max(initial=0)))
    if method == "published":
        _require_noise(recording, medians, firsts)
    plan = Plan(recording, filter_, medians, first_block, last_block, values, None, excluded)
    excess = [excess_of(minima, plan.thresholds, start, end) for start, end in pairwise(ends)]
    return plan, excess


def _require_measurable(recording: Recording, noise: float) -> None:
    """Raise ValueError for values whose squares do not fit float32; no recording in V, uV or steps has such."""
    if noise and not LEAST_NOISE < noise < MOST_NOISE:
        raise ValueError(
            f"{recording.binary_file} holds values that no electrode gives: their noise is about {noise:.1g}. Check "
            "data_type, the order of the bytes and header."
        )


def _require_noise(recording: Recording, medians: np.ndarray, firsts: np.ndarray) -> None:
    """Raise ValueError if a channel is silent half of the time and not always: every sample would be a spike."""
    silent = np.flatnonzero(medians < SILENCE * firsts.max(axis=1))
    if len(silent):
        raise ValueError(
            f"Nothing comes from {listed(recording.channel_numbers[silent])} for half of the first "
            f"{firsts.shape[1] / 1000:g} s, so that the noise there cannot be measured. Leave out that part of the "
            "recording or those channels (exclude_channels), or take the preset 'default'."
        )


def learned(plan: Plan) -> Plan:
    """The plan with what the default method adds: the probe, and temporal components from the recording's start."""
    where = plan.first_block, min(plan.first_block + LEARN_BLOCKS, plan.last_block)
    signal, firsts = load_signal(plan.recording, plan.filter, plan.medians, plan.thresholds, *where, firsts=True)
    components = learn_components(signal, medians_of(firsts) / NOISE_UNIT)
    return replace(plan, around=surroundings(plan.recording.probe_geometry, components, plan.filter.block))


def _all_excess(plan: Plan, seen: list[Excess], executor, ahead: Callable[[], int]) -> Iterator[Excess]:
    """The excess that `make_plan` has seen, and that of the blocks after it, looked at by the executor too: a good part
    of the work. The answers are small, so more of them are asked for ahead than of segments."""
    start = plan.first_block + sum(piece.blocks for piece in seen)
    tasks = ((plan.recording, plan.filter, plan.thresholds, *stretch) for stretch in stretches(start, plan.last_block))
    return chain(seen, in_order(executor, lambda: PIECES_AHEAD * ahead(), excess_between, tasks))


def _tasks(plan: Plan, pieces: Iterator[Excess]) -> Iterator[tuple]:
    """One task for each segment, as soon as its bounds are known; `pieces` as in `segment_bounds`."""
    channels = plan.recording.recording_channels
    for first, last in segment_bounds(pieces, channels, plan.length, plan.first_block, plan.last_block):
        yield plan, first, last


def sort_segment(plan: Plan, first_block: int, last_block: int) -> tuple[SortedSegment, Shapes | None]:
    """Read, filter and sort the blocks first_block to last_block (excluded); depends on nothing else.

    Returns
    -------
    The segment, and the templates of its clusters, which the published method does without.
    """
    recording, block = plan.recording, plan.recording.samples_per_ms
    published, where = plan.around is None, (first_block, last_block)
    signal, firsts = load_signal(recording, plan.filter, plan.medians, plan.thresholds, *where, firsts=not published)
    fewest, merging = plan.values["min_spikes_per_cluster"], plan.values["merging_threshold"]
    shapes = None
    if published:
        spikes, vectors = sort_signal(signal, nearest_channels(recording.probe_geometry), fewest, merging)
    else:
        noise = medians_of(firsts) / NOISE_UNIT
        del firsts  # large
        depth = -plan.values["detection_sensitivity"] * NOISE_UNIT
        signal = with_thresholds(signal, depth * noise)
        spikes, vectors, shapes = sort_units(signal, noise, plan.around, fewest, merging)
    start = 0 if first_block == plan.first_block else first_block * block
    end = recording.num_samples if last_block == plan.last_block else last_block * block
    offset = recording.recording_offset
    times = [np.sort(cluster) + (first_block * block + offset) for cluster in spikes]
    return SortedSegment(start + offset, end - start, times, plan.on_probe(vectors, 0.0)), shapes
