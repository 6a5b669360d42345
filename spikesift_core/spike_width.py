"""How long spikes last, as the sampling rate has it: a wrong rate makes them too long or too short for any cell."""

from __future__ import annotations

import numpy as np

from spikesift_core.channel_health import piece_starts
from spikesift_core.findings import Finding
from spikesift_core.peaks import Peaks, find_spikes
from spikesift_core.recording import Recording
from spikesift_core.recording_view import RecordingView

SENSITIVITY = 10.0  # medians: spikes that stand out
FEWEST, MOST = 12, 400  # spikes measured
REACH_MS = 3.0  # looked at on either side, by the rate of the filter that found the spikes
FACTORS, FEWEST_PER_MS = (1.0, 3.0, 1 / 3), 6  # of the described rate, for which the filter is made
# Troughs outside the cell last 0.1 to 0.4 ms at half their depth in cortex and hippocampus (Henze et al., J.
# Neurophysiol. 84, 2000; Bartho et al., J. Neurophysiol. 92, 2004); in insects and near axons less.
NARROWEST, WIDEST, USUAL = 0.07, 0.5, 0.3  # ms; medians of sound recordings were 0.12 to 0.36


def median_width(recording: Recording, usable: np.ndarray) -> float:
    """Width of a typical large trough at half its depth, ms; nan where there are too few to tell.

    Measured in the signal as in the file, which no filter has changed.

    Parameters
    ----------
    usable : (k,) int64, channels that are looked at.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    if len(usable) == 0:
        return np.nan
    found = [_found(recording, usable, factor) for factor in FACTORS]
    peaks, reach = max(found, key=lambda one: one[2])[:2]
    if peaks is None:
        return np.nan
    widths = _widths(RecordingView(recording, usable), peaks, reach)
    known = widths[np.isfinite(widths)]
    return float(np.median(known)) if len(known) >= FEWEST else np.nan


def _found(recording: Recording, usable: np.ndarray, factor: float) -> tuple[Peaks | None, int, float]:
    """Spikes found by a filter made for a rate `factor` times as high: with a wrong rate the usual one misses them.

    With the samples to look at on either side, and the sum of the largest depths: the right filter makes it largest.
    """
    view = RecordingView(recording, usable)
    view.samples_per_ms = max(FEWEST_PER_MS, round(recording.samples_per_ms * factor))
    starts, length = piece_starts(recording)
    peaks = find_spikes(view, starts, length, lowest=SENSITIVITY)
    reach = round(REACH_MS * view.samples_per_ms)
    if peaks is None or not peaks.deepest.any():
        return None, reach, 0.0
    return peaks, reach, float(np.sort(peaks.depths[peaks.deepest])[-MOST:].sum())


def width_findings(recording: Recording, usable: np.ndarray) -> list[Finding]:
    """What is to be said about the width of spikes; nothing when it is that of cells, or not known."""
    width = median_width(recording, usable)
    if not np.isfinite(width) or NARROWEST <= width <= WIDEST:
        return []
    rate = recording.sampling_frequency
    how = "short" if width < NARROWEST else "long"
    return [
        Finding(
            f"Spikes last {width:.2g} ms at half their depth with {rate:g} Hz, too {how} for cells (0.1 to 0.4 ms). Is "
            f"the sampling frequency right? Near {round(rate * width / USUAL, -3):.0f} Hz they would last {USUAL:g} ms."
        )
    ]


def _widths(view: RecordingView, peaks: Peaks, reach: int) -> np.ndarray:
    """Width of each of the deepest troughs, ms; nan where it does not end within `reach` samples."""
    chosen = np.flatnonzero(peaks.deepest)
    chosen = chosen[np.argsort(-peaks.depths[chosen])][:MOST]
    inside = (peaks.samples[chosen] >= reach) & (peaks.samples[chosen] + reach < view.num_samples)
    samples, channels = peaks.samples[chosen][inside], peaks.channels[chosen][inside]
    if len(samples) == 0:
        return np.zeros(0)
    order = np.argsort(samples)
    samples, channels = samples[order], channels[order]
    counts = np.full(len(samples), 2 * reach + 1)
    raw = view.read_pieces(samples - reach, counts).reshape(len(samples), 2 * reach + 1, -1)
    signal = raw[np.arange(len(samples)), :, channels].astype(np.float64)
    signal -= np.median(signal, axis=1, keepdims=True)
    near = max(1, reach // 10)
    trough = reach - near + np.argmin(signal[:, reach - near : reach + near + 1], axis=1)
    found = [_width(row, at) for row, at in zip(signal, trough, strict=True)]
    return np.array(found) * 1000 / view.sampling_frequency


def _width(row: np.ndarray, at: int) -> float:
    """Samples between the crossings of half the depth on both sides of `at`, in fractions of a sample."""
    half = row[at] / 2
    if half >= 0:
        return np.nan
    above = row >= half
    before, after = np.flatnonzero(above[:at]), np.flatnonzero(above[at:])
    if len(before) == 0 or len(after) == 0:
        return np.nan
    left, right = before[-1], at + after[0]
    start = left + (row[left] - half) / (row[left] - row[left + 1])
    end = right - (row[right] - half) / (row[right] - row[right - 1])
    return float(end - start)
