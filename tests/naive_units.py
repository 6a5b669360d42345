"""Slow and obvious twins of the kernels of the default method: splitting, features, following, search for units."""

from __future__ import annotations

import numpy as np

from tests import naive, naive_simulation

# ---------------------------------------------------------------- ordering, bimodal


def sort_values(values):
    """In place."""
    values[:] = sorted(values.tolist())


def two_means(values):
    """First index of the upper part for the cut with the least variance inside the parts."""
    inside = [values[:k].var() * k + values[k:].var() * (len(values) - k) for k in range(1, len(values))]
    return int(np.argmin(inside)) + 1


def _rising(edges, heights):
    """Greatest convex function below the points: at each point the lowest chord between two others."""
    best = []
    for k in range(len(edges)):
        chords = [heights[k]]
        for i in range(k):
            for j in range(k + 1, len(edges)):
                share = (edges[k] - edges[i]) / (edges[j] - edges[i])
                chords.append(heights[i] + share * (heights[j] - heights[i]))
        best.append(min(chords))
    return np.array(best)


def distance_from_unimodal(counts, lengths):
    """Distance of a distribution (mass and length of intervals) from the nearest one that rises, then falls."""
    edges, heights = np.r_[0, np.cumsum(lengths)], np.r_[0, np.cumsum(counts)]
    distances = []
    for mode in range(len(edges)):
        up = _rising(edges[: mode + 1], heights[: mode + 1])
        down = -_rising(edges[mode:], -heights[mode:])
        distances.append(np.abs(np.r_[up, down[1:]] - heights).max())
    return min(distances)


def unimodality(values, step):
    """sqrt(n) times the distance from the nearest unimodal distribution, taken in intervals of `step` values."""
    last = len(values) - 1
    at = np.r_[np.arange(0, last, step), last]
    return distance_from_unimodal(np.diff(at) / last, np.diff(values[at])) * np.sqrt(len(values))


def compare_sides(features, side):
    """Distance of the sides' means in pooled deviations (with 0.25 added to the variance), and over the larger norm."""
    first, second = features[side == 0], features[side == 1]
    apart = second.mean(axis=0) - first.mean(axis=0)
    length = np.linalg.norm(apart)
    residual = np.r_[(first - first.mean(axis=0)) @ apart, (second - second.mean(axis=0)) @ apart] / length
    norm = max(np.linalg.norm(first.mean(axis=0)), np.linalg.norm(second.mean(axis=0)))
    return length / np.sqrt((residual**2).mean() + 0.25), length / norm


def best_split(features, least_distance, spatial, side):
    """Whether a cut into `side` is far enough apart for the rule without a dip."""
    distance, relative = compare_sides(features, side)
    return distance >= least_distance + np.sqrt(features.shape[1] / len(features)) and relative >= spatial


def dip_beside(values, cut):
    """The values whose dip it is: the smaller side of a cut, and twice as many of the larger side next to it."""
    lower, upper = np.split(values, [cut])
    if len(lower) <= len(upper):
        return np.r_[lower, upper[: 2 * len(lower)]]
    return np.r_[lower[-2 * len(upper) :], upper]


# ---------------------------------------------------------------- features


def project_spikes(signal, peaks, channels, before, components, scale):
    """Features (peaks, channels * components) of signal (channels, samples)."""
    width = components.shape[1]
    pieces = [[signal[c, p - before : p - before + width] for c in channels] for p in peaks]
    return np.array([np.concatenate([components @ line * s for line, s in zip(p, scale, strict=True)]) for p in pieces])


def mean_waveform(signal, peaks, channels, before, width):
    """Mean signal (channels, width) around peaks."""
    return np.mean([[signal[c, p - before : p - before + width] for c in channels] for p in peaks], axis=0)


