"""Difference-of-Gaussians filter (ALGORITHM 1): each Gaussian is four moving averages in a row.

Four boxes of length n in a row are four running sums followed by four differences over n samples:
both Gaussians share the running sums. In integers with wrap-around this is exact as long as the result itself fits,
whatever the running sums do, so the answer does not depend on where the recording is cut into chunks.
"""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.compiling import kernel

# Samples of one channel filtered at a time: the running sums (4 bytes each) stay in the first-level cache.
TILE = 1024
# Fourth difference over a box length: binomial coefficients with alternating signs.
TAPS = 5


@kernel
def _fourth_difference(sums, newest, box, out):
    """Fourth difference of `sums` over `box` samples; out[t] belongs to sums[newest + t]."""
    s0 = sums[newest:]
    s1 = sums[newest - box :]
    s2 = sums[newest - 2 * box :]
    s3 = sums[newest - 3 * box :]
    s4 = sums[newest - 4 * box :]
    for t in range(len(out)):
        out[t] = s0[t] + s4[t] - 4 * (s1[t] + s3[t]) + 6 * s2[t]


@kernel
def filter_integers(raw, narrow, wide, scale, sums, filtered):
    """Filter integer samples.

    Parameters
    ----------
    raw : (samples + 8 * wide, channels) int16 or int64; 4 * wide samples of margin on both sides.
    narrow, wide : half-widths of the boxes in samples.
    scale : float32, multiplies the result (minus the polarity).
    sums : (3, any) int32 or int64, at least TILE + 8 * wide + 4 long; scratch, its type is that of the sums.
    filtered : (channels, samples) float32, written.
    """
    narrow_box = 2 * narrow + 1
    wide_box = 2 * wide + 1
    narrow_gain = np.float32(scale / narrow_box**4)
    wide_gain = np.float32(scale / wide_box**4)
    margin = 8 * wide
    lead = TAPS - 1
    running = sums[0]
    running[:lead] = 0
    channels, samples = filtered.shape
    for start in range(0, samples, TILE):
        count = min(TILE, samples - start)
        rows = raw[start : start + count + margin]
        narrow_sum = sums[1, :count]
        wide_sum = sums[2, :count]
        for c in range(channels):
            first = second = third = fourth = np.int64(0)
            for t in range(count + margin):
                first += rows[t, c]
                second += first
                third += second
                fourth += third
                running[lead + t] = fourth
            _fourth_difference(running, margin - 4 * (wide - narrow) + lead, narrow_box, narrow_sum)
            _fourth_difference(running, margin + lead, wide_box, wide_sum)
            line = filtered[c, start : start + count]
            for t in range(count):
                line[t] = narrow_gain * np.float32(narrow_sum[t]) - wide_gain * np.float32(wide_sum[t])


@kernel
def filter_floats(raw, weights, filtered):
    """Filter float samples by direct convolution: running sums of floats would gather rounding errors.

    Parameters
    ----------
    raw : (samples + 2 * h, channels) float64 with h = len(weights) - 1 samples of margin on both sides.
    weights : (h + 1,) float64, half of the symmetric kernel, centre first.
    filtered : (channels, samples) float32, written.
    """
    half = len(weights) - 1
    channels, samples = filtered.shape
    column = np.empty(TILE + 2 * half)
    total = np.empty(TILE)
    for start in range(0, samples, TILE):
        count = min(TILE, samples - start)
        for c in range(channels):
            for t in range(count + 2 * half):
                column[t] = raw[start + t, c]
            for t in range(count):
                total[t] = weights[0] * column[half + t]
            for k in range(1, half + 1):
                before = column[half - k :]
                after = column[half + k :]
                for t in range(count):
                    total[t] += weights[k] * (before[t] + after[t])
            for t in range(count):
                filtered[c, start + t] = total[t]
