"""The clock of an acquisition system: it goes on while nothing is recorded, so that recorded samples have gaps on it.

Times of this program count recorded samples, one after the other, whatever was missing between them. What other
programs recorded meanwhile (stimuli, behaviour) is on the clock of the acquisition system.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_NAMED, MOST_LISTED = 4, 24  # gaps in a sentence, in a list


@dataclass(frozen=True)
class Gap:
    """Samples that were not recorded.

    Attributes
    ----------
    sample : the first one that was recorded after the gap.
    missing : how many samples are missing before it, at least 1.
    """

    sample: int
    missing: int


@dataclass(frozen=True)
class AcquisitionClock:
    """Which number the acquisition system gives to each recorded sample.

    Attributes
    ----------
    start : number of sample 0.
    gaps : where the numbers jump, in the order of time.
    pace : numbers from one sample to the next. 1 where the clock counts samples; else it is another clock than that of
        the samples, a little faster (above 1) or slower.
    """

    start: int = 0
    gaps: tuple[Gap, ...] = ()
    pace: float = 1.0

    @property
    def missing(self) -> int:
        """Samples missing in all."""
        return sum(gap.missing for gap in self.gaps)

    def numbers(self, samples) -> np.ndarray:
        """The numbers (n,) int64 on this clock of recorded samples (n,)."""
        samples = np.asarray(samples, np.int64)
        after = np.array([gap.sample for gap in self.gaps], np.int64)
        missing = np.cumsum([0, *(gap.missing for gap in self.gaps)], dtype=np.int64)
        paced = samples if self.pace == 1 else np.rint(samples * self.pace).astype(np.int64)
        return self.start + paced + missing[np.searchsorted(after, samples, side="right")]

    def counted_from(self, sample: int) -> AcquisitionClock:
        """The same clock where samples are counted otherwise: what was sample 0 is then sample `sample`."""
        return AcquisitionClock(self.start - round(sample * self.pace), moved(self.gaps, sample), self.pace)

    def described(self) -> dict[str, Any]:
        """Ready for JSON."""
        pace = {} if self.pace == 1 else {"pace": self.pace}
        return {"start": self.start, "gaps": [[gap.sample, gap.missing] for gap in self.gaps], **pace}


def clock_described(values: Mapping | None) -> AcquisitionClock | None:
    """The clock that `AcquisitionClock.described` gave; None for None.

    Raises
    ------
    ValueError
        If it is none.
    """
    if values is None:
        return None
    try:
        gaps = tuple(Gap(int(at), int(count)) for at, count in values["gaps"])
        return AcquisitionClock(int(values["start"]), gaps, float(values.get("pace", 1.0)))
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"the clock of the acquisition system cannot be understood: {error}.") from error


def moved(gaps: Sequence[Gap], samples: int) -> tuple[Gap, ...]:
    """The gaps so many samples later."""
    return tuple(Gap(gap.sample + samples, gap.missing) for gap in gaps)


def gaps_within(gaps: Sequence[Gap], start: int, count: int) -> tuple[Gap, ...]:
    """The gaps inside so many samples from `start` on, counted from there."""
    return tuple(gap for gap in moved(gaps, -start) if 0 < gap.sample < count)


def gap_words(gap: Gap, rate: float) -> str:
    """A gap in a few words, such as "0.033 s (1000 samples) after 1.500 s"."""
    return f"{missing_words(gap.missing, rate)} after {gap.sample / rate:.3f} s"


def missing_words(missing: int, rate: float) -> str:
    """So many samples in words, such as "0.033 s (1000 samples)"."""
    return f"{missing / rate:.3f} s ({missing} samples)"


def gaps_words(gaps: Sequence[Gap], rate: float) -> list[str]:
    """The sentence for the gaps of a recording; [] without one."""
    if not gaps:
        return []
    places = ", ".join(gap_words(gap, rate) for gap in gaps[:MOST_NAMED])
    more = f", and {len(gaps) - MOST_NAMED} more" if len(gaps) > MOST_NAMED else ""
    whole = sum(gap.missing for gap in gaps) / rate
    what = "A gap" if len(gaps) == 1 else f"{len(gaps)} gaps, {whole:.3f} s in all"
    return [
        f"{what}: {places}{more} were not recorded. Times count recorded samples only; exports can also give them on "
        "the clock of the acquisition system."
    ]


def gap_lines(gaps: Sequence[Gap], rate: float) -> list[str]:
    """The gaps as indented lines, the first ones of many; [] without one."""
    if not gaps:
        return []
    whole = missing_words(sum(gap.missing for gap in gaps), rate)
    head = f"  gaps: {len(gaps)}, {whole} not recorded in all; times count recorded samples only"
    more = [f"    and {len(gaps) - MOST_LISTED} more gaps"] if len(gaps) > MOST_LISTED else []
    return [head, *(f"    {gap_words(gap, rate)}" for gap in gaps[:MOST_LISTED]), *more]


def gaps_data(gaps: Sequence[Gap], rate: float) -> list[dict[str, Any]]:
    """The gaps for a script: sample and second after which something is missing, how many samples and seconds."""
    return [
        {
            "sample": gap.sample,
            "second": gap.sample / rate,
            "missing_samples": gap.missing,
            "missing_seconds": gap.missing / rate,
        }
        for gap in gaps
    ]
