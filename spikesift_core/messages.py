"""Words for a person. The only place of the core that writes to a stream."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable, Sequence

NO_ROOM, NOT_ALLOWED = "Make room on that disk, then do it again.", "Choose a folder that may be written."
ADVICE = {
    errno.ENOSPC: NO_ROOM,
    getattr(errno, "EDQUOT", errno.ENOSPC): NO_ROOM,  # Windows has none
    errno.EACCES: NOT_ALLOWED,
    errno.EPERM: NOT_ALLOWED,
    errno.EROFS: NOT_ALLOWED,
}


def system_words(error: OSError) -> str:
    """What the system says of a file, and what to do; the words of an error that has some of its own."""
    if error.errno is None or not error.strerror:
        return str(error)
    of = f": {error.filename}" if error.filename else ""
    return f"{error.strerror}{of}. {ADVICE.get(error.errno, 'Look whether the disk is there, then do it again.')}"


READ_ADVICE = {
    errno.ENOENT: "It may have been moved, or its drive is not connected.",
    errno.EACCES: "Ask its owner for the right to read it, or copy it to a folder of yours.",
    errno.ENAMETOOLONG: "Give it a shorter name.",
}


def unreadable_words(path: object, error: OSError) -> str:
    """That a file cannot be read, why, and what to do."""
    todo = READ_ADVICE.get(error.errno, "Look whether its drive is connected, or copy it again.")
    return f"{path} cannot be read: {error.strerror or error}. {todo}"


def say(text: str) -> None:
    """Write one line to standard error, so that standard output stays free for results."""
    sys.stderr.write(text + "\n")


def plural(count: int, name: str) -> str:
    """ "1 segment", "2 segments"."""
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def listed_numbers(numbers: Iterable[int]) -> str:
    """Ascending whole numbers as a person writes them, "3, 7, 12-15"; "" for none."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    words = [str(a) if a == b else f"{a}, {b}" if b == a + 1 else f"{a}-{b}" for a, b in runs]
    return ", ".join(words)


def channel_words(numbers: Sequence[int]) -> str:
    """Ascending channels in words: "channel 3", "channels 3, 7, 12-15"."""
    return f"channel{'' if len(numbers) == 1 else 's'} {listed_numbers(numbers)}"
