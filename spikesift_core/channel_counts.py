"""How many channels values come from that follow each other, sample after sample: what repeats at that distance.

With the right count, values that many places apart come from one channel, one sample apart: they are more alike than
values one place nearer or farther, which come from other channels. Noise that all channels have in common makes near
values alike whatever their channels; it is not in the differences of neighbouring values, which are more alike a sample
apart too, and larger from one sample to the next than inside one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

MOST_CHANNELS = 2048
# By which a channel count has to stand out: in values, in their differences, in the size of these; where the values are
# few, by so many standard deviations of what chance gives.
CLEAR, CHANCE = (0.02, 0.04, 0.02), (3.0, 10.0, 8.0)
ONE_CHANNEL = 0.3  # likeness of neighbouring values, falling with distance, that speaks for one channel only
SMOOTH = 3.0  # times what it falls from one to two places apart: what it falls to one place, at most, in one channel
FEW = (
    4  # channels: what one channel repeats after so many samples, as a filter leaves it, looks like so many in one view
)
AS_GOOD = 0.85  # of the best: a smaller count that stands out so much is the count, the larger one its multiple


def standing_out(flat: np.ndarray, counts: Sequence[int]) -> dict[int, float]:
    """The channel counts for which values speak, no multiples of others.

    Parameters
    ----------
    flat : (n,) float64, values as they follow each other in a file.
    counts : numbers of channels that are possible.

    Returns
    -------
    count to how clearly it stands out (above 0, seldom more than 2); {} when none does.
    """
    low, high = np.percentile(flat, [1, 99])
    steps = np.diff(flat)
    typical = np.median(np.abs(steps)) / 0.6745 or np.abs(steps).mean()
    views = (
        np.clip(flat, low, high),
        np.clip(steps, -3 * typical, 3 * typical),
        np.minimum(np.abs(steps), 6 * typical),
    )
    likenesses = [_likeness(view) for view in views]
    tried = [count for count in counts if 1 < count < len(likenesses[0]) - 1]
    clear, views_for = dict.fromkeys(tried, 0.0), dict.fromkeys(tried, 0)
    for likeness, least, chance in zip(likenesses, CLEAR, CHANCE, strict=True):
        least = max(least, chance / len(flat) ** 0.5)
        for count in tried:
            above = _above(likeness, count, of_values=likeness is likenesses[0])
            if above > least:
                clear[count], views_for[count] = clear[count] + above, views_for[count] + 1
    clear = {count: above for count, above in clear.items() if count > FEW or views_for[count] > 1}
    best = max(clear.values(), default=0.0)
    if best == 0.0:
        return _one_channel(likenesses[0]) if 1 in counts else {}
    good = [count for count in clear if clear[count] > AS_GOOD * best]
    return {count: clear[count] for count in good if not any(count % less == 0 for less in good if less < count)}


def _above(likeness: np.ndarray, count: int, of_values: bool) -> float:
    """By how much values so many places apart are more alike than those one place nearer and farther."""
    if count == 2 and not of_values:  # neighbouring differences have a value in common, so that they are unlike anyhow
        return float(likeness[2] - likeness[3])
    return float(likeness[count] - (likeness[count - 1] + likeness[count + 1]) / 2)


def _one_channel(likeness: np.ndarray) -> dict[int, float]:
    """One channel, if neighbouring values are alike and the more so the nearer, as those of a smooth signal are."""
    if len(likeness) <= 4 or likeness[1] < ONE_CHANNEL or not (np.diff(likeness[:4]) < 0).all():
        return {}
    smooth = 1 - likeness[1] < SMOOTH * (likeness[1] - likeness[2])
    return {1: float(likeness[1])} if smooth else {}


def _likeness(flat: np.ndarray) -> np.ndarray:
    """Correlation of values k places apart, for k from 0 to `MOST_CHANNELS` + 1."""
    flat = (flat - flat.mean()).astype(np.float32)
    longest = min(MOST_CHANNELS + 2, len(flat) // 4)
    size = next_fast_len(len(flat) + longest, real=True)
    found = irfft(np.abs(rfft(flat, size)) ** 2, size)[:longest]
    pairs = len(flat) - np.arange(longest)
    return found / pairs / (found[0] / len(flat)) if found[0] > 0 else np.zeros(longest)
