"""Segments sorted on a Dask cluster: what a task needs around it there, and every failure in words.

Workers read the recording themselves, so all of them must see it under the same path; only results travel. A task is
a whole segment (or a second of the first pass), depends on nothing but its arguments, and gives the same bytes wherever
it runs: when a worker dies, the scheduler runs its tasks again elsewhere, and each result is taken once.

`distributed` is imported only where a cluster is used, and the engine only where it is needed: the terminal's help
imports this file.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from spikesift_core.messages import say
from spikesift_core.version import VERSION

CONNECT_SECONDS = 10.0  # until a scheduler must have answered
LOOK_SECONDS = 2.0  # between two looks at the workers while a result is awaited
NO_WORKER_SECONDS = 600.0  # without any worker, until sorting is given up
RELEASE_SECONDS = 5.0  # at most that a worker's thread waits for the others when memory is given back


def connect(address: str):
    """A `distributed.Client` of the scheduler at an address, or of the one that wrote a scheduler file (.json).

    Raises
    ------
    ValueError
        If Dask is not installed or the file is not there.
    OSError
        If no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ValueError(
            "Sorting on a cluster needs the package distributed, which is not installed. "
            'Install it: python -m pip install "distributed>=2024.5"'
        ) from None
    if address.endswith(".json"):
        address = _address_in(Path(address))
    try:
        _require_listener(address)
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise OSError(
            f"No Dask scheduler answers at {address} ({error}). Is it running (dask scheduler), and is the address "
            "the one it printed, such as tcp://node1:8786?"
        ) from error


def _address_in(file: Path) -> str:
    try:
        return json.loads(file.read_text(encoding="utf-8"))["address"]
    except OSError as error:
        raise ValueError(
            f"{file} cannot be read ({error.strerror or error}); the scheduler writes it: dask scheduler "
            "--scheduler-file FILE."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file} is not a Dask scheduler file: it names no address.") from error


def _require_listener(address: str) -> None:
    """OSError or ValueError where nothing listens: at once, and without a client that tries on in the background."""
    from distributed.comm import get_address_host_port, parse_address

    if parse_address(address)[0] in ("tcp", "tls"):
        socket.create_connection(get_address_host_port(address), CONNECT_SECONDS).close()


def client_of(executor):
    """The Dask client behind an executor (the client itself, or what its `get_executor` gave), or None."""
    client = getattr(executor, "_client", executor)
    return client if type(client).__module__.partition(".")[0] == "distributed" else None


@dataclass(frozen=True)
class Build:
    """Which program this is: results are only the same where all of this is."""

    version: str
    kernels: str

    def __str__(self) -> str:
        return f"SpikeSift {self.version} (kernels {self.kernels})"


@cache
def this_build() -> Build:
    """The program that runs here."""
    from spikesift_core.kernels.compiling import kernels_hash

    return Build(VERSION, kernels_hash())


def on_worker(wanted: Build, function: Callable, *arguments):
    """Run `function(*arguments)` on a worker, after a look at its version; its errors name the worker.

    Raises
    ------
    ValueError
        If another version runs there, or what `function` raised of that kind (such as a file that cannot be read).
    """
    if this_build() != wanted:
        raise ValueError(_other_build(_worker_name(), f"runs {this_build()}", wanted))
    try:
        return function(*arguments)
    except (ValueError, OSError) as error:
        raise ValueError(f"On the worker {_worker_name()}: {error}") from error


def _other_build(worker: str, what: str, wanted: Build) -> str:
    return (
        f"The worker {worker} {what}, this program is {wanted}. Install the same version of SpikeSift and Numba for "
        "the scheduler, the workers and here, and start them again."
    )


def _worker_name() -> str:
    from distributed import get_worker

    return get_worker().address


