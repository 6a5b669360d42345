"""Every colour of the window but those of units, once for light and once for dark, and every size.

Nothing else in the program writes a colour: widgets get them through the style sheet, plots and icons ask for
`palette_of(state.appearance)`.
"""

from __future__ import annotations

from dataclasses import dataclass

from spikesift_gui.state import Appearance

SPACE = 8  # px; all margins and gaps are multiples of it (or half of it inside a control)
RADIUS = 6  # px, corners


@dataclass(frozen=True)
class Palette:
    """Colours as "#rrggbb".

    Attributes
    ----------
    window : behind everything. surface : cards and views. raised : buttons and fields. sunken : wells, table headers.
    hover, pressed : of what can be clicked.
    border, strong_border : quiet lines, and lines of fields.
    text, muted, faint : text, secondary text, disabled text and hints inside fields.
    accent, accent_hover, on_accent, accent_soft : the one accent, text on it, and its quiet background.
    ok, warning, error, and ..._soft : states, always together with an icon or words; and their quiet backgrounds.
    plot : background of plots. axis : their axes and labels. grid : their grid. signal : a trace that is no unit's.
    first, second : markers of the first (best) and second (similar) selected unit. other : of the ones after.
    segment : shading of every second segment.
    """

    window: str
    surface: str
    raised: str
    sunken: str
    hover: str
    pressed: str
    border: str
    strong_border: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    ok: str
    ok_soft: str
    warning: str
    warning_soft: str
    error: str
    error_soft: str
    plot: str
    axis: str
    grid: str
    signal: str
    first: str
    second: str
    other: str
    segment: str


LIGHT = Palette(
    window="#f3f4f6",
    surface="#ffffff",
    raised="#ffffff",
    sunken="#f7f8fa",
    hover="#eceff3",
    pressed="#e1e5eb",
    border="#e1e4e9",
    strong_border="#c5cad3",
    text="#1c2128",
    muted="#566070",
    faint="#8a93a1",
    accent="#2f6fde",
    accent_hover="#245dc1",
    on_accent="#ffffff",
    accent_soft="#e5eefc",
    ok="#1d7a55",
    ok_soft="#e2f3eb",
    warning="#8f5a00",
    warning_soft="#fcf0d8",
    error="#b8322a",
    error_soft="#fbe7e5",
    plot="#ffffff",
    axis="#566070",
    grid="#e6e9ee",
    signal="#4a5463",
    first="#2f6fde",
    second="#d1432f",
    other="#8a93a1",
    segment="#f1f4f8",
)

DARK = Palette(
    window="#16191e",
    surface="#1e2228",
    raised="#282d35",
    sunken="#191d22",
    hover="#2b313a",
    pressed="#353c47",
    border="#2d333c",
    strong_border="#454d59",
    text="#e4e7ec",
    muted="#a3acb9",
    faint="#727c8a",
    accent="#5b95f5",
    accent_hover="#77a8f8",
    on_accent="#0d1420",
    accent_soft="#223250",
    ok="#5fc496",
    ok_soft="#1b3229",
    warning="#e0ad52",
    warning_soft="#372c17",
    error="#f08579",
    error_soft="#3d2220",
    plot="#1a1e23",
    axis="#a3acb9",
    grid="#2a3038",
    signal="#b4bcc8",
    first="#5b95f5",
    second="#f0705c",
    other="#727c8a",
    segment="#20252c",
)


@dataclass(frozen=True)
class TypeScale:
    """Sizes of text in px at scale 1."""

    caption: int = 11
    body: int = 13
    section: int = 14
    title: int = 20
    display: int = 28


TYPE = TypeScale()


def palette_of(appearance: Appearance) -> Palette:
    """The colours in use."""
    return DARK if appearance.dark else LIGHT


def selection_color(palette: Palette, position: int) -> str:
    """Marker of the unit at this place of the selection: the first blue, the second red, the others grey."""
    return (palette.first, palette.second)[position] if 0 <= position < 2 else palette.other
