"""The menu in which another partner is chosen for a unit."""

from __future__ import annotations

from collections.abc import Iterable

from spikesift_gui.pair_candidates import Candidate
from spikesift_gui.qt import QtWidgets, QWidget, Signal


class PartnerMenu(QtWidgets.QMenu):
    """Candidates, the nearest first."""

    chosen = Signal(object)  # (source cluster, target cluster)

    def __init__(self, parent: QWidget, found: Iterable[Candidate]):
        super().__init__(parent)
        self.setAccessibleName("Pair with")
        self.addAction("Pair with, the nearest first:").setEnabled(False)  # a style may not show the title of a section
        for one in found:
            now = "free" if one.taken_by is None else f"now with {one.taken_by}"
            entry = self.addAction(f"{one.name}   differs by {one.cost:.2f}   {now}")
            entry.triggered.connect(lambda _checked, pair=(one.source, one.target): self.chosen.emit(pair))
