"""Which channels of a recording are sorted, and what is taken off them first: what the options ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from spikesift_core.channel_health import channel_health, dead_channels
from spikesift_core.merged_signal import MergedSignal
from spikesift_core.parameters import method_of
from spikesift_core.recording import Recording
from spikesift_core.recording_view import RecordingView
from spikesift_core.signal_options import FEWEST_FOR_REFERENCE, OPTIONS, option_words

NAMED = "excluded by hand"


def why_not(channels: int, values: Mapping[str, Any]) -> str:
    """Why a recording of so many channels cannot be sorted with these options, in words that say what to do; or "".

    The options are called by their labels: the same words are read in the window, on the terminal and in Python.
    """
    excluded = values["exclude_channels"]
    if excluded and excluded[-1] >= channels:
        wrong = tuple(number for number in excluded if number >= channels)
        return (
            f"The list of excluded channels names {option_words(wrong)}, but the recording has {channels} channels, 0 "
            f"to {channels - 1}: take what is not there out of the list."
        )
    left = channels - len(excluded)
    if left == 0:
        return (
            f"The list of excluded channels names all {channels} channels, so that nothing is left to sort: leave some "
            "in."
        )
    problem = reference_problem(left) if values["common_reference"] != "none" else ""
    return f"{problem} Set the common reference to none." if problem else ""


def reference_problem(channels: int) -> str:
    """Why a common reference of so many channels cannot be taken off them, in words; or ""."""
    if channels >= FEWEST_FOR_REFERENCE:
        return ""
    return (
        f"The common reference needs at least {FEWEST_FOR_REFERENCE} channels, there are {channels}: the median of so "
        "few holds much of every spike and takes it away."
    )


def prepared(recording: Recording, values: Mapping[str, Any]) -> tuple[Recording | RecordingView, dict[int, str]]:
    """A recording as it is sorted, and the channels left out of it with the reason in words.

    Parameters
    ----------
    values : the options by name, see `signal_options`.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    excluded = dict.fromkeys(values["exclude_channels"], NAMED)
    if values["dead_channels"] == "exclude":
        verdicts = channel_health(recording)
        dead = {channel: words for channel, words in dead_channels(verdicts).items() if channel not in excluded}
        if len(excluded) + len(dead) < recording.recording_channels:
            excluded |= dead
    living = living_channels(recording.recording_channels, excluded)
    if not excluded and values["common_reference"] == "none":
        return recording, excluded
    reference = living if values["common_reference"] == "median" else None
    return RecordingView(recording, living, reference), dict(sorted(excluded.items()))


def as_sorted(recording: Recording | MergedSignal, settings: Mapping[str, Any], excluded: Mapping[int, str]):
    """A recording with the common reference taken off as the sorter did, but with every channel there: for the eye.

    Parameters
    ----------
    recording : of a merged one each part was sorted with settings of its own.
    settings : of the sorting; those of older sessions know no options.
    excluded : channels that were left out.
    """
    if isinstance(recording, MergedSignal):
        return recording.with_signals(lambda part: as_sorted(part.signal, part.settings, part.excluded))
    if settings.get("common_reference", OPTIONS["common_reference"].default) == "none":
        return recording
    channels = recording.recording_channels
    return RecordingView(recording, np.arange(channels), living_channels(channels, excluded))


def how_measured(recording, settings: Mapping[str, Any], preset: str | None) -> dict[str, Any]:
    """The polarity of the spikes and the method whose filter they were found with, by which the signal of a sorted
    recording is measured: `polarity` and `method`. Those of a merged one are alike in all parts."""
    if isinstance(recording, MergedSignal):
        settings, preset = recording.parts[0].settings, recording.parts[0].preset
    return {"polarity": settings.get("detection_polarity", -1.0), "method": method_of(preset)}


def living_channels(channels: int, excluded: Mapping[int, str]) -> np.ndarray:
    """Numbers of the channels that are not excluded, (k,) int64."""
    return np.setdiff1d(np.arange(channels), np.array(list(excluded), np.int64))


def on_probe(values: np.ndarray, living: np.ndarray, channels: int, empty: float) -> np.ndarray:
    """Values (..., living channels) put in their places among all `channels`; `empty` for those left out."""
    if len(living) == channels:
        return values
    whole = np.full((*values.shape[:-1], channels), empty, values.dtype)
    whole[..., living] = values
    return whole
