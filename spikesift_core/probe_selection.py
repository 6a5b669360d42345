"""Which electrodes of a Neuropixels probe the contacts are, and which channel the hardware gives each of them.

A channel can be switched to some electrodes only. How they go together was read in SpikeGLX (IMROTbl_T0base, _T21base
and _T24base.cpp, github.com/billkarsh/SpikeGLX).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.spatial import cKDTree

from spikesift_core.probe_contacts import ProbeLayout
from spikesift_core.probe_neuropixels import PartNumber, electrodes_of, part_numbers

BANK = 384  # electrodes
NEAR = 0.1  # um
ROW_FACTOR, RIGHT_OFFSET = np.array([1, 7, 5, 3]), np.array([0, 4, 8, 12])  # of 2.0 with one shank, for each bank
BLOCK, BLOCKS = (
    48,
    np.array(  # of 2.0 with four shanks: block of electrodes for each shank and block of channels
        [[0, 6, 1, 7, 2, 4, 3, 5], [6, 0, 7, 1, 4, 2, 5, 3], [2, 4, 3, 5, 0, 6, 1, 7], [4, 2, 5, 3, 6, 0, 7, 1]]
    ),
)


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
        return self.electrodes // BANK


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
    channels = CHANNELS[found.part.imro](found.shanks, found.electrodes)
    wrong = np.flatnonzero(channels != np.arange(len(layout)))
    if len(wrong):
        first = int(wrong[0])
        raise ValueError(
            f"Electrode {found.electrodes[first]} of shank {found.shanks[first]} is on channel {first} here, but "
            f"{found.part.name} can record it on channel {channels[first]} only ({len(wrong)} such contacts)."
        )
    return found


def _placed(layout: ProbeLayout) -> Selection:
    named = [part for part in part_numbers() if part.name == layout.part]
    fitting = [found for part in named or part_numbers() if (found := _on(part, layout)) is not None]
    if not fitting:
        what = f"{layout.part} has" if named else "Neuropixels probes have"
        raise ValueError(f"The contacts are not at places where {what} electrodes: such files are for these only.")
    known = [found for found in fitting if found.part.imro in CHANNELS and found.part.imro_type]
    if not known:
        raise ValueError(f"How {fitting[0].part.name} gives its electrodes to channels is not known to this program.")
    if len({found.part.imro_type for found in known}) > 1:
        names = ", ".join(found.part.name for found in known)
        raise ValueError(
            f"It is not known which Neuropixels probe this is; its contacts fit {names}. Import the .meta, .imro or "
            "settings.xml it came from, or take it from the catalogue by its part number."
        )
    return known[0]


def _on(part: PartNumber, layout: ProbeLayout) -> Selection | None:
    """The contacts as electrodes of this part, from x = 0 or from the edge of the shank; None where one is at none."""
    tree = _tree(part.name)
    for edge in (0.0, part.left_edge):
        away, found = tree.query(layout.positions - np.float32([edge, 0.0]), distance_upper_bound=NEAR)
        if np.isfinite(away).all():
            on_each = part.electrodes // part.shanks
            return Selection(part, found // on_each, found % on_each, tree.data[found] + [part.left_edge, 0.0])
    return None


@cache
def _tree(part: str) -> cKDTree:
    return cKDTree(electrodes_of(part).positions)


def _in_banks(_shanks: np.ndarray, electrodes: np.ndarray) -> np.ndarray:
    return electrodes % BANK


def _scrambled(_shanks: np.ndarray, electrodes: np.ndarray) -> np.ndarray:
    bank, within = np.divmod(electrodes, BANK)
    group, within = np.divmod(within, 32)
    row, right = np.divmod(within, 2)
    return 32 * group + 2 * ((row * ROW_FACTOR[bank] + right * RIGHT_OFFSET[bank]) % 16) + right


def _in_blocks(shanks: np.ndarray, electrodes: np.ndarray) -> np.ndarray:
    block, within = np.divmod(electrodes % BANK, BLOCK)
    return BLOCK * np.argsort(BLOCKS, axis=1)[shanks, block] + within


# layout of the IMRO table -> channel of each electrode
CHANNELS = {
    "imro_np1000": _in_banks,
    "imro_np2000": _scrambled,
    "imro_np2003": _scrambled,
    "imro_np2010": _in_blocks,
    "imro_np2013": _in_blocks,
}
