"""Difference-of-Gaussians filter (ALGORITHM 1) and the block minima of what it gives (ALGORITHM 2), in one go.

Each Gaussian is four moving averages in a row. Four boxes of length n in a row are four running sums followed by four
differences over n samples, so both Gaussians share the running sums. In integers with wrap-around this is exact as
long as the result itself fits, whatever the running sums do: the answer does not depend on how a recording is cut
into chunks.

Channels are taken LANES at a time, and the filtered signal is kept as (groups, samples, LANES): every inner loop runs
over neighbouring numbers in memory, for 4 channels as for 4,000.
"""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.cells import store_group
from spikesift_core.kernels.compiling import kernel
from spikesift_core.kernels.lanes import LANES, band_rows, from_line, sum_rows

TILE = 240  # samples filtered at a time; the scratch of one tile stays in the first-level cache
DIFFERENCES = 4  # as many as running sums


OUTPUTS = "int64[::1], int64, int64, float32[:, :, ::1], int64, float32[:, ::1], int16[:, ::1], float32[:, ::1]"


@kernel(
    f"(int16[:, ::1], int64, int64, float64, int32[::1], {OUTPUTS})",
    f"(int64[:, ::1], int64, int64, float64, int64[::1], {OUTPUTS})",
)
def filter_integers(raw, narrow, wide, scale, wrap, groups, block, at, filtered, into, minima, places, firsts):
    """Filter integer samples and find the block minima.

    Parameters
    ----------
    raw : (blocks * block + 8 * wide, channels) int16 or int64; 4 * wide samples of margin on both sides.
    narrow, wide : half-widths of the boxes in samples.
    scale : multiplies the result (minus the polarity).
    wrap : (1,) int32 or int64; its type is the one of the running sums.
    groups : (k,) int64, the groups of channels that are filtered.
    block : samples per block.
    at : block of the minima where the first one of `raw` goes.
    filtered : (groups, samples, LANES) float32, written; with 0 samples the signal is not kept.
    into : block of `filtered` where the first one of `raw` goes.
    minima, places, firsts : (channels, any) float32, int16, float32, written: each block's minimum, its
        place (the first one if tied) and |first sample|.
    """
    boxes = np.array([2 * narrow + 1, 2 * wide + 1])
    gains = scale / boxes**4
    channels = raw.shape[1]
    blocks = (len(raw) - 8 * wide) // block
    keep = filtered.shape[1] > 0
    history = DIFFERENCES * boxes[1]
    tile_blocks = max(1, TILE // block)
    sums = from_line(np.zeros((1 + history + tile_blocks * block) * LANES, wrap.dtype))
    state = np.zeros(4 * LANES, wrap.dtype)
    scratch = from_line(np.zeros((1 + tile_blocks * block) * LANES, np.float32))
    lowest, place = np.empty(LANES, np.float32), np.empty(LANES, np.int32)
    padded = np.zeros((len(raw) if channels % LANES else 0, LANES), raw.dtype)
    lead = 8 * wide  # samples before the first output can be formed
    for group in groups:
        channel = group * LANES
        lanes = min(LANES, channels - channel)
        rows, stride = raw.reshape(-1)[channel:], channels
        if lanes < LANES:
            for t in range(len(raw)):
                for c in range(lanes):
                    padded[t, c] = raw[t, channel + c]
            rows, stride = padded.reshape(-1), LANES
        state[:] = 0
        sums[: history * LANES] = 0
        for first in range(0, blocks, tile_blocks):
            count = min(tile_blocks, blocks - first)
            start = first * block
            new = lead if first == 0 else 0  # summed before the first output, and kept from then on
            begin = (start + lead - new) * stride
            sum_rows(rows, begin, stride, new + count * block, state, sums, (history - new) * LANES)
            here = into * block + start
            tile = filtered[group, here : here + count * block].reshape(-1) if keep else scratch
            for b in range(count):
                row = b * block
                band_rows(
                    sums, history + row, 4 * (wide - narrow), boxes, gains, tile, row * LANES, block, lowest, place
                )
                for c in range(lanes):
                    firsts[channel + c, at + first + b] = abs(tile[row * LANES + c])
                    minima[channel + c, at + first + b] = lowest[c]
                    places[channel + c, at + first + b] = place[c]
            for i in range(history * LANES):
                sums[i] = sums[count * block * LANES + i]


PIECES = "int64[::1], int64[::1], int64[::1], int64[::1], int64[::1]"
CELLS = "int32[:, ::1], float32[:, ::1], int64"


@kernel(
    f"(int16[:, ::1], int64, int64, float64, int32[::1], {PIECES}, {CELLS})",
    f"(int64[:, ::1], int64, int64, float64, int64[::1], {PIECES}, {CELLS})",
)
def fill_cells(raw, narrow, wide, scale, wrap, rows, firsts, lasts, groups, columns, table, cells, used):
    """Filter pieces of a recording and keep their marked cells.

    Parameters
    ----------
    raw : (any, columns) int16 or int64 that holds the pieces, each with 4 * wide samples of margin on both sides.
    narrow, wide, scale, wrap : as in `filter_integers`.
    rows : (pieces,) int64, where each piece begins, with its margin.
    firsts, lasts : (pieces,) int64, its blocks, the last excluded.
    groups : (k,) int64, the groups of channels that are looked at. columns : (k,) int64, where each begins in `raw`.
    table, cells, used : as in `kernels.cells.store_marked`.

    Returns
    -------
    Rows of `cells` now in use.
    """
    block = cells.shape[1]
    boxes = np.array([2 * narrow + 1, 2 * wide + 1])
    gains = scale / boxes**4
    channels, width = len(table), raw.shape[1]
    history = DIFFERENCES * boxes[1]
    lead, longest = 8 * wide, 0
    for i in range(len(rows)):
        longest = max(longest, (lasts[i] - firsts[i]) * block)
    sums = from_line(np.zeros((1 + history + longest) * LANES, wrap.dtype))
    state = np.zeros(4 * LANES, wrap.dtype)
    lowest, place = np.empty(LANES, np.float32), np.empty(LANES, np.int32)
    tile = np.empty((block, LANES), np.float32)
    padded = np.zeros((lead + longest if channels % LANES else 0, LANES), raw.dtype)
    for k in range(len(groups)):
        group, column = groups[k], columns[k]
        lanes = min(LANES, channels - group * LANES)
        for i in range(len(rows)):
            count = (lasts[i] - firsts[i]) * block
            flat, begin, stride = raw.reshape(-1)[column:], rows[i] * width, width
            if lanes < LANES:
                for t in range(lead + count):
                    for c in range(lanes):
                        padded[t, c] = raw[rows[i] + t, column + c]
                flat, begin, stride = padded.reshape(-1), 0, LANES
            state[:] = 0
            sums[: history * LANES] = 0
            sum_rows(flat, begin, stride, lead + count, state, sums, (history - lead) * LANES)
            for b in range(firsts[i], lasts[i]):
                row = history + (b - firsts[i]) * block
                band_rows(sums, row, 4 * (wide - narrow), boxes, gains, tile.reshape(-1), 0, block, lowest, place)
                used = store_group(tile, np.int64(0), group, b, table, cells, used)
    return used
