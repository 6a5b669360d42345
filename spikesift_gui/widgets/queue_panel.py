"""The queue: recordings that are sorted one after the other, how far each is, and what is done when all are over."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from spikesift_gui.context import Context
from spikesift_gui.palette import SPACE, palette_of
from spikesift_gui.qt import QtWidgets, QWidget
from spikesift_gui.queue_state import CANCELLED, DONE, FAILED, MATCH, MERGE, NOTHING, SORTING, WAITING, Queue, Queued
from spikesift_gui.state import Job, State
from spikesift_gui.widgets.buttons import button, tool_button
from spikesift_gui.widgets.dropping import TakesFiles
from spikesift_gui.widgets.fields import choice_field
from spikesift_gui.widgets.labels import column, label, row, scrolled, section_header
from spikesift_gui.widgets.marks import mark
from spikesift_gui.widgets.run_panel import STEPS, progress_words

MARKS = {WAITING: "todo", SORTING: "busy", DONE: "ok", FAILED: "error", CANCELLED: "warning"}
THEN = ((NOTHING, "do nothing more"), (MATCH, "match their units"), (MERGE, "match and merge them"))
EMPTY = (
    "Recordings added here are sorted one after the other, each with its own probe and settings. Set one up and press "
    "“Add this recording”, or drop several files here: each becomes a recording of its own, read like the one that is "
    "set up now unless its format tells."
)


class QueuePanel(TakesFiles, QWidget):
    """Shows the queue; files dropped on it are added. `show_state` is called from the draw of the page around it."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._shown: tuple[Any, ...] = ()
        self.rows: dict[int, QueueRow] = {}
        self.setAcceptDrops(True)
        self.add = button(context, "queue.add", text="Add this recording", icon_name="plus")
        self.add_files = button(context, "queue.add_files", text="Add files…")
        self.start = button(context, "queue.start", text="Sort all", icon_name="play")
        self.stop = button(context, "queue.stop", text="Stop", icon_name="stop")
        self.clear = button(context, "queue.clear", text="Clear", role="quiet")
        self.then = choice_field(THEN, lambda then: context.run("queue.then", then=then))
        self.then.setAccessibleName("When all are sorted")
        self.then.setToolTip(
            "What is done with the results when all are sorted; they are saved as sessions in any case"
        )
        self._words = label("", "muted", wrap=True)
        self._list = column(gap=SPACE // 2)
        inside = column(
            section_header("Queue", self.clear),
            self._words,
            scrolled(column(self._list, None)),
            row(self.start, self.stop, label("then", "muted"), self.then, None, self.add, self.add_files),
            gap=SPACE,
            margin=SPACE + SPACE // 2,
        )
        inside.setStretch(2, 1)
        self.setLayout(inside)

    def show_state(self, state: State) -> None:
        """The rows, and how far the one in work is."""
        queue, running = state.queue, state.job("sort")
        wanted = (queue.items, state.appearance)
        if wanted != self._shown:
            self._shown = wanted
            self._build(queue, state)
        for item in queue.of(SORTING):
            self.rows[item.id].show_job(running)
        self._words.setText(queue_words(queue))
        self.then.setCurrentIndex(self.then.findData(queue.then))
        self.stop.setVisible(queue.running)
        self.start.setVisible(not queue.running)
        self.clear.setVisible(bool(queue.of(DONE, FAILED, CANCELLED)))

    def _build(self, queue: Queue, state: State) -> None:
        while self._list.count():
            old = self._list.takeAt(0).widget()
            old.hide()
            old.deleteLater()
        self.rows = {item.id: QueueRow(self._context, item, state) for item in queue.items}
        for one in self.rows.values():
            self._list.addWidget(one)

    def take_files(self, paths: list[Path]) -> None:
        """Each file that was dropped is a recording of its own."""
        self._context.run("queue.add_files", paths=paths)


class QueueRow(QtWidgets.QFrame):
    """One recording: what it is, how it is sorted, how far that is."""

    def __init__(self, context: Context, item: Queued, state: State):
        super().__init__()
        self.setProperty("role", "check")
        self.setProperty("kind", "error" if item.stage == FAILED else "")
        picture = label()
        picture.setPixmap(mark(MARKS[item.stage], palette_of(state.appearance), 16, self.devicePixelRatioF()))
        picture.setAccessibleName(item.stage)
        self.words = label(item.words, "caption", wrap=True, selectable=True)
        self.words.setVisible(bool(item.words))
        self.bar = QtWidgets.QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, STEPS)
        self.bar.setVisible(item.stage == SORTING)
        name = label(item.draft.name)
        name.setToolTip(str(item.draft.place))
        text = column(row(name, label(facts_words(item), "caption"), None), self.bar, self.words, gap=4)
        layout = row(picture, text)
        layout.setStretch(1, 1)
        if item.result_id is not None and state.results.get(item.result_id):
            look = button(context, "match.inspect", text="Inspect", result_id=item.result_id)
            layout.addWidget(look)
        tip = "Stop sorting it; what is finished is kept" if item.stage == SORTING else "Take it off the list"
        remove = partial(context.run, "queue.remove", item=item.id)
        self.remove = tool_button(
            context, "stop" if item.stage == SORTING else "close", f"{item.draft.name}: {tip}", remove
        )
        layout.addWidget(self.remove)
        layout.setContentsMargins(SPACE, 6, SPACE, 6)
        self.setLayout(layout)

    def show_job(self, job: Job | None) -> None:
        """How far it is."""
        progress = job.progress if job else None
        self.bar.setRange(0, 0 if progress is None else STEPS)
        self.bar.setValue(0 if progress is None else round(STEPS * progress.fraction))
        self.words.setText("Stopping…" if job and job.cancelling else progress_words(job) if progress else "Starting…")
        self.words.setVisible(True)


def facts_words(item: Queued) -> str:
    """Such as "64 ch · 30 kHz · probe.csv · preset Default, 2 changed"."""
    draft, given = item.draft, len(item.settings.given)
    probe = item.probe.source or (f"{len(item.probe)} contacts" if len(item.probe) else "no probe")
    changed = f", {given} changed" if given else ""
    signal = f"{draft.channels} ch · {draft.sampling_frequency / 1000:.6g} kHz"
    return f"{signal} · {probe} · preset {item.settings.preset.capitalize()}{changed}"


def queue_words(queue: Queue) -> str:
    """How many wait, and how the others ended."""
    if not queue.items:
        return EMPTY
    parts = [
        f"{len(queue.of(stage))} {words}"
        for stage, words in (
            (DONE, "sorted"),
            (SORTING, "being sorted"),
            (WAITING, "waiting"),
            (FAILED, "failed"),
            (CANCELLED, "stopped"),
        )
        if queue.of(stage)
    ]
    return (
        f"{', '.join(parts)}. Every result is saved as a session beside its recording, or in the folder chosen above."
    )
