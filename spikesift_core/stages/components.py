"""Temporal components: a few shapes that describe every spike of a recording (ALGORITHM part 2)."""

from __future__ import annotations

import numpy as np

from spikesift_core.kernels.detect import cut_waveforms
from spikesift_core.stages.segment import Signal

COMPONENTS = 4
BEFORE_MS, AFTER_MS = 0.7, 1.1
CLEAR = 7.0  # noise deviations; spikes that deep show their shape
MOST = 20_000  # spikes looked at
FEWEST = 200  # below this the standard shapes are used


def window(block: int) -> tuple[int, int]:
    """Samples before the peak and samples in all of a component."""
    before = max(2, round(BEFORE_MS * block))
    return before, before + max(3, round(AFTER_MS * block))


def learn_components(signal: Signal, noise: np.ndarray) -> np.ndarray:
    """The first principal components (COMPONENTS, width) float32 of unit-norm spikes, orthonormal.

    Parameters
    ----------
    signal : of one stretch of the recording. noise : (channels,) float32, standard deviations.
    """
    before, width = window(signal.block)
    pieces = []
    for channel in np.flatnonzero(noise > 0):
        peaks = signal.peaks(channel, -CLEAR * noise[channel])[: MOST // len(noise) + 20]
        if len(peaks):
            pieces.append(_cut(signal, peaks, channel, before, width))
    pieces.append(standard_shapes(signal.block)[: max(0, FEWEST - sum(map(len, pieces)))])
    shapes = np.concatenate(pieces).astype(np.float64)
    shapes /= np.linalg.norm(shapes, axis=1, keepdims=True) + 1e-12
    _, vectors = np.linalg.eigh(shapes.T @ shapes)
    components = vectors[:, ::-1][:, :COMPONENTS].T
    components *= np.sign(-components[:, before : before + 1]) + (components[:, before : before + 1] == 0)
    return np.ascontiguousarray(components, np.float32)


def _cut(signal: Signal, peaks: np.ndarray, channel: int, before: int, width: int) -> np.ndarray:
    pieces = np.empty((len(peaks), 1, width), np.float32)
    channels = np.array([channel])
    signal.held.hold(peaks, channels, before, width - before)
    cut_waveforms(signal.held.cells, signal.held.table, peaks, channels, before, pieces)
    return pieces[:, 0]


def standard_shapes(block: int) -> np.ndarray:
    """Troughs of several widths with and without an after-wave, (FEWEST, width): for recordings with too few spikes."""
    before, width = window(block)
    t = (np.arange(width) - before) / block
    shapes = [
        -np.exp(-0.5 * ((t - late) / narrow) ** 2) + after * np.exp(-0.5 * ((t - 2.5 * narrow) / (1.5 * narrow)) ** 2)
        for narrow in np.linspace(0.08, 0.25, 10)
        for after in (0.0, 0.2, 0.4, 0.6)
        for late in np.linspace(-0.04, 0.04, 5)
    ]
    return np.array(shapes, np.float32)
