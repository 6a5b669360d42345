"""What is known about a simulated recording, and how well sorted units match it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from spikesift_core.kernels.truth import count_coincidences, count_hits
from spikesift_core.pairing import cheapest_pairs
from spikesift_core.replacing import replacing

FOUND_ACCURACY = 0.8
FALSE_ACCURACY = 0.2
# Pairs that share less are not looked at: their accuracy counts as 0.
LOWEST_ACCURACY = 0.02


@dataclass(frozen=True)
class Truth:
    """What is known about a recording. All arrays are read-only in spirit; unit k is row k everywhere.

    Attributes
    ----------
    times : (spikes,) int64, samples, sorted; the trough where the unit is seen best.
    labels : (spikes,) int64, unit of each spike, from 0.
    unit_xy : (units, 2) float32, place of each unit without drift, um.
    unit_z : (units,) float32, its distance from the probe's plane, um.
    amplitude_uv : (units,) float32, peak on the channel that sees the unit best, without drift, uV.
    amplitude_vectors : (units, channels) float32, peak on each channel, without drift, uV, positive.
    snr : (units,) float32, peak / SD of noise and background on the channel where this is largest.
    rates : (units,) float32, spikes per second.
    noise_sd : (channels,) float32, SD of noise and background units together, uV.
    drift_um : (n,) float32, movement of the tissue along y at `drift_frequency`, um.
    drift_gain : (units,) float32, share of the movement that each unit makes.
    drift_frequency, sampling_frequency : Hz.
    uv_per_bit : uV for each step of the file's numbers.
    probe_geometry : (channels, 2) float32, um.
    settings : every setting and the program's version: enough to make the recording again.
    """

    times: np.ndarray
    labels: np.ndarray
    unit_xy: np.ndarray
    unit_z: np.ndarray
    amplitude_uv: np.ndarray
    amplitude_vectors: np.ndarray
    snr: np.ndarray
    rates: np.ndarray
    noise_sd: np.ndarray
    drift_um: np.ndarray
    drift_gain: np.ndarray
    drift_frequency: float
    sampling_frequency: float
    uv_per_bit: float
    probe_geometry: np.ndarray
    settings: dict

    def __len__(self) -> int:
        return len(self.snr)

    def trains(self) -> list[np.ndarray]:
        """Spike times of each unit: sorted int64 arrays, samples."""
        order = np.argsort(self.labels, kind="stable")
        ends = np.cumsum(np.bincount(self.labels, minlength=len(self)))
        return np.split(self.times[order], ends)[: len(self)]

    def drift_of(self, unit: int) -> np.ndarray:
        """Movement of one unit along y at `drift_frequency`, (n,) float32, um."""
        return self.drift_um * self.drift_gain[unit]


def write_truth(path: str | Path, truth: Truth) -> None:
    """Write the truth to an `.npz` file, an array for each attribute; `settings` as JSON."""
    values = {field.name: getattr(truth, field.name) for field in fields(Truth)}
    with replacing(Path(path)) as temporary:
        np.savez(temporary, **(values | {"settings": json.dumps(truth.settings)}))


def read_truth(path: str | Path) -> Truth:
    """Read what `write_truth` wrote.

    Raises
    ------
    ValueError
        If the file cannot be read or lacks something.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            values = {field.name: file[field.name] for field in fields(Truth)}
        values |= {name: float(values[name]) for name in ("drift_frequency", "sampling_frequency", "uv_per_bit")}
        return Truth(**(values | {"settings": json.loads(str(values["settings"]))}))
    except (OSError, KeyError, ValueError, EOFError) as error:
        raise ValueError(f"{path} is not the truth of a simulated recording: {error}.") from error


