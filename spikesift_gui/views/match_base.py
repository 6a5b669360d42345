"""What the views of the page Match have in common: what they watch, and their hint."""

from __future__ import annotations

from spikesift_gui.matching import current, question
from spikesift_gui.palette import Palette
from spikesift_gui.qt import Qt
from spikesift_gui.state import State
from spikesift_gui.widgets import Hint

WATCHES = ("results", "match", "selection", "decisions", "movements")

# verdict -> (field of the palette, line style, width in px); never told apart by colour alone
LOOKS = {
    "by hand": ("text", Qt.PenStyle.SolidLine, 2.0),
    "clear": ("accent", Qt.PenStyle.SolidLine, 1.6),
    "doubtful": ("warning", Qt.PenStyle.DashLine, 1.6),
    "forced": ("error", Qt.PenStyle.DotLine, 1.6),
    "refused": ("faint", Qt.PenStyle.DashDotLine, 1.0),
    "unmatched": ("faint", Qt.PenStyle.NoPen, 0.0),
}


def verdict_color(palette: Palette, verdict: str) -> str:
    """The colour of a verdict."""
    return getattr(palette, LOOKS[verdict][0])


def match_hint(state: State) -> Hint | None:
    """While there is no answer."""
    if current(state):
        return None
    asked = question(state)
    if state.match.problem and asked and asked.same_as(state.match.answered):
        return Hint("These cannot be compared", state.match.problem)
    return Hint("Comparing…")