class ClusterExecutor:
    """Offers `submit` on a Dask cluster, with `ahead` (how many tasks to keep there) and failures in words."""

    def __init__(self, client):
        self.client = client
        self.build = this_build()
        self._looked = self._alone_since = None  # seconds, monotonic
        self._threads = 0

    def check_workers(self) -> None:
        """Ask the workers that are there now which program they run; those that come later are asked by their tasks.

        Raises
        ------
        ValueError
            If one runs another version, or has none.
        """
        for worker, found in self.client.run(this_build, on_error="return").items():
            if isinstance(found, Exception):
                raise ValueError(_other_build(worker, f"cannot run SpikeSift ({found})", self.build)) from found
            if found != self.build:
                raise ValueError(_other_build(worker, f"runs {found}", self.build))

    def submit(self, function: Callable, *arguments) -> ClusterFuture:
        """Send `function(*arguments)`; a key of its own, so that no result of an earlier run is taken for it."""
        key = f"spikesift-{function.__name__}-{uuid4().hex}"
        return ClusterFuture(self, self.client.submit(on_worker, self.build, function, *arguments, key=key, pure=False))

    def ahead(self) -> int:
        """Twice as many tasks as the workers have threads; workers may come and go."""
        if self._looked is None or time.monotonic() - self._looked > LOOK_SECONDS:
            self.look_for_workers()
        return max(2, 2 * self._threads)

    def look_for_workers(self) -> None:
        """Count the workers' threads; without any say so, and after `NO_WORKER_SECONDS` give up with OSError."""
        try:
            self._threads = sum(self.client.nthreads().values())
        except (OSError, RuntimeError) as error:
            raise self.lost() from error
        self._looked = time.monotonic()
        if self._threads:
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = self._looked
            say(f"{self._where()} has no worker; waiting for one (dask worker), {NO_WORKER_SECONDS:g} s at most.")
        elif self._looked - self._alone_since > NO_WORKER_SECONDS:
            raise OSError(
                f"{self._where()} had no worker for {NO_WORKER_SECONDS:g} s. Start some: dask worker ADDRESS."
            )

    def lost(self) -> OSError:
        """The error for a scheduler that is gone."""
        return OSError(f"{self._where()} does not answer any more; the connection was lost.")

    def unlike(self, error: Exception) -> Exception:
        """What to raise for an error that comes of a scheduler or worker without this program; else the error."""
        cause = error.__cause__ if isinstance(error, RuntimeError) else error
        if not isinstance(cause, (ImportError, AttributeError)):
            return error
        return ValueError(
            f"The scheduler or a worker has no SpikeSift, or another version ({cause}); this program is {self.build}. "
            "Install the same version for the scheduler, the workers and here, and start them again."
        )

    def _where(self) -> str:
        return f"The scheduler at {self.client.scheduler.address if self.client.scheduler else 'an address not known'}"

    def release(self) -> None:
        """Have the workers give the memory back that they keep between segments."""
        if self.client.status == "running":
            self.client.run(release_on_worker, on_error="ignore")


@dataclass(frozen=True)
class ClusterFuture:
    """The result of a task on a cluster, as `concurrent.futures.Future` has it."""

    executor: ClusterExecutor
    future: Any

    def result(self):
        """Wait for the result, with an eye on the workers.

        Raises
        ------
        ValueError
            What the task raised, with the worker's name.
        OSError
            If the scheduler is gone, no worker comes, or the task ended several workers.
        """
        from distributed import CancelledError, KilledWorker

        try:
            while not self.future.done():
                try:
                    return self.future.result(timeout=LOOK_SECONDS)
                except TimeoutError:  # of this wait, or of the task: then the loop ends
                    self.executor.look_for_workers()
            return self.future.result()
        except CancelledError as error:
            raise self.executor.lost() from error
        except KilledWorker as error:
            raise OSError(
                f"{error.allowed_failures + 1} workers ended one after the other with the same segment, most likely "
                "for lack of memory: start workers with more memory each (see docs/scale.md). Their log says more."
            ) from error
        except (ImportError, AttributeError, RuntimeError) as error:
            raise self.executor.unlike(error) from error

    def cancel(self) -> None:
        """The result is not wanted any more; a task that has begun runs to its end."""
        self.future.cancel()


def release_on_worker(dask_worker) -> None:
    """Runs on a worker: each of its threads gives its room back, once the tasks before are done."""
    threads = dask_worker.state.nthreads
    meeting = threading.Barrier(threads)  # each thread takes one of the jobs
    for _ in range(threads):
        dask_worker.executors["default"].submit(_release_and_meet, meeting)


def _release_and_meet(meeting: threading.Barrier) -> None:
    from spikesift_core.stages.rooms import release_rooms

    release_rooms()
    try:
        meeting.wait(RELEASE_SECONDS)
    except threading.BrokenBarrierError:
        pass
