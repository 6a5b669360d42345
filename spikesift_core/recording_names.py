"""What a person calls a recording: many systems give every recording files, and even folders, of the same names."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

# Of Open Ephys, Intan, SpikeInterface and Neuralynx: they tell no recording from another.
SAME_FILES = re.compile(
    r"structure|continuous|info|amplifier|amp-[A-Z]-\d+|binary|traces(_cached_seg\d+)?|CSC\d+.*", re.IGNORECASE
)
SAME_FOLDERS = re.compile(
    r"continuous|record[ _]?node[ _]?\d*|experiment[ _]?\d+|recording[ _]?\d+|ephys|raw|data", re.IGNORECASE
)
TOLD = re.compile(r"(experiment|recording)[ _]?\d+", re.IGNORECASE)  # one of several in a folder: kept in the name
MOST_FOLDERS = 6  # looked at above a file
SUFFIX = ".spikesift"  # of the folder of a session
NOT_IN_FILES = re.compile(r"[^\w.()+ -]+")  # what some system does not take in the name of a file


@lru_cache(maxsize=256)
def recording_name(path: Path) -> str:
    """The name of a file (without its suffix) or folder; where that says nothing, of the first folder above that does.

    "rat12_day3/Record Node 101/experiment1/recording2/structure.oebin" is "rat12_day3 experiment1 recording2".
    """
    path = Path(path).absolute()
    if not path.is_dir():
        if not SAME_FILES.fullmatch(path.stem):
            return path.stem
        path = path.parent
    kept: list[str] = []
    for place in [path, *path.parents][:MOST_FOLDERS]:
        if place.parent.name == "continuous":  # the folder of a stream of Open Ephys
            kept.insert(0, place.name)
        elif not SAME_FOLDERS.fullmatch(place.name):
            return " ".join([place.name, *kept]) if place.name else " ".join(kept) or path.name
        elif TOLD.fullmatch(place.name):
            kept.insert(0, place.name)
    return path.name


def in_file_name(words: str) -> str:
    """The same as a part of the name of a file, on any system."""
    return NOT_IN_FILES.sub("-", words).strip(" .-")
