"""Small made-up signals of one segment with units in noise, for the tests of the default method."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from spikesift_core.stages.components import learn_components
from spikesift_core.stages.segment import Signal, with_thresholds
from spikesift_core.stages.units import surroundings
from tests.core.test_sorting_kernels import in_cells

BLOCK = 30
COLUMN = np.c_[np.zeros(6), np.arange(6) * 20.0].astype(np.float32)
LASTING = np.exp(-0.5 * (np.arange(-6, 7) / 2.0) ** 2)  # noise that was filtered lasts for some samples
SHAPE = -np.exp(-0.5 * ((np.arange(40) - 15) / 3.0) ** 2) + 0.3 * np.exp(-0.5 * ((np.arange(40) - 26) / 5.0) ** 2)


def nothing_to_do(*what):
    """`Held.hold` and `Held.fill` where everything is there."""


def all_held(signal):
    """In place of `stages.held.Held`: everything is there."""
    cells, table = in_cells(signal, BLOCK)
    return SimpleNamespace(cells=cells, table=table, hold=nothing_to_do, fill=nothing_to_do)


def signal_of(trace, thresholds):
    """`Signal` of filtered samples (channels, samples)."""
    cut = trace.reshape(len(trace), -1, BLOCK)
    places = cut.argmin(axis=2).astype(np.int16)
    return with_thresholds(
        Signal(all_held(trace), BLOCK, cut.min(axis=2), places, thresholds, np.empty(len(trace))), thresholds
    )


def made(units, blocks=600, noise=1.0, seed=0):
    """(Signal, noise) of filtered white noise with units given as (peak samples, footprint over channels)."""
    white = np.random.default_rng(seed).normal(0, noise / np.linalg.norm(LASTING), (6, blocks * BLOCK))
    signal = np.array([np.convolve(line, LASTING, "same") for line in white], np.float32)
    for peaks, footprint in units:
        for peak in peaks:
            signal[:, peak - 15 : peak + 25] += np.outer(footprint, SHAPE)
    deviation = np.full(6, noise, np.float32)
    return signal_of(signal, (-4.5 * deviation).astype(np.float32)), deviation


def every(step, start, blocks=600):
    """Peak samples at even distances."""
    return np.arange(start, (blocks - 4) * BLOCK, step)


def around(signal, noise):
    """`Surroundings` of `COLUMN` with components learnt from the signal."""
    return surroundings(COLUMN, learn_components(signal, noise), BLOCK)
