"""Amplitude vectors of the selected units, on the probe and over the segments."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikesift_core.tracks import Track, track_amplitudes
from spikesift_core.unit_facts import LOCAL_UM, depths
from spikesift_gui.qt import Qt, QtCore, QtWidgets, QWidget
from spikesift_gui.selected import amplitude_scale, left_out, no_selection, segment_times, selected_tracks
from spikesift_gui.state import Result, State
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, column, label, row, tool_button
from spikesift_gui.widgets.vector_panel import UnitVectors, VectorPanel

MOST_UNITS = 2


class VectorView(View):
    """One panel for each of the first two selected units, and a slider over the segments."""

    id = "vectors"
    title = "Amplitude vectors"
    help = (
        "How large a unit is on each channel: the mean peak amplitude of its spikes, from the sorter (all spikes of "
        "the segment). This is what units are linked by.\n\n"
        "Left: the probe, painted for the segment in focus, or with the mean of all segments; the outlined contact is "
        "the largest. Right: channels from deep to shallow (bottom to top) by segments; the line is the unit's depth, "
        f"the centre of mass of the contacts within {LOCAL_UM:g} µm of the largest, weighted by squared amplitude. An "
        "empty column: the unit was not found in that segment. Both have one scale: full colour is the unit's largest "
        "amplitude.\n\n"
        "Drift moves the pattern slowly up or down. A pattern that jumps or changes its shape at a boundary is "
        "probably a wrong link. Slider, click on a column, or Ctrl + Left / Right: the segment in focus, in all views."
    )

    def build(self) -> QWidget:
        """The panels above the slider."""
        self._panels = [VectorPanel() for _ in range(MOST_UNITS)]
        for panel in self._panels:
            panel.segment_clicked.connect(self._focus)
        self._slider = QtWidgets.QSlider(Qt.Orientation.Horizontal)
        self._slider.setAccessibleName("Segment")
        self._slider.setToolTip("Segment in focus; at the left end all of them")
        self._slider.setPageStep(1)
        self._slider.valueChanged.connect(lambda value: self._focus(value - 1 if value else None))
        self._words, self._rest = label("", "caption"), label("", "caption", wrap=True)
        self._slider.setMinimumWidth(80)
        self._rest.setContentsMargins(8, 0, 8, 6)
        everything = tool_button(self.context, "expand", "All segments", lambda: self._focus(None))
        body = QWidget()
        panels = row(*self._panels, gap=4)
        below = row(self._slider, self._words, everything)
        below.setContentsMargins(8, 4, 8, 6)
        below.setStretch(0, 1)
        body.setLayout(column(panels, below, self._rest, gap=0))
        body.layout().setStretch(0, 1)
        return body

    def hint(self, state: State) -> Hint | None:
        """Units are needed, nothing else."""
        if super().hint(state) or state.selection.units:
            return super().hint(state)
        return no_selection(state, "Select a unit to see how large it is on each channel, in each segment.")

    def draw(self, before: State | None, after: State) -> None:
        """Vectors are in the result: they are drawn at once."""
        if before is not None and self._question(before) == self._question(after):
            return
        result, segment = after.results.current, after.view.segment
        moved = before is None or before.results != after.results or before.selection != after.selection
        tracks = selected_tracks(after, MOST_UNITS)
        for place, panel in enumerate(self._panels):
            panel.setVisible(place < len(tracks))
            if place < len(tracks):
                unit = unit_vectors(result, tracks[place], self.colors(tracks[place].id))
                panel.show_unit(unit, result.sorted_recording.probe_geometry, segment, self.palette_now, moved=moved)
        count = len(result.sorted_recording.sorted_segments)
        with QtCore.QSignalBlocker(self._slider):
            self._slider.setRange(0, count)
            self._slider.setValue(0 if segment is None else segment + 1)
        self._words.setText(_segment_words(result, segment, count))
        self._rest.setText(left_out(after, MOST_UNITS))
        self._rest.setVisible(bool(self._rest.text()))

    def _question(self, state: State) -> Any:
        return state.results, state.selection, state.view.segment

    def _focus(self, segment: int | None) -> None:
        self.context.run("segment.show", segment=segment)


def unit_vectors(result: Result, track: Track, color: str) -> UnitVectors:
    """The vectors of one unit in every segment, nan where it was not found."""
    factor, unit = amplitude_scale(result)
    recording = result.sorted_recording
    found = track_amplitudes(recording, track)
    vectors = np.full((len(recording.sorted_segments), found.shape[1]), np.nan)
    by_segment = np.full(len(vectors), np.nan)
    vectors[list(track.segments)] = found * factor
    by_segment[list(track.segments)] = depths(found, recording.probe_geometry)
    return UnitVectors(f"Unit {track.id}", color, unit, vectors, by_segment)


def _segment_words(result: Result, segment: int | None, count: int) -> str:
    if segment is None:
        return f"all {count} segments"
    if result.sampling_frequency is None:
        return f"segment {segment + 1} of {count}"
    start, end = segment_times(result)[segment]
    return f"segment {segment + 1} of {count}, {start:.1f} – {end:.1f} s"
