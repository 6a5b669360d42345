"""The run of a sort: how far it is, how fast, how long it still takes; how the last one ended."""

from __future__ import annotations

from spikesift_core.progress import Progress
from spikesift_gui.context import Context
from spikesift_gui.palette import Palette
from spikesift_gui.qt import Qt, QtWidgets, QWidget
from spikesift_gui.state import Job, State
from spikesift_gui.status import duration_words, remaining_seconds
from spikesift_gui.widgets.buttons import button
from spikesift_gui.widgets.labels import column, label, row
from spikesift_gui.widgets.marks import mark

STEPS = 1000
SECONDS = "s of recording"


class RunPanel(QWidget):
    """Shows a running sort, or how the last one ended, with the one next step."""

    def __init__(self, context: Context):
        super().__init__()
        self._stage, self._words = label("", "section"), label("", "muted")
        self._bar = QtWidgets.QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, STEPS)
        self._mark, self._ended = label(), label("", wrap=True, selectable=True)
        self.cancel = button(context, "job.cancel", text="Cancel", icon_name="stop", kind="sort")
        self.inspect = button(context, "sort.inspect", role="primary", icon_name="inspect")
        self.start = button(context, "sort.start", text="Sort", role="primary", icon_name="play")
        self.export = button(context, "result.export", role="quiet")
        self.again = button(context, "sort.start", text="Sort again", icon_name="play")
        self._running = QWidget()
        self._running.setLayout(column(row(self._stage, None, self.cancel), self._bar, self._words, gap=8))
        self._over = QWidget()
        self._over.setLayout(row(self._mark, self._ended))
        self._over.layout().setStretch(1, 1)
        self._over.layout().setAlignment(self._mark, Qt.AlignmentFlag.AlignTop)
        self.setLayout(
            column(self._running, self._over, row(self.start, self.inspect, self.again, self.export, None), gap=12)
        )

    def show_state(self, state: State, palette: Palette) -> None:
        """Called from the draw of the page around it."""
        job, plan = state.job("sort"), state.sort_plan
        result = state.results.get(plan.result_id)
        pressed = any(one.hasFocus() for one in (self.start, self.again, self.cancel))
        self._running.setVisible(job is not None)
        self._over.setVisible(bool(job is None and plan.ended))
        self.start.setVisible(job is None and not plan.ended)
        self.again.setVisible(bool(job is None and plan.ended))
        self.inspect.setVisible(result is not None)
        self.export.setVisible(job is None and result is not None and result is state.results.current)
        if pressed and not self.focusWidget().isVisible():  # Qt would pass the focus on to the navigation
            (self.cancel if job else self.inspect if result else self.start).setFocus()
        if job:
            self._show_job(job)
        elif plan.ended:
            kind = "ok" if result and result.complete and result.tracks else "warning"
            self._mark.setPixmap(mark(kind, palette, 16, self.devicePixelRatioF()))
            self._ended.setText(plan.ended)

    def _show_job(self, job: Job) -> None:
        progress = job.progress
        self._stage.setText("Stopping…" if job.cancelling else progress.stage if progress else "Starting…")
        self._bar.setRange(0, 0 if progress is None else STEPS)
        self._bar.setValue(0 if progress is None else round(STEPS * progress.fraction))
        self._words.setText(progress_words(job) if progress else "")
        self.cancel.setEnabled(not job.cancelling)


def progress_words(job: Job) -> str:
    """Such as "41 s of 2 min of recording · 12.3 × real time · 8 s left"."""
    progress: Progress = job.progress
    if progress.total <= 1:
        return ""
    if progress.unit != SECONDS:
        return f"{progress.done:.0f} of {progress.total:.0f} {progress.unit}"
    words = [f"{duration_words(progress.done)} of {duration_words(progress.total)} of recording"]
    elapsed = job.now - job.started
    if elapsed > 0:
        words.append(f"{progress.done / elapsed:.1f} × real time")
    remaining = remaining_seconds(job)
    if remaining is not None:
        words.append(f"{duration_words(max(1, round(remaining)))} left")
    return " · ".join(words)
