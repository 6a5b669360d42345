"""What the wheel does over a plot, other than zooming."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spikesift_gui.qt import QObject, Qt, QtCore, QWidget, pg


def on_wheel(
    plot: QWidget,
    *,
    plain: Callable[[int], Any] | None = None,
    ctrl: Callable[[int], Any] | None = None,
) -> None:
    """Call `plain(steps)` or `ctrl(steps)` (with the Ctrl key) with the notches turned, + away from the
    person.

    What is None is left to the plot.
    """
    watched = plot.viewport() if isinstance(plot, pg.GraphicsView) else plot
    watched.installEventFilter(_Wheel(plot, plain, ctrl))


class _Wheel(QObject):
    """Lives as long as its plot; gathers small movements of a touch pad until they make a notch."""

    NOTCH = 120

    def __init__(self, plot: QWidget, plain: Callable | None, ctrl: Callable | None):
        super().__init__(plot)
        self._plain, self._ctrl = plain, ctrl
        self._gathered = 0

    def eventFilter(self, _watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if event.type() != QtCore.QEvent.Type.Wheel:
            return False
        with_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        action = self._ctrl if with_ctrl else self._plain
        if action is None:
            return False
        self._gathered += event.angleDelta().y()
        steps = int(self._gathered / self.NOTCH)
        self._gathered -= steps * self.NOTCH
        if steps:
            action(steps)
        return True


def next_in(values: tuple[float, ...], current: float, step: int) -> float:
    """So many steps on in `values`, which increase, from the one nearest to `current`; stays at the ends."""
    nearest = min(range(len(values)), key=lambda index: abs(values[index] - current))
    return values[min(max(0, nearest + step), len(values) - 1)]
