"""Sorting by threads, processes and a real Dask cluster gives the same bits; what goes wrong there is said in words."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial, update_wrapper
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

import spikesift_core as spikesift
from spikesift_core import cluster as cluster_file
from spikesift_core import sorting
from spikesift_core.cli import main
from spikesift_core.cluster import Build, ClusterExecutor, connect, release_on_worker
from spikesift_core.executors import chosen_executor, executor_for, in_order
from spikesift_core.session import open_session
from spikesift_core.sorting import sort_segment
from spikesift_core.stages import rooms
from spikesift_core.stages.filtering import make_filter
from spikesift_core.stages.minima import excess_between
from tests.golden.recordings import signal
from tests.helpers import same, write

distributed = pytest.importorskip(
    "distributed", reason="the package distributed (extra `distributed`) is not installed"
)

ROOT = Path(spikesift.__file__).parent.parent
SECONDS = 120  # that a machine under load may take to start a worker


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """9 s, 16 channels, 7 units."""
    data = np.tile(signal("two_columns"), (2, 1))[:270000]
    return write(tmp_path_factory.mktemp("cluster") / "r.bin", data, rate=30000.0)


@pytest.fixture(scope="module")
def sorted_inline(recording):
    """The specification: what the serial executor gives, by preset."""
    return {preset: sort(recording, preset) for preset in ("published", "default")}


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """The scheduler file of a Dask scheduler with two worker processes (each under a nanny), all on the loopback."""
    folder = tmp_path_factory.mktemp("dask")
    file, log = folder / "scheduler.json", (folder / "log.txt").open("w", encoding="utf-8")
    common = ["--host", "127.0.0.1", "--no-dashboard"]
    worker = ["--scheduler-file", str(file), "--nthreads", "1", "--local-directory", str(folder), *common]
    started = [start("scheduler", "--port", "0", "--scheduler-file", str(file), *common, log=log)]
    wait_until(file.is_file)
    started += [start("worker", *worker, log=log) for _ in range(2)]
    yield file
    for process in reversed(started):
        end(process)
    log.close()


@pytest.fixture
def client(scheduler):
    with distributed.Client(scheduler_file=str(scheduler), set_as_default=False, timeout=SECONDS) as client:
        client.wait_for_workers(2, timeout=SECONDS)
        yield client


def start(kind, *arguments, log):
    command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)


def end(process):
    """End a process and its children; it is frozen first, so that a nanny starts no other one meanwhile."""
    parent = psutil.Process(process.pid)
    parent.suspend()
    for one in [*parent.children(recursive=True), parent]:
        one.kill()
    process.wait(SECONDS)


def wait_until(condition):
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "the cluster took too long"
        time.sleep(0.01)


def sort(recording, preset, **options):
    options = {"min_segment_length": 0.5, "verbose": False, "preset": preset, **options}
    return spikesift.perform_spike_sorting(recording, **options)


# ------------------------------------------------------------------ bit for bit the same


def test_threads_and_processes_give_the_same_as_inline(recording, sorted_inline):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for preset, inline in sorted_inline.items():
            assert len(inline.sorted_segments) > 6
            same(inline, sort(recording, preset, threads=2))
            same(inline, sort(recording, preset, executor=pool))


@pytest.mark.parametrize("preset", ["published", "default"])
def test_a_cluster_gives_the_same_as_inline(recording, sorted_inline, client, preset):
    same(sorted_inline[preset], sort(recording, preset, executor=client))
    same(sorted_inline[preset], sort(recording, preset, executor=client.get_executor()))


def test_a_worker_that_ends_in_the_middle_loses_and_doubles_nothing(
    recording, sorted_inline, client, tmp_path, monkeypatch
):
    before = client.run(os.getpid)
    once = update_wrapper(partial(ends_its_worker_once, tmp_path / "ended"), sort_segment)
    monkeypatch.setattr(sorting, "sort_segment", once)
    same(sorted_inline["default"], sort(recording, "default", executor=client))
    ended = int((tmp_path / "ended").read_text(encoding="utf-8"))
    assert ended in before.values()
    wait_until(lambda: len(client.nthreads()) == 2)  # its nanny has started another one
    assert ended not in client.run(os.getpid).values()


def ends_its_worker_once(told, plan, first_block, last_block):
    """`sort_segment`; but the worker that is the first to begin a later segment ends without a word, as if killed."""
    try:
        if first_block > 0:
            with told.open("x", encoding="utf-8") as file:
                file.write(str(os.getpid()))
            os._exit(9)
    except FileExistsError:
        pass
    return sort_segment(plan, first_block, last_block)


# ------------------------------------------------------------------ from the terminal

WHAT = ["--dtype", "int16", "--sampling-frequency", "30000"]


@pytest.mark.parametrize("way", ["--dask", "--processes"])
def test_sorted_from_the_terminal(recording, sorted_inline, scheduler, client, tmp_path, capsys, monkeypatch, way):
    np.savetxt(tmp_path / "probe.csv", recording.probe_geometry, delimiter=",")
    monkeypatch.chdir(recording.binary_file.parent)  # a path from here means the same file to a worker elsewhere
    arguments = ["r.bin", "--probe", str(tmp_path / "probe.csv"), *WHAT]
    arguments += ["--min-segment-length", "0.5", "--output", str(tmp_path / "out"), "--json"]
    assert main(["sort", *arguments, way, str(scheduler) if way == "--dask" else "1"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "complete"
    same(sorted_inline["default"], open_session(tmp_path / "out").sorted_recording)


def test_one_way_at_a_time(capsys):
    with pytest.raises(SystemExit):
        main(["sort", "r.bin", *WHAT, "--probe", "p.csv", "--threads", "2", "--dask", "tcp://127.0.0.1:1"])
    assert "not allowed with argument --threads" in capsys.readouterr().err


# ------------------------------------------------------------------ failures in words


def test_a_worker_that_cannot_read_the_file_says_which(client, tmp_path):
    recording = write(tmp_path / "r.bin", np.zeros((2000, 4), np.int16))
    task = recording, make_filter(20, -1.0, "default"), np.zeros(4, np.float32), 5, 50
    assert ClusterExecutor(client).submit(excess_between, *task).result().blocks == 45
    recording.binary_file.unlink()
    words = r"On the worker tcp://127.0.0.1:\d+: binary_file .*r.bin cannot be read: .*No such file"
    with pytest.raises(ValueError, match=words):
        ClusterExecutor(client).submit(excess_between, *task).result()


def test_another_version_on_a_worker_is_refused(recording, client, monkeypatch):
    monkeypatch.setattr(cluster_file, "this_build", lambda: Build("0.0.1", "abc"))
    words = r"The worker tcp://127.0.0.1:\d+ runs SpikeSift .*, this program is SpikeSift 0.0.1 \(kernels abc\)"
    with pytest.raises(ValueError, match=words):
        sort(recording, "published", executor=client)
    with pytest.raises(ValueError, match=words):  # one that came later
        ClusterExecutor(client).submit(len, "ab").result()


def test_a_worker_without_the_program_is_said(client, monkeypatch):
    class Unknown:  # what unpickling on a machine without SpikeSift does
        def __reduce__(self):
            return __import__, ("spikesift_of_tomorrow",)

    words = "cannot run SpikeSift .*No module named 'spikesift_of_tomorrow'"
    with monkeypatch.context() as patched, pytest.raises(ValueError, match=words):
        patched.setattr(cluster_file, "this_build", Unknown())
        ClusterExecutor.check_workers(SimpleNamespace(client=client, build="SpikeSift"))
    with pytest.raises(ValueError, match="has no SpikeSift, or another version .*spikesift_of_tomorrow"):
        ClusterExecutor(client).submit(len, Unknown()).result()


def test_a_segment_that_ends_every_worker_is_given_up(client):
    client.run_on_scheduler(set_allowed_failures, 0)
    try:
        with pytest.raises(OSError, match="1 workers ended one after the other with the same segment"):
            ClusterExecutor(client).submit(os._exit, 9).result()
    finally:
        client.run_on_scheduler(set_allowed_failures, 3)


def set_allowed_failures(count, dask_scheduler):
    dask_scheduler.allowed_failures = count


def test_no_scheduler_is_said_without_trying_again_and_again(tmp_path, monkeypatch):
    def unknown(host, *arguments, **options):  # the network may take its time to say so
        if host != "127.0.0.1":
            raise socket.gaierror("Name or service not known")
        return real(host, *arguments, **options)

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setattr(cluster_file, "CONNECT_SECONDS", 200.0)
    began = time.monotonic()
    for address in ("tcp://127.0.0.1:1", "nonsense", "tcp://no-such-host.invalid:8786"):
        with pytest.raises(OSError, match=f"No Dask scheduler answers at {address}"):
            connect(address)
    assert time.monotonic() - began < 60
    with pytest.raises(ValueError, match="gone.json cannot be read .No such file.*the scheduler writes it"):
        connect(str(tmp_path / "gone.json"))
    (tmp_path / "odd.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="odd.json is not a Dask scheduler file"):
        connect(str(tmp_path / "odd.json"))


def test_without_the_package_it_is_said_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ValueError, match="needs the package distributed, which is not installed.*pip install"),
        chosen_executor(scheduler="tcp://127.0.0.1:1"),
    ):
        pass


def test_no_worker_is_said_and_given_up_in_the_end(monkeypatch, capsys):
    monkeypatch.setattr(cluster_file, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(cluster_file, "NO_WORKER_SECONDS", 0.3)
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0", protocol="tcp") as nobody,
        distributed.Client(nobody, set_as_default=False) as client,
        pytest.raises(OSError, match="had no worker for 0.3 s. Start some"),
        executor_for(1, client) as (executor, ahead),
    ):
        assert ahead() == 2
        executor.submit(len, "ab").result()
    assert capsys.readouterr().err.count("has no worker; waiting for one") == 1


def test_a_process_that_is_killed_ends_sorting_in_words():
    with (
        chosen_executor(processes=1) as pool,
        executor_for(1, pool) as (executor, ahead),
        pytest.raises(OSError, match="was ended from outside"),
    ):
        list(in_order(executor, ahead, os._exit, [(1,)]))


# ------------------------------------------------------------------ memory


def test_every_thread_of_a_worker_gives_its_room_back(monkeypatch):
    released = []
    monkeypatch.setattr(cluster_file, "RELEASE_SECONDS", 60.0)
    monkeypatch.setattr(rooms, "release_rooms", lambda: released.append(threading.get_ident()))
    with ThreadPoolExecutor(3) as pool:
        release_on_worker(SimpleNamespace(state=SimpleNamespace(nthreads=3), executors={"default": pool}))
    assert len(released) == len(set(released)) == 3
