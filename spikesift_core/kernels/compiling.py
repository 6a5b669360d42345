"""How every kernel is compiled: without the interpreter lock, cached on disk.

Numba keeps a compiled kernel when a helper in another file has changed, so the cache folder's name carries a hash of
all kernel sources, the package version and Numba's version: a changed kernel finds an empty folder.
"""

from __future__ import annotations

import hashlib
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


def _compiled(function, **options):
    """`njit` with our cache folder. Numba chooses the folder when a function is decorated; its global setting is put
    back, so that other programs in the same process keep theirs."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = _FOLDER
    try:
        return njit(nogil=True, cache=True, **options)(function)
    finally:
        numba.config.CACHE_DIR = before


def kernel(function):
    """Compile `function` on its first call: `nogil`, cached in `cache_folder()`, never `parallel`."""
    return _compiled(function)


def summing_kernel(function):
    """Like `kernel`, and sums may be taken in any order, so that they use the processor's vectors."""
    return _compiled(function, fastmath={"reassoc", "nsz", "contract"})
