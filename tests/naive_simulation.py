"""Slow and obvious twins of the kernels that simulate a recording and compare what was found with the truth."""

from __future__ import annotations

import math

import numpy as np

# Columns: x, y, z, cos, sin, long, wide, power, reach, slowness, mix, scale, shape.


def contact_view(unit, dx, dy):
    x, y, z, cos, sin, long, wide, power, reach, slowness, mix, scale, shape = unit
    distance = math.hypot(dx, dy)
    if distance >= reach:
        return 0.0, 0.0, 0.0
    along, across = np.array([[cos, sin], [-sin, cos]]) @ [dx, dy]
    decay = 1 + (along / long) ** 2 + (across / wide) ** 2 + (z / wide) ** 2
    size = scale / decay**power * (1 - (distance / reach) ** 2) ** 2
    delay = slowness * (math.hypot(distance, 20) - 20)
    return size, delay, mix * (1 + along / math.hypot(along, 40)) / 2


def add_spikes(buffer, first_sample, times, units, sizes, moves, footprints, shapes, neighbours, contacts, trough):
    phases = shapes.shape[2] - 1
    for time, unit, size, move in zip(times, units, sizes, moves, strict=True):
        row = footprints[unit]
        for channel in neighbours[unit][neighbours[unit] >= 0]:
            dx, dy = contacts[channel] - row[:2] - [0, move]
            peak, delay, far = contact_view(row, dx, dy)
            if peak == 0:
                continue
            begin = time + delay - trough
            whole = math.floor(begin)
            # Between two phases of the table: a straight line.
            near_shape, far_shape = (
                [np.interp((begin - whole) * phases, range(phases + 1), table[:, j]) for j in range(table.shape[1])]
                for table in shapes[int(row[12])].astype(float)
            )
            wave = size * peak * ((1 - far) * np.array(near_shape) + far * np.array(far_shape))
            for j, value in enumerate(wave):
                if 0 <= whole + j - first_sample < len(buffer):
                    buffer[whole + j - first_sample, channel] += value


def colour(buffer, state, forward, back):
    """Direct form, from a state of zeros: each output from the last three inputs and the last two outputs."""
    assert not state.any()
    source = np.vstack([np.zeros((2, buffer.shape[1])), buffer.astype(float)])
    out = np.zeros_like(source)
    for t in range(2, len(source)):
        out[t] = sum(forward[k] * source[t - k] for k in range(3)) - sum(back[k] * out[t - 1 - k] for k in range(2))
    buffer[:] = out[2:]


def count_coincidences(times1, units1, times2, units2, tolerance, counts):
    for time1, unit1 in zip(times1, units1, strict=True):
        for time2, unit2 in zip(times2, units2, strict=True):
            counts[unit1, unit2] += abs(time1 - time2) <= tolerance


def count_hits(train1, train2, tolerance):
    """The size of the largest one-to-one matching, from every possible pair (augmenting paths)."""
    partner = {}

    def give(i, tried):
        for j, time in enumerate(train2):
            if abs(train1[i] - time) <= tolerance and j not in tried:
                tried.add(j)
                if j not in partner or give(partner[j], tried):
                    partner[j] = i
                    return True
        return False

    return sum(give(i, set()) for i in range(len(train1)))
