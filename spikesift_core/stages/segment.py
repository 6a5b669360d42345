"""Stage 4: sort one segment: detect, match, subtract, again (ALGORITHM 5)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from spikesift_core.kernels.blocks import excess_scores, refresh_minima
from spikesift_core.kernels.cells import FINISHED, FOUND
from spikesift_core.kernels.clusters import next_cluster
from spikesift_core.kernels.detect import EDGE, find_peaks, mean_minima
from spikesift_core.kernels.subtract import subtract_mean
from spikesift_core.recording import Recording
from spikesift_core.stages.filtering import Filter, Minima
from spikesift_core.stages.held import Held


@dataclass(frozen=True)
class Signal:
    """The filtered signal of one segment and what is kept up to date with it.

    Attributes
    ----------
    held : the filtered signal. block : samples per block.
    minima, places : (channels, blocks) float32 and int16.
    thresholds : (channels,) float32. scores : (channels,) float64, see `excess_scores`.
    """

    held: Held
    block: int
    minima: np.ndarray
    places: np.ndarray
    thresholds: np.ndarray
    scores: np.ndarray

    def peaks(self, channel: int, threshold: float) -> np.ndarray:
        """Peak samples (n,) int64 of one channel below `threshold`."""
        peaks = np.empty(self.minima.shape[1], np.int64)
        count = find_peaks(self.minima[channel], self.places[channel], float(threshold), self.block, EDGE, peaks)
        return peaks[:count]

    def refresh(self, peaks: np.ndarray, channels: np.ndarray) -> None:
        """Minima and scores again on `channels`, after something was subtracted at `peaks`."""
        refresh_minima(
            self.held.cells, self.held.table, channels, peaks, EDGE, self.thresholds,
            self.minima, self.places, self.scores,
        )  # fmt: skip


def load_signal(
    recording: Recording,
    filter_: Filter,
    medians: np.ndarray,
    thresholds: np.ndarray,
    first_block: int,
    last_block: int,
    firsts: bool,
) -> tuple[Signal, np.ndarray | None]:
    """Read and filter the blocks first_block to last_block (excluded) of a recording; `medians` see `Held.read`.

    Returns
    -------
    The signal, good until this thread loads another one, and, where `firsts` are wanted, (channels, blocks) float32
    |signal| at the first sample of each block.
    """
    blocks = last_block - first_block
    found = Minima.empty(recording.recording_channels, blocks, ("minima", "places"), firsts)
    held = Held(recording, filter_, first_block, blocks)
    held.read(found, medians)
    signal = Signal(held, filter_.block, found.minima, found.places, thresholds, np.empty(len(thresholds)))
    return with_thresholds(signal, thresholds), found.firsts if firsts else None


def with_thresholds(signal: Signal, thresholds: np.ndarray) -> Signal:
    """The same signal with other thresholds (channels,) float32, and the scores that follow from them."""
    scores = np.empty(len(thresholds))
    excess_scores(signal.minima, thresholds, scores)
    return replace(signal, thresholds=thresholds, scores=scores)


def sort_signal(
    signal: Signal, nearest: np.ndarray, fewest: float, merging_threshold: float
) -> tuple[list[np.ndarray], np.ndarray]:
    """Clusters of one segment.

    Parameters
    ----------
    signal : changed: what is found is subtracted.
    nearest : (channels, k) int64, see `nearest_channels`.
    fewest : `min_spikes_per_cluster`.
    merging_threshold : see ALGORITHM 6.

    Returns
    -------
    spikes : list of (n,) int64, samples from the segment's start, sorted.
    amplitude_vectors : (clusters, channels) float32.
    """
    held, nearest = signal.held, np.ascontiguousarray(nearest)
    spikes, vectors = [], []
    failed = np.zeros(len(nearest), bool)
    peaks = np.empty(signal.minima.shape[1], np.int64)
    missing = np.empty(nearest.shape[1] * len(peaks), np.int32)
    begun, template = np.array([-1]), np.empty(nearest.shape[1] * 2 * signal.block, np.float32)
    while True:
        state, count, channel = next_cluster(
            held.cells, held.table, signal.minima, signal.places, signal.thresholds, signal.scores, failed, nearest,
            float(fewest), float(merging_threshold), begun, template, peaks, missing,
        )  # fmt: skip
        if state == FINISHED:
            return spikes, np.array(vectors, np.float32).reshape(len(vectors), len(nearest))
        if state == FOUND:
            spikes.append(peaks[:count].copy())
            vectors.append(-_subtract_cluster(signal, spikes[-1]))
        else:
            held.fill(missing[:count], nearest[channel])


def _subtract_cluster(signal: Signal, peaks: np.ndarray) -> np.ndarray:
    """Subtract a cluster where it is strong; the mean minima (channels,) float32 before that (ALGORITHM 5.6 to 5.8)."""
    means = np.empty(len(signal.thresholds), np.float32)
    mean_minima(signal.minima, peaks, signal.block, means)
    strong = np.flatnonzero(means < signal.thresholds / 2)
    reach = EDGE * signal.block
    signal.held.hold(peaks, strong, reach, reach)
    subtract_mean(signal.held.cells, signal.held.table, peaks, strong, reach)
    signal.refresh(peaks, strong)
    return means
