"""Reading the small files that describe a recording; what is wrong with them is said in words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spikesift_core.messages import unreadable_words

MOST_BYTES = 1 << 27  # of a description; a longer file is not one


def read_bytes(path: Path, count: int = MOST_BYTES, start: int = 0) -> bytes:
    """Bytes of a file, fewer where it ends.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(count)
    except OSError as error:
        raise ValueError(unreadable_words(path, error)) from error


def begins_with(path: Path, starts: Sequence[bytes]) -> bool:
    """Whether a file begins with one of these; False where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(max(map(len, starts))).startswith(tuple(starts))
    except OSError:
        return False


def read_text(path: Path) -> str:
    """A text file; signs that are not UTF-8 are replaced.

    Raises
    ------
    ValueError
        If it cannot be read, or is no text.
    """
    data = read_bytes(path)
    if b"\0" in data[:4096]:
        raise ValueError(f"{path} should be text, but holds binary data: was it overwritten or is it damaged?")
    return data.decode("utf-8", errors="replace")


def read_json(path: Path) -> Any:
    """A JSON file.

    Raises
    ------
    ValueError
        If it cannot be read, or is damaged.
    """
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{path} is damaged: {error.msg} in line {error.lineno}. Copy it again from where it was recorded."
        ) from error


def parse_number(path: Path, values: Mapping, name: str) -> float:
    """A number above 0 in a description.

    Raises
    ------
    ValueError
        If it is missing or no number; the sentence names the file and the field.
    """
    if values.get(name) is None:
        raise ValueError(f"{path} does not have the field {name}: is it complete?")
    try:
        number = float(values[name])
    except (TypeError, ValueError):
        number = math.nan
    if not 0 < number < math.inf:
        raise ValueError(f"{path}: {name} must be a number above 0, not {values[name]!r}.")
    return number
