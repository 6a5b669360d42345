"""What is done about files of a session that are damaged: said in words, or passed over with the words kept."""

from __future__ import annotations

import json
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


class SessionReplaced(OSError):
    """The folder of a session that is being written holds another session by now, or is gone."""


def refuse_if_replaced(folder: Path, created: str, written: int) -> None:
    """Raise `SessionReplaced` where `folder` does not hold the session any more that was begun at `created`.

    A second program that sorts to the same folder moves the session of the first aside (`--overwrite`): the first must
    not write into the session of the second.
    """
    try:
        found = json.loads((folder / "session.json").read_text(encoding="utf-8"))["created"]
    except (OSError, ValueError, KeyError, TypeError):
        found = None
    if found != created:
        kept = f"The {written} segments" if written > 1 else "The segment" if written else "Nothing"
        raise SessionReplaced(
            f"{folder} was replaced, moved or removed by another program while it was written. {kept} finished until "
            f"then {'are' if written > 1 else 'is'} kept where it was moved to, such as NAME.previous.spikesift. Sort "
            "again, to another folder."
        )


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
