"""Which electrodes of a Neuropixels probe the contacts are, and which channel the hardware gives each of them.

A channel can be switched to some electrodes only. How they go together was read in SpikeGLX (IMROTbl_T0base, _T21base,
_T24base, _T2020, _T2022, _T3010base and _T3020base.cpp, github.com/billkarsh/SpikeGLX).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from spikesift_core import probe_uhd
from spikesift_core.probe_contacts import ProbeLayout
from spikesift_core.probe_neuropixels import IN_BANKS, PartNumber, electrodes_of, part_numbers
from spikesift_core.stages.neighbours import nearest_to

NEAR = 0.1  # um
SCRAMBLED, GROUPS = "2.0SS scrambled", "UHD groups"  # as probeinterface's table calls these mappings
ROW_FACTOR, RIGHT_OFFSET = np.array([1, 7, 5, 3]), np.array([0, 4, 8, 12])  # of 2.0 with one shank, for each bank
BLOCK, BLOCKS = (
    48,
    np.array(  # of 2.0 with four shanks: block of electrodes for each shank and block of channels
        [[0, 6, 1, 7, 2, 4, 3, 5], [6, 0, 7, 1, 4, 2, 5, 3], [2, 4, 3, 5, 0, 6, 1, 7], [4, 2, 5, 3, 6, 0, 7, 1]]
    ),
)

FROM_BLOCKS = {SCRAMBLED: 32, GROUPS: 384, "2.0MS blocks": BLOCK, "NXT blocks": BLOCK}  # electrodes that go together


def _nxt_blocks() -> np.ndarray:
    """As `BLOCKS`, of NXT probes with four shanks: (shanks, blocks of channels) int64, -1 for none."""
    pairs = np.array([(block, block + 16 if block < 3 else -1) for block in range(16)])
    turned = np.roll(pairs, 8, axis=0)
    return np.array([one.ravel() for one in (pairs, pairs[:, ::-1], turned, turned[:, ::-1])])


@dataclass(frozen=True, eq=False)
class Selection:
    """Electrodes in the order of the channels.

    Attributes
    ----------
    part : of which probe.
    shanks, electrodes : shank, and number on the shank counted from the tip, (n,) int64.
    positions : (n, 2) float64 um, x from the left edge of the first shank, y from the lowest electrode.
    """

    part: PartNumber
    shanks: np.ndarray
    electrodes: np.ndarray
    positions: np.ndarray

    @property
    def banks(self) -> np.ndarray:
        """(n,) int64, counted from the tip."""
        return self.electrodes // self.part.bank_channels


def selection(layout: ProbeLayout) -> Selection:
    """The electrodes that the contacts are.

    Raises
    ------
    ValueError
        In words: the contacts are not those of a Neuropixels probe, or of one whose channels are not known; it is not
        known of which; they are not one for each channel, or on channels that their electrodes cannot have.
    """
    found = _placed(layout)
    if len(layout) != found.part.channels:
        raise ValueError(
            f"Such files name an electrode for each of the {found.part.channels} channels of {found.part.name}; this "
            f"probe has {len(layout)} contacts."
        )
    channels = CHANNELS[found.part.mapping](found.part, found.shanks, found.electrodes)
    wrong = np.flatnonzero(channels != np.arange(len(layout)))
    if len(wrong):
        first = int(wrong[0])
        raise ValueError(
            f"Electrode {found.electrodes[first]} of shank {found.shanks[first]} is on channel {first} here, but "
            f"{found.part.name} can record it on channel {channels[first]} only ({len(wrong)} such contacts). Number "
            "them so (a table can be pasted), or take the probe from the catalogue by its part number."
        )
    if found.part.mapping == GROUPS:
        probe_uhd.banks_of_groups(found.banks)
    return found


def _placed(layout: ProbeLayout) -> Selection:
    named = [part for part in part_numbers() if part.name == layout.part]
    fitting = [found for part in named or part_numbers() if (found := _on(part, layout)) is not None]
    if not fitting:
        what = f"{layout.part} has" if named else "Neuropixels probes have"
        raise ValueError(f"The contacts are not at places where {what} electrodes: such files are for these only.")
    known = [found for found in fitting if found.part.mapping in CHANNELS]
    if not known:
        raise ValueError(
            f"How {fitting[0].part.name} gives its electrodes to channels is not known to this program: save the probe "
            "as .json, .csv or .mat instead, and choose the electrodes in the acquisition program."
        )
    if len({found.part.head for found in known}) > 1:
        names = ", ".join(found.part.name for found in known)
        raise ValueError(
            f"It is not known which Neuropixels probe this is; its contacts fit {names}. Import the .meta, .imro or "
            "settings.xml it came from, or take it from the catalogue by its part number."
        )
    return known[0]


def _on(part: PartNumber, layout: ProbeLayout) -> Selection | None:
    """The contacts as electrodes of this part, from x = 0 or from the edge of the shank; None where one is at none."""
    electrodes = electrodes_of(part.name).positions
    for edge in (0.0, part.left_edge):
        away, found = (one[:, 0] for one in nearest_to(layout.positions - np.float32([edge, 0.0]), electrodes, 1))
        if (away < NEAR).all():
            on_each = part.electrodes // part.shanks
            return Selection(part, found // on_each, found % on_each, electrodes[found] + [part.left_edge, 0.0])
    return None


def _in_banks(part: PartNumber, shanks: np.ndarray, electrodes: np.ndarray) -> np.ndarray:
    return part.bank_channels * shanks + electrodes % part.bank_channels


def _scrambled(part: PartNumber, shanks: np.ndarray, electrodes: np.ndarray) -> np.ndarray:
    bank, within = np.divmod(electrodes, part.bank_channels)
    group, within = np.divmod(within, 32)
    row, right = np.divmod(within, 2)
    on_shank = 32 * group + 2 * ((row * ROW_FACTOR[bank] + right * RIGHT_OFFSET[bank]) % 16) + right
    return part.bank_channels * shanks + on_shank


def _in_blocks(blocks: np.ndarray, part: PartNumber, shanks: np.ndarray, electrodes: np.ndarray) -> np.ndarray:
    block, within = np.divmod(electrodes % part.bank_channels, BLOCK)
    return BLOCK * np.argmax(blocks[shanks] == block[:, None], axis=1) + within


def electrodes_from(part: PartNumber, height: float, shank: int | None = None) -> np.ndarray:
    """The electrodes next to each other from a height on, as far as the hardware can record them together.

    Where a channel has none of its electrodes there (at the upper end), it gets the next one below.

    Parameters
    ----------
    height : um above the lowest electrode; taken down to where a block of electrodes begins.
    shank : None spreads the channels over all shanks.

    Returns
    -------
    (channels,) int64, the electrode of each channel, counted shank after shank.
    """
    shanks, electrodes = np.divmod(np.arange(part.electrodes), part.electrodes // part.shanks)
    usable = np.flatnonzero((shanks == shank) | (shank is None))
    block = FROM_BLOCKS.get(part.mapping, 2) * (2 if shank is None and part.shanks > 1 else 1)
    heights = electrodes_of(part.name).positions[: part.electrodes // part.shanks, 1]
    first = np.count_nonzero(heights - heights.min() < height) // block
    above = electrodes[usable] // block - first
    rank = np.where(above >= 0, above, len(heights) - above)
    usable = usable[np.lexsort((electrodes[usable], shanks[usable], rank))]
    channels = CHANNELS[part.mapping](part, shanks[usable], electrodes[usable])
    return usable[np.unique(channels, return_index=True)[1]]


def _in_groups(_part: PartNumber, _shanks: np.ndarray, electrodes: np.ndarray) -> np.ndarray:
    return probe_uhd.channels_of(electrodes)


# mapping of a part -> channel (n,) int64 of electrodes (n,) on shanks (n,)
CHANNELS: dict[str, Callable[[PartNumber, np.ndarray, np.ndarray], np.ndarray]] = {
    IN_BANKS: _in_banks,
    "simple bank (1.0 style: ch 0 to electrode 0, 384, 768, 1152)": _in_banks,
    SCRAMBLED: _scrambled,
    "2.0MS blocks": partial(_in_blocks, BLOCKS),
    "NXT blocks": partial(_in_blocks, _nxt_blocks()),
    GROUPS: _in_groups,
}
