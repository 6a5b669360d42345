"""Where the recording would be cut into segments, without sorting it: the first pass of the sorter alone."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikesift_core.preparing import prepared
from spikesift_core.progress import Progress
from spikesift_core.recording import Recording
from spikesift_core.stages.filtering import make_filter
from spikesift_core.stages.minima import Excess, excess_between, excess_of, medians_of, minima_between, stretches
from spikesift_core.stages.segmentation import segment_bounds


@dataclass(frozen=True, eq=False)
class SegmentPreview:
    """The segments that sorting with the same settings would make.

    Attributes
    ----------
    bounds : (segments, 2) float64, start and end of each, s from the first sample of the recording.
    """

    bounds: np.ndarray


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
    view, _ = prepared(recording, values)
    block = view.samples_per_ms
    filter_ = make_filter(block, values["detection_polarity"], method)
    first = max(1, -(-filter_.margin // block))
    last = view.num_samples // block - first
    if last <= first:
        return SegmentPreview(np.array([[0.0, recording.duration]]))
    length = int(values["min_segment_length"] * 1000)
    start = min(first + 4 * length, last)  # the thresholds come from this part, as in sorting
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
    bounds = np.array(list(segment_bounds(iter(pieces), view.recording_channels, length, first, last)), float)
    bounds *= block / recording.sampling_frequency
    bounds[0, 0], bounds[-1, 1] = 0.0, recording.duration
    return SegmentPreview(bounds)
