"""Every sorting parameter once: name, default, unit, limits, help. The form, the terminal, the docs and the checks
read this table; nothing else in the program knows a default.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from spikesift_core.signal_options import OPTION_TABLE, OPTIONS, checked_option, option_words


@dataclass(frozen=True)
class Parameter:
    """One sorting parameter.

    Attributes
    ----------
    name : keyword of `perform_spike_sorting`.
    label : its name in words, for a form.
    default : the published default.
    unit : unit of measure, or "".
    low, high : a value outside is an error; `None` is no limit. Both ends are excluded.
    least : smaller values are an error, this one is not; `None` is no limit.
    floor : smaller values are raised to this, as the published package does; `None` is no floor.
    step : values are rounded to a multiple of this; `None` is no rounding. Also the step of a form's spin box.
    soft_low, soft_high : the range a form offers.
    help : what it does, in words.
    more, less : what a larger and a smaller value do.
    """

    name: str
    label: str
    default: float
    unit: str
    help: str
    more: str
    less: str
    soft_low: float
    soft_high: float
    low: float | None = None
    high: float | None = None
    least: float | None = None
    floor: float | None = None
    step: float | None = None
    nonzero: bool = False
    form_step: float = 1.0

    def allowed(self) -> str:
        """The allowed values in words."""
        if self.nonzero:
            return "any number but 0"
        if self.low is not None and self.high is not None:
            return f"between {self.low:g} and {self.high:g}, both excluded"
        if self.low is not None:
            return f"above {self.low:g}"
        if self.least is not None:
            return f"{self.least:g} or more"
        return "any number"

    def allows(self, number: float) -> bool:
        """Whether the value is allowed."""
        return not (
            (self.low is not None and number <= self.low)
            or (self.high is not None and number >= self.high)
            or (self.least is not None and number < self.least)
            or (self.nonzero and number == 0)
        )


TABLE: tuple[Parameter, ...] = (
    Parameter(
        name="min_segment_length",
        label="Shortest segment",
        default=10.0,
        unit="s",
        help="The recording is cut where the activity changes most, into segments of about one to three times this "
        "length; inside a segment the tissue is taken as still. Below 0.1 s it is raised to 0.1 s.",
        more="Longer segments hold more spikes of slow units.",
        less="Shorter segments follow faster drift.",
        soft_low=0.1,
        soft_high=120.0,
        floor=0.1,
        form_step=1.0,
    ),
    Parameter(
        name="detection_sensitivity",
        label="Detection threshold",
        default=10.0,
        unit="× median |signal|",
        help="A trough counts as a candidate spike when it is this many times deeper than the channel's median "
        "absolute value: 6.7 is about 4.5 standard deviations of the noise, 10 about 6.7.",
        more="A larger value finds only the clearest spikes.",
        less="A smaller value finds weaker units and takes longer.",
        soft_low=3.0,
        soft_high=30.0,
        low=0.0,
        form_step=0.5,
    ),
    Parameter(
        name="min_spikes_per_cluster",
        label="Fewest spikes in a cluster",
        default=5.0,
        unit="spikes per segment",
        help="A group with fewer spikes in a segment is not kept; the default preset asks for more where spikes are "
        "weak. Below 2 it is raised to 2; it may be fractional.",
        more="A larger value drops rare units.",
        less="A smaller value keeps rare units, and more of what is not one.",
        soft_low=2.0,
        soft_high=100.0,
        floor=2.0,
        form_step=1.0,
    ),
    Parameter(
        name="merging_threshold",
        label="Merging threshold",
        default=0.4,
        unit="",
        help="Two groups of spikes stay one cluster when their spatial amplitude patterns differ by less than this "
        "share of the larger one.",
        more="A larger value splits less: neighbours may be joined.",
        less="A smaller value splits more: one unit may become two.",
        soft_low=0.05,
        soft_high=0.95,
        low=0.0,
        high=1.0,
        form_step=0.05,
    ),
    Parameter(
        name="max_drift",
        label="Largest drift between segments",
        default=30.0,
        unit="µm",
        help="When clusters of neighbouring segments are linked, shifts along the probe up to this far are tried, in "
        "steps of 5 µm. Rounded to a multiple of 5.",
        more="A larger value follows larger jumps.",
        less="A smaller value allows fewer wrong links.",
        soft_low=0.0,
        soft_high=200.0,
        least=0.0,
        step=5.0,
        form_step=5.0,
    ),
    Parameter(
        name="detection_polarity",
        label="Polarity",
        default=-1.0,
        unit="",
        help="-1 finds spikes that go down, +1 those that go up. Another size than 1 rescales the data and changes "
        "nothing else.",
        more="A positive value finds upward spikes.",
        less="A negative value finds downward spikes, the usual ones outside the cell.",
        soft_low=-1.0,
        soft_high=1.0,
        nonzero=True,
        form_step=2.0,
    ),
)

PARAMETERS: dict[str, Parameter] = {parameter.name: parameter for parameter in TABLE}

_PUBLISHED = {row.name: row.default for row in (*TABLE, *OPTION_TABLE)}
PRESETS: dict[str, dict[str, Any]] = {
    "default": {**_PUBLISHED, "detection_sensitivity": 6.7, "dead_channels": "exclude"},
    "published": _PUBLISHED,
}
PRESET_HELP: dict[str, str] = {
    "default": "Finds more units: weaker spikes, finer splits, units followed where they fall silent.",
    "published": "The method and the values of the published package (Georgiadis & Petrantonakis 2025).",
}
DEFAULT_PRESET = "default"


def checked(name: str, value: object) -> Any:
    """The value of one parameter as a float, with its floor and step applied; for options see `checked_option`.

    Raises
    ------
    ValueError
        Naming the parameter, the value given and what is allowed.
    """
    if name in OPTIONS:
        return checked_option(name, value)
    parameter = PARAMETERS[name]
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ValueError(f"{name} must be a number ({parameter.allowed()}), not {value!r}.")
    number = float(value)
    if not parameter.allows(number):
        raise ValueError(f"{name} must be {parameter.allowed()}, not {value!r}.")
    if parameter.floor is not None:
        number = max(number, parameter.floor)
    if parameter.step is not None:
        number = parameter.step * round(number / parameter.step)
    return number


def resolve(preset: str | None = None, given: Mapping[str, object] | None = None) -> dict[str, Any]:
    """All sorting parameters and options: those `given` and not None, the rest from `preset` (None: the default).

    Raises
    ------
    ValueError
        For an unknown preset, an unknown parameter or a value that is not allowed.
    """
    preset = DEFAULT_PRESET if preset is None else preset
    if preset not in PRESETS:
        raise ValueError(f"preset must be one of {', '.join(map(repr, PRESETS))}, not {preset!r}.")
    given = {name: value for name, value in (given or {}).items() if value is not None}
    unknown = sorted(set(given) - set(PRESETS[preset]))
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not a sorting parameter; there are: {', '.join(PRESETS[preset])}.")
    return {name: checked(name, given.get(name, default)) for name, default in PRESETS[preset].items()}


def value_words(value: Any) -> str:
    """The value of a parameter or an option as a person writes it: "6.7", "median", "3, 12-15"."""
    return f"{value:g}" if isinstance(value, Real) else option_words(value)


def method_of(preset: str | None) -> str:
    """The method a preset sorts by, "published" or "default"; each preset has the name of its method."""
    return preset or DEFAULT_PRESET


def changed_from_preset(values: Mapping[str, Any], preset: str | None) -> dict[str, tuple[Any, Any]]:
    """Parameters and options that differ from `preset`: name to (value in the preset, value used).

    Parameters
    ----------
    values : by name, as a session keeps them; an older one knows fewer names, a newer one perhaps other presets.
    """
    base = PRESETS.get(preset, {})
    used = {name: checked(name, values[name]) for name in base if values.get(name) is not None}
    return {name: (base[name], value) for name, value in used.items() if value != base[name]}
