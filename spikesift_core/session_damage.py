"""What is done about files of a session that are damaged: said in words, or passed over with the words kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


class DamagedSession(ValueError):
    """A session that can be opened all the same with `repair`.

    Attributes
    ----------
    words : what is damaged, in sentences. effect : what repair does, such as "leaves it out".
    """

    def __init__(self, words: str, effect: str):
        super().__init__(f"{words} Repair (repair=True, --repair) {effect}.")
        self.words, self.effect = words, effect


def read_array(file) -> np.ndarray:
    """The array in a `.npy` file (its path, or the file itself); ValueError in words if it is none."""
    try:
        return np.load(file, allow_pickle=False)
    except OSError as error:
        raise ValueError(f"it cannot be read ({error.strerror or error})") from error
    except Exception as error:  # a damaged header makes NumPy raise many things, with advice that is of no use here
        raise ValueError("it does not hold a whole NumPy array") from error


def read_or_previous(
    path: Path, read: Callable[[Path], dict[str, Any]], repair: bool, problems: list[str], without: dict | None = None
) -> dict[str, Any]:
    """Read a file; with `repair`, where it is damaged, the version before it, or what to use `without` any.

    Raises
    ------
    DamagedSession
        Without `repair`, where that would help.
    ValueError
        Where nothing helps.
    """
    previous = path.with_name(path.name + ".previous")
    try:
        return read(path)
    except ValueError as error:
        choices: list[tuple[str, Callable[[], dict[str, Any]]]] = []
        if previous.exists():
            choices.append(("uses the version before it", lambda: read(previous)))
        if without is not None:
            choices.append(("leaves it out", lambda: dict(without)))
        for effect, other in choices:
            try:
                found = other()
            except ValueError:
                continue
            if not repair:
                raise DamagedSession(str(error), effect) from error
            problems.append(f"{error} Repair {effect}.")
            return found
        raise
