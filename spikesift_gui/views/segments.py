"""The segments of the recording: how many units each holds, which began and were lost, and how far the tissue moved."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikesift_core.number_words import number_words
from spikesift_core.segment_preview import ActivityChanges
from spikesift_gui.plots import brush, make_plot, pen
from spikesift_gui.qt import Qt, QtWidgets, QWidget, pg
from spikesift_gui.segment_counts import SegmentCounts, counts_of
from spikesift_gui.selected import segment_times
from spikesift_gui.state import Result, State
from spikesift_gui.unit_figures import activity_now
from spikesift_gui.views.base import View
from spikesift_gui.widgets import Hint, button, column, label, row, scrolled
from spikesift_gui.widgets.segment_shading import SegmentShading

LEAST_HEIGHT, TIMES_HEIGHT = 60, 44  # px: of a plot at least, and of the times below the last one
AXIS_WIDTH = 52  # px, the same for all plots, so that their times lie below each other


class SegmentsView(View):
    """Counts above, movement below."""

    id = "segments"
    title = "Segments"
    help = (
        "The recording was cut where its activity changed, and each segment was sorted by itself.\n\n"
        "Above: how many units were found in each segment. The part at the top of a bar, in the accent colour, are "
        "units found for the first time; below the line are the units of the segment before that were not found in "
        "this one. A steady recording has few of both after its first segments. Many lost and new ones at one "
        "boundary: something happened there, or the link failed.\n\n"
        "Below: how far the tissue moved along the probe since the first segment, as the units have it that were "
        "linked. Up is towards larger y.\n\n"
        "On demand, at the top: how much the activity changes, by which the sorter cut the recording: "
        "the sum over channels of how much deeper the troughs below threshold are in the 10 s after a moment than in "
        "the 10 s before (as long as the shortest segment). The recording is cut where that is largest in the next "
        "four such lengths, and the part before once more where it is long enough; dashed lines are the cuts. A cut at "
        "a high peak is a true change; on a flat curve it only keeps segments short.\n\n"
        "Click a segment: it is in focus in all views (Ctrl + Left / Right for the next); click it again for all. "
        "Wheel: zoom; drag: move."
    )
    says = ("recording", "all units", "segment")
    watches = ("results", "view", "figures", "jobs")

    def build(self) -> QWidget:
        """Two plots with one time axis."""
        self.counts, self.moves = make_plot("", "Units", grid=False), make_plot("Time (s)", "Shift (µm)", grid=False)
        self.changes = make_plot("", "Change", grid=False)
        self._change, self._cuts = pg.PlotCurveItem(), pg.PlotCurveItem()
        for item in (self._change, self._cuts):
            self.changes.addItem(item)
        self.ask = button(self.context, "segments.activity", role="quiet")
        self._shadings = SegmentShading(), SegmentShading()
        self._bars = [pg.BarGraphItem(x0=[], x1=[], y0=[], height=[]) for _ in range(3)]
        self._path = pg.PlotCurveItem()
        self._zero = pg.InfiniteLine(angle=0, pos=0)
        for item in (self._shadings[0], *self._bars, self._zero):
            self.counts.addItem(item)
        for item in (self._shadings[1], self._path):
            self.moves.addItem(item)
        self.moves.setXLink(self.counts)
        self.changes.setXLink(self.counts)
        self.changes.getAxis("bottom").setStyle(showValues=False)
        self.changes.getAxis("left").setStyle(showValues=False)  # in no unit
        for plot in (self.changes, self.counts, self.moves):
            plot.setMouseEnabled(True, False)
            plot.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Ignored)
            plot.scene().sigMouseClicked.connect(lambda event, plot=plot: self._on_click(event, plot))
        self.counts.getAxis("bottom").setStyle(showValues=False)
        self.words = label("", "caption", wrap=True)
        self.words.setContentsMargins(8, 2, 8, 4)
        inside = column(self.changes, self.counts, self.moves, self.words, row(self.ask, None), gap=0)
        for place, share in enumerate((2, 3, 2)):
            inside.setStretch(place, share)
        return scrolled(inside)

    def hint(self, state: State) -> Hint | None:
        """A result with times is needed."""
        found = super().hint(state)
        if found is None and state.results.current.sampling_frequency is None:
            return Hint("Sampling frequency not known", "Without it times cannot be shown in seconds.")
        return found

    def draw(self, before: State | None, after: State) -> None:
        """The counts, and the segment in focus."""
        result = after.results.current
        times = segment_times(result)
        if before is None or before.results.current is not result:
            self._counts = counts_of(result)
            self._show(result, self._counts, times)
        known, count = activity_now(after), len(result.sorted_recording.sorted_segments)
        if before is None or activity_now(before) is not known or before.results.current is not result:
            self._show_changes(known, times)
        wanted = known is None and count > 1 and result.recording is not None and not result.merged
        self.ask.setVisible(wanted and after.job("activity") is None)
        if before is None or before.results.current is not result or before.view.segment != after.view.segment:
            for shading in self._shadings:
                shading.show_segments(times, self.palette_now, after.view.segment)
            self.words.setText(self._words(result, after.view.segment))
        self._keep_room(after.appearance.scale)

    def _keep_room(self, scale: float) -> None:
        """Plots that are too low to be read are scrolled instead; larger text needs more room."""
        shown = [plot for plot in (self.changes, self.counts, self.moves) if not plot.isHidden()]
        heights = [LEAST_HEIGHT] * (len(shown) - 1) + [LEAST_HEIGHT + TIMES_HEIGHT]
        for plot, height in zip(shown, heights, strict=True):
            plot.setMinimumHeight(round(scale * height))
            plot.getAxis("left").setWidth(round(scale * AXIS_WIDTH))
        below = self.words.heightForWidth(max(1, self.words.width()))
        below += 0 if self.ask.isHidden() else self.ask.sizeHint().height()
        self.body.widget().setMinimumHeight(round(scale * sum(heights)) + below)

    def _show(self, result: Result, counts: SegmentCounts, times: np.ndarray) -> None:
        palette = self.palette_now
        room = 0.06 * (times[:, 1] - times[:, 0])
        x = {"x0": times[:, 0] + room, "x1": times[:, 1] - room, "pen": pg.mkPen(None)}
        heights = (counts.found - counts.new, counts.new, -counts.lost)
        starts = (np.zeros(len(times)), counts.found - counts.new, np.zeros(len(times)))
        colors = (palette.signal, palette.accent, palette.warning)
        for bars, height, start, color in zip(self._bars, heights, starts, colors, strict=True):
            bars.setOpts(**x, y0=start, height=height, brush=brush(color, 0.8))
        self._zero.setPen(pen(palette.axis, 1))
        top, low = max(1, counts.found.max(initial=0)), counts.lost.max(initial=0)
        self.counts.setRange(xRange=(times[0, 0], times[-1, 1]), yRange=(-1.1 * low, 1.1 * top), padding=0)
        known = counts.positions is not None and len(times) > 1
        self.moves.setVisible(known)
        self.counts.getAxis("bottom").setStyle(showValues=not known)
        if known:
            self._path.setData(times.ravel(), np.repeat(counts.positions, 2), pen=pen(palette.accent, 2))
            middle, reach = np.ptp(counts.positions) / 2 + counts.positions.min(), max(10.0, np.ptp(counts.positions))
            self.moves.setYRange(middle - 0.6 * reach, middle + 0.6 * reach, padding=0)

    def _show_changes(self, known: ActivityChanges | None, times: np.ndarray) -> None:
        self.changes.setVisible(known is not None and len(known.times) > 0)
        if known is None or len(known.times) == 0:
            return
        palette, top = self.palette_now, float(known.values.max())
        self._change.setData(known.times, known.values, pen=pen(palette.signal, 1))
        dashed = pen(palette.accent, 1)
        dashed.setStyle(Qt.PenStyle.DashLine)
        cuts = np.repeat(times[1:, 0], 2)
        self._cuts.setData(cuts, np.tile([0.0, 1.1 * top], len(times) - 1), connect="pairs", pen=dashed)
        self.changes.setYRange(0, 1.1 * max(top, 1e-9), padding=0)

    def _words(self, result: Result, segment: int | None) -> str:
        counts = self._counts
        if segment is None or segment >= len(counts.found):
            moved = (
                "" if counts.positions is None else f"; the tissue moved by {np.ptp(counts.positions):.0f} µm in all"
            )
            fewest, most = counts.found.min(), counts.found.max()
            units = f"{most} units each" if fewest == most else f"{fewest} to {most} units"
            return f"{len(counts.found)} segments with {units}{moved}. Click one to put it in focus."
        start, end = segment_times(result)[segment]
        moved = ""
        if counts.positions is not None and segment:
            step = counts.positions[segment] - counts.positions[segment - 1]
            moved = f"; the tissue moved by {number_words(step, '+.0f')} µm into it"
        return (
            f"Segment {segment + 1}, {start:.1f} – {end:.1f} s: {counts.found[segment]} units, {counts.new[segment]} "
            f"new, {counts.lost[segment]} of the one before not found{moved}."
        )

    def _on_click(self, event: Any, plot: Any) -> None:
        box = plot.getPlotItem().getViewBox()
        if event.button() != Qt.MouseButton.LeftButton or not box.sceneBoundingRect().contains(event.scenePos()):
            return
        times = segment_times(self.context.state.results.current)
        at = int(np.searchsorted(times[:, 0], box.mapSceneToView(event.scenePos()).x(), side="right")) - 1
        wanted = min(max(0, at), len(times) - 1)
        now = self.context.state.view.segment
        self.context.run("segment.show", segment=None if wanted == now else wanted)
