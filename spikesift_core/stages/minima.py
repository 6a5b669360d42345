"""Stage 2: block minima along the recording, and the thresholds (ALGORITHM 2 and 3)."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from spikesift_core.recording import Recording
from spikesift_core.stages.filtering import Filter, Minima, filter_blocks

BLOCKS_AT_ONCE = 1000  # about a second
NOISE_UNIT = np.float32(0.6745)  # median |x| of a Gaussian with standard deviation 1


def scan_minima(
    recording: Recording, filter_: Filter, first_block: int, last_block: int
) -> Generator[Minima, None, None]:
    """Block minima from first_block to last_block (excluded), about a second at a time."""
    for start in range(first_block, last_block, BLOCKS_AT_ONCE):
        found = Minima.empty(recording.recording_channels, min(BLOCKS_AT_ONCE, last_block - start))
        filter_blocks(recording, filter_, start, found)
        yield found


def medians_of(firsts: np.ndarray) -> np.ndarray:
    """Median |signal| of each channel (channels,) float32; `firsts` (channels, blocks) float32 is put out of order."""
    return np.median(firsts, axis=1, overwrite_input=True).astype(np.float32)
