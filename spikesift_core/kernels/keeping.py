"""Long stretches of a recording filtered in one go, a few blocks at a time so that each stays in the cache.

One call takes what would otherwise be hundreds of short ones, between which two threads wait for each other.
"""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.cells import mark_troughs, store_marked
from spikesift_core.kernels.compiling import kernel
from spikesift_core.kernels.filter import filter_integers
from spikesift_core.kernels.lanes import LANES


@kernel("(int16[:, ::1], int64, int64, float64, int64, int64, int64, float32[:, ::1], int16[:, ::1], float32[:, ::1])")
def filter_steps(raw, narrow, wide, scale, block, step, at, minima, places, firsts):
    """Block minima of all channels; the sums must fit int32, see `filter_integers`.

    Parameters
    ----------
    raw, narrow, wide, scale, block, at, minima, places, firsts : as in `filter_integers`.
    step : blocks filtered at a time.
    """
    blocks = (len(raw) - 8 * wide) // block
    groups = np.arange(-(-raw.shape[1] // LANES))
    none = np.empty((0, 0, LANES), np.float32)
    wrap = np.empty(1, np.int32)
    for start in range(0, blocks, step):
        stop = min(start + step, blocks)
        filter_integers(
            raw[start * block : stop * block + 8 * wide], narrow, wide, scale, wrap, groups, block, at + start,
            none, np.int64(0), minima, places, firsts,
        )  # fmt: skip


@kernel(
    "(float32[:, :, ::1], int64, int64, int64, float32[:, ::1], float32[:, ::1], int64[:, ::1], int64[::1], "
    "int64[::1], int64[::1], int32[:, ::1], float32[:, ::1], int64)"
)
def keep_step(signal, start, stop, reach, minima, levels, near, counts, before, after, table, cells, used):
    """Keep the cells around the troughs of the blocks start to stop (excluded), as far as their signal is known.

    Parameters
    ----------
    signal : (groups, samples, LANES) float32, changed: from block start - reach on; its last `reach` blocks are moved
        to where the next step expects them.
    reach : blocks, as many as the most in `before` and `after`: cells that far back are kept after the next step.
    minima, levels, near, counts, before, after, table : as in `mark_troughs`.
    cells, used : as in `store_marked`, whose answer this gives.
    """
    block = cells.shape[1]
    mark_troughs(minima, start, stop, levels, near, counts, before, after, table)
    last = stop if stop == minima.shape[1] else stop - reach
    used = store_marked(signal, start - reach, max(0, start - reach), last, table, cells, used)
    count = (stop - start) * block
    for group in range(len(signal)):
        for t in range(reach * block):
            for c in range(LANES):
                signal[group, t, c] = signal[group, count + t, c]
    return used


@kernel(
    "(int16[:, ::1], int64, int64, float64, int64, int64, int64, int64, float32[:, ::1], int16[:, ::1], "
    "float32[:, ::1], float32[:, :, ::1], float32[:, ::1], int64[:, ::1], int64[::1], int64[::1], int64[::1], "
    "int32[:, ::1], float32[:, ::1], int64)"
)
def filter_and_keep(
    raw, narrow, wide, scale, at, start, stop, reach, minima, places, firsts, signal, levels, near, counts, before,
    after, table, cells, used,
):  # fmt: skip
    """Filter the blocks start to stop (excluded), find their minima and keep the signal around troughs.

    Parameters
    ----------
    raw : (any, channels) int16; block `at` begins at row 4 * wide. The sums must fit int32, see `filter_integers`.
    narrow, wide, scale, minima, places, firsts : as in `filter_integers`.
    reach, signal, levels, near, counts, before, after, table, cells, used : as in `keep_step`. In `signal` there is
        room for `reach` blocks and as many as are filtered at a time.

    Returns
    -------
    The block where it ended, which is before `stop` where `cells` may be too small to go on, and the rows of `cells`
    now in use.
    """
    block = cells.shape[1]
    step = signal.shape[1] // block - reach
    groups = np.arange(-(-raw.shape[1] // LANES))
    wrap = np.empty(1, np.int32)
    while start < stop:
        end = min(start + step, stop)
        if used + len(table) * (end - start + reach) > len(cells):
            break
        filter_integers(
            raw[(start - at) * block : (end - at) * block + 8 * wide], narrow, wide, scale, wrap, groups, block, start,
            signal, reach, minima, places, firsts,
        )  # fmt: skip
        used = keep_step(signal, start, end, reach, minima, levels, near, counts, before, after, table, cells, used)
        start = end
    return start, used
