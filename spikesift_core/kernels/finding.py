"""The search for the next unit of a segment, from one channel to the next, without going back to Python
(ALGORITHM part 2): thousands of short calls would keep two threads waiting for each other."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.cells import FINISHED, FOUND, NOT_HELD, mark_missing
from spikesift_core.kernels.compiling import kernel
from spikesift_core.kernels.detect import EDGE, find_peaks, resembling_peaks
from spikesift_core.kernels.features import project_spikes
from spikesift_core.kernels.isolate import one_unit

MATCH_DEPTH = 3.0  # noise deviations; shallower minima are never matched
MATCH_SHARE = 0.4  # of the template's depth, likewise
MATCH_SUPPORT = 3.4  # noise deviations; on one of a spike's channels the minimum is deeper
RESEMBLING = 0.5  # share of a template's depth above the floor, seen along its block minima
# A minimum is likelier a spike than noise when its projection on the template exceeds half of the template's square by
# the logarithm of how much more noise there is. Minima of the noise point towards any template, so by some times more:
# mean accuracy over 26 recordings was 0.851 at 0, 0.867 at 3, 0.865 at 5, 0.854 at 8.
MATCH_CAUTION = 3.5
UNIT_DEPTH = 4.0  # noise deviations; a unit's mean peak is deeper
LEAST_EVIDENCE = 80.0  # noise deviations squared; spikes times squared depth of a unit, over `min_spikes_per_cluster`
# A minimum within LOBE_REACH blocks of one that is LOBE_RATIO times deeper may be what the filter makes of the latter.
LOBE_REACH, LOBE_RATIO = 1.7, 3.0


@kernel()
def _most_excess(scores, noise, finished):
    """The channel with the most excess below threshold, in noise deviations; -1 where none has any."""
    best, channel = 0.0, -1
    for c in range(len(scores)):
        if not finished[c]:
            excess = scores[c] / (noise[c] if noise[c] > 0 else 1.0)
            if excess < best:
                best, channel = excess, c
    return channel


@kernel()
def find_candidates(minima, places, threshold, block, retired, peaks):
    """Peaks of one channel that were not tried in vain and are no side lobe of a larger spike.

    Parameters
    ----------
    minima, places, threshold, block, peaks : as in `find_peaks`. retired : (blocks,) bool, tried in vain.

    Returns
    -------
    Number of peaks.
    """
    count = find_peaks(minima, places, threshold, block, np.int64(EDGE), peaks)
    lobe = np.zeros(count, np.bool_)
    for i in range(count):
        for j in range(i + 1, min(i + 3, count)):
            if peaks[j] - peaks[i] < LOBE_REACH * block:
                first, second = minima[peaks[i] // block], minima[peaks[j] // block]
                lobe[j] |= first < np.float32(LOBE_RATIO) * second
                lobe[i] |= second < np.float32(LOBE_RATIO) * first
    kept = 0
    for i in range(count):
        if not lobe[i] and not retired[peaks[i] // block]:
            peaks[kept] = peaks[i]
            kept += 1
    return kept


@kernel()
def _round_features(cells, table, peaks, channels, before, components, scale, rounding):
    """`project_spikes`, times the matrix (f, f) float32 that makes the noise round; (n, f) float32."""
    width = len(rounding)
    features = np.empty((len(peaks), width), np.float32)
    project_spikes(cells, table, peaks, channels, before, components, scale, features)
    plain = np.empty(width, np.float32)
    for i in range(len(peaks)):
        for a in range(width):
            plain[a] = features[i, a]
            features[i, a] = 0
        for a in range(width):
            for b in range(width):
                features[i, b] += plain[a] * rounding[a, b]
    return features


@kernel()
def _mean_rows(features, rows):
    """Mean (f,) float32 of some rows."""
    width = features.shape[1]
    total = np.zeros(width)
    for row in rows:
        for a in range(width):
            total[a] += features[row, a]
    mean = np.empty(width, np.float32)
    for a in range(width):
        mean[a] = total[a] / max(len(rows), 1)
    return mean


@kernel()
def _mean_depths(minima, channels, peaks, block):
    """Mean block minimum (k,) float32 of peaks on some channels."""
    means = np.empty(len(channels), np.float32)
    for j in range(len(channels)):
        total = 0.0
        for peak in peaks:
            total += minima[channels[j], peak // block]
        means[j] = total / max(len(peaks), 1)
    return means


@kernel()
def _keep_alike(features, peaks, template, least):
    """Move to the front the rows of features (n, f) whose product with the template exceeds half of its square by
    `least`, and their peaks; returns how many there are."""
    half = least
    for a in range(len(template)):
        half += template[a] * template[a] / 2
    count = 0
    for i in range(len(features)):
        along = np.float32(0)
        for a in range(len(template)):
            along += features[i, a] * template[a]
        if along > half:
            peaks[count] = peaks[i]
            for a in range(len(template)):
                features[count, a] = features[i, a]
            count += 1
    return count


@kernel()
def _matching(minima, places, channels, noise, floor, block, spikes, peaks):
    """Minima of channels[0] that may be of the unit of `spikes`, a quick look at their block minima.

    Written to `peaks`; returns how many there are, and how many minima were looked at.
    """
    depths = _mean_depths(minima, channels, spikes, block)
    channel = channels[0]
    threshold = min(-MATCH_DEPTH * noise[channel], MATCH_SHARE * depths[0])
    looked_at = find_peaks(minima[channel], places[channel], threshold, block, np.int64(EDGE), peaks)
    around = np.empty(len(channels), np.float32)
    support = np.empty(len(channels), np.float32)
    for j in range(len(channels)):
        around[j] = floor[channels[j]]
        support[j] = -MATCH_SUPPORT * noise[channels[j]]
    count = resembling_peaks(minima, peaks[:looked_at], block, channels, depths, around, support, RESEMBLING)
    return count, looked_at


@kernel(once=True)
def _one_of(
    cells, table, noise, channels, rounding, components, before, fewest, spatial, template, caution, peaks, count,
    missing,
):  # fmt: skip
    """Of peaks[:count] the spikes of one unit, moved to the front: the one most like `template` among those alike
    enough, or, where that is empty, the largest.

    Returns how many there are, their mean features, and how many blocks are `missing`, without which nothing can be
    said.
    """
    block, after = cells.shape[1], components.shape[1] - before
    gone = mark_missing(table, peaks[:count], channels, before, after, block, missing)
    if gone > 0:
        return 0, template, gone
    scale = np.empty(len(channels), np.float32)
    for j in range(len(channels)):
        scale[j] = 1 / noise[channels[j]] if noise[channels[j]] > 0 else 0
    features = _round_features(cells, table, peaks[:count], channels, before, components, scale, rounding)
    if len(template) > 0:
        count = _keep_alike(features, peaks, template, caution)
        if count < fewest:
            return 0, template, 0
    rows = np.empty(count, np.int64)
    count = one_unit(features[:count], peaks[:count], spatial, fewest, template, rows)
    for i in range(count):
        peaks[i] = peaks[rows[i]]
    return count, _mean_rows(features, rows[:count]), 0


@kernel()
def _is_unit(minima, noise, block, spikes, fewest):
    """Whether spikes of one channel are enough, and deep enough, to be a unit."""
    depth = 0.0
    for spike in spikes:
        depth -= minima[spike // block] / (noise * len(spikes))
    return len(spikes) >= fewest and depth >= UNIT_DEPTH and len(spikes) * depth**2 >= fewest * LEAST_EVIDENCE


@kernel(
    "(float32[:, ::1], int32[:, ::1], float32[:, ::1], int16[:, ::1], float32[::1], float64[::1], boolean[::1], "
    "boolean[:, ::1], float32[::1], float32[::1], int64[:, ::1], float32[:, :, ::1], float32[:, ::1], int64, float64, "
    "float64, int64[::1], int64[::1], float32[::1], int64[::1], int32[::1])"
)
def next_unit(
    cells, table, minima, places, thresholds, scores, finished, retired, noise, floor, nearest, rounding, components,
    before, fewest, spatial, begun, tried, template, peaks, missing,
):  # fmt: skip
    """Look for a unit on the channel with the most excess below threshold; go on until one is found.

    Parameters
    ----------
    cells, table : see `kernels.cells`. minima, places : (channels, blocks) float32 and int16.
    thresholds : (channels,) float32. scores : (channels,) float64, see `excess_scores`.
    finished : (channels,) bool, changed: channels with nothing more to find.
    retired : (channels, blocks) bool, changed: peaks that were tried in vain.
    noise, floor : (channels,) float32, standard deviation, and the minimum of a block without spikes.
    nearest : (channels, k) int64, the channels that describe a spike.
    rounding : (channels, f, f) float32, what makes the noise of their features round.
    components : (components, width) float32, `before` of whose samples come before the peak.
    fewest : `min_spikes_per_cluster`. spatial : `merging_threshold`.
    begun : (3,) int64, -1, 0 and 0 first, tried : (blocks,) int64 and template : (f,) float32: for the kernel, which
        goes on from there when cells were missing. With a channel, how many of `tried` are spikes of a unit there, and
        1, only that unit is looked for, like `template`, and nothing is retired.
    peaks : (blocks,) int64, written: the unit's spikes. missing : (k * blocks,) int32, written.

    Returns
    -------
    state : FOUND, FINISHED when no channel has anything left (or it is not that unit), or NOT_HELD.
    count : of the spikes; where NOT_HELD, of the blocks in `missing` that must be held before the next call.
    channel : where that is.
    """
    block, none = cells.shape[1], np.empty(0, np.float32)
    while True:
        channel, count, only = begun
        matched = channel >= 0
        begun[0] = -1
        if not matched:
            channel = _most_excess(scores, noise, finished)
            if channel < 0:
                return FINISHED, 0, channel
            count = find_candidates(
                minima[channel], places[channel], np.float64(thresholds[channel]), block, retired[channel], tried
            )
            if count < fewest:
                finished[channel] = True
                continue
        channels, here, like, taken, caution = nearest[channel], tried, none, 0, 0.0
        for matching in range(np.int64(matched), 2):  # the candidates; then all minima that may be of their unit
            if matching:
                here, like, taken = peaks, template, count
                if taken < fewest:
                    break
                count, looked_at = _matching(minima, places, channels, noise, floor, block, tried[:taken], peaks)
                caution = MATCH_CAUTION * max(0.0, np.log(max(1, looked_at) / taken))
            count, mean, gone = _one_of(
                cells, table, noise, channels, rounding[channel], components, before, fewest, spatial, like, caution,
                here, count, missing,
            )  # fmt: skip
            if gone > 0:
                if matching:
                    begun[0], begun[1] = channel, taken
                return NOT_HELD, gone, channel
            if not matching:
                for a in range(len(template)):  # a slice would take 3 s more to compile
                    template[a] = mean[a]
        if taken >= fewest and _is_unit(minima[channel], noise[channel], block, peaks[:count], fewest):
            return FOUND, count, channel
        if only:
            return FINISHED, 0, channel
        for peak in tried[:taken]:
            retired[channel, peak // block] = True
