"""What several views need of all units of a result, computed once and kept; called in the background. Knows no Qt."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from spikesift_core.results import SortedRecording
from spikesift_core.tracks import Track, track_spikes
from spikesift_core.unit_facts import UnitFacts, unit_facts
from spikesift_gui.state import Result

KEPT = 4  # results; while sorting there is a new one every few seconds


def facts_of(result: Result) -> tuple[UnitFacts, ...]:
    """The facts of every unit, in the order of the tracks."""
    return _facts(result.sorted_recording, result.tracks, result.sampling_frequency)


def spikes_of(result: Result) -> tuple[np.ndarray, ...]:
    """The spikes of every unit, in the order of the tracks, (n,) int64 samples each."""
    return _spikes(result.sorted_recording, result.tracks)


def unit_columns(facts: tuple[UnitFacts, ...], gain: float | None) -> dict[str, np.ndarray]:
    """The figures by name, (units,) each, as shown: shares in %, the amplitude in uV if the gain is known."""
    floats = {
        "depth": [fact.depth for fact in facts],
        "rate": [fact.rate for fact in facts],
        "amplitude": [fact.amplitude * (gain or 1.0) for fact in facts],
        "violations": [100 * fact.violations for fact in facts],
        "presence": [100 * fact.presence for fact in facts],
        "drift": [fact.drift for fact in facts],
    }
    whole = {
        "id": [fact.id for fact in facts],
        "channel": [fact.peak_channel for fact in facts],
        "spikes": [fact.spikes for fact in facts],
        "segments": [fact.segments for fact in facts],
    }
    columns = {name: np.array(values, np.int64) for name, values in whole.items()}
    columns |= {name: np.array(values, np.float64) for name, values in floats.items()}
    return {**columns, "lost": np.array([not fact.followed for fact in facts], bool)}


@lru_cache(KEPT)
def _facts(recording: SortedRecording, tracks: tuple[Track, ...], sampling_frequency: float | None) -> tuple:
    return tuple(unit_facts(recording, track, sampling_frequency) for track in tracks)


@lru_cache(KEPT)
def _spikes(recording: SortedRecording, tracks: tuple[Track, ...]) -> tuple:
    return tuple(track_spikes(recording, track) for track in tracks)
