"""Where the contacts are, from what an acquisition system wrote beside the signal."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

Found = tuple[np.ndarray | None, list[str]]


def spikeglx_positions(path: Path, part: str, channels: int) -> Found:
    """Positions (channels, 2) in um from a SpikeGLX .meta, and what to say of them; None where it does not tell."""
    from spikesift_core.probe import import_probe

    try:
        positions = import_probe(path).positions
    except ValueError:  # a part that is not known, no table of electrodes: a person can bring a probe
        positions = np.zeros((0, 2))
    if len(positions) != channels:
        return None, ["The file does not tell where the contacts are: bring a probe."]
    return positions, [f"The contacts are those chosen on the probe ({part or 'from the file'})."]


def open_ephys_positions(settings: Path, stream: str, channels: int) -> Found:
    """Positions from a settings.xml, for Neuropixels probes; None where it does not tell."""
    try:
        positions = _in_channel_order(_probe(lambda io: io.read_openephys_neuropixels(settings, stream_name=stream)))
    except Exception:  # other hardware, other versions
        return None, []
    if len(positions) != channels:
        words = f"settings.xml has {len(positions)} contacts for {channels} channels, so its probe is not used."
        return None, [words]
    return positions, ["The contacts are those in settings.xml."]


def probeinterface_positions(path: Path, channels: int) -> Found:
    """Positions from a probeinterface .json beside the signal; None where there is none that fits."""
    from spikesift_core.probe import import_probe

    if not path.is_file():
        return None, []
    try:
        probe = import_probe(path)
    except ValueError as error:
        return None, [f"The probe beside it is not used: {error}"]
    if len(probe) != channels:
        return None, [f"{path.name} has {len(probe)} contacts for {channels} channels, so it is not used."]
    return probe.positions, [f"The contacts are those in {path.name}.", *probe.notes]


def _probe(read):
    from probeinterface import neuropixels_tools

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read(neuropixels_tools)


def _in_channel_order(probe) -> np.ndarray:
    positions = np.asarray(probe.contact_positions, np.float32)
    channels = probe.device_channel_indices
    return positions if channels is None else positions[np.argsort(channels, kind="stable")]
