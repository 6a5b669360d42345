"""Stage 2: block minima along the recording, and the thresholds (ALGORITHM 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from spikesift_core.kernels.blocks import below_thresholds
from spikesift_core.recording import Recording
from spikesift_core.stages.filtering import Filter, Minima, filter_blocks

BLOCKS_AT_ONCE = 1000  # about a second
NOISE_UNIT = np.float32(0.6745)  # median |x| of a Gaussian with standard deviation 1


def stretches(first_block: int, last_block: int) -> Iterator[tuple[int, int]]:
    """About a second each (first block, last block excluded), in order."""
    for start in range(first_block, last_block, BLOCKS_AT_ONCE):
        yield start, min(start + BLOCKS_AT_ONCE, last_block)


def minima_between(recording: Recording, filter_: Filter, first_block: int, last_block: int):
    """Block minima from first_block to last_block (excluded), and |signal| at the first sample of each block; both
    (channels, blocks) float32. A task for any executor."""
    found = Minima.empty(recording.recording_channels, last_block - first_block, kept=("places",))
    filter_blocks(recording, filter_, first_block, found)
    return found.minima, found.firsts


@dataclass(frozen=True, eq=False)
class Excess:
    """How far block minima lie below the thresholds, where they do; in order of channel, then block.

    Attributes
    ----------
    blocks : how many there are. channels, places : (k,) int32, channel and block.
    depths : (k,) float32, minimum less threshold, below 0.
    """

    blocks: int
    channels: np.ndarray
    places: np.ndarray
    depths: np.ndarray


def excess_of(minima: np.ndarray, thresholds: np.ndarray, first: int = 0, last: int | None = None) -> Excess:
    """Excess of block minima (channels, blocks) float32 below thresholds (channels,) float32.

    first, last : only of these blocks, the last excluded; None is the end.
    """
    last = minima.shape[1] if last is None else last
    return Excess(last - first, *below_thresholds(minima, first, last, thresholds))


def excess_between(
    recording: Recording, filter_: Filter, thresholds: np.ndarray, first_block: int, last_block: int
) -> Excess:
    """Excess of the blocks from first_block to last_block (excluded); a task for any executor."""
    found = Minima.empty(
        recording.recording_channels, last_block - first_block, kept=("minima", "places"), firsts=False
    )
    filter_blocks(recording, filter_, first_block, found)
    return excess_of(found.minima, thresholds)


def medians_of(firsts: np.ndarray) -> np.ndarray:
    """Median of each row (channels,) float32; `firsts` (channels, blocks) float32, at least one, is put out of order.

    The same as `np.median`, which looks for two places at a time and takes six times as long; nan where a row has one.
    """
    half, odd = divmod(firsts.shape[1], 2)
    firsts.partition(half, axis=1)
    upper, largest = firsts[:, half], firsts[:, half:].max(axis=1)
    medians = upper if odd else (firsts[:, :half].max(axis=1) + upper) / np.float32(2)
    return np.where(np.isnan(largest), largest, medians)
