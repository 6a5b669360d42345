"""How many units each segment holds, and how many of them are new or were lost. Knows no Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_gui.state import Result


@dataclass(frozen=True, eq=False)
class SegmentCounts:
    """For each segment (n,): units found, of these for the first time (none in the first segment), and those of the
    segment before that were not found; `positions` (n,) um since the first segment, or None where that was not kept."""

    found: np.ndarray
    new: np.ndarray
    lost: np.ndarray
    positions: np.ndarray | None


def counts_of(result: Result) -> SegmentCounts:
    """What each segment holds."""
    recording = result.sorted_recording
    count = len(recording.sorted_segments)
    there = np.zeros((len(result.tracks), count), bool)
    for place, track in enumerate(result.tracks):
        there[place, list(track.segments)] = True
    before = np.cumsum(there, axis=1) - there > 0
    lost = np.zeros(count, np.int64)
    lost[1:] = (there[:, :-1] & ~there[:, 1:]).sum(axis=0)
    positions = None if recording.links is None else np.array([one.position for one in recording.links])
    new = (there & ~before).sum(axis=0)
    new[0] = 0  # there is nothing before
    return SegmentCounts(there.sum(axis=0), new, lost, positions)
