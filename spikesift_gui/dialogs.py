"""The questions asked in a dialog of their own. Tests put an object with the same methods in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from spikesift_gui.export_dialog import ExportChoice, ExportDialog
from spikesift_gui.preferences import Preferences
from spikesift_gui.qt import Qt, QtCore, QtGui, QtWidgets, QWidget

MOST_IN_A_BOX, MOST_LINES = 1500, 20  # characters and lines; more do not fit on a small screen
TAB = 28  # characters


class Dialogs:
    """File dialogs that start where the last one ended, and yes-or-no questions."""

    def __init__(self, preferences: Preferences, parent: QWidget | None = None):
        self._preferences = preferences
        self.parent = parent

    def open_file(self, title: str, filters: str = "All files (*)") -> Path | None:
        """A file that exists, or None. `filters` in Qt's words: "Probe files (*.prb *.csv);;All files (*)"."""
        name, _ = QtWidgets.QFileDialog.getOpenFileName(self.parent, title, self._start(), filters)
        return self._remember(name)

    def open_files(self, title: str, filters: str = "All files (*)") -> tuple[Path, ...]:
        """Files that exist, or none."""
        names, _ = QtWidgets.QFileDialog.getOpenFileNames(self.parent, title, self._start(), filters)
        return tuple(path for name in names if (path := self._remember(name)))

    def save_file(self, title: str, name: str, filters: str = "All files (*)") -> Path | None:
        """Where to write, or None; asks before a file is replaced. A name without a suffix gets that of the filter."""
        start = str(Path(self._start()) / name)
        chosen, kind = QtWidgets.QFileDialog.getSaveFileName(self.parent, title, start, filters)
        suffix = re.search(r"\*(\.\w+)", kind)
        if chosen and suffix and not Path(chosen).suffix:
            chosen += suffix.group(1)
            words = f"{Path(chosen).name} is there already."
            if Path(chosen).exists() and not self.confirm("Replace the file?", words, "Replace"):
                return None
        return self._remember(chosen)

    def open_folder(self, title: str) -> Path | None:
        """A folder, or None."""
        return self._remember(QtWidgets.QFileDialog.getExistingDirectory(self.parent, title, self._start()))

    def confirm(self, title: str, words: str, yes: str) -> bool:
        """Ask; `yes` is the word on the button that goes on ("Replace", "Stop sorting")."""
        box = QtWidgets.QMessageBox(self.parent)
        box.setWindowTitle(title)
        box.setText(words)
        button = box.addButton(yes, QtWidgets.QMessageBox.ButtonRole.AcceptRole)
        box.addButton("Cancel", QtWidgets.QMessageBox.ButtonRole.RejectRole)
        box.exec()
        return box.clickedButton() is button

    def ask_text(self, title: str, words: str, text: str) -> str:
        """A line of text, or "" for none; `text` is offered."""
        found, accepted = QtWidgets.QInputDialog.getText(self.parent, title, words, text=text)
        return found.strip() if accepted else ""

    def ask_export(
        self, name: str, counts: Mapping[str, int], first: ExportChoice, no_clock: str
    ) -> ExportChoice | None:
        """What to export, or None; see `ExportDialog`."""
        dialog = ExportDialog(self.parent, name, counts, first, no_clock)
        return dialog.choice() if dialog.exec() == QtWidgets.QDialog.DialogCode.Accepted else None

    def tell(self, title: str, words: str) -> None:
        """Words to read, in a window that does not stop the rest, in place of the last one with that title; many of
        them in one that scrolls."""
        for told in self.parent.findChildren(QtWidgets.QDialog) if self.parent else ():
            if told.windowTitle() == title and told.isVisible() and not told.isModal():
                told.close()
        if len(words) > MOST_IN_A_BOX or words.count("\n") >= MOST_LINES:
            self._tell_at_length(title, words)
            return
        box = QtWidgets.QMessageBox(self.parent)
        box.setWindowTitle(title)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(title)
        box.setInformativeText(words)
        box.setStandardButtons(QtWidgets.QMessageBox.StandardButton.Close)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setModal(False)
        box.show()

    def _tell_at_length(self, title: str, words: str) -> None:
        window = QtWidgets.QDialog(self.parent)
        window.setWindowTitle(title)
        text = QtWidgets.QPlainTextEdit(words)
        text.setReadOnly(True)
        text.setTabStopDistance(TAB * text.fontMetrics().averageCharWidth())
        text.setAccessibleName(title)
        buttons = QtWidgets.QDialogButtonBox(QtWidgets.QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(window.close)
        layout = QtWidgets.QVBoxLayout(window)
        layout.addWidget(text)
        layout.addWidget(buttons)
        window.resize(640, 560)
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        window.show()

    def open_outside(self, path: Path) -> bool:
        """Open a file or folder with the program the desktop uses for it; False when there is none."""
        return QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(str(path)))

    def _start(self) -> str:
        return str(self._preferences.get("last_folder", str(Path.home())))

    def _remember(self, name: str) -> Path | None:
        if not name:
            return None
        path = Path(name)
        self._preferences.set("last_folder", str(path.parent))
        return path
