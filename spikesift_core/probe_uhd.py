"""Neuropixels UHD 2 (NP1110): electrodes are switched to channels in groups of 16 (read in SpikeGLX, IMROTbl_T1110).

Each channel can record one electrode of each bank. A group of channels is on one bank, or on two: then one of them
gives the outer columns of the shank and the other one the inner ones.
"""

from __future__ import annotations

from functools import cache

import numpy as np

CHANNELS, BANKS, GROUPS = 384, 16, 24
COLUMNS, ROWS = 8, 48  # of a bank
INNER, OUTER, ALL = 0, 1, 2  # which columns the first bank of a group gives
GROUP_COLUMNS = np.array([[0, 3, 1, 2], [1, 2, 0, 3]])  # of even and odd banks: pairs of columns of four groups


@cache
def electrodes() -> np.ndarray:
    """The electrode of each channel in each bank, counted along the rows from the tip, (channels, banks) int64."""
    channel, bank = np.arange(CHANNELS)[:, None], np.arange(BANKS)
    odd, step = channel % 2, channel % 32 // 2
    group = groups()[:, None]
    column = 2 * GROUP_COLUMNS[bank % 2, group % 4] + (step % 2 ^ bank // 4 % 2 ^ odd)
    row = ROWS * bank + 8 * (group // 4) + np.where(odd, 7 - step // 2, step // 2)
    return COLUMNS * row + column


@cache
def groups() -> np.ndarray:
    """The group of each channel, (channels,) int64."""
    channel = np.arange(CHANNELS)
    return 2 * (channel // 32) + channel % 2


def channels_of(chosen: np.ndarray) -> np.ndarray:
    """The channel that can record each electrode, (n,) int64."""
    channel = np.empty(CHANNELS * BANKS, np.int64)
    channel[electrodes()] = np.arange(CHANNELS)[:, None]
    return channel[chosen]


def banks_of_groups(banks: np.ndarray) -> tuple[int, list[tuple[int, int]]]:
    """Which columns the first banks give (`ALL`, `OUTER` or `INNER`), and the two banks of each group.

    Parameters
    ----------
    banks : (channels,) int64, the bank that each channel is wanted on.

    Raises
    ------
    ValueError
        If the hardware cannot have them so; the sentence says where.
    """
    wanted = [np.unique(banks[groups() == group]).tolist() for group in range(GROUPS)]
    if all(len(of_group) == 1 for of_group in wanted):
        return ALL, [(bank, bank) for (bank,) in wanted]
    for mode in (OUTER, INNER):
        found = [_pair(banks, group, of_group, mode) for group, of_group in enumerate(wanted)]
        if None not in found:
            return mode, found
    group = next(number for number, of_group in enumerate(wanted) if len(of_group) > 1)
    raise ValueError(
        f"These electrodes cannot be recorded together: the channels of group {group} would be on the banks "
        f"{', '.join(map(str, wanted[group]))}. NP1110 switches 16 electrodes at a time: take one bank for each group, "
        "or for every group one that is crossed (4 to 7, 12 to 15) and one that is not."
    )


def _pair(banks: np.ndarray, group: int, of_group: list[int], mode: int) -> tuple[int, int] | None:
    if len(of_group) != 2 or of_group[0] // 4 % 2 == of_group[1] // 4 % 2:
        return None
    channel = np.flatnonzero(groups() == group)
    for first, second in (of_group, of_group[::-1]):
        column = electrodes()[channel, first] % COLUMNS
        outer = (column < COLUMNS // 2) == (column % 2 == 0)
        if np.array_equal(np.where(outer == (mode == OUTER), first, second), banks[channel]):
            return first, second
    return None
