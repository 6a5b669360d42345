"""What was opened: the format that was recognised and what it tells, the stream chosen, the files in their order."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from spikesift_core.formats.stream import Stream
from spikesift_gui.context import Context
from spikesift_gui.qt import Qt, QtWidgets, QWidget
from spikesift_gui.state import RecordingDraft
from spikesift_gui.status import duration_words
from spikesift_gui.widgets.buttons import button, tool_button
from spikesift_gui.widgets.fields import choice_field
from spikesift_gui.widgets.labels import column, label, row
from spikesift_gui.widgets.shortened import ShortenedLabel

SHORT = QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon


class RecordingSource(QWidget):
    """Between the name of the file and the form. Attributes: format, streams, notes, files (rows of the list)."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._shown: RecordingDraft | None = None
        self.format = label("", "ok", wrap=True)
        self.by_hand = button(context, "recording.by_hand", role="quiet")
        self.streams = choice_field((), lambda name: context.run("recording.choose_stream", name=name))
        self.streams.setSizeAdjustPolicy(SHORT)
        self.streams.setMinimumContentsLength(12)
        self.streams.setAccessibleName("Stream")
        self.streams.setToolTip("Which of the signals in the recording is sorted.")
        self.notes = label("", "caption", wrap=True, selectable=True)
        self.files: list[QWidget] = []
        self._rows = column(gap=0)
        self._order = label("One recording, in this order of time:", "caption", wrap=True)
        self.add = button(context, "recording.add_files", role="quiet", icon_name="plus")
        told = row(self.format, self.by_hand)
        told.setStretch(0, 1)
        add = row(self.add, None)
        self.setLayout(column(told, self.streams, self.notes, self._order, self._rows, add, gap=4))

    def show_draft(self, draft: RecordingDraft) -> None:
        """Show where this comes from; called from the draw of the page."""
        if draft == self._shown:
            return
        self._shown = draft
        self.format.setText(_format_words(draft))
        self.format.setToolTip(f"Stream {draft.stream.name}" if draft.stream else "")
        self.format.setVisible(draft.told)
        in_place = draft.stream is None or not draft.stream.convert
        self.by_hand.setVisible(draft.told and in_place and (draft.layout is None or draft.layout.side_by_side == 1))
        self._show_streams(draft)
        notes = draft.stream.notes if draft.stream else ()
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))
        self._show_files(draft.opened if len(draft.opened) > 1 else ())
        self.add.setVisible(bool(draft.opened) and not (draft.stream and draft.stream.convert))

    def _show_streams(self, draft: RecordingDraft) -> None:
        self.streams.setVisible(len(draft.streams) > 1)
        self.streams.clear()
        for stream in draft.streams:
            self.streams.addItem(stream_words(stream), stream.name)
        if draft.stream:
            self.streams.setCurrentIndex(self.streams.findData(draft.stream.name))

    def _show_files(self, paths: tuple[Path, ...]) -> None:
        for old in self.files:
            self._rows.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._order.setVisible(bool(paths))
        self.files = [self._row(paths, place) for place in range(len(paths))]
        for made in self.files:
            self._rows.addWidget(made)

    def _row(self, paths: tuple[Path, ...], place: int) -> QWidget:
        name = ShortenedLabel(f"{place + 1}. {paths[place].name}")
        name.setToolTip(str(paths[place]))
        others = [path for number, path in enumerate(paths) if number != place]
        up = self._tool("up", f"Earlier: {paths[place].name}", _moved(paths, place, -1))
        down = self._tool("down", f"Later: {paths[place].name}", _moved(paths, place, 1))
        away = self._tool("close", f"Take {paths[place].name} out", tuple(others))
        up.setEnabled(place > 0)
        down.setEnabled(place < len(paths) - 1)
        made = QWidget()
        made.setLayout(row(name, up, down, away, gap=0))
        made.layout().setStretch(0, 1)
        made.layout().setAlignment(name, Qt.AlignmentFlag.AlignVCenter)
        return made

    def _tool(self, icon_name: str, tip: str, paths: tuple[Path, ...]) -> QtWidgets.QToolButton:
        return tool_button(self._context, icon_name, tip, partial(self._context.run, "recording.files", paths=paths))


def stream_words(stream: Stream) -> str:
    """A stream in one line."""
    rate = stream.sampling_frequency
    length = f", {duration_words(stream.samples_in() / rate)}" if rate else ""
    return f"{stream.name} – {stream.channels} ch{f', {rate / 1000:g} kHz' if rate else ''}{length}"


def _format_words(draft: RecordingDraft) -> str:
    if draft.stream is None:
        if draft.layout is None:
            return ""
        ways = {"Bytes in the other order": draft.layout.swapped, "NaN read as the median": bool(draft.layout.fill)}
        return "; ".join(words for words, so in ways.items() if so) or "As in the session it comes from"
    return f"✓ {draft.stream.format}"


def _moved(paths: tuple[Path, ...], place: int, by: int) -> tuple[Path, ...]:
    changed = list(paths)
    changed.insert(max(0, place + by), changed.pop(place))
    return tuple(changed)
