"""Both probes side by side: the units, the lines between those that were paired, the vectors of the pair in focus."""

from __future__ import annotations

import numpy as np

from spikesift_core.linking import Match
from spikesift_core.number_words import number_words
from spikesift_core.verdicts import JudgedPair
from spikesift_gui.match_words import pair_words, side_name, side_words
from spikesift_gui.matching import Question, Side, current, focus, judged, limit, places, vectors_of
from spikesift_gui.pair_colors import Colors, pair_colors
from spikesift_gui.palette import SPACE
from spikesift_gui.plots import make_plot
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, QWidget
from spikesift_gui.ramps import ramp, value_colors
from spikesift_gui.selected import amplitude_scale
from spikesift_gui.state import State
from spikesift_gui.theme import font
from spikesift_gui.views.base import View
from spikesift_gui.views.match_base import LOOKS, WATCHES, match_hint, verdict_color
from spikesift_gui.widgets import Hint, column, label
from spikesift_gui.widgets.pairs_item import End, PairLine, PairsItem
from spikesift_gui.widgets.probe_plot import ContactsItem, contact_side

GAP = 1.5  # between the two probes, as a multiple of their width
AXIS_ROOM = 12  # px, around the two lines below the probes


class MatchPairs(View):
    """Two probes and the pairs between them."""

    id = "match_pairs"
    title = "On the probe"
    says = ("pair",)
    help = (
        "The probe twice: on the left with the units of the source, on the right with those of the target, each at its "
        "centre of mass. A line joins the two of a pair: blue and solid is clear, amber and dashed doubtful, red and "
        "dotted forced, grey and dash-dotted refused, black (white on dark) and thick made by hand. A unit without a "
        "line has no partner.\n\n"
        "Numbers are those of each recording and say nothing about the other one. Colours do: the two of a pair share "
        "that of the source unit, and no other unit has one like it, as far as colours go (some 40 can be told apart). "
        "A unit of the target can have another colour on Inspect.\n\n"
        "Click a line or a unit to see the pair: its amplitude vectors are painted on the contacts, both on one scale "
        "from the smallest to the largest value. “After movement” shows the vectors as they were compared, moved "
        "towards each other by half the movement each: the lines should then be level and the two paintings alike. "
        "Without it they are as sorted. The wheel zooms along the probe; a double click shows all of it again."
    )
    watches = (*WATCHES, "view")
    options = {"after_movement": True}

    def build(self) -> QWidget:
        """The plot and a sentence about the pair in focus."""
        self.moved = QtWidgets.QCheckBox("After movement")
        self.moved.setToolTip("Show the vectors moved towards each other, as they were compared; or as sorted")
        self.moved.clicked.connect(lambda on: self.set_option("after_movement", on))
        self.tools.addWidget(self.moved)
        self.plot = make_plot("", "Depth (µm)", grid=False)
        self.plot.setMouseEnabled(x=False, y=True)
        self.plot.disableAutoRange()
        self.plot.getAxis("bottom").setStyle(hideOverlappingLabels=False)  # names may be wider than their half
        self.probes = ContactsItem(), ContactsItem()
        self.pairs = PairsItem()
        for item in (*self.probes, self.pairs):
            self.plot.addItem(item)
        self.pairs.clicked.connect(self._choose)
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        self.words = label("", "caption", wrap=True)
        body = QWidget()
        body.setLayout(column(self.plot, self.words, gap=SPACE // 2, margin=SPACE))
        body.layout().setStretch(0, 1)
        self._shown: tuple[JudgedPair, ...] = ()
        self._names: list[tuple[float, Side, str]] = []
        self._ticks: list[tuple[float, str]] = []
        self._plain: tuple | None = None  # what the contacts show while no pair is in focus
        self.plot.getViewBox().sigRangeChanged.connect(self._write_names)
        return body

    def hint(self, state: State) -> Hint | None:
        """Nothing compared yet."""
        return match_hint(state)

    def draw(self, before: State | None, after: State) -> None:
        """Probes, pairs, vectors."""
        if before is None:  # also after a change of the size of text
            lines = QtGui.QFontMetrics(font("caption", after.appearance)).lineSpacing()
            self.plot.getAxis("bottom").setHeight(2 * lines + AXIS_ROOM)
            self.words.setMinimumHeight(2 * lines)
        asked, match = current(after)
        moved = self.option("after_movement", after)
        self.moved.setChecked(moved)
        self._shown = judged(asked, match, limit(after))
        at = focus(after, asked, match)
        place = next((place for place, pair in enumerate(self._shown) if (pair.source, pair.target) == at), None)
        geometry = asked.source.result.sorted_recording.probe_geometry
        vectors = vectors_of(asked, match, moved)
        offset = probe_offset(geometry)
        colors = pair_colors(asked, match, limit(after))
        self._draw_probes(asked, colors, vectors, geometry, offset, None if place is None else self._shown[place])
        lines = self._lines(asked, colors, places(asked, match, moved), offset)
        small = font("caption", after.appearance)
        self.pairs.show_lines(lines, place, self.palette_now, small, lambda index: self._tip(asked, index))
        self._name_probes(asked, geometry, offset)
        self.words.setText(self._words(asked, match, place))

    def _draw_probes(
        self, asked: Question, both: Colors, vectors, geometry, offset: float, pair: JudgedPair | None
    ) -> None:
        ends = (None, None) if pair is None else (pair.source, pair.target)
        painted = [None if end is None else side[end] for side, end in zip(vectors, ends, strict=True)]
        values = np.concatenate([vector for vector in painted if vector is not None] or [np.zeros(1)])
        low, high = float(values.min()), float(values.max())
        sides = asked.source, asked.target
        plain = None if pair is not None else (id(geometry), id(self.palette_now))
        if plain is not None and plain == self._plain:
            return
        self._plain = plain
        parts = zip(self.probes, sides, both, ends, painted, (0.0, offset), strict=True)
        for item, side, own, end, vector, x in parts:
            item.setPos(x, 0)
            colors = None
            if vector is not None:
                colors = value_colors(vector, ramp(self.palette_now, own[end]), low, high)
            item.show_contacts(geometry, self.palette_now, colors=colors, tips=_tips(side, vector))

    def _lines(self, asked: Question, colors: Colors, at: tuple, offset: float) -> list[PairLine]:
        units, places = (asked.source.units, asked.target.units), (at[0].tolist(), (at[1] + [offset, 0]).tolist())
        source, target = (
            [End(*xy, str(unit), own) for unit, xy, own in zip(*one, strict=True)]
            for one in zip(units, places, colors, strict=True)
        )
        looks = {verdict: (verdict_color(self.palette_now, verdict), *look[1:]) for verdict, look in LOOKS.items()}
        return [
            PairLine(
                None if pair.source is None else source[pair.source],
                None if pair.target is None else target[pair.target],
                *looks[pair.verdict],
            )
            for pair in self._shown
        ]

    def _name_probes(self, asked: Question, geometry: np.ndarray, offset: float) -> None:
        middle = float(geometry[:, 0].min() + geometry[:, 0].max()) / 2
        sides = ((middle, asked.source), (middle + offset, asked.target))
        self._names = [(x, side_name(side, asked), side_words(side, asked)) for x, side in sides]
        self._write_names()
        whole = _whole(geometry, offset)
        if whole != getattr(self, "_range", None):
            self._range = whole
            self._show_all()

    def _write_names(self, *_changed: object) -> None:
        """Recording and segment below each probe, in as many words as there is room for."""
        box = self.plot.getViewBox()
        (left, right), width = box.viewRange()[0], box.width()
        metrics = QtGui.QFontMetrics(font("caption", self.context.state.appearance))
        words = [one for *_, one in self._names]
        room = [2 * min(x - left, right - x) / (right - left) * width for x, *_ in self._names]
        if any(metrics.horizontalAdvance(one) > there for one, there in zip(words, room, strict=True)):
            words = [one.split(" · ")[0].removeprefix("units as ") for one in words]
        lines = [
            [metrics.elidedText(part, Qt.TextElideMode.ElideMiddle, int(there)) for part in (name, one)]
            for (_, name, _), one, there in zip(self._names, words, room, strict=True)
        ]
        ticks = [(x, "\n".join(two)) for (x, *_), two in zip(self._names, lines, strict=True)]
        if ticks != self._ticks:
            self._ticks = ticks
            self.plot.getAxis("bottom").setTicks([ticks])

    def _show_all(self) -> None:
        self.plot.setAspectLocked(self._range.height() < self._range.width())  # a tall probe is drawn wider than it is
        self.plot.setRange(self._range, padding=0.0)

    def _tip(self, asked: Question, index: int) -> str:
        pair = self._shown[index]
        return f"{pair_words(asked, pair)}: {pair.verdict}\n{pair.reason}"

    def _words(self, asked: Question, match: Match, place: int | None) -> str:
        if place is None:
            return "Click a unit or a line to see the amplitude vectors of the pair and why it was made."
        pair = self._shown[place]
        gain, unit = amplitude_scale(asked.source.result)
        paired = pair.source is not None and pair.target is not None
        cost = f" (cost {match.distances[pair.source, pair.target] * gain:.3g} {unit})" if paired else ""
        return f"{pair_words(asked, pair)}, {pair.verdict}: {pair.reason}{cost}."

    def _choose(self, place: int) -> None:
        pair = self._shown[place]
        self.context.run("match.focus", source=pair.source, target=pair.target)

    def _on_click(self, event) -> None:
        if event.double():
            self._show_all()


def probe_offset(geometry: np.ndarray) -> float:
    """How far (um) the second probe stands to the right of the first."""
    return (1 + GAP) * _width(geometry)


def _width(geometry: np.ndarray) -> float:
    return float(np.ptp(geometry[:, 0])) + 2 * contact_side(geometry)


def _whole(geometry: np.ndarray, offset: float) -> QtCore.QRectF:
    """All of both probes, with room for the numbers."""
    (left, bottom), (right, top) = geometry.min(axis=0), geometry.max(axis=0)
    wide, high = 0.55 * _width(geometry), max(contact_side(geometry), 0.03 * float(top - bottom))
    return QtCore.QRectF(left - wide, bottom - high, right - left + offset + 2 * wide, top - bottom + 2 * high)


def _tips(side: Side, vector: np.ndarray | None) -> list[str]:
    if vector is None:
        return [f"channel {channel}" for channel in range(len(side.result.sorted_recording.probe_geometry))]
    gain, unit = amplitude_scale(side.result)
    return [f"channel {channel}: {number_words(value * gain, '.1f')} {unit}" for channel, value in enumerate(vector)]
