"""What the units explain of the signal in sight, for the traces: computed in the background, and told in words. Knows
no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spikesift_core.merged_signal import without_signal
from spikesift_core.residual import Explained, Explainer
from spikesift_core.traces import TraceWindow, window_of
from spikesift_gui.state import Result

KINDS = {"subtracted": "what the units explain", "residual": "what is left when the units are taken off"}
LONGEST = 3.0  # s at once: a thousand spikes a second are fitted in less than a second
NOTHING_YET = "Nothing is taken off yet: the next step takes off the largest unit."


@dataclass(frozen=True, eq=False)
class Taken:
    """What is shown, the filtered signal behind it, and what it was made of."""

    shown: TraceWindow
    behind: TraceWindow
    explained: Explained
    noise: float


def explainer_of(result: Result) -> Explainer:
    """What takes the units of a result off its recording."""
    return Explainer(result.signal, result.sorted_recording, result.tracks, **result.how_measured)


def take_off(
    explainer: Explainer, kind: str, start: int, samples: int, channels: Sequence[int], most: int | None, columns: int
) -> Taken:
    """Runs in the background. `kind`: one of KINDS; `most`: so many units, see `Explainer.explain`; `columns`: of the
    picture."""
    found = explainer.explain(start, samples, channels, most)
    shown = found.model if kind == "subtracted" else found.left
    heard = ~without_signal(explainer.signal, found.start + np.arange(len(shown)))
    windows = (window_of(part, found.start, found.channels, columns, heard) for part in (shown, found.signal))
    return Taken(*windows, found, float(np.median(found.noise)) if len(found.noise) else 0.0)


def taken_words(taken: Taken, factor: float, unit: str) -> str:
    """What was taken off, and how much is left. `factor` turns the units of the file into `unit`."""
    found = taken.explained
    if not found.units:
        return "No unit fires here."
    before, after = (factor * float(part.std()) if part.size else 0.0 for part in (found.signal, found.left))
    left = f"SD in sight {before:.3g} → {after:.3g} {unit}; noise alone {factor * taken.noise:.3g}."
    every = len(found.units)
    if found.taken == every:
        whose = "The only unit that fires here is" if every == 1 else f"All {every} units that fire here are"
        return f"{whose} taken off: {_spikes(sum(found.spikes.values()))}. {left}"
    if not found.taken:
        return NOTHING_YET
    last = found.units[found.taken - 1]
    return f"{found.taken} of {every} units taken off, the last is unit {last}: {_spikes(found.spikes[last])}. {left}"


def _spikes(count: int) -> str:
    return "1 spike" if count == 1 else f"{count:,} spikes"
