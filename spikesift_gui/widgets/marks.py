"""The icon and colour of each kind of state. A colour never stands alone: an icon goes with it."""

from __future__ import annotations

from spikesift_gui.icons import pixmap
from spikesift_gui.palette import Palette
from spikesift_gui.qt import QtGui

# kind: (icon, colour of the palette)
MARKS = {
    "ok": ("check", "ok"),
    "warning": ("warning", "warning"),
    "error": ("error", "error"),
    "busy": ("busy", "accent"),
    "todo": ("todo", "faint"),
    "info": ("info", "muted"),
}


def mark(kind: str, palette: Palette, size: int = 16, ratio: float = 1.0) -> QtGui.QPixmap:
    """The picture for one kind of state."""
    name, color = MARKS[kind]
    return pixmap(name, getattr(palette, color), size, ratio)
