"""Gaps in a recording, found from the numbers or times written beside its samples, reading only a few of them."""

from __future__ import annotations

from collections.abc import Callable

from spikesift_core.formats.stream import gap_words

MOST_GAPS = 20
MOST_NAMED = 3


def gaps(clock: Callable[[int], float], count: int, step: float = 1.0, tolerance: float = 0.5) -> list[tuple[int, int]]:
    """Places where a clock goes on by more than one step from one entry to the next.

    Parameters
    ----------
    clock : entry number to its time, rising.
    count : entries.
    step : time from one entry to the next without a gap.
    tolerance : in steps; less than this is no gap.

    Returns
    -------
    (entry before which something is missing, how many steps are missing), in order, at most `MOST_GAPS`. A clock that
    runs backwards gives negative numbers.
    """
    found: list[tuple[int, int]] = []

    def search(first: int, last: int, early: float, late: float) -> None:
        missing = (late - early) / step - (last - first)
        if abs(missing) <= tolerance or len(found) >= MOST_GAPS:
            return
        if last == first + 1:
            found.append((last, round(missing)))
            return
        middle = (first + last) // 2
        between = clock(middle)
        search(first, middle, early, between)
        search(middle, last, between, late)

    if count > 1:
        search(0, count - 1, clock(0), clock(count - 1))
    return found


def clock_words(found: list[tuple[int, int]], rate: float, samples_per_entry: int = 1) -> list[str]:
    """Sentences for the gaps (entry, samples missing), the first few of many."""
    words = []
    for place, missing in found[:MOST_NAMED]:
        if missing > 0:
            words.append(gap_words(place * samples_per_entry, missing, rate))
        else:
            at = place * samples_per_entry / rate
            words.append(f"The clock of the file runs backwards after {at:.3f} s: was the file put together?")
    if len(found) > MOST_NAMED:
        words.append(f"{len(found) - MOST_NAMED} gaps more{' at least' if len(found) >= MOST_GAPS else ''}.")
    return words
