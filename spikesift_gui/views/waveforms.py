"""Waveforms of the selected units, placed on the probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikesift_core.tracks import Track, track_amplitudes
from spikesift_core.unit_facts import nearby_channels, peak_channel
from spikesift_core.waveforms import Waveforms, soon_read, unit_waveforms, waveform_density
from spikesift_gui.qt import QWidget
from spikesift_gui.selected import (
    amplitude_scale,
    left_out,
    recording_hint,
    selected_tracks,
    sentences,
    units_hint,
    without_words,
)
from spikesift_gui.state import Result, State
from spikesift_gui.theme import font
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, column
from spikesift_gui.widgets.steady_label import SteadyLabel
from spikesift_gui.widgets.waveform_plot import Density, Drawing, WaveformPlot, first_in_sight
from spikesift_gui.widgets.wheel import on_wheel

MOST_UNITS = 6
MOST_CHANNELS = 16  # of each unit, around its peak
SAMPLE = 200  # spikes of each unit, at most
LARGE_SAMPLE = 1000  # when the mean of each segment is shown, or the density
LINES = 120  # single waveforms drawn, of all units together
SCALE_STEP = 1.2
LARGEST_SCALE = 20.0
FAINTEST = 0.15
LARGE = ("segments", "density")  # what the large sample is for
DENSITY_BINS = 96  # amplitudes
OUTSIDE = 0.005  # share of the waveforms left out on either side at each moment: one odd spike makes no others small
DENSEST = 0.99  # share of the cells that are less than opaque


@dataclass(frozen=True, eq=False)
class Cut:
    """Waveforms of a unit.

    Attributes
    ----------
    near : (n,) rows of their channels around its peak.
    mean : (channels, width); by_segment : (segments, n, width), of each segment near the peak if they are shown.
    density : near the peak, if it is shown.
    """

    track: Track
    waveforms: Waveforms
    near: np.ndarray
    mean: np.ndarray
    by_segment: Sequence[np.ndarray] = ()
    density: Density | None = None


class WaveformView(View):
    """Mean waveforms, and what is behind them."""

    id = "waveforms"
    title = "Waveforms"
    says = ("recording", "units", "segment", "kind")
    help = (
        "The signal around the spikes of the selected units, each channel at the place of its contact; the numbers "
        "are channels, the bars below tell time and amplitude. Thick: the mean. Behind it single spikes; or their "
        "density, the stronger the more waveforms go through a place; or the mean of each segment from early (faint) "
        "to late.\n\n"
        f"The waveforms are those of a sample of at most {SAMPLE} spikes (for density and segments "
        f"{LARGE_SAMPLE}), evenly spread over all of them; the line below says how many of how many. They are "
        "cut from the recording, so whatever other units did at that moment is in them. With a segment in focus only "
        "its spikes are used.\n\n"
        "One neuron has one shape: single waveforms in two bundles, or a density with two ridges, are probably two. "
        "Two units with the same "
        "shape on the same channels are probably one. Means that move along the probe from segment to segment show "
        "drift.\n\n"
        "Filtered is the signal as the sorter sees it; raw is as in the file, less its median. "
        "Ctrl + wheel: height. w: filtered or raw. m: mean only. o: over each other or side by side."
    )
    options = {"kind": "filtered", "behind": "samples", "overlap": True, "scale": 1.0}

    def build(self) -> QWidget:
        """The plot and a line of words."""
        self._plot = WaveformPlot()
        self._cuts: list[Cut] = []
        self._caption = SteadyLabel((8, 2, 8, 4))
        on_wheel(self._plot.plot, ctrl=self._zoom)
        self._kind = self.add_choice("kind", (("filtered", "Filtered"), ("raw", "Raw")), "Signal (w)")
        behind = (("samples", "Spikes"), ("density", "Density"), ("segments", "Segments"), ("nothing", "Mean only"))
        self._behind = self.add_choice("behind", behind, "What is drawn behind the mean (m)")
        body = QWidget()
        body.setLayout(column(self._plot, self._caption, gap=0))
        body.layout().setStretch(0, 1)
        return body

    def hint(self, state: State) -> Hint | None:
        """Units and their recording are needed."""
        return super().hint(state) or units_hint(state, "waveforms") or recording_hint(state, "Waveforms")

    def draw(self, before: State | None, after: State) -> None:
        """Cut in the background if there is something new to cut, else draw what is there in another way."""
        self._kind.setCurrentIndex(self._kind.findData(self.option("kind", after)))
        self._behind.setCurrentIndex(self._behind.findData(self.option("behind", after)))
        if before is not None and self._question(before) == self._question(after):
            if self._ways(before) != self._ways(after):
                self._redraw()
            return
        result, tracks, segment = after.results.current, selected_tracks(after, MOST_UNITS), after.view.segment
        filtered = self.option("kind", after) == "filtered"
        behind = self.option("behind", after)
        self.compute("waveforms", lambda: cut_units(result, tracks, segment, filtered, behind), self._show)

    def _question(self, state: State) -> Any:
        behind = self.option("behind", state)
        sample = behind if behind in LARGE else "small"
        return state.results, state.selection, state.view.segment, self.option("kind", state), sample

    def _ways(self, state: State) -> Any:
        return [self.option(name, state) for name in ("behind", "overlap", "scale")]

    def _zoom(self, step: int) -> None:
        scale = self.option("scale") * SCALE_STEP**step
        self.set_option("scale", min(LARGEST_SCALE, max(1 / LARGEST_SCALE, scale)))

    def _show(self, cuts: list[Cut]) -> None:
        self._cuts = cuts
        self._redraw()

    def _redraw(self) -> None:
        state = self.context.state
        result = state.results.current
        if result is None or not self._cuts:
            return
        factor, unit = amplitude_scale(result)
        lines = max(1, LINES // len(self._cuts))
        behind = self.option("behind")
        positions = result.sorted_recording.probe_geometry
        drawings = [_drawing(cut, behind, lines, factor, self.colors(cut.track.id)) for cut in self._cuts]
        self._plot.show_waveforms(
            drawings,
            positions,
            self.palette_now,
            font("caption", state.appearance),
            unit=unit,
            scale=self.option("scale"),
            overlap=self.option("overlap"),
        )
        words = [_words(cut, behind, lines, state.view.segment) for cut in self._cuts]
        elsewhere = _elsewhere(self._cuts, first_in_sight(drawings, positions))
        self._caption.setText(sentences([*words, elsewhere, without_words(result), left_out(state, MOST_UNITS)]))


def cut_units(
    result: Result, tracks: Sequence[Track], segment: int | None, filtered: bool, behind: str = "samples"
) -> list[Cut]:
    """Waveforms of every unit on the channels near any of them; runs in the background."""
    positions = result.sorted_recording.probe_geometry
    near = []
    for track in tracks:
        vectors = track_amplitudes(result.sorted_recording, track)
        there = [vectors[place] for place, index in enumerate(track.segments) if index == segment]
        near.append(nearby_channels(peak_channel(there[0] if there else vectors), positions, most=MOST_CHANNELS))
    channels = np.unique(np.concatenate(near))
    signal = result.signal if filtered else result.recording
    most = LARGE_SAMPLE if behind in LARGE else soon_read(signal, SAMPLE)
    how = {"most": most, "segment": segment, "filtered": filtered, "method": result.how_measured["method"]}
    cuts = []
    for track, own in zip(tracks, near, strict=True):
        found = unit_waveforms(signal, result.sorted_recording, track, channels, **how)
        rows = np.flatnonzero(np.isin(channels, own))
        dense = _density(found, rows, amplitude_scale(result)[0]) if behind == "density" else None
        means = [found.mean(s)[rows] for s in found.sampled_segments()] if behind == "segments" else ()
        cuts.append(Cut(track, found, rows, found.mean(), means, dense))
    return cuts


def _density(found: Waveforms, rows: np.ndarray, factor: float) -> Density | None:
    samples = factor * found.samples[:, rows]
    samples = samples[np.isfinite(samples).all(axis=(1, 2))]  # not those that reach outside the recording
    if not samples.size:
        return None
    low, high = (extreme(np.quantile(samples, q, axis=0)) for extreme, q in ((np.min, OUTSIDE), (np.max, 1 - OUTSIDE)))
    if low == high:
        return None
    counts = waveform_density(samples, low, high, DENSITY_BINS)
    strong = np.sqrt(counts / max(1.0, np.quantile(counts[counts > 0], DENSEST)))
    return Density(rows, np.rint(255 * np.minimum(strong, 1)).astype(np.uint8), low, high)


def _drawing(cut: Cut, behind: str, lines: int, factor: float, color: str) -> Drawing:
    found, rows = cut.waveforms, cut.near
    drawn: list[tuple[float, np.ndarray, np.ndarray]] = []
    if behind == "samples":
        step = max(1, -(-len(found.samples) // lines))
        drawn = [(0.18, rows, factor * found.samples[::step, rows])]
    elif behind == "segments":
        opacities = np.linspace(FAINTEST, 0.9, len(cut.by_segment))
        drawn = [(o, rows, factor * mean) for o, mean in zip(opacities, cut.by_segment, strict=True)]
    density = cut.density if behind == "density" else None
    return Drawing(color, found.times_ms, found.channels, factor * cut.mean, rows, drawn, density=density)


def _elsewhere(cuts: Sequence[Cut], in_sight: np.ndarray) -> str:
    """Words for units whose channels are not in sight at first, or ""."""
    away = [str(cut.track.id) for cut in cuts if not np.isin(cut.waveforms.channels[cut.near], in_sight).any()]
    verb, what = ("lies", "it") if len(away) == 1 else ("lie", "them")
    return f"{', '.join(away)} {verb} elsewhere: zoom out to see {what}." if away else ""


def _words(cut: Cut, behind: str, lines: int, segment: int | None) -> str:
    track, found = cut.track, cut.waveforms
    where = "" if segment is None else f" of segment {segment + 1}"
    if not found.total:
        return f"{track.id}: not found in segment {segment + 1}"
    count = len(found.samples)
    what = "mean and density" if behind == "density" else "mean"
    of = f"all {count:,}" if count == found.total else f"{count:,} of {found.total:,}"
    shown = -(-count // max(1, -(-count // lines)))
    drawn = f", {shown} drawn" if behind == "samples" and shown < count else ""
    return f"{track.id}: {what} of {of} spikes{where}{drawn}"
