"""Peaks of one channel and the spikes around them (ALGORITHM 5.2, 5.3, 5.6)."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.cells import read_piece
from spikesift_core.kernels.compiling import kernel

EDGE = 2  # blocks at either end of a segment without peaks: the room a subtraction needs


@kernel("(float32[::1], int16[::1], float64, int64, int64, int64[::1])")
def find_peaks(minima, places, threshold, block, margin, peaks):
    """Local minima of one channel that lie below a threshold.

    A block's minimum is a peak when no deeper one lies within one block length: the block before has its minimum at
    the same place or earlier, or it is shallower; the block after has its minimum at the same place or later, or it
    is not deeper.

    Parameters
    ----------
    minima : (blocks,) float32. places : (blocks,) int16.
    threshold : a peak is below it.
    block : samples per block. margin : blocks at either end that are left out.
    peaks : (blocks,) int64, written: peak samples in order.

    Returns
    -------
    Number of peaks.
    """
    count = 0
    for b in range(margin, len(minima) - margin):
        depth = minima[b]
        if depth >= threshold:
            continue
        place = places[b]
        before = places[b - 1] <= place or minima[b - 1] > depth
        after = places[b + 1] >= place or minima[b + 1] >= depth
        if before and after:
            peaks[count] = b * block + place
            count += 1
    return count


@kernel("(float32[:, ::1], int32[:, ::1], int64[::1], int64[::1], int64, float32[:, :, ::1])")
def cut_waveforms(cells, table, peaks, channels, before, waveforms):
    """Copy the signal around peaks, channel after channel.

    Parameters
    ----------
    cells, table : (any, block) float32 and (channels, blocks) int32, see `kernels.cells`.
    peaks : (n,) int64, samples.
    channels : (k,) int64.
    before : samples before the peak.
    waveforms : (n, k, width) float32, written.
    """
    for i in range(len(peaks)):
        for j in range(len(channels)):
            read_piece(cells, table[channels[j]], peaks[i] - before, waveforms[i, j])


@kernel()
def resembling_peaks(minima, peaks, block, channels, template, floor, support, share):
    """Move the peaks that are strong enough, seen along a template, to the front: f . g > share * g . g.

    Parameters
    ----------
    minima : (channels, blocks) float32; f is a peak's block on `channels`, less the floor.
    peaks : (n,) int64, changed. block : samples per block.
    channels : (k,) int64. template : (k,) float32; g is it, less the floor.
    floor : (k,) float32, the minimum of a block without spikes.
    support : (k,) float32, on one of the channels at least the minimum must be below it.

    Returns
    -------
    How many there are.
    """
    along = np.zeros(minima.shape[1], np.float32)  # of every block: in vectors, that is quicker than of the peaks alone
    least = np.float32(0)
    for j in range(len(channels)):
        line, level = minima[channels[j]], floor[j]
        goal = template[j] - level
        least += goal * goal
        for b in range(len(along)):
            along[b] += (line[b] - level) * goal
    least *= np.float32(share)
    count = 0
    for peak in peaks:
        b = peak // block
        if along[b] <= least:
            continue
        for j in range(len(channels)):
            if minima[channels[j], b] < support[j]:
                peaks[count] = peak
                count += 1
                break
    return count


@kernel("(float32[:, ::1], int64[::1], int64, float32[::1])")
def mean_minima(minima, peaks, block, means):
    """Mean over peaks of the minimum in the peak's block, for every channel.

    Parameters
    ----------
    minima : (channels, blocks) float32. peaks : (n,) int64, samples. block : samples per block.
    means : (channels,) float32, written.
    """
    blocks = np.empty(len(peaks), np.int64)
    for i in range(len(peaks)):
        blocks[i] = peaks[i] // block  # a division takes longer than all else here
    for c in range(len(means)):
        total = 0.0
        for b in blocks:
            total += minima[c, b]
        means[c] = total / len(peaks)
