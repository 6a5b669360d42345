"""The table of quality metrics: what each is called, what it means, where it comes from, and its function."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spikesift_core.quality.signal import Measured
from spikesift_core.quality.trains import (
    CENSORED_MS,
    FEWEST_FOR_CUTOFF,
    FEWEST_IN_SEGMENT,
    amplitude_cutoff,
    amplitude_drift,
    contamination,
    most_pairs,
    refractory_pairs,
)
from spikesift_core.unit_facts import REFRACTORY_MS, SHORTEST_BIN, UnitFacts

SPIKES, SIGNAL = "spikes", "signal"


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that the metrics of one unit are computed from.

    Attributes
    ----------
    facts : its figures that need no signal.
    spikes : (n,) int64, samples, sorted.
    duration : samples, of the segments it was found in.
    largest, counts : (segments it was found in,), its largest amplitude in each, and its spikes.
    sampling_frequency : Hz, or None.
    nearest : id of the unit most alike, or None. difference : how unlike that is, see `difference_matrix`.
    measured : from the pass over the recording, or None where there was none.
    units : ids of all units, in the order of their places.
    """

    facts: UnitFacts
    spikes: np.ndarray
    duration: int
    largest: np.ndarray
    counts: np.ndarray
    sampling_frequency: float | None
    nearest: int | None
    difference: float
    measured: Measured | None
    units: tuple[int, ...]


@dataclass(frozen=True)
class Metric:
    """One row of `METRICS`.

    Attributes
    ----------
    name : in filters and in files. title : over a column.
    unit : "µm", "Hz", …; "%" for a share, which is kept as 0 to 1; "" for a number.
    definition : what it is, in one or two sentences.
    source : paper or program it comes from.
    missing : why a unit may have none.
    needs : SPIKES, or SIGNAL where the recording is read.
    function : of an `Evidence`; nan where there is nothing to compute.
    """

    name: str
    title: str
    unit: str
    definition: str
    source: str
    missing: str
    needs: str
    function: Callable[[Evidence], float]


def _contamination(unit: Evidence) -> float:
    if unit.sampling_frequency is None:
        return math.nan
    pairs, refractory, censored = refractory_pairs(unit.spikes, unit.sampling_frequency)
    if most_pairs(len(unit.spikes), unit.duration, refractory, censored) < 1:
        return math.nan  # one pair would say all are foreign, and none says nothing
    return contamination(pairs, len(unit.spikes), unit.duration, refractory, censored)


def _isolation(unit: Evidence) -> float:
    return min(unit.measured.separations.values(), default=math.nan)


def _rival(unit: Evidence) -> float:
    found = unit.measured.separations
    return float(unit.units[min(found, key=found.get)]) if found else math.nan


OURS = "SpikeSift's own figure"
ALLEN = "Siegle et al., Nature 592, 2021 (Allen Institute, ecephys quality metrics)"
NO_RATE = "the sampling frequency is not known"

