"""Where segments are sorted: here, in threads, in processes, on a Dask cluster, or on anything that offers `submit`.

The serial executor is the specification: every other one must give the same results in the same order.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context
from typing import Any

from spikesift_core.cluster import ClusterExecutor, client_of, connect

MOST_THREADS = 4  # by default: every thread needs the memory of one segment


def default_threads() -> int:
    """As many as the processor has, at most `MOST_THREADS`."""
    return min(MOST_THREADS, os.cpu_count() or 1)


class SerialExecutor:
    """Runs what is submitted at once, in the caller's thread."""

    def submit(self, function: Callable, *arguments) -> Future:
        """Run `function(*arguments)` now; the future is done when this returns."""
        future: Future = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:  # handed to whoever asks for the result, as a thread pool does
            future.set_exception(error)
        return future


SERIAL = SerialExecutor()


def threads_of(executor: Any) -> Any:
    """The executor if its workers see the caller's memory, else the serial one: for short tasks with much to send."""
    return executor if isinstance(executor, ThreadPoolExecutor) else SERIAL


def one_at_a_time() -> int:
    """One task at a time."""
    return 1


@contextmanager
def executor_for(threads: int, executor: Any | None = None) -> Iterator[tuple[Any, Callable[[], int]]]:
    """An executor and how many tasks to keep waiting in it; one of our own is shut down at the end.

    Parameters
    ----------
    threads : 1 runs everything in the caller's thread.
    executor : used instead, where given: anything with `submit(function, *arguments)` that returns a future, or a
        `distributed.Client`.
    """
    client = client_of(executor)
    if client is not None:
        cluster = ClusterExecutor(client)
        cluster.check_workers()
        try:
            yield cluster, cluster.ahead
        finally:
            cluster.release()
    elif executor is not None:
        workers = getattr(executor, "_max_workers", None) or os.cpu_count() or 1
        yield executor, lambda: 2 * workers
    elif threads == 1:
        yield SERIAL, one_at_a_time
    else:
        pool = ThreadPoolExecutor(threads, thread_name_prefix="spikesift")
        try:
            yield pool, lambda: 2 * threads
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def chosen_executor(processes: int | None = None, scheduler: str | None = None) -> Iterator[Any | None]:
    """So many processes, the cluster of a Dask scheduler (see `connect`), or None for threads; ended afterwards."""
    if scheduler is not None:
        client = connect(scheduler)
        try:
            yield client
        finally:
            client.close()
    elif processes is not None:
        context = get_context("spawn")  # a fork would copy locks that other threads hold
        with ProcessPoolExecutor(processes, context, initializer=_leave_interrupts) as pool:
            yield pool
    else:
        yield None


def _leave_interrupts() -> None:
    """Ctrl+C reaches every process of a terminal; the one that started the others ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def in_order(executor: Any, ahead: Callable[[], int], function: Callable, tasks: Iterable[tuple]) -> Iterator[Any]:
    """Results of `function(*task)` in the order of `tasks`; no more than `ahead()` tasks are submitted ahead.

    The first ones are submitted in this call: they are worked on while the caller does something else.

    Raises
    ------
    OSError
        If a process of a pool was ended from outside.
    """
    results = _in_order(executor, ahead, function, iter(tasks))
    next(results)
    return results


def _in_order(executor, ahead, function, tasks):
    """What `in_order` gives, after a None when the first tasks are submitted."""
    futures: deque = deque()

    def submit():
        for task in islice(tasks, max(0, ahead() - len(futures))):
            futures.append(executor.submit(function, *task))

    try:
        submit()
        yield None
        while futures:
            yield futures.popleft().result()
            submit()
    except BrokenExecutor as error:
        raise OSError(
            "A process that sorted a segment was ended from outside, most likely for lack of memory. Fewer processes "
            "need less."
        ) from error
    finally:
        for future in futures:
            future.cancel()