def subtract_fitted(signal, peaks, channels, before, waveform, weight, least_gain, most_gain, most_shift):
    """`signal` (channels, samples) less, at each peak in turn, gain * (waveform + shift * its slope)."""
    signal = signal.astype(float)
    slope = np.zeros(waveform.shape)
    slope[:, 1:-1] = (waveform[:, 2:] - waveform[:, :-2]) / 2
    root = np.sqrt(weight)[:, None]
    basis = np.c_[(root * waveform).ravel(), (root * slope).ravel()]
    for p in peaks:
        where = np.ix_(channels, np.arange(p - before, p - before + waveform.shape[1]))
        gain, tilt = np.linalg.lstsq(basis, (root * signal[where]).ravel(), rcond=None)[0]
        shift = np.clip(tilt / gain, -most_shift, most_shift) if gain > 0 else 0
        gain = np.clip(gain, least_gain, most_gain)
        signal[where] -= gain * (waveform + shift * slope)
    return signal


# ---------------------------------------------------------------- following


def move_templates(templates, homes, near, weights, sources, landings, moved):
    """`moved`: through arrays over all channels."""
    moved = np.zeros_like(moved)
    for i, (template, home) in enumerate(zip(templates, homes, strict=True)):
        everywhere = np.zeros((len(near), template.shape[1]))
        everywhere[near[home]] = template
        shifted = np.array([weights[channel] @ everywhere[sources[channel]] for channel in range(len(near))])
        moved[i] = shifted[near[landings[home]]]
    return moved


def differences(first, first_homes, first_places, second, second_homes, second_places, near, reach, out):
    """`out`: through arrays over all channels."""

    def everywhere(template, home):
        values = np.zeros((len(near), template.shape[1]))
        values[near[home]] = template
        return values

    out = np.full(out.shape, np.inf)
    for i in range(len(first)):
        for j in range(len(second)):
            one, other = everywhere(first[i], first_homes[i]), everywhere(second[j], second_homes[j])
            larger = max(np.linalg.norm(one), np.linalg.norm(other))
            if larger > 0 and np.linalg.norm(first_places[i] - second_places[j]) <= reach:
                out[i, j] = np.linalg.norm(one - other) / larger
    return out


# ---------------------------------------------------------------- isolate


def remove_trend(features, times):
    """Features less the quadratic that fits them best over times; their mean stays."""
    t = (times - times.mean()) / max(np.ptp(times), 1)
    powers = np.c_[np.ones(len(t)), t, t * t]
    fitted = powers @ np.linalg.lstsq(powers, features.astype(float), rcond=1e-9)[0]
    return features - fitted + features.mean(axis=0)


def one_unit(features, times, cut, fewest, template=None):
    """Rows of one unit; cut(features, times) gives the side, 0 or 1, of every spike, or None where it is one unit."""
    rows = list(range(len(features)))
    while rows and (side := cut(features[rows], times[rows])) is not None:
        parts = [[row for row, its in zip(rows, side, strict=True) if its == which] for which in (0, 1)]
        if template is None:
            rows = max(parts, key=len)
        else:
            large = [part for part in parts if len(part) >= fewest] or parts
            rows = min(large, key=lambda part: ((features[part].mean(axis=0) - template) ** 2).sum())
    return rows


# ---------------------------------------------------------------- finding
# `rules` has the constants of the kernels' file.


