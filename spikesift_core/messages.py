"""Words for a person. The only place of the core that writes to a stream."""

from __future__ import annotations

import sys
from collections.abc import Iterable


def say(text: str) -> None:
    """Write one line to standard error, so that standard output stays free for results."""
    sys.stderr.write(text + "\n")


def number_words(numbers: Iterable[int]) -> str:
    """Ascending whole numbers as a person writes them, "3, 7, 12-15"; "" for none."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    words = [str(a) if a == b else f"{a}, {b}" if b == a + 1 else f"{a}-{b}" for a, b in runs]
    return ", ".join(words)
