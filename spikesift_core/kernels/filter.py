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

from spikesift_core.kernels.compiling import kernel
from spikesift_core.kernels.lanes import LANES, lowest_rows, sum_rows

TILE = 240  # samples filtered at a time; the scratch of one tile stays in the first-level cache
DIFFERENCES = 4  # as many as running sums


@kernel
def _fourth_difference(sums, newest, box, out):
    """Fourth difference over `box` samples; out[i] (flat) belongs to row `newest` + i // LANES of `sums` (flat)."""
    s0 = sums[newest * LANES :]
    s1 = sums[(newest - box) * LANES :]
    s2 = sums[(newest - 2 * box) * LANES :]
    s3 = sums[(newest - 3 * box) * LANES :]
    s4 = sums[(newest - 4 * box) * LANES :]
    for i in range(len(out)):
        out[i] = s0[i] + s4[i] - 4 * (s1[i] + s3[i]) + 6 * s2[i]


@kernel
def _tile_minima(tile, block, channel, lanes, first_block, minima, places, firsts):
    """Minimum, its place (the first one if tied) and |first sample| of each block of a tile (flat float32)."""
    lowest = np.empty(LANES, np.float32)
    place = np.empty(LANES, np.int32)
    for b in range(len(tile) // (block * LANES)):
        start = b * block * LANES
        lowest_rows(tile, start, block, lowest, place)
        for c in range(lanes):
            firsts[channel + c, first_block + b] = abs(tile[start + c])
            minima[channel + c, first_block + b] = lowest[c]
            places[channel + c, first_block + b] = place[c]


@kernel
def filter_integers(raw, narrow, wide, scale, wrap, block, at, filtered, minima, places, firsts):
    """Filter integer samples and find the block minima.

    Parameters
    ----------
    raw : (blocks * block + 8 * wide, channels) int16 or int64; 4 * wide samples of margin on both sides.
    narrow, wide : half-widths of the boxes in samples.
    scale : multiplies the result (minus the polarity).
    wrap : (1,) int32 or int64; its type is the one of the running sums.
    block : samples per block.
    at : block of the outputs where the first one of `raw` goes.
    filtered : (groups, samples, LANES) float32, written; with 0 samples the signal is not kept.
    minima, places, firsts : (channels, any) float32, int16, float32, written; see `_tile_minima`.
    """
    narrow_box, wide_box = 2 * narrow + 1, 2 * wide + 1
    narrow_gain, wide_gain = np.float32(scale / narrow_box**4), np.float32(scale / wide_box**4)
    channels = raw.shape[1]
    blocks = (len(raw) - 8 * wide) // block
    keep = filtered.shape[1] > 0
    history = DIFFERENCES * wide_box
    tile_blocks = max(1, TILE // block)
    sums = np.zeros((history + tile_blocks * block) * LANES, wrap.dtype)
    narrow_sum = np.zeros(tile_blocks * block * LANES, wrap.dtype)
    wide_sum = np.zeros(tile_blocks * block * LANES, wrap.dtype)
    state = np.zeros(4 * LANES, wrap.dtype)
    scratch = np.zeros(tile_blocks * block * LANES, np.float32)
    padded = np.zeros((len(raw) if channels % LANES else 0, LANES), raw.dtype)
    lead = 8 * wide  # samples before the first output can be formed
    for group in range((channels + LANES - 1) // LANES):
        channel = group * LANES
        lanes = min(LANES, channels - channel)
        state[:] = 0
        sums[: history * LANES] = 0
        rows, stride = raw.reshape(-1)[channel:], channels
        if lanes < LANES:
            padded[:, :lanes] = raw[:, channel:]
            rows, stride = padded.reshape(-1), LANES
        sum_rows(rows, 0, stride, lead, state, sums, (history - lead) * LANES)
        for first_block in range(0, blocks, tile_blocks):
            count = min(tile_blocks, blocks - first_block) * block
            start = first_block * block
            used = sums[: (history + count) * LANES]
            sum_rows(rows, (start + lead) * stride, stride, count, state, sums, history * LANES)
            _fourth_difference(used, history - 4 * (wide - narrow), narrow_box, narrow_sum[: count * LANES])
            _fourth_difference(used, history, wide_box, wide_sum[: count * LANES])
            here = at * block + start
            tile = filtered[group, here : here + count].reshape(-1) if keep else scratch[: count * LANES]
            for i in range(count * LANES):
                tile[i] = narrow_gain * np.float32(narrow_sum[i]) - wide_gain * np.float32(wide_sum[i])
            _tile_minima(tile, block, channel, lanes, at + first_block, minima, places, firsts)
            sums[: history * LANES] = sums[count * LANES : (history + count) * LANES].copy()


@kernel
def filter_floats(raw, weights, block, at, filtered, minima, places, firsts):
    """Filter float samples by direct convolution (running sums of floats would gather rounding errors).

    Parameters
    ----------
    raw : (blocks * block + 2 * h, channels) float64 with h = len(weights) - 1 samples of margin on both sides.
    weights : (h + 1,) float64, half of the symmetric kernel, centre first.
    block, at, filtered, minima, places, firsts : as in `filter_integers`.
    """
    half = len(weights) - 1
    channels = raw.shape[1]
    blocks = (len(raw) - 2 * half) // block
    keep = filtered.shape[1] > 0
    tile_blocks = max(1, TILE // block)
    slab = np.zeros((tile_blocks * block + 2 * half) * LANES)
    total = np.zeros(tile_blocks * block * LANES)
    scratch = np.zeros(tile_blocks * block * LANES, np.float32)
    for group in range((channels + LANES - 1) // LANES):
        channel = group * LANES
        lanes = min(LANES, channels - channel)
        slab[:] = 0
        for first_block in range(0, blocks, tile_blocks):
            count = min(tile_blocks, blocks - first_block) * block
            start = first_block * block
            for t in range(count + 2 * half):
                slab[t * LANES : t * LANES + lanes] = raw[start + t, channel : channel + lanes]
            size = count * LANES
            for i in range(size):
                total[i] = weights[0] * slab[half * LANES + i]
            for k in range(1, half + 1):
                before = slab[(half - k) * LANES :]
                after = slab[(half + k) * LANES :]
                for i in range(size):
                    total[i] += weights[k] * (before[i] + after[i])
            here = at * block + start
            tile = filtered[group, here : here + count].reshape(-1) if keep else scratch[:size]
            for i in range(size):
                tile[i] = total[i]
            _tile_minima(tile, block, channel, lanes, at + first_block, minima, places, firsts)
