"""Features in which the noise of a segment is round: equally large in every direction, whatever the channels share.

The noise of the filtered signal is correlated over time (so that some temporal components carry far more of it than
others) and over channels. Both are measured where nothing fires and taken to be independent of each other: a
covariance of the components, the same on all channels, times a correlation of the channels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_core.kernels.features import project_spikes
from spikesift_core.stages.segment import Signal

MOMENTS = 200, 600  # looked at in a segment, at least and at most; between them ...
LOOKED_AT = 80_000  # ... so many in all channels together
QUIET = 4.0  # noise deviations; a channel with a deeper minimum close by is left out
FEWEST_QUIET = 50  # moments; with fewer the noise counts as round already
LEAST_SHARE = 0.05  # of the mean eigenvalue: directions with less noise are not stretched further
EDGE = 3  # blocks at either end that are left alone
SETS_AT_ONCE = 512  # of channels: what is looked at for more would not stay small


@dataclass(frozen=True)
class Whitening:
    """What makes the noise round.

    Attributes
    ----------
    temporal : (components, components) float64, applied to the features of each channel.
    quiet : (channels, moments * components) float32, noise after that; 0 where something fires.
    counted : (channels, moments) float32, 1 where nothing fires.
    """

    temporal: np.ndarray
    quiet: np.ndarray
    counted: np.ndarray

    def matrices(self, sets: np.ndarray) -> np.ndarray:
        """`matrix` of each of several sets of channels (sets, k) int64, (sets, f, f) float32."""
        parts = [self.matrix(sets[start : start + SETS_AT_ONCE]) for start in range(0, len(sets), SETS_AT_ONCE)]
        return np.concatenate(parts)

    def matrix(self, channels: np.ndarray) -> np.ndarray:
        """(..., f, f) float32, symmetric: features (n, f) of channels (..., k) int64, times it, have round noise."""
        root = _inverse_root(self._correlation(channels))
        both = root[..., :, None, :, None] * self.temporal[:, None, :]
        width = channels.shape[-1] * len(self.temporal)
        return both.reshape(*channels.shape[:-1], width, width).astype(np.float32)

    def _correlation(self, channels: np.ndarray) -> np.ndarray:
        """Of the noise between channels (..., k), over the moments that count for both; 0 where it is not known."""
        quiet, counted = self.quiet[channels], self.counted[channels]
        together = counted @ np.swapaxes(counted, -1, -2) * len(self.temporal)
        correlation = (quiet @ np.swapaxes(quiet, -1, -2)).astype(np.float64) / np.maximum(together, 1)
        correlation[together < FEWEST_QUIET] = 0
        own = np.diagonal(correlation, axis1=-2, axis2=-1)
        return correlation + np.where(own > 0, 0, 1)[..., None] * np.eye(channels.shape[-1])


def measure_noise(signal: Signal, noise: np.ndarray, components: np.ndarray, before: int) -> Whitening:
    """`Whitening` of a segment.

    Parameters
    ----------
    noise : (channels,) float32, standard deviations. components : (components, width) float32, `before` of whose
    samples come before the peak.
    """
    channels, blocks = signal.minima.shape
    count = min(max(LOOKED_AT // channels, MOMENTS[0]), MOMENTS[1])
    moments = np.unique(np.linspace(EDGE, max(EDGE, blocks - 1 - EDGE), count).astype(np.int64))
    moments = moments[moments < blocks - EDGE]
    features = np.empty((len(moments), channels * len(components)), np.float32)
    scale = (1 / np.where(noise > 0, noise, np.inf)).astype(np.float32)
    samples, everywhere = moments * signal.block, np.arange(channels)
    signal.held.hold(samples, everywhere, before, components.shape[1] - before)
    project_spikes(signal.held.cells, signal.held.table, samples, everywhere, before, components, scale, features)
    features = features.reshape(len(moments), channels, len(components))
    counted = np.ones((len(moments), channels), bool)
    for step in (-1, 0, 1):
        counted &= (signal.minima[:, moments + step] > -QUIET * noise[:, None]).T
    sample = features[counted].astype(np.float64)
    if len(sample) < FEWEST_QUIET:
        return Whitening(np.eye(len(components)), *(np.zeros((channels, 1), np.float32) for _ in range(2)))
    temporal = _inverse_root(sample.T @ sample / len(sample))
    features = np.where(counted[:, :, None], features @ temporal.astype(np.float32), np.float32(0))
    quiet = np.ascontiguousarray(features.transpose(1, 0, 2)).reshape(channels, -1)
    return Whitening(temporal, quiet, np.ascontiguousarray(counted.T, np.float32))


def _inverse_root(covariance: np.ndarray) -> np.ndarray:
    """Symmetric inverse square roots of matrices (..., f, f), small eigenvalues raised."""
    values, vectors = np.linalg.eigh(covariance)
    values = np.maximum(values, LEAST_SHARE * values.mean(axis=-1, keepdims=True))
    return (vectors / np.sqrt(values)[..., None, :]) @ np.swapaxes(vectors, -1, -2)
