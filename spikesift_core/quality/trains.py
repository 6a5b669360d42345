"""Figures of quality that need the spike times and the amplitude vectors only, and the amplitude cutoff. Of arrays.

What cannot be computed is nan, never 0.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.special import gammaincinv

from spikesift_core.unit_facts import REFRACTORY_MS

CENSORED_MS = 1.0  # of two troughs nearer than a block the sorter takes the deeper one
CUTOFF_BINS, CUTOFF_SMOOTHING = 100, 3  # of the histogram of amplitudes
FEWEST_FOR_CUTOFF = 5 * CUTOFF_BINS  # spikes
FEWEST_IN_SEGMENT = 10  # spikes; the mean of fewer says little of the amplitude


def close_pairs(spikes: np.ndarray, within: int) -> int:
    """Pairs of spikes at most `within` samples apart; of three spikes that are, there are three.

    Parameters
    ----------
    spikes : (n,) integers, samples, sorted.
    """
    last = np.searchsorted(spikes, spikes + within, side="right")
    return int((last - np.arange(len(spikes)) - 1).sum())


def refractory_pairs(
    spikes: np.ndarray, sampling_frequency: float, refractory_ms: float = REFRACTORY_MS
) -> tuple[int, int, int]:
    """Pairs of spikes inside the refractory period but not inside the dead time of the sorter, and both (samples).

    Parameters
    ----------
    spikes : (n,) integers, samples, sorted.
    """
    refractory, censored = (round(ms * sampling_frequency / 1000) for ms in (refractory_ms, CENSORED_MS))
    return close_pairs(spikes, refractory) - close_pairs(spikes, censored), refractory, censored


def fewest_pairs(pairs: int) -> float:
    """So many pairs are to be expected at least, with 90 % confidence, where `pairs` were counted (Poisson)."""
    return float(gammaincinv(pairs, 0.1)) if pairs else 0.0


def most_pairs(spikes: int, duration: float, refractory: float, censored: float = 0.0) -> float:
    """So many pairs are expected if all spikes of a unit came from other neurons; see `contamination`."""
    return spikes**2 * (refractory - censored) / max(1.0, duration - 2 * spikes * censored)


def contamination(pairs: int, spikes: int, duration: float, refractory: float, censored: float = 0.0) -> float:
    """Share of a unit's spikes that come from other neurons, 0 to 1, as its close pairs have it; nan below two spikes.

    Source: Llobet, Wyngaard & Barbour, bioRxiv 2022, doi 10.1101/2022.02.08.479192, for foreign spikes of many
    neurons, which fall into the refractory period of the unit and of each other by chance. 1 where there are more close
    pairs than even that explains.

    Parameters
    ----------
    pairs : spikes more than `censored` and at most `refractory` apart, see `refractory_pairs`.
    duration, refractory : samples.
    censored : samples after a spike in which the sorter finds no other of the same unit.
    """
    if spikes < 2:
        return math.nan
    inside = 1 - pairs / most_pairs(spikes, duration, refractory, censored)
    return 1 - math.sqrt(inside) if inside >= 0 else 1.0


def amplitude_cutoff(amplitudes: np.ndarray) -> float:
    """Share of a unit's spikes that are missing because they are too small, 0 to 0.5; nan below 500 spikes.

    The histogram of the amplitudes is taken for symmetric: what lies above the height at which it breaks off on the
    lower side is missing there. Source: Hill, Mehta & Kleinfeld, J. Neurosci. 31, 2011, as the Allen Institute computes
    it (Siegle et al., Nature 592, 2021).

    Parameters
    ----------
    amplitudes : (n,), positive; nan is left out.
    """
    known = amplitudes[np.isfinite(amplitudes)]
    if len(known) < FEWEST_FOR_CUTOFF:
        return math.nan
    heights = gaussian_filter1d(np.histogram(known, CUTOFF_BINS)[0], CUTOFF_SMOOTHING, mode="nearest")
    above = np.flatnonzero(heights >= heights[0])[-1]
    missing = int(heights[above + 1 :].sum())
    return min(missing / (len(known) + missing), 0.5)


def amplitude_drift(largest: np.ndarray, counts: np.ndarray) -> float:
    """How much the amplitude changes: largest less smallest segment, as a share of their mean; nan below two segments.

    Parameters
    ----------
    largest : (segments,), the unit's largest amplitude in each. counts : (segments,), spikes; segments with fewer than
        10 do not count.
    """
    usable = largest[counts >= FEWEST_IN_SEGMENT].astype(float)
    return float(np.ptp(usable) / usable.mean()) if len(usable) > 1 and usable.mean() > 0 else math.nan
