"""Auto- and cross-correlograms and histograms of intervals, counted on all spikes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spikesift_core.kernels.correlograms import count_lags


@dataclass(frozen=True, eq=False)
class Correlogram:
    """How often each lag occurs between the spikes of two units.

    Attributes
    ----------
    width : samples in a bin.
    counts : (2 * half + 1,) int64; the middle bin is around lag 0, the next one around `width` samples, and so on.
    """

    width: int
    counts: np.ndarray

    def edges(self, sampling_frequency: float) -> np.ndarray:
        """Edges of the bins, (2 * half + 2,) ms."""
        half = len(self.counts) // 2
        return (np.arange(-half, half + 2) - 0.5) * self.width * 1000 / sampling_frequency

    def reversed(self) -> Correlogram:
        """The same two units the other way round."""
        return Correlogram(self.width, self.counts[::-1])


def correlogram(spikes1: np.ndarray, spikes2: np.ndarray, width: int, half: int) -> Correlogram:
    """Count the lags from spikes of one unit to spikes of another.

    Parameters
    ----------
    spikes1, spikes2 : (n,) and (m,) integers, samples, sorted. The same array twice: the autocorrelogram, in which no
        spike is counted with itself.
    width : samples in a bin, at least 1.
    half : bins on either side of the middle one.

    Raises
    ------
    ValueError
        For bins that cannot be.
    """
    if width < 1 or half < 0:
        raise ValueError(f"Bins must be 1 sample or more, and 0 or more on either side; not {width} and {half}.")
    counts = np.zeros(2 * half + 1, np.int64)
    trains = (np.require(train, np.int64, ["C", "W"]) for train in (spikes1, spikes2))
    count_lags(*trains, int(width), spikes1 is spikes2, counts)
    return Correlogram(int(width), counts)


def correlogram_matrix(trains: Sequence[np.ndarray], width: int, half: int) -> dict[tuple[int, int], Correlogram]:
    """Correlograms of every two of `trains`: (row, column) with row <= column; row == column is the autocorrelogram."""
    pairs = [(row, column) for row in range(len(trains)) for column in range(row, len(trains))]
    return {(row, column): correlogram(trains[row], trains[column], width, half) for row, column in pairs}


def short_lags(spikes1: np.ndarray, spikes2: np.ndarray, refractory: float) -> int:
    """Pairs of spikes, one of each unit, less than `refractory` samples apart; exact, whatever the bins."""
    early = np.searchsorted(spikes2, spikes1 - refractory, "right")
    late = np.searchsorted(spikes2, spikes1 + refractory, "left")
    return int((late - early).sum())


def expected_pairs(count1: int, count2: int, lags: float, duration: float) -> float:
    """Pairs within a range of `lags` samples (both sides together) if two units fired independently and evenly.

    Parameters
    ----------
    count1, count2 : spikes of each in `duration` samples. For an autocorrelogram give the same count twice.
    """
    return count1 * count2 * lags / duration if duration > 0 else 0.0


def interval_histogram(spikes: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """How many intervals between neighbouring spikes fall between `edges`.

    Parameters
    ----------
    spikes : (n,) integers, samples, sorted.
    edges : (bins + 1,) samples, increasing; a bin includes its lower edge, not its upper one.

    Returns
    -------
    (bins,) int64.
    """
    intervals = np.sort(np.diff(spikes))
    return np.diff(np.searchsorted(intervals, edges, side="left")).astype(np.int64)
