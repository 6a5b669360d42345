"""What pages, views and commands are given: the model, the background, the preferences, the dialogs, and `run`."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any

from spikesift_core.messages import system_words
from spikesift_core.progress import Progress
from spikesift_core.session_decisions import save_decisions, save_movements
from spikesift_gui import transitions
from spikesift_gui.by_hand import Save, decisions_to_save, movements_to_save
from spikesift_gui.command import Command, Refused
from spikesift_gui.jobs import Computer, JobRunner
from spikesift_gui.preferences import Preferences
from spikesift_gui.qt import QObject, QtCore, Signal
from spikesift_gui.session_model import SessionModel
from spikesift_gui.state import Job, Problem, State
from spikesift_gui.turns import Turn
from spikesift_gui.window_words import window_words

log = logging.getLogger(__name__)

KEEP_AFTER = 400  # ms; a movement that is dragged is written once, not at every step


@dataclass(frozen=True)
class _Handlers:
    title: str
    on_event: Callable[[Any], None] | None
    on_finished: Callable[[Any], None] | None
    on_failed: Callable[[BaseException], None] | None
    on_cancelled: Callable[[], None] | None


class Context(QObject):
    """One per window. Attributes: model, turn, computer, preferences, dialogs, commands (dict by id), state (a short
    cut), ahead (what makes a part of a page, to the part that was made before its page, see `made`)."""

    said = Signal(str)  # words for the status bar
    wished = Signal(str)  # something only the window or a page can do: "quit", "reset layout", "units.next", …

    def __init__(self, commands: Iterable[Command], preferences: Preferences, dialogs: Any):
        super().__init__()
        self.model = SessionModel(State(recent=preferences.recent()))
        self._kept = self.state  # of which all movements are written
        self._keeping = QtCore.QTimer(self, singleShot=True, interval=KEEP_AFTER)
        self._keeping.timeout.connect(self._keep_movements)
        self.model.changed.connect(self._remember)
        self.preferences = preferences
        self.dialogs = dialogs
        self.commands = {command.id: command for command in commands}
        self.ahead: dict[Callable[[Context], Any], Any] = {}
        self.turn = Turn()
        self.computer = Computer(self.turn)
        self.computer.failed.connect(lambda error: self.report(error, "Computing for a view"))
        self._runner = JobRunner()
        self._handlers: dict[int, _Handlers] = {}
        self._runner.event.connect(self._on_event)
        self._runner.finished.connect(self._on_finished)
        self._runner.failed.connect(self._on_failed)
        self._runner.cancelled.connect(self._on_cancelled)

    @property
    def state(self) -> State:
        """The state now."""
        return self.model.state

    def made(self, make: Callable[[Context], Any]) -> Any:
        """What `make(self)` gives: the one that was made ahead, or a new one."""
        return self.ahead.pop(make) if make in self.ahead else make(self)

    # Commands

    def run(self, command_id: str, *, stroke: tuple[str, int] | None = None, **arguments: Any) -> bool:
        """Run a command; True when it was done. A refusal is said in the status bar, a failure shown as a problem.

        stroke : what undo takes back together, such as all that one drag of the mouse changes: whose, and a number.
        """
        command = self.commands[command_id]
        before = self.state
        try:
            reason = command.refuse(before)
            if reason:
                raise Refused(reason)
            command.do(self, **arguments)
        except Refused as refused:
            self.say(str(refused))
            return False
        except Exception as error:
            self.report(error, command.name)
            return False
        if command.undoes:
            self.model.apply(transitions.remember, command.name, before, command.undoes, stroke)
        return True

    def say(self, words: str) -> None:
        """Words for the status bar."""
        self.said.emit(words)

    def wish(self, name: str) -> None:
        """Ask the window or a page for something only it can do ("quit", "reset layout")."""
        self.wished.emit(name)

    def report(self, error: BaseException, doing: str) -> None:
        """Show an error to the person and write it to the log. A ValueError's words are meant for people."""
        log.error("%s failed.", doing, exc_info=error)
        self.model.apply(transitions.add_problem, problem_of(error, doing))

    # Long jobs

    def start_job(
        self,
        kind: str,
        title: str,
        generator: Generator[Any, None, Any],
        *,
        on_event: Callable[[Any], None] | None = None,
        on_finished: Callable[[Any], None] | None = None,
        on_failed: Callable[[BaseException], None] | None = None,
        on_cancelled: Callable[[], None] | None = None,
    ) -> int:
        """Run a generator in the background; its progress is shown in the strip at the top. Returns its id.

        The callbacks run in the window's thread. `on_event` gets everything yielded but Progress, `on_finished` what
        was returned, `on_failed` the exception after it was shown and logged.

        Raises
        ------
        Refused
            When a job of this kind is running, or the window is being closed.
        """
        if self._runner.stopped:
            raise Refused("The window is being closed.")
        if self.state.job(kind):
            raise Refused(f"{self.state.job(kind).title} is still running: wait for it, or cancel it first.")
        job_id = self._runner.start(generator)
        self._handlers[job_id] = _Handlers(title, on_event, on_finished, on_failed, on_cancelled)
        now = time.monotonic()
        self.model.apply(transitions.start_job, Job(job_id, kind, title, started=now, now=now))
        return job_id

    def cancel_job(self, kind: str) -> None:
        """Ask the job of this kind to stop; it does at its next yield."""
        job = self.state.job(kind)
        if job:
            self.model.apply(transitions.cancelling_job, job.id)
            self._runner.cancel(job.id)

    def stop(self) -> bool:
        """The window closes: cancel everything. True when every job has ended."""
        self._keep_movements()
        self.computer.stop()
        return self._runner.stop()

    def _remember(self, before: State, after: State) -> None:
        if before.recent != after.recent:
            self.preferences.keep_recent(after.recent)
        self._keep(save_decisions, decisions_to_save(before, after))
        if before.results.items is not after.results.items:
            self._keep_movements(before)  # one of them may be closed now
        if self._kept.movements is not after.movements or before.results.items is not after.results.items:
            self._keeping.start()

    def _keep_movements(self, state: State | None = None) -> None:
        """`state`: as it was before something else changed."""
        state = state or self.state
        self._keep(save_movements, movements_to_save(self._kept, state))
        self._kept = state

    def _keep(self, put: Callable[..., bool], changes: Iterable[Save]) -> None:
        for folder, other, rows in changes:
            try:
                put(folder, rows, other)
            except OSError as error:
                words = f"{system_words(error)} It stays in this window, and is written with the next decision."
                self.report(OSError(words), "Keeping what was decided by hand")
            except ValueError as error:
                self.report(error, "Keeping what was decided by hand")

    def _on_event(self, job_id: int, event: Any) -> None:
        if isinstance(event, Progress):
            self.model.apply(transitions.progress_job, job_id, event, time.monotonic())
        elif self._handlers[job_id].on_event:
            self._handlers[job_id].on_event(event)

    def _on_finished(self, job_id: int, value: Any) -> None:
        self._end(job_id, "on_finished", value)

    def _on_failed(self, job_id: int, error: BaseException) -> None:
        self.report(error, self._handlers[job_id].title)
        self._end(job_id, "on_failed", error)

    def _on_cancelled(self, job_id: int) -> None:
        self.say(f"{self._handlers[job_id].title}: cancelled.")
        self._end(job_id, "on_cancelled")

    def _end(self, job_id: int, callback: str, *arguments: Any) -> None:
        handlers = self._handlers.pop(job_id)
        self.model.apply(transitions.end_job, job_id)
        if getattr(handlers, callback):
            getattr(handlers, callback)(*arguments)


def problem_of(error: BaseException, doing: str) -> Problem:
    """An exception in words, with the traceback as details."""
    details = "".join(traceback.format_exception(error))
    if isinstance(error, (ValueError, OSError)) and str(error):
        words = system_words(error) if isinstance(error, OSError) else str(error)
        return Problem(f"{doing} did not work", window_words(words), details)
    words = (
        f"The program met something it did not expect ({type(error).__name__}: {error}). Your recording was not "
        "changed and what was saved is safe. You can go on; if it happens again, copy the details into a report."
    )
    return Problem(f"{doing} did not work", words, details)
