"""A `MatchReport` as a picture (SVG): the cost of each shift, pairs by depth, and units through all recordings."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from spikesift_core.match_comparisons import Comparison, Side
from spikesift_core.match_report import MatchReport
from spikesift_core.number_words import number_words
from spikesift_core.replacing import replace_text
from spikesift_core.river_words import linked_by_hand, lost_words
from spikesift_core.rivers import River
from spikesift_core.svg import MUTED, Plot, apart, dot, hinted, line, page, text
from spikesift_core.verdicts import BY_HAND, CLEAR, DOUBTFUL, FORCED, REFUSED, VERDICTS, verdict_of
from spikesift_core.version import VERSION

WIDTH, MARGIN, TITLE = 1000, 24, 18  # px
HEAD, AROUND = 84, 120  # px of the title, around the plots of one comparison
PLOT = 190.0  # px, height of those plots, at least
LANE, LEAST_RIVER, MOST_RIVER = 9.0, 90.0, 700.0  # px for each stream; of all of them
MOST_NAMED = 40  # units of a side, above which their numbers would overlap
MOST_IN_TITLE = 4  # recordings
NUMBER = 10.0  # px, height of a unit's number
LEFT, RIGHT = 0.15, 0.85  # where the two columns of units stand, as a share of the plot
TO_NUMBER, TIE = 24.0, 5.0  # px from a unit to its number, and between each of both and the line that ties them
LEAST_LANE = 7.0  # px, below which the lanes of the river have no numbers
KEY_ROOM = 84.0  # px, for each entry of the river's colours
SUFFIX, SESSION_SUFFIX = ".svg", ".spikesift"
# Dark to light, so that they differ in print too; the dashes say the same a second time.
COLORS = {BY_HAND: "#5b3fa6", CLEAR: "#0b6e8f", DOUBTFUL: "#d08700", FORCED: "#c2410c", REFUSED: "#9aa5b1"}
DASHES = {BY_HAND: None, CLEAR: None, DOUBTFUL: "7 3", FORCED: "2 3", REFUSED: "1 5"}
ALONE, LOST = "#6b7785", "#b42318"


def match_picture(report: MatchReport) -> str:
    """The picture as the text of an SVG file."""
    names = [short_name(part.name) for part in report.parts]
    title = " → ".join(names if len(names) <= MOST_IN_TITLE else [names[0], f"{len(names) - 2} more", names[-1]])
    limit = report.settings["refuse_above"]
    settings = f"largest drift {report.settings['max_drift']:g} µm"
    settings += "" if limit is None else f", pairs refused above a relative cost of {limit:g}"
    parts = [
        text(MARGIN, 34, f"Units matched: {title}", size=TITLE, font_weight="600"),
        text(MARGIN, 56, f"{settings} · SpikeSift {VERSION}", color=MUTED),
    ]
    at = float(HEAD)
    for one in report.comparisons:
        parts += _comparison(report, one, at)
        at += AROUND + _height(one)
    if report.river is not None and len(report.river):
        height = min(MOST_RIVER, max(LEAST_RIVER, LANE * len(report.river)))
        parts += _river(report, at, height)
        at += height + 110
    return page(WIDTH, at, f"Units matched: {title}", parts)


def short_name(name: str) -> str:
    """Of a session's folder its name alone."""
    return Path(name).name.removesuffix(SESSION_SUFFIX)


def write_picture(report: MatchReport, path) -> None:
    """Write the picture to a file; one that is there is replaced.

    Raises
    ------
    ValueError
        If the name does not end with .svg.
    """
    check_picture_name(path)
    replace_text(path, match_picture(report))


def check_picture_name(path) -> None:
    """Raise ValueError for a name that is not that of an SVG file."""
    if Path(path).suffix.lower() != SUFFIX:
        raise ValueError(
            f"The picture is written as SVG, which every browser shows: give it a name that ends with {SUFFIX}, not "
            f"{Path(path).name!r}. As PNG, save the views of the page Match in the window."
        )


def _height(one: Comparison) -> float:
    """Of its plots, px: room for the numbers of all units, if they are written."""
    most = max(len(set(_clusters(one, source))) for source in (True, False))
    return PLOT if most > MOST_NAMED else max(PLOT, NUMBER * most)


def _names(report: MatchReport, one: Comparison) -> list[str]:
    """What is compared of both sides."""
    names = []
    for side, seen in ((one.source, "last"), (one.target, "first")):
        part = report.parts[side.recording]
        segment = f"segment {side.segment + 1} of {len(part.sorted_recording.sorted_segments)}"
        names.append(f"{short_name(part.name)}, {f'units as {seen} seen' if one.match.mutual else segment}")
    return names


