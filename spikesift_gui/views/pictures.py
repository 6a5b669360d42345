"""A view as a picture: for the clipboard, PNG or SVG."""

from __future__ import annotations

from pathlib import Path

from spikesift_core.version import VERSION
from spikesift_gui.qt import QtCore, QtGui, QtSvg, QtWidgets, QWidget

FILTERS = "PNG picture (*.png);;SVG drawing (*.svg)"


def copy_picture(widget: QWidget) -> None:
    """Put what the widget shows on the clipboard."""
    QtWidgets.QApplication.clipboard().setPixmap(widget.grab())


def save_picture(widget: QWidget, path: Path, title: str) -> None:
    """Write what the widget shows as PNG or SVG, by the suffix.

    Raises
    ------
    ValueError
        For another suffix, or when the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in (".png", ".svg"):
        raise ValueError(f"A picture is saved as .png or .svg, not {path.suffix or 'without a suffix'!r}.")
    done = _save_png(widget, path) if suffix == ".png" else _save_svg(widget, path, title)
    if not done:
        raise ValueError(f"{path} cannot be written. Choose a folder you may write in.")


def _save_png(widget: QWidget, path: Path) -> bool:
    return widget.grab().save(str(path), "PNG")


def _save_svg(widget: QWidget, path: Path, title: str) -> bool:
    generator = QtSvg.QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    generator.setTitle(title)
    generator.setDescription(f"SpikeSift {VERSION}")
    painter = QtGui.QPainter()
    if not painter.begin(generator):
        return False
    widget.render(painter, QtCore.QPoint(0, 0))
    return painter.end()
