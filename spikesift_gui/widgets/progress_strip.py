"""A running job: words, bar, cancel."""

from __future__ import annotations

from spikesift_gui.context import Context
from spikesift_gui.qt import QtWidgets, QWidget
from spikesift_gui.state import Job
from spikesift_gui.status import job_words
from spikesift_gui.widgets.buttons import tool_button
from spikesift_gui.widgets.labels import label, row

STEPS = 1000
BAR_WIDTH = 96  # px


class ProgressStrip(QWidget):
    """Shows one job. `show_job` is called from the draw of whatever is around it; without a job it hides.

    `compact` leaves out the bar and the time left.
    """

    def __init__(self, context: Context, *, compact: bool = False):
        super().__init__()
        self._context = context
        self._kind = ""
        self._words = label()
        self._words.setSizePolicy(QtWidgets.QSizePolicy.Policy.Minimum, QtWidgets.QSizePolicy.Policy.Preferred)
        self._bar = QtWidgets.QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, STEPS)
        self._bar.setFixedWidth(BAR_WIDTH)
        self._bar.setHidden(compact)
        self._compact = compact
        self.cancel_button = tool_button(context, "stop", "Cancel; what is finished is kept", self._cancel)
        self.setLayout(row(self._words, self._bar, self.cancel_button))
        self.hide()

    def show_job(self, job: Job | None) -> None:
        """Show how far this job is."""
        self.setVisible(job is not None)
        if job is None:
            return
        self._kind = job.kind
        self._words.setText(job_words(job, short=self._compact))
        progress = job.progress
        self.setToolTip(
            "" if progress is None else f"{progress.stage}: {progress.done:g} of {progress.total:g} {progress.unit}"
        )
        self._bar.setRange(0, 0 if progress is None else STEPS)
        self._bar.setValue(0 if progress is None else round(STEPS * progress.fraction))
        self.cancel_button.setEnabled(not job.cancelling)

    def words(self) -> str:
        """The words shown."""
        return self._words.text()

    def _cancel(self) -> None:
        self._context.run("job.cancel", kind=self._kind)
