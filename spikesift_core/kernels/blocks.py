"""Minima per block and channel (ALGORITHM 2), the excess below threshold, and the drift heuristic (ALGORITHM 4)."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.compiling import kernel


@kernel
def _lowest(line, start, stop):
    """First place of the lowest value of line[start:stop], counted from start."""
    best = line[start]
    place = 0
    for t in range(1, stop - start):
        if line[start + t] < best:
            best = line[start + t]
            place = t
    return place


@kernel
def block_minima(filtered, block, minima, places):
    """Minimum of every block and its place inside the block (the first one if tied).

    Parameters
    ----------
    filtered : (channels, blocks * block) float32.
    block : samples per block.
    minima : (channels, blocks) float32, written.
    places : (channels, blocks) int16, written.
    """
    channels, blocks = minima.shape
    for c in range(channels):
        for b in range(blocks):
            place = _lowest(filtered[c], b * block, (b + 1) * block)
            minima[c, b] = filtered[c, b * block + place]
            places[c, b] = place


@kernel
def refresh_minima(filtered, block, channels, peaks, reach, thresholds, minima, places, scores):
    """Compute minima again in the blocks around `peaks` after a subtraction, and correct the scores.

    Parameters
    ----------
    filtered : (channels, blocks * block) float32.
    channels : (k,) int64, the channels that were changed.
    peaks : (n,) int64, samples.
    reach : blocks on either side of a peak's block.
    thresholds : (channels,) float32, negative.
    minima, places, scores : (channels, blocks) float32, (channels, blocks) int16, (channels,) float64, updated.
    """
    zero = np.float32(0)
    for c in channels:
        line = filtered[c]
        for peak in peaks:
            centre = peak // block
            for b in range(centre - reach, centre + reach + 1):
                place = _lowest(line, b * block, (b + 1) * block)
                new = line[b * block + place]
                scores[c] += min(zero, new - thresholds[c]) - min(zero, minima[c, b] - thresholds[c])
                minima[c, b] = new
                places[c, b] = place


@kernel
def excess_scores(minima, thresholds, scores):
    """Sum over blocks of how far each minimum lies below its channel's threshold (0 where it does not).

    Parameters
    ----------
    minima : (channels, blocks) float32.
    thresholds : (channels,) float32, negative.
    scores : (channels,) float64, written; 0 or below.
    """
    zero = np.float32(0)
    for c in range(len(thresholds)):
        total = 0.0
        for b in range(minima.shape[1]):
            total += min(zero, minima[c, b] - thresholds[c])
        scores[c] = total


@kernel
def drift_heuristic(minima, thresholds, length, drift):
    """How much the activity changes at each possible boundary.

    drift[k] is the sum over channels of |excess in the `length` blocks from k - excess in the `length` blocks before k|.

    Parameters
    ----------
    minima : (channels, blocks) float32.
    thresholds : (channels,) float32, negative.
    length : blocks compared on either side.
    drift : (blocks + 1,) float64, written for length <= k <= blocks - length; other places are left alone.
    """
    zero = np.float32(0)
    channels, blocks = minima.shape
    drift[length : blocks - length + 1] = 0.0
    running = np.zeros(blocks + 1)
    for c in range(channels):
        for b in range(blocks):
            running[b + 1] = running[b] + min(zero, minima[c, b] - thresholds[c])
        for k in range(length, blocks - length + 1):
            drift[k] += abs(running[k + length] - 2 * running[k] + running[k - length])
