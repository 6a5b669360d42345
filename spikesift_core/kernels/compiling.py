"""How every kernel is compiled: without the interpreter lock, cached on disk.

Numba keeps a compiled kernel when a helper in another file has changed, so the cache folder's name carries a hash of
all kernel sources, the package version and Numba's version: a changed kernel finds an empty folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numba
from numba import njit
from platformdirs import user_cache_path

from spikesift_core.version import VERSION


def kernels_hash() -> str:
    """Hash (12 hex digits) of the kernels' sources, the program's and Numba's versions."""
    digest = hashlib.sha256(f"{VERSION} {numba.__version__}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def cache_folder() -> Path:
    """Where compiled kernels are kept; `NUMBA_CACHE_DIR`, where set, is its parent."""
    base = Path(numba.config.CACHE_DIR) if numba.config.CACHE_DIR else user_cache_path("spikesift", appauthor=False)
    return base / f"kernels-{kernels_hash()}"


_FOLDER = str(cache_folder())


# Kernels that are called from Python, each with the types it is called with; `warmup.py` compiles these.
KERNELS: list[tuple[Callable, tuple[str, ...]]] = []


def _compiled(function, **options):
    """`njit` with our cache folder. Numba chooses the folder when a function is decorated; its global setting is put
    back, so that other programs in the same process keep theirs."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = _FOLDER
    try:
        return njit(nogil=True, cache=True, **options)(function)
    finally:
        numba.config.CACHE_DIR = before


def kernel(*signatures: str, any_order: bool = False, once: bool = False) -> Callable:
    """Decorator: compile a function on its first call, `nogil`, cached in `cache_folder()`, never `parallel`.

    Parameters
    ----------
    signatures : the argument types it is called with from Python, such as "(float32[:, ::1], int64)"; none for a
        function that only other kernels call. They are compiled by `warm_up`, not on import.
    any_order : sums may be taken in any order, so that they use the processor's vectors.
    once : for a long helper that is called in one place: becomes part of its caller, and is not compiled on its own
        first (a seventh of the time to compile all).
    """

    def decorate(function: Callable) -> Callable:
        options: dict = {"fastmath": {"reassoc", "nsz", "contract"}} if any_order else {}
        if once:
            options["inline"] = "always"
        dispatcher = _compiled(function, **options)
        if signatures:
            KERNELS.append((dispatcher, signatures))
        return dispatcher

    return decorate
