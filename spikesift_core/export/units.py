"""What is exported: the units chosen, their spikes as one sorted list, their vectors, and where all this came from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from spikesift_core.acquisition_clock import AcquisitionClock, clock_described
from spikesift_core.results import SortedRecording
from spikesift_core.session import Session
from spikesift_core.tracks import Track, chains, kept, track_amplitudes, track_spikes, tracks
from spikesift_core.version import VERSION

UNIT_CHOICES = {
    "followed": "units that links between neighbouring segments lead through every segment, from the first to the last",
    "kept": "units found in at least 45 % of the segments, also after a gap",
    "all": "every unit, also those found in a few segments only",
}


CLOCKS = {
    "recorded": "recorded samples, counted on over gaps: times as they are in the session",
    "acquisition": "numbers of the acquisition system, which go on during gaps, as those of its events",
}


@dataclass(frozen=True)
class Units:
    """The units chosen for an export.

    Attributes
    ----------
    recording : the results they come from.
    tracks : the units, in order of id.
    choice : a row of `UNIT_CHOICES`.
    left_out : how many others there are.
    sampling_frequency : Hz, or None where it is not known.
    source : file, settings and versions, ready for JSON.
    clock : the one times are on; None is that of the results.
    session : the session they come from, or None.
    """

    recording: SortedRecording
    tracks: tuple[Track, ...]
    choice: str
    left_out: int
    sampling_frequency: float | None
    source: dict[str, Any]
    clock: AcquisitionClock | None = None
    session: Session | None = None

    def __len__(self) -> int:
        return len(self.tracks)

    @property
    def where(self) -> str:
        """In which segments a unit has to be found so as not to be left out, in words."""
        return "every segment" if self.choice == "followed" else "45 % of the segments"

    def _on_clock(self, times: np.ndarray) -> np.ndarray:
        return times if self.clock is None else self.clock.numbers(times)

    @cached_property
    def spikes(self) -> tuple[np.ndarray, np.ndarray]:
        """Times (n,) int64 in samples, sorted, and unit ids (n,) int64; at one time the lower id comes first."""
        trains = [track_spikes(self.recording, track) for track in self.tracks]
        times = np.concatenate([np.zeros(0, np.int64), *trains])
        labels = np.repeat(np.array([track.id for track in self.tracks], np.int64), [len(train) for train in trains])
        order = np.argsort(times, kind="stable")
        return self._on_clock(times[order]), labels[order]

    @cached_property
    def segments(self) -> np.ndarray:
        """Start and end (after the last sample) of each segment, (segments, 2) int64, samples."""
        bounds = np.array(self.recording.segment_boundaries(), np.int64).reshape(-1, 2)
        return np.column_stack([self._on_clock(bounds[:, 0]), self._on_clock(bounds[:, 1] - 1) + 1])

    @cached_property
    def followed(self) -> np.ndarray:
        """Whether each unit was found in every segment, (units,) bool."""
        return np.array([track.followed_throughout(self.recording) for track in self.tracks], dtype=bool)

    @cached_property
    def rows(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """For each unit and segment it was found in: unit id, segment, spikes (int64 each), vector (rows, channels)."""
        channels = len(self.recording.probe_geometry)
        counts = {(track.id, segment): 0 for track in self.tracks for segment in track.segments}
        for track in self.tracks:
            for segment, cluster in track.members:
                counts[track.id, segment] += len(self.recording.sorted_segments[segment].spike_clusters[cluster])
        ids, segments = np.array(list(counts), dtype=np.int64).reshape(-1, 2).T
        vectors = [track_amplitudes(self.recording, track) for track in self.tracks]
        return (
            ids,
            segments,
            np.array(list(counts.values()), np.int64),
            np.concatenate([np.zeros((0, channels), np.float32), *vectors]),
        )


def units_of(results, choice: str | None = None, clock: str = "recorded") -> Units:
    """The units of a Session or SortedRecording; `choice` and `clock` as in `export`.

    Raises
    ------
    ValueError
        For anything else, a session in which no segment was finished, or a clock that is not known.
    """
    if clock not in CLOCKS:
        raise ValueError(f"clock must be one of {', '.join(CLOCKS)}, not {clock!r}.")
    if choice is not None and choice not in UNIT_CHOICES:
        raise ValueError(f"units must be one of {', '.join(UNIT_CHOICES)}, not {choice!r}.")
    recording, frequency, source = _parts(results)
    choice = choice or ("followed" if recording.followed is None else "kept")
    every = chains(recording) if choice == "followed" else tracks(recording)
    if choice == "followed":
        chosen = tuple(track for track in every if track.followed_throughout(recording))
    else:
        chosen = kept(every, recording.sorted_segments) if choice == "kept" else tuple(every)
    left_out = len(every) - len(chosen)
    told = acquisition_clock(results) if clock == "acquisition" else None
    source |= {"units": UNIT_CHOICES[choice], "clock": CLOCKS[clock]}
    session = results if isinstance(results, Session) else None
    return Units(recording, chosen, choice, left_out, frequency, source, told, session)


def acquisition_clock(results) -> AcquisitionClock:
    """The clock of the acquisition system, counted in the times of a session's results.

    Raises
    ------
    ValueError
        If it is not known; the sentence says why.
    """
    description = results.recording_description if isinstance(results, Session) else {}
    if isinstance(results, Session) and not description.get("binary_file"):
        raise ValueError(
            f"{results.folder} joins several recordings, and each has a clock of its own: export times on the clock of "
            "the acquisition system from the session of each recording."
        )
    clock = clock_described(description.get("clock"))
    if clock is None:
        raise ValueError(
            "The clock of the acquisition system is not known: the recording does not tell it (a plain binary file "
            "never does), or it was sorted by an older version. Export times as they are (clock recorded)."
        )
    return clock.counted_from(description["recording_offset"] - description["sample_offset"])


def _parts(results) -> tuple[SortedRecording, float | None, dict[str, Any]]:
    if isinstance(results, SortedRecording):
        return results, None, {"program_version": VERSION}
    if not isinstance(results, Session):
        raise ValueError(f"results must be a Session or a SortedRecording, not {type(results).__name__}.")
    if results.sorted_recording is None:
        raise ValueError(f"{results.folder} holds no finished segment ({results.state_words}): nothing to export.")
    description = {name: value for name, value in results.recording_description.items() if name != "probe_geometry"}
    source = {
        "program_version": VERSION,
        "sorted_with": results.program_version,
        "session": str(results.folder),
        "state": results.state,
        "preset": results.preset,
        "settings": results.settings,
        "recording": description,
    }
    return results.sorted_recording, float(description["sampling_frequency"]), source
