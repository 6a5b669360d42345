"""The recordings that a merged one was made of: how they are called, where they are in it, when they began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from spikesift_core.recording_names import SUFFIX


@dataclass(frozen=True)
class Span:
    """One recording of a merged one.

    Attributes
    ----------
    name : short. start_time, end_time : samples, on the clock of the merged one.
    began : by the clock on the wall, or None.
    """

    name: str
    start_time: int
    end_time: int
    began: datetime | None


def spans_of(parts: Sequence[Mapping[str, Any]]) -> tuple[Span, ...]:
    """The recordings of a merged one, from `Joined.parts` or the field "parts" of its session."""
    return tuple(_span(number, part) for number, part in enumerate(parts, start=1))


def _span(number: int, part: Mapping[str, Any]) -> Span:
    recording = part.get("recording") or {}
    file = part.get("session") or recording.get("binary_file") or ""
    name = part.get("name") or Path(str(file)).name.removesuffix(SUFFIX) or f"recording {number}"
    return Span(name, int(part["start_time"]), int(part["end_time"]), _began(part.get("started"), recording))


def _began(told: Any, recording: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(told or recording.get("started"))
    except (TypeError, ValueError):  # not known, or written by hand
        return None
