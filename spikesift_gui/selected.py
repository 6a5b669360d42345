"""What views of the selected units need again and again: the units, their times in seconds, the unit of amplitudes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from spikesift_core.merged_signal import MergedSignal
from spikesift_core.tracks import Track
from spikesift_gui.state import Result, State
from spikesift_gui.widgets import Hint

KEPT = 4  # results


def selected_tracks(state: State, most: int | None = None) -> list[Track]:
    """The selected units of the current result, the best one first; at most `most`."""
    result = state.results.current
    by_id = _by_id(result) if result else {}
    return [by_id[unit] for unit in state.selection.units[:most] if unit in by_id]


@lru_cache(KEPT)
def _by_id(result: Result) -> dict[int, Track]:
    return {track.id: track for track in result.tracks}


def units_hint(state: State, what: str) -> Hint | None:
    """For views of the selected units: a hint when none is selected, or when times cannot be in seconds."""
    if state.results.current.sampling_frequency is None:
        return Hint("Sampling frequency not known", "Without it lags and times cannot be shown in seconds.")
    return None if state.selection.units else no_selection(state, f"Select one or more units to see their {what}.")


def no_selection(state: State, words: str) -> Hint:
    """That no unit is selected, with `words` what to do; or that none was found, with where to go."""
    if state.results.current.tracks:
        return Hint("No unit selected", words)
    return Hint("No unit was found", "Sort again with a lower detection threshold, or the other polarity.", "page.sort")


def recording_hint(state: State, what: str) -> Hint | None:
    """For views that read the recording: a hint when it is not there."""
    result = state.results.current
    if result.recording is None:
        return no_recording(result, f"{what} are read from the recording. {result.recording_problem}".strip())
    return None


def no_recording(result: Result, words: str) -> Hint:
    """That a result has no recording, with the step that finds it where there is one to be found."""
    if result.folder is None:
        return Hint("No signal to show", words)
    return Hint("The recording is not there", words, "session.find_recording")


def without_words(result: Result) -> str:
    """Which recordings of a merged one are left out of what is read from the signal, or ""."""
    missing = [part.name for part in result.recording.missing] if isinstance(result.recording, MergedSignal) else []
    if not missing:
        return ""
    return f"Without {' and '.join(missing)}: {'its recording is' if len(missing) == 1 else 'they are'} not there."


def silence_words(result: Result, start: float, end: float) -> str:
    """Why a merged recording has no signal in a part of a time (s from its first sample), or ""."""
    signal, rate = result.recording, result.sampling_frequency
    if not isinstance(signal, MergedSignal):
        return ""
    times = np.array([(part.start_time, part.end_time) for part in signal.parts])
    times = (times - signal.recording_offset) / rate
    seen = (times[:, 0] < end) & (times[:, 1] > start)
    words = [f"{part.name}: {part.problem}" for part in np.array(signal.parts)[seen] if part.signal is None]
    for (before, after), pause in zip(pairwise(signal.parts), times.ravel()[1:-1].reshape(-1, 2), strict=True):
        if pause[0] < min(pause[1], end) and pause[1] > start:
            where = f"{pause[0]:.3f} to {pause[1]:.3f} s"
            words.append(f"Between {before.name} and {after.name} nothing was recorded ({where}).")
    return " ".join(words)


def seconds(result: Result, samples: Any) -> Any:
    """Times on the logical clock (samples) as s from the first sample used."""
    return (np.asarray(samples, float) - result.sorted_recording.start_time()) / result.sampling_frequency


@lru_cache(KEPT)
def segment_times(result: Result) -> np.ndarray:
    """Start and end of each segment, (segments, 2) s, not to be written to."""
    times = seconds(result, result.sorted_recording.segment_boundaries())
    times.setflags(write=False)
    return times


def amplitude_scale(result: Result) -> tuple[float, str]:
    """What amplitudes are multiplied by, and the unit they are in then."""
    return (result.gain, "µV") if result.gain else (1.0, "file units")


def left_out(state: State, most: int) -> str:
    """Words for the selected units that a view does not show, or ""."""
    count = len(state.selection.units)
    return f"The first {most} of {count} selected units are shown." if count > most else ""


def percent(share: float) -> str:
    """A share, 0 to 1, as a percentage in words; "–" for nan."""
    return "–" if np.isnan(share) else f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"


def sentences(parts: Sequence[str]) -> str:
    """Parts of a caption on one line."""
    return "   ".join(part for part in parts if part)
