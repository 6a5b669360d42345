"""What a command is: one row of the table of user actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spikesift_gui.state import State

MENUS = ("&File", "&Edit", "&View", "&Go", "&Sorting", "&Units", "&Help")


class Refused(Exception):
    """Raised by what a command does when it cannot be done; the words are shown in the status bar."""


def always(_state: State) -> None:
    """For commands that are always allowed."""


@dataclass(frozen=True)
class Command:
    """One user action.

    Attributes
    ----------
    id : "page.verb", unique.
    text : the words in the menu, with "&" before the letter to press and "…" if a dialog follows.
    do : do(context, **arguments); may raise Refused or ValueError with words for a person.
    help : one sentence for tooltips and the status bar.
    key : keys in Qt's portable words ("Ctrl+S"); several separated by "; "; "" is none.
    refuse : refuse(state) gives the reason why it cannot be done now, in words, or None.
    menu : one of MENUS, or "" for a command without an entry (it needs arguments, or has a button).
    undoes : names of State fields that undo puts back; () cannot be undone.
    pages : ids of the pages on which its keys work; () is everywhere.
    weak : its keys are for the widget with the focus first (arrows in a list, Space on a button); the command gets what
        that has no use for.
    """

    id: str
    text: str
    do: Callable[..., None]
    help: str
    key: str = ""
    refuse: Callable[[State], str | None] = always
    menu: str = ""
    undoes: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    weak: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """Its keys, one by one."""
        return tuple(key for key in self.key.split("; ") if key)

    @property
    def name(self) -> str:
        """Its text without menu marks."""
        return self.text.replace("&", "").rstrip("…")
