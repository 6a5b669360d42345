"""Every spike at its depth: what is read from the recording, its colours, and the words below it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator

import numpy as np

from spikesift_core.progress import Progress
from spikesift_core.spike_depths import SpikeDepths, spike_depths
from spikesift_gui.palette import Palette
from spikesift_gui.qt import QtGui
from spikesift_gui.ramps import LEVELS, ramp
from spikesift_gui.selected import amplitude_scale, seconds
from spikesift_gui.state import Result

MOST_SPIKES = 20_000  # more would be drawn for too long, and not be told apart
STEPS = 12  # colours from small to large amplitudes
LIMITS = (0.02, 0.98)  # shares of the amplitudes between which the colours go from the first to the last
KINDS = (("units", "Spikes by unit"), ("amplitudes", "By amplitude"), ("none", "Units only"))
Points = tuple[str, float, np.ndarray, np.ndarray]  # color, opacity, x, y; as `ColoredPoints` takes them


def spikes_of(result: Result) -> Generator[Progress, None, SpikeDepths]:
    """Depths of the spikes that are shown; runs in the background, step by step."""
    return spike_depths(result.signal, result.sorted_recording, result.tracks, MOST_SPIKES, **result.how_measured)


def cloud_points(
    found: SpikeDepths,
    result: Result,
    units: Iterable[int] | None,
    kind: str,
    colors: Callable[[int], str],
    opacity: float,
    palette: Palette,
) -> Iterator[Points]:
    """The spikes of these units (None: of all) in the colours of the units, or in those of their amplitudes."""
    wanted = np.ones(len(found.units), bool) if units is None else np.isin(found.units, list(units))
    x, y = seconds(result, found.times), found.depths
    if kind == "units":
        groups, names = found.units, {unit: colors(unit) for unit in np.unique(found.units[wanted]).tolist()}
    else:
        table = ramp(palette, palette.accent)[:: LEVELS // STEPS]
        groups, names = amplitude_steps(found), {step: QtGui.QColor(*table[step][:3]).name() for step in range(STEPS)}
    for group, color in names.items():
        mine = wanted & (groups == group)
        yield color, opacity, x[mine], y[mine]


def cloud_words(found: SpikeDepths, result: Result, kind: str) -> str:
    """How many spikes are shown, and what the colours mean."""
    shown, total = len(found.times), found.total
    words = f"all {total:,} spikes" if shown == total else f"{shown:,} of {total:,} spikes"
    if kind != "amplitudes" or not shown:
        return words
    factor, unit = amplitude_scale(result)
    low, high = factor * amplitude_limits(found)
    return f"{words}, coloured from {low:.0f} to {high:.0f} {unit}"


def amplitude_limits(found: SpikeDepths) -> np.ndarray:
    """The amplitudes of the first and of the last colour, in the units of the file."""
    known = found.amplitudes[np.isfinite(found.amplitudes)]
    return np.quantile(known, LIMITS) if len(known) else np.zeros(2)


def amplitude_steps(found: SpikeDepths) -> np.ndarray:
    """Which of the colours each spike has, (n,) int64."""
    low, high = amplitude_limits(found)
    share = np.nan_to_num((found.amplitudes - low) / max(high - low, 1e-9))
    return np.clip(share * STEPS, 0, STEPS - 1).astype(np.int64)
