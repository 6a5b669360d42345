"""What the window draws by itself is shared out over the turns of its event loop."""

from __future__ import annotations

import time
from collections.abc import Callable

from spikesift_gui.qt import QObject, QTimer, sip

LONGEST = 0.015  # s of drawing in a turn; it is painted after that, which takes about as long


class Turn(QObject):
    """How long has been drawn in this turn of the event loop: what comes when it is `full` is put off to the next one,
    so that the window hears clicks and keys in between."""

    def __init__(self):
        super().__init__()
        self._spent = 0.0
        self._put_off: list[QTimer] = []
        self._over = QTimer(self, singleShot=True)
        self._over.timeout.connect(self._begin)

    @property
    def full(self) -> bool:
        """Whether enough was drawn in this turn."""
        return self._spent > LONGEST

    @property
    def idle(self) -> bool:
        """Whether nothing that was put off is still to come."""
        self._put_off = [timer for timer in self._put_off if not sip.isdeleted(timer) and timer.isActive()]
        return not self._put_off

    def spend(self, draw: Callable[[], None]) -> None:
        """Call `draw()`; the time it takes counts."""
        began = time.perf_counter()
        try:
            draw()
        finally:
            self._spent += time.perf_counter() - began
            self._over.start(0)

    def put_off(self, timer: QTimer) -> None:
        """Let a timer that draws something come in the next turn."""
        timer.start(0)
        if self.idle or not any(timer is one for one in self._put_off):
            self._put_off.append(timer)

    def _begin(self) -> None:
        self._spent = 0.0
