"""The contacts of a probe: as arrays in the order of the channels, and as a probe file lists them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class ProbeLayout:
    """Contacts in the order of the recording's channels.

    Attributes
    ----------
    positions : (contacts, 2) float32, x and y of the middle of each contact in um.
    shanks : (contacts,) int64, shank of each contact, counted from 0.
    sizes : (contacts, 2) float32, width and height of a rectangular contact in um. A height of 0 is a round contact
        of that diameter; both 0: not known.
    part : part number of the probe, such as "NP1000"; "" where it is not known.
    """

    positions: np.ndarray
    shanks: np.ndarray
    sizes: np.ndarray
    part: str = ""

    def __post_init__(self):
        for array in (self.positions, self.shanks, self.sizes):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, contacts) -> ProbeLayout:
        """Only these contacts (indices), in this order."""
        return ProbeLayout(self.positions[contacts], self.shanks[contacts], self.sizes[contacts], self.part)


def layout(positions, shanks=None, sizes=None, part: str = "") -> ProbeLayout:
    """A ProbeLayout of what can be made into arrays; without `shanks` all are on one, without `sizes` none is known.

    A ProbeLayout in place of the positions is given back as it is.

    Raises
    ------
    ValueError
        If positions are not rows of x and y, the arrays do not have one row for each contact, or shanks or sizes are
        not what `ProbeLayout` says.
    """
    if isinstance(positions, ProbeLayout):
        return positions
    positions = _positions(positions)
    count = len(positions)
    shanks = np.zeros(count, np.int64) if shanks is None else np.array(shanks, dtype=np.int64)
    sizes = np.zeros((count, 2), np.float32) if sizes is None else np.array(sizes, dtype=np.float32)
    if shanks.shape != (count,) or (count and shanks.min() < 0):
        raise ValueError(f"shanks must be one whole number, 0 or more, for each of {count} contacts.")
    if sizes.shape != (count, 2) or not np.isfinite(sizes).all() or (sizes < 0).any():
        raise ValueError(f"sizes must be width and height in um, 0 or more, for each of {count} contacts.")
    return ProbeLayout(positions, shanks, sizes, part)


def _positions(given) -> np.ndarray:
    try:
        positions = np.array(given, dtype=np.float32)
    except (TypeError, ValueError):
        positions = None
    if positions is None or (positions.size and (positions.ndim != 2 or positions.shape[1] != 2)):
        raise ValueError(f"the positions of contacts must be rows of x and y in um, not {str(given)[:60]!r}.")
    return positions.reshape(-1, 2)


@dataclass
class Contacts:
    """What a reader found, in the order of the probe file.

    Attributes
    ----------
    positions : (contacts, 2) float64, um.
    channels : (contacts,) int64, channel number of each contact as the file has it, negative where it is not wired;
        None where the file does not say (then the rows are in the order of the channels).
    first_channel : the number the first channel has in this format, 0 or 1; None where both are in use.
    shanks : shank of each contact, numbers or names.
    ids : name of each contact.
    connected : (contacts,) bool.
    sizes : (contacts, 2) um, see `ProbeLayout`.
    notes : what the reader did, one sentence each.
    part : part number of the probe, "" where the file does not tell.
    """

    positions: np.ndarray
    channels: np.ndarray | None = None
    first_channel: int | None = None
    shanks: list | None = None
    ids: list | None = None
    connected: np.ndarray | None = None
    sizes: np.ndarray | None = None
    notes: list[str] = field(default_factory=list)
    part: str = ""

    def in_channel_order(self) -> Contacts:
        """The wired contacts, rows sorted by channel, channels counted from 0, and nothing left None.

        Raises
        ------
        ValueError
            For no contacts, or two contacts on one channel.
        """
        filled = self._filled()
        if self.channels is None:
            return filled
        keep = np.flatnonzero(filled.channels >= 0)
        if len(keep) == 0:
            raise ValueError("no contact is wired to a channel (all channel numbers are negative).")
        order = keep[np.argsort(filled.channels[keep], kind="stable")]
        first, notes = _base(filled.channels[order], self.first_channel)
        channels = filled.channels[order] - first
        _refuse_doubles(filled.channels[order])
        if len(keep) < len(filled.channels):
            notes.append(f"{len(filled.channels) - len(keep)} contacts are not wired to a channel and were left out.")
        if not np.array_equal(order, keep):
            notes.append("The rows were put in the order of the recording's channels; the file has another order.")
        return replace(
            filled,
            positions=filled.positions[order],
            channels=channels,
            shanks=[filled.shanks[index] for index in order],
            ids=[filled.ids[index] for index in order],
            connected=filled.connected[order],
            sizes=filled.sizes[order],
            notes=filled.notes + notes + _gaps(channels),
        )

    def _filled(self) -> Contacts:
        count = len(self.positions)
        if count == 0:
            raise ValueError("it holds no contacts.")
        filled = replace(
            self,
            channels=np.arange(count) if self.channels is None else np.asarray(self.channels, dtype=np.int64).ravel(),
            shanks=[0] * count if self.shanks is None else list(self.shanks),
            ids=[str(index) for index in range(count)] if self.ids is None else [str(name) for name in self.ids],
            connected=np.ones(count, bool) if self.connected is None else np.asarray(self.connected, bool).ravel(),
            sizes=np.zeros((count, 2)) if self.sizes is None else np.asarray(self.sizes, float).reshape(-1, 2),
            notes=list(self.notes),
        )
        for name in ("channels", "shanks", "ids", "connected", "sizes"):
            if len(getattr(filled, name)) != count:
                words = {"ids": "contact names", "connected": "connected flags"}.get(name, name)
                raise ValueError(f"it holds {count} positions but {len(getattr(filled, name))} {words}.")
        return filled


def _base(channels: np.ndarray, declared: int | None) -> tuple[int, list[str]]:
    """The number of the first channel, 0 or 1, for sorted channel numbers, and a note where it had to be inferred."""
    lowest, highest = int(channels[0]), int(channels[-1])
    if declared == 1 and lowest == 0:
        return 0, ["The channel map holds a 0; taken as counted from 0, though this format counts from 1."]
    if declared is not None:
        return declared, ["The channel map starts at 1; taken as 1-based."] if declared and lowest == 1 else []
    if lowest == 1 and highest == len(channels):
        return 1, ["The channel map starts at 1; taken as 1-based."]
    return 0, []


def _refuse_doubles(channels: np.ndarray) -> None:
    double = np.flatnonzero(np.diff(channels) == 0)
    if len(double):
        raise ValueError(f"two contacts are wired to channel {channels[double[0]]} (as numbered in the file).")


def _gaps(channels: np.ndarray) -> list[str]:
    missing = int(channels[-1]) + 1 - len(channels)
    if missing == 0:
        return []
    return [
        f"Channels are numbered from {channels[0]} to {channels[-1]} (counted from 0), {len(channels)} of them have a "
        f"contact: right if the recording holds only these {len(channels)}, in this order."
    ]