METRICS: tuple[Metric, ...] = (
    Metric(
        "segments", "Segments", "",
        "In how many segments the unit was found.", OURS,
        "", SPIKES, lambda unit: unit.facts.segments,
    ),
    Metric(
        "channel", "Ch", "",
        "The channel with its largest mean amplitude, counted from 0.", OURS,
        "", SPIKES, lambda unit: unit.facts.peak_channel,
    ),
    Metric(
        "depth", "Depth", "µm",
        "y of the centre of mass of its amplitude vector (contacts within 100 µm of the largest, weighted by squared "
        "amplitude), mean of the segments.",
        "Centre of mass as in Hilgen et al., Cell Reports 18, 2017",
        "", SPIKES, lambda unit: unit.facts.depth,
    ),
    Metric(
        "spikes", "Spikes", "",
        "All its spikes.", OURS,
        "", SPIKES, lambda unit: unit.facts.spikes,
    ),
    Metric(
        "rate", "Rate", "Hz",
        "Spikes per second of the segments it was found in.", ALLEN,
        NO_RATE, SPIKES, lambda unit: unit.facts.rate,
    ),
    Metric(
        "amplitude", "Ampl.", "µV",
        "Mean peak amplitude of its spikes on its channel, after the filter; in the units of the file where the gain "
        "is not known.", OURS,
        "", SPIKES, lambda unit: unit.facts.amplitude,
    ),
    Metric(
        "snr", "SNR", "",
        "Largest value of the mean waveform of all its spikes, over the noise (median absolute value / 0.6745 in a few "
        "seconds of the filtered recording), on its largest channel.",
        "SpikeInterface (Buccino et al., eLife 9, 2020)",
        "its channel has no noise to compare with", SIGNAL, lambda unit: unit.measured.snr,
    ),
    Metric(
        "presence", "Presence", "%",
        "Share of 100 equal parts of the recorded time (what lies between merged recordings is left out) that hold at "
        "least one of its spikes; of fewer, at least 10, where "
        f"a part would be shorter than {SHORTEST_BIN:g} s, or for a unit with fewer than 500 spikes (a fifth of them), "
        "which would leave parts empty by chance.", ALLEN,
        "the recording has no length", SPIKES, lambda unit: unit.facts.presence,
    ),
    Metric(
        "violations", f"< {REFRACTORY_MS:g} ms", "%",
        f"Share of the intervals between its spikes that are shorter than the refractory period of {REFRACTORY_MS:g} "
        "ms.",
        "Hill, Mehta & Kleinfeld, J. Neurosci. 31, 2011",
        f"it has fewer than two spikes, or {NO_RATE}", SPIKES, lambda unit: unit.facts.violations,
    ),
    Metric(
        "contamination", "Contam.", "%",
        f"Share of its spikes that come from other neurons: so many would make as many pairs {CENSORED_MS:g} to "
        f"{REFRACTORY_MS:g} ms apart by chance. Nearer pairs do not count, because the sorter does not find most of "
        "them. Not known of a unit with so few spikes that not even one such pair would be expected if all were "
        "foreign.",
        "Llobet, Wyngaard & Barbour, bioRxiv 2022, doi 10.1101/2022.02.08.479192",
        "it has too few spikes: if all came from other neurons, less than one pair of them would be so near; or "
        f"{NO_RATE}", SPIKES, _contamination,
    ),
    Metric(
        "amplitude_cutoff", "Cut off", "%",
        "Share of its spikes that are missing because they are too small: what the histogram of its amplitudes (each "
        "as a share of the mean of its segment) lacks on the lower side, if it is symmetric. At most 50 %.",
        f"Hill, Mehta & Kleinfeld, J. Neurosci. 31, 2011; {ALLEN}",
        f"it has fewer than {FEWEST_FOR_CUTOFF} spikes", SIGNAL,
        lambda unit: amplitude_cutoff(unit.measured.amplitudes),
    ),
    Metric(
        "amplitude_drift", "Ampl. drift", "%",
        "How much its amplitude changes: its largest less its smallest segment, as a share of the mean of its "
        "segments. In each segment its largest channel is taken, wherever drift has moved it. Segments with fewer "
        f"than {FEWEST_IN_SEGMENT} spikes do not count.", OURS,
        f"fewer than two segments hold {FEWEST_IN_SEGMENT} of its spikes", SPIKES,
        lambda unit: amplitude_drift(unit.largest, unit.counts),
    ),
    Metric(
        "drift", "Drift", "µm",
        "From the lowest to the highest depth of its segments.",
        "As the drift range of SpikeInterface, with segments in place of intervals",
        "it was found in one segment only", SPIKES, lambda unit: unit.facts.drift,
    ),
    Metric(
        "isolation", "Isolation", "d′",
        "Distance between its spikes and those of the unit hardest to tell from it, in standard deviations along the "
        "best axis (linear discriminant) of 20 features: the filtered signal at four times on its five largest "
        "channels. Means are compared within each segment. If both were normal, 2 would mix up 16 %, 4 only 2 %.",
        "d′ of Hill et al. 2011 and the Allen Institute; Lachenbruch & Mickey, Technometrics 10, 1968",
        "no unit near it has enough spikes in the same segments", SIGNAL, _isolation,
    ),
    Metric(
        "rival", "Rival", "",
        "The unit hardest to tell from it: the one its isolation was measured against.", OURS,
        "no unit near it has enough spikes in the same segments", SIGNAL, _rival,
    ),
    Metric(
        "nearest", "Nearest", "",
        "The unit with the amplitude vector most alike.", OURS,
        "there is no other unit", SPIKES, lambda unit: math.nan if unit.nearest is None else unit.nearest,
    ),
    Metric(
        "difference", "Differs", "%",
        "How much the amplitude vector of that nearest unit differs: |a − b| over the larger of the two, over all "
        "segments both were found in. Below 40 % two units are alike.", OURS,
        "there is no other unit", SPIKES, lambda unit: unit.difference,
    ),
)  # fmt: skip
BY_NAME = {metric.name: metric for metric in METRICS}
SHARES = frozenset(metric.name for metric in METRICS if metric.unit == "%")
