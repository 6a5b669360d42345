"""Binary splitting of waveforms along their first principal axis (ALGORITHM 6)."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.compiling import kernel

PRODUCTS = 10  # with the covariance; the published number


@kernel()
def mean_rows(rows, chosen, mean):
    """Mean of the chosen rows (k,) int64 of rows (n, features) float32; mean : (features,) float32, written."""
    total = np.zeros(len(mean))
    for i in chosen:
        row = rows[i]
        for t in range(len(total)):
            total[t] += row[t]
    for t in range(len(mean)):
        mean[t] = total[t] / len(chosen)


@kernel(any_order=True)
def principal_projection(rows, chosen, mean, projection):
    """Project the chosen rows, less their mean, on their first principal axis.

    Power iteration from the row with the largest norm. The covariance is never formed: a product with it is two
    products with the data.

    Parameters
    ----------
    rows : (n, features) float32. chosen : (k,) int64. mean : (features,) float32.
    projection : (k,) float32, written.
    """
    count, width = len(chosen), len(mean)
    centred = np.empty((count, width), np.float32)
    longest = np.float32(-1)
    start = 0
    for i in range(count):
        row = rows[chosen[i]]
        norm = np.float32(0)
        for t in range(width):
            value = row[t] - mean[t]
            centred[i, t] = value
            norm += value * value
        if norm > longest:
            longest = norm
            start = i
    axis = centred[start].copy()
    product = np.empty(width, np.float32)
    for step in range(PRODUCTS + 1):
        norm = np.float32(0)
        for t in range(width):
            norm += axis[t] * axis[t]
        scale = np.float32(1) / np.sqrt(norm) if norm > 0 else np.float32(0)
        for t in range(width):
            axis[t] *= scale
            product[t] = 0
        for i in range(count):
            row = centred[i]
            along = np.float32(0)
            for t in range(width):
                along += row[t] * axis[t]
            projection[i] = along
            if step < PRODUCTS:
                for t in range(width):
                    product[t] += along * row[t]
        if step < PRODUCTS:
            for t in range(width):
                axis[t] = product[t]


@kernel()
def _merge_cost(total, size, left, right):
    """(difference of means)^2 * the smaller size; infinite where there is no neighbour."""
    if left < 0 or right == len(total):
        return np.inf
    difference = total[left] / size[left] - total[right] / size[right]
    return difference * difference * min(size[left], size[right])


@kernel()
def best_cut(values):
    """Where sorted values fall into two groups.

    Every value starts as a cluster of its own. Neighbours are merged, always a pair in which each is the other's
    cheaper neighbour (the lower one, if tied), until two are left.

    Parameters
    ----------
    values : (n,) float64, sorted, n >= 2.

    Returns
    -------
    Index of the first value of the upper cluster.
    """
    n = len(values)
    total, size = np.empty(n), np.empty(n, np.int64)
    below, above = np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):
        total[i], size[i], below[i], above[i] = values[i], 1, i - 1, i + 1
    here = 0  # a cluster is named by the index of its first value
    for _ in range(n - 2):
        while True:
            down = _merge_cost(total, size, below[here], here)
            up = _merge_cost(total, size, here, above[here])
            if up < down:
                other = above[here]
                if _merge_cost(total, size, other, above[other]) >= up:
                    break
            else:
                other = below[here]
                if _merge_cost(total, size, below[other], other) > down:
                    break
            here = other
        low = min(here, other)
        gone = above[low]
        total[low] += total[gone]
        size[low] += size[gone]
        above[low] = above[gone]
        if above[low] < n:
            below[above[low]] = low
        here = low
    return above[0]


@kernel()
def spatial_vector(waveform, vector):
    """How a mean waveform differs between channels: for each ordered pair the largest w_i - w_j over time, at least 0.

    With fewer than five channels the largest -w and the largest w of each channel follow the pairs.

    Parameters
    ----------
    waveform : (channels, width) float32.
    vector : (20,) float32 for 5 or 4 channels, (channels * (channels + 1),) for fewer; written.
    """
    channels, width = waveform.shape
    k = 0
    for i in range(channels):
        for j in range(channels):
            if i == j:
                continue
            best = np.float32(0)
            for t in range(width):
                best = max(best, waveform[i, t] - waveform[j, t])
            vector[k] = best
            k += 1
    if channels < 5:
        for i in range(channels):
            deepest = np.float32(0)
            highest = np.float32(0)
            for t in range(width):
                deepest = max(deepest, -waveform[i, t])
                highest = max(highest, waveform[i, t])
            vector[k] = deepest
            vector[k + 1] = highest
            k += 2
