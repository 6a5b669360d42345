"""A view as a picture with a caption: for the clipboard, PNG or SVG."""

from __future__ import annotations

from pathlib import Path

from spikesift_core.replacing import replacing
from spikesift_core.version import VERSION
from spikesift_gui.palette import SPACE, palette_of
from spikesift_gui.qt import Qt, QtCore, QtGui, QtSvg, QtWidgets, QWidget
from spikesift_gui.state import Appearance
from spikesift_gui.theme import font
from spikesift_gui.views.svg_clips import clipped, marked

FILTERS = "PNG picture (*.png);;SVG drawing (*.svg)"
SHARPNESS = 2  # pixels of the picture for each of the screen


class Picture:
    """What a widget shows, and words below it.

    Parameters
    ----------
    widget : what is drawn.
    caption : the words; "" for none.
    appearance : colours and size of the words.
    sharpness : pixels of the picture for each of the screen; an SVG needs none.
    """

    def __init__(self, widget: QWidget, caption: str, appearance: Appearance, sharpness: int = SHARPNESS):
        self.widget, self.caption, self._sharpness = widget, caption, sharpness
        self._palette, self._font = palette_of(appearance), font("caption", appearance)
        self._words = self._place_of_words()

    @property
    def size(self) -> QtCore.QSize:
        """In px of the screen."""
        below = self._words.height() + 2 * SPACE if self.caption else 0
        return QtCore.QSize(self.widget.width(), self.widget.height() + below)

    def paint(self, painter: QtGui.QPainter) -> None:
        """Draw it all."""
        painter.fillRect(QtCore.QRect(QtCore.QPoint(0, 0), self.size), QtGui.QColor(self._palette.surface))
        flags = QWidget.RenderFlag.DrawChildren
        if not self.caption:
            flags |= QWidget.RenderFlag.DrawWindowBackground
        # Of QWidget, because a plot has a render of its own, which frames anew.
        QWidget.render(self.widget, painter, QtCore.QPoint(0, 0), QtGui.QRegion(), flags)
        if self.caption:
            painter.setFont(self._font)
            painter.setPen(QtGui.QColor(self._palette.muted))
            painter.drawText(self._words, Qt.TextFlag.TextWordWrap, self.caption)

    def image(self) -> QtGui.QImage:
        """As pixels."""
        made = QtGui.QImage(self.size * self._sharpness, QtGui.QImage.Format.Format_RGB32)
        made.setDevicePixelRatio(self._sharpness)
        painter = QtGui.QPainter(made)
        self.paint(painter)
        painter.end()
        return made

    def _place_of_words(self) -> QtCore.QRect:
        width = max(1, self.widget.width() - 2 * SPACE)
        room = QtCore.QRect(SPACE, self.widget.height() + SPACE, width, 10_000)
        measure = QtGui.QFontMetrics(self._font)
        return measure.boundingRect(room, Qt.TextFlag.TextWordWrap, self.caption)


def copy_picture(picture: Picture) -> None:
    """Put it on the clipboard."""
    QtWidgets.QApplication.clipboard().setImage(picture.image())


def save_picture(picture: Picture, path: Path, title: str) -> None:
    """Write it as PNG or SVG, by the suffix.

    Raises
    ------
    ValueError
        For another suffix, or when the file cannot be written.
    """
    drawings = {".png": _png, ".svg": lambda shown: _svg(shown, title)}
    if path.suffix.lower() not in drawings:
        raise ValueError(f"A picture is saved as .png or .svg, not {path.suffix or 'without a suffix'!r}.")
    try:
        drawn = drawings[path.suffix.lower()](picture)
        with replacing(path) as temporary:  # where there is no room, a picture that was there stays
            temporary.write_bytes(drawn)
    except OSError as error:
        raise ValueError(f"{path} cannot be written ({error.strerror}): choose another folder.") from error


def _png(picture: Picture) -> bytes:
    buffer = QtCore.QBuffer()
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    image = picture.image()
    image.setText("Description", picture.caption)
    image.save(buffer, "PNG")
    return bytes(buffer.data())


def _svg(picture: Picture, title: str) -> bytes:
    buffer = QtCore.QBuffer()
    generator = QtSvg.QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(picture.size)
    generator.setViewBox(QtCore.QRect(QtCore.QPoint(0, 0), picture.size))
    generator.setTitle(title)
    generator.setDescription(picture.caption or f"SpikeSift {VERSION}")
    with marked(picture.widget):
        painter = QtGui.QPainter(generator)
        try:
            picture.paint(painter)
        finally:
            painter.end()
    return clipped(bytes(buffer.data()).decode("utf-8")).encode("utf-8")