def _comparison(report: MatchReport, one: Comparison, top: float) -> list[str]:
    names = _names(report, one)
    counts = ", ".join(f"{len(one.of(verdict))} {verdict}" for verdict in VERDICTS if one.of(verdict))
    by_hand = " (set by hand)" if one.shift_by_hand else ""
    moved = f"units moved {number_words(0 - one.match.shift)} µm along the probe{by_hand}"
    if any(one.source.recording_of(cluster) != one.source.recording for cluster in _clusters(one, True)):
        counts += "; 1:3 is unit 3 of the first recording, silent since"
    parts = [
        text(MARGIN, top + 8, f"{names[0]} → {names[1]}", size=14, font_weight="600"),
        text(MARGIN, top + 27, f"{moved}; {counts or 'no unit'}"),
    ]
    return parts + _curve(one, top + 50) + _pairs(one, names, top + 50)


def _curve(one: Comparison, top: float) -> list[str]:
    """Total cost at each shift, over the movement of the units."""
    moves, costs = 0 - one.match.shifts, one.match.costs
    reach = max(5.0, float(np.abs(moves).max(initial=0)))
    most = float(costs.max(initial=0)) or 1.0
    plot = Plot(MARGIN + 62, top, 250, PLOT, (-reach, reach), (0.0, 1.05 * most))
    plot.axes("Movement of the units (µm)", "Total cost (relative)" if one.match.mutual else "Total cost")
    points = [plot.at(*point) for point in zip(moves.tolist(), costs.tolist(), strict=True)]
    for here, there in zip(points, points[1:], strict=False):
        plot.parts.append(line(*here, *there, COLORS[CLEAR], 1.5))
    chosen = int(np.abs(one.match.shifts - one.match.shift).argmin()) if len(costs) else None
    for place, point in enumerate(points):
        plot.parts.append(dot(*point, 5.0 if place == chosen else 2.5, COLORS[CLEAR]))
    return plot.parts


def _pairs(one: Comparison, names: list[str], top: float) -> list[str]:
    """Both segments as columns of units by depth, with a line for each pair."""
    heights = [*one.source.depths.tolist(), *one.target.depths.tolist()] or [0.0]
    low, high = min(heights), max(heights)
    room = max(10.0, 0.06 * (high - low))
    plot = Plot(450, top, 400, _height(one), (0.0, 1.0), (low - room, high + room))
    plot.axes("", "Depth (µm)", x_ticks=())
    for x, name in ((LEFT, names[0]), (RIGHT, names[1])):
        place = plot.at(x, plot.y[0])
        plot.parts.append(text(place[0], place[1] + 18, name, size=11, color=MUTED, anchor="middle"))
    for pair in one.pairs:
        if pair.source is not None and pair.target is not None:
            ends = plot.at(LEFT, one.source.depths[pair.source]), plot.at(RIGHT, one.target.depths[pair.target])
            plot.parts.append(line(*ends[0], *ends[1], COLORS[pair.verdict], 1.6, DASHES[pair.verdict]))
    for side, x in ((one.source, LEFT), (one.target, RIGHT)):
        _units(side, list(dict.fromkeys(_clusters(one, side is one.source))), x, plot)
    return plot.parts + _legend([verdict for verdict in COLORS if one.of(verdict)], 870, top + 8)


def _units(side: Side, shown: list[int], x: float, plot: Plot) -> None:
    """A dot for each unit of one side, and its number on the outer side, tied to it: numbers are moved apart."""
    places = [plot.at(x, side.depths[cluster]) for cluster in shown]
    ends = plot.top + NUMBER / 2, plot.top + plot.height - NUMBER / 2
    heights = apart([height for _, height in places], NUMBER, *ends) if len(shown) <= MOST_NAMED else []
    away, anchor = (-1, "end") if x == LEFT else (1, "start")
    for cluster, place in zip(shown, places, strict=True):
        plot.parts.append(dot(*place, 3.0, ALONE, f"unit {_number(side, cluster)}"))
    for cluster, (across, down), height in zip(shown, places, heights, strict=False):
        inner, outer = across + away * TIE, across + away * (TO_NUMBER - TIE / 2)
        plot.parts.append(line(inner, down, outer, height, MUTED, 0.5))
        words = _number(side, cluster)
        plot.parts.append(text(across + away * TO_NUMBER, height + 3, words, size=9, anchor=anchor))


def _number(side: Side, cluster: int) -> str:
    """Such as "12"; "1:12" for unit 12 of the first recording, where that is not the one named."""
    place = side.recording_of(cluster)
    return f"{'' if place == side.recording else f'{place + 1}:'}{side.units[cluster]}"


