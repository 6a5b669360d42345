"""From the features of spikes on one channel to the spikes of one unit (ALGORITHM part 2, points 2 to 6)."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.bimodal import best_split
from spikesift_core.kernels.compiling import kernel

# Pooled standard deviations between the means of two sides. Cutting one Gaussian in two gives below 3.2, a unit that is
# stretched evenly by drift 3.5; with two modes in sight, and with the trend taken out, less is enough.
LEAST_DISTANCE = 4.0
DIP_DISTANCE = 2.4
TREND_DISTANCE = 2.7
FEWEST_FOR_TREND = 20  # spikes; three numbers are fitted to each feature
# With a dip in the projections, two units may be as alike as this (difference of means over the larger norm).
LEAST_RELATIVE = 0.2
# One Gaussian stays below 0.75 in all but one of a hundred draws of 30 spikes, and of more.
LEAST_DIP = 0.75


@kernel()
def _remove(features, course):
    """Take what is along `course` (n,) float64 of unit length out of each column of features (n, f) float32."""
    for a in range(features.shape[1]):
        along = 0.0
        for i in range(len(course)):
            along += course[i] * features[i, a]
        for i in range(len(course)):
            features[i, a] -= along * course[i]


@kernel()
def _without(course, other):
    """Make `course` orthogonal to `other` of unit length."""
    along = 0.0
    for i in range(len(course)):
        along += course[i] * other[i]
    for i in range(len(course)):
        course[i] -= along * other[i]


@kernel()
def _to_unit_length(course):
    """Returns False where nothing is left of it."""
    size = 0.0
    for value in course:
        size += value * value
    if size <= 1e-20 * len(course):
        return False
    size = np.sqrt(size)
    for i in range(len(course)):
        course[i] /= size
    return True


@kernel()
def remove_trend(features, times):
    """Take the quadratic trend over times (n,) int64 out of features (n, f) float32; their mean stays."""
    n = len(times)
    first, last, mean = times[0], times[0], 0.0
    for time in times:
        first, last = min(first, time), max(last, time)
        mean += time / n
    constant, linear, square = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        constant[i] = 1.0
    _to_unit_length(constant)
    for i in range(n):
        linear[i] = (times[i] - mean) / max(last - first, 1)
        square[i] = linear[i] * linear[i]
    _without(linear, constant)
    _without(square, constant)
    if _to_unit_length(linear):
        _remove(features, linear)
        _without(square, linear)
        if _to_unit_length(square):
            _remove(features, square)


@kernel()
def _nearer_side(features, rows, side, template):
    """Which side's mean is nearer to a template (f,), 0 if neither is."""
    sizes = np.zeros(2)
    for i in range(len(rows)):
        sizes[side[i]] += 1
    far = np.zeros(2)
    for a in range(len(template)):
        means = np.zeros(2)
        for i in range(len(rows)):
            means[side[i]] += features[rows[i], a]
        for s in range(2):
            apart = means[s] / max(sizes[s], 1.0) - template[a]
            far[s] += apart * apart
    return 1 if far[1] < far[0] else 0


@kernel(once=True)
def one_unit(features, times, spatial, fewest, template, rows):
    """Spikes of one unit: cut in two and go on with one side until nothing can be cut.

    Where the spikes as they are look like one unit, they are looked at again less their trend in time: drift stretches
    units and hides what lies between them.

    Parameters
    ----------
    features : (n, f) float32, with round noise. times : (n,) int64. spatial : see `best_split`.
    fewest : a side of fewer spikes is taken for outliers and left, wherever it lies, if there is another.
    template : (f,) float32; the side whose mean is nearer is kept. Empty: the larger side is.
    rows : (n,) int64, written: which spikes, in their order.

    Returns
    -------
    How many spikes.
    """
    count = len(features)
    for i in range(count):
        rows[i] = i
    part, when = np.empty((count, features.shape[1]), np.float32), np.empty(count, np.int64)
    side = np.empty(count, np.int8)
    while count > 0:
        for i in range(count):
            for a in range(features.shape[1]):
                part[i, a] = features[rows[i], a]
            when[i] = times[rows[i]]
        second = 0
        for again in range(2):
            if again:
                if count < FEWEST_FOR_TREND:
                    break
                remove_trend(part[:count], when[:count])
            least = TREND_DISTANCE if again else LEAST_DISTANCE
            best_split(part[:count], least, spatial, DIP_DISTANCE, LEAST_RELATIVE, LEAST_DIP, side[:count])
            second = 0
            for i in range(count):
                second += side[i]
            if 0 < second < count:
                break
            second = 0
        if second == 0:
            return count
        first = count - second
        kept = 1 if second > first else 0
        if len(template) > 0 and (first >= fewest) == (second >= fewest):
            kept = _nearer_side(features, rows[:count], side, template)
        left = 0
        for i in range(count):
            if side[i] == kept:
                rows[left] = rows[i]
                left += 1
        count = left
    return count
