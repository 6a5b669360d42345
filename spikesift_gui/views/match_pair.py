"""The two units of a pair beside each other: waveforms on the probe, correlograms, and why they were paired or not."""

from __future__ import annotations

from html import escape

import numpy as np

from spikesift_core.unit_facts import REFRACTORY_MS
from spikesift_core.waveforms import Waveforms
from spikesift_gui.match_words import pair_words, side_name
from spikesift_gui.matching import Question, current, focus, judged, limit
from spikesift_gui.pair_colors import pair_colors
from spikesift_gui.pair_pictures import OneOfTwo, Pictures, take_pictures, two_units
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QWidget
from spikesift_gui.selected import amplitude_scale
from spikesift_gui.state import State
from spikesift_gui.theme import font
from spikesift_gui.views.base import View
from spikesift_gui.views.match_base import WATCHES, match_hint
from spikesift_gui.widgets import Hint, column, label, row
from spikesift_gui.widgets.correlogram_grid import CorrelogramGrid
from spikesift_gui.widgets.waveform_plot import Drawing, WaveformPlot


class MatchPair(View):
    """Waveforms and correlograms of the pair in focus."""

    id = "match_pair"
    title = "The two units"
    says = ("pair",)
    help = (
        "The pair in focus: the unit of the source in its colour, that of the target in black (white on dark). Beside "
        "a unit without a partner the nearest of the other segment is shown; the words below say that it is none.\n\n"
        "Left: mean waveforms in the two segments that are compared, each channel at the place of its contact, of at "
        "most 200 spikes of each unit, filtered as the sorter does, both on one scale. Those of the target are drawn "
        "where they would be without the movement: a unit that is the same lies on itself. Numbers are the channels of "
        "the source.\n\n"
        "Right: autocorrelograms of all spikes of each unit, with the refractory band and the share of intervals in "
        "it. Inside one recording also both against each other, with the number of pairs closer than that and in "
        "brackets how many there would be by chance: one neuron cut in two leaves a hole at 0. Two recordings have no "
        "common moment, so there is nothing to count.\n\n"
        "The same neuron has one shape, the same order of amplitudes over the channels, and the same way of firing."
    )
    watches = (*WATCHES, "view")
    options = {"overlap": True}

    def build(self) -> QWidget:
        """Two pictures and words."""
        choices = ((True, "Over each other"), (False, "Side by side"))
        self.overlap = self.add_choice("overlap", choices, "How the two waveforms are drawn")
        self.waveforms, self.correlograms = WaveformPlot(), CorrelogramGrid()
        self.no_signal = label("", "muted", wrap=True)
        self.no_signal.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words = label("", "caption", wrap=True)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self._key: tuple | None = None
        self._pictures: Pictures | None = None
        pictures = row(self.waveforms, self.no_signal, self.correlograms, gap=SPACE)
        for place, share in enumerate((3, 3, 2)):
            pictures.setStretch(place, share)
        body = QWidget()
        body.setLayout(column(pictures, self.words, gap=SPACE // 2, margin=SPACE))
        body.layout().setStretch(0, 1)
        return body

    def hint(self, state: State) -> Hint | None:
        """Nothing compared yet, or nothing in focus."""
        hint = match_hint(state)
        if hint is None and focus(state, *current(state)) is None:
            return Hint("No pair chosen", "Click a row of the table, or a line or unit on the probes.")
        return hint

    def draw(self, before: State | None, after: State) -> None:
        """Ask for the pictures of another pair; words and colours at once."""
        self.overlap.setCurrentIndex(self.overlap.findData(self.option("overlap", after)))
        asked, match = current(after)
        units = two_units(asked, match, focus(after, asked, match))
        key = tuple(part for one in units for part in one.key)
        self.words.setText(self._words(after, units))
        if key == self._key and before is not None:
            self._show_waveforms(after)
            return
        self._key = key
        colors = self._colors(asked, match, units)
        self.compute("pair", lambda: take_pictures(units, colors), self._show)

    def _colors(self, asked: Question, match, units: tuple[OneOfTwo, ...]) -> list[str]:
        """The source's own colour, and the neutral one for the target: the two of a pair have one colour elsewhere."""
        sources = pair_colors(asked, match, limit(self.context.state))[0]
        here = [one.side is asked.source for one in units]
        if len(units) == 2:
            here = [True, False]  # also of two segments of one recording
        text = self.palette_now.text
        return [sources[one.cluster] if source else text for one, source in zip(units, here, strict=True)]

    def _show(self, pictures: Pictures) -> None:
        self._pictures = pictures
        state = self.context.state
        self.correlograms.setVisible(bool(pictures.panels))
        small = font("caption", state.appearance)
        if pictures.panels:
            self.correlograms.show_panels(pictures.panels, REFRACTORY_MS, self.palette_now, small)
        self._show_waveforms(state)

    def _show_waveforms(self, state: State) -> None:
        found, pictures = current(state), self._pictures
        if found is None or pictures is None:
            return
        there = [place for place, one in enumerate(pictures.waveforms) if one is not None]
        self.waveforms.setVisible(bool(there))
        self.no_signal.setVisible(not there)
        if not there:
            self.no_signal.setText(_why_no_signal(pictures.units))
            return
        scales = [amplitude_scale(one.side.result) for one in pictures.units]
        if len({unit for _, unit in scales}) > 1:  # one of the two gains is not known
            scales = [(1.0, "file units")] * len(scales)
        colors = self._colors(*found, pictures.units)
        drifted = [one.side.drifted(one.cluster) for one in pictures.units]
        moved = (0.0, found[1].shift + drifted[0] - drifted[-1])[: len(pictures.units)]
        drawings = [
            _drawing(pictures.waveforms[place], scales[place][0], colors[place], moved[place]) for place in there
        ]
        self.waveforms.show_waveforms(
            drawings,
            pictures.units[0].side.result.sorted_recording.probe_geometry,
            self.palette_now,
            font("caption", state.appearance),
            unit=scales[0][1],
            overlap=self.option("overlap", state),
        )

    def _words(self, state: State, units: tuple[OneOfTwo, ...]) -> str:
        asked, match = current(state)
        pair = focus(state, asked, match)
        found = [one for one in judged(asked, match, limit(state)) if (one.source, one.target) == pair]
        colors = self._colors(asked, match, units)
        names = []
        for one, color in zip(units, colors, strict=True):
            name = f"{one.side.units[one.cluster]} of {escape(side_name(one.side, asked))}"
            nearest = "" if one.partner else " (the nearest, not its partner)"
            names.append(f'<span style="color:{color}">■</span> {name}{nearest}')
        why = [f"{pair_words(asked, one)}, {escape(one.verdict)}: {escape(one.reason)}." for one in found]
        return " &nbsp; ".join([*names, *why])


def _why_no_signal(units: tuple[OneOfTwo, ...]) -> str:
    problems = dict.fromkeys(one.side.result.recording_problem for one in units)
    return " ".join(["No waveforms: they are read from the recording.", *filter(None, problems)])


def _drawing(found: Waveforms, factor: float, color: str, moved: float) -> Drawing:
    rows = np.arange(len(found.channels))
    return Drawing(color, found.times_ms, found.channels, factor * found.mean(), rows, moved=moved)
