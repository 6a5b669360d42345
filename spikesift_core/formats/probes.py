"""Where the contacts are, from what an acquisition system wrote beside the signal."""

from __future__ import annotations

from collections.abc import Callable

from spikesift_core.probe import imported
from spikesift_core.probe_contacts import Contacts, ProbeLayout

Found = tuple[ProbeLayout | None, list[str]]


def probe_beside(name: str, read: Callable[[], Contacts], channels: int) -> Found:
    """The probe that a file tells of, if it is that of so many channels, and what to say of it.

    Parameters
    ----------
    name : of the file.
    read : reads it, one of the readers of `spikesift_core.probe.FORMATS`.
    """
    try:
        probe = imported(read())
    except (ValueError, OSError) as error:
        return None, [f"Where the contacts are is not known from {name}, bring a probe. {error}"]
    if len(probe) != channels:
        return None, [f"{name} has {len(probe)} contacts for {channels} channels, so it is not used: bring a probe."]
    part = f" ({probe.layout.part})" if probe.layout.part else ""
    return probe.layout, [f"The contacts are those in {name}{part}.", *probe.notes]
