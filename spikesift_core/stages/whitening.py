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


@dataclass(frozen=True)
class Whitening:
    """What makes the noise round.

    Attributes
    ----------
    temporal : (components, components) float64, applied to the features of each channel.
    correlation : (channels, channels) float64, of the noise after that; 0 where it is not known.
    """

    temporal: np.ndarray
    correlation: np.ndarray

    def matrix(self, channels: np.ndarray) -> np.ndarray:
        """(..., f, f) float32, symmetric: features (n, f) of channels (..., k) int64, times it, have round noise."""
        root = _inverse_root(self.correlation[channels[..., :, None], channels[..., None, :]])
        both = root[..., :, None, :, None] * self.temporal[:, None, :]
        width = channels.shape[-1] * len(self.temporal)
        return both.reshape(*channels.shape[:-1], width, width).astype(np.float32)


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
        return Whitening(np.eye(len(components)), np.eye(channels))
    temporal = _inverse_root(sample.T @ sample / len(sample))
    features = np.where(counted[:, :, None], features @ temporal.astype(np.float32), np.float32(0))
    return Whitening(temporal, _correlation(features, counted))


def _correlation(features: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Of features (moments, channels, components) float32 between channels, over the moments that count for both."""
    together = counted.astype(np.float32).T @ counted.astype(np.float32) * features.shape[2]
    flat = np.ascontiguousarray(features.transpose(1, 0, 2)).reshape(features.shape[1], -1)
    correlation = (flat @ flat.T).astype(np.float64) / np.maximum(together, 1)
    correlation[together < FEWEST_QUIET] = 0
    own = np.diagonal(correlation).copy()
    correlation[np.diag_indices(len(own))] = np.where(own > 0, own, 1)
    return correlation


def _inverse_root(covariance: np.ndarray) -> np.ndarray:
    """Symmetric inverse square roots of matrices (..., f, f), small eigenvalues raised."""
    values, vectors = np.linalg.eigh(covariance)
    values = np.maximum(values, LEAST_SHARE * values.mean(axis=-1, keepdims=True))
    return (vectors / np.sqrt(values)[..., None, :]) @ np.swapaxes(vectors, -1, -2)
