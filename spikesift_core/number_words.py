"""Numbers in words for people."""

from __future__ import annotations


def number_words(value: float, form: str = ",.6g") -> str:
    """A number with a true minus sign, such as "−12.5"; `form`: as in `format`."""
    return f"{value:{form}}".replace("-", "−")
