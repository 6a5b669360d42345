"""Auto- and cross-correlograms of the selected units."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikesift_core.correlograms import Correlogram, correlogram_matrix, expected_pairs, short_lags
from spikesift_core.tracks import track_spikes
from spikesift_core.unit_facts import REFRACTORY_MS, refractory_violations, violation_share
from spikesift_gui.qt import QWidget
from spikesift_gui.selected import left_out, percent, selected_tracks, units_hint
from spikesift_gui.state import State
from spikesift_gui.theme import font
from spikesift_gui.unit_colors import unit_palette
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, column, label
from spikesift_gui.widgets.correlogram_grid import CorrelogramGrid, Panel, Place
from spikesift_gui.widgets.wheel import next_in, on_wheel

BINS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # ms
WINDOWS = (5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)  # ms on either side
MOST_UNITS = 6


class CorrelogramView(View):
    """The matrix: autocorrelograms on the diagonal, cross-correlograms beside it."""

    id = "correlograms"
    title = "Correlograms"
    help = (
        "How often a spike of one unit comes how long after a spike of another.\n\n"
        "On the diagonal each unit with itself (its own spike left out): a single neuron has next to nothing inside "
        f"the shaded refractory band (±{REFRACTORY_MS:g} ms); the figure is the share of its intervals that are "
        "shorter. Much in the band means that spikes of other neurons, or noise, are in the unit.\n\n"
        "Beside the diagonal every two units, column relative to row. The figure is the number of pairs closer than "
        "the refractory period, and in brackets how many two independent units of these rates would have (the dashed "
        "line). A hole at 0 where many are expected: perhaps one neuron in two units. A sharp peak beside 0: perhaps "
        "one drives the other; exactly at 0 also one spike found twice, or two that overlap.\n\n"
        "All spikes are counted, none is left out. Wheel: window. Ctrl + wheel: bin. A bin is a whole number of "
        "samples; the middle one is centred on 0."
    )
    options = {"bin_ms": 1.0, "window_ms": 50.0}

    def build(self) -> QWidget:
        """A grid of histograms, and a line of words."""
        self._grid = CorrelogramGrid()
        self._caption = label("", "caption")
        on_wheel(self._grid, plain=lambda step: self._turn("window_ms", WINDOWS, -step), ctrl=self._turn_bin)
        self._bin = self.add_choice(
            "bin_ms", [(value, f"{value:g} ms") for value in BINS], "Width of a bin (Ctrl + wheel)"
        )
        self._window = self.add_choice(
            "window_ms", [(value, f"±{value:g}") for value in WINDOWS], "Lags shown, ms on either side (wheel)"
        )
        body = QWidget()
        body.setLayout(column(self._grid, self._caption, gap=0))
        body.layout().setStretch(0, 1)
        self._caption.setContentsMargins(8, 2, 8, 4)
        return body

    def hint(self, state: State) -> Hint | None:
        """Units are needed."""
        return super().hint(state) or units_hint(state, "correlograms")

    def draw(self, before: State | None, after: State) -> None:
        """Count in the background."""
        if before is not None and self._question(before) == self._question(after):
            return
        for field, name in ((self._bin, "bin_ms"), (self._window, "window_ms")):
            field.setCurrentIndex(field.findData(self.option(name, after)))
        result = after.results.current
        tracks = selected_tracks(after, MOST_UNITS)
        bin_ms, window_ms = self.option("bin_ms", after), self.option("window_ms", after)
        self._caption.setText(left_out(after, MOST_UNITS))
        self._caption.setVisible(bool(self._caption.text()))
        self.compute(
            "correlograms",
            lambda: count_panels(result.sorted_recording, tracks, result.sampling_frequency, bin_ms, window_ms),
            self._show,
        )

    def _question(self, state: State) -> Any:
        return state.results, state.selection, self.option("bin_ms", state), self.option("window_ms", state)

    def _turn(self, name: str, values: tuple[float, ...], step: int) -> None:
        self.set_option(name, next_in(values, self.option(name), step))

    def _turn_bin(self, step: int) -> None:
        self._turn("bin_ms", BINS, -step)

    def _show(self, panels: dict[Place, Panel]) -> None:
        small = font("caption", self.context.state.appearance)
        self._grid.show_panels(panels, REFRACTORY_MS, self.palette_now, small)


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
    bounds = np.array([recording.segment_boundaries()[index] for index in shared]).reshape(-1, 2)
    counts = [int(np.diff(np.searchsorted(train, bounds)).sum()) for train in trains]
    return counts[0], counts[1], int(np.diff(bounds).sum())
