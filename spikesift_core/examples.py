"""The recording behind "Try it": simulated once, used again as long as nothing about it would differ."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import platformdirs

from spikesift_core.progress import Progress
from spikesift_core.simulate import SimulatedRecording, simulate_events
from spikesift_core.simulation.settings import SimulationSettings
from spikesift_core.truth import read_truth
from spikesift_core.version import VERSION

NAME = "drifting_32_channels"
SETTINGS = {"channels": 32, "seconds": 60.0, "units": 20, "drift": 20.0, "drift_kind": "sine", "seed": 1}


def examples_folder() -> Path:
    """Where examples are written unless a person chooses another folder: among the documents, easy to find again."""
    return platformdirs.user_documents_path() / "SpikeSift examples"


def example_events(folder: Path, name: str = NAME, **settings) -> Generator[Progress, None, SimulatedRecording]:
    """A job: the simulated recording `name` in `folder` (made if it is not there); yields `Progress`.

    Parameters
    ----------
    settings : as for `simulate`, on top of `SETTINGS`.

    Raises
    ------
    ValueError
        If it cannot be written there.
    """
    wanted = SETTINGS | settings
    there = _there_already(folder / name, wanted)
    if there is not None:
        return there
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"The folder {folder} cannot be made: {error.strerror or error}. Choose another.") from error
    return (yield from simulate_events(folder / name, **wanted))


def _there_already(base: Path, wanted: dict) -> SimulatedRecording | None:
    """What an earlier call made, if it is complete and was made by this version with these settings."""
    binary, probe, truth_file = (base.with_name(base.name + end) for end in (".bin", "_probe.csv", "_truth.npz"))
    try:
        truth = read_truth(truth_file)
        size = binary.stat().st_size
    except (OSError, ValueError):
        return None
    found = SimulatedRecording(binary, probe, truth_file, truth)
    same = truth.settings.get("version") == VERSION and all(truth.settings.get(k) == v for k, v in wanted.items())
    try:
        fits = size == SimulationSettings(**wanted).num_samples * found.recording().bytes_per_sample
    except ValueError:
        return None
    return found if same and fits and probe.exists() else None
