"""One thing that looks odd about a recording: words for a person, and what can be done about it by a click."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MOST_LISTED = 8


@dataclass(frozen=True, eq=False)
class Finding:
    """What looks odd and what to do.

    Attributes
    ----------
    words : one sentence or two.
    kind : "warning", or "info" for what is worth knowing and no fault.
    leave_out : channels that had better be left out of sorting.
    settings : sorting parameters or options that would help, by name.
    order : (channels,) int64 or None: the contact that each channel should have had, see `wiring`.
    sampling_frequency : Hz, with which the recording would look right; None says nothing of it.
    fill : what had better be read in place of NaN on each channel, see `FileLayout`; () says nothing of it.
    """

    words: str
    kind: str = "warning"
    leave_out: tuple[int, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    order: np.ndarray | None = None
    sampling_frequency: float | None = None
    fill: tuple[float, ...] = ()


def listed(channels) -> str:
    """Channel numbers in words, the first eight of more: "channel 3", "channels 3, 7"."""
    shown = ", ".join(map(str, channels[:MOST_LISTED]))
    more = f" and {len(channels) - MOST_LISTED} more" if len(channels) > MOST_LISTED else ""
    return f"{'channel' if len(channels) == 1 else 'channels'} {shown}{more}"
