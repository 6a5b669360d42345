"""Colours of the units of a pair, and the view of the two units."""

import numpy as np

from spikesift_gui.matching import current, judged
from spikesift_gui.pair_colors import pair_colors
from spikesift_gui.qt import Qt, QtWidgets
from spikesift_gui.unit_colors import ALIKE, EYES, perceived, unit_color
from tests.gui.helpers import drawn, settle
from tests.gui.match_helpers import (
    answered,
    click_row,
    current_of,
    page_of,
    view,
)
from tests.gui.test_match_by_hand import click_icon, press


def match_of(window):
    return current_of(window)[1]


# ---------------------------------------------------------------- colours


def test_the_two_of_a_pair_share_a_colour_and_no_other_unit_has_one_like_it(opened):
    asked, match = current_of(opened)
    here, there = pair_colors(asked, match, 0.7)
    assert here[0] == unit_color(asked.source.units[0])
    assert [there[target] for target in match.assignment] == list(here)
    distinct = [*here, there[3]]
    rgb = np.array([[int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)] for color in distinct])
    lab = perceived(rgb)
    for one in range(len(distinct)):
        for other in range(one):
            apart = np.sqrt(((lab[:, one] - lab[:, other]) ** 2).sum(axis=1))
            assert (EYES * apart).min() >= ALIKE, (one, other)


def test_a_pair_that_is_refused_by_the_limit_does_not_share_a_colour(opened, qtbot):
    opened.context.run("match.shift", shift=10)
    asked, match = current_of(opened)
    assert (match.relative_costs > 0.01).all()
    here, there = pair_colors(asked, match, 0.01)
    assert len({*here, *there}) == len(here) + len(there)


def test_all_views_use_the_colours_of_the_pairs(opened, qtbot):
    click_icon(qtbot, opened, 0, "refuse")
    asked, match = current_of(opened)
    here, there = pair_colors(asked, match, 0.7)
    assert here[0] != there[1], "refused: they do not look like one"
    model = view(opened, "match_table").model
    role = Qt.ItemDataRole.DecorationRole
    assert [model.index(0, column).data(role).name() for column in (0, 1)] == [here[0], there[1]]
    line = view(opened, "match_pairs").pairs._lines[0]
    assert (line.source.color, line.target.color) == (here[0], there[1])
    table = view(opened, "match_table").table
    table.selectRow(0)
    box = table.visualRect(model.index(0, 0))
    picture = table.viewport().grab(box).toImage()
    seen = {picture.pixelColor(x, picture.height() // 2).name() for x in range(picture.width())}
    assert here[0] in seen, "a selected row has the colour too, and not a tint of it"


def test_the_words_of_a_refused_pair_have_its_cost(opened, qtbot):
    click_icon(qtbot, opened, 0, "refuse")
    match = current_of(opened)[1]
    words = view(opened, "match_pairs").words.text()
    assert (
        "refused by hand" in words and f"(cost {match.distances[0, 1]:.3g} file units)" in words and "nan" not in words
    )


# ---------------------------------------------------------------- the two units


def look_at_both(window, qtbot):
    """Choose the tab “The two units”."""
    bars = page_of(window).docks.findChildren(QtWidgets.QTabBar)
    bar, place = next((bar, at) for bar in bars for at in range(bar.count()) if bar.tabText(at) == "The two units")
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(place).center())
    settle(qtbot)


def test_waveforms_and_correlograms_of_the_pair_in_focus(alone, qtbot, example):
    alone.context.run("page.match")
    answered(alone, qtbot)
    look_at_both(alone, qtbot)
    pair = view(alone, "match_pair")
    click_row(qtbot, alone, 0)
    drawn(qtbot, alone.context)
    shown = pair._pictures
    assert [one.track.id for one in shown.units] == [0, 0] and pair.waveforms.isVisible()
    assert all(len(found.samples) and 3 < len(found.channels) <= 10 for found in shown.waveforms)
    segments = [one.side.segment for one in shown.units]
    assert [set(found.segments.tolist()) for found in shown.waveforms] == [{segments[0]}, {segments[1]}]
    assert set(shown.panels) == {(0, 0), (1, 1)}, "one unit in both: no use in counting it against itself"
    assert "0 → 0, clear" in pair.words.text()
    press(qtbot, alone, Qt.Key.Key_Down)
    drawn(qtbot, alone.context)
    assert [one.track.id for one in pair._pictures.units] == [1, 1]


def test_beside_a_unit_without_a_partner_the_nearest_is_shown_and_called_so(opened, qtbot):
    look_at_both(opened, qtbot)
    click_row(qtbot, opened, 3)
    drawn(qtbot, opened.context)
    pair = view(opened, "match_pair")
    match = match_of(opened)
    assert [one.partner for one in pair._pictures.units] == [False, True]
    assert pair._pictures.units[0].cluster == match.distances[:, 3].argmin()
    assert "(the nearest, not its partner)" in pair.words.text() and "unmatched: left over" in pair.words.text()
    assert pair.no_signal.isVisible() and "they are read from the recording" in pair.no_signal.text()


def test_no_pair_in_focus_is_said(opened, qtbot):
    look_at_both(opened, qtbot)
    opened.context.run("units.select", units=[])
    settle(qtbot)
    assert view(opened, "match_pair").shown_hint


def test_reasons_call_every_pair_by_hand_in_all_views(opened, qtbot):
    click_icon(qtbot, opened, 1, "accept")
    found = judged(*current(opened.context.state), 0.7)
    assert [one.verdict for one in found if one.decided] == ["by hand"]
    assert view(opened, "match_pairs").words.text().startswith("1 → 2, by hand: accepted by hand")
    assert "1 by hand" in view(opened, "match_table").counts.text()
