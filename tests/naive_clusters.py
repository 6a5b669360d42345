"""Slow and obvious twins of the kernels of the published method: splitting in two again and again, next cluster."""

from __future__ import annotations

import numpy as np

from tests import naive


def _split(waveforms, rows, threshold):
    """Rows (k,) of both sides of the best cut along the first principal axis; None where the two are too alike."""
    if len(rows) < 2:
        return None
    flat = waveforms.reshape(len(waveforms), -1)
    projection = naive.principal_projection(flat, rows, naive.mean_rows(flat, rows))
    cut = naive.best_cut(np.sort(projection))
    order = np.argsort(projection)
    sides = np.sort(rows[order[:cut]]), np.sort(rows[order[cut:]])
    first, second = (naive.spatial_vector(waveforms[side].astype(float).mean(axis=0)) for side in sides)
    size = max((first**2).sum(), (second**2).sum())
    too_alike = size == 0 or ((first - second) ** 2).sum() < threshold**2 * size
    return None if too_alike else sides


def isolate_enough(waveforms, sample, threshold, fewest, rows=None):
    """Rows of the deepest group of enough waveforms (n, channels, width); None where there is none.

    `sample` of the first channel says how deep a group is; the other side is tried where the deeper one gives nothing.
    """
    rows = np.arange(len(waveforms)) if rows is None else rows
    if len(rows) < fewest:
        return None
    sides = _split(waveforms, rows, threshold)
    if sides is None:
        return rows
    for side in sorted(sides, key=lambda side: waveforms[side, 0, sample].mean()):
        found = isolate_enough(waveforms, sample, threshold, fewest, side)
        if found is not None:
            return found
    return None


def isolate_nearest(waveforms, threshold, template, rows=None):
    """Rows of the group whose mean differs between channels as the template (channels, width) does."""
    rows = np.arange(len(waveforms)) if rows is None else rows
    sides = _split(waveforms, rows, threshold)
    if sides is None:
        return rows
    goal = naive.spatial_vector(template)
    apart = [((naive.spatial_vector(waveforms[side].astype(float).mean(axis=0)) - goal) ** 2).sum() for side in sides]
    return isolate_nearest(waveforms, threshold, template, sides[int(np.argmin(apart))])


def next_cluster(signal, held, waveforms, fewest, merging, edge, share):
    """("found", spikes, channel), ("finished", None, -1), or ("not held", set of (channel, block), channel).

    Parameters
    ----------
    signal : has minima, places, thresholds, scores, block, nearest, and `failed`, which is changed.
    held : set of (channel, block). waveforms(peaks, channels) : (n, k, 2 * block), the peak in the middle.
    """
    while not signal.failed.all():
        channel = min(np.flatnonzero(~signal.failed), key=lambda c: signal.scores[c])
        spikes, gone = _cluster(signal, held, waveforms, channel, fewest, merging, edge, share)
        if gone:
            return "not held", gone, channel
        if len(spikes):
            return "found", spikes, channel
        signal.failed[channel] = True
    return "finished", None, -1


def _cluster(signal, held, waveforms, channel, fewest, merging, edge, share):
    """Spikes of the next unit of a channel, and the cells that are missing to tell."""
    minima, block = signal.minima, signal.block
    channels, threshold = signal.nearest[channel], signal.thresholds[channel]

    def gone(peaks):
        return naive.mark_missing(held, peaks, channels, block, block, block)

    none = np.empty(0, np.int64)
    peaks = naive.find_peaks(minima[channel], signal.places[channel], threshold, block, edge)
    if len(peaks) < fewest or gone(peaks):
        return none, len(peaks) >= fewest and gone(peaks)
    around = waveforms(peaks, channels)
    rows = isolate_enough(around, block, merging, fewest)
    if rows is None:
        return none, set()
    template = around[rows].mean(axis=0)
    peaks = naive.find_peaks(minima[channel], signal.places[channel], 0, block, edge)
    nowhere, anything = np.zeros(len(channels)), np.full(len(channels), np.inf)
    lowest = template.min(axis=1)
    peaks = peaks[naive.resembling_peaks(minima, peaks, block, channels, lowest, nowhere, anything, share)]
    if len(peaks) < fewest or gone(peaks):
        return none, len(peaks) >= fewest and gone(peaks)
    around = waveforms(peaks, channels)
    rows = isolate_nearest(around, merging, template)
    deep = around[rows, 0, block].mean() <= threshold
    return (peaks[rows], set()) if len(rows) >= fewest and deep else (none, set())