def _clusters(one: Comparison, source: bool) -> list[int]:
    """Those of one side that are in a pair or left over."""
    found = (pair.source if source else pair.target for pair in one.pairs)
    return [cluster for cluster in found if cluster is not None]


def _legend(verdicts: list[str], left: float, top: float) -> list[str]:
    parts = []
    for row, verdict in enumerate(verdicts):
        y = top + 20 * row
        parts.append(line(left, y, left + 28, y, COLORS[verdict], 1.6, DASHES[verdict]))
        parts.append(text(left + 36, y + 4, verdict, size=11))
    return parts


def _river(report: MatchReport, top: float, height: float) -> list[str]:
    """A lane for each stream in order of depth, a column for each segment; a red bar where one is lost."""
    found, columns = report.river, len(report.river.columns)
    plot = Plot(MARGIN + 62, top + 44, WIDTH - 2 * MARGIN - 72, height, (-0.5, columns - 0.5), (-0.5, len(found) - 0.5))
    complete = int((found.found.sum(axis=1) == columns).sum())
    words = f"{complete} of {len(found)} units in all {columns} segments; dashed: not found there; red bar: lost"
    plot.parts.append(text(MARGIN, top + 8, "Units through all segments", size=14, font_weight="600"))
    plot.parts.append(text(MARGIN, top + 27, words))
    plot.parts += _river_legend(found, top + 23)
    for name, first, end in report.columns:
        x, y = plot.at((first + end - 1) / 2, plot.y[0])
        plot.parts.append(text(x, y + 18, short_name(name), size=11, color=MUTED, anchor="middle"))
        if first:
            plot.parts.append(line(*plot.at(first - 0.5, plot.y[0]), *plot.at(first - 0.5, plot.y[1]), MUTED, 1.0))
    thickest = float(np.nanmax(found.rates)) if len(found) else 0.0
    widest = min(8.0, 0.8 * height / max(1, len(found)))
    named = height / max(1, len(found)) >= LEAST_LANE
    for lane, stream in enumerate(np.argsort(found.depths, kind="stable").tolist()):
        if named:
            x, y = plot.at(0, lane)
            plot.parts.append(text(x - 6, y + 3, found.short_name(stream), size=8, color=MUTED, anchor="end"))
        plot.parts += _stream(found, stream, lane, plot, widest / math.sqrt(thickest) if thickest else 0.0)
    plot.parts.append(text(MARGIN, plot.top + height / 2, "Depth ↑", size=11, color=MUTED))
    return plot.parts


def _river_legend(found: River, y: float) -> list[str]:
    """What the colours of the links say, from the right edge."""
    links = np.argwhere(found.found & (found.before >= 0)).tolist()
    used = {_color(found, stream, int(found.before[stream, right]), right) for stream, right in links}
    entries = [(verdict, color) for verdict, color in COLORS.items() if color in used]
    entries += [("no figures", ALONE)] if ALONE in used else []
    parts, left = [], WIDTH - MARGIN - KEY_ROOM * len(entries)
    for place, (words, color) in enumerate(entries):
        x = left + KEY_ROOM * place
        parts += [line(x, y, x + 16, y, color, 5.0), text(x + 21, y + 4, words, size=11)]
    return parts


def _color(found: River, stream: int, left: int, right: int) -> str:
    """Of a link of the river, which may have no cost."""
    if linked_by_hand(found, stream, left, right):
        return COLORS[BY_HAND]
    cost, margin = float(found.costs[stream, right]), float(found.margins[stream, right])
    return ALONE if math.isnan(cost) else COLORS[verdict_of(cost, margin)]


def _stream(found: River, stream: int, lane: int, plot: Plot, scale: float) -> list[str]:
    """Links of one unit, as thick as its rate (by the square root), coloured by how sure they are."""
    there = np.flatnonzero(found.found[stream]).tolist()
    parts = []
    for left, right in zip(there, there[1:], strict=False):
        color = _color(found, stream, left, right)
        width = max(0.8, scale * math.sqrt(found.rates[stream, right]))
        dash = None if right == left + 1 else "3 3"
        parts.append(line(*plot.at(left, lane), *plot.at(right, lane), color, width, dash))
    if len(there) == 1:
        parts.append(dot(*plot.at(there[0], lane), 1.5, ALONE))
    if there[-1] < len(found.columns) - 1:
        x, y = plot.at(there[-1] + 0.15, lane)
        reach = max(2.0, min(4.0, 0.4 * plot.height / len(found)))
        bar = line(x, y - reach, x, y + reach, LOST, 2.0)
        parts.append(hinted(bar, lost_words(found, stream)))
    return parts
