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
# Neurophysiol. 84, 2000; Bartho et al., J. Neurophysiol. 92, 2004), and the hump after them is 0.25 ms away or more; in
# insects and near axons less. Sound recordings had medians of 0.12 to 0.36 ms and 0.28 to 1.3 ms: so far apart that a
# frequency that is wrong by a factor of 2 shows in those only that are at one end.
NARROWEST, NEAREST, WIDEST, USUAL = 0.1, 0.26, 0.5, 0.25  # ms
SPIKE_MS = 1.5  # after the trough, in which the hump is looked for


def median_width(recording: Recording, usable: np.ndarray) -> tuple[float, float]:
    """Width of a typical large trough at half its depth and time to the hump after it, ms; nan where there are too few.

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
        return np.nan, np.nan
    found = [_found(recording, usable, factor) for factor in FACTORS]
    peaks, reach = max(found, key=lambda one: one[2])[:2]
    if peaks is None:
        return np.nan, np.nan
    times = _times(RecordingView(recording, usable), peaks, reach)
    known = times[np.isfinite(times[:, 0])]
    width, hump = np.median(known, axis=0) if len(known) >= FEWEST else (np.nan, np.nan)
    return float(width), float(hump)


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
    width, hump = median_width(recording, usable)
    short, long = width < NARROWEST and hump < NEAREST, width > WIDEST
    if not short and not long:
        return []
    rate = recording.sampling_frequency
    how = "short" if short else "long"
    return [
        Finding(
            f"Spikes last {width:.2g} ms at half their depth with {rate:g} Hz, and the hump after them comes after "
            f"{hump:.2g} ms: too {how} for cells (0.1 to 0.4 ms, and 0.25 to 1 ms). Is the sampling frequency right? "
            f"Near {round(rate * width / USUAL, -3):.0f} Hz they would last {USUAL:g} ms."
        )
    ]


def _times(view: RecordingView, peaks: Peaks, reach: int) -> np.ndarray:
    """Width of each of the deepest troughs and time to the hump after it, (n, 2) ms; a width is nan where it does not
    end within `reach` samples."""
    chosen = np.flatnonzero(peaks.deepest)
    chosen = chosen[np.argsort(-peaks.depths[chosen])][:MOST]
    inside = (peaks.samples[chosen] >= reach) & (peaks.samples[chosen] + reach < view.num_samples)
    samples, channels = peaks.samples[chosen][inside], peaks.channels[chosen][inside]
    if len(samples) == 0:
        return np.zeros((0, 2))
    order = np.argsort(samples)
    samples, channels = samples[order], channels[order]
    counts = np.full(len(samples), 2 * reach + 1)
    raw = view.read_pieces(samples - reach, counts).reshape(len(samples), 2 * reach + 1, -1)
    signal = raw[np.arange(len(samples)), :, channels].astype(np.float64)
    signal -= np.median(signal, axis=1, keepdims=True)
    near = max(1, reach // 10)
    trough = reach - near + np.argmin(signal[:, reach - near : reach + near + 1], axis=1)
    after = max(1, round(SPIKE_MS / REACH_MS * reach))
    found = [(_width(row, at), np.argmax(row[at : at + after])) for row, at in zip(signal, trough, strict=True)]
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
