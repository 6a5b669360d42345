"""Stage 3: where to cut the recording, from the troughs alone (ALGORITHM 4)."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np

from spikesift_core.kernels.blocks import drift_heuristic
from spikesift_core.stages.minima import Excess


def drift_along(window: list[Excess], channels: int, blocks: int, length: int) -> np.ndarray:
    """Drift heuristic (blocks + 1,) float64 over the first blocks of a window; -inf where a side is too short."""
    drift = np.full(blocks + 1, -np.inf)
    before = np.cumsum([0] + [piece.blocks for piece in window])
    places = np.concatenate([piece.places + at for piece, at in zip(window, before, strict=False)]).astype(np.int64)
    owners, depths = (np.concatenate([getattr(piece, name) for piece in window]) for name in ("channels", "depths"))
    inside = np.flatnonzero(places < blocks)
    order = inside[np.argsort(owners[inside], kind="stable")]
    starts = np.searchsorted(owners[order], np.arange(channels + 1))
    drift_heuristic(starts, places[order], depths[order], length, drift)
    return drift


def next_boundary(window: list[Excess], channels: int, blocks: int, length: int) -> int:
    """Length in blocks of the segment that starts where `window` starts, of which `blocks` (up to 4 * length) count.

    The end is where the activity changes most; if the part before it is long enough to be cut again, it is, once.
    """
    if blocks < 2 * length:
        return blocks
    drift = drift_along(window, channels, blocks, length)
    end = int(np.argmax(drift))
    if end >= 2 * length:
        end = int(np.argmax(drift[: end - length + 1]))
    return end


def segment_bounds(
    pieces: Iterator[Excess], channels: int, length: int, first_block: int, last_block: int
) -> Generator[tuple[int, int], None, None]:
    """Bounds (first block, last block excluded) of the segments, in order, as soon as they are known.

    Parameters
    ----------
    pieces : from first_block on; no more than 4 * length blocks (and one piece) are kept.
    length : `min_segment_length` in blocks.
    """
    window: list[Excess] = []
    have, start = 0, first_block
    while start < last_block:
        most = min(4 * length, last_block - start)
        while have < most:
            window.append(next(pieces))
            have += window[-1].blocks
        end = next_boundary(window, channels, min(have, 4 * length), length)
        yield start, start + end
        start += end
        have -= end
        window = without(window, end)


def without(window: list[Excess], blocks: int) -> list[Excess]:
    """The window without its first blocks."""
    while blocks and window[0].blocks <= blocks:
        blocks -= window[0].blocks
        window = window[1:]
    if not blocks:
        return window
    first = window[0]
    kept = first.places >= blocks
    rest = Excess(first.blocks - blocks, first.channels[kept], first.places[kept] - blocks, first.depths[kept])
    return [rest, *window[1:]]
