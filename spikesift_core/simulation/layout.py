"""Where the contacts of a simulated probe are."""

from __future__ import annotations

import numpy as np

# Up to 64 contacts: two staggered columns, 25 um between contacts of a column, as on a polytrode.
TWO_COLUMNS = np.array([[0.0, 0.0], [22.0, 12.5]])
TWO_COLUMN_PITCH = 25.0
MOST_IN_TWO_COLUMNS = 64
# More: four staggered columns with two contacts every 20 um, as on the first Neuropixels probe.
FOUR_COLUMNS = np.array([[16.0, 0.0], [48.0, 0.0], [0.0, 20.0], [32.0, 20.0]])
FOUR_COLUMN_PITCH = 40.0
MOST_ON_A_SHANK = 384
SHANK_PITCH = 250.0


def default_probe(channels: int) -> np.ndarray:
    """A polytrode with `channels` contacts: two staggered columns, or four above 64; shanks of at most 384 contacts.

    Returns
    -------
    (channels, 2) float64, x and y in um, each shank from the lowest contact upwards.

    Raises
    ------
    ValueError
        If there is no channel.
    """
    if channels < 1:
        raise ValueError(f"channels must be 1 or more, not {channels!r}.")
    few = channels <= MOST_IN_TWO_COLUMNS
    cell, pitch = (TWO_COLUMNS, TWO_COLUMN_PITCH) if few else (FOUR_COLUMNS, FOUR_COLUMN_PITCH)
    shank, number = np.divmod(np.arange(channels), MOST_ON_A_SHANK)
    row, place = np.divmod(number, len(cell))
    return cell[place] + np.column_stack([shank * SHANK_PITCH, row * pitch])


def contacts_of(probe, channels: int | None) -> np.ndarray:
    """The contacts of `probe`, or of the default probe where it is None.

    Returns
    -------
    (channels, 2) float64, x and y in um.

    Raises
    ------
    ValueError
        If the probe is not an array of finite x, y, or has another number of contacts than `channels` (unless None).
    """
    if probe is None:
        return default_probe(32 if channels is None else channels)
    contacts = _positions(probe)
    if channels is not None and channels != len(contacts):
        raise ValueError(f"channels is {channels}, but probe has {len(contacts)} contacts; leave channels out.")
    return contacts


def _positions(probe) -> np.ndarray:
    try:
        contacts = np.array(probe, dtype=np.float64, order="C")
    except (TypeError, ValueError):
        words = "probe must be an array of x, y in um, one row for each contact"
        raise ValueError(f"{words}, not {str(probe)[:60]!r}.") from None
    if contacts.ndim != 2 or contacts.shape[1] != 2 or len(contacts) == 0:
        raise ValueError(f"probe must have the shape (contacts, 2): x, y in um; it has the shape {contacts.shape}.")
    if not np.isfinite(contacts).all():
        row = int(np.flatnonzero(~np.isfinite(contacts).all(axis=1))[0])
        raise ValueError(f"probe must hold finite numbers; row {row} is {contacts[row].tolist()}.")
    return contacts
