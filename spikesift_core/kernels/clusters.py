"""The search for the next cluster of a segment, from one channel to the next (ALGORITHM 5.1 to 5.5 and 6), without
going back to Python: thousands of short calls would keep two threads waiting for each other."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.cells import FINISHED, FOUND, NOT_HELD, mark_missing
from spikesift_core.kernels.compiling import kernel
from spikesift_core.kernels.detect import EDGE, cut_waveforms, find_peaks, resembling_peaks
from spikesift_core.kernels.ordering import sort_values
from spikesift_core.kernels.split import best_cut, mean_rows, principal_projection, spatial_vector

SHARE = 0.5  # of the template's squared size that a matching peak has at least


@kernel()
def _spatial(mean, channels):
    """`spatial_vector` of a mean waveform (channels * width,)."""
    vector = np.zeros(channels * (channels - 1 if channels > 4 else channels + 1), np.float32)
    spatial_vector(mean.reshape(channels, -1), vector)
    return vector


@kernel()
def _squared_distance(first, second):
    total = 0.0
    for k in range(len(first)):
        total += (first[k] - second[k]) ** 2
    return total


@kernel()
def _split_once(waveforms, chosen, mean, channels, threshold, means):
    """Cut a group in two along its first principal axis.

    `chosen` (n,) int64, the rows of the group in rising order, is put in order: those below the cut first. The mean of
    the smaller side is computed, the larger one's follows from it and the mean of both; means : (2, f), written.
    Returns how many are below the cut; 0 where the sides are too alike to be two.
    """
    count = len(chosen)
    if count < 2:
        return 0
    projection = np.empty(count, np.float32)
    principal_projection(waveforms, chosen, mean, projection)
    ordered = np.empty(count)
    for i in range(count):
        ordered[i] = projection[i]
    sort_values(ordered)
    least = ordered[best_cut(ordered)]
    cut = 0
    for value in projection:
        cut += value < least
    parted = np.empty(count, np.int64)
    low, high = 0, cut
    for i in range(count):
        if projection[i] < least:
            parted[low] = chosen[i]
            low += 1
        else:
            parted[high] = chosen[i]
            high += 1
    if cut == 0:
        return 0
    small, large = (0, 1) if cut <= count - cut else (1, 0)
    mean_rows(waveforms, parted[:cut] if small == 0 else parted[cut:], means[small])
    share = np.float32(min(cut, count - cut) / max(cut, count - cut))
    for t in range(len(mean)):
        means[large, t] = mean[t] + (mean[t] - means[small, t]) * share
    first, second = _spatial(means[0], channels), _spatial(means[1], channels)
    none = np.zeros(len(first), np.float32)
    size = max(_squared_distance(first, none), _squared_distance(second, none))
    if size == 0 or _squared_distance(first, second) < threshold * threshold * size:
        return 0
    for i in range(count):
        chosen[i] = parted[i]
    return cut


@kernel(once=True)
def isolate_enough(waveforms, channels, place, threshold, fewest, chosen, mean):
    """Cut waveforms in two and go on with the deeper side; where that ends with too few, with the one left last.

    Parameters
    ----------
    waveforms : (n, channels * width) float32. place : which of these values says how deep a mean is.
    threshold : `merging_threshold`. fewest : waveforms in a group.
    chosen : (n,) int64, written: the rows of the group, in rising order. mean : (f,) float32, written.

    Returns
    -------
    How many there are; 0 where no group has enough.
    """
    count, width = waveforms.shape
    for i in range(count):
        chosen[i] = i
    room = int(count / max(fewest, 1.0)) + 2
    begins, ends, waiting = np.zeros(room, np.int64), np.zeros(room, np.int64), np.empty((room, width), np.float32)
    mean_rows(waveforms, chosen, waiting[0])
    ends[0] = count
    top = 1 if count >= fewest else 0
    means = np.empty((2, width), np.float32)
    while top > 0:
        top -= 1
        begin, end = begins[top], ends[top]
        for t in range(width):
            mean[t] = waiting[top, t]
        cut = _split_once(waveforms, chosen[begin:end], mean, channels, threshold, means)
        if cut == 0:
            for i in range(begin, end):
                chosen[i - begin] = chosen[i]
            return end - begin
        deeper = 0 if means[0, place] <= means[1, place] else 1
        for side in (1 - deeper, deeper):
            first, last = (begin, begin + cut) if side == 0 else (begin + cut, end)
            if last - first >= fewest:
                begins[top], ends[top] = first, last
                for t in range(width):
                    waiting[top, t] = means[side, t]
                top += 1
    return 0


@kernel(once=True)
def isolate_nearest(waveforms, channels, threshold, template, chosen, mean):
    """Cut waveforms in two and go on with the side that differs between channels as the template does.

    Parameters
    ----------
    waveforms, channels, threshold, chosen, mean : as in `isolate_enough`. template : (f,) float32.

    Returns
    -------
    How many waveforms are left.
    """
    count, width = waveforms.shape
    for i in range(count):
        chosen[i] = i
    mean_rows(waveforms, chosen, mean)
    goal = _spatial(template, channels)
    means = np.empty((2, width), np.float32)
    while True:
        cut = _split_once(waveforms, chosen[:count], mean, channels, threshold, means)
        if cut == 0:
            return count
        first = _squared_distance(_spatial(means[0], channels), goal)
        if first <= _squared_distance(_spatial(means[1], channels), goal):
            count, side = cut, 0
        else:
            for i in range(cut, count):
                chosen[i - cut] = chosen[i]
            count, side = count - cut, 1
        for t in range(width):
            mean[t] = means[side, t]


@kernel()
def _waveforms(cells, table, peaks, channels):
    """Signal (n, channels * 2 * block) float32 from one block before to one block after each peak."""
    block = cells.shape[1]
    waveforms = np.empty((len(peaks), len(channels), 2 * block), np.float32)
    cut_waveforms(cells, table, peaks, channels, block, waveforms)
    return waveforms.reshape(len(peaks), -1)


@kernel()
def _matching(minima, places, block, channels, template, peaks):
    """All local minima of channels[0] more than half as strong as the template, written; how many (ALGORITHM 5.5)."""
    looked_at = find_peaks(minima[channels[0]], places[channels[0]], 0.0, block, np.int64(EDGE), peaks)
    width = 2 * block
    depths, support = np.empty(len(channels), np.float32), np.empty(len(channels), np.float32)
    floor = np.zeros(len(channels), np.float32)
    for j in range(len(channels)):
        support[j] = depths[j] = np.inf
        for t in range(j * width, (j + 1) * width):
            depths[j] = min(depths[j], template[t])
    return resembling_peaks(minima, peaks[:looked_at], block, channels, depths, floor, support, SHARE)


@kernel(once=True)
def _isolate(
    cells, table, minima, places, threshold, channels, fewest, merging, begun, template, peaks, missing
):  # fmt: skip
    """Spikes of the next unit on channels[0], written to `peaks`: how many, and blocks in `missing` needed first."""
    block, channel = cells.shape[1], channels[0]
    chosen = np.empty(len(peaks), np.int64)
    if begun[0] < 0:
        count = find_peaks(minima[channel], places[channel], threshold, block, np.int64(EDGE), peaks)
        if count < fewest:
            return 0, 0
        gone = mark_missing(table, peaks[:count], channels, block, block, block, missing)
        if gone > 0:
            return 0, gone
        waveforms = _waveforms(cells, table, peaks[:count], channels)
        if isolate_enough(waveforms, len(channels), block, merging, fewest, chosen[:count], template) == 0:
            return 0, 0
    begun[0] = -1
    count = _matching(minima, places, block, channels, template, peaks)
    if count < fewest:
        return 0, 0
    gone = mark_missing(table, peaks[:count], channels, block, block, block, missing)
    if gone > 0:
        begun[0] = channel
        return 0, gone
    mean = np.empty(len(template), np.float32)
    waveforms = _waveforms(cells, table, peaks[:count], channels)
    count = isolate_nearest(waveforms, len(channels), merging, template, chosen[:count], mean)
    if count < fewest or mean[block] > threshold:
        return 0, 0
    for i in range(count):
        peaks[i] = peaks[chosen[i]]
    return count, 0


@kernel(
    "(float32[:, ::1], int32[:, ::1], float32[:, ::1], int16[:, ::1], float32[::1], float64[::1], boolean[::1], "
    "int64[:, ::1], float64, float64, int64[::1], float32[::1], int64[::1], int32[::1])"
)
def next_cluster(
    cells, table, minima, places, thresholds, scores, failed, nearest, fewest, merging, begun, template, peaks, missing,
):  # fmt: skip
    """Look for a cluster on the channel with the most excess below threshold; go on until one is found.

    Parameters
    ----------
    cells, table : see `kernels.cells`. minima, places : (channels, blocks) float32 and int16.
    thresholds : (channels,) float32. scores : (channels,) float64, see `excess_scores`.
    failed : (channels,) bool, changed: channels with nothing more to find.
    nearest : (channels, k) int64, the channels that describe a spike.
    fewest : `min_spikes_per_cluster`. merging : `merging_threshold`.
    begun : (1,) int64, -1 at first, and template : (k * 2 * block,) float32: for the kernel, which goes on from there
        when cells were missing.
    peaks : (blocks,) int64, written: the cluster's spikes. missing : (k * blocks,) int32, written.

    Returns
    -------
    state : FOUND, FINISHED when no channel has anything left, or NOT_HELD.
    count : of the spikes; where NOT_HELD, of the blocks in `missing` that must be held before the next call.
    channel : where that is.
    """
    while True:
        best, channel = np.inf, begun[0]
        if channel < 0:
            for c in range(len(scores)):
                if not failed[c] and scores[c] < best:
                    best, channel = scores[c], c
        if channel < 0:
            return FINISHED, 0, channel
        count, gone = _isolate(
            cells, table, minima, places, np.float64(thresholds[channel]), nearest[channel], fewest, merging, begun,
            template, peaks, missing,
        )  # fmt: skip
        if gone > 0:
            return NOT_HELD, gone, channel
        if count > 0:
            return FOUND, count, channel
        failed[channel] = True
