"""The filtered signal of one segment, in memory only where something happens.

The signal of 384 channels takes more than a gigabyte for 30 s, and hardly a fifth of it is ever looked at. Cells (one
channel during one block) around troughs are kept when the segment is read; a cell that is asked for and not there is
read and filtered then. So the answer never depends on what is kept.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from spikesift_core.kernels.cells import mark_missing, runs_of
from spikesift_core.kernels.filter import fill_cells
from spikesift_core.kernels.keeping import filter_and_keep, keep_step
from spikesift_core.kernels.lanes import LANES
from spikesift_core.recording import Recording, mapped
from spikesift_core.stages.filtering import BYTES_READ, Filter, Minima, blocks_at_once, read_blocks
from spikesift_core.stages.neighbours import nearest_channels
from spikesift_core.stages.rooms import on_lines, room, room_for_cells, room_for_samples

# Around a trough that is so many times deeper than the median |signal|, that many channels are kept, and so many
# blocks before and after. Chosen for speed and memory on recordings of 384 channels; the answer does not depend on it.
KEPT = ((5.0, 6, 1, 1), (8.5, 14, 1, 2), (13.0, 24, 2, 2))
SPARING = ((5.5, 2, 1, 1), (7.0, 4, 2, 2), (10.0, 6, 2, 2), (14.0, 10, 2, 2), (20.0, 14, 2, 2))  # in a segment of ...
LARGE = 5_000_000  # ... more than so many cells: less memory for a little more time
REACH = 2  # the most of the blocks above
RUN = 16  # blocks that are read again at a time, at most
BYTES_AGAIN = 8_000_000  # of such runs at a time, at most, ...
RUNS_AGAIN = 16  # ... but so many runs also of thousands of channels: each call has its price
WIDE = 512  # bytes of a sample of all channels, from which on runs are not copied
GROWTH = 1.08  # of the room for cells, where that is too little


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
        self.table = room("table", (recording.recording_channels, blocks), np.int32)
        self.table.fill(0)
        self.cells = room_for_cells(filter_.block, *self.table.shape)
        self.used = 1  # row 0 is EMPTY
        self.small = True  # samples: read again, they are filtered the fast way

    def read(self, found: Minima, medians: np.ndarray) -> None:
        """Filter all blocks; the minima are written to `found`, and the signal around troughs is kept.

        medians : (channels,) float32, median |signal| of each channel, to judge troughs by.
        """
        block, blocks = self.filter.block, self.table.shape[1]
        kept = SPARING if self.table.size > LARGE else KEPT
        near = nearest_channels(self.recording.probe_geometry, kept[-1][1])
        depths, counts, before, after = np.array(kept).T.copy()
        levels = np.outer(-depths, medians).astype(np.float32)
        around = levels, near, *(np.minimum(n, near.shape[1]).astype(np.int64) for n in (counts, before, after))
        signal = self._signal(REACH + min(blocks_at_once(self.recording, block), blocks))
        step = blocks_at_once(self.recording, block, BYTES_READ)
        for start in range(0, blocks, step):
            stop = min(start + step, blocks)
            raw = read_blocks(self.recording, self.filter, self.first_block + start, stop - start)
            small = self.filter.small(raw)
            self.small = self.small and small
            (self._read_small if small else self._read_any)(raw, start, stop, found, signal, around)

    def _read_small(self, raw, start, stop, found, signal, around) -> None:
        """Filter and keep the blocks start to stop (excluded) of integers whose sums fit 32 bits."""
        filter_, done = self.filter, start
        while done < stop:
            self._make_room(len(self.table) * signal.shape[1] // filter_.block)
            done, self.used = filter_and_keep(
                raw, filter_.narrow, filter_.wide, -filter_.polarity, start, done, stop, REACH,
                found.minima, found.places, found.firsts, signal, *around, self.table, self.cells, self.used,
            )  # fmt: skip

    def _read_any(self, raw, start, stop, found, signal, around) -> None:
        """The same for all other samples."""
        block, margin = self.filter.block, self.filter.margin
        step = signal.shape[1] // block - REACH
        for first in range(start, stop, step):
            last = min(first + step, stop)
            rows = raw[(first - start) * block : (last - start) * block + 2 * margin]
            self.filter.apply(rows, first, found, signal, REACH)
            self._make_room(len(self.table) * (last - first + REACH))
            self.used = keep_step(signal, first, last, REACH, found.minima, *around, self.table, self.cells, self.used)

    def hold(self, peaks: np.ndarray, channels: np.ndarray, before: int, after: int) -> None:
        """Have the signal from `before` samples before peaks (n,) int64 to `after` from them on, on channels (k,)."""
        block = self.filter.block
        missing = np.empty(len(peaks) * len(channels) * (2 + (before + after) // block), np.int32)
        count = mark_missing(self.table, peaks, channels, before, after, block, missing)
        if count:
            self.fill(missing[:count], channels)

    def fill(self, missing: np.ndarray, channels: np.ndarray) -> None:
        """Keep the cells that are marked: on channels (k,) int64, in blocks `missing` (n,) int32, in any order."""
        block = self.filter.block
        firsts, lasts = runs_of(missing, self.table.shape[1], self.filter.margin // block + 2, RUN)
        size, margins = self.recording.bytes_per_sample, 2 * self.filter.margin
        longest = size * (RUN * block + margins)
        bytes_read = np.cumsum(size * ((lasts - firsts) * block + margins))
        parts = bytes_read // max(BYTES_AGAIN - longest, RUNS_AGAIN * longest)
        cuts = np.flatnonzero(np.diff(parts)) + 1
        groups = np.unique(channels // LANES)
        for start, stop in pairwise((0, *cuts.tolist(), len(firsts))):
            self._fill(firsts[start:stop], lasts[start:stop], groups)

    def _fill(self, firsts: np.ndarray, lasts: np.ndarray, groups: np.ndarray) -> None:
        """Read and filter runs of blocks once more, from firsts (k,) to lasts (k,) excluded; keep the marked cells."""
        block, margin = self.filter.block, self.filter.margin
        starts = (self.first_block + firsts) * block - margin
        counts = (lasts - firsts) * block + 2 * margin
        self._make_room(int((lasts - firsts).sum()) * len(groups) * LANES)
        raw, rows = self._again(starts, counts)
        filter_, columns, worth, wrap = self.filter, groups * LANES, 1.0, np.int32
        if self.small:
            raw = raw.astype(np.int16, copy=False)  # a view less the median may have given more room
        else:
            raw = _columns(raw, rows, counts, columns)
            (raw, worth), wrap = filter_.whole(raw), np.int64
            rows, columns = np.cumsum(counts) - counts, np.arange(len(groups)) * LANES
        self.used = fill_cells(
            raw, filter_.narrow, filter_.wide, -filter_.polarity * worth, np.empty(1, wrap),
            rows, firsts, lasts, groups, columns, self.table, self.cells, self.used,
        )  # fmt: skip

    def _again(self, starts: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Samples that hold some pieces, and where each begins in them.

        Only some channels are looked at: of many, copying all would take longer than filtering, and they are not.
        """
        if self.recording.bytes_per_sample >= WIDE:
            first, last = int(starts[0]), int(starts[-1] + counts[-1])
            raw = mapped(self.recording, first, last - first)
            if raw is not None:
                return raw, starts - first
        return self.recording.read_pieces(starts, counts, room_for_samples()), np.cumsum(counts) - counts

    def _signal(self, blocks: int) -> np.ndarray:
        return on_lines((-(-len(self.table) // LANES), blocks * self.filter.block, LANES), np.float32)

    def _make_room(self, more: int) -> None:
        needed = self.used + more
        if needed > len(self.cells):
            self.cells.resize((max(needed, int(GROWTH * len(self.cells))), self.filter.block), refcheck=False)


def _columns(raw: np.ndarray, rows: np.ndarray, counts: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Pieces of some samples one after the other, of each only LANES columns from some on; 0 past the last."""
    shape = int(counts.sum()), len(columns) * LANES
    pieces = (np.zeros if raw.shape[1] % LANES else np.empty)(shape, raw.dtype)
    at = 0
    for row, count in zip(rows.tolist(), counts.tolist(), strict=True):
        for k, column in enumerate(columns.tolist()):
            piece = raw[row : row + count, column : column + LANES]
            pieces[at : at + count, k * LANES :][:, : piece.shape[1]] = piece
        at += count
    return pieces
