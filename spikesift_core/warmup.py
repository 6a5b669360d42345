"""Compile every kernel ahead of its first use, or load it from the cache, with visible progress."""

from __future__ import annotations

from collections.abc import Generator
from importlib import import_module
from pkgutil import iter_modules

from numba.core.sigutils import normalize_signature

from spikesift_core import kernels
from spikesift_core.kernels.compiling import KERNELS
from spikesift_core.progress import Progress


def all_kernels() -> list[tuple]:
    """(dispatcher, signatures) of every kernel that is called from Python."""
    for module in iter_modules(kernels.__path__):
        import_module(f"{kernels.__name__}.{module.name}")
    return KERNELS


def warm_up() -> Generator[Progress, None, int]:
    """Job: compile or load each kernel for each of its signatures; returns how many there were."""
    todo = [(dispatcher, text) for dispatcher, signatures in all_kernels() for text in signatures]
    for done, (dispatcher, text) in enumerate(todo):
        yield Progress(f"Preparing {dispatcher.__name__}", done, len(todo), "kernels")
        dispatcher.compile(normalize_signature(text)[0])
    yield Progress("Ready", len(todo), len(todo), "kernels")
    return len(todo)
