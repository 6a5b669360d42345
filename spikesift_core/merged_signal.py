"""The signal of a merged recording: each part of it is read from the files of the recording it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from spikesift_core.acquisition_clock import Gap, moved
from spikesift_core.merged_parts import spans_of
from spikesift_core.probe_contacts import ProbeLayout
from spikesift_core.recording import Recording
from spikesift_core.recording_view import RecordingView


@dataclass(frozen=True, eq=False)
class PartSignal:
    """One recording of a merged one.

    Attributes
    ----------
    name : short. start_time, end_time : samples, on the clock of the merged one.
    signal : Recording or RecordingView on the clock of the merged one (`recording_offset`), or None.
    problem : in words why there is none, else "".
    settings, preset : with which it was sorted. excluded : channels left out then, to the reason.
    """

    name: str
    start_time: int
    end_time: int
    signal: Recording | RecordingView | None
    problem: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    preset: str | None = None
    excluded: Mapping[int, str] = field(default_factory=dict)


class MergedSignal:
    """Several recordings on one clock; has what views and stages need of a `Recording`.

    Where there is no signal, in the pauses between recordings and where a file is missing, the values nearest in time
    go on, as they do at the ends of a recording; `there` tells where that is.

    Parameters
    ----------
    parts : in time order, at least one of them with a signal; all with the same channels and sampling rate.
    probe : their contacts.
    """

    def __init__(self, parts: Sequence[PartSignal], probe: ProbeLayout):
        self.parts = tuple(parts)
        self.probe, self.probe_geometry = probe, np.asarray(probe.positions, np.float32)
        self.recording_channels = len(self.probe_geometry)
        known = [part.signal for part in parts if part.signal is not None]
        self.sampling_frequency, self.samples_per_ms = known[0].sampling_frequency, known[0].samples_per_ms
        self.bytes_per_sample = max(signal.bytes_per_sample for signal in known)
        self.recording_offset = self.parts[0].start_time
        self.num_samples = self.parts[-1].end_time - self.recording_offset
        self.duration = self.num_samples / self.sampling_frequency
        self._bounds = np.array([_bounds(part) for part in self.parts], np.int64) - self.recording_offset

    @property
    def missing(self) -> tuple[PartSignal, ...]:
        """The parts without a signal."""
        return tuple(part for part in self.parts if part.signal is None)

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """Where samples are missing inside the recordings, counted from the first sample."""
        signals = [getattr(part.signal, "recording", part.signal) for part in self.parts if part.signal is not None]
        by_part = (moved(signal.gaps, signal.recording_offset - self.recording_offset) for signal in signals)
        return tuple(gap for gaps in by_part for gap in gaps)

    def with_signals(self, change: Callable[[PartSignal], Any]) -> MergedSignal:
        """The same with `change(part)` as the signal of each part that has one."""
        parts = [part if part.signal is None else replace(part, signal=change(part)) for part in self.parts]
        return MergedSignal(parts, self.probe)

    def part_at(self, sample: int) -> PartSignal:
        """The part that a sample, counted from the first, lies in; in a pause the one before it."""
        starts = [part.start_time - self.recording_offset for part in self.parts]
        return self.parts[max(0, int(np.searchsorted(starts, sample, side="right")) - 1)]

    def there(self, samples: np.ndarray) -> np.ndarray:
        """Whether there is a signal at samples (any shape) int64, counted from the first: bool of that shape."""
        samples = np.asarray(samples, np.int64)
        place = np.searchsorted(self._bounds[:, 0], samples, side="right") - 1
        return (place >= 0) & (samples < self._bounds[np.maximum(place, 0), 1])

    def read(self, start: int, num_samples: int, room: np.ndarray | None = None) -> np.ndarray:
        """Samples (num_samples, channels); see `Recording.read`."""
        return self.read_pieces(np.array([start]), np.array([num_samples]), room)

    def read_pieces(self, starts: np.ndarray, counts: np.ndarray, room: np.ndarray | None = None) -> np.ndarray:
        """Several stretches of samples, see `Recording.read_pieces`; of the type that holds those of all parts."""
        if len(starts) == 0:
            return np.zeros((0, self.recording_channels), np.int16)
        start, stop = int(np.min(starts)), int(np.max(np.add(starts, counts)))
        place = self._touched(start, stop)[0]
        if place < len(self.parts) and self._bounds[place, 0] <= start and stop <= self._bounds[place, 1]:
            signal = self.parts[place].signal  # most often: all of them in one recording
            return signal.read_pieces(starts + (self.recording_offset - signal.recording_offset), counts, room)
        return np.concatenate([self._piece(*one) for one in zip(starts.tolist(), counts.tolist(), strict=True)])

    def _touched(self, start: int, stop: int) -> tuple[int, int]:
        """The first part that reaches into a stretch, and the one after the last."""
        low = int(np.searchsorted(self._bounds[:, 1], start, side="right"))
        return low, max(low, int(np.searchsorted(self._bounds[:, 0], stop, side="left")))

    def _piece(self, start: int, count: int) -> np.ndarray:
        read: list[tuple[int, np.ndarray]] = []
        for place in range(*self._touched(start, start + count)):
            low, high = np.clip(self._bounds[place], start, start + count).tolist()
            if high > low:
                signal = self.parts[place].signal
                first = low + self.recording_offset - signal.recording_offset
                read.append((low - start, signal.read(first, high - low)))
        if not read:
            return np.zeros((count, self.recording_channels), np.int16)
        kind = np.result_type(*(values for _, values in read))
        piece = np.empty((count, self.recording_channels), kind)
        ends = [0, *((before + len(values) + after) // 2 for (before, values), (after, _) in pairwise(read))]
        for (at, values), begin, end in zip(read, ends, [*ends[1:], count], strict=True):
            piece[begin:at], piece[at : at + len(values)], piece[at + len(values) : end] = values[0], values, values[-1]
        return piece


def _bounds(part: PartSignal) -> tuple[int, int]:
    """From where to where a part has a signal, on the clock; a missing one nowhere, at its start."""
    if part.signal is None:
        return part.start_time, part.start_time
    first = part.signal.recording_offset
    return max(part.start_time, first), min(part.end_time, first + part.signal.num_samples)


def merged_signal(
    parts: Sequence[Mapping[str, Any]], found: Sequence[tuple[Recording | MergedSignal | None, str]], probe: ProbeLayout
) -> tuple[MergedSignal | None, str]:
    """The signal of a merged recording, or None where none of its files is there; and in words what is missing.

    Parameters
    ----------
    parts : as in `merging.Joined`. found : the signal of each on its own clock, or None; and in words what is missing.
    probe : their contacts.
    """
    made: list[PartSignal] = []
    for part, span, (signal, problem) in zip(parts, spans_of(parts), found, strict=True):
        by = int(part["moved_by"])
        if isinstance(signal, MergedSignal):  # what was merged before
            inner = [_moved(one, by) for one in signal.parts]
            made += [one for one in inner if one.start_time < span.end_time and one.end_time > span.start_time]
            continue
        excluded = {int(channel): words for channel, words in (part.get("excluded") or {}).items()}
        how = {"settings": part.get("settings") or {}, "preset": part.get("preset"), "excluded": excluded}
        placed = None if signal is None else _placed(signal, by)
        made.append(PartSignal(span.name, span.start_time, span.end_time, placed, problem, **how))
    words = " ".join(f"{part.name}: {part.problem}" for part in made if part.signal is None)
    return (MergedSignal(made, probe) if any(part.signal is not None for part in made) else None), words


def _moved(part: PartSignal, by: int) -> PartSignal:
    signal = None if part.signal is None else _placed(part.signal, by)
    return replace(part, start_time=part.start_time + by, end_time=part.end_time + by, signal=signal)


def _placed(signal: Recording, by: int) -> Recording:
    """The same recording so many samples later on the clock."""
    placed = copy(signal)
    placed.recording_offset = signal.recording_offset + by
    return placed


def signal_at(signal, sample: int):
    """Where a sample, counted from the first, is read from: of a merged recording the Recording or RecordingView it
    lies in, or None; else `signal` itself."""
    return signal.part_at(sample).signal if isinstance(signal, MergedSignal) else signal


def without_signal(signal, samples: np.ndarray) -> np.ndarray:
    """Whether samples (any shape) int64, counted from the first, lie where a recording has none: bool of that shape."""
    outside = (samples < 0) | (samples >= signal.num_samples)
    return outside | ~signal.there(samples) if isinstance(signal, MergedSignal) else outside


def missing_words(signal) -> str:
    """In words which recordings of a merged one are not there and why, or ""."""
    missing = signal.missing if isinstance(signal, MergedSignal) else ()
    return " ".join(f"{part.name}: {part.problem}" for part in missing)
