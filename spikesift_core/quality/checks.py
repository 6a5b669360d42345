"""Limits for the metrics: which units pass, and how good a sorting is as a whole. One row for each limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikesift_core.quality.job import Quality
from spikesift_core.quality.metrics import BY_NAME


@dataclass(frozen=True)
class Limit:
    """One row of `LIMITS`: units should have `metric` at most (`most`) or at least `limit`.

    `words` says what a unit is that does not, `source` who uses this limit.
    """

    metric: str
    limit: float
    most: bool
    words: str
    source: str

    def failed(self, values: np.ndarray) -> np.ndarray:
        """Which of (units,) values are beyond the limit, bool; nan is not."""
        return values > self.limit if self.most else values < self.limit

    @property
    def rule(self) -> str:
        """Such as "contamination <= 10%", as the filter understands it."""
        value = f"{100 * self.limit:g}%" if BY_NAME[self.metric].unit == "%" else f"{self.limit:g}"
        return f"{self.metric} {'<=' if self.most else '>='} {value}"

    @property
    def broken_rule(self) -> str:
        """The filter for the units that do not keep it, such as "contamination > 10%"."""
        return self.rule.replace("<=", ">") if self.most else self.rule.replace(">=", "<")


LIMITS: tuple[Limit, ...] = (
    Limit(
        "contamination", 0.1, True, "seems to hold spikes of other neurons",
        "10 % as the International Brain Laboratory (RIGOR, eLife 2025)",
    ),
    Limit("presence", 0.9, False, "is silent or lost for a part of the recording", "Siegle et al., Nature 592, 2021"),
    Limit("amplitude_cutoff", 0.1, True, "lacks its small spikes", "Siegle et al., Nature 592, 2021"),
    Limit("snr", 4.0, False, "is hardly larger than the noise", "SpikeSift: spikes are looked for from 5 SD on"),
    Limit("isolation", 3.0, False, "is hard to tell from another unit", "SpikeSift: 7 % would be mixed up"),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Verdict:
    """What the limits say of the units.

    Attributes
    ----------
    failed : name of a metric to (units,) bool, beyond its limit; only metrics that are computed.
    unknown : the same, no figure.
    good : (units,) bool, within all limits that could be looked at, of which contamination must be one.
    untold : (units,) bool, within all limits that could be looked at, but contamination is not one of them.
    """

    failed: dict[str, np.ndarray]
    unknown: dict[str, np.ndarray]
    good: np.ndarray
    untold: np.ndarray

    @property
    def looked_at(self) -> tuple[str, ...]:
        """The metrics that were looked at."""
        return tuple(self.failed)


def judged(quality: Quality) -> Verdict:
    """The limits against the figures that are computed."""
    known = [limit for limit in LIMITS if limit.metric in quality.columns]
    failed = {limit.metric: limit.failed(quality.columns[limit.metric]) for limit in known}
    unknown = {limit.metric: np.isnan(quality.columns[limit.metric]) for limit in known}
    count = len(quality.units)
    beyond = np.logical_or.reduce([np.zeros(count, bool), *failed.values()])
    sure = ~unknown["contamination"] if "contamination" in unknown else np.zeros(count, bool)
    return Verdict(failed, unknown, sure & ~beyond, ~sure & ~beyond)


def verdict_words(quality: Quality) -> str:
    """Whether the sorting is any good, in one or two sentences."""
    count = len(quality.units)
    if not count:
        return "No unit was found."
    verdict = judged(quality)
    good = int(verdict.good.sum())
    spikes = quality.columns["spikes"]
    share = 100 * spikes[verdict.good].sum() / max(1, spikes.sum())
    words = f"{good} of {count} units keep every limit; they hold {share:.0f} % of the spikes."
    untold = int(verdict.untold.sum())
    if untold and "contamination" in verdict.failed:
        verb = "breaks" if untold == 1 else "break"
        words += f" {untold} more {verb} none, but the contamination is not known."
    counts = {limit: int(verdict.failed[limit.metric].sum()) for limit in LIMITS if limit.metric in verdict.failed}
    worst = max(counts, key=counts.get, default=None)
    if worst is not None and counts[worst]:
        are = "unit" if counts[worst] == 1 else "units"
        words += f" What fails most often: {counts[worst]} {are} {_plural(worst.words, counts[worst])}."
    return words


def _plural(words: str, count: int) -> str:
    if count == 1:
        return words
    verb, rest = words.split(" ", 1)
    return f"{ {'seems': 'seem', 'is': 'are', 'lacks': 'lack'}[verb] } {rest}"
