"""A strip with a step back, a step on, and words."""

from __future__ import annotations

from spikesift_gui.context import Context
from spikesift_gui.palette import SPACE
from spikesift_gui.qt import QWidget
from spikesift_gui.widgets.buttons import tool_button
from spikesift_gui.widgets.labels import label, row


class StepStrip(QWidget):
    """Two buttons that run commands, and words beside them.

    Parameters
    ----------
    back, on : (command, what it does) of each button.
    """

    def __init__(self, context: Context, back: tuple[str, str], on: tuple[str, str]):
        super().__init__()
        self.back = tool_button(context, "previous", back[1], back[0])
        self.on = tool_button(context, "next", on[1], on[0])
        self.words = label("", "caption", wrap=True)
        layout = row(self.back, self.on, self.words, gap=2)
        layout.setContentsMargins(SPACE // 2, 0, SPACE, 2)
        layout.setStretch(2, 1)
        self.setLayout(layout)
