"""Words for a person at the terminal. The only place of the core that writes to a stream."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Write one line to standard error, so that standard output stays free for results."""
    sys.stderr.write(text + "\n")
