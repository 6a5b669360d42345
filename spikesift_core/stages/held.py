"""The filtered signal of one segment, in memory only where something happens.

The signal of 384 channels takes more than a gigabyte for 30 s, and hardly a fifth of it is ever looked at. Cells (one
channel during one block) around troughs are kept when the segment is read; a cell that is asked for and not there is
read and filtered then. So the answer never depends on what is kept.
"""

from __future__ import annotations

import threading

import numpy as np

from spikesift_core.kernels.cells import mark_missing, mark_troughs, store_marked
from spikesift_core.kernels.lanes import LANES
from spikesift_core.recording import Recording
from spikesift_core.stages.filtering import Filter, Minima, blocks_at_once, read_blocks
from spikesift_core.stages.neighbours import nearest_channels

REACH = 2  # blocks kept on either side of a trough: as far as a unit is subtracted
# What is kept around a trough deeper than so many median |signal|: that many nearest channels. Chosen for speed and
# memory on simulated and hybrid recordings of 384 channels; the answer is the same for any other numbers.
KEPT = ((5.5, 6), (9.0, 12), (18.0, 20))
GROWTH = 1.25
_kept = threading.local()  # the cells of each thread, used again: the system hands out fresh memory slowly


class Held:
    """The filtered signal of some blocks; see `spikesift_core.kernels.cells`.

    Parameters
    ----------
    recording, filter_ : where to read, and how to filter. first_block : where the segment begins.
    blocks : how many there are.

    Attributes
    ----------
    cells : (any, block) float32. table : (channels, blocks) int32.
    """

    def __init__(self, recording: Recording, filter_: Filter, first_block: int, blocks: int):
        self.recording, self.filter, self.first_block = recording, filter_, first_block
        self.table = np.zeros((recording.recording_channels, blocks), np.int32)
        self.cells = _kept_cells(filter_.block)
        self.used = 1  # row 0 is EMPTY

    def read(self, found: Minima, medians: np.ndarray) -> None:
        """Filter all blocks; the minima are written to `found`, and the signal around troughs is kept.

        medians : (channels,) float32, median |signal| of each channel, to judge troughs by.
        """
        block, blocks = self.filter.block, self.table.shape[1]
        near = nearest_channels(self.recording.probe_geometry, KEPT[-1][1])
        counts = np.minimum([count for _, count in KEPT], near.shape[1]).astype(np.int64)
        levels = np.array([-depth * medians for depth, _ in KEPT], np.float32)
        step = blocks_at_once(self.recording, block)
        signal = self._signal(REACH + min(step, blocks))
        for start in range(0, blocks, step):
            stop = min(start + step, blocks)
            raw = read_blocks(self.recording, self.filter, self.first_block + start, stop - start)
            self.filter.apply(raw, start, found, signal, REACH)
            mark_troughs(found.minima, start, stop, levels, near, counts, REACH, self.table)
            self._store(signal, start - REACH, max(0, start - REACH), stop if stop == blocks else stop - REACH)
            count = (stop - start) * block
            signal[:, : REACH * block] = signal[:, count : count + REACH * block].copy()

    def hold(self, peaks: np.ndarray, channels: np.ndarray, before: int, after: int) -> None:
        """Have the signal from `before` samples before peaks (n,) int64 to `after` from them on, on channels (k,)."""
        block = self.filter.block
        most = len(peaks) * len(channels) * (2 + (before + after) // block)
        missing = np.empty(most, np.int32)
        count = mark_missing(self.table, peaks, channels, before, after, block, missing)
        if count == 0:
            return
        blocks = np.unique(missing[:count])
        groups = np.unique(channels // LANES)
        step = blocks_at_once(self.recording, block)
        run = [int(blocks[0])]
        for b in [*blocks.tolist(), self.table.shape[1] + step]:
            if b >= run[0] + step or b > run[-1] + self.filter.margin // block + 2:
                self._fill(run[0], run[-1] + 1, groups)
                run = [b]
            run.append(b)

    def _fill(self, first: int, last: int, groups: np.ndarray) -> None:
        """Read and filter some blocks once more, and keep the marked cells."""
        raw = read_blocks(self.recording, self.filter, self.first_block + first, last - first)
        signal = self._signal(last - first)
        found = Minima.empty(len(self.table), last - first)
        self.filter.apply(raw, 0, found, signal, 0, groups)
        self._store(signal, first, first, last)

    def _signal(self, blocks: int) -> np.ndarray:
        return np.empty((-(-len(self.table) // LANES), blocks * self.filter.block, LANES), np.float32)

    def _store(self, signal: np.ndarray, shift: int, first: int, last: int) -> None:
        needed = self.used + len(self.table) * max(0, last - first)
        if needed > len(self.cells):
            self.cells.resize((max(needed, int(GROWTH * len(self.cells))), self.filter.block), refcheck=False)
        self.used = store_marked(signal, shift, first, last, self.table, self.cells, self.used)


def _kept_cells(block: int) -> np.ndarray:
    cells = getattr(_kept, "cells", None)
    if cells is None or cells.shape[1] != block:
        _kept.cells = cells = np.zeros((1, block), np.float32)
    return cells


def release_cells() -> None:
    """Give this thread's memory back to the system."""
    _kept.cells = None
