"""Stage 2: block minima along the recording, and the thresholds (ALGORITHM 2 and 3)."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np

from spikesift_core.recording import Recording
from spikesift_core.stages.filtering import Filter, Minima, filter_blocks

BLOCKS_AT_ONCE = 1000  # about a second
NOISE_UNIT = 0.6745  # median |x| of a Gaussian with standard deviation 1


def scan_minima(
    recording: Recording, filter_: Filter, first_block: int, last_block: int
) -> Generator[Minima, None, None]:
    """Block minima from first_block to last_block (excluded), about a second at a time."""
    for first, last in stretches(first_block, last_block):
        found = Minima.empty(recording.recording_channels, last - first)
        filter_blocks(recording, filter_, first, found)
        yield found


def stretches(first_block: int, last_block: int) -> Iterator[tuple[int, int]]:
    """About a second each (first block, last block excluded), in order."""
    for start in range(first_block, last_block, BLOCKS_AT_ONCE):
        yield start, min(start + BLOCKS_AT_ONCE, last_block)


def minima_between(recording: Recording, filter_: Filter, first_block: int, last_block: int) -> np.ndarray:
    """Block minima (channels, blocks) float32 from first_block to last_block (excluded); a task for any executor."""
    found = Minima.empty(recording.recording_channels, last_block - first_block)
    filter_blocks(recording, filter_, first_block, found)
    return found.minima


def noise_of(firsts: np.ndarray) -> np.ndarray:
    """Standard deviation of each channel's noise (channels,) float32, from its median |signal| (channels, blocks)."""
    return (np.median(firsts, axis=1) / NOISE_UNIT).astype(np.float32)


def thresholds_from(firsts: np.ndarray, sensitivity: float) -> np.ndarray:
    """Threshold of each channel (channels,) float32, 0 or below: -sensitivity * median |signal|.

    Parameters
    ----------
    firsts : (channels, blocks) float32, |signal| at the first sample of each block.
    sensitivity : multiple of the median (not of the standard deviation).
    """
    return (-sensitivity * np.median(firsts, axis=1)).astype(np.float32)
