"""Dress the application: Fusion, our palette, one style sheet, fonts, and the same for pyqtgraph.

We own the palette rather than asking the desktop for it, so that the window looks the same everywhere, and in tests.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from string import Template

from spikesift_core.resources import resource
from spikesift_gui.icons import icon_file
from spikesift_gui.palette import RADIUS, SPACE, TYPE, Palette, palette_of
from spikesift_gui.qt import Qt, QtGui, QtWidgets, pg
from spikesift_gui.state import Appearance

FAMILIES = (
    "Inter",
    "Segoe UI Variable Text",
    "Segoe UI",
    "SF Pro Text",
    ".AppleSystemUIFont",
    "Noto Sans",
    "Cantarell",
)
FIXED_FAMILIES = ("Cascadia Mono", "SF Mono", "Consolas", "Noto Sans Mono", "DejaVu Sans Mono")


def apply_theme(application: QtWidgets.QApplication, appearance: Appearance) -> None:
    """Give the application this appearance; may be called again at any time."""
    palette = palette_of(appearance)
    if application.style().objectName() != "fusion":
        application.setStyle("fusion")
    application.setFont(font("body", appearance))
    application.setPalette(_qt_palette(palette))
    sheet = style_sheet(appearance)
    if application.styleSheet() != sheet:  # setting it, even the same, dresses every widget anew
        application.setStyleSheet(sheet)
    pg.setConfigOptions(antialias=True, background=palette.plot, foreground=palette.axis)


def system_is_dark(application: QtWidgets.QApplication) -> bool:
    """Whether the desktop asks for dark windows."""
    return application.styleHints().colorScheme() == Qt.ColorScheme.Dark


def font(size: str, appearance: Appearance, *, bold: bool = False) -> QtGui.QFont:
    """A font of the type scale ("caption", "body", "section", "title", "display"), with figures of equal width."""
    made = QtGui.QFont(family())
    made.setPixelSize(round(getattr(TYPE, size) * appearance.scale))
    if bold:
        made.setWeight(QtGui.QFont.Weight.DemiBold)
    made.setFeature(QtGui.QFont.Tag("tnum"), 1)
    return made


@lru_cache(maxsize=1)
def family() -> str:
    """The first of the good families this machine has, else what the desktop uses."""
    return (
        _first_family(FAMILIES) or QtGui.QFontDatabase.systemFont(QtGui.QFontDatabase.SystemFont.GeneralFont).family()
    )


@lru_cache(maxsize=1)
def fixed_family() -> str:
    """For logs and tracebacks."""
    return (
        _first_family(FIXED_FAMILIES)
        or QtGui.QFontDatabase.systemFont(QtGui.QFontDatabase.SystemFont.FixedFont).family()
    )


def style_sheet(appearance: Appearance) -> str:
    """The style sheet: `resources/style/window.qss` with every $token put in."""
    palette = palette_of(appearance)
    template = Template(resource("style", "window.qss").read_text(encoding="utf-8"))
    sizes = {f"size_{name}": f"{round(size * appearance.scale)}px" for name, size in asdict(TYPE).items()}
    space = {f"space_{half}": f"{half * SPACE // 2}px" for half in range(1, 9)}
    images = {f"image_{name}": icon_file(name, palette.muted).as_posix() for name in ("up", "down", "next", "previous")}
    images["image_check"] = icon_file("check", palette.on_accent).as_posix()
    names = {"family": family(), "fixed_family": fixed_family(), "radius": f"{RADIUS}px"}
    return template.substitute(asdict(palette), **sizes, **space, **images, **names)


def _first_family(wanted: tuple[str, ...]) -> str:
    there = set(QtGui.QFontDatabase.families())
    return next((name for name in wanted if name in there), "")


def _qt_palette(palette: Palette) -> QtGui.QPalette:
    roles = {
        "Window": palette.window,
        "WindowText": palette.text,
        "Base": palette.surface,
        "AlternateBase": palette.sunken,
        "Text": palette.text,
        "PlaceholderText": palette.faint,
        "Button": palette.raised,
        "ButtonText": palette.text,
        "BrightText": palette.on_accent,
        "Highlight": palette.accent,
        "HighlightedText": palette.on_accent,
        "ToolTipBase": palette.raised,
        "ToolTipText": palette.text,
        "Link": palette.accent,
        "LinkVisited": palette.accent,
        "Accent": palette.accent,
        "Light": palette.raised,
        "Midlight": palette.hover,
        "Mid": palette.border,
        "Dark": palette.strong_border,
        "Shadow": palette.border,
    }
    made = QtGui.QPalette()
    for name, color in roles.items():
        made.setColor(getattr(QtGui.QPalette.ColorRole, name), QtGui.QColor(color))
    for name in ("WindowText", "Text", "ButtonText"):
        role = getattr(QtGui.QPalette.ColorRole, name)
        made.setColor(QtGui.QPalette.ColorGroup.Disabled, role, QtGui.QColor(palette.faint))
    return made
