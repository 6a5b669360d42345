"""Stage 3: where to cut the recording, from the minima alone (ALGORITHM 4)."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np

from spikesift_core.kernels.blocks import drift_heuristic


def drift_along(minima: np.ndarray, thresholds: np.ndarray, length: int) -> np.ndarray:
    """Drift heuristic (blocks + 1,) float64 of minima (channels, blocks) float32; -inf where a side is too short."""
    drift = np.full(minima.shape[1] + 1, -np.inf)
    drift_heuristic(np.ascontiguousarray(minima), thresholds, length, drift)
    return drift


def next_boundary(minima: np.ndarray, thresholds: np.ndarray, length: int) -> int:
    """Length in blocks of the segment that starts where `minima` (channels, up to 4 * length blocks) start.

    The end is where the activity changes most; if the part before it is long enough to be cut again, it is, once.
    """
    blocks = minima.shape[1]
    if blocks < 2 * length:
        return blocks
    drift = drift_along(minima, thresholds, length)
    end = int(np.argmax(drift))
    if end >= 2 * length:
        end = int(np.argmax(drift[: end - length + 1]))
    return end


def segment_bounds(
    minima_pieces: Iterator[np.ndarray], thresholds: np.ndarray, length: int, first_block: int, last_block: int
) -> Generator[tuple[int, int], None, None]:
    """Bounds (first block, last block excluded) of the segments, in order, as soon as they are known.

    Parameters
    ----------
    minima_pieces : yields (channels, blocks) float32 arrays from first_block on; no more than 4 * length blocks (and
        one piece) are kept.
    thresholds : (channels,) float32.
    length : `min_segment_length` in blocks.
    """
    window = np.empty((len(thresholds), 0), np.float32)
    start = first_block
    while start < last_block:
        pieces = [window]
        have = window.shape[1]
        while have < min(4 * length, last_block - start):
            pieces.append(next(minima_pieces))
            have += pieces[-1].shape[1]
        window = np.concatenate(pieces, axis=1)
        end = next_boundary(window[:, : 4 * length], thresholds, length)
        yield start, start + end
        start += end
        window = window[:, end:]
