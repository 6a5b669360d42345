"""Waveforms of the selected units, placed on the probe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spikesift_core.parameters import method_of
from spikesift_core.tracks import Track, track_amplitudes
from spikesift_core.unit_facts import nearby_channels, peak_channel
from spikesift_core.waveforms import Waveforms, unit_waveforms
from spikesift_gui.qt import QWidget
from spikesift_gui.selected import (
    amplitude_scale,
    left_out,
    recording_hint,
    selected_tracks,
    sentences,
    units_hint,
)
from spikesift_gui.state import Result, State
from spikesift_gui.theme import font
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, column, label
from spikesift_gui.widgets.waveform_plot import Drawing, WaveformPlot, first_in_sight
from spikesift_gui.widgets.wheel import on_wheel

MOST_UNITS = 6
MOST_CHANNELS = 16  # of each unit, around its peak
SAMPLE = 200  # spikes of each unit
SAMPLE_FOR_SEGMENTS = 1000  # when the mean of each segment is shown
LINES = 120  # single waveforms drawn, of all units together
SCALE_STEP = 1.2
LARGEST_SCALE = 20.0
FAINTEST = 0.15
Cut = tuple[Track, Waveforms, np.ndarray]  # and the rows of its channels near the unit's peak


class WaveformView(View):
    """Mean waveforms, and what is behind them."""

    id = "waveforms"
    title = "Waveforms"
    says = ("recording", "units", "segment", "kind")
    help = (
        "The signal around the spikes of the selected units, each channel at the place of its contact; the numbers "
        "are channels, the bars below tell time and amplitude. Thick: the mean. Thin: single spikes, or the mean of "
        "each segment from early (faint) to late.\n\n"
        f"The waveforms are those of a sample of at most {SAMPLE} spikes (with the means of segments "
        f"{SAMPLE_FOR_SEGMENTS}), evenly spread over all of them; the line below says how many of how many. They are "
        "cut from the recording, so whatever other units did at that moment is in them. With a segment in focus only "
        "its spikes are used.\n\n"
        "One neuron has one shape: single waveforms that lie in two bundles are probably two. Two units with the same "
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
        self._caption = label("", "caption", wrap=True)
        self._caption.setContentsMargins(8, 2, 8, 4)
        on_wheel(self._plot.plot, ctrl=self._zoom)
        self._kind = self.add_choice("kind", (("filtered", "Filtered"), ("raw", "Raw")), "Signal (w)")
        behind = (("samples", "Spikes"), ("segments", "Segments"), ("nothing", "Mean only"))
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
        most = SAMPLE_FOR_SEGMENTS if self.option("behind", after) == "segments" else SAMPLE
        self.compute("waveforms", lambda: cut_units(result, tracks, segment, filtered, most), self._show)

    def _question(self, state: State) -> Any:
        by_segment = self.option("behind", state) == "segments"
        return state.results, state.selection, state.view.segment, self.option("kind", state), by_segment

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
        drawings = [_drawing(cut, behind, lines, factor, self.colors(cut[0].id)) for cut in self._cuts]
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
        self._caption.setText(sentences([*words, elsewhere, left_out(state, MOST_UNITS)]))


def cut_units(result: Result, tracks: Sequence[Track], segment: int | None, filtered: bool, most: int) -> list[Cut]:
    """Waveforms of every unit on the channels near any of them; runs in the background."""
    positions = result.sorted_recording.probe_geometry
    near = []
    for track in tracks:
        vectors = track_amplitudes(result.sorted_recording, track)
        there = [vectors[place] for place, index in enumerate(track.segments) if index == segment]
        near.append(nearby_channels(peak_channel(there[0] if there else vectors), positions, most=MOST_CHANNELS))
    channels = np.unique(np.concatenate(near))
    how = {"most": most, "segment": segment, "filtered": filtered, "method": method_of(result.preset)}
    signal = result.signal if filtered else result.recording
    return [
        (
            track,
            unit_waveforms(signal, result.sorted_recording, track, channels, **how),
            np.flatnonzero(np.isin(channels, own)),
        )
        for track, own in zip(tracks, near, strict=True)
    ]


def _drawing(cut: Cut, behind: str, lines: int, factor: float, color: str) -> Drawing:
    _track, found, rows = cut
    drawn: list[tuple[float, np.ndarray, np.ndarray]] = []
    if behind == "samples":
        step = max(1, -(-len(found.samples) // lines))
        drawn = [(0.18, rows, factor * waveform[rows]) for waveform in found.samples[::step]]
    elif behind == "segments":
        segments = found.sampled_segments()
        opacities = np.linspace(FAINTEST, 0.9, len(segments))
        drawn = [(o, rows, factor * found.mean(s)[rows]) for o, s in zip(opacities, segments, strict=True)]
    return Drawing(color, found.times_ms, found.channels, factor * found.mean(), rows, drawn)


def _elsewhere(cuts: Sequence[Cut], in_sight: np.ndarray) -> str:
    """Words for units whose channels are not in sight at first, or ""."""
    away = [str(track.id) for track, found, near in cuts if not np.isin(found.channels[near], in_sight).any()]
    verb, what = ("lies", "it") if len(away) == 1 else ("lie", "them")
    return f"{', '.join(away)} {verb} elsewhere: zoom out to see {what}." if away else ""


def _words(cut: Cut, behind: str, lines: int, segment: int | None) -> str:
    track, found, _rows = cut
    where = "" if segment is None else f" of segment {segment + 1}"
    if not found.total:
        return f"{track.id}: not found in segment {segment + 1}"
    count = len(found.samples)
    sample = f"mean of all {count:,} spikes" if count == found.total else f"mean of {count:,} of {found.total:,} spikes"
    shown = -(-count // max(1, -(-count // lines)))
    return f"{track.id}: {sample}{where}" + (f", {shown} drawn" if behind == "samples" and shown < count else "")
