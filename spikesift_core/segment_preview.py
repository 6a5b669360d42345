"""Where the recording would be cut into segments, without sorting it: the first pass of the sorter alone."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from spikesift_core.preparing import prepared
from spikesift_core.progress import Progress
from spikesift_core.recording import Recording
from spikesift_core.stages.filtering import Filter, make_filter
from spikesift_core.stages.minima import Excess, excess_between, excess_of, medians_of, minima_between, stretches
from spikesift_core.stages.segmentation import drift_along, segment_bounds, without

STEP = 50  # blocks (ms) of which the largest value is kept


@dataclass(frozen=True, eq=False)
class SegmentPreview:
    """The segments that sorting with the same settings would make.

    Attributes
    ----------
    bounds : (segments, 2) float64, start and end of each, s from the first sample of the recording.
    """

    bounds: np.ndarray


@dataclass(frozen=True, eq=False)
class ActivityChanges:
    """How much the activity changes, by the drift heuristic (ALGORITHM 4), where the sorter compared.

    Attributes
    ----------
    times : (n,) float64, s from the first sample of the recording, ascending.
    values : (n,) float64, largest value of 50 ms, in the units of the file: the sum over channels of how much deeper
        or shallower the troughs below threshold are in the time after it than in the same time before.
    """

    times: np.ndarray
    values: np.ndarray


def find_segments(
    recording: Recording, values: Mapping[str, Any], method: str
) -> Generator[Progress, None, SegmentPreview]:
    """Read the whole recording and decide where to cut it: a job that yields `Progress`.

    Parameters
    ----------
    values : every sorting parameter and option, see `parameters.resolve`.
    method : see `parameters.method_of`.

    Raises
    ------
    ValueError
        If the file cannot be read, or holds NaN or infinity.
    """
    view, filter_, first, last = _range(recording, values, method)
    if last <= first:
        return SegmentPreview(np.array([[0.0, recording.duration]]))
    pieces = yield from _excess(view, filter_, values, first, last)
    length = int(values["min_segment_length"] * 1000)
    bounds = np.array(list(segment_bounds(iter(pieces), view.recording_channels, length, first, last)), float)
    bounds *= view.samples_per_ms / recording.sampling_frequency
    bounds[0, 0], bounds[-1, 1] = 0.0, recording.duration
    return SegmentPreview(bounds)


def activity_changes(
    recording: Recording, values: Mapping[str, Any], method: str, starts: Sequence[float]
) -> Generator[Progress, None, ActivityChanges]:
    """The drift heuristic by which a recording was cut: a job that yields `Progress`.

    Parameters
    ----------
    values, method : as in `find_segments`: those the recording was sorted with.
    starts : of the segments, s from the first sample of the recording.

    Raises
    ------
    ValueError
        If the file cannot be read, or holds NaN or infinity.
    """
    view, filter_, first, last = _range(recording, values, method)
    seconds = view.samples_per_ms / recording.sampling_frequency
    cuts = np.clip(np.rint(np.asarray(starts, float) / seconds).astype(int) - first, 0, max(0, last - first))
    if len(cuts) < 2:
        return ActivityChanges(np.zeros(0), np.zeros(0))
    pieces = yield from _excess(view, filter_, values, first, last)
    length, times, found = int(values["min_segment_length"] * 1000), [], []
    for begin, end in pairwise(cuts.tolist()):
        blocks = min(4 * length, last - first - begin)
        drift = drift_along(_upto(pieces, blocks), view.recording_channels, blocks, length)
        known = drift[length : min(end - begin + length, blocks - length + 1)]
        for at in range(0, len(known), STEP):
            times.append((first + begin + length + at + int(known[at : at + STEP].argmax())) * seconds)
            found.append(known[at : at + STEP].max())
        pieces = without(pieces, end - begin)
    return ActivityChanges(np.array(times), np.array(found))


def _range(recording: Recording, values: Mapping[str, Any], method: str):
    """What is read, its filter, and the first and last block (excluded) that are looked at, as in sorting."""
    view, _ = prepared(recording, values)
    filter_ = make_filter(view.samples_per_ms, values["detection_polarity"], method)
    first = max(1, -(-filter_.margin // view.samples_per_ms))
    return view, filter_, first, view.num_samples // view.samples_per_ms - first


def _excess(view, filter_: Filter, values: Mapping[str, Any], first: int, last: int):
    """Excess of the blocks first to last (excluded), in pieces: a job."""
    start = min(first + 4 * int(values["min_segment_length"] * 1000), last)  # the thresholds come from this part
    minima, firsts = [], []
    for stretch in stretches(first, start):
        found, first_samples = minima_between(view, filter_, *stretch)
        minima.append(found)
        firsts.append(first_samples)
        yield Progress("Measuring the noise", stretch[1] - first, last - first, "ms of recording")
    thresholds = (-values["detection_sensitivity"] * medians_of(np.concatenate(firsts, axis=1))).astype(np.float32)
    pieces: list[Excess] = [excess_of(found, thresholds) for found in minima]
    del minima, firsts  # large
    for stretch in stretches(start, last):
        pieces.append(excess_between(view, filter_, thresholds, *stretch))
        yield Progress("Looking for changes of activity", stretch[1] - first, last - first, "ms of recording")
    return pieces


def _upto(pieces: list[Excess], blocks: int) -> list[Excess]:
    """As many of the pieces as hold so many blocks."""
    reached = np.cumsum([piece.blocks for piece in pieces])
    return pieces[: int(np.searchsorted(reached, blocks)) + 1]
