"""What is drawn in a plot stays inside it in an SVG too.

Qt's generator leaves bounds out, or (as SVG 1.1, Qt 6.11) goes on with those of a plot after it. So each plot draws a
mark before and after its contents, and the marks are turned into a group with a clip path afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from spikesift_gui.qt import QtCore, QtWidgets, QWidget, pg

BEFORE, AFTER = "begins", "ends"
MARK = r"<g (?P<state>[^>]*)>\s*<rect (?P<room>[^>]*)/>\s*<text [^>]*>plot-(?P<number>\d+)-%s</text>\s*</g>"
TINY, FULL = 'version="1.2" baseProfile="tiny"', 'version="1.1"'


class _Mark(QtWidgets.QGraphicsItem):
    """The bounds of a plot as a rectangle, and words."""

    def __init__(self, box: pg.ViewBox, words: str, depth: float):
        super().__init__(box)
        self._box, self._words = box, words
        self.setZValue(depth)

    def boundingRect(self) -> QtCore.QRectF:
        return self._box.boundingRect()

    def paint(self, painter, _option, _widget=None) -> None:
        painter.setPen(pg.mkPen(1, 2, 3))  # a change of state: the generator begins a group
        painter.drawRect(self.boundingRect())
        painter.drawText(QtCore.QPointF(0, 0), self._words)


@contextmanager
def marked(widget: QWidget) -> Iterator[None]:
    """Inside, the plots of a widget draw marks; for a picture that `clipped` is given afterwards."""
    views = [*widget.findChildren(pg.GraphicsView), *([widget] if isinstance(widget, pg.GraphicsView) else [])]
    boxes = [item for view in views for item in view.scene().items() if isinstance(item, pg.ViewBox)]
    marks = [
        _Mark(box, f"plot-{number}-{words}", depth)
        for number, box in enumerate(boxes)
        for words, depth in ((BEFORE, -0.5), (AFTER, 0.5))  # the contents are at 0
    ]
    try:
        yield
    finally:
        for mark in marks:
            mark.scene().removeItem(mark)


def clipped(text: str) -> str:
    """An SVG with marks, with a clip path for each plot in their place."""
    for match in reversed(list(re.finditer(MARK % AFTER, text))):
        text = f"{text[: match.start()]}</g>{text[match.end() :]}"
    text = re.sub(MARK % BEFORE, _group, text)
    return text.replace(TINY, FULL, 1)


def _group(mark: re.Match) -> str:
    number, transform = mark["number"], re.search(r'transform="[^"]*"', mark["state"])
    room = f"<rect {mark['room']} {transform[0] if transform else ''}/>"
    path = f'<clipPath id="plot-{number}">{room}</clipPath>'
    return f'<defs>{path}</defs>\n<g clip-path="url(#plot-{number})">'
