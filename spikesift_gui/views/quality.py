"""Is this sorting any good, and which units should be looked at first? On one screen."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikesift_core.quality import LIMITS, Concern, Quality, concerns, judged, verdict_words
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtCore, QtWidgets, QWidget
from spikesift_gui.selected import segment_times
from spikesift_gui.state import Result, State
from spikesift_gui.status import duration_words
from spikesift_gui.unit_figures import being_measured, quality_now
from spikesift_gui.views.base import View
from spikesift_gui.widgets import column, label
from spikesift_gui.widgets.concern_list import ConcernList
from spikesift_gui.widgets.limit_plot import LimitPlot

MOST_CONCERNS = 10
WIDE = 840  # px from which the list is beside the plots
BELOW, BESIDE = QtWidgets.QBoxLayout.Direction.TopToBottom, QtWidgets.QBoxLayout.Direction.LeftToRight


class QualityView(View):
    """A sentence, a small histogram for each limit, and the ten units to look at first."""

    id = "quality"
    title = "Quality"
    help = (
        "Is this sorting any good? The sentence at the top counts the units that keep every limit. Each small "
        "histogram shows one figure of all units; the line is its limit, and what lies on its wrong side has another "
        "colour. Click a histogram: the table of units then shows those that do not keep its limit; Esc shows all "
        "again.\n\n"
        f"The limits: {'; '.join(f'{limit.rule} ({limit.source})' for limit in LIMITS)}. They are customs, not laws: a "
        "cell that bursts or is silent for a while fails too. What each figure means is behind the ? of the units.\n\n"
        "Look at these first: the units in which something seems wrong, and why. They are ranked by how sure the "
        "reasons are (contamination, another unit that is perhaps the same neuron, poor isolation, lost or doubtfully "
        "linked, jumps, small spikes missing), and by their number of spikes. Click one, or use Up and Down: its unit "
        "is selected in all views; where the reason is another unit, both are."
    )
    says = ("recording", "all units", "segment")
    watches = ("results", "selection", "view", "figures", "jobs")

    def build(self) -> QWidget:
        """Words at the top, plots, the list."""
        self.headline = label("", "section", wrap=True, selectable=True)
        self.facts = label("", "muted", wrap=True)
        self.plots = [LimitPlot(limit) for limit in LIMITS]
        for plot in self.plots:
            plot.clicked.connect(lambda rule: self.context.run("units.filter", text=rule))
        self.list = ConcernList()
        self.list.wanted.connect(self._look_at)
        self.list_title = label("Look at these first", "caption")
        return _Body(self.headline, self.facts, self.plots, self.list_title, self.list)

    def draw(self, before: State | None, after: State) -> None:
        """Counts at once; the reasons are looked for in the background."""
        self.context.run("quality.measure")
        result, quality = after.results.current, quality_now(after)
        fresh = before is None or before.figures != after.figures or before.results.current is not result
        if fresh and quality is not None:
            self._show(result, quality, after)
        elif quality is None:
            self.headline.setText("The units are being measured…" if not after.figures.problem else "Not measured.")
            self.facts.setText(after.figures.problem)
            self.list.show_concerns((), self.palette_now)
        self.list.mark(after.selection.units)

    def _show(self, result: Result, quality: Quality, state: State) -> None:
        self.headline.setText(verdict_words(quality))
        self.facts.setText(facts_words(result, quality, being_measured(state)))
        verdict, scale = judged(quality), state.appearance
        for plot in self.plots:
            name = plot.limit.metric
            why = quality.unknown.get(name, state.figures.problem or "being measured…")
            values = quality.columns.get(name)
            plot.show_values(values, verdict.failed.get(name), why, self.palette_now, scale)
        self.compute("concerns", lambda: concerns_of(result, quality), lambda found: self._show_list(result, found))

    def _show_list(self, result: Result, found: tuple[Concern, ...]) -> None:
        if self.context.state.results.current is not result:
            return
        words = "Look at these first" if found else "Nothing stands out: no unit has a reason to be looked at first."
        self.list_title.setText(words)
        self.list.show_concerns(found, self.palette_now)
        self.list.mark(self.context.state.selection.units)

    def _look_at(self, units: tuple[int, ...]) -> None:
        self.context.run("units.select", units=units)


class _Body(QtWidgets.QScrollArea):
    """Words and plots in as many columns as there is room for, and the list below them, or beside them where it is
    wide; scrolls where there is too little height."""

    def __init__(self, headline: QWidget, facts: QWidget, plots: list[LimitPlot], title: QWidget, found: QWidget):
        super().__init__()
        self._plots, self._columns = plots, len(plots)
        self._grid = QtWidgets.QGridLayout()
        self._grid.setSpacing(SPACE)
        self._grid.setContentsMargins(0, SPACE // 2, 0, SPACE // 2)
        self._parts = QtWidgets.QBoxLayout(BELOW)
        self._parts.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        left, right = column(headline, facts, self._grid, None, gap=SPACE // 2), column(title, found, gap=SPACE // 2)
        left.setStretch(2, 100)  # the plots are higher where there is room
        for part in (left, right):
            self._parts.addLayout(part)
        inside = QWidget()
        inside.setObjectName("scrolled")
        self._arrange()  # at once: only what is inside gets the colours and fonts in use
        inside.setLayout(self._parts)
        self.setObjectName("scroll")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(inside)

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        width = self.viewport().width()
        beside = width >= WIDE
        self._parts.setDirection(BESIDE if beside else BELOW)
        self._parts.setSpacing(2 * SPACE if beside else SPACE // 2)
        for place, share in enumerate((1, 1) if beside else (0, 1)):
            self._parts.setStretch(place, share)
        for plot in self._plots:
            plot.grow(beside)
        room = (width // 2 if beside else width) - 2 * SPACE
        columns = int(min(len(self._plots), max(2, room // (self._plots[0].wanted_width + SPACE))))
        if columns == self._columns:
            return
        self._columns = columns
        self._arrange()

    def _arrange(self) -> None:
        for place, plot in enumerate(self._plots):
            self._grid.addWidget(plot, *divmod(place, self._columns))

    def minimumSizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(160, 96)


def concerns_of(result: Result, quality: Quality) -> tuple[Concern, ...]:
    """The units to look at first; runs in the background."""
    found = concerns(
        result.sorted_recording, result.tracks, result.sampling_frequency, quality, most=MOST_CONCERNS, first=1
    )
    return tuple(found)


def facts_words(result: Result, quality: Quality, waiting: bool) -> str:
    """What was found, in one line."""
    recording, segments = result.sorted_recording, len(result.sorted_recording.sorted_segments)
    followed = sum(track.followed_throughout(recording) for track in result.tracks)
    words = [f"{quality.columns['spikes'].sum():,.0f} spikes"]
    if result.sampling_frequency:
        recorded = duration_words(np.diff(segment_times(result)).sum())  # without the gaps of a merged one
        words.append(f"{recorded} in {segments} segment{'s' if segments > 1 else ''}")
    if segments > 1:
        words.append(f"{followed} units in all of them")
    if recording.links:
        low, high = (extreme(one.position for one in recording.links) for extreme in (min, max))
        words.append(f"the tissue moved by {high - low:.0f} µm" if segments > 1 else "")
    known = quality.columns.get("contamination", np.zeros(0))
    if np.isfinite(known).any():
        words.append(f"median contamination {100 * np.nanmedian(known):.1f} %")
    words.append("more is being measured…" if waiting else "")
    return ", ".join(word for word in words if word)
