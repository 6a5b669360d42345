"""Compile every kernel ahead of its first use, or load it from the cache, with visible progress."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from numba.core.sigutils import normalize_signature

from spikesift_core import kernels
from spikesift_core.kernels.compiling import KERNELS, cache_folder
from spikesift_core.progress import Progress

# The kernels that take longest are compiled by a second process: Numba compiles one at a time in each. They are about
# half of the work.
COMPILED_ELSEWHERE = ("finding", "isolate", "bimodal", "following", "features", "blocks", "simulate")
COMPILED_FIRST = ("painting",)  # the window waits for it to draw traces
LOOK_EVERY = 0.1  # s


def all_kernels() -> list[tuple]:
    """(dispatcher, signatures) of every kernel that is called from Python."""
    for module in iter_modules(kernels.__path__):
        import_module(f"{kernels.__name__}.{module.name}")
    return KERNELS


def warm_up() -> Generator[Progress, None, int]:
    """Job: compile or load each kernel for each of its signatures; returns how many there were.

    Where nothing is cached yet, a second process compiles some of them at the same time.
    """
    todo = [(dispatcher, text) for dispatcher, signatures in all_kernels() for text in signatures]
    todo.sort(key=_turn)
    helper = _start_helper() if not any(cache_folder().rglob("*.nbc")) else None
    try:
        for done, (dispatcher, text) in enumerate(todo):
            while helper is not None and helper.poll() is None and _is_compiled_elsewhere((dispatcher, text)):
                yield Progress(f"Preparing {dispatcher.__name__}", done, len(todo), "kernels")
                time.sleep(LOOK_EVERY)
            yield Progress(f"Preparing {dispatcher.__name__}", done, len(todo), "kernels")
            dispatcher.compile(normalize_signature(text)[0])
    finally:
        if helper is not None:
            helper.kill()
            helper.wait()
    yield Progress("Ready", len(todo), len(todo), "kernels")
    return len(todo)


def compile_some() -> None:
    """Compile the kernels of COMPILED_ELSEWHERE into the cache."""
    for dispatcher, signatures in all_kernels():
        for text in signatures:
            if _is_compiled_elsewhere((dispatcher, text)):
                dispatcher.compile(normalize_signature(text)[0])


def _turn(kernel: tuple) -> int:
    return 0 if _file(kernel) in COMPILED_FIRST else 2 if _is_compiled_elsewhere(kernel) else 1


def _is_compiled_elsewhere(kernel: tuple) -> bool:
    return _file(kernel) in COMPILED_ELSEWHERE


def _file(kernel: tuple) -> str:
    return kernel[0].py_func.__module__.rpartition(".")[2]


def _start_helper() -> subprocess.Popen | None:
    """A process that runs `compile_some`; None where none can be started. What it leaves undone is done here."""
    if getattr(sys, "frozen", False) or not sys.executable:
        return None
    command = [sys.executable, "-c", "from spikesift_core.warmup import compile_some; compile_some()"]
    try:
        return subprocess.Popen(
            command,
            cwd=Path(kernels.__file__).parents[2],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None
