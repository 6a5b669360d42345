"""The clock of a recording from the numbers or times written beside its samples, reading only a few of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from spikesift_core.acquisition_clock import AcquisitionClock, Gap

MOST_GAPS = 10_000
PIECES = 64  # of a clock that is not the one of the samples
LEAST_DRIFT = 0.5  # samples from end to end by which another clock differs; less is how its times are rounded
LARGEST_DIFFERENCE = 1e-3  # of two clocks; quartzes differ by less than 1e-4


def read_clock(
    number: Callable[[int], float],
    entries: int,
    rate: float,
    *,
    samples_per_entry: int = 1,
    tolerance: float = 0.5,
    measured: bool = False,
) -> tuple[AcquisitionClock | None, list[str]]:
    """Find where a clock goes on by more than the samples between two entries.

    Parameters
    ----------
    number : entry to what the clock says of its first sample, in samples.
    entries : how many there are.
    rate : Hz, for words.
    tolerance : samples; less than this is no gap.
    measured : the clock is another one than that of the samples (times, not counts): their typical difference is
        measured first, and the clock that is returned has its pace.

    Returns
    -------
    the clock (None without an entry), and what is wrong with it in words.
    """
    if entries < 1:
        return None, []
    places = np.linspace(0, entries - 1, min(PIECES if measured else 1, entries - 1) + 1).astype(int).tolist()
    found_there = [number(place) for place in places]
    step = float(np.median(np.diff(found_there) / np.diff(places))) if measured and entries > 1 else samples_per_entry
    jumps: list[tuple[int, int]] = []

    def search(first: int, last: int, early: float, late: float) -> None:
        missing = late - early - step * (last - first)
        if abs(missing) <= tolerance or len(jumps) >= MOST_GAPS:
            return
        if last == first + 1:
            jumps.append((last * samples_per_entry, round(missing)))
            return
        middle = (first + last) // 2
        between = number(middle)
        search(first, middle, early, between)
        search(middle, last, between, late)

    for k in range(len(places) - 1):
        search(places[k], places[k + 1], found_there[k], found_there[k + 1])
    gaps = tuple(Gap(sample, missing) for sample, missing in jumps if missing > 0)
    # From end to end, so that what one clock wanders against the other does not add up.
    counted = found_there[-1] - found_there[0] - sum(missing for _, missing in jumps)
    samples = (entries - 1) * samples_per_entry
    pace = counted / samples if measured and abs(counted - samples) > LEAST_DRIFT else 1.0
    return AcquisitionClock(round(found_there[0]), gaps, pace), [*_odd(jumps, rate), *_other_rate(pace, rate)]


def clock_of_pieces(
    starts: Sequence[float], counts: Sequence[int], rate: float
) -> tuple[AcquisitionClock | None, list[str]]:
    """The clock of pieces of any length, from what it says of the first sample of each; see `read_clock`."""
    if len(starts) == 0:
        return None, []
    samples = np.cumsum(counts)[:-1]
    missing = np.round(np.diff(starts) - np.asarray(counts[:-1])).astype(int)
    jumps = [(int(at), int(count)) for at, count in zip(samples, missing, strict=True) if count]
    gaps = tuple(Gap(at, count) for at, count in jumps if count > 0)
    return AcquisitionClock(round(starts[0]), gaps), _odd(jumps, rate)


def starts_of_blocks(path: Path, kind: str, header: int, block_bytes: int, place: int = 0) -> np.ndarray:
    """The number at byte `place` of each block of a file, (blocks,) of this NumPy type; read where it is looked at."""
    blocks = max(0, path.stat().st_size - header) // block_bytes
    if blocks == 0:
        return np.zeros(0, kind)
    block = np.dtype({"names": ["number"], "formats": [kind], "offsets": [place], "itemsize": block_bytes})
    return np.memmap(path, dtype=block, mode="r", offset=header, shape=(blocks,))["number"]


def _other_rate(pace: float, rate: float) -> list[str]:
    if abs(pace - 1) <= LARGEST_DIFFERENCE:
        return []
    return [
        f"By the times beside the samples the sampling frequency is {rate / pace:.6g} Hz, not {rate:g} as the file "
        "says: times in seconds, and the filter, depend on it."
    ]


def _odd(jumps: list[tuple[int, int]], rate: float) -> list[str]:
    words = []
    backwards = [sample / rate for sample, missing in jumps if missing < 0]
    if backwards:
        times = "" if len(backwards) == 1 else f" and {len(backwards) - 1} more times"
        words.append(f"The clock of the file runs backwards after {backwards[0]:.3f} s{times}: was it put together?")
    if len(jumps) >= MOST_GAPS:
        last = jumps[-1][0] / rate
        words.append(f"There are more than {MOST_GAPS} gaps: those after {last:.3f} s are not known.")
    return words
