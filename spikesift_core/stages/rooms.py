"""Memory that each thread uses again and again: the system hands out fresh memory slowly, and to one thread at a time.

Pages that were never written take no memory, so there may be more room than is needed.
"""

from __future__ import annotations

import threading

import numpy as np

EXPECTED = 0.45  # of the cells of a segment there is room for at once
USUAL = 20_000  # blocks: segments are seldom longer, and the same room does for all of them
SAMPLES = 4_000_000  # for what is read at a time, and its margins
_kept = threading.local()


def room_for_samples() -> np.ndarray:
    """(SAMPLES,) int16, as it was left."""
    samples = getattr(_kept, "samples", None)
    if samples is None:
        _kept.samples = samples = np.empty(SAMPLES, np.int16)
    return samples


def room_for_cells(block: int, channels: int, blocks: int) -> np.ndarray:
    """Room for a good part of the cells of a segment (any, block) float32; row 0 is zero, the others as they were left.

    block : samples of a cell. channels, blocks : the size of the segment.
    """
    cells = getattr(_kept, "cells", None)
    room = 1 + int(EXPECTED * channels * max(blocks, USUAL))
    if cells is None or cells.shape[1] != block or len(cells) < room:
        _kept.cells = cells = None  # what there is goes before more is asked for
        _kept.cells = cells = np.empty((room, block), np.float32)
        cells[0] = 0
    return cells


def release_rooms() -> None:
    """Give this thread's memory back to the system."""
    _kept.cells = _kept.samples = None
