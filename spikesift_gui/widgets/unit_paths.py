"""Where every unit is along the probe, segment by segment: what grows while a recording is sorted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_core.results import SortedRecording
from spikesift_core.tracks import Track, track_amplitudes
from spikesift_core.unit_facts import depths
from spikesift_gui.palette import Palette
from spikesift_gui.plots import brush, make_plot, pen
from spikesift_gui.qt import QWidget, pg
from spikesift_gui.unit_colors import unit_color
from spikesift_gui.widgets.colored_paths import ColoredPaths
from spikesift_gui.widgets.labels import column

LEAST_HEIGHT = 40.0  # um shown at least
WIDTH = 2.0  # px


@dataclass(frozen=True, eq=False)
class UnitPath:
    """One unit: where it was.

    Attributes
    ----------
    x, y : (2 n,) s and um, a level for each segment it was found in.
    joined : (2 n,) bool, whether a line leads to the next point: not over a gap.
    lost : it ends before the last segment.
    """

    id: int
    x: np.ndarray
    y: np.ndarray
    joined: np.ndarray
    lost: bool


def unit_paths(recording: SortedRecording, tracks: tuple[Track, ...], sampling_frequency: float) -> list[UnitPath]:
    """The path of every unit; times are from the first sample of the first segment."""
    origin, last = recording.start_time(), len(recording.sorted_segments) - 1
    every, paths = np.array(recording.segment_boundaries(), float), []
    for track in tracks:
        bounds = every[list(track.segments)]
        y = np.repeat(depths(track_amplitudes(recording, track), recording.probe_geometry), 2)
        x = (bounds.ravel() - origin) / sampling_frequency
        joined = np.ones(len(x), bool)
        joined[1:-1:2] = np.diff(track.segments) == 1
        paths.append(UnitPath(track.id, x, y, joined, track.segments[-1] != last))
    return paths


class UnitPathsPlot(QWidget):
    """Draws unit paths over the whole length of the recording."""

    def __init__(self):
        super().__init__()
        self._plot = make_plot("Time (s)", "Depth (µm)", grid=False)
        self._plot.setMouseEnabled(False, False)
        self._plot.setAccessibleName("Units found so far, by depth and time")
        self._lines = ColoredPaths()
        self._ends = pg.ScatterPlotItem(symbol="x", size=8, pxMode=True)
        self._segments: list[pg.LinearRegionItem] = []
        self._plot.addItem(self._lines)
        self._plot.addItem(self._ends)
        self.setLayout(column(self._plot, gap=0))

    def show_paths(
        self, paths: list[UnitPath], boundaries: list[tuple[float, float]], duration: float, palette: Palette
    ) -> None:
        """Draw.

        Parameters
        ----------
        boundaries : start and end of each finished segment, s.
        duration : s, of the whole recording: what is still to come stays empty.
        """
        for item in self._segments:
            self._plot.removeItem(item)
        self._segments = [
            pg.LinearRegionItem(pair, movable=False, brush=brush(palette.segment), pen=pen(palette.grid))
            for pair in boundaries[1::2]
        ]
        for item in self._segments:
            item.setZValue(-10)
            self._plot.addItem(item)
        self._lines.show_paths((unit_color(path.id), WIDTH, 1.0, path.x, path.y, path.joined) for path in paths)
        lost = [path for path in paths if path.lost]
        self._ends.setData(
            [path.x[-1] for path in lost],
            [path.y[-1] for path in lost],
            pen=[pen(unit_color(path.id), 1.5) for path in lost],
        )
        self._show_range(paths, duration)

    def _show_range(self, paths: list[UnitPath], duration: float) -> None:
        values = np.concatenate([path.y for path in paths]) if paths else np.zeros(1)
        low, high = values.min(), values.max()
        room = max(0.06 * (high - low), (LEAST_HEIGHT - (high - low)) / 2)
        self._plot.setRange(xRange=(0, max(duration, 1e-3)), yRange=(low - room, high + room), padding=0)
