"""What several views need of all units of a result, computed once and kept; called in the background."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from spikesift_core.quality import Quality, difference_matrix, judged
from spikesift_core.results import SortedRecording
from spikesift_core.tracks import Track, track_spikes
from spikesift_core.unit_facts import UnitFacts, unit_facts
from spikesift_gui.jobs import one_at_a_time
from spikesift_gui.state import Result

KEPT = 4  # results; while sorting there is a new one every few seconds
FACTS = {  # names of metrics, and where the facts have them
    "segments": "segments", "channel": "peak_channel", "depth": "depth", "spikes": "spikes", "rate": "rate",
    "amplitude": "amplitude", "presence": "presence", "violations": "violations", "drift": "drift",
}  # fmt: skip


def facts_of(result: Result) -> tuple[UnitFacts, ...]:
    """The facts of every unit, in the order of the tracks."""
    return _facts(result.sorted_recording, result.tracks, result.sampling_frequency)


def spikes_of(result: Result) -> tuple[np.ndarray, ...]:
    """The spikes of every unit, in the order of the tracks, (n,) int64 samples each."""
    return _spikes(result.sorted_recording, result.tracks)


def differences_of(result: Result) -> np.ndarray:
    """How unlike every two units are, see `spikesift_core.quality.difference_matrix`."""
    return _differences(result.sorted_recording, result.tracks)


def unit_columns(
    facts: tuple[UnitFacts, ...], gain: float | None, quality: Quality | None = None
) -> dict[str, np.ndarray]:
    """The figures by name, (units,) each: shares 0 to 1, the amplitude in uV if the gain is known.

    Parameters
    ----------
    quality : of the same units, as far as it is computed. Without it there is what the facts tell.
    """
    found = {name: [getattr(fact, of) for fact in facts] for name, of in FACTS.items()}
    columns = {"id": np.array([fact.id for fact in facts], np.int64)}
    columns |= {name: np.array(values, np.float64) for name, values in found.items()}
    if quality is not None and quality.units == tuple(columns["id"].tolist()):
        columns |= quality.columns
        columns["failed"] = sum(judged(quality).failed.values(), np.zeros(len(facts)))
    columns["amplitude"] = columns["amplitude"] * (gain or 1.0)
    return {**columns, "lost": np.array([not fact.followed for fact in facts], bool)}


@one_at_a_time
@lru_cache(KEPT)
def _facts(recording: SortedRecording, tracks: tuple[Track, ...], sampling_frequency: float | None) -> tuple:
    every = zip(tracks, _spikes(recording, tracks), strict=True)
    return tuple(unit_facts(recording, track, sampling_frequency, spikes=spikes) for track, spikes in every)


@one_at_a_time
@lru_cache(KEPT)
def _spikes(recording: SortedRecording, tracks: tuple[Track, ...]) -> tuple:
    return tuple(track_spikes(recording, track) for track in tracks)


@one_at_a_time
@lru_cache(KEPT)
def _differences(recording: SortedRecording, tracks: tuple[Track, ...]) -> np.ndarray:
    return difference_matrix(recording, tracks)
