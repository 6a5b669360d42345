"""The quality metrics of the result that is looked at, as part of the state. Knows no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spikesift_core.quality import Quality
    from spikesift_core.segment_preview import ActivityChanges
    from spikesift_gui.state import State


@dataclass(frozen=True, eq=False)
class Figures:
    """Quality metrics, as far as they are computed.

    Attributes
    ----------
    asked : the `question` they answer, or None before the first.
    quality : spikesift_core.quality.Quality, of a part of the metrics as long as the job runs; None before.
    problem : why there will be no more, in words, or "".
    activity : spikesift_core.segment_preview.ActivityChanges of the recording; None while nobody asked for it.
    """

    asked: tuple[Any, ...] | None = None
    quality: Quality | None = None
    problem: str = ""
    activity: ActivityChanges | None = None


def question(state: State) -> tuple[Any, ...] | None:
    """What the metrics depend on: the sorted recording that is looked at, its units, and the recording to be read (None
    where it is not there, or still being sorted)."""
    result = state.results.current
    if result is None:
        return None
    sorting = state.job("sort") is not None and state.sort_plan.result_id == result.id
    return result.sorted_recording, result.tracks, None if sorting else result.recording, sorting


def quality_now(state: State) -> Quality | None:
    """The metrics of the units that are looked at, as far as they are computed; None when they are of others."""
    result, figures = state.results.current, state.figures
    if result is None or figures.asked is None or figures.asked[0] is not result.sorted_recording:
        return None
    return figures.quality


def activity_now(state: State) -> ActivityChanges | None:
    """The changes of activity in the recording that is looked at; None while nobody asked for it."""
    result, figures = state.results.current, state.figures
    if result is None or figures.asked is None or figures.asked[0] is not result.sorted_recording:
        return None
    return figures.activity


def being_measured(state: State) -> bool:
    """Whether more metrics of these units are to come."""
    quality = quality_now(state)
    return not state.figures.problem and (quality is None or not quality.complete)
