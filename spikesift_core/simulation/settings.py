"""What a simulated recording is made of: every setting with its default, and its check in words."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, fields
from numbers import Real

DRIFTS = ("none", "sine", "zigzag", "jumps", "random walk")
OUTPUT_TYPES = ("int16", "uint16", "int32", "float32", "float64")

# name: (lowest, highest), both allowed.
_WHOLE = {
    "channels": (1, 100_000),
    "units": (0, 100_000),
    "background_per_channel": (0, 1000),
    "seed": (0, 2**63 - 1),
}
_NUMBERS = {
    "seconds": (0.01, 1e7),
    "sampling_frequency": (5000.0, 200_000.0),
    "drift": (0.0, 1000.0),
    "drift_period": (0.5, 1e6),
    "depth_dependence": (0.0, 1.0),
    "amplitude_variation": (0.0, 0.5),
    "bursting_units": (0.0, 1.0),
    "burst_amplitude": (0.3, 1.0),
    "refractory_ms": (0.5, 20.0),
    "overlaps": (0.0, 0.5),
    "noise": (0.0, 1000.0),
    "noise_spread": (0.0, 0.5),
    "noise_correlation": (0.0, 0.95),
    "noise_reach": (1.0, 10_000.0),
    "uv_per_bit": (1e-4, 1000.0),
    "chunk_seconds": (0.001, 3600.0),
}
_RANGES = {"amplitude": (1.0, 5000.0), "background_amplitude": (0.0, 5000.0), "rate": (0.01, 200.0)}
_CHOICES = {"drift_kind": DRIFTS, "data_type": OUTPUT_TYPES}


@dataclass(frozen=True)
class SimulationSettings:
    """Settings of a simulated recording. The same settings and probe give the same file.

    Attributes
    ----------
    channels : number of contacts of the default probe.
    seconds : length of the recording.
    sampling_frequency : Hz.
    units : units with known spikes.
    amplitude : (smallest, largest) peak of a unit on its best contact, uV; log-spread between.
    rate : (lowest, highest) firing rate of a unit, Hz; log-spread between.
    refractory_ms : shortest time between two spikes of a unit, ms.
    bursting_units : share of the units that fire bursts.
    burst_amplitude : size of each further spike of a burst relative to the one before it.
    amplitude_variation : SD of a spike's size relative to its unit's.
    overlaps : share of the spikes that a neighbouring unit answers within 0.7 ms (beside overlaps by chance).
    background_per_channel : units too weak to sort, for each contact.
    background_amplitude : (smallest, largest) peak of those, uV.
    drift : movement along the probe (y), peak to peak, um.
    drift_kind : one of `DRIFTS`.
    drift_period : s; period of the sine and the zigzag (at most the recording's length), twice the time between jumps.
    depth_dependence : 0: all depths move alike; 1: the deepest unit (lowest y) does not move, the highest moves fully.
    noise : SD of the noise of a typical channel, without background units, uV.
    noise_spread : SD over channels of the logarithm of the noise level.
    noise_correlation : correlation of the noise of two contacts at the same place.
    noise_reach : distance at which the noise of two contacts has become independent, um.
    uv_per_bit : gain of integer files, uV; float files are in uV.
    data_type : one of `OUTPUT_TYPES`; unsigned integers have their zero at mid-range.
    chunk_seconds : recording written in one go; changes memory and the grain of the progress, never the data.
    seed : of all random numbers.
    drift_path : (second, um) points that the tissue moves along in straight lines, instead of `drift_kind`; a jump is
        two points close in time. `drift` follows from it. Empty: none is given.
    silences : (unit, from second, to second) in which a unit with known spikes does not fire, to make units that
        vanish, appear late or fall silent.

    Raises
    ------
    ValueError
        Naming the setting, the value given and what is allowed.
    """

    channels: int = 32
    seconds: float = 60.0
    sampling_frequency: float = 30_000.0
    units: int = 20
    amplitude: tuple[float, float] = (40.0, 250.0)
    rate: tuple[float, float] = (1.0, 20.0)
    refractory_ms: float = 2.0
    bursting_units: float = 0.3
    burst_amplitude: float = 0.8
    amplitude_variation: float = 0.07
    overlaps: float = 0.02
    background_per_channel: int = 4
    background_amplitude: tuple[float, float] = (3.0, 20.0)
    drift: float = 20.0
    drift_kind: str = "zigzag"
    drift_period: float = 40.0
    depth_dependence: float = 0.0
    noise: float = 8.0
    noise_spread: float = 0.12
    noise_correlation: float = 0.5
    noise_reach: float = 150.0
    uv_per_bit: float = 0.195
    data_type: str = "int16"
    chunk_seconds: float = 1.0
    seed: int = 0
    drift_path: tuple[tuple[float, float], ...] = ()
    silences: tuple[tuple[int, float, float], ...] = ()

    def __post_init__(self) -> None:
        for name, limits in _WHOLE.items():
            self._set(name, _whole(name, getattr(self, name), *limits))
        for name, limits in _NUMBERS.items():
            self._set(name, _number(name, getattr(self, name), *limits))
        for name, limits in _RANGES.items():
            self._set(name, _range(name, getattr(self, name), *limits))
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                words = ", ".join(map(repr, allowed))
                raise ValueError(f"{name} must be one of {words}, not {getattr(self, name)!r}.")
        self._set("drift_path", _path(self.drift_path))
        if self.drift_path:
            heights = [height for _, height in self.drift_path]
            self._set("drift", max(heights) - min(heights))
        self._set("silences", _silences(self.silences, self.units))
        if self.rate[1] * self.refractory_ms / 1000 > 0.5:
            raise ValueError(
                f"rate goes up to {self.rate[1]:g} Hz, which leaves no room for a refractory period of "
                f"{self.refractory_ms:g} ms; give a rate of at most {500 / self.refractory_ms:g} Hz or a shorter "
                "refractory_ms."
            )

    def _set(self, name: str, value) -> None:
        object.__setattr__(self, name, value)

    @property
    def num_samples(self) -> int:
        """Samples of the recording."""
        return max(1, round(self.seconds * self.sampling_frequency))


def settings_from(given: dict) -> SimulationSettings:
    """Settings from names and values; those not given have their defaults.

    Raises
    ------
    ValueError
        For an unknown name, or a value that is not allowed.
    """
    known = [field.name for field in fields(SimulationSettings)]
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not a setting of the simulator; there are: {', '.join(known)}, probe.")
    return SimulationSettings(**given)


def _whole(name: str, value, low: int, high: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or not low <= number <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}, not {value!r}.")
    return number


def _number(name: str, value, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value) or not low <= value <= high:
        raise ValueError(f"{name} must be a number from {low:g} to {high:g}, not {value!r}.")
    return float(value)


def _range(name: str, value, low: float, high: float) -> tuple[float, float]:
    try:
        first, last = value
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be two numbers, the smallest and the largest, not {value!r}.") from None
    first, last = _number(f"{name}[0]", first, low, high), _number(f"{name}[1]", last, low, high)
    if first > last:
        raise ValueError(f"{name} must be the smallest and the largest value in this order, not {value!r}.")
    return first, last


def _path(value) -> tuple[tuple[float, float], ...]:
    try:
        points = tuple((float(second), float(height)) for second, height in value)
    except (TypeError, ValueError):
        raise ValueError(f"drift_path must be points (second, um), not {value!r}.") from None
    seconds = [second for second, _ in points]
    if not all(math.isfinite(number) for point in points for number in point) or seconds != sorted(set(seconds)):
        raise ValueError(f"drift_path must be points in order of time, no two at the same second, not {value!r}.")
    return points


def _silences(value, units: int) -> tuple[tuple[int, float, float], ...]:
    try:
        silences = tuple((operator.index(unit), float(start), float(end)) for unit, start, end in value)
    except (TypeError, ValueError):
        raise ValueError(f"silences must be triples (unit, from second, to second), not {value!r}.") from None
    for unit, start, end in silences:
        if not 0 <= unit < units or not start < end:
            raise ValueError(
                f"silences must name units from 0 to {units - 1} and end after they begin; this one does not: "
                f"{(unit, start, end)}."
            )
    return silences
