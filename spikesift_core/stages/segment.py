"""Stage 4: sort one segment: detect, match, subtract, again (ALGORITHM 5)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from spikesift_core.kernels.blocks import excess_scores, refresh_minima
from spikesift_core.kernels.detect import EDGE, cut_waveforms, find_peaks, mean_minima, resembling_peaks
from spikesift_core.kernels.subtract import subtract_mean
from spikesift_core.recording import Recording
from spikesift_core.stages.filtering import Filter, Minima
from spikesift_core.stages.held import Held
from spikesift_core.stages.splitting import isolate, isolate_enough, whole


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

    def waveforms(self, peaks: np.ndarray, channels: np.ndarray) -> np.ndarray:
        """Signal (n, channels, 2 * block) float32 from one block before to one block after each peak."""
        waveforms = np.empty((len(peaks), len(channels), 2 * self.block), np.float32)
        self.held.hold(peaks, channels, self.block, self.block)
        cut_waveforms(self.held.cells, self.held.table, peaks, channels, self.block, waveforms)
        return waveforms

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
) -> tuple[Signal, np.ndarray]:
    """Read and filter the blocks first_block to last_block (excluded) of a recording; `medians` see `Held.read`.

    Returns
    -------
    The signal, and (channels, blocks) float32 |signal| at the first sample of each block.
    """
    found = Minima.empty(recording.recording_channels, last_block - first_block)
    held = Held(recording, filter_, first_block, last_block - first_block)
    held.read(found, medians)
    signal = Signal(held, filter_.block, found.minima, found.places, thresholds, np.empty(len(thresholds)))
    return with_thresholds(signal, thresholds), found.firsts


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
    spikes, vectors = [], []
    failed = np.zeros(len(nearest), bool)
    while not failed.all():
        channel = int(np.argmin(np.where(failed, np.inf, signal.scores)))
        found = _find_cluster(signal, nearest[channel], fewest, merging_threshold)
        if found is None:
            failed[channel] = True
            continue
        means = _subtract_cluster(signal, found)
        spikes.append(found)
        vectors.append(-means)
    return spikes, np.array(vectors, np.float32).reshape(len(vectors), len(nearest))


def _find_cluster(signal: Signal, channels: np.ndarray, fewest: float, merging_threshold: float) -> np.ndarray | None:
    """Spikes (n,) int64 of the next unit on channels[0], or None (ALGORITHM 5.2 to 5.5)."""
    channel = channels[0]
    peaks = signal.peaks(channel, signal.thresholds[channel])
    if len(peaks) < fewest:
        return None
    waveforms = signal.waveforms(peaks, channels)
    template = isolate_enough(
        waveforms, whole(waveforms), merging_threshold, lambda side: side.mean[0, signal.block], fewest
    )
    if template is None:
        return None
    peaks = _matching_peaks(signal, channels, template.mean)
    if len(peaks) < fewest:
        return None
    waveforms = signal.waveforms(peaks, channels)
    goal = template.spatial()
    cluster = isolate(waveforms, whole(waveforms), merging_threshold, lambda side: ((side.spatial() - goal) ** 2).sum())
    if len(cluster.chosen) < fewest or cluster.mean[0, signal.block] > signal.thresholds[channel]:
        return None
    return peaks[cluster.chosen]


def _matching_peaks(signal: Signal, channels: np.ndarray, template: np.ndarray) -> np.ndarray:
    """All local minima that are more than half as strong as the template (ALGORITHM 5.5)."""
    peaks = signal.peaks(channels[0], 0.0)
    keep = np.empty(len(peaks), bool)
    floor, support = np.zeros(len(channels), np.float32), np.full(len(channels), np.inf, np.float32)
    resembling_peaks(signal.minima, peaks, signal.block, channels, template.min(axis=1), floor, support, 0.5, keep)
    return peaks[keep]


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
