"""Recently opened recordings and sessions: name, place, date, size, and whether they are still there."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from spikesift_gui.context import Context
from spikesift_gui.icons import pixmap
from spikesift_gui.palette import SPACE, palette_of
from spikesift_gui.qt import Qt, QtWidgets, QWidget
from spikesift_gui.recording_words import size_words
from spikesift_gui.state import Recent
from spikesift_gui.widgets.buttons import tool_button
from spikesift_gui.widgets.labels import column, label, row
from spikesift_gui.widgets.marks import mark
from spikesift_gui.widgets.shortened import ShortenedLabel

WORDS = {"session": ("session", "Sorted session"), "recording": ("recording", "Recording")}


@dataclass(frozen=True)
class RecentFile:
    """A recent entry and what the disk says of it. `changed`: when, s since 1970, or None when it is not there."""

    entry: Recent
    changed: float | None
    size: int | None


def found_on_disk(entries: Iterable[Recent]) -> list[RecentFile]:
    """Ask the disk about recent files; may take long on a network drive."""
    return [_found(entry) for entry in entries]


def _found(entry: Recent) -> RecentFile:
    try:
        status = entry.path.stat()
    except OSError:
        return RecentFile(entry, None, None)
    return RecentFile(entry, status.st_mtime, status.st_size if entry.path.is_file() else None)


def date_words(changed: float, now: float) -> str:
    """Such as "today 14:05", "yesterday 9:30", "3 Nov 2025"."""
    when, today = time.localtime(changed), time.localtime(now)
    clock = f"{when.tm_hour}:{when.tm_min:02d}"
    if when[:3] == today[:3]:
        return f"today {clock}"
    if when[:3] == time.localtime(now - 86400)[:3]:
        return f"yesterday {clock}"
    return f"{when.tm_mday} {time.strftime('%b', when)} {when.tm_year}"


class RecentList(QWidget):
    """One row for each file. `show_files` is called from the draw of the page around it."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._rows = column(gap=2)
        self.setLayout(self._rows)

    def show_files(self, files: Iterable[RecentFile]) -> None:
        """Show these."""
        while self._rows.count():
            old = self._rows.takeAt(0).widget()
            old.hide()
            old.deleteLater()
        for file in files:
            self._rows.addWidget(self._row(file))

    def _row(self, file: RecentFile) -> QWidget:
        entry, missing = file.entry, file.changed is None
        palette = palette_of(self._context.state.appearance)
        icon_name, kind = WORDS.get(entry.kind, WORDS["recording"])
        picture = label()
        picture.setPixmap(
            mark("warning", palette, 20) if missing else pixmap(icon_name, palette.muted, 20, self.devicePixelRatioF())
        )
        facts = "not found: moved, or its drive is not connected"
        if not missing:
            size = "" if file.size is None else f"{size_words(file.size)}  ·  "
            facts = f"{size}{date_words(file.changed, time.time())}"
        name, place = ShortenedLabel(entry.path.name), ShortenedLabel(str(entry.path.parent), "caption")
        made = QtWidgets.QPushButton()
        made.setProperty("role", "recent")
        made.setAccessibleName(f"{kind} {entry.path.name}, {facts}")
        made.setToolTip(f"{kind} {entry.path}" + ("" if missing else "\nThe date is when it was last changed."))
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        made.clicked.connect(lambda: self._context.run("file.open", path=entry.path))
        layout = row(picture, 4, column(name, place, gap=0), label(facts, "warning" if missing else "muted"))
        layout.setStretch(2, 1)
        layout.setContentsMargins(SPACE, 2, SPACE, 2)
        made.setLayout(layout)
        for part in made.findChildren(QWidget):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        remove = tool_button(
            self._context,
            "close",
            f"Take {entry.path.name} off this list",
            lambda: self._context.run("recent.remove", path=entry.path),
        )
        whole = QWidget()
        whole.setLayout(row(made, remove, gap=4))
        whole.layout().setStretch(0, 1)
        return whole
