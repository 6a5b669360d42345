"""Auto- and cross-correlograms of the selected units."""

from __future__ import annotations

from typing import Any

from spikesift_core.unit_facts import REFRACTORY_MS
from spikesift_gui.correlogram_panels import count_panels
from spikesift_gui.qt import QWidget
from spikesift_gui.selected import left_out, selected_tracks, units_hint
from spikesift_gui.state import State
from spikesift_gui.theme import font
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
