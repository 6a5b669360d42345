"""The recordings that the published package and ours sort for comparison. Needs NumPy only.

They are made anew each time, from NumPy's legacy random numbers, whose stream never changes.
"""

from __future__ import annotations

import hashlib

import numpy as np

CASES = {
    # name: channels, columns, rate, seconds, units, data type, and arguments for sorting
    "two_columns": (16, 2, 30000.0, 6.0, 7, "int16", {"min_segment_length": 1.0}),
    "tetrode": (4, 2, 15000.0, 8.0, 4, "int16", {"min_segment_length": 1.5, "detection_sensitivity": 8}),
    "upward_floats": (24, 1, 24414.0625, 3.0, 8, "float32", {"min_segment_length": 0.5, "detection_polarity": 1.0}),
    "four_columns": (
        33, 4, 20000.0, 4.0, 12, "uint16",
        {"min_segment_length": 0.7, "merging_threshold": 0.3, "min_spikes_per_cluster": 3.5, "max_drift": 52},
    ),
}  # fmt: skip


def probe(channels, columns):
    """(channels, 2) um: `columns` columns 20 um apart, rows 25 um apart, every second row moved by 7 um."""
    row = np.arange(channels) // columns
    return np.c_[(np.arange(channels) % columns) * 20.0 + (row % 2) * 7.0, row * 25.0]


def signal(name):
    """(samples, channels) of one case, in its data type."""
    channels, columns, rate, seconds, units, kind, arguments = CASES[name]
    random = np.random.RandomState(sum(map(ord, name)))
    contacts = probe(channels, columns)
    samples = int(rate * seconds)
    noise = random.normal(0, 6, (samples, channels))
    trace = noise + 0.4 * np.roll(noise, 1, axis=1) + 0.5 * np.roll(noise, 1, axis=0)
    t = (np.arange(-60, 90)) / rate * 1000
    for _ in range(units):
        place = contacts[random.randint(channels)] + random.uniform(-12, 12, 2)
        height, width = random.uniform(90, 300), random.uniform(0.12, 0.22)
        shape = -np.exp(-0.5 * (t / width) ** 2) + 0.45 * np.exp(-0.5 * ((t - 0.6) / 0.35) ** 2)
        times = np.cumsum(random.gamma(2.0, rate / 2 / random.uniform(5, 18), 400)).astype(int) + 100
        for time in times[times < samples - 200]:
            drift = 12.0 * np.sin(2 * np.pi * time / samples)
            distance = np.hypot(*(contacts - place - [0, drift]).T)
            size = height * random.normal(1, 0.06) / (1 + (distance / 28) ** 2)
            trace[time - 60 : time + 90] += shape[:, None] * size
    trace *= -np.sign(arguments.get("detection_polarity", -1.0))
    if kind == "uint16":
        trace += 2000
    return (trace if kind == "float32" else np.rint(trace)).astype(kind)


def fingerprint(array):
    """Hash of the bytes, to notice when the recording itself has changed."""
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
