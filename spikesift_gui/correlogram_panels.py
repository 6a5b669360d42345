"""Auto- and cross-correlograms of units as panels with their words; counted in the background. Knows no Qt widget."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikesift_core.correlograms import Correlogram, correlogram_matrix, expected_pairs, short_lags
from spikesift_core.tracks import track_spikes
from spikesift_core.unit_facts import REFRACTORY_MS, refractory_violations, violation_share
from spikesift_gui.selected import percent
from spikesift_gui.unit_colors import unit_palette
from spikesift_gui.widgets.correlogram_grid import Panel, Place


def count_panels(recording: Any, tracks: list, rate: float, bin_ms: float, window_ms: float) -> dict[Place, Panel]:
    """Count every panel of the matrix; runs in the background."""
    width = max(1, round(bin_ms * rate / 1000))
    half = round(window_ms * rate / 1000 / width)
    trains = [track_spikes(recording, track) for track in tracks]
    panels, colors = {}, unit_palette([track.id for track in tracks])
    for (one, other), counts in correlogram_matrix(trains, width, half).items():
        for first, second in {(one, other), (other, one)}:
            lags = counts if first <= second else counts.reversed()
            pair, both = (tracks[first], tracks[second]), (trains[first], trains[second])
            panels[first, second] = _panel(recording, pair, both, lags, rate, colors(pair[1].id))
    return panels


def _panel(recording: Any, pair: tuple, trains: tuple, counts: Correlogram, rate: float, color: str) -> Panel:
    first, second = pair
    refractory, edges = REFRACTORY_MS * rate / 1000, counts.edges(rate)
    spikes1, spikes2, duration = _while_both(recording, pair, trains)
    expected = expected_pairs(spikes1, spikes2, counts.width, duration)
    if first is second:
        share = percent(violation_share(trains[0], refractory))
        count = refractory_violations(trains[0], refractory)
        tip = f"Unit {first.id}: {count} of {max(0, len(trains[0]) - 1):,} intervals are under {REFRACTORY_MS:g} ms."
        words = f"{first.id}: {share}", str(first.id)
        return Panel(edges, counts.counts, expected, *words, tip, color)
    short = short_lags(*trains, refractory)
    chance = expected_pairs(spikes1, spikes2, 2 * refractory, duration)
    tip = (
        f"Unit {second.id} relative to unit {first.id}: {short} pairs of spikes are closer than {REFRACTORY_MS:g} ms; "
        f"{chance:.3g} are expected if they fire independently."
    )
    words = f"{first.id} → {second.id}: {short} ({chance:.0f})", ""
    return Panel(edges, counts.counts, expected, *words, tip, color)


def _while_both(recording: Any, pair: tuple, trains: tuple) -> tuple[int, int, int]:
    """Spikes of each unit, and samples, in the segments in which both were found."""
    shared = sorted(set(pair[0].segments) & set(pair[1].segments))
    bounds = np.array(recording.segment_boundaries()).reshape(-1, 2)[shared]
    counts = [int(np.diff(np.searchsorted(train, bounds)).sum()) for train in trains]
    return counts[0], counts[1], int(np.diff(bounds).sum())
