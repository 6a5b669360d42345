"""The signals that `page_states.py` writes into files: a simulated recording, and what goes wrong in recordings."""

import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from spikesift_core.simulate import simulate

RATE, CHANNELS, SECONDS = 30_000, 32, 15


@cache
def simulated():
    """The recording that most states show: 32 channels, with drift; made once."""
    folder = Path(tempfile.mkdtemp(prefix="states-sim-"))
    return simulate(folder / "rat12_day3", channels=CHANNELS, seconds=SECONDS, units=20, drift=20.0, seed=1)


@cache
def samples():
    """(samples, channels) int16, the values of `simulated()`."""
    return np.fromfile(simulated().binary_file, np.int16).reshape(-1, CHANNELS)


def at(rows, values):
    """Change some channels or samples: `values` is what they become, or a function of them."""

    def make(data):
        data[rows] = values(data[rows]) if callable(values) else values
        return data

    return make


def clipped(data):
    """Channels 3 and 9 swing from limit to limit."""
    swing = np.sign(np.sin(np.arange(len(data)) / 300.0)) * 40_000
    data[:, [3, 9]] = np.clip(data[:, [3, 9]] + swing[:, None], -32768, 32767).astype(np.int16)
    return data


def second_half(data, add):
    """Another signal from the middle on."""
    half = len(data) // 2
    data[half:] = add(data[half:])
    return data


def hummed(data):
    """Noise that all channels share."""
    return data + np.random.default_rng(0).normal(0, 90, (len(data), 1)).astype(np.int16)


def hum_of_60(data):
    """Mains hum of 60 Hz in a recording of 30 000 Hz that is said to have 20 000 Hz."""
    time = np.arange(len(data))[:, None] / RATE
    hum = sum(np.sin(2 * np.pi * 60 * multiple * time) / multiple for multiple in (1, 3, 5))
    return data + (60 * hum).astype(np.int16)


def cut_off(data):
    """Channel 7 is cut off at one value."""
    data[:, 7] = np.minimum(data[:, 7] * np.int16(8), np.int16(300))
    return data
