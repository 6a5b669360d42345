"""The one mutable object of the window."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from spikesift_gui.by_hand import with_links
from spikesift_gui.checking import check
from spikesift_gui.qt import QObject, Signal
from spikesift_gui.state import State


class SessionModel(QObject):
    """Holds the state. It changes at once; who listens is told with the frozen states before and after, in order."""

    changed = Signal(object, object)  # before, after

    def __init__(self, state: State | None = None):
        super().__init__()
        self._state = state or State()
        self._untold: deque[tuple[State, State]] = deque()
        self._telling = False

    @property
    def state(self) -> State:
        """The state now."""
        return self._state

    def apply(self, transition: Callable[..., State], *arguments: Any, **named: Any) -> State:
        """Make `transition(state, *arguments, **named)` the state, and return it.

        `checked` is computed anew when a draft changed, and results when links were decided by hand. Whatever the
        transition raises is raised here, and the state stays as it was.
        """
        before = self._state
        after = with_links(before, _with_checks(before, transition(before, *arguments, **named)))
        if after == before:
            return before
        self._state = after
        self._untold.append((before, after))
        self._tell()
        return after

    def _tell(self) -> None:
        # A listener may apply a change itself: it is told after this one, so that all hear them in the same order.
        if self._telling:
            return
        self._telling = True
        try:
            while self._untold:
                self.changed.emit(*self._untold.popleft())
        finally:
            self._telling = False


def _with_checks(before: State, after: State) -> State:
    same_contacts = before.probe.layout is after.probe.layout
    same_file = replace(before.recording, gain=after.recording.gain) == after.recording  # the gain is for showing only
    if same_file and same_contacts:
        return after
    return replace(after, checked=check(after.recording, after.probe))
