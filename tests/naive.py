"""Slow, obvious twins of every kernel: what each one must give, written for reading and not for speed.

They take the kernels' arguments where that is natural and return what the kernel writes.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

# ---------------------------------------------------------------- filter


def moving_average(signal, half):
    """Centred moving average of (samples, channels) over 2 * half + 1 samples; half samples shorter on both ends."""
    return np.array([signal[t - half : t + half + 1].mean(axis=0) for t in range(half, len(signal) - half)])


def difference_of_gaussians(raw, narrow, wide, scale):
    """scale * (four narrow boxes - four wide boxes), (samples - 8 * wide, channels) float64."""
    small, large = raw.astype(float), raw.astype(float)
    for _ in range(4):
        small, large = moving_average(small, narrow), moving_average(large, wide)
    trim = 4 * (wide - narrow)
    return scale * (small[trim : trim + len(large)] - large)


def filter_integers(raw, narrow, wide, scale, block):
    """(filtered, minima, places, firsts): filtered is (samples, channels), the others (channels, blocks)."""
    filtered = difference_of_gaussians(raw, narrow, wide, scale)
    blocks = filtered.reshape(-1, block, filtered.shape[1])
    return filtered, blocks.min(axis=1).T, blocks.argmin(axis=1).T, np.abs(blocks[:, 0]).T


# ---------------------------------------------------------------- median


def row_medians(rows):
    """Median of each row, (samples,); of an even number the lower of the middle two."""
    return np.array([sorted(row)[(len(row) - 1) // 2] for row in rows.tolist()])


# ---------------------------------------------------------------- cells
# Cells as {(channel, block): signal}, in place of a table and rows.


def read_piece(cells, channel, block, start, width):
    """Signal of one channel from sample `start` on."""
    return np.array([cells[channel, t // block][t % block] for t in range(start, start + width)], np.float32)


def subtract_piece(cells, channel, block, start, piece):
    """Subtract a piece from the cells it lies in."""
    for t, value in enumerate(piece, start):
        cells[channel, t // block][t % block] -= value


def mark_troughs(minima, first, last, levels, near, counts, before, after):
    """Set of (channel, block) around the troughs of the blocks first to last."""
    marked = set()
    for c in range(len(minima)):
        for b in range(first, last):
            deep = np.flatnonzero(minima[c, b] < levels[:, c])
            if len(deep):
                k = deep[-1]
                blocks = range(max(0, b - before[k]), min(minima.shape[1], b + after[k] + 1))
                marked |= {(int(n), at) for n in near[c, : counts[k]] for at in blocks}
    return marked


def mark_missing(kept, peaks, channels, before, after, block):
    """Set of (channel, block) around the peaks that are not among the kept ones."""
    touched = {(int(c), int(t) // block) for c in channels for p in peaks for t in range(p - before, p + after)}
    return touched - kept


def runs_of(missing, apart, most):
    """[(first, last excluded)] of runs of blocks."""
    runs = []
    for b in sorted(set(missing)):
        if runs and b - (runs[-1][1] - 1) <= apart and b // most == (runs[-1][1] - 1) // most:
            runs[-1] = runs[-1][0], b + 1
        else:
            runs.append((b, b + 1))
    return runs


def store_marked(signal, marked, block, first, last):
    """{(channel, block): signal} of the marked cells in some blocks; signal (channels, samples)."""
    return {(c, b): signal[c, b * block : (b + 1) * block] for c, b in marked if first <= b < last}


store_group = store_marked


def fill_cells(raw, narrow, wide, scale, marked, block):
    """The same of a raw recording (samples, channels) with the filter's margin on both sides."""
    return store_marked(difference_of_gaussians(raw, narrow, wide, scale).T, marked, block, 0, len(raw))


# ---------------------------------------------------------------- keeping


def filter_steps(raw, narrow, wide, scale, block):
    """(minima, places, firsts): the same, however many blocks are filtered at a time."""
    return filter_integers(raw, narrow, wide, scale, block)[1:]


def keep_step(signal, start, stop, reach, minima, levels, near, counts, before, after, marked, block):
    """(cells, marked): those kept after the blocks start to stop were looked at; signal (channels, samples) of all."""
    marked = marked | mark_troughs(minima, start, stop, levels, near, counts, before, after)
    last = stop if stop == minima.shape[1] else stop - reach
    cells = store_marked(signal, marked, block, max(0, start - reach), last)
    return cells, marked - set(cells)


