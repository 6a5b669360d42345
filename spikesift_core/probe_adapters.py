"""Adapters and headstages whose wiring probeinterface knows (without network): which channel records which site."""

from __future__ import annotations

import numpy as np

from spikesift_core.probe_json import probeinterface


def adapters(contacts: int) -> tuple[str, ...]:
    """Names of those for a probe of so many contacts; () without probeinterface."""
    try:
        library = probeinterface()
    except ValueError:
        return ()
    return tuple(name for name in library.get_available_pathways() if len(library.get_pathway(name)) == contacts)


def adapter_channels(name: str) -> np.ndarray:
    """The channel, from 0, that each site of the probe is recorded on: (contacts,) int64, in the order of the sites.

    Raises
    ------
    ValueError
        If it is not known.
    """
    library = probeinterface()
    if name not in library.get_available_pathways():
        raise ValueError(f"The wiring of {name} is not known; known are {', '.join(library.get_available_pathways())}.")
    return np.asarray(library.get_pathway(name), np.int64)
