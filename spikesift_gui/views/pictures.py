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
    drawings = {".png": _png, ".svg": lambda shown: _svg(shown, title)}
    if path.suffix.lower() not in drawings:
        raise ValueError(f"A picture is saved as .png or .svg, not {path.suffix or 'without a suffix'!r}.")
    try:
        path.write_bytes(drawings[path.suffix.lower()](widget))
    except OSError as error:
        raise ValueError(f"{path} cannot be written ({error.strerror}): choose another folder.") from error


def _png(widget: QWidget) -> bytes:
    buffer = QtCore.QBuffer()
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    widget.grab().save(buffer, "PNG")
    return bytes(buffer.data())


def _svg(widget: QWidget, title: str) -> bytes:
    buffer = QtCore.QBuffer()
    generator = QtSvg.QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    generator.setTitle(title)
    generator.setDescription(f"SpikeSift {VERSION}")
    painter = QtGui.QPainter(generator)
    try:
        QWidget.render(widget, painter, QtCore.QPoint(0, 0))  # a plot has a render of its own, which frames it anew
    finally:
        painter.end()
    return bytes(buffer.data())
