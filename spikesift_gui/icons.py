"""One family of line icons, drawn for this program, tinted with colours of the palette."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

from spikesift_core.resources import resource
from spikesift_gui.qt import Qt, QtCore, QtGui, QtSvg

SIZES = (16, 20, 24, 32, 48, 64)
DISABLED = 0.35  # share of the colour


def svg(name: str, color: str) -> bytes:
    """One icon of `resources/icons` in this colour.

    Raises
    ------
    FileNotFoundError
        If there is no icon of this name.
    """
    text = resource("icons", f"{name}.svg").read_text(encoding="utf-8")
    return text.replace("currentColor", color).encode("utf-8")


@lru_cache(maxsize=512)
def icon(name: str, color: str) -> QtGui.QIcon:
    """One icon in this colour ("#rrggbb"), sharp at every usual size; faint on what is disabled."""
    made = QtGui.QIcon()
    for size in SIZES:
        picture = pixmap(name, color, size)
        made.addPixmap(picture)
        made.addPixmap(_faint(picture), QtGui.QIcon.Mode.Disabled)  # Qt's own is hardly another one on a dark ground
    return made


@lru_cache(maxsize=512)
def pixmap(name: str, color: str, size: int, ratio: float = 1.0) -> QtGui.QPixmap:
    """One icon as a picture of `size` px, for a screen with this device pixel ratio."""
    picture = QtGui.QPixmap(round(size * ratio), round(size * ratio))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(picture)
    QtSvg.QSvgRenderer(QtCore.QByteArray(svg(name, color))).render(painter)
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


def _faint(picture: QtGui.QPixmap) -> QtGui.QPixmap:
    made = QtGui.QPixmap(picture.size())
    made.fill(Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(made)
    painter.setOpacity(DISABLED)
    painter.drawPixmap(0, 0, picture)
    painter.end()
    return made


def icon_file(name: str, color: str) -> Path:
    """One icon in this colour as a file, for style sheets, which know files only. The folder goes with the program."""
    path = Path(_folder().name) / f"{name}-{color.lstrip('#')}.svg"
    if not path.exists():
        path.write_bytes(svg(name, color))
    return path


@lru_cache(maxsize=1)
def _folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="spikesift-icons-", ignore_cleanup_errors=True)
