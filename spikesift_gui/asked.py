"""What the settings ask for, worked out of the state: pure functions that pages, views and commands share."""

from __future__ import annotations

from spikesift_core.parameters import resolve
from spikesift_core.recording import Recording
from spikesift_gui.state import State

FEW_VALUES = 60_000_000  # samples times channels that are read without being asked: a second or two
DECIDING = (  # settings that the boundaries of segments depend on
    "min_segment_length",
    "detection_sensitivity",
    "detection_polarity",
    "common_reference",
    "dead_channels",
    "exclude_channels",
)


def excluded(state: State) -> tuple[int, ...]:
    """Channels left out by hand, ascending."""
    return resolve(state.settings.preset, state.settings.given)["exclude_channels"]


def segment_question(state: State) -> tuple:
    """What the boundaries depend on: the recording and some of the settings."""
    values = resolve(state.settings.preset, state.settings.given)
    return state.checked.recording, state.settings.preset, *(values[name] for name in DECIDING)


def few_enough(recording: Recording) -> bool:
    """Whether a recording is so small that it is read without being asked."""
    return recording.num_samples * recording.recording_channels <= FEW_VALUES
