"""Libraries that only some formats need: imported when used, and named with the command that brings them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

COMMAND = 'pip install "spikesift-gui[formats]"'


def needed(library: str, path: Path, what: str) -> Any:
    """Import a library.

    Raises
    ------
    ValueError
        If it is not installed; the sentence names the command that brings it.
    """
    try:
        return import_module(library)
    except ImportError as error:
        raise ValueError(
            f"{path} is {what}: to read it, the library {library.split('.')[0]} is needed, which is not installed "
            f"({error}). Bring it with: {COMMAND}"
        ) from error
