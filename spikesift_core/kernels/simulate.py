"""Kernels of the simulator: add spikes to a recording, colour its noise.

A unit's footprint is a formula of the distance between the soma and a contact, so it moves with the tissue without
steps. One row of a footprint table describes a unit; the constants below name its columns.
"""

import math

import numpy as np

from spikesift_core.kernels.compiling import kernel

X, Y, Z = 0, 1, 2  # of the soma, um; z is the distance from the plane of the probe
COS, SIN = 3, 4  # direction of the unit's long axis in the plane of the probe
LONG, WIDE = 5, 6  # distance of decay along and across that axis, um
POWER = 7  # of the decay
REACH = 8  # distance at which nothing is left, um
SLOWNESS = 9  # delay, samples per um
MIX = 10  # share of the far shape at the far end of the long axis
SCALE = 11  # uV
SHAPE = 12  # row in the table of shapes
COLUMNS = 13

SOMA = 20.0  # um; inside this radius the delay grows slowly
MIX_LENGTH = 40.0  # um; over this distance along the long axis the shape changes


@kernel()
def contact_view(unit, dx, dy):
    """How a contact sees a unit.

    Parameters
    ----------
    unit : (COLUMNS,) float64, one row of a footprint table.
    dx, dy : contact minus soma, um.

    Returns
    -------
    size in uV (0 beyond reach), delay in samples, share of the far shape.
    """
    closeness = 1.0 - (dx * dx + dy * dy) / (unit[REACH] * unit[REACH])
    if closeness <= 0.0:
        return 0.0, 0.0, 0.0
    along = unit[COS] * dx + unit[SIN] * dy
    across = unit[COS] * dy - unit[SIN] * dx
    from_axis = (across * across + unit[Z] * unit[Z]) / (unit[WIDE] * unit[WIDE])
    decay = 1.0 + (along / unit[LONG]) ** 2 + from_axis
    size = unit[SCALE] * decay ** -unit[POWER] * closeness * closeness
    delay = unit[SLOWNESS] * (math.sqrt(dx * dx + dy * dy + SOMA * SOMA) - SOMA)
    share = unit[MIX] * 0.5 * (1.0 + along / math.sqrt(along * along + MIX_LENGTH * MIX_LENGTH))
    return size, delay, share


@kernel(
    "(float32[:, ::1], int64, float64[::1], int64[::1], float32[::1], float64[::1], float64[:, ::1], "
    "float32[:, :, :, ::1], int32[:, ::1], float64[:, ::1], int64)"
)
def add_spikes(buffer, first_sample, times, units, sizes, moves, footprints, shapes, neighbours, contacts, trough):
    """Add spikes to a stretch of a recording; of spikes that reach over its ends, the part inside.

    Parameters
    ----------
    buffer : (samples, channels) float32, uV; changed.
    first_sample : of the buffer, in samples of the recording.
    times : (spikes,) float64, samples, not rounded.
    units : (spikes,) int64, row of each spike's unit in `footprints`.
    sizes : (spikes,) float32, size relative to the unit's.
    moves : (spikes,) float64, movement of the unit along y at the spike, um.
    footprints : (units, COLUMNS) float64.
    shapes : (shapes, 2, phases + 1, length) float32, near and far shape, each delayed by phase / phases samples.
    neighbours : (units, most) int32, channels that can see the unit, then -1.
    contacts : (channels, 2) float64, um.
    trough : sample of the trough in a shape of phase 0.
    """
    most = neighbours.shape[1]
    longest_delay = 0.0
    for unit in footprints:
        longest_delay = max(longest_delay, unit[SLOWNESS] * unit[REACH])
    wave = np.empty((most, shapes.shape[3] + int(longest_delay) + 2), np.float32)
    channels = np.empty(most, np.int64)
    for spike in range(len(times)):
        unit = footprints[units[spike]]
        shape = shapes[int(unit[SHAPE])]
        at = times[spike] - trough - first_sample
        start = int(math.floor(at))
        seen = 0
        for neighbour in neighbours[units[spike]]:
            if neighbour < 0:
                break
            dx = contacts[neighbour, 0] - unit[X]
            dy = contacts[neighbour, 1] - unit[Y] - moves[spike]
            size, delay, far = contact_view(unit, dx, dy)
            if size > 0.0:
                _draw(wave[seen], shape, size * sizes[spike], at - start + delay, far)
                channels[seen] = neighbour
                seen += 1
        # Sample by sample: the channels of one sample are neighbours in memory.
        for j in range(max(0, -start), min(wave.shape[1], len(buffer) - start)):
            for k in range(seen):
                buffer[start + j, channels[k]] += wave[k, j]


@kernel()
def _draw(wave, shape, size, delay, far):
    """Fill `wave` (samples,) float32 with a spike of `shape` (2, phases + 1, length), `delay` samples late."""
    phases = shape.shape[1] - 1
    length = shape.shape[2]
    whole = int(delay)
    phase = (delay - whole) * phases
    low = min(int(phase), phases - 1)
    late = phase - low
    near_low = np.float32(size * (1.0 - far) * (1.0 - late))
    near_high = np.float32(size * (1.0 - far) * late)
    far_low = np.float32(size * far * (1.0 - late))
    far_high = np.float32(size * far * late)
    wave[:whole] = 0.0
    wave[whole + length :] = 0.0
    for j in range(length):
        near = near_low * shape[0, low, j] + near_high * shape[0, low + 1, j]
        wave[whole + j] = near + far_low * shape[1, low, j] + far_high * shape[1, low + 1, j]


@kernel("(float32[:, ::1], float32[:, ::1], float32[::1], float32[::1])")
def colour(buffer, state, forward, back):
    """Filter every channel with a filter of second order, from the state in which the last stretch left it.

    Parameters
    ----------
    buffer : (samples, channels) float32; changed.
    state : (2, channels) float32; changed.
    forward : (3,) float32, coefficients of the input.
    back : (2,) float32, coefficients of the last two outputs.
    """
    b0, b1, b2 = forward
    a1, a2 = back
    for sample in range(len(buffer)):
        for channel in range(buffer.shape[1]):
            value = buffer[sample, channel]
            out = b0 * value + state[0, channel]
            state[0, channel] = b1 * value - a1 * out + state[1, channel]
            state[1, channel] = b2 * value - a2 * out
            buffer[sample, channel] = out
