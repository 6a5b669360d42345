"""Memory for the filtered signal of one segment, used again for the next one.

A segment of 384 channels takes about a gigabyte, and the system hands out fresh memory slowly (measured: filtering
into fresh memory takes five times as long as into memory already in use).
"""

from __future__ import annotations

import threading

import numpy as np

from spikesift_core.kernels.lanes import LANES

_kept = threading.local()


def room_for(channels: int, samples: int, most: int) -> np.ndarray:
    """Uninitialised (groups, samples, LANES) float32; each thread has one, the next call takes it back.

    `most` is the largest number of samples that will be asked for: memory is only handed out where it is written, so
    asking for more costs nothing.
    """
    groups = -(-channels // LANES)
    size = groups * samples * LANES
    buffer = getattr(_kept, "buffer", None)
    if buffer is None or buffer.size < size:
        _kept.buffer = None  # before the larger one is taken, so that both never exist together
        _kept.buffer = buffer = np.empty(groups * max(samples, most) * LANES, np.float32)
    return buffer[:size].reshape(groups, samples, LANES)


def release_room() -> None:
    """Give this thread's memory back to the system."""
    _kept.buffer = None