@dataclass(frozen=True)
class Score:
    """How well sorted units match the true ones; one row for each true unit.

    Attributes
    ----------
    partner : (units,) int64, index of the sorted unit given to each true unit, -1 for none.
    accuracy : (units,) float64, hits / (true spikes + sorted spikes - hits).
    recall : (units,) float64, hits / true spikes.
    precision : (units,) float64, hits / sorted spikes.
    sorted_units : number of sorted units.
    false_units : number of sorted units whose accuracy with every true unit is below 0.2.
    """

    partner: np.ndarray
    accuracy: np.ndarray
    recall: np.ndarray
    precision: np.ndarray
    sorted_units: int
    false_units: int

    @property
    def found(self) -> int:
        """True units with an accuracy of at least 0.8."""
        return int((self.accuracy >= FOUND_ACCURACY).sum())

    @property
    def mean_accuracy(self) -> float:
        """Mean over all true units, those not found included; nan without units."""
        return float(self.accuracy.mean()) if len(self.accuracy) else float("nan")

    def summary(self) -> str:
        """The score in words, one line."""
        return (
            f"{self.found} of {len(self.accuracy)} units found, mean accuracy {self.mean_accuracy:.2f}, "
            f"{self.sorted_units} sorted units, {self.false_units} of them match no true unit"
        )


def score_trains(
    true_trains: Sequence[np.ndarray],
    sorted_trains: Sequence[np.ndarray],
    sampling_frequency: float,
    tolerance_ms: float = 0.4,
) -> Score:
    """Give sorted units to true units, one to one, so that the total accuracy is highest.

    A spike is a hit when the other train has one within the tolerance, each used once. Pairs of units that could not
    reach an accuracy of 0.02 count as 0.

    Parameters
    ----------
    true_trains, sorted_trains : spike times of each unit, integer arrays, samples, in any order.
    sampling_frequency : Hz.
    tolerance_ms : ms.

    Raises
    ------
    ValueError
        For a sampling frequency or a tolerance that is not positive or not finite.
    """
    if not (np.isfinite(sampling_frequency) and sampling_frequency > 0):
        raise ValueError(f"sampling_frequency must be a positive number of Hz, not {sampling_frequency!r}.")
    if not (np.isfinite(tolerance_ms) and tolerance_ms >= 0):
        raise ValueError(f"tolerance_ms must be 0 or more, not {tolerance_ms!r}.")
    true_trains, sorted_trains = _in_order(true_trains), _in_order(sorted_trains)
    sizes1, sizes2 = _sizes(true_trains), _sizes(sorted_trains)
    hits = _hits(true_trains, sorted_trains, int(tolerance_ms * sampling_frequency / 1000))
    accuracy = hits / np.maximum(sizes1[:, None] + sizes2 - hits, 1)
    rows, columns = cheapest_pairs(-accuracy)
    real = hits[rows, columns] > 0
    rows, columns = rows[real], columns[real]
    partner = np.full(len(true_trains), -1)
    partner[rows] = columns

    def of_pairs(values):
        filled = np.zeros(len(true_trains))
        filled[rows] = values[rows, columns]
        return filled

    return Score(
        partner=partner,
        accuracy=of_pairs(accuracy),
        recall=of_pairs(hits / np.maximum(sizes1[:, None], 1)),
        precision=of_pairs(hits / np.maximum(sizes2, 1)),
        sorted_units=len(sorted_trains),
        false_units=int((accuracy.max(axis=0, initial=0.0) < FALSE_ACCURACY).sum()),
    )


def _in_order(trains):
    return [np.sort(np.asarray(train, dtype=np.int64)) for train in trains]


def _sizes(trains):
    return np.array([len(train) for train in trains], dtype=np.int64)


def _hits(trains1, trains2, tolerance):
    """One-to-one coincidences of every pair, (trains1, trains2) int64; 0 for pairs that share too little."""
    counts = np.zeros((len(trains1), len(trains2)), np.int64)
    count_coincidences(*_merged(trains1), *_merged(trains2), tolerance, counts)
    sizes1, sizes2 = _sizes(trains1)[:, None], _sizes(trains2)
    # A pair cannot have more hits than coincidences, nor more than the smaller train has spikes.
    most = np.minimum(counts, np.minimum(sizes1, sizes2))
    worth = (most > 0) & (most >= LOWEST_ACCURACY * (sizes1 + sizes2 - most))
    hits = np.zeros_like(counts)
    for i, j in zip(*np.nonzero(worth), strict=True):
        hits[i, j] = count_hits(trains1[i], trains2[j], tolerance)
    return hits


def _merged(trains):
    times = np.concatenate([np.zeros(0, np.int64), *trains])
    units = np.repeat(np.arange(len(trains)), _sizes(trains))
    order = np.argsort(times, kind="stable")
    return times[order], units[order]
