"""What an empty page or view says: what will appear there, and the step that brings it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from spikesift_gui.context import Context
from spikesift_gui.icons import pixmap
from spikesift_gui.palette import palette_of
from spikesift_gui.qt import QSize, Qt, QtWidgets, QWidget
from spikesift_gui.widgets.labels import column, label

WIDEST = 420  # px, of the words


@dataclass(frozen=True)
class Hint:
    """`title`: what is missing. `text`: what will appear and what to do. `command`: a button that does it."""

    title: str
    text: str = ""
    command: str = ""
    action: str = ""
    icon_name: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)


class HintLabel(QWidget):
    """Shows a Hint in the middle of its place."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._hint: Hint | None = None
        self._icon, self._title, self._text = label(), label("", "section", wrap=True), label("", "muted", wrap=True)
        self._button = QtWidgets.QPushButton()
        self._button.setProperty("role", "primary")
        self._button.clicked.connect(self._go)
        parts = (self._icon, self._title, self._text, self._button)
        layout = column(None, *parts, None, gap=8, margin=16)
        for part in parts:
            layout.setAlignment(part, Qt.AlignmentFlag.AlignHCenter)
        for part in parts[:3]:
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setLayout(layout)

    def show_hint(self, hint: Hint) -> None:
        """Show these words; called from the draw of the page or view around it."""
        self._hint = hint
        palette = palette_of(self._context.state.appearance)
        self._icon.setVisible(bool(hint.icon_name))
        if hint.icon_name:
            self._icon.setPixmap(pixmap(hint.icon_name, palette.faint, 40, self.devicePixelRatioF()))
        self._title.setText(hint.title)
        self._text.setText(hint.text)
        self._text.setVisible(bool(hint.text))
        self._fit()
        self._button.setVisible(bool(hint.command))
        if hint.command:
            self._button.setText(hint.action or self._context.commands[hint.command].text.replace("&", ""))

    def minimumSizeHint(self) -> QSize:
        """Qt asks how small it may be: words never keep a view from becoming small."""
        return QSize(0, 0)

    def resizeEvent(self, event: Any) -> None:
        """Qt tells of another size: the words are broken anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        # A wrapped label in a centred layout does not ask for the height it needs: say it.
        room = max(80, min(WIDEST, self.width() - 32))
        for words in (self._title, self._text):
            if words.text():
                words.ensurePolished()  # or it measures with the font of the window
                width = min(room, words.fontMetrics().horizontalAdvance(words.text()) + 8)
                words.setFixedSize(width, words.heightForWidth(width))

    def _go(self) -> None:
        if self._hint and self._hint.command:
            self._context.run(self._hint.command, **self._hint.arguments)