def filter_and_keep(raw, narrow, wide, scale, block, stop, reach, *around):
    """(minima, places, firsts, cells) of the blocks 0 to stop, from raw samples of the whole segment."""
    filtered, *found = filter_integers(raw, narrow, wide, scale, block)
    cells, _ = keep_step(filtered.T, 0, stop, reach, found[0], *around, set(), block)
    return *found, cells


# ---------------------------------------------------------------- blocks


def retire_residue(minima, channels, peaks, block, reach, deepest):
    """Changed blocks of `retired`: {(channel, block): shallower than the deepest residue}."""
    around = {peak // block + step for peak in peaks for step in range(-reach, reach + 1)}
    return {(c, b): bool(minima[c, b] > d) for c, d in zip(channels, deepest, strict=True) for b in around}


def below_thresholds(minima, first, last, thresholds):
    """(channels, places, depths) of the minima of some blocks below the threshold of their channel."""
    found = [
        (c, b - first, minima[c, b] - thresholds[c])
        for c in range(len(minima))
        for b in range(first, last)
        if minima[c, b] < thresholds[c]
    ]
    return tuple(np.array([one[k] for one in found]) for k in range(3))


def excess_scores(minima, thresholds):
    """Sum of how far each minimum lies below its threshold."""
    return np.minimum(0, minima - thresholds[:, None]).sum(axis=1)


def drift_heuristic(excess, length):
    """{k: drift at boundary k} for every k with `length` blocks on both sides; excess (channels, blocks)."""
    return {
        k: np.abs(excess[:, k : k + length].sum(axis=1) - excess[:, k - length : k].sum(axis=1)).sum()
        for k in range(length, excess.shape[1] - length + 1)
    }


def refresh_minima(signal, block, channels, peaks, reach, thresholds, minima, places, scores):
    """New (minima, places, scores) after `signal` (channels, samples) was changed around `peaks` on `channels`."""
    minima, places, scores = minima.copy(), places.copy(), scores.copy()
    for channel in channels:
        touched = {b for peak in peaks for b in range(peak // block - reach, peak // block + reach + 1)}
        for b in sorted(touched):
            piece = signal[channel, b * block : (b + 1) * block]
            minima[channel, b], places[channel, b] = piece.min(), piece.argmin()
        scores[channel] = np.minimum(0, minima[channel] - thresholds[channel]).sum()
    return minima, places, scores


# ---------------------------------------------------------------- detect


def find_peaks(minima, places, threshold, block, margin):
    """Peak samples of one channel: below threshold, and no deeper block minimum within one block length."""
    peaks, places = [], places.tolist()
    for b in range(margin, len(minima) - margin):
        if not minima[b] < threshold:
            continue
        here = b * block + places[b]
        deeper_before = minima[b - 1] <= minima[b] and here - ((b - 1) * block + places[b - 1]) < block
        deeper_after = minima[b + 1] < minima[b] and ((b + 1) * block + places[b + 1]) - here < block
        if not deeper_before and not deeper_after:
            peaks.append(here)
    return np.array(peaks, np.int64)


def cut_waveforms(signal, peaks, channels, before, width):
    """(peaks, channels, width) of signal (channels, samples)."""
    return np.array([[signal[c, p - before : p - before + width] for c in channels] for p in peaks])


def resembling_peaks(minima, peaks, block, channels, template, floor, support, share):
    """Whether each peak's block minima reach so much of the way from floor to template, and one of them is deep."""
    goal = template - floor
    rows = np.array([minima[channels, p // block] for p in peaks])
    return ((rows - floor) @ goal > share * (goal @ goal)) & (rows < support).any(axis=1)


def mean_minima(minima, peaks, block):
    """Mean block minimum over peaks, for every channel."""
    return np.array([minima[:, p // block] for p in peaks], float).mean(axis=0)


# ---------------------------------------------------------------- subtract


def subtract_mean(signal, peaks, channels, reach):
    """`signal` (channels, samples) less the mean waveform at each peak, on `channels`."""
    signal = signal.astype(float)
    for channel in channels:
        mean = np.mean([signal[channel, p - reach : p + reach] for p in peaks], axis=0)
        for p in peaks:
            signal[channel, p - reach : p + reach] -= mean
    return signal


# ---------------------------------------------------------------- split


def mean_rows(rows, chosen):
    """Mean of the chosen rows."""
    return rows[chosen].astype(float).mean(axis=0)


def principal_projection(rows, chosen, mean):
    """Projection on the first principal axis after 10 products with the covariance, from the longest row."""
    centred = rows[chosen].astype(float) - mean
    axis = centred[np.argmax((centred**2).sum(axis=1))]
    for _ in range(10):
        axis = centred.T @ centred @ axis
        axis /= np.linalg.norm(axis) or 1
    return centred @ axis


def best_cut(values):
    """Index where sorted values fall into two: merge pairs that are each other's cheaper neighbour, from the left."""
    groups = [[float(v)] for v in values]

    def cost(i, j):
        if i < 0 or j >= len(groups):
            return np.inf
        gap = np.mean(groups[i]) - np.mean(groups[j])
        return gap**2 * min(len(groups[i]), len(groups[j]))

    here = 0
    while len(groups) > 2:
        other = here + 1 if cost(here, here + 1) < cost(here - 1, here) else here - 1
        low, high = min(here, other), max(here, other)
        mutual = cost(high, high + 1) >= cost(low, high) if other == high else cost(low - 1, low) > cost(low, high)
        if mutual:
            groups[low : high + 1] = [groups[low] + groups[high]]
            here = low
        else:
            here = other
    return len(groups[0])


def spatial_vector(waveform):
    """Largest w_i - w_j over time, at least 0, for each ordered pair; with fewer than 5 channels also -w and w."""
    channels = range(len(waveform))
    vector = [max(0, (waveform[i] - waveform[j]).max()) for i in channels for j in channels if i != j]
    if len(waveform) < 5:
        for line in waveform:
            vector += [max(0, (-line).max()), max(0, line.max())]
    return np.array(vector)


# ---------------------------------------------------------------- distances


def vector_distances(first, second):
    return np.array([[np.linalg.norm(a.astype(float) - b) for b in second] for a in first]).reshape(
        len(first), len(second)
    )


# ---------------------------------------------------------------- assignment


def cheapest_partners(costs):
    """The partner of each row (a list), every way to give them tried."""
    return list(
        min(permutations(range(costs.shape[1]), len(costs)), key=lambda given: sum(costs[range(len(costs)), given]))
    )


def nearest_places(places, goals, count):
    """Numbers (goals, count) of the nearest places, the lower one first where two are as near."""
    apart = [[(place[0] - goal[0]) ** 2 + (place[1] - goal[1]) ** 2 for place in places] for goal in goals]
    nearest = [sorted(range(len(places)), key=lambda n: (line[n], n))[:count] for line in apart]
    return np.array(nearest, int).reshape(len(goals), count)


# ---------------------------------------------------------------- correlograms


def count_lags(times1, times2, width, same, half):
    """(2 * half + 1,) counts; each lag goes to the nearest multiple of width, half-way away from 0."""
    counts = np.zeros(2 * half + 1, np.int64)
    for i, first in enumerate(times1):
        for j, second in enumerate(times2):
            lag = int(second) - int(first)
            place = int(abs(lag) / width + 0.5) * (1 if lag >= 0 else -1)
            if abs(place) <= half and not (same and i == j):
                counts[half + place] += 1
    return counts


# ---------------------------------------------------------------- quality


def add_moments(signal, times, units, pairs, channels, offsets):
    """{(unit, space): (count, sum, sum of products)} of the features of spikes; `pairs` says which there are."""
    found = {pair: [] for pair in pairs}
    for time, unit in zip(times, units, strict=True):
        for pair in pairs:
            if pair[0] == unit:
                found[pair].append([signal[time + o, c] for c in channels[pair[1]] for o in offsets])
    rows = {pair: np.array(rows, float).reshape(len(rows), -1) for pair, rows in found.items()}
    return {pair: (len(one), one.sum(axis=0), one.T @ one) for pair, one in rows.items()}


def measure_peaks(signal, times, units, channels, factors, near, reach):
    """Amplitude of each spike, and the sum of the waveforms of each unit, (units, 2 * reach + 1)."""
    amplitudes, sums = [], np.zeros((len(channels), 2 * reach + 1))
    for time, unit in zip(times, units, strict=True):
        waveform = factors[unit] * signal[time - reach : time + reach + 1, channels[unit]]
        amplitudes.append(waveform[reach - near : reach + near + 1].max())
        sums[unit] += waveform
    return np.array(amplitudes), sums
