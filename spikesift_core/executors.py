"""Where segments are sorted: here, in threads, or on anything that offers `submit`.

The serial executor is the specification: every other one must give the same results in the same order.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

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


@contextmanager
def executor_for(threads: int, executor: Any | None = None) -> Iterator[tuple[Any, int]]:
    """An executor and how many tasks to keep waiting in it; one of our own is shut down at the end.

    Parameters
    ----------
    threads : 1 runs everything in the caller's thread.
    executor : used instead, where given: anything with `submit(function, *arguments)` that returns a future.
    """
    if executor is not None:
        yield executor, max(2, threads)
    elif threads == 1:
        yield SerialExecutor(), 1
    else:
        pool = ThreadPoolExecutor(threads, thread_name_prefix="spikesift")
        try:
            yield pool, threads
        finally:
            pool.shutdown(cancel_futures=True)


def in_order(executor: Any, waiting: int, function: Callable, tasks: Iterable[tuple]) -> Iterator[Any]:
    """Results of `function(*task)` in the order of `tasks`; no more than `waiting` tasks are submitted ahead."""
    futures: deque = deque()
    try:
        for task in tasks:
            futures.append(executor.submit(function, *task))
            if len(futures) >= waiting:
                yield futures.popleft().result()
        while futures:
            yield futures.popleft().result()
    finally:
        for future in futures:
            future.cancel()
