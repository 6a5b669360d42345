import re
from dataclasses import asdict

import numpy as np
import pytest

from spikesift_core.resources import resource
from spikesift_gui.icons import icon, pixmap, svg
from spikesift_gui.palette import DARK, LIGHT, palette_of, selection_color
from spikesift_gui.plots import make_plot, style_plots
from spikesift_gui.qt import QtGui
from spikesift_gui.state import Appearance
from spikesift_gui.theme import apply_theme, font, style_sheet
from spikesift_gui.unit_colors import COLORS, luminance, perceived, unit_color

PALETTES = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])


def rgb(color):
    return np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def contrast(one, other):
    low, high = sorted(float(luminance(rgb(color))) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


@PALETTES
def test_words_can_be_read(palette):
    assert all(re.fullmatch("#[0-9a-f]{6}", color) for color in asdict(palette).values())
    for ground in (palette.window, palette.surface, palette.sunken, palette.raised, palette.hover):
        assert contrast(palette.text, ground) > 7
        assert contrast(palette.muted, ground) > 4.5
    assert contrast(palette.accent, palette.accent_soft) > 3.8
    assert contrast(palette.on_accent, palette.accent) > 4.5
    assert contrast(palette.axis, palette.plot) > 4.5
    for state in ("ok", "warning", "error"):
        assert contrast(getattr(palette, state), getattr(palette, f"{state}_soft")) > 4.5


@PALETTES
def test_units_can_be_seen_on_plots(palette):
    for unit in range(COLORS):
        assert contrast(unit_color(unit), palette.plot) > 2.6


def test_a_units_color_follows_its_id_and_no_two_are_alike():
    assert len({unit_color(unit) for unit in range(COLORS)}) == COLORS
    assert unit_color(COLORS + 3) == unit_color(3) == unit_color(np.int64(3))


def test_the_first_units_differ_for_color_blind_eyes_too():
    seen = perceived(np.array([rgb(unit_color(unit)) for unit in range(12)]))
    distances = np.linalg.norm(seen[:, :, None] - seen[:, None], axis=-1)
    distances[:, np.arange(12), np.arange(12)] = np.inf
    normal, protanopic, deuteranopic = distances.min(axis=(1, 2))
    assert normal > 0.08 and protanopic > 0.05 and deuteranopic > 0.05


def test_selection_markers():
    assert [selection_color(LIGHT, place) for place in range(3)] == [LIGHT.first, LIGHT.second, LIGHT.other]


def test_the_style_sheet_is_complete_and_scales():
    sheet = style_sheet(Appearance())
    assert "$" not in sheet and LIGHT.accent in sheet and "font-size: 13px" in sheet
    assert "font-size: 20px" in style_sheet(Appearance(scale=1.5))
    assert DARK.window in style_sheet(Appearance(dark=True))
    for name in re.findall(r'url\("(.+?)"\)', sheet):
        assert not QtGui.QPixmap(name).isNull(), name


def test_the_palette_is_ours_whatever_the_platform(qapp):
    for appearance in (Appearance(dark=True), Appearance()):
        apply_theme(qapp, appearance)
        window = qapp.palette().color(QtGui.QPalette.ColorRole.Window).name()
        assert window == palette_of(appearance).window
    assert font("title", Appearance(scale=2)).pixelSize() == 40


@pytest.mark.parametrize("path", sorted(resource("icons").glob("*.svg")), ids=lambda path: path.stem)
def test_icons_take_the_color_they_are_given(qapp, path):
    assert "currentColor" not in svg(path.stem, "#ff0000").decode()
    image = pixmap(path.stem, "#ff0000", 24).toImage()
    inked = [image.pixelColor(x, y) for x in range(24) for y in range(24) if image.pixelColor(x, y).alpha() > 200]
    assert inked and all(color.red() > 240 and color.green() < 15 for color in inked)


@PALETTES
def test_icons_are_faint_on_what_is_disabled(qapp, palette):
    made = icon("up", palette.muted)
    usual, off = (
        max(made.pixmap(16, mode).toImage().pixelColor(x, y).alpha() for x in range(16) for y in range(16))
        for mode in (QtGui.QIcon.Mode.Normal, QtGui.QIcon.Mode.Disabled)
    )
    assert 0 < off < 0.5 * usual


def test_a_missing_resource_is_said_in_words():
    with pytest.raises(FileNotFoundError, match="Install the program again"):
        resource("icons", "nonsense.svg")


def test_plots_follow_the_theme(qtbot):
    plot = make_plot("Time (s)", "Depth (µm)")
    qtbot.addWidget(plot)
    for appearance in (Appearance(), Appearance(dark=True)):
        style_plots(plot, appearance)
        assert plot.backgroundBrush().color().name() == palette_of(appearance).plot
        axis = plot.getPlotItem().getAxis("bottom")
        assert axis.textPen().color().name() == palette_of(appearance).axis
        assert axis.labelText == "Time (s)" and axis.label.toPlainText().strip() == "Time (s)"
