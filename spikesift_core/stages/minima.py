"""Stage 2: block minima and thresholds along the recording (ALGORITHM 2 and 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_core.kernels.blocks import block_minima
from spikesift_core.recording import Recording
from spikesift_core.stages.filtering import Filter, read_filtered


@dataclass(frozen=True)
class Minima:
    """Block minima of a stretch.

    Attributes
    ----------
    minima : (channels, blocks) float32.
    places : (channels, blocks) int16, sample inside the block.
    firsts : (channels, blocks) float32, |signal| at the first sample of each block.
    """

    minima: np.ndarray
    places: np.ndarray
    firsts: np.ndarray


def minima_of(filtered: np.ndarray, block: int) -> Minima:
    """Block minima of filtered (channels, blocks * block) float32."""
    channels, samples = filtered.shape
    minima = np.empty((channels, samples // block), np.float32)
    places = np.empty(minima.shape, np.int16)
    block_minima(filtered, block, minima, places)
    return Minima(minima, places, np.abs(filtered[:, ::block]))


def scan_minima(recording: Recording, filter_: Filter, first_block: int, last_block: int):
    """Block minima along the recording, about a second at a time; yields `Minima`."""
    for _, filtered in read_filtered(recording, filter_, first_block, last_block):
        yield minima_of(filtered, recording.samples_per_ms)


def thresholds_from(firsts: np.ndarray, sensitivity: float) -> np.ndarray:
    """Threshold of each channel (channels,) float32, 0 or below: -sensitivity * median |signal|.

    Parameters
    ----------
    firsts : (channels, blocks) float32, |signal| at the first sample of each block.
    sensitivity : multiple of the median (not of the standard deviation).
    """
    return (-sensitivity * np.median(firsts, axis=1)).astype(np.float32)
