"""Memory that each thread uses again and again: the system hands out fresh memory slowly, and to one thread at a time.

Pages that were never written take no memory, so there may be more room than is needed.
"""

from __future__ import annotations

import math
import mmap
import threading

import numpy as np

from spikesift_core.kernels.lanes import LINE

EXPECTED = 0.45  # of the cells of a segment there is room for at once
USUAL = 20_000  # blocks: segments are seldom longer, and the same room does for all of them
SAMPLES = 4_000_000  # for what is read at a time, and its margins
LARGE = 1_000_000  # bytes, from which on a piece of memory is one of its own
_kept = threading.local()


def room(name: str, shape: tuple[int, ...], kind: type) -> np.ndarray:
    """This thread's room of that name, as it was left: an array of a shape and data type."""
    rooms = _kept.__dict__
    size = math.prod(shape)
    if name not in rooms or len(rooms[name]) < size:
        rooms.pop(name, None)  # what there is goes before more is asked for
        rooms[name] = on_lines((size,), kind)
    return rooms[name][:size].reshape(shape)


def on_lines(shape: tuple[int, ...], kind: type) -> np.ndarray:
    """An array as `np.empty` gives that begins with a cache line, see `kernels.lanes.from_line`."""
    size = math.prod(shape)
    if size * np.dtype(kind).itemsize >= LARGE:
        return apart(shape, kind)
    room = np.empty(size + LINE, kind)
    return room[-room.ctypes.data % LINE // room.itemsize :][:size].reshape(shape)


def apart(shape: tuple[int, ...], kind: type) -> np.ndarray:
    """A large array, all 0, that goes straight back to the system when nobody needs it.

    The C library keeps large pieces of memory that were freed for later ones, and the larger the pieces it sees freed,
    the more it keeps: 35 MB at the peak of 384 channels.
    """
    ours = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}  # not on Windows
    pages = mmap.mmap(-1, max(1, math.prod(shape) * np.dtype(kind).itemsize), **ours)  # shared ones have no large pages
    if hasattr(mmap, "MADV_HUGEPAGE"):  # as NumPy asks for its own
        pages.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(pages, kind, math.prod(shape)).reshape(shape)


def room_for_samples() -> np.ndarray:
    """(SAMPLES,) int16."""
    return room("samples", (SAMPLES,), np.int16)


def room_for_cells(block: int, channels: int, blocks: int) -> np.ndarray:
    """Room for a good part of the cells of a segment (any, block) float32; row 0 is zero, the others as they were left.

    block : samples of a cell. channels, blocks : the size of the segment.
    """
    rooms = _kept.__dict__
    wanted = 1 + int(EXPECTED * channels * max(blocks, USUAL))
    if "cells" not in rooms or rooms["cells"].shape[1] != block or len(rooms["cells"]) < wanted:
        rooms.pop("cells", None)
        rooms["cells"] = np.empty((wanted, block), np.float32)
        rooms["cells"][0] = 0
    return rooms["cells"]


def release_rooms() -> None:
    """Give this thread's memory back to the system."""
    _kept.__dict__.clear()