def find_candidates(minima, places, threshold, block, retired, rules):
    """Peaks of one channel less those tried in vain and those close to a much deeper one."""
    peaks = naive.find_peaks(minima, places, threshold, block, rules.EDGE)
    depth = {peak: minima[peak // block] for peak in peaks}

    def is_lobe(peak):
        near = [other for other in peaks if other != peak and abs(other - peak) < rules.LOBE_REACH * block]
        return any(depth[other] < rules.LOBE_RATIO * depth[peak] for other in near)

    return np.array([peak for peak in peaks if not is_lobe(peak) and not retired[peak // block]], np.int64)


def next_unit(signal, held, features, cut, before, after, fewest, rules):
    """("found", spikes, channel), ("finished", None, -1), or ("not held", set of (channel, block), channel).

    Parameters
    ----------
    signal : has minima, places, thresholds, scores, block, noise, floor, nearest, and what is changed: finished and
        retired. held : set of (channel, block). features(peaks, channel) : with round noise. cut : see `one_unit`.
    """
    while True:
        excess = {c: signal.scores[c] / signal.noise[c] for c in np.flatnonzero(~signal.finished)}
        channel = min(excess, key=excess.get, default=None)
        if channel is None or excess[channel] >= 0:
            return "finished", None, -1
        lowest, places, channels = signal.minima[channel], signal.places[channel], signal.nearest[channel]

        def gone(peaks, channels=channels):
            return naive.mark_missing(held, peaks, channels, before, after, signal.block)

        threshold = signal.thresholds[channel]
        candidates = find_candidates(lowest, places, threshold, signal.block, signal.retired[channel], rules)
        if len(candidates) < fewest:
            signal.finished[channel] = True
            continue
        if gone(candidates):
            return "not held", gone(candidates), channel
        points = features(candidates, channel)
        rows = one_unit(points, candidates, cut, fewest)
        tried = candidates[rows]
        if len(tried) >= fewest:
            matching, caution = _matching(signal, tried, channel, rules)
            if gone(matching):
                return "not held", gone(matching), channel
            template = points[rows].mean(axis=0)
            spikes = _like(template, features(matching, channel), matching, caution, cut, fewest)
            if _is_strong(lowest[spikes // signal.block] / signal.noise[channel], fewest, rules):
                return "found", spikes, channel
        signal.retired[channel, tried // signal.block] = True


def at_deepest(signal, features, cut, fewest, rules, units, channel, spikes):
    """Channel and spikes of a unit where it is deepest; `signal`, ..., `rules` as in `next_unit`, `units` has more."""
    depths = {c: signal.minima[c, spikes // signal.block].mean() / signal.noise[c] for c in signal.around[channel]}
    where = min(depths, key=depths.get)
    if where == channel or depths[where] >= units.DEEPER * depths[channel]:
        return channel, spikes
    threshold, within = -rules.MATCH_DEPTH * signal.noise[where], int(units.BESIDE * signal.block)
    tried = naive.find_peaks(signal.minima[where], signal.places[where], threshold, signal.block, rules.EDGE)
    tried = tried[abs(tried[:, None] - spikes).min(axis=1) <= within]
    if len(tried) < fewest:
        return channel, spikes
    matching, caution = _matching(signal, tried, where, rules)
    found = _like(features(tried, where).mean(axis=0), features(matching, where), matching, caution, cut, fewest)
    if not _is_strong(signal.minima[where, found // signal.block] / signal.noise[where], fewest, rules):
        return channel, spikes
    again = naive_simulation.count_hits(found, spikes, within)
    return (where, found) if again >= units.SAME_SHARE * len(spikes) else (channel, spikes)


def _matching(signal, spikes, channel, rules):
    """Minima that may be of the same unit as spikes, and what `MATCH_CAUTION` asks of their projections."""
    channels, noise, block = signal.nearest[channel], signal.noise, signal.block
    depths = np.array([signal.minima[channels, spike // block] for spike in spikes]).mean(axis=0)
    threshold = min(-rules.MATCH_DEPTH * noise[channel], rules.MATCH_SHARE * depths[0])
    peaks = naive.find_peaks(signal.minima[channel], signal.places[channel], threshold, block, rules.EDGE)
    support = -rules.MATCH_SUPPORT * noise[channels]
    floor = signal.floor[channels]
    keep = naive.resembling_peaks(signal.minima, peaks, block, channels, depths, floor, support, rules.RESEMBLING)
    return peaks[keep], rules.MATCH_CAUTION * max(0, np.log(len(peaks) / len(spikes)))


def _like(template, points, peaks, caution, cut, fewest):
    """The spikes of the unit most like a template, none where few peaks are like it at all."""
    alike = np.flatnonzero(points @ template > template @ template / 2 + caution)
    if len(alike) < fewest:
        return alike[:0]
    return peaks[alike][one_unit(points[alike], peaks[alike], cut, fewest, template)]


def _is_strong(depths, fewest, rules):
    """Whether spikes of these minima, in noise deviations, are enough and deep enough for a unit."""
    if len(depths) < fewest:
        return False
    depth = -depths.mean()
    return depth >= rules.UNIT_DEPTH and len(depths) * depth**2 >= fewest * rules.LEAST_EVIDENCE
