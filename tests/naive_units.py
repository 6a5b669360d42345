"""Slow and obvious twins of the kernels of the default method: splitting, features, following."""

from __future__ import annotations

import numpy as np

# ---------------------------------------------------------------- bimodal


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
