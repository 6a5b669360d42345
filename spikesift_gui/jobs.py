"""The only file that starts threads: long jobs (generators) and short computations of the views.

Everything a thread has to say arrives in the window's thread, as a signal or as a call of `on_done`.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from spikesift_core.progress import Progress
from spikesift_gui.qt import QObject, QTimer, Signal
from spikesift_gui.turns import Turn

JOBS_AT_ONCE = 4
COMPUTATIONS_AT_ONCE, SLOW_ONES_AT_ONCE = 2, 2
PROGRESS_EVERY = 0.05  # s; a job may report thousands of times a second, a person sees twenty
LONGEST_WAIT = 2.0  # s, of a step of something slow for what is quick
CALM_AFTER = 100  # ms without a quick question: until then what was answered is being painted

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Question:
    number: int
    slow: bool
    given_up: threading.Event = field(default_factory=threading.Event)


@dataclass
class _Work:
    cancel: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    future: Future | None = None


class JobRunner(QObject):
    """Drives generator jobs. Each ends with exactly one of finished, failed, cancelled. `stopped`: see `stop`."""

    event = Signal(int, object)  # job id, what the generator yielded (progress is thinned out, results never)
    finished = Signal(int, object)  # job id, what the generator returned
    failed = Signal(int, object)  # job id, the exception
    cancelled = Signal(int)  # job id

    def __init__(self):
        super().__init__()
        self._executor = ThreadPoolExecutor(JOBS_AT_ONCE, thread_name_prefix="job")
        self._work: dict[int, _Work] = {}
        self._ids = itertools.count(1)
        self.stopped = False

    def start(self, generator: Generator[Any, None, Any]) -> int:
        """Run a generator in the background; returns the id its signals carry. Signals come after this returns."""
        job_id = next(self._ids)
        work = self._work[job_id] = _Work()
        try:
            work.future = self._executor.submit(self._run, job_id, generator, work)
        except RuntimeError:  # after `stop`
            del self._work[job_id]
            raise
        return job_id

    def cancel(self, job_id: int) -> None:
        """Ask a job to stop; it does at its next yield, and then says `cancelled`."""
        work = self._work.get(job_id)  # it may end at this moment
        if work is not None:
            work.cancel.set()

    def stop(self, timeout: float = 5.0) -> bool:
        """Cancel all and wait, at most `timeout` seconds; True when all have ended. Nothing can be started after."""
        self.stopped = True
        running = [work for work in list(self._work.values()) if not work.future.cancel()]  # others never began
        for work in running:
            work.cancel.set()
        self._executor.shutdown(wait=False, cancel_futures=True)
        until = time.monotonic() + timeout
        return all(work.over.wait(max(0.0, until - time.monotonic())) for work in running)

    def _run(self, job_id: int, generator: Generator[Any, None, Any], work: _Work) -> None:
        try:
            ending = self._drive(job_id, generator, work)
        except BaseException as error:  # whatever it is, it is shown and logged: a thread has nobody else to tell
            log.error("A job failed.", exc_info=error)
            ending = (self.failed, job_id, error)
        work.over.set()
        del self._work[job_id]
        _emit(*ending)
        del ending  # an error holds this call, and so all that the job worked on: they would keep each other

    def _drive(self, job_id: int, generator: Generator[Any, None, Any], work: _Work) -> tuple:
        last_stage, last_time = None, 0.0
        try:
            while not work.cancel.is_set():
                event = next(generator)
                if isinstance(event, Progress):
                    now = time.monotonic()
                    if event.stage == last_stage and now - last_time < PROGRESS_EVERY:
                        continue
                    last_stage, last_time = event.stage, now
                _emit(self.event, job_id, event)
        except StopIteration as stop:
            return self.finished, job_id, stop.value
        finally:
            generator.close()
        return self.cancelled, job_id


class Computer(QObject):
    """Runs short functions for the views. A newer question with the same key makes the older answer be dropped."""

    failed = Signal(object)  # the exception of a computation whose answer was still wanted
    _answered = Signal(object, int, object, object, object)  # key, number, on_done, value, error

    def __init__(self, turn: Turn):
        super().__init__()
        self._turn = turn
        self._executor = ThreadPoolExecutor(COMPUTATIONS_AT_ONCE, thread_name_prefix="computation")
        self._slow_ones = ThreadPoolExecutor(SLOW_ONES_AT_ONCE, thread_name_prefix="slow-computation")
        self._latest: dict[Any, tuple[_Question, Future]] = {}
        self._numbers = itertools.count(1)
        self._stopped = False
        self._calm = threading.Event()
        self._calm.set()
        self._calming = QTimer(self, singleShot=True, interval=CALM_AFTER)
        self._calming.timeout.connect(self._calm.set)
        self._answered.connect(self._answer)

    @property
    def busy(self) -> bool:
        """Whether an answer is still awaited."""
        return bool(self._latest)

    @property
    def quick(self) -> bool:
        """Whether an answer is still awaited that is not `slow`."""
        return not all(question.slow for question, _future in self._latest.values())

    def compute(
        self, key: Any, function: Callable[[], Any], on_done: Callable[[Any], None], slow: bool = False
    ) -> None:
        """Call `function()` in a thread and then `on_done(value)` in the window's thread.

        `key` names the question (such as ("correlograms", id(view))): asked again before the answer is there, the
        older answer is dropped, and if its turn had not come it is never computed. After `stop` nothing is. What is
        `slow` (seconds) waits for others like it, so that what a person scrolls through never waits for it. Where
        `function()` gives a generator, it is driven to its end for the value it returns, and given up at its next step
        when nobody wants that any more; something slow waits at each step until what is quick was answered.
        """
        if self._stopped:
            return
        self.forget(key)
        question = _Question(next(self._numbers), slow)
        executor = self._slow_ones if slow else self._executor
        self._latest[key] = (question, executor.submit(self._work, key, question, function, on_done))
        self._look()

    def forget(self, key: Any) -> None:
        """The answer to this question is not wanted any more."""
        if key in self._latest:
            question, future = self._latest.pop(key)
            question.given_up.set()
            future.cancel()
            self._look()

    def let_pass(self) -> None:
        """For threads: wait until nothing quick is being computed, or for LONGEST_WAIT. What a person waits for comes
        before what nobody asked for."""
        self._calm.wait(LONGEST_WAIT)

    def stop(self) -> None:
        """Drop all questions; nothing can be asked after."""
        self._stopped = True
        for key in list(self._latest):
            self.forget(key)
        self._calm.set()
        for executor in (self._executor, self._slow_ones):
            executor.shutdown(wait=True, cancel_futures=True)

    def _look(self) -> None:
        if self.quick:
            self._calm.clear()
            self._calming.stop()
        elif not self._calm.is_set() and not self._calming.isActive():
            self._calming.start()

    def _work(self, key: Any, question: _Question, function: Callable, on_done: Callable[[Any], None]) -> None:
        try:
            value, error = function(), None
            if isinstance(value, Generator):
                value = self._driven(question, value)
        except Exception as problem:
            log.error("A computation failed.", exc_info=problem)
            value, error = None, problem
        _emit(self._answered, key, question.number, on_done, value, error)
        del error  # as in `JobRunner._run`

    def _driven(self, question: _Question, steps: Generator[Any, None, Any]) -> Any:
        """What a generator returns; None when it was given up."""
        try:
            while not question.given_up.is_set():
                next(steps)
                if question.slow:
                    self.let_pass()
        except StopIteration as stop:
            return stop.value
        finally:
            steps.close()
        return None

    def _answer(self, key: Any, number: int, on_done: Callable, value: Any, error: Exception | None) -> None:
        if key not in self._latest or self._latest[key][0].number != number:
            return
        if self._turn.full:
            QTimer.singleShot(0, partial(self._answer, key, number, on_done, value, error))
            return
        del self._latest[key]
        self._look()
        if error is not None:
            self.failed.emit(error)
        else:
            self._turn.spend(partial(on_done, value))


def politely(job: Generator[Any, None, Any], let_pass: Callable[[], None]) -> Generator[Any, None, Any]:
    """A job that calls `let_pass()` before each step (see `Computer.let_pass`): for what nobody asked for."""
    try:
        while True:
            let_pass()
            yield next(job)
    except StopIteration as stop:
        return stop.value
    finally:
        job.close()


def one_at_a_time(function: Callable) -> Callable:
    """A function that is computed once and kept, asked for by two threads: the second waits for the first."""
    lock = threading.Lock()

    def locked(*arguments: Any) -> Any:
        with lock:
            return function(*arguments)

    return locked


def _emit(signal: Any, *arguments: Any) -> None:
    try:
        signal.emit(*arguments)
    except RuntimeError:  # the window was closed and its objects are gone: there is nobody left to tell
        log.info("The window was closed before a background job had ended.")
