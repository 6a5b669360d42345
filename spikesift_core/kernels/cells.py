"""The filtered signal of a segment, kept in cells: one channel during one block, and only those that are needed.

`table` says where a cell is: (channels, blocks) int32, its row in `cells` (any, block) float32, or EMPTY where it is
not kept, or MARKED where it is to be kept.
"""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.compiling import kernel
from spikesift_core.kernels.lanes import LANES

EMPTY, MARKED = 0, -1
FOUND, FINISHED, NOT_HELD = 0, 1, 2  # how a search ended; NOT_HELD where cells are missing that it needs


@kernel()
def read_piece(cells, rows, start, piece):
    """Copy the signal of one channel from sample `start` on. rows : (blocks,) int32, its line of the table."""
    block = cells.shape[1]
    b = start // block
    skip = start - b * block
    done = 0
    while done < len(piece):
        cell = cells[rows[b]]
        count = min(block - skip, len(piece) - done)
        for t in range(count):
            piece[done + t] = cell[skip + t]
        done += count
        b += 1
        skip = 0


@kernel()
def subtract_piece(cells, rows, start, piece):
    """Subtract a piece from the signal of one channel from sample `start` on; all of it must be kept."""
    block = cells.shape[1]
    b = start // block
    skip = start - b * block
    done = 0
    while done < len(piece):
        cell = cells[rows[b]]
        count = min(block - skip, len(piece) - done)
        for t in range(count):
            cell[skip + t] -= piece[done + t]
        done += count
        b += 1
        skip = 0


@kernel()
def mark_troughs(minima, first, last, levels, near, counts, before, after, table):
    """Mark the cells around troughs: the deeper a trough, the more channels around it.

    Parameters
    ----------
    minima : (channels, blocks) float32; troughs in the blocks first to last (excluded) are looked at.
    levels : (levels, channels) float32, negative, falling: a trough below levels[k] ...
    near : (channels, any) int64, nearest channels, ...
    counts : (levels,) int64, ... marks counts[k] of them.
    before, after : (levels,) int64, blocks on either side.
    table : (channels, blocks) int32, changed.
    """
    blocks = minima.shape[1]
    for c in range(len(minima)):
        for b in range(first, last):
            depth = minima[c, b]
            if depth >= levels[0, c]:
                continue
            k = 0
            while k + 1 < len(counts) and depth < levels[k + 1, c]:
                k += 1
            for j in range(counts[k]):
                line = table[near[c, j]]
                for at in range(max(0, b - before[k]), min(blocks, b + after[k] + 1)):
                    if line[at] == EMPTY:
                        line[at] = MARKED


@kernel("(int32[:, ::1], int64[::1], int64[::1], int64, int64, int64, int32[::1])")
def mark_missing(table, peaks, channels, before, after, block, missing):
    """Mark the cells around peaks that are not kept.

    Parameters
    ----------
    table : (channels, blocks) int32, changed.
    peaks : (n,) int64, samples. channels : (k,) int64.
    before, after : samples before a peak, and from it on.
    block : samples per block.
    missing : (any,) int32, written: the block of each marked cell, in any order.

    Returns
    -------
    Number of marked cells.
    """
    count = 0
    for c in channels:
        line = table[c]
        for peak in peaks:
            for b in range((peak - before) // block, (peak + after - 1) // block + 1):
                if line[b] == EMPTY:
                    line[b] = MARKED
                    missing[count] = b
                    count += 1
    return count


@kernel("(int32[::1], int64, int64, int64)")
def runs_of(missing, blocks, apart, most):
    """Runs of blocks in which some are missing, to be read and filtered in one go.

    Parameters
    ----------
    missing : (n,) int32, blocks, in any order and more than once.
    blocks : how many there are. apart : missing blocks that are farther apart are in two runs.
    most : no run goes beyond a multiple of so many blocks.

    Returns
    -------
    firsts, lasts : (k,) int64, the blocks of each run, the last excluded.
    """
    wanted = np.zeros(blocks, np.bool_)
    for b in missing:
        wanted[b] = True
    firsts, lasts = np.empty(min(blocks, len(missing)), np.int64), np.empty(min(blocks, len(missing)), np.int64)
    count, last = 0, -1
    for b in range(blocks):
        if wanted[b]:
            if last < 0 or b - last > apart or b // most != last // most:
                firsts[count] = b
                count += 1
            lasts[count - 1] = b + 1
            last = b
    return firsts[:count], lasts[:count]


@kernel()
def store_group(signal, start, group, b, table, cells, used):
    """Keep the marked cells of one group of channels in block b; returns the rows of `cells` now in use.

    signal : (samples, LANES) float32, the block begins at `start`.
    """
    block = cells.shape[1]
    for c in range(group * LANES, min((group + 1) * LANES, len(table))):
        if table[c, b] == MARKED:
            lane = c - group * LANES
            for t in range(block):
                cells[used, t] = signal[start + t, lane]
            table[c, b] = used
            used += 1
    return used


@kernel()
def store_marked(signal, shift, first, last, table, cells, used):
    """Keep the marked cells of the blocks first to last (excluded).

    Parameters
    ----------
    signal : (groups, samples, LANES) float32; block b starts at row (b - shift) * block.
    table : (channels, blocks) int32, changed. cells : (any, block) float32, written from row `used` on.

    Returns
    -------
    Rows of `cells` now in use.
    """
    for group in range(len(signal)):
        for b in range(first, last):
            used = store_group(signal[group], (b - shift) * cells.shape[1], group, b, table, cells, used)
    return used
