"""Files and folders that are dropped on a widget."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spikesift_gui.qt import Qt


class TakesFiles:
    """For a widget on which files can be dropped, named before its class of Qt; call `setAcceptDrops(True)`."""

    def take_files(self, paths: list[Path]) -> None:
        """What is done with the files and folders that were dropped."""
        raise NotImplementedError

    def dragEnterEvent(self, event: Any) -> None:
        """Qt asks whether what is dragged could be dropped: files and folders."""
        if _files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        """Qt tells that something was dropped; it is never moved away from where it was."""
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.take_files(_files(event))


def _files(event: Any) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
