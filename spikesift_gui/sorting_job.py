"""The sorting job of the window: what was found so far, made ready in the background. Knows no Qt."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spikesift_core.progress import Progress
from spikesift_core.recording import Recording
from spikesift_core.results import SortedRecording
from spikesift_core.sort_to_session import sort_to_session
from spikesift_core.sorting import SegmentSorted, recording_so_far
from spikesift_core.tracks import Track, tracks

SHARE_FOR_PICTURES = 0.05  # of the time may go into results of unfinished runs


@dataclass(frozen=True, eq=False)
class Found:
    """What is sorted until now, with its units."""

    sorted_recording: SortedRecording
    tracks: tuple[Track, ...]


class SortingJob:
    """Sorts into a session folder and shows what was found on the way. `kept` is what was finished when it ended, None
    before that and without a segment.

    Parameters
    ----------
    recording, folder, threads, preset : as in `sort_to_session`.
    given : sorting parameters on top of the preset.
    notes : kept with the session.

    Raises
    ------
    ValueError
        At once: for what cannot be sorted, or a folder that is taken.
    """

    def __init__(
        self,
        recording: Recording,
        folder: Path,
        *,
        preset: str,
        given: Mapping[str, Any],
        threads: int = 1,
        notes: Mapping[str, Any] | None = None,
    ):
        self.recording, self.folder = recording, Path(folder)
        self.kept: Found | None = None
        self._events: list[SegmentSorted] = []
        self._job = sort_to_session(recording, folder, preset=preset, threads=threads, notes=notes, **given)

    def run(self) -> Generator[Progress | Found, None, Found]:
        """The job: yields `Progress` and, not more often than is cheap, `Found`; returns the whole."""
        shown, cost = time.perf_counter(), 0.0
        try:
            while True:
                try:
                    event = next(self._job)
                except StopIteration as stop:
                    self.kept = found_in(stop.value)
                    return self.kept
                if not isinstance(event, SegmentSorted):
                    yield event
                    continue
                self._events.append(event)
                now = time.perf_counter()
                if len(self._events) == 1 or (now - shown) * SHARE_FOR_PICTURES >= cost:
                    yield self._found()
                    shown = time.perf_counter()
                    cost = shown - now
        finally:  # also where it is cancelled: here, in the background, since of many units it takes a while
            self._job.close()
            self.kept = self.kept or self._found()

    @property
    def segments(self) -> int:
        """Finished segments; all of them are in the session."""
        return len(self._events)

    def _found(self) -> Found | None:
        """What is finished; None before the first segment."""
        events = list(self._events)
        return found_in(recording_so_far(events, self.recording.probe)) if events else None


def found_in(sorted_recording: SortedRecording) -> Found:
    """A sorted recording with its units."""
    return Found(sorted_recording, tuple(tracks(sorted_recording)))
