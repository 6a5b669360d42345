"""Mains hum as the sampling frequency has it: with a wrong one it stands at other frequencies than 50 or 60 Hz."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter

from spikesift_core.channel_figures import LINE_SURROUNDINGS, MAINS, power_spectrum
from spikesift_core.findings import Finding
from spikesift_core.recording import Recording
from spikesift_core.recording_view import RecordingView

MOST_CHANNELS = 16  # looked at: hum is on all of them
CLEAR = 10.0  # dB above what is around; in sound recordings without hum no frequency is by more than 8
MULTIPLES = (1, 2, 3, 4, 5)
ODD = (0, 2, 4)  # of these; mains hum has more of them, and rectified hum, which begins at twice the mains, has not
ODD_MORE = 6.0  # dB
LEAST_OTHER = 0.03  # of the rate; mains themselves keep their frequency better than 0.01
# Hz; what acquisition systems sample with.
USUAL_RATES = (
    10_000, 12_500, 15_000, 16_000, 20_000, 24_000, 24_414.0625, 25_000, 30_000, 32_000, 40_000, 44_100, 48_000,
    48_828.125, 50_000,
)  # fmt: skip


def hum_findings(recording: Recording, usable: np.ndarray) -> list[Finding]:
    """What mains hum says of the sampling frequency; nothing where it is where it should be, or there is none.

    Parameters
    ----------
    usable : (k,) int64, channels that are looked at.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    if len(usable) == 0:
        return []
    some = usable[:: -(-len(usable) // MOST_CHANNELS)]
    frequencies, power = power_spectrum(RecordingView(recording, some))
    found = fitting_rates(frequencies, power, recording.sampling_frequency)
    if not found:
        return []
    rate, (first, mains) = recording.sampling_frequency, found[0]
    lines = ", ".join(f"{multiple * mains * rate / first:.0f}" for multiple in (1, 3, 5))
    words = (
        f"Mains hum seems to stand at {lines} Hz. Where mains have {mains:g} Hz, the sampling frequency would be "
        f"{first:g} Hz: is {rate:g} Hz right?"
    )
    other = [
        Finding(f"Where mains have {mains:g} Hz, it would be {other:g} Hz.", sampling_frequency=other)
        for other, mains in found[1:]
    ]
    return [Finding(words, sampling_frequency=first), *other]


def fitting_rates(frequencies: np.ndarray, power: np.ndarray, rate: float) -> list[tuple[float, float]]:
    """Sampling frequencies with which lines in the spectrum would be mains hum, each with the frequency of the mains.

    Parameters
    ----------
    frequencies, power : see `power_spectrum`, with the described `rate`, Hz.

    Returns
    -------
    (rate, mains) in Hz, the usual ones only, one or two; [] where the lines are mains hum as described, or none.
    """
    if len(frequencies) < 2 or frequencies[1] > 2:
        return []
    known = np.isfinite(power).all(axis=1) & (power[:, 1:].max(axis=1, initial=0) > 0)
    if not known.any():
        return []
    level = np.median(10 * np.log10(np.maximum(power[known], 1e-30)), axis=0)
    around = 2 * round(LINE_SURROUNDINGS / frequencies[1]) + 1
    above = level - median_filter(level, around)
    if any(_is_hum(above, frequencies[1], mains) for mains in MAINS):
        return []
    found = [
        (sum(_lines(above, frequencies[1], mains * rate / other)), float(other), mains)
        for other in USUAL_RATES
        for mains in MAINS
        if abs(other / rate - 1) > LEAST_OTHER and _is_hum(above, frequencies[1], mains * rate / other, alone=True)
    ]
    best = max(found, default=None)
    if best is None:
        return []
    base = best[2] * rate / best[1]
    same = [(other, mains) for _, other, mains in found if abs(mains * rate / other / base - 1) < LEAST_OTHER / 2]
    return sorted(same, key=lambda one: abs(np.log(one[0] / rate)))[:2]


def _is_hum(above: np.ndarray, step: float, base: float, alone: bool = False) -> bool:
    """Whether there are lines at `base` and odd multiples; `alone`: none between them, and even ones weaker."""
    lines = _lines(above, step, base)
    if sum(lines[place] >= CLEAR for place in ODD) < 2:
        return False
    if not alone:
        return True
    between = max(max(_lines(above, step, base / part)[place] for place in places) for part, places in _BETWEEN)
    even = [lines[place] for place in range(len(lines)) if place not in ODD]
    return between < CLEAR and np.mean([lines[place] for place in ODD]) - np.mean(even) >= ODD_MORE


_BETWEEN = ((2, (0, 2, 4)), (3, (0, 1, 3, 4)))  # multiples of a half and of a third that are none of the whole


def _lines(above: np.ndarray, step: float, base: float) -> list[float]:
    """dB above the surroundings at each of `MULTIPLES`, the highest within what mains may be off."""
    found = []
    for multiple in MULTIPLES:
        at, off = multiple * base / step, 1 + 0.005 * multiple * base / step
        first, last = round(at - off), round(at + off)
        found.append(float(above[first : last + 1].max()) if first > 0 and last < len(above) else 0.0)
    return found
