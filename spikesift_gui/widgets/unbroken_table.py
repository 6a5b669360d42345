"""A table that is painted without a break."""

from __future__ import annotations

from typing import Any

from spikesift_gui.qt import QtWidgets


class UnbrokenTable(QtWidgets.QTableView):
    """Asks its model, written in Python, hundreds of things for one picture. Called from Qt, each question would wait
    for its turn behind the threads that compute; called from Python, they have one turn together."""

    def paintEvent(self, event: Any) -> None:
        super().paintEvent(event)
