"""Words, cards and layouts with the right gaps."""

from __future__ import annotations

from spikesift_gui.palette import SPACE
from spikesift_gui.qt import Qt, QtCore, QtWidgets, QWidget

Item = QWidget | QtWidgets.QLayout | int | None


def label(text: str = "", role: str = "", *, wrap: bool = False, selectable: bool = False) -> QtWidgets.QLabel:
    """Words. `role`: "", "display", "title", "section", "muted", "caption", "fixed", "ok", "warning", "error"."""
    made = QtWidgets.QLabel(text)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if selectable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def set_kind(widget: QWidget, kind: str) -> None:
    """Change the property "kind", which the style sheet looks at ("", "ok", "warning", "error", "busy", "changed")."""
    if widget.property("kind") == kind:
        return
    widget.setProperty("kind", kind)
    for part in (widget, *widget.findChildren(QWidget)):
        part.style().unpolish(part)
        part.style().polish(part)


def row(*items: Item, gap: int = SPACE, margin: int = 0) -> QtWidgets.QHBoxLayout:
    """Widgets and layouts side by side; None is a stretch, a whole number a gap in px."""
    return _filled(QtWidgets.QHBoxLayout(), items, gap, margin)


def column(*items: Item, gap: int = SPACE, margin: int = 0) -> QtWidgets.QVBoxLayout:
    """Widgets and layouts one below the other; None is a stretch, a whole number a gap in px."""
    return _filled(QtWidgets.QVBoxLayout(), items, gap, margin)


def card(layout: QtWidgets.QLayout, *, margin: int = 2 * SPACE) -> QtWidgets.QFrame:
    """A surface with a border around `layout`."""
    made = QtWidgets.QFrame()
    made.setProperty("role", "card")
    layout.setContentsMargins(margin, margin, margin, margin)
    made.setLayout(layout)
    return made


def scrolled(inside: QtWidgets.QLayout) -> QtWidgets.QScrollArea:
    """`inside` with a vertical scroll bar when there is not room for all of it (long forms on small screens)."""
    holder = _Scrolled()
    holder.setObjectName("scrolled")
    holder.setLayout(inside)
    made = QtWidgets.QScrollArea()
    made.setObjectName("scroll")
    made.setWidgetResizable(True)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setWidget(holder)
    return made


class _Scrolled(QWidget):
    def minimumSizeHint(self) -> QtCore.QSize:
        # Words that wrap ask for the height they need when narrow; the scroll area asks for the height at its width.
        hint = super().minimumSizeHint()
        return QtCore.QSize(hint.width(), 0) if self.layout().hasHeightForWidth() else hint


def line() -> QtWidgets.QFrame:
    """A quiet horizontal line."""
    made = QtWidgets.QFrame()
    made.setProperty("role", "line")
    made.setFixedHeight(1)
    return made


def section_header(title: str, *right: QWidget, help_text: str = "") -> QWidget:
    """A title of a section, with a quiet sentence below it and widgets at the right end."""
    made = QWidget()
    words = column(label(title, "section"), gap=SPACE // 4)
    if help_text:
        words.addWidget(label(help_text, "muted", wrap=True))
    made.setLayout(row(words, *right) if not right else row(words, None, *right))
    return made


def _filled(layout: QtWidgets.QBoxLayout, items: tuple[Item, ...], gap: int, margin: int) -> QtWidgets.QBoxLayout:
    layout.setSpacing(gap)
    layout.setContentsMargins(margin, margin, margin, margin)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QtWidgets.QLayout):
            layout.addLayout(item)
        else:
            layout.addWidget(item)
    return layout
